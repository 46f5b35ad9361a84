"""Signed webhooks: a listed host receives a notice with counts when a job ends."""

import hmac
import http.client
import json
import logging
import ssl
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from geoservice.errors import GeoserviceError, InputError, StorageError
from geoservice.model.operations import Operations
from geoservice.placing.summary import Summary
from geoservice.state.ledger import Ledger
from geoservice.state.notices import Notice, Notices

_LOG = logging.getLogger("geoservice")
_PAUSES_S = (5.0, 20.0, 80.0, 320.0, 1280.0)
"""Pauses between attempts; after the last attempt the notice is dropped."""
_TIMEOUT_S = 10.0
_LOOK_S = 1.0
_LONGEST_URL = 500
_SHORTEST_SECRET = 32
_ACCEPTED = range(200, 300)


def webhook_url(text: str, operations: Operations) -> str:
    """Return the address that waits for the end of a job; empty if the form names none.

    Raises
    ------
    InputError
        If the address is not https, or if its host is not listed in the settings.
    """
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "") if parts.port is None else f"{parts.hostname}:{parts.port}"
    except ValueError:
        parts, host = urlsplit(""), ""
    is_plain = text.isascii() and text.isprintable() and " " not in text
    is_whole = parts.scheme == "https" and "@" not in parts.netloc and not parts.fragment
    if not (host and is_plain and is_whole) or len(text) > _LONGEST_URL:
        raise InputError("`notify` must be an address such as `https://hooks.example.org/jobs`.")
    if host not in operations.webhook_hosts or operations.webhook_secret_file is None:
        raise InputError(
            "The host of `notify` is not listed. Ask the operator of the service to name it in "
            "GEOSERVICE_WEBHOOK_HOSTS and to set GEOSERVICE_WEBHOOK_SECRET_FILE."
        )
    return text


class Webhooks:
    """Sends the notices of a store until stopped. Redirects are not followed."""

    def __init__(self, ledger: Ledger, notices: Notices, operations: Operations) -> None:
        self._ledger, self._notices, self._operations = ledger, notices, operations
        self._stopped = threading.Event()

    def start(self) -> None:
        """Send notices in a thread of its own, where the settings list a host."""
        if self._operations.webhook_hosts:
            threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def stop(self) -> None:
        """Stop after the notice in hand."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_S):
            try:
                while (notice := self._notices.take()) is not None:
                    self._send(notice)
            except (SQLAlchemyError, GeoserviceError) as fault:
                _LOG.warning("webhooks: %s, tried again", type(fault).__name__)

    def _send(self, notice: Notice) -> None:
        try:
            # The settings may list other hosts than at the time of the job.
            webhook_url(notice.url, self._operations)
            content = json.dumps(_told(self._ledger.job(notice.job))).encode()
            is_told = _post(notice.url, content, self._secret())
        except InputError:
            self._notices.remove(notice.job)
            return
        except (OSError, http.client.HTTPException, StorageError):
            is_told = False
        if is_told or notice.attempts >= len(_PAUSES_S):
            self._notices.remove(notice.job)
            if not is_told:
                _LOG.warning("webhooks: the end of job %s was not taken; given up", notice.job)
        else:
            due = time.time() + _PAUSES_S[notice.attempts]
            self._notices.postpone(notice.job, notice.attempts + 1, due)

    def _secret(self) -> bytes:
        path = self._operations.webhook_secret_file
        secret = path.read_bytes().strip() if path is not None else b""
        if len(secret) < _SHORTEST_SECRET:
            raise StorageError("The secret of webhooks is too short.")
        return secret


def signature(secret: bytes, sent_at: int, content: bytes) -> str:
    """Return the header's text: the time, and the HMAC-SHA256 of the time, a dot and the body."""
    signed = hmac.digest(secret, f"{sent_at}.".encode() + content, "sha256")
    return f"t={sent_at},v1={signed.hex()}"


def _told(job: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a notice: no row, no file name, no purpose."""
    counts = Summary()
    for chunk in job["chunks"]:
        counts = counts.add(Summary(**chunk["summary"])) if chunk["summary"] else counts
    return {
        "id": job["id"],
        "state": job["state"],
        "total": job["total"],
        "done": counts.rows,
        "matched": dict(counts.matched),
        "ambiguous": counts.ambiguous,
        "unmatched": dict(counts.unmatched),
    }


def _post(url: str, content: bytes, secret: bytes) -> bool:
    """Send a notice; return True if the receiver answers with a status of 2xx."""
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=_TIMEOUT_S, context=ssl.create_default_context()
    )
    headers = {
        "Content-Type": "application/json",
        "Geoservice-Signature": signature(secret, int(time.time()), content),
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, content, headers)
        return connection.getresponse().status in _ACCEPTED
    finally:
        connection.close()
