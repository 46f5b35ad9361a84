"""Check the origin of a request: its Host, other sites, and trusted proxies."""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

from geoservice.errors import ForbiddenError, InputError
from geoservice.model.encryption import is_this_machine

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?")
_PROBES = ("/healthz", "/readyz")
_FORWARDING = ("x-forwarded-for", "forwarded", "x-real-ip")
_FROM_ELSEWHERE = ("/embed/", "/finder", "/oembed", "/static/embed.js", "/sign-in/callback")
"""Paths that other sites may request: signed links, the school finder, and the end of a sign-in."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(proxies: Sequence[str]) -> tuple[Network, ...]:
    """Return the networks of addresses such as ``10.0.0.7`` or ``10.0.0.0/24``.

    Raises
    ------
    InputError
        If a text is no address.
    """
    try:
        return tuple(ipaddress.ip_network(proxy, strict=False) for proxy in proxies)
    except ValueError as fault:
        raise InputError(
            "GEOSERVICE_PROXIES lists addresses of proxies, as in `10.0.0.7, 10.0.1.0/24`."
        ) from fault


def forwarded(scope: Scope, proxies: Sequence[Network]) -> Scope:
    """Return a request with the client's address, scheme and Host from the forwarding headers.

    The headers count only if the request comes from an address of ``proxies``.
    """
    headers = Headers(scope=scope)
    if not proxies or not _is_among(client_address(scope), proxies):
        return scope
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    # Take the rightmost unknown address: the client can invent all addresses to its left.
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
    """Return the address that a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def host_name(scope: Scope) -> str:
    """Return the host name in the Host header, in lower case.

    Raises
    ------
    InputError
        If the header is no host name.
    """
    match = _HOST.fullmatch(Headers(scope=scope).get("host", ""))
    if match is None:
        raise InputError("The Host header is not a host name.")
    return match.group(1).lower()


def check_encryption(scope: Scope) -> None:
    """Refuse an unencrypted request of another machine, probes of health aside."""
    is_plain = scope["scheme"] != "https" and scope["path"] not in _PROBES
    if is_plain and not is_this_machine(client_address(scope)):
        raise ForbiddenError(
            "The service answers by HTTPS alone. Behind a proxy, name its address in "
            "GEOSERVICE_PROXIES, and let it send X-Forwarded-Proto."
        )


def check_host(scope: Scope, allowed: frozenset[str]) -> None:
    """Refuse other host names, which another site could point at this machine (DNS rebinding)."""
    if allowed and host_name(scope) not in allowed:
        raise ForbiddenError("The service does not answer to this Host.")


def refuse_unnamed_proxy(scope: Scope) -> None:
    """Refuse a request from an unnamed proxy, because it would count as a local caller."""
    headers = Headers(scope=scope)
    if any(name in headers for name in _FORWARDING):
        raise ForbiddenError(
            "The request comes through a proxy that the settings do not name. Name its address in "
            "GEOSERVICE_PROXIES; callers need keys then."
        )


def check_site(scope: Scope) -> None:
    """Refuse requests from pages of other sites."""
    if scope["method"] == "GET" and scope["path"].startswith(_FROM_ELSEWHERE):
        return  # Pages of other sites may request these paths.
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != headers.get("host"):
        raise ForbiddenError("The request comes from another site. Open the service's own page.")
    if headers.get("sec-fetch-site") == "cross-site":
        raise ForbiddenError("The request comes from another site. Open the service's own page.")


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
