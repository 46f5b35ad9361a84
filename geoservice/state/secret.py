"""The server's secret, from which a separate key is derived for each purpose.

The secret is created once; its file is readable by its owner alone.
"""

import contextlib
import hmac
import os
import secrets
from pathlib import Path

from geoservice.errors import StorageError
from geoservice.model.digests import HASH
from geoservice.model.settings import Settings

_BYTES = 32


def secret_for(purpose: str, settings: Settings) -> bytes:
    """Return the key of a purpose, derived from the secret.

    Raises
    ------
    StorageError
        If the secret can neither be read nor created.
    """
    path = settings.secret_file or settings.home / "secret"
    try:
        if not path.is_file():
            _make(path)
        secret = path.read_bytes().strip()
    except OSError as fault:
        raise StorageError(
            "The server's secret cannot be read or created. Check the rights of the data folder."
        ) from fault
    if len(secret) < _BYTES:
        raise StorageError("The server's secret is too short. Restore its copy.")
    return hmac.digest(secret, purpose.encode(), HASH)


def _make(path: Path) -> None:
    """Write a new secret, unless another process has already written it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_hex(_BYTES).encode())
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
