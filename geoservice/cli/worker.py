"""``geoservice worker``."""

import argparse
import os
import signal
import sys
import threading
from dataclasses import replace
from typing import Any

from geoservice.cli.say import note
from geoservice.cli.settings import note_unknown_settings
from geoservice.model.settings import Settings
from geoservice.service.logs import set_up_log
from geoservice.service.work import Work

_NICENESS = 10
"""Jobs run at low priority, because users wait for look-ups."""


def add_commands(commands: Any) -> None:
    """Add the command."""
    worker = commands.add_parser("worker")
    worker.add_argument(
        "--scheduler", metavar="URL", help="place chunks on a Dask cluster, such as tcp://HOST:8786"
    )
    worker.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    worker.set_defaults(run=_work, runs_on=True)


def _work(options: argparse.Namespace, settings: Settings) -> int:
    os.nice(_NICENESS)
    set_up_log(settings)
    work = Work(replace(settings, scheduler=options.scheduler or settings.scheduler))
    signal.signal(signal.SIGTERM, lambda *_: work.stop())
    if options.with_parent:
        # A key press at the terminal reaches both; the service decides when to end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_stop_with_parent, args=(work,), daemon=True).start()
    else:
        signal.signal(signal.SIGINT, lambda *_: work.stop())
        note_unknown_settings()
        note("Working on batch jobs.")
    work.run()
    return 0


def _stop_with_parent(work: Work) -> None:
    """Stop when standard input ends, because the service at its other end has ended."""
    sys.stdin.buffer.read()
    work.stop()
