"""Certificates of deletion: the data deleted, time, reason, counts, and the hash of the content."""

import datetime
import json
import os
import secrets
from pathlib import Path
from typing import Any

from geoservice.errors import StorageError
from geoservice.model.settings import Settings

_TOLD = (
    "region",
    "name",
    "owner",
    "agreement",
    "added",
    "expires",
    "rows",
    "years",
    "sha256",
    "snapshot",
)


def certify(
    about: dict[str, Any], reason: str, removed: dict[str, int], settings: Settings
) -> dict[str, Any]:
    """Write the certificate of a finished deletion into the data folder (mode 0600); return it.

    Parameters
    ----------
    about
        Description of the data set as it was: counts and names of no student.
    reason
        ``deleted``, ``expired`` or ``replaced``.
    removed
        How many pieces of each kind went.
    """
    now = datetime.datetime.now(datetime.UTC)
    certificate = {
        "certificate": f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        "deleted": now.isoformat(timespec="seconds"),
        "reason": reason,
        **{key: about.get(key) for key in _TOLD},
        "removed": removed,
    }
    path = (
        settings.home
        / "certificates"
        / f"{about['region']}.{about['name']}.{certificate['certificate']}.json"
    )
    _write(path, json.dumps(certificate, indent=2))
    return {**certificate, "file": str(path)}


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as fault:
        raise StorageError("The certificate of deletion cannot be written.") from fault
