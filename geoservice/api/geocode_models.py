"""Models of the JSON answers on addresses and places, for the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel

from geoservice.api.answer_models import ExtensibleAnswer, Next


class GeocodeResult(ExtensibleAnswer):
    """The result columns of an address, in column order, with ``area_…`` and ``zone_…``."""

    id: str | None
    geo_status: Literal["matched", "ambiguous", "unmatched"]
    geo_match: Literal["point", "range", "intersection", "street", "zip"] | None
    geo_score: float | None
    geo_reason: str | None
    lon: float | None
    lat: float | None
    geo_uncertainty_m: float | None
    geo_address: str | None
    geo_source: str | None
    geo_side: str | None
    geo_changes: str | None
    school_of_right: str | None = None
    school_of_right_name: str | None = None
    rating: str | None = None
    zone_margin_m: float | None = None
    zone_doubtful: bool | None = None
    attends_school_of_right: bool | None = None
    explanation: dict[str, Any] | None = None


class GeocodeAnswer(BaseModel):
    """Results in the order of the addresses."""

    snapshot: str
    results: list[GeocodeResult]


class ReverseResult(ExtensibleAnswer):
    """The nearest address of a place, with ``area_…`` and ``zone_…``."""

    id: str | None
    lon: float
    lat: float
    rev_address: str | None
    rev_match: str | None
    rev_distance_m: float | None
    rev_street: str | None
    rev_source: str | None
    rev_reason: str | None


class ReverseAnswer(BaseModel):
    """Results in the order of the places."""

    snapshot: str
    results: list[ReverseResult]


class SuggestionAnswer(BaseModel):
    """A school, an area or a town."""

    text: str
    kind: Literal["school", "area", "town"]
    id: str | None
    lon: float | None
    lat: float | None


class SuggestionPage(BaseModel):
    """Names that begin with the typed text."""

    items: list[SuggestionAnswer]
    next: Next
