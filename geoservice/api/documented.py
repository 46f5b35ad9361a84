"""The successful answer of each route: a JSON model, or the media type of a file."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from geoservice.api import answer_models as models
from geoservice.api import figure_models as figures
from geoservice.api import geocode_models as geocoding
from geoservice.api import job_models as jobs
from geoservice.api import region_models as regions
from geoservice.api import student_models as students
from geoservice.cartography.formats import FORMATS

_JSON, _GEOJSON, _HTML = "application/json", "application/geo+json", "text/html"
_CSV = "text/csv"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_GPKG = "application/geopackage+sqlite3"
_PARQUET = "application/vnd.apache.parquet"
_TILE = "application/vnd.mapbox-vector-tile"
_EVENTS = "text/event-stream"
_TEXTS = ("text/", "image/svg")
_REFERENCE = "#/components/schemas/{model}"
Kind = type[BaseModel] | None
Answers = Mapping[str, Kind]
"""The media types of an answer with their JSON models; None for other content."""


def _json(model: type[BaseModel], *others: str) -> Answers:
    return {_JSON: model, **dict.fromkeys(others)}


def _files(*kinds: str) -> Answers:
    return dict.fromkeys(kinds)


_FEATURES: Answers = {_GEOJSON: figures.FeaturesAnswer}
_MAP_FILES = tuple(output_format.media_type.partition(";")[0] for output_format in FORMATS.values())
ANSWERS: Mapping[str, Answers] = {
    "POST /v1/geocode": _json(geocoding.GeocodeAnswer),
    "POST /v1/reverse": _json(geocoding.ReverseAnswer),
    "GET /v1/suggest": _json(geocoding.SuggestionPage),
    "GET /v1/regions": _json(regions.RegionPage),
    "GET /v1/regions/{region}": _json(regions.RegionAnswer),
    "GET /v1/regions/{region}/check": _json(regions.CheckAnswer),
    "GET /v1/regions/{region}/check/places": _json(regions.CheckPlaces),
    "GET /v1/region-drafts": _json(regions.DraftPage),
    "GET /v1/region-drafts/{draft}": _json(regions.DraftAnswer),
    "POST /v1/region-drafts/{draft}/files": _json(regions.DraftAnswer),
    "POST /v1/region-drafts/{draft}/manifest": _json(regions.DraftAnswer),
    "PUT /v1/region-drafts/{draft}/manifest": _json(regions.DraftAnswer),
    "PATCH /v1/region-drafts/{draft}/manifest": _json(regions.DraftAnswer),
    "POST /v1/region-drafts/{draft}/build": _json(regions.BuiltRegion),
    "GET /v1/regions/{region}/measures": _json(figures.MeasurePage),
    "GET /v1/regions/{region}/measures/{measure}": _json(figures.MeasureAnswer, _CSV),
    "GET /v1/regions/{region}/directory.csv": _files(_CSV),
    "GET /healthz": _json(models.HealthAnswer),
    "GET /readyz": _json(models.ReadinessAnswer),
    "GET /metrics": _files("text/plain"),
    "GET /v1/jobs": _json(jobs.JobPage),
    "POST /v1/jobs": _json(jobs.JobAnswer),
    "GET /v1/jobs/{job}": _json(jobs.JobAnswer),
    "POST /v1/jobs/preview": _json(jobs.FilePreview),
    "GET /v1/jobs/{job}/places": _json(jobs.PlacesAnswer),
    "POST /v1/jobs/{job}/retry": _json(jobs.JobAnswer),
    "GET /v1/jobs/{job}/result": {
        **_FEATURES,
        **_files(_CSV, _PARQUET, _SHEET, _GPKG),
    },
    "GET /v1/jobs/{job}/events": _files(_EVENTS),
    "GET /v1/jobs/{job}/areas": _FEATURES,
    "GET /v1/jobs/{job}/review": _json(jobs.ReviewAnswer, _CSV),
    "PUT /v1/jobs/{job}/overrides": _json(jobs.JobAnswer),
    "POST /v1/jobs/{job}/students": _json(students.StudentListAnswer),
    "GET /v1/students": _json(students.StudentListPage),
    "POST /v1/students": _json(students.StudentListAnswer),
    "GET /v1/students/{students}": _json(students.StudentListAnswer),
    "POST /geocoder/locations/addressbatch": _files(_CSV),
    "POST /geocoder/geographies/addressbatch": _files(_CSV),
    "GET /geocoder/locations/onelineaddress": _json(figures.CensusAnswer),
    "POST /v1/scenarios/ground": _json(figures.GroundAnswer),
    "POST /v1/scenarios/numbers": _json(figures.NumbersAnswer),
    "GET /v1/scenarios": _json(figures.ScenarioPage),
    "POST /v1/scenarios": _json(figures.StoredScenarioAnswer),
    "GET /v1/scenarios/{scenario}": _json(figures.StoredScenarioAnswer),
    "GET /v1/scenarios/{scenario}/numbers": _json(figures.NumbersAnswer, _CSV),
    "GET /v1/scenarios/{scenario}/{file}": {
        **_FEATURES,
        **_files("application/vnd.google-earth.kml+xml", "application/zip", _CSV, _SHEET, _GPKG),
        **_files(_HTML, "text/plain", "application/toml"),
    },
    "GET /v1/scenarios/{scenario}/report.{ending}": _files(_HTML, "application/pdf", _SHEET),
    "POST /v1/reports": _files(_HTML, "application/pdf", _SHEET),
    "GET /maps": _json(figures.MapPage, _HTML),
    "GET /maps/{map}": {**_files(_GEOJSON, _HTML, *_MAP_FILES), **_FEATURES},
    "GET /maps/{map}/thumbnail.png": _files("image/png"),
    "GET /maps/{map}/figure.json": _json(figures.FigureAnswer),
    "GET /maps/{map}/layers/{layer}.geojson": _FEATURES,
    "GET /tiles/{layer}.json": _json(figures.TileJson),
    "GET /tiles/{layer}/{z}/{x}/{y}.mvt": _files(_TILE),
    "GET /ogc": _json(figures.OgcLanding, _HTML),
    "GET /ogc/conformance": _json(figures.OgcConformance, _HTML),
    "GET /ogc/collections": _json(figures.OgcCollections, _HTML),
    "GET /ogc/collections/{collection}": _json(figures.OgcCollection, _HTML),
    "GET /ogc/collections/{collection}/items": {**_FEATURES, _HTML: None},
    "GET /ogc/collections/{collection}/items/{feature}": {
        _GEOJSON: figures.FeatureAnswer,
        _HTML: None,
    },
    "GET /ogc/collections/{collection}/queryables": {
        "application/schema+json": figures.OgcQueryables,
        _HTML: None,
    },
    "GET /data.json": _json(figures.DataCatalog),
    "GET /.well-known/api-catalog": {"application/linkset+json": figures.ApiCatalog},
    "GET /v1/embeds": _json(figures.EmbedPage),
    "POST /v1/embeds": _json(figures.EmbedAnswer),
    "GET /embed/{token}": _files(_HTML),
    "GET /embed/{token}/picture.png": _files("image/png"),
    "GET /embed/{token}/layers/{layer}.geojson": _FEATURES,
    "GET /embed/{token}/tiles/{layer}/{z}/{x}/{y}.mvt": _files(_TILE),
    "GET /oembed": _json(figures.OEmbedAnswer, "text/xml"),
    "GET /finder": _files(_HTML),
    "POST /finder": _files(_HTML),
    "GET /finder/streets/{region}.json": _json(figures.StreetNames),
    "GET /": _files(_HTML),
    "GET /regions/{region}": _files(_HTML),
}
"""The successful answers of all routes without a response model of their own."""


def answer_content(key: str) -> dict[str, Any]:
    """Return the content of a route's successful answer, by media type.

    Empty if the route has its own response model.
    """
    answers = ANSWERS.get(key, {})
    return {kind: {"schema": _schema(kind, model)} for kind, model in answers.items()}


def is_file(key: str) -> bool:
    """Return True for routes that can answer with other content than JSON."""
    return any(model is None for model in ANSWERS.get(key, {}).values())


def _schema(kind: str, model: Kind) -> dict[str, Any]:
    if model is not None:
        return {"$ref": _REFERENCE.format(model=model.__name__)}
    if kind == _EVENTS:
        fields = {name: {"type": "string"} for name in ("event", "data")}
        return {"type": "object", "properties": fields}
    is_text = kind.startswith(_TEXTS)
    return {"type": "string"} if is_text else {"type": "string", "format": "binary"}


def answer_schemas() -> dict[str, Any]:
    """Return the schemas of all answer models, by name."""
    used: set[type[BaseModel]] = {
        model for answers in ANSWERS.values() for model in answers.values() if model is not None
    }
    named = sorted(used, key=lambda model: model.__name__)
    _, definitions = models_json_schema(
        [(model, "validation") for model in named], ref_template=_REFERENCE
    )
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas
