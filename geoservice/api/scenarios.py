"""Routes of scenarios, which belong to the internal profile."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from geoservice.api.rights import may_plan
from geoservice.api.services import MOST_NUMBER, caller_of, json_answer, services
from geoservice.cartography.texts import LANGUAGES, spoken
from geoservice.errors import ForbiddenError, InputError
from geoservice.model.caller import Caller
from geoservice.service.list_choice import holders_of
from geoservice.service.plan_editor import PacketForm
from geoservice.service.scenarios import ScenarioChoice
from geoservice.state.scenarios import StoredScenario
from geoservice.tables.writing import neutralised

ROUTER = APIRouter(tags=["scenarios"])
_LONGEST_PURPOSE = 200
Purpose = Annotated[str, Query(max_length=_LONGEST_PURPOSE)]
Version = Annotated[int | None, Query(ge=1, le=MOST_NUMBER)]
_FORMS = {
    "zones.geojson": "application/geo+json",
    "zones.kml": "application/vnd.google-earth.kml+xml",
    "zones.zip": "application/zip",
    "moves.csv": "text/csv; charset=utf-8",
}
"""Files of a stored scenario without figures about students."""
_PACKETS = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class GroundIn(BaseModel):
    """The set of zones of a plan, the students, and the purpose for the record of disclosures."""

    model_config = ConfigDict(extra="forbid")
    region: Annotated[str | None, Field(max_length=80)] = None
    zones: Annotated[str, Field(max_length=80)]
    students: Annotated[str, Field(max_length=80)] = ""
    purpose: Annotated[str, Field(max_length=_LONGEST_PURPOSE)] = ""


class ScenarioIn(BaseModel):
    """The keys of a scenario file, to store or to count.

    ``id`` names a stored scenario that gets a new version.
    """

    model_config = ConfigDict(extra="forbid")
    content: dict[str, Any]
    id: Annotated[str, Field(max_length=40)] = ""
    label: Annotated[str, Field(max_length=200)] = ""
    students: Annotated[str, Field(max_length=80)] = ""
    purpose: Annotated[str, Field(max_length=_LONGEST_PURPOSE)] = ""


@ROUTER.post("/v1/scenarios/ground")
def ground(body: GroundIn, request: Request) -> Response:
    """Return the blocks, the schools, and the students by block, grade and school.

    The record of disclosures gets an entry.
    """
    held, caller = services(request), planner(request)
    reference = held.region(body.region)
    choice = _choice(caller, body.students, body.purpose)
    folder = held.regions.folder(reference.info.id)
    content = held.plans.ground(reference, folder, body.zones, choice)
    return Response(content, media_type="application/json")


@ROUTER.post("/v1/scenarios/numbers")
def count(body: ScenarioIn, request: Request) -> Response:
    """Return the numbers before and after of a scenario in the body, without storing it.

    The record of disclosures gets an entry.
    """
    caller = planner(request)
    return _numbers(request, body.content, _choice(caller, body.students, body.purpose), "json")


@ROUTER.get("/v1/scenarios")
def scenarios(request: Request, region: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Return the caller's stored scenarios, each with its versions."""
    store, caller = services(request).plans.store, planner(request)
    items = [
        {
            **_described(latest),
            "versions": [_version(stored) for stored in store.versions(latest.id, caller)],
        }
        for latest in store.list(caller, region)
    ]
    return json_answer({"items": items, "next": None})


@ROUTER.post("/v1/scenarios", status_code=201)
def save(body: ScenarioIn, request: Request) -> Response:
    """Store a valid scenario, or the next version of a stored scenario."""
    held, caller = services(request), planner(request)
    reference = held.region(str(body.content.get("region") or ""))
    held.plans.check(body.content, reference, held.regions.folder(reference.info.id))
    stored = held.plans.store.save(body.content, caller, scenario_id=body.id, label=body.label)
    answer = json_answer(_with_content(stored), status=201)
    answer.headers["Location"] = f"/v1/scenarios/{stored.id}"
    return answer


@ROUTER.get("/v1/scenarios/{scenario}")
def scenario(scenario: str, request: Request, version: Version = None) -> Response:
    """Return a stored scenario: the latest version, or the version of a number."""
    return json_answer(_with_content(_stored(request, scenario, version)))


@ROUTER.delete("/v1/scenarios/{scenario}", status_code=204)
def delete(scenario: str, request: Request) -> Response:
    """Delete a stored scenario with all its versions."""
    services(request).plans.store.delete(scenario, planner(request))
    return Response(status_code=204)


