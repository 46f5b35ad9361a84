"""The check of ``GEOSERVICE_REQUIRE_TLS``: no setting names an unencrypted connection."""

import ipaddress
from urllib.parse import parse_qs, urlsplit

from geoservice.errors import InputError

_TRUSTED = ("verify-ca", "verify-full")
"""Values of ``sslmode`` with which PostgreSQL's certificate is checked."""


def refuse_plain_connections(addresses: dict[str, str]) -> None:
    """Refuse addresses of other machines whose connections would not be encrypted.

    Parameters
    ----------
    addresses
        Addresses by the names of their settings; empty texts are ignored.

    Raises
    ------
    InputError
        For the first plain connection; the error names the setting and the remedy.
    """
    for name, address in addresses.items():
        remedy = _remedy(address)
        if remedy:
            raise InputError(
                f"GEOSERVICE_REQUIRE_TLS is set, and {name} is not encrypted. {remedy}"
            )


def _remedy(address: str) -> str:
    """Return what makes an address encrypted; empty if it is, or stays on this machine."""
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    if parts.scheme.partition("+")[0] in ("postgresql", "postgres"):
        host = query.get("host", [parts.hostname or ""])[-1]
        is_checked = query.get("sslmode", [""])[-1] in _TRUSTED
        is_here = host.startswith("/") or is_this_machine(host)
        return "" if is_checked or is_here else "Add `?sslmode=verify-full` to it."
    if query.get("scheme", [""])[-1] == "http":
        host = query.get("endpoint_override", [""])[-1]
        return "" if is_this_machine(host.rpartition(":")[0] or host) else "Use `scheme=https`."
    if parts.scheme in ("http", "tcp") and not is_this_machine(parts.hostname or ""):
        return f"Begin it with `{'https' if parts.scheme == 'http' else 'tls'}://`."
    return ""


def is_this_machine(host: str) -> bool:
    """Return whether a host name or address means the machine itself; an empty one does."""
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
