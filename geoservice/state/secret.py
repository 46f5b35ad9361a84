"""The server's secret: made once, readable by its owner alone; keys are derived from it by purpose."""

import contextlib
import hmac
import os
import secrets
from pathlib import Path

from geoservice.errors import StorageError
from geoservice.model.settings import Settings

_BYTES = 32


def secret_for(purpose: str, settings: Settings) -> bytes:
    """The key of one purpose; the secret itself is used for nothing.

    Raises
    ------
    StorageError
        Where the secret can neither be read nor made.
    """
    path = settings.secret_file or settings.home / "secret"
    try:
        if not path.is_file():
            _make(path)
        secret = path.read_bytes().strip()
    except OSError as fault:
        raise StorageError("The server's secret cannot be read or made.") from fault
    if len(secret) < _BYTES:
        raise StorageError("The server's secret is too short. Put its copy back.")
    return hmac.digest(secret, purpose.encode(), "sha256")


def _make(path: Path) -> None:
    """Write a new secret, unless another process was first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_hex(_BYTES).encode())
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()