@ROUTER.get("/v1/scenarios/{scenario}/numbers")
def numbers(
    scenario: str,
    request: Request,
    version: Version = None,
    purpose: Purpose = "",
    students: Annotated[str, Query(max_length=80)] = "",
    f: Annotated[str, Query(json_schema_extra={"enum": ["json", "csv"]})] = "json",
) -> Response:
    """Return the numbers of a stored scenario as JSON or CSV.

    The record of disclosures gets an entry.
    """
    caller = planner(request)
    stored = _stored(request, scenario, version)
    return _numbers(request, stored.content, _choice(caller, students, purpose), f)


@ROUTER.get("/v1/scenarios/{scenario}/report.{ending}")
def report(
    scenario: str,
    ending: Annotated[str, Path(json_schema_extra={"enum": list(_PACKETS)})],
    request: Request,
    version: Version = None,
    purpose: Purpose = "",
    lang: Annotated[str, Query(max_length=8)] = "",
) -> Response:
    """Return the board packet of a stored scenario as ``html``, ``pdf`` or ``xlsx``.

    The record of disclosures gets an entry.
    """
    held, caller = services(request), planner(request)
    stored = _stored(request, scenario, version)
    if ending not in _PACKETS:
        raise InputError(f"A report is {', '.join(_PACKETS)}.")
    reference = held.region(stored.region)
    content = held.plans.report(
        stored.content,
        PacketForm(ending, spoken(lang or LANGUAGES[0])),
        reference,
        held.regions.folder(stored.region),
        _choice(caller, "", purpose),
    )
    return _download(content, _PACKETS[ending], f"{stored.id}-{stored.version}-report.{ending}")


@ROUTER.get("/v1/scenarios/{scenario}/{file}")
def scenario_file(
    scenario: str,
    file: Annotated[str, Path(json_schema_extra={"enum": list(_FORMS)})],
    request: Request,
    version: Version = None,
) -> Response:
    """Return the zones of a stored scenario (.geojson, .kml, .zip), or its moves (.csv)."""
    stored = _stored(request, scenario, version)
    if file not in _FORMS:
        raise InputError(f"A scenario has no such file. Files are: {', '.join(_FORMS)}.")
    held = services(request)
    reference = held.region(stored.region)
    folder = held.regions.folder(stored.region)
    content = held.plans.file(stored.content, f".{file.rpartition('.')[2]}", reference, folder)
    return _download(content, _FORMS[file], f"{stored.id}-{stored.version}-{file}")


def planner(request: Request) -> Caller:
    """Return the caller of a request, who may see the internal profile.

    Raises
    ------
    ForbiddenError
        If the caller may not.
    """
    if not may_plan(request, services(request).access):
        raise ForbiddenError(
            "Scenarios belong to the internal profile. Open the workspace with its token, or use "
            "a key with the scope `students:read`."
        )
    return caller_of(request)


def _choice(caller: Caller, students: str, purpose: str) -> ScenarioChoice:
    holders = holders_of(caller)
    return ScenarioChoice(students, "internal", purpose, caller.name, caller.role, holders)


def _stored(request: Request, scenario: str, version: int | None) -> StoredScenario:
    return services(request).plans.store.get(scenario, planner(request), version)


def _numbers(
    request: Request, content: Mapping[str, Any], choice: ScenarioChoice, form: str
) -> Response:
    held = services(request)
    reference = held.region(str(content.get("region") or ""))
    folder = held.regions.folder(reference.info.id)
    if form not in ("json", "csv"):
        raise InputError("`f` must be `json` or `csv`.")
    table = held.plans.numbers(content, reference, folder, choice)
    if form == "csv":
        return _download(
            neutralised(table).write_csv().encode(), _FORMS["moves.csv"], "numbers.csv"
        )
    return json_answer({"snapshot": reference.snapshot, "items": table.to_dicts(), "next": None})


def _download(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _described(stored: StoredScenario) -> dict[str, Any]:
    content = stored.content
    return {
        "id": stored.id,
        "region": stored.region,
        "name": content.get("name"),
        "zones": content.get("zones"),
        "first_year": content.get("first_year"),
    }


def _version(stored: StoredScenario) -> dict[str, Any]:
    return {"version": stored.version, "label": stored.label, "saved": stored.saved}


def _with_content(stored: StoredScenario) -> dict[str, Any]:
    return {**_described(stored), **_version(stored), "content": dict(stored.content)}
