"""Models of the JSON answers on batch jobs, for the OpenAPI document."""

from typing import Literal

from pydantic import BaseModel

from geoservice.api.answer_models import ExtensibleAnswer, Next


class RetriedJob(BaseModel):
    """The earlier job of a retry, and the snapshot of the rows that stay."""

    job: str
    snapshot: str


class JobAnswer(ExtensibleAnswer):
    """The state and progress of a job."""

    id: str
    file_name: str | None
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    region: str
    snapshot: str
    total: int
    done: int
    matched: dict[str, int]
    ambiguous: int
    unmatched: dict[str, int]
    match_rate: float | None
    rows_per_s: float
    eta_s: float | None
    error: str | None
    code: str | None
    owner: str | None
    created: float
    expires: float | None
    notes: list[str]
    priority: Literal["low", "normal"]
    decisions: int
    retry_of: RetriedJob | None


class JobPage(BaseModel):
    """Jobs of the caller, newest first."""

    items: list[JobAnswer]
    next: Next


class PreviewColumn(BaseModel):
    """A column of a file: its first values, and the role that it seems to have."""

    name: str
    role: str | None
    values: list[str]


class FilePreview(BaseModel):
    """The columns of a file, and the likely column of each role.

    ``by_values`` lists the roles whose values confirm the guess. For an address in parts,
    ``guesses`` has the joined names of its columns, such as ``House Number + Street``.
    """

    columns: list[PreviewColumn]
    guesses: dict[str, str]
    by_values: list[str]
    notes: list[str]


class PlacesAnswer(BaseModel):
    """The places of a job's rows, column by column; row numbers count from 1."""

    total: int
    row: list[int]
    lon: list[float | None]
    lat: list[float | None]
    status: list[str]
    match: list[str | None]
    reason: list[str | None]
    uncertainty_m: list[float | None]
    source: list[str | None]
    next: Next


class ReviewRow(BaseModel):
    """A row that needs review; ``use`` holds an earlier decision."""

    row: str | None
    id: str | None
    line: str | None
    city: str | None
    state: str | None
    zip: str | None
    geo_status: str | None
    geo_reason: str | None
    zone_doubtful: str | None
    candidate_1: str | None
    candidate_2: str | None
    candidate_3: str | None
    candidate_4: str | None
    candidate_5: str | None
    use: str | None


class ReviewAnswer(BaseModel):
    """The rows of a job that need review."""

    items: list[ReviewRow]
    next: Next
