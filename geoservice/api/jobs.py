"""Routes of batch jobs: send a file, follow it, fetch what came of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from geoservice.api.data import caller_of, json_answer, services
from geoservice.api.stored_file import StoredFile
from geoservice.errors import InputError, NotFoundError
from geoservice.model.caller import Caller
from geoservice.service.jobs import OPEN, RESULTS, Jobs

ROUTER = APIRouter()
_LOOK_S = 0.3
_SIGN_OF_LIFE_S = 15.0
Purpose = Annotated[str, Query(max_length=200)]
_MOST_FIELDS, _FIELD_BYTES = 50, 100_000


@ROUTER.post("/v1/jobs", status_code=202, tags=["jobs"])
async def add_job(
    request: Request,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Accept a file; form fields are the command's option names, and `purpose` for the record of disclosures."""
    caller = caller_of(request)
    async with request.form(
        max_files=1, max_fields=_MOST_FIELDS, max_part_size=_FIELD_BYTES
    ) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InputError("The form has no `file`.")
        fields = {key: str(value) for key, value in form.items() if key != "file"}
        mine = services(request)
        reference = mine.region(fields.pop("region", None))
        job_id = await run_in_threadpool(
            mine.jobs.add,
            file.file,
            file.filename or "",
            fields,
            reference,
            caller,
            idempotency_key,
        )
    answer = json_answer(await run_in_threadpool(mine.jobs.status, job_id, caller), status=202)
    answer.headers["Location"] = f"/v1/jobs/{job_id}"
    return answer


@ROUTER.get("/v1/jobs", tags=["jobs"])
def jobs(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The caller's jobs, newest first; ``next`` is the address of those after these."""
    items, last = services(request).jobs.list(caller_of(request), limit, after)
    following = f"/v1/jobs?limit={limit}&after={last}" if last else None
    return json_answer({"items": items, "next": following})


@ROUTER.get("/v1/jobs/{job}", tags=["jobs"])
def job(job: str, request: Request) -> Response:
    """How far a job is."""
    return json_answer(services(request).jobs.status(job, caller_of(request)))


@ROUTER.get("/v1/jobs/{job}/result", tags=["jobs"])
def result(job: str, request: Request, f: str = "csv", purpose: Purpose = "") -> Response:
    """The result of a finished job; supports Range. The view is entered in the record of disclosures."""
    stream = services(request).jobs.result(job, f, caller_of(request), purpose)
    return StoredFile(request, stream, RESULTS[f], f"{job}.{f}")


@ROUTER.get("/v1/jobs/{job}/events", tags=["jobs"])
async def events(job: str, request: Request) -> Response:
    """How far a job is, as server-sent events until it is over."""
    mine, caller = services(request).jobs, caller_of(request)
    first = await run_in_threadpool(mine.status, job, caller)  # An unknown job is a plain 404.
    return StreamingResponse(
        _told(mine, job, caller, first),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


@ROUTER.get("/v1/jobs/{job}/review", tags=["jobs"])
def review(job: str, request: Request, purpose: Purpose = "") -> Response:
    """Rows of a finished job that want a look, as CSV; filled in, it goes to ``--overrides``. The view is recorded."""
    stream = services(request).jobs.review(job, caller_of(request), purpose)
    return StoredFile(request, stream, "text/csv", f"{job}-review.csv")


@ROUTER.get("/v1/jobs/{job}/areas", tags=["jobs"])
def areas(job: str, request: Request, areas: str = "") -> Response:
    """What became of a finished job's rows by area, as GeoJSON without any row."""
    content = orjson.dumps(services(request).jobs.areas(job, areas, caller_of(request)))
    return Response(content, media_type="application/geo+json")


@ROUTER.delete("/v1/jobs/{job}", status_code=204, tags=["jobs"])
def cancel(job: str, request: Request, purge: bool = False) -> Response:
    """Cancel a job; with ``purge=true`` erase all of it, in any state: the answer names the certificate."""
    jobs, caller = services(request).jobs, caller_of(request)
    if not purge:
        jobs.cancel(job, caller)
        return Response(status_code=204)
    certificate = jobs.purge(job, caller)
    return Response(status_code=204, headers={"Certificate": certificate["certificate"]})


async def _told(
    jobs: Jobs, job: str, caller: Caller, first: dict[str, Any]
) -> AsyncIterator[bytes]:
    """An event for each change, a comment while nothing changes, ``end`` at the end."""
    said, silent_s, now = None, 0.0, first
    while True:
        if now["done"] != said or now["state"] not in OPEN:
            said, silent_s = now["done"], 0.0
            yield b"event: progress\ndata: " + orjson.dumps(now) + b"\n\n"
        elif silent_s >= _SIGN_OF_LIFE_S:
            silent_s = 0.0
            yield b": still here\n\n"
        if now["state"] not in OPEN:
            break
        await asyncio.sleep(_LOOK_S)
        silent_s += _LOOK_S
        try:
            now = await run_in_threadpool(jobs.status, job, caller)
        except NotFoundError:  # Purged meanwhile.
            break
    yield b"event: end\ndata: {}\n\n"
