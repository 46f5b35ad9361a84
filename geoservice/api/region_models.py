"""Models of the JSON answers on regions and their drafts, for the OpenAPI document."""

from pydantic import BaseModel

from geoservice.api.answer_models import ExtensibleAnswer, Next
from geoservice.model.layers import Finding
from geoservice.model.region import (
    AreaSetInfo,
    MeasureRules,
    RatingScheme,
    ReleaseRules,
    SourceInfo,
    ZoneSetInfo,
)


class RegionAnswer(ExtensibleAnswer):
    """A region: its rules, sets, sources and years."""

    id: str
    name: str
    metric_crs: str
    school_year: str
    min_n: int
    bands: dict[str, list[str]]
    schemes: list[RatingScheme]
    zone_sets: list[ZoneSetInfo]
    area_sets: list[AreaSetInfo]
    sources: list[SourceInfo]
    measures: MeasureRules
    release: ReleaseRules
    names: dict[str, str]
    snapshot: str
    years: list[str]


class RegionPage(BaseModel):
    """All offered regions."""

    items: list[RegionAnswer]
    next: Next


class CheckAnswer(BaseModel):
    """The quality report of a region."""

    snapshot: str
    items: list[Finding]
    next: Next


class FindingPlaceAnswer(BaseModel):
    """A place of a finding: the number of the finding in the report, and a row or an id."""

    finding: int
    row: str
    lon: float
    lat: float


class CheckPlaces(BaseModel):
    """The places of the rows that findings name."""

    snapshot: str
    items: list[FindingPlaceAnswer]
    next: Next


class DraftFile(BaseModel):
    """A file of an uploaded region."""

    name: str
    bytes: int


class DraftSummary(BaseModel):
    """An uploaded region: its name and files."""

    id: str
    files: list[DraftFile]
    has_manifest: bool


class DraftPage(BaseModel):
    """The uploaded regions."""

    items: list[DraftSummary]
    next: Next


class DraftLayer(BaseModel):
    """A layer of a manifest: its fields, and the columns that its file has."""

    kind: str
    id: str
    file: str
    fields: dict[str, str]
    known_fields: list[str]
    columns: list[str]
    rows: int
    problem: str | None


class DraftAnswer(DraftSummary):
    """An uploaded region with its manifest; ``lines`` says how the manifest was drafted."""

    manifest: str | None
    layers: list[DraftLayer]
    lines: list[str] = []


class BuiltRegion(BaseModel):
    """A region that was built, with the number of findings by severity."""

    region: str
    snapshot: str
    findings: dict[str, int]
