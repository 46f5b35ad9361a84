"""Routes of the built documents, which work without another host."""

import base64
import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from geoservice.api.answers import Caching, kept_answer
from geoservice.api.services import services
from geoservice.errors import NotFoundError
from geoservice.model.built_site import REMEDY, built_site

ROUTER = APIRouter(include_in_schema=False)
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_MAX_AGE_S = 600


@ROUTER.get("/manual")
def manual() -> Response:
    """Lead to the first page."""
    return RedirectResponse("/manual/index.html")


@ROUTER.get("/manual/{path:path}")
def manual_file(path: str, request: Request) -> Response:
    """Return a page, picture or script of the documents."""
    site = built_site()
    if site is None:
        raise NotFoundError(REMEDY)
    file = _file(site, path or "index.html")
    status = file.stat()
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = {"Content-Security-Policy": _policy(file, status.st_mtime_ns)}
    return kept_answer(
        request,
        services(request).bodies,
        f"manual {path} {status.st_size} {status.st_mtime_ns}",
        kind,
        file.read_bytes,
        headers=lambda: headers,
        caching=Caching(max_age_s=_MAX_AGE_S),
    )


def _file(site: Path, path: str) -> Path:
    """Return a file inside the site.

    Raises
    ------
    NotFoundError
        If there is no such file, or it lies outside the site.
    """
    file = (site / path).resolve()
    if not file.is_relative_to(site.resolve()) or not file.is_file():
        raise NotFoundError("There is no such page.")
    return file


@lru_cache(maxsize=256)
def _policy(file: Path, _modified_ns: int) -> str:
    """Return the policy of a page: its own inline scripts run by their hashes, no others."""
    scripts = _INLINE.findall(file.read_bytes()) if file.suffix == ".html" else []
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'self'"
    )


def _hash(script: bytes) -> str:
    return base64.b64encode(hashlib.sha256(script).digest()).decode()
