"""``geoservice docs``."""

import argparse
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from geoservice.cli.arguments import add_no_browser, add_port
from geoservice.cli.say import note
from geoservice.errors import InputError, NotFoundError
from geoservice.model.built_site import REMEDY, built_site
from geoservice.model.settings import Settings

_HOST = "127.0.0.1"


class _QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line of log for each request."""

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


def add_commands(commands: Any) -> None:
    """Add the command."""
    docs = commands.add_parser("docs")
    add_port(docs, 8001)
    add_no_browser(docs)
    docs.set_defaults(run=_docs, runs_on=True)


def _docs(options: argparse.Namespace, _: Settings) -> int:
    """Serve the built documents until the command is stopped."""
    site = built_site()
    if site is None:
        raise NotFoundError(REMEDY)
    handler = partial(_QuietHandler, directory=str(site))
    try:
        server = ThreadingHTTPServer((_HOST, options.port), handler)
    except OSError as fault:
        raise InputError(f"Port {options.port} is in use. Choose another with --port.") from fault
    address = f"http://{_HOST}:{server.server_address[1]}/"
    note(f"Ready at {address} (Ctrl+C stops)")
    if not options.no_browser:
        webbrowser.open(address)
    with server:
        server.serve_forever()
    return 0
