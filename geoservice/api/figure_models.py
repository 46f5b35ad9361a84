"""Models of JSON answers about maps, figures, features, embed links and scenarios."""

from typing import Any, Literal

from pydantic import BaseModel

from geoservice.api.answer_models import ExtensibleAnswer, Next


class NamedMeasure(BaseModel):
    """A measure by its id."""

    id: str
    title: str


class MeasurePage(BaseModel):
    """All measures, and the public subgroups."""

    items: list[NamedMeasure]
    next: Next
    subgroups: list[str]


class MeasureAnswer(BaseModel):
    """Lines of one measure; suppressed numbers are absent."""

    snapshot: str
    measure: str
    min_n: int
    items: list[dict[str, Any]]
    next: Next


class MapEntry(BaseModel):
    """A map and the question that it answers."""

    id: str
    title: str
    question: str
    href: str


class AbsentMap(BaseModel):
    """A map without data, and the sections of ``region.toml`` that it needs."""

    id: str
    title: str
    needs: list[str]


class MapPage(BaseModel):
    """The maps that a region has data for."""

    items: list[MapEntry]
    next: Next
    absent: list[AbsentMap]


class FigureAnswer(ExtensibleAnswer):
    """The figure of a map's page: its legend, columns and rows."""

    id: str
    title: str
    subtitle: str
    alternative: str
    profile: str
    legend: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    rows: list[Any]


class FeatureAnswer(ExtensibleAnswer):
    """A GeoJSON feature."""

    type: Literal["Feature"]
    id: str | int | None = None
    properties: dict[str, Any] | None
    geometry: dict[str, Any] | None


class FeaturesAnswer(ExtensibleAnswer):
    """A GeoJSON feature collection."""

    type: Literal["FeatureCollection"]
    features: list[FeatureAnswer]


class TileJson(ExtensibleAnswer):
    """TileJSON 3.0 of a layer."""

    tilejson: str
    tiles: list[str]
    minzoom: int
    maxzoom: int
    bounds: list[float]
    vector_layers: list[dict[str, Any]]


class OgcLink(BaseModel):
    """A link of OGC API."""

    href: str
    rel: str
    type: str
    title: str


class OgcLanding(ExtensibleAnswer):
    """The landing page of OGC API."""

    title: str
    description: str
    links: list[OgcLink]


class OgcConformance(BaseModel):
    """The conformance classes of the OGC API."""

    title: str
    conformsTo: list[str]


class OgcQueryables(ExtensibleAnswer):
    """The properties by which features can be chosen, as JSON Schema."""

    type: Literal["object"]
    title: str
    properties: dict[str, dict[str, Any]]


class ApiCatalog(BaseModel):
    """The interfaces of the service as a set of links (RFC 9264)."""

    linkset: list[dict[str, Any]]


class OgcCollection(ExtensibleAnswer):
    """A collection of features."""

    id: str
    title: str
    itemType: str
    crs: list[str]
    extent: dict[str, Any]
    links: list[OgcLink]


class OgcCollections(ExtensibleAnswer):
    """All collections."""

    title: str
    links: list[OgcLink]
    collections: list[OgcCollection]


class DataCatalog(ExtensibleAnswer):
    """The public data sets in the vocabulary of DCAT-US 1.1."""

    conformsTo: str
    describedBy: str
    dataset: list[dict[str, Any]]


class EmbedAnswer(ExtensibleAnswer):
    """An embed link; ``url`` while it is in use, ``snippet`` where it is new."""

    id: str
    map: str
    region: str
    choice: dict[str, Any]
    created: str
    expires: str
    state: str
    url: str | None = None
    snippet: str | None = None
    title: str | None = None


class EmbedPage(BaseModel):
    """All embed links, newest first."""

    items: list[EmbedAnswer]
    next: Next


class OEmbedAnswer(ExtensibleAnswer):
    """OEmbed 1.0 of type ``rich``."""

    version: str
    type: Literal["rich"]
    title: str
    provider_name: str
    provider_url: str
    cache_age: int
    html: str
    width: int
    height: int
    thumbnail_url: str | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None


class StreetNames(BaseModel):
    """Names of streets with their towns."""

    items: list[str]
    next: Next


class CensusMatches(BaseModel):
    """Matches in the Census geocoder's form."""

    addressMatches: list[dict[str, Any]]


class CensusAnswer(BaseModel):
    """The Census geocoder's reply to one line."""

    result: CensusMatches


class ScenarioVersion(BaseModel):
    """A version of a stored scenario."""

    version: int
    label: str | None
    saved: Any


class ScenarioAnswer(ExtensibleAnswer):
    """A stored scenario."""

    id: str
    region: str
    name: Any
    zones: str | None
    first_year: str | None


class StoredScenarioAnswer(ScenarioAnswer):
    """A version of a stored scenario with its content."""

    version: int
    label: str | None
    saved: Any
    content: dict[str, Any]


class ScenarioEntry(ScenarioAnswer):
    """A stored scenario with its versions."""

    versions: list[ScenarioVersion]


class ScenarioPage(BaseModel):
    """Stored scenarios of the caller."""

    items: list[ScenarioEntry]
    next: Next


class GroundAnswer(ExtensibleAnswer):
    """The blocks, schools and counts that a plan is drawn with."""

    region: str
    snapshot: str
    zones: str
    grades: list[str]
    schools: list[dict[str, Any]]
    blocks: list[dict[str, Any]]


class NumbersAnswer(ExtensibleAnswer):
    """The numbers of a scenario, a line each."""

    snapshot: str
    items: list[dict[str, Any]]
    next: Next
