"""The school finder, a page for families; the address comes by POST and is not stored."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Form, Query, Request, Response

from geoservice.api.answers import Caching, kept_answer
from geoservice.api.origins import client_address
from geoservice.api.services import services
from geoservice.api.views import page
from geoservice.api.words import page_words
from geoservice.cartography.texts import LANGUAGE_NAMES
from geoservice.errors import NotFoundError
from geoservice.model.caller import LOCAL, Caller
from geoservice.model.miles import METRES_PER_MILE
from geoservice.reference.snapshot import Reference
from geoservice.service.finder import (
    LONGEST_ADDRESS,
    FinderAnswer,
    find_schools,
    offered_grades,
    street_names,
)
from geoservice.service.finder_map import finder_map

ROUTER = APIRouter(tags=["finder"])
WORDS = "finder."
"""Prefix of the finder's word files."""
_FOOT_M = 0.3048
_DAY_S = 86_400
Text = Annotated[str, Query(max_length=80)]
FormText = Annotated[str, Form(max_length=80)]


@ROUTER.get("/finder")
def finder(request: Request, region: Text = "", lang: Text = "", grade: Text = "") -> Response:
    """Show the school finder of a region: a form for an address and a grade."""
    return _page(request, _reference(request, region), lang, grade)


@ROUTER.post("/finder")
def find(
    request: Request,
    address: Annotated[str, Form()] = "",
    grade: FormText = "",
    region: FormText = "",
    lang: FormText = "",
) -> Response:
    """Show the schools of right of an address, choices nearby, a map and the uncertainty.

    The address is neither stored nor logged.
    """
    reference = _reference(request, region)
    wait_s = _wait_s(request)
    if wait_s > 0:
        busy = _page(request, reference, lang, grade, address, status=429)
        busy.headers["Retry-After"] = str(int(wait_s) + 1)
        return busy
    grades = offered_grades(reference)
    chosen = grade if grade in grades else next(iter(grades), "")
    answer = find_schools(address, chosen, reference)
    return _page(request, reference, lang, chosen, address, answer)


@ROUTER.get("/finder/streets/{region}.json")
def streets(region: str, request: Request) -> Response:
    """Return the region's street names with their towns, for suggestions in the browser."""
    reference = _reference(request, region)
    return kept_answer(
        request,
        services(request).bodies,
        f"{reference.info.id} {reference.snapshot} finder streets",
        "application/json",
        lambda: orjson.dumps({"items": street_names(reference), "next": None}),
        caching=Caching(max_age_s=_DAY_S),
    )


def _reference(request: Request, region: str) -> Reference:
    """Return the region of a finder.

    Raises
    ------
    NotFoundError
        If the region's finder is not open to the public and the caller may not geocode.
    """
    held = services(request)
    opened = [name for name in held.offered if name in held.settings.finder]
    chosen = region or (opened[0] if len(opened) == 1 else "")
    if chosen not in opened and not _may_geocode(request):
        raise NotFoundError(
            "That region has no public school finder. The operator of the service opens it with "
            "the setting GEOSERVICE_FINDER."
        )
    return held.region(chosen or None)


def _may_geocode(request: Request) -> bool:
    caller: Caller | None = request.state.caller
    return caller is not None and bool({"admin", "geocode"} & set(caller.scopes))


def _wait_s(request: Request) -> float:
    """Return the seconds to wait; only callers without a key or sign-in may have to wait."""
    caller: Caller | None = request.state.caller
    if caller is not None and caller.owner != LOCAL:
        return 0.0
    return services(request).finder_rate.take(client_address(request.scope))


def _page(
    request: Request,
    reference: Reference,
    lang: str,
    grade: str,
    address: str = "",
    answer: FinderAnswer | None = None,
    status: int = 200,
) -> Response:
    words, offered = page_words(lang, WORDS), offered_grades(reference)
    grade = grade if grade in offered else ""
    is_placed = answer is not None and answer.status == "placed"
    return page(
        request,
        "finder.html",
        lang,
        status=status,
        w=words,
        others=[(code, name) for code, name in LANGUAGE_NAMES.items() if code != words.lang],
        region=reference.info,
        region_name=reference.info.named(words.lang),
        rating_names=_rating_names(reference, words.lang),
        grades=[(code, _grade_name(code, lang)) for code in offered],
        grade=grade,
        grade_name=_grade_name(grade, lang),
        address=address[:LONGEST_ADDRESS],
        longest=LONGEST_ADDRESS,
        answer=answer,
        map=finder_map(answer, reference) if answer is not None and is_placed else None,
        is_busy=status == 429,
        miles=_miles,
        feet=_feet,
    )


def _rating_names(reference: Reference, lang: str) -> dict[str, str]:
    """Return the displayed name of each label of the first rating scheme."""
    schemes = reference.info.schemes
    return {label.id: label.named(lang) for label in schemes[0].labels} if schemes else {}


def _grade_name(code: str, lang: str) -> str:
    words = page_words(lang, WORDS)
    if code.isdecimal():
        return words("grade_number", n=int(code))
    return words(f"grade_{code}") if code else ""


def _miles(metres: float) -> str:
    """Return miles with a decimal."""
    return f"{metres / METRES_PER_MILE:.1f}"


def _feet(metres: float) -> str:
    return f"{metres / _FOOT_M:,.0f}"
