"""Start the HTTP server: open on the loopback address, elsewhere only with a key."""

import asyncio
import ipaddress
import signal
import socket
import webbrowser
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvicorn

from geoservice.api.access import Access
from geoservice.api.app import create_app
from geoservice.api.connections import allow_connections, protocol, quiet
from geoservice.api.origins import networks
from geoservice.errors import ForbiddenError, InputError
from geoservice.model.settings import Settings
from geoservice.service.keys import desk_of, keys_of, sessions_of
from geoservice.service.regions import Regions, Say
from geoservice.service.worker_processes import WorkerProcesses

_PATIENCE_S = 3
"""Seconds until open streams are closed when the service stops."""


@dataclass(frozen=True)
class Tls:
    """Files of a certificate and its key, in PEM."""

    certificate: str
    key: str


@dataclass(frozen=True)
class ServerOptions:
    """The address and options of a server.

    Attributes
    ----------
    token
        The token that opens the workspace on loopback; None leaves the workspace open.
    browser
        True to open a browser when the service is ready.
    workers
        Number of additional processes for batch jobs.
    tls
        Certificate files for HTTPS; None for HTTP.
    """

    host: str
    port: int
    token: str | None
    browser: bool = False
    workers: int = 1
    tls: Tls | None = None


def listen(
    settings: Settings, regions: Regions, note: Say, offered: list[str], options: ServerOptions
) -> int:
    """Serve until stopped; ``note`` receives the address when the service is ready.

    Raises
    ------
    ForbiddenError
        If other machines can reach the address and no key exists.
    InputError
        If the port is in use.
    """
    access, tls = _access(settings, options.host, options.token), options.tls
    if not access.loopback and access.desk is None and not access.keys.any():
        raise ForbiddenError(
            "On an address that others can reach, or behind a proxy, the service needs a key. "
            "Create a key with `geoservice key create`."
        )
    if settings.require_tls and not (tls or settings.proxies or _is_loopback(options.host)):
        raise InputError(
            "GEOSERVICE_REQUIRE_TLS needs --tls-cert and --tls-key, or a proxy in "
            "GEOSERVICE_PROXIES."
        )
    listener = _bound(options.host, options.port)
    allow_connections(settings.limits.max_connections)
    app = create_app(settings, regions, offered, access)
    scheme = "http" if tls is None else "https"
    address = f"{scheme}://{options.host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        http=protocol(settings.limits),
        ws="none",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE_S,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    # After its shutdown uvicorn raises the signal again. By default that would end this process
    # before its workers have handed back their parts.
    signal.signal(signal.SIGTERM, _end)
    processes = WorkerProcesses(options.workers)
    processes.start()
    try:
        _Server(config, note, address, access.token, options.browser).run(sockets=[listener])
    finally:
        processes.stop()
    return 0


def _access(settings: Settings, host: str, token: str | None) -> Access:
    networks(settings.proxies)  # Report a wrong address before the server listens.
    keys = keys_of(settings)
    open_to_all = _is_loopback(host) and not (
        settings.proxies or settings.require_key or settings.single_sign_on.is_on
    )
    return Access(
        open_to_all,
        host,
        token if open_to_all else None,
        keys,
        sessions_of(settings),
        settings.proxies,
        urlsplit(settings.public_url).hostname or "",
        settings.require_tls,
        settings.limits,
        desk_of(settings),
    )


class _Server(uvicorn.Server):
    """A server that announces its address when it is ready to answer."""

    def __init__(
        self, config: uvicorn.Config, note: Say, address: str, token: str | None, browser: bool
    ) -> None:
        super().__init__(config)
        self._note, self._address = note, address
        self._token, self._browser = token, browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and announce the address."""
        quiet(asyncio.get_running_loop(), self._note)
        await super().startup(sockets=sockets)
        self._note(f"Ready at {self._address}")
        if self._token:
            self._note(f"Token of the workspace: {self._token}")
        if self._browser:
            webbrowser.open(self._address)


def _end(*_: object) -> None:
    raise SystemExit(0)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only if the protocol is named; without it answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as fault:
        listener.close()
        raise InputError(
            f"The service cannot listen on port {port}: it is in use or not allowed. Choose "
            "another with --port."
        ) from fault
    return listener
