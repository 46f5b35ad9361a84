"""Listening: on loopback for everybody on the machine, elsewhere only where a key exists."""

import ipaddress
import socket
import webbrowser

import uvicorn

from geoservice.api.app import create_app
from geoservice.api.guard import Access
from geoservice.errors import ForbiddenError, InputError
from geoservice.model.settings import Settings
from geoservice.service.keys import keys_of
from geoservice.service.regions import Regions, Say

_PATIENCE_S = 3
"""After this time what still streams is cut off when the service stops."""


def listen(
    settings: Settings, regions: Regions, note: Say, offered: list[str], host: str, port: int, *,
    token: str | None, browser: bool = False,
) -> int:  # fmt: skip
    """Serve until stopped; ``note`` is told the address when the service is ready.

    Raises
    ------
    ForbiddenError
        Where others could reach the address and no key exists.
    InputError
        Where the port is taken.
    """
    loopback = _is_loopback(host)
    keys = keys_of(settings)
    if not loopback and not keys.any():
        raise ForbiddenError(
            "On an address that others can reach the service needs a key. Make one with "
            "`geoservice key create`."
        )
    listener = _bound(host, port)
    access = Access(loopback, host, token if loopback else None, keys)
    app = create_app(settings, regions, offered, access)
    address = f"http://{host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(app, log_level="critical", access_log=False,
                            timeout_graceful_shutdown=_PATIENCE_S)  # fmt: skip
    _Server(config, note, address, token, browser).run(sockets=[listener])
    return 0


class _Server(uvicorn.Server):
    """Says its address when it is ready to answer."""

    def __init__(
        self, config: uvicorn.Config, note: Say, address: str, token: str | None, browser: bool
    ) -> None:
        super().__init__(config)
        self._note, self._address = note, address
        self._token, self._browser = token, browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start and tell."""
        await super().startup(sockets=sockets)
        self._note(f"Ready at {self._address}")
        if self._token:
            self._note(f"Token of the workspace: {self._token}")
        if self._browser:
            webbrowser.open(self._address)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's wait off: 40 ms per answer.
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
