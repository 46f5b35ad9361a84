"""Routes that look at a file before it is a job, and at the places of a finished job."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from geoservice.api.form_body import file_form, posted_file
from geoservice.api.services import MOST_NUMBER, caller_of, json_answer, services

ROUTER = APIRouter(tags=["jobs"])
Purpose = Annotated[str, Query(max_length=200)]
_FIELDS = ("region", "sheet", "header_row", "encoding")
_MOST_FIELDS, _FIELD_BYTES = 20, 10_000


@ROUTER.post("/v1/jobs/preview", openapi_extra=file_form("file", _FIELDS))
async def preview_file(request: Request) -> Response:
    """Return the columns of a file, their first values, and the roles that they seem to have.

    Roles are guessed from names and values. Nothing of the file is stored.
    """
    caller_of(request)
    async with request.form(
        max_files=1, max_fields=_MOST_FIELDS, max_part_size=_FIELD_BYTES
    ) as form:
        file, fields = posted_file(form)
        held = services(request)
        reference = held.region(fields.pop("region", None))
        content = await held.lanes.upload(
            held.table_previews.preview, file.file, file.filename or "", fields, reference
        )
    return json_answer(content)


@ROUTER.get("/v1/jobs/{job}/places")
def places(
    job: str,
    request: Request,
    after: Annotated[int, Query(ge=0, le=MOST_NUMBER)] = 0,
    purpose: Purpose = "",
) -> Response:
    """Return the place of each row of a finished job, column by column, without any address.

    The record of disclosures gets an entry. ``next`` is the address of the next rows.
    """
    content = services(request).jobs.places(job, caller_of(request), after, purpose)
    next_row = content.pop("next_row")
    following = f"/v1/jobs/{job}/places?after={next_row}" if next_row else None
    return json_answer({**content, "next": following})
