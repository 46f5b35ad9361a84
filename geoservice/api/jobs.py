"""Routes of batch jobs: send a file, follow the job, fetch its results."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from geoservice.api.form_body import file_form, posted_file
from geoservice.api.services import caller_of, json_answer, services
from geoservice.api.stored_file import StoredFile
from geoservice.errors import NotFoundError
from geoservice.model.caller import Caller
from geoservice.model.roles import ROLES
from geoservice.service.jobs import OPEN, RESULTS, Jobs

ROUTER = APIRouter()
_LOOK_S = 0.3
_SIGN_OF_LIFE_S = 15.0
Purpose = Annotated[str, Query(max_length=200)]
_FIELDS = (
    *("region", "header_row", "sheet", "allow", "encoding", "replace", "purpose"),
    *("priority", "notify"),
)
_MOST_FIELDS, _FIELD_BYTES = 50, 100_000


@ROUTER.post(
    "/v1/jobs",
    status_code=202,
    tags=["jobs"],
    openapi_extra=file_form("file", (*ROLES, *_FIELDS)),
)
async def add_job(
    request: Request,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Accept a file as a job.

    Form fields have the names of the command's options; `purpose` goes into the record of
    disclosures. For an address in parts, `street` or `address` has the names of its columns,
    joined as in `House Number + Street`.
    """
    caller = caller_of(request)
    async with request.form(
        max_files=1, max_fields=_MOST_FIELDS, max_part_size=_FIELD_BYTES
    ) as form:
        file, fields = posted_file(form)
        held = services(request)
        reference = held.region(fields.pop("region", None))
        job_id = await held.lanes.upload(
            held.jobs.add,
            file.file,
            file.filename or "",
            fields,
            reference,
            caller,
            idempotency_key,
        )
    answer = json_answer(await run_in_threadpool(held.jobs.status, job_id, caller), status=202)
    answer.headers["Location"] = f"/v1/jobs/{job_id}"
    return answer


@ROUTER.get("/v1/jobs", tags=["jobs"])
def jobs(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Return the caller's jobs, newest first; ``next`` is the address of the next page."""
    items, last_id = services(request).jobs.list(caller_of(request), limit, after)
    following = f"/v1/jobs?limit={limit}&after={last_id}" if last_id else None
    return json_answer({"items": items, "next": following})


@ROUTER.get("/v1/jobs/{job}", tags=["jobs"])
def job(job: str, request: Request) -> Response:
    """Return the state and progress of a job."""
    return json_answer(services(request).jobs.status(job, caller_of(request)))


@ROUTER.get("/v1/jobs/{job}/result", tags=["jobs"])
def result(job: str, request: Request, f: str = "csv", purpose: Purpose = "") -> Response:
    """Return the result of a finished job; supports Range.

    The record of disclosures gets an entry.
    """
    stream = services(request).jobs.result(job, f, caller_of(request), purpose)
    return StoredFile(request, stream, RESULTS[f], f"{job}.{f}")


@ROUTER.post("/v1/jobs/{job}/retry", status_code=202, tags=["jobs"])
def retry(
    job: str,
    request: Request,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Place a finished job's rows without a match by the region as it is now: a new job.

    All other rows stay as they are; ``retry_of`` names the job and the snapshot that they are from.
    """
    container, caller = services(request), caller_of(request)
    reference = container.region(container.jobs.status(job, caller)["region"])
    job_id = container.jobs.retry(job, reference, caller, idempotency_key)
    answer = json_answer(container.jobs.status(job_id, caller), status=202)
    answer.headers["Location"] = f"/v1/jobs/{job_id}"
    return answer


@ROUTER.get("/v1/jobs/{job}/events", tags=["jobs"])
async def events(job: str, request: Request) -> Response:
    """Stream the progress of a job as server-sent events until the job ends."""
    service, caller = services(request).jobs, caller_of(request)
    status = await run_in_threadpool(service.status, job, caller)  # An unknown job is a plain 404.
    return StreamingResponse(
        _progress_events(service, job, caller, status),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


@ROUTER.get("/v1/jobs/{job}/areas", tags=["jobs"])
def areas(job: str, request: Request, areas: str = "") -> Response:
    """Return the match counts of a finished job by area, as GeoJSON without any row."""
    content = orjson.dumps(services(request).jobs.areas(job, areas, caller_of(request)))
    return Response(content, media_type="application/geo+json")


@ROUTER.delete("/v1/jobs/{job}", status_code=204, tags=["jobs"])
def cancel(job: str, request: Request, purge: bool = False) -> Response:
    """Cancel a job; with ``purge=true`` erase all its data, in any state.

    The header ``Certificate`` names the certificate of the erasure.
    """
    jobs, caller = services(request).jobs, caller_of(request)
    if not purge:
        jobs.cancel(job, caller)
        return Response(status_code=204)
    certificate = jobs.purge(job, caller)
    return Response(status_code=204, headers={"Certificate": certificate["certificate"]})


async def _progress_events(
    jobs: Jobs, job: str, caller: Caller, status: dict[str, Any]
) -> AsyncIterator[bytes]:
    """Yield an event for each change, a comment while nothing changes, and ``end``."""
    told, silent_s, now = None, 0.0, status
    while True:
        news = [now[name] for name in ("state", "done", "error")]
        if news != told:
            told, silent_s = news, 0.0
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
