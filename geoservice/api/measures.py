"""The route of the measures: public figures only."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from geoservice.api.data import services
from geoservice.measures.catalogue import MEASURES
from geoservice.students.filters import Filters

ROUTER = APIRouter()


@ROUTER.get("/v1/regions/{region}/measures", tags=["measures"])
def measures(region: str, request: Request) -> Response:
    """The measures that there are."""
    services(request).region(region)
    items = [{"id": one.id, "title": one.title} for one in MEASURES.values()]
    return _json({"items": items, "next": None})


@ROUTER.get("/v1/regions/{region}/measures/{measure}", tags=["measures"])
def measure(
    region: str, measure: str, request: Request, areas: str = "", band: str = "", year: str = "",
    scheme: str = "", subgroup: str = "", programme: str = "",
) -> Response:  # fmt: skip
    """One measure for all areas; hidden numbers are absent. Public figures take no filters: they are refused."""
    held = services(request)
    reference = held.region(region)
    filters = Filters(subgroup, programme)
    table = held.measures.table(
        measure, reference, areas, band, year, scheme=scheme, filters=filters
    )
    items = [{key: value for key, value in row.items() if value is not None}
             for row in table.to_dicts()]  # fmt: skip
    about = {"snapshot": reference.snapshot, "measure": measure, "min_n": reference.info.min_n}
    return _json({**about, "items": items, "next": None})


def _json(content: Any) -> Response:  # noqa: ANN401 - whatever JSON can hold
    return Response(orjson.dumps(content), media_type="application/json")
