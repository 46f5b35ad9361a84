"""Routes of reviews: the rows of a finished job that need review, and people's decisions."""

import csv
import io
from typing import Annotated, Any, Literal

import polars as pl
from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from geoservice.api.data import Line
from geoservice.api.services import caller_of, json_answer, services
from geoservice.api.stored_file import StoredFile
from geoservice.errors import InputError, TooLargeError

ROUTER = APIRouter()
Purpose = Annotated[str, Query(max_length=200)]
_MOST_DECISIONS = 100_000


class DecisionIn(BaseModel):
    """A row of a review with its column ``use`` filled in.

    ``line``, ``city``, ``state`` and ``zip`` are the address as in the review; ``use`` is the
    number of a candidate, an address, or longitude and latitude. A row without ``use`` has no
    decision.
    """

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    line: Line | None = None
    city: Line | None = None
    state: Line | None = None
    zip: Line | None = None
    use: Line | None = None
    candidate_1: Line | None = None
    candidate_2: Line | None = None
    candidate_3: Line | None = None
    candidate_4: Line | None = None
    candidate_5: Line | None = None


class OverridesIn(BaseModel):
    """All decisions of a job; they replace earlier decisions."""

    model_config = ConfigDict(extra="forbid")
    items: Annotated[list[DecisionIn], Field(max_length=_MOST_DECISIONS)]


_OVERRIDES = {
    "type": "object",
    "required": ["items"],
    "properties": {"items": {"type": "array", "items": DecisionIn.model_json_schema()}},
}
_BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _OVERRIDES}}},
}
"""The body as generated clients send it; some cannot be generated for several kinds of body."""


@ROUTER.get("/v1/jobs/{job}/review", tags=["jobs"])
def review(
    job: str, request: Request, purpose: Purpose = "", f: Literal["", "csv", "json"] = ""
) -> Response:
    """Return the rows of a finished job that need review, with candidates, as CSV or JSON.

    Earlier decisions come first, in ``use``. The record of disclosures gets an entry.
    """
    stream = services(request).jobs.review(job, caller_of(request), purpose)
    accepted = request.headers.get("accept", "")
    if f == "json" or (not f and accepted.startswith("application/json")):
        with stream:
            lines = csv.DictReader(io.StringIO(stream.read().decode("utf-8-sig")))
            items = [{name: text or None for name, text in line.items()} for line in lines]
        return json_answer({"items": items, "next": None})
    return StoredFile(request, stream, "text/csv", f"{job}-review.csv")


@ROUTER.put("/v1/jobs/{job}/overrides", status_code=202, tags=["jobs"], openapi_extra=_BODY)
async def put_overrides(job: str, request: Request) -> Response:
    """Apply the decisions of a filled review, and compute the result of the job again.

    The body is the review with its column ``use`` filled in. It replaces all earlier decisions; an
    empty list removes them. Instead of JSON, send the review as ``text/csv``, or as the ``file`` of
    a ``multipart/form-data`` form.
    """
    held, caller = services(request), caller_of(request)
    await run_in_threadpool(held.jobs.status, job, caller)  # 404 for another owner's job.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with request.form(max_files=1, max_fields=10) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise InputError("The form has no file. Send it in the field `file`.")
            name = file.filename or ""
            table = await held.lanes.upload(held.jobs.read_review, file.file, name)
    else:
        content = await _body(request, held.settings.limits.max_json_bytes)
        table = await run_in_threadpool(_table, request, kind, content)
    await run_in_threadpool(held.jobs.decide, job, table, caller)
    answer = json_answer(await run_in_threadpool(held.jobs.status, job, caller), status=202)
    answer.headers["Location"] = f"/v1/jobs/{job}"
    return answer


async def _body(request: Request, most_bytes: int) -> bytes:
    content = bytearray()
    async for block in request.stream():
        content += block
        if len(content) > most_bytes:
            raise TooLargeError(
                f"The decisions are larger than {most_bytes:,} bytes. Send them as a file in a "
                "form."
            )
    return bytes(content)


def _table(request: Request, kind: str, content: bytes) -> pl.DataFrame:
    if kind == "text/csv":
        return services(request).jobs.read_review(io.BytesIO(content), "overrides.csv")
    if kind != "application/json":
        raise InputError("Send decisions as application/json, text/csv or multipart/form-data.")
    try:
        decisions = OverridesIn.model_validate_json(content)
    except ValidationError as fault:
        errors = [{**error, "loc": ("body", *error["loc"])} for error in _errors(fault)]
        raise RequestValidationError(errors) from fault
    rows = [item.model_dump() for item in decisions.items]
    return pl.DataFrame(rows, schema=dict.fromkeys(DecisionIn.model_fields, pl.String))


def _errors(fault: ValidationError) -> list[Any]:
    """Return the validation errors without the values of the request."""
    return list(fault.errors(include_input=False, include_context=False, include_url=False))
