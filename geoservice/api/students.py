"""Routes of student lists: create from a file or a finished job, list, delete."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData, UploadFile

from geoservice.api.form_body import file_form
from geoservice.api.rights import refuse_students
from geoservice.api.services import caller_of, json_answer, services
from geoservice.errors import InputError
from geoservice.service.student_lists import FORM_FIELDS, StudentLists

ROUTER = APIRouter(tags=["students"])
Purpose = Annotated[str, Query(max_length=200)]
Name = Annotated[str, Field(max_length=200)]
_MOST_FIELDS, _FIELD_BYTES = 60, 10_000
_FORM = file_form("file", FORM_FIELDS, ("name", "owner", "agreement", "expires"))


class KeepIn(BaseModel):
    """The description of a student list that is made from a finished job.

    ``year`` is the school year of rows without a year. With ``only_list`` the request is refused if
    another list holds that year, because maps do not choose between two lists. The other names are
    columns of the file, as in `geoservice students add`.
    """

    model_config = ConfigDict(extra="forbid")
    name: Name
    owner: Name
    agreement: Name
    expires: Name
    year: Name | None = None
    purpose: Name | None = None
    replace: bool = False
    only_list: bool = False
    opt_out: Name | None = None
    protected: Name | None = None
    no_fixed_address: Name | None = None
    reported_zone: Name | None = None
    address_type: Name | None = None
    valid_from: Name | None = None
    valid_to: Name | None = None
    as_of: Name | None = None
    subgroups: Annotated[list[Name], Field(max_length=50)] = []
    programmes: Annotated[list[Name], Field(max_length=50)] = []


@ROUTER.get("/v1/students")
def list_students(request: Request, purpose: Purpose = "") -> Response:
    """Return the caller's lists of students: counts, years, owner, agreement, expiry; no student.

    The record of disclosures gets an entry.
    """
    lists = _lists(request, "students:read")
    return json_answer({"items": lists.list(caller_of(request), purpose), "next": None})


@ROUTER.post("/v1/students", status_code=201, openapi_extra=_FORM)
async def add_students(request: Request) -> Response:
    """Place the students of a file and store them.

    Form fields have the names of the command's options. Names, ids and addresses are not stored.
    Columns of address, grade, school and id that no field names are guessed, and listed under
    ``guesses``; an empty field means no column. For an address in parts, ``street`` or ``address``
    has the names of its columns, joined as in ``House Number + Street``.
    """
    lists, caller = _lists(request, "students:write"), caller_of(request)
    async with request.form(
        max_files=1, max_fields=_MOST_FIELDS, max_part_size=_FIELD_BYTES
    ) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InputError("The form has no file. Send it in the field `file`.")
        fields = _fields(form)
        region = services(request).region(fields.pop("region", None)).info.id
        described = await services(request).lanes.upload(
            lists.add, file.file, file.filename or "", {**fields, "region": region}, caller
        )
    return _created(described)


@ROUTER.get("/v1/students/{students}")
def show_students(students: str, request: Request, purpose: Purpose = "") -> Response:
    """Return the counts of a list of students. The record of disclosures gets an entry."""
    lists = _lists(request, "students:read")
    return json_answer(lists.show(students, caller_of(request), purpose))


@ROUTER.delete("/v1/students/{students}", status_code=204)
def delete_students(students: str, request: Request, purpose: Purpose = "") -> Response:
    """Delete a list of students; the header ``Certificate`` names the certificate."""
    lists = _lists(request, "students:write")
    certificate = lists.delete(students, caller_of(request), purpose)
    return Response(status_code=204, headers={"Certificate": certificate["certificate"]})


@ROUTER.post("/v1/jobs/{job}/students", status_code=201)
def keep_job(job: str, body: KeepIn, request: Request) -> Response:
    """Store the rows of a finished job, with people's decisions, as a list of students.

    The columns of address, grade, school and id are the columns of the job.
    """
    lists = _lists(request, "students:write")
    form = body.model_dump(exclude_none=True, exclude_defaults=True)
    return _created(lists.keep_job(job, form, caller_of(request)))


def _lists(request: Request, scope: str) -> StudentLists:
    held = services(request)
    refuse_students(request, held.access, scope)
    return held.student_lists


def _fields(form: FormData) -> dict[str, Any]:
    """Return the fields of a form; repeated fields as lists."""
    names = {name for name in form if name != "file"}
    several = {name: [str(value) for value in form.getlist(name)] for name in names}
    return {name: texts if len(texts) > 1 else texts[0] for name, texts in several.items()}


def _created(described: dict[str, Any]) -> Response:
    answer = json_answer(described, status=201)
    answer.headers["Location"] = f"/v1/students/{described['id']}"
    return answer
