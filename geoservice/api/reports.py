"""The route of reports of chosen figures."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from geoservice.api.services import services
from geoservice.cartography.figure.choice import Choice
from geoservice.service.own_report import MOST_FIGURES, REPORT_FORMS, ReportFigure, own_report

ROUTER = APIRouter(tags=["maps"])
ShortText = Annotated[str, Field(max_length=80)]


class FigureIn(BaseModel):
    """A figure of a report: a map and its choice, as in the address of the map."""

    model_config = ConfigDict(extra="forbid")
    map: ShortText
    areas: ShortText = ""
    area: ShortText = ""
    band: ShortText = ""
    year: ShortText = ""
    zone: ShortText = ""
    school: ShortText = ""
    scenario: ShortText = ""
    view: ShortText = ""


class ReportIn(BaseModel):
    """The figures of a report in their order, and its title."""

    model_config = ConfigDict(extra="forbid")
    figures: Annotated[list[FigureIn], Field(min_length=1, max_length=MOST_FIGURES)]
    title: Annotated[str, Field(max_length=120)] = ""
    region: ShortText = ""
    lang: Annotated[str, Field(max_length=8)] = "en"


@ROUTER.post("/v1/reports")
def write_report(
    body: ReportIn, request: Request, f: Literal["html", "pdf", "xlsx"] = "html"
) -> Response:
    """Return a report with the chosen figures, as HTML, PDF or workbook.

    All numbers are those of the public maps.
    """
    held = services(request)
    figures = [
        ReportFigure(figure.map, Choice(lang=body.lang, **figure.model_dump(exclude={"map"})))
        for figure in body.figures
    ]
    content = own_report(held.maps, held.region(body.region), figures, body.title, f)
    headers = {
        "Content-Disposition": f'attachment; filename="report.{f}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=REPORT_FORMS[f], headers=headers)
