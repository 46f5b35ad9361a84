"""Models of JSON answers for the OpenAPI document: the bases and the health of the service.

The routes do not use the models.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Next = str | None
"""Address of the next page; null on the last."""


class ExtensibleAnswer(BaseModel):
    """An answer with additional keys, such as the columns of a region's own sets."""

    model_config = ConfigDict(extra="allow")


class HealthAnswer(BaseModel):
    """The process is alive."""

    status: Literal["ok"]


class ReadinessAnswer(ExtensibleAnswer):
    """The state of the parts that the service needs."""

    status: Literal["ok", "not ready"]
    snapshots: dict[str, str]
    checks: dict[str, str]
    queue: dict[str, Any]
