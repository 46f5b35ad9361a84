"""Routes of measures: public figures only."""

from dataclasses import dataclass, replace
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request, Response

from geoservice.api.answers import PRIVATE, kept_answer
from geoservice.api.services import services, stored_list
from geoservice.errors import InputError
from geoservice.measures.registry import MEASURES
from geoservice.service.measure_choice import MeasureChoice
from geoservice.students.filters import Filters
from geoservice.tables.writing import neutralised

ROUTER = APIRouter()
_KINDS = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


@dataclass(frozen=True)
class MeasureQuery:
    """The query parameters of a measure."""

    areas: str = ""
    band: str = ""
    year: str = ""
    students: str = ""
    scheme: str = ""
    distance: str = ""
    subgroup: str = ""
    programme: str = ""
    f: str = ""

    @property
    def choice(self) -> MeasureChoice:
        """The parameters as the service takes them."""
        return MeasureChoice(
            self.areas,
            self.band,
            self.year,
            self.students,
            scheme=self.scheme,
            distance=self.distance,
            filters=Filters(self.subgroup, self.programme),
        )


@ROUTER.get("/v1/regions/{region}/measures", tags=["measures"])
def measures(region: str, request: Request) -> Response:
    """Return all measures, and the subgroups that are public filters of them."""
    public = services(request).region(region).info.release.subgroups
    items = [{"id": entry.id, "title": entry.title} for entry in MEASURES.values()]
    return Response(
        orjson.dumps({"items": items, "next": None, "subgroups": list(public)}),
        media_type=_KINDS["json"],
    )


@ROUTER.get("/v1/regions/{region}/measures/{measure}", tags=["measures"])
def measure(
    region: str, measure: str, request: Request, query: Annotated[MeasureQuery, Depends()]
) -> Response:
    """Return a measure for all areas, as JSON or CSV; suppressed numbers are absent.

    Filters are public subgroups.
    """
    held, form = services(request), _form(request, query.f)
    reference = held.region(region)
    query = replace(query, students=stored_list(request, reference, query.students))

    def content() -> bytes:
        table = held.measures.table(measure, reference, query.choice)
        if form == "csv":
            return neutralised(table).write_csv().encode()
        items = [
            {key: value for key, value in row.items() if value is not None}
            for row in table.to_dicts()
        ]
        about = {"snapshot": reference.snapshot, "measure": measure, "min_n": reference.info.min_n}
        return orjson.dumps({**about, "items": items, "next": None})

    chosen = query.choice
    released = held.measures.stamp(
        measure, reference, chosen.scheme, chosen.distance, chosen.students
    )
    stamp = f"{released} measure {measure} {replace(query, f='')!r}"
    answer = kept_answer(request, held.bodies, stamp, _KINDS[form], content, caching=PRIVATE)
    answer.headers["Vary"] = "Accept, Accept-Encoding"
    return answer


def _form(request: Request, form: str) -> str:
    if form and form not in _KINDS:
        raise InputError(f"`f` is {' or '.join(f'`{kind}`' for kind in _KINDS)}.")
    return form or ("csv" if request.headers.get("accept", "").startswith("text/csv") else "json")
