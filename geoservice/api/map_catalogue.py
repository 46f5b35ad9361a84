"""Groups and thumbnails of the catalogue of maps, and pages that are being prepared."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from geoservice.api.answers import Caching, kept_answer
from geoservice.api.services import services
from geoservice.api.views import page
from geoservice.api.words import page_words
from geoservice.cartography.definition.definition import GROUPS, Definition
from geoservice.service.stages import STAGES

ROUTER = APIRouter(tags=["maps"])
Text = Annotated[str, Query(max_length=80)]
_WAIT_S, _REFRESH_S = 0.8, 2
_FRESH_S = 60


@ROUTER.get("/maps/{map}/thumbnail.png")
def thumbnail(map: str, request: Request, region: Text = "", lang: Text = "") -> Response:
    """Return a small picture of a map with its default choice."""
    held, spoken = services(request), page_words(lang).lang
    reference = held.region(region)
    return kept_answer(
        request,
        held.bodies,
        f"{held.thumbnails.stamp(map, reference, spoken)} thumbnail",
        "image/png",
        lambda: held.thumbnails.picture(map, reference, spoken),
        caching=Caching(public=False, max_age_s=_FRESH_S),
    )


def grouped(definitions: Sequence[Definition]) -> list[tuple[str, list[Definition]]]:
    """Return the groups of the catalogue that have maps, in order."""
    by_group = [
        (group, [definition for definition in definitions if definition.catalogue_group == group])
        for group in GROUPS
    ]
    return [(group, maps) for group, maps in by_group if maps]


def preparing_page(
    request: Request, stamp: str, work: Callable[[], object], lang: str
) -> Response | None:
    """Return a page that says that a figure is being prepared, and loads itself again.

    None if the work is done within a second, or if the caller is a program, which waits.
    """
    is_reader = request.headers.get("sec-fetch-mode") == "navigate"
    if not is_reader or "if-none-match" in request.headers:
        return None
    if services(request).preparing.is_done(stamp, work, _WAIT_S):
        return None
    spoken = page_words(lang).lang
    words = page_words(spoken, "workspace.")
    stage = services(request).preparing.stage(stamp)
    answer = page(
        request, "preparing.html", spoken, status=202, w=words, stage=stage, stages=len(STAGES)
    )
    answer.headers["Refresh"] = str(_REFRESH_S)
    return answer
