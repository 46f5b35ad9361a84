"""Routes of regions made from uploaded files, for administrators: files, manifest, build."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from geoservice.api.form_body import file_form
from geoservice.api.rights import refuse_region_changes
from geoservice.api.services import json_answer, services
from geoservice.errors import InputError
from geoservice.service.region_drafts import RegionDrafts

ROUTER = APIRouter(prefix="/v1/region-drafts", tags=["regions"])
_MOST_FILES = 30


class ManifestIn(BaseModel):
    """The text of ``region.toml``."""

    model_config = ConfigDict(extra="forbid")
    manifest: Annotated[str, Field(max_length=200_000)]


class FieldIn(BaseModel):
    """The column of a field of a layer; without a column the field is removed."""

    model_config = ConfigDict(extra="forbid")
    layer: Annotated[int, Field(ge=0, le=1000)]
    field: Annotated[str, Field(max_length=80, pattern="^[a-z0-9_]+$")]
    column: Annotated[str, Field(max_length=200)] = ""


@ROUTER.get("")
def list_drafts(request: Request) -> Response:
    """Return the uploaded regions: names and files."""
    return json_answer({"items": _drafts(request).list(), "next": None})


@ROUTER.get("/{draft}")
def show_draft(draft: str, request: Request) -> Response:
    """Return the files of an uploaded region, its manifest, its layers and their columns."""
    return json_answer(_drafts(request).show(draft))


@ROUTER.post("/{draft}/files", status_code=201, openapi_extra=file_form("file", ()))
async def add_files(draft: str, request: Request) -> Response:
    """Store files of a region; a form may hold several parts of the name ``file``."""
    drafts = _drafts(request)
    async with request.form(max_files=_MOST_FILES, max_fields=1) as form:
        files = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
        if not files:
            raise InputError("The form has no file. Send it in the field `file`.")
        for file in files:
            await run_in_threadpool(drafts.add_file, draft, file.filename or "", file.file)
    return json_answer(await run_in_threadpool(drafts.show, draft), status=201)


@ROUTER.post("/{draft}/manifest")
def draft_manifest(draft: str, request: Request) -> Response:
    """Draft ``region.toml`` from the files, as ``geoservice region init``; it replaces another."""
    return json_answer(_drafts(request).init(draft))


@ROUTER.put("/{draft}/manifest")
def save_manifest(draft: str, body: ManifestIn, request: Request) -> Response:
    """Replace ``region.toml`` by a text, which is checked before."""
    return json_answer(_drafts(request).save(draft, body.manifest))


@ROUTER.patch("/{draft}/manifest")
def correct_field(draft: str, body: FieldIn, request: Request) -> Response:
    """Let a field of a layer have another column; comments of the manifest stay."""
    return json_answer(_drafts(request).correct(draft, body.layer, body.field, body.column))


@ROUTER.post("/{draft}/build")
def build_region(draft: str, request: Request) -> Response:
    """Build the region from its files, and offer it at once."""
    built = _drafts(request).build(draft)
    services(request).offer(built["region"])
    return json_answer(built)


@ROUTER.delete("/{draft}", status_code=204)
def remove_draft(draft: str, request: Request) -> Response:
    """Delete the files of a region that was never built."""
    _drafts(request).remove(draft)
    return Response(status_code=204)


def _drafts(request: Request) -> RegionDrafts:
    held = services(request)
    refuse_region_changes(request, held.access)
    return held.region_drafts
