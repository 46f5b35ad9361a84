"""The route of the measures: public figures only."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from geoservice.api.answers import kept_answer
from geoservice.api.data import services
from geoservice.errors import InputError
from geoservice.measures.registry import MEASURES
from geoservice.students.filters import Filters
from geoservice.tables.writing import neutralised

ROUTER = APIRouter()
_PARAMETERS = ("areas", "band", "year", "scheme", "distance", "f")
_FILTERS = ("subgroup", "programme")
_KINDS = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


@ROUTER.get("/v1/regions/{region}/measures", tags=["measures"])
def measures(region: str, request: Request) -> Response:
    """The measures that there are, and the subgroups that are public filters of them."""
    public = services(request).region(region).info.release.subgroups
    items = [{"id": one.id, "title": one.title} for one in MEASURES.values()]
    return Response(
        orjson.dumps({"items": items, "next": None, "subgroups": list(public)}),
        media_type=_KINDS["json"],
    )


@ROUTER.get("/v1/regions/{region}/measures/{measure}", tags=["measures"])
def measure(
    region: str, measure: str, request: Request, areas: str = "", band: str = "", year: str = "",
    scheme: str = "", distance: str = "", subgroup: str = "", programme: str = "", f: str = "",
) -> Response:  # fmt: skip
    """One measure for all areas, as JSON or CSV; suppressed numbers are absent. Filters are public subgroups."""
    _refuse_unknown(request)
    held, form = services(request), _form(request, f)
    reference = held.region(region)
    filters = Filters(subgroup, programme)

    def content() -> bytes:
        table = held.measures.table(
            measure, reference, areas, band, year, scheme=scheme, distance=distance, filters=filters
        )
        if form == "csv":
            return neutralised(table).write_csv().encode()
        items = [{key: value for key, value in row.items() if value is not None}
                 for row in table.to_dicts()]  # fmt: skip
        about = {"snapshot": reference.snapshot, "measure": measure, "min_n": reference.info.min_n}
        return orjson.dumps({**about, "items": items, "next": None})

    asked: tuple[Any, ...] = (measure, areas, band, year, subgroup, programme)
    stamp = f"{held.measures.stamp(measure, reference, scheme, distance)} measure {asked!r}"
    answer = kept_answer(request, held.bodies, stamp, _KINDS[form], content, public=False)
    answer.headers["Vary"] = "Accept, Accept-Encoding"
    return answer


def _refuse_unknown(request: Request) -> None:
    """Refuse parameters that nobody heeds: who asks for `grade=05` must not take all grades for it."""
    if set(request.query_params) - {*_PARAMETERS, *_FILTERS}:
        raise InputError(f"Parameters here are: {', '.join((*_PARAMETERS, *_FILTERS))}.")


def _form(request: Request, asked: str) -> str:
    if asked and asked not in _KINDS:
        raise InputError(f"`f` is {' or '.join(f'`{one}`' for one in _KINDS)}.")
    return asked or ("csv" if request.headers.get("accept", "").startswith("text/csv") else "json")
