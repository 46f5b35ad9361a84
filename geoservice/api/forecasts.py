"""The route of forecasts: public figures only."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from geoservice.api.services import json_answer, services
from geoservice.service.forecasts import ForecastChoice, Forecasts, forecast_content

ROUTER = APIRouter(tags=["regions"])
_MOST_YEARS = 10


class ForecastLine(BaseModel):
    """A unit in a school year, by grade or for `all` grades; suppressed values are absent."""

    unit: str
    name: str | None = None
    year: str
    kind: str = Field(description="`counted` or `forecast`")
    grade: str
    status: str = Field(description="`shown` or `suppressed`")
    students: float | None = None
    homes: float | None = Field(None, description="students of planned homes")
    low: float | None = Field(None, description="lower end of the band of 9 of 10 errors")
    high: float | None = None
    band_from: str | None = None
    seats: int | None = None
    utilisation: float | None = None
    first_over_95: str | None = None
    first_under_80: str | None = None


class ForecastOut(BaseModel):
    """A forecast with the errors of its back-test."""

    region: str
    snapshot: str
    by: str
    rules: dict[str, Any]
    items: list[ForecastLine]
    back_test: list[dict[str, Any]]
    not_in_forecast: list[str]
    next: None = None


@ROUTER.get("/v1/regions/{region}/forecast", response_model=ForecastOut)
def forecast(
    region: str,
    request: Request,
    by: Annotated[str, Query(max_length=80)] = "district",
    years: Annotated[int, Query(ge=1, le=_MOST_YEARS)] = 5,
) -> Response:
    """Return the enrollment forecast by district, school, or a set of areas or zones.

    The forecast uses protected counts.
    """
    held = services(request)
    reference = held.region(region)
    folder = held.regions.folder(reference.info.id)
    outcome = Forecasts(held.settings).forecast(
        reference, folder, ForecastChoice(by=by, years=years)
    )
    return json_answer(forecast_content(outcome, reference))
