"""Where a request comes from: Host, other sites, and proxies that are named in the settings."""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

from geoservice.errors import ForbiddenError, InputError

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?")
_FORWARDING = ("x-forwarded-for", "forwarded", "x-real-ip")
_FRAMED = ("/embed/", "/oembed", "/static/embed.js")
"""Signed links and what other pages need to show them."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(proxies: Sequence[str]) -> tuple[Network, ...]:
    """The networks of addresses such as ``10.0.0.7`` or ``10.0.0.0/24``.

    Raises
    ------
    InputError
        Where one is no address.
    """
    try:
        return tuple(ipaddress.ip_network(proxy, strict=False) for proxy in proxies)
    except ValueError as fault:
        raise InputError(
            "GEOSERVICE_PROXIES lists addresses of proxies, as in `10.0.0.7, 10.0.1.0/24`."
        ) from fault


def forwarded(scope: Scope, proxies: Sequence[Network]) -> Scope:
    """A request as the client sent it to the proxy: address, scheme and Host of the forwarding headers.

    They are believed only where the request comes from an address of ``proxies``.
    """
    headers = Headers(scope=scope)
    if not proxies or not _is_among(client_address(scope), proxies):
        return scope
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    # From the right: what stands left of the last proxy that is known may be made up by the client.
    unknown = [hop for hop in hops if not _is_among(hop, proxies)]
    changed = {**scope, "headers": list(scope["headers"])}
    if unknown:
        changed["client"] = unknown[-1], 0
    scheme = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip()
    if scheme in ("http", "https"):
        changed["scheme"] = scheme
    host = headers.get("x-forwarded-host", "").rpartition(",")[2].strip()
    if host:
        MutableHeaders(scope=changed)["host"] = host
    return changed


def client_address(scope: Scope) -> str:
    """The address that a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def host_name(scope: Scope) -> str:
    """The name in the Host header, in small letters.

    Raises
    ------
    InputError
        Where it is no host.
    """
    match = _HOST.fullmatch(Headers(scope=scope).get("host", ""))
    if match is None:
        raise InputError("The Host header is no name of a host.")
    return match.group(1).lower()


def check_host(scope: Scope, allowed: frozenset[str]) -> None:
    """Refuse other names than those of this machine: a page of another site may have rebound its own to it."""
    if allowed and host_name(scope) not in allowed:
        raise ForbiddenError("The service does not answer to this Host.")


def refuse_unnamed_proxy(scope: Scope) -> None:
    """Refuse what a proxy sends on to a service that lets all callers of this machine in without a key."""
    headers = Headers(scope=scope)
    if any(name in headers for name in _FORWARDING):
        raise ForbiddenError(
            "The request comes through a proxy that the settings do not name. Name its address in "
            "GEOSERVICE_PROXIES; callers need keys then."
        )


def check_site(scope: Scope) -> None:
    """Refuse requests that pages of other sites make."""
    if scope["method"] == "GET" and scope["path"].startswith(_FRAMED):
        return  # These are made to be asked for by pages of other sites, and change nothing.
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != headers.get("host"):
        raise ForbiddenError("The request comes from another site.")
    if headers.get("sec-fetch-site") == "cross-site":
        raise ForbiddenError("The request comes from another site.")


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _is_among(address: str, proxies: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return False
    return any(parsed in network for network in proxies)
