"""Sign-ins, sign-outs and refused keys in the log, without names and addresses of people."""

import logging

from starlette.types import Scope

_LOG = logging.getLogger("geoservice")


def log_sign_in(scope: Scope, owner: str) -> None:
    """Log that a browser signed in; the kind of caller says how."""
    _LOG.info("signed in", extra=_fields(scope, owner))


def log_sign_out(scope: Scope, owner: str) -> None:
    """Log that a browser signed out, or that sign-ins of the same owner were ended."""
    _LOG.info("signed out", extra=_fields(scope, owner))


def log_refusal(scope: Scope) -> None:
    """Log a wrong key, token or answer of the identity provider."""
    _LOG.warning("key or sign-in refused", extra=_fields(scope, ""))


def owner_kind(owner: str) -> str:
    """Return a key's id, but only the kind of other owners: an account identifies a person."""
    kind = owner.partition(":")[0]
    return owner if kind == "key" else kind


def _fields(scope: Scope, owner: str) -> dict[str, object]:
    request_id = scope.get("state", {}).get("request_id")
    return {"request_id": request_id, "caller": owner_kind(owner) or "nobody"}
