"""A progress line for long commands, on terminals only; a pipe gets nothing."""

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_BEFORE_S = 1.0
_TICK_S = 0.5
_WITHOUT_TOTAL = "{desc} {elapsed}"
_ROWS = "{n_fmt} rows, {elapsed}, {rate_fmt}"
_LINES_PER_READ = 1 << 20


class ProgressLine:
    """The line of a run: its last sentence with the time so far, or a bar of its rows."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._over = threading.Event()
        self._lock = threading.RLock()
        self._doing = ""
        self._total: int | None = None

    @property
    def is_shown(self) -> bool:
        """Return whether standard error is a terminal."""
        return sys.stderr.isatty()

    def say(self, text: str) -> None:
        """Print a sentence above the progress line."""
        with self._lock:
            self._doing = text
            self._clear()
            print(text, file=sys.stderr)

    def expect(self, total: int | None) -> None:
        """Take the number of rows that the run will have."""
        self._total = total

    def rows_done(self, rows: int) -> None:
        """Show the number of rows done so far."""
        if not self.is_shown:
            return
        with self._lock:
            bar = self._rows_bar()
            bar.update(rows - bar.n)

    def close(self) -> None:
        """Remove the progress line, so that the next text begins there."""
        self._over.set()
        with self._lock:
            self._clear()

    @contextmanager
    def during(self) -> Iterator[None]:
        """Show the line while a command runs, from its second second on."""
        if not self.is_shown:
            yield
            return
        threading.Thread(target=self._tick, daemon=True).start()
        try:
            yield
        finally:
            self.close()

    def _tick(self) -> None:
        """Show the time so far, where no rows are counted."""
        if self._over.wait(_BEFORE_S):
            return
        while not self._over.wait(_TICK_S):
            with self._lock:
                if self._over.is_set():
                    return
                if self._bar is None and self._doing:
                    self._bar = _new_bar(self._doing, None, _WITHOUT_TOTAL)
                if self._bar is not None:
                    self._bar.refresh()

    def _rows_bar(self) -> Any:
        if self._bar is None or self._bar.bar_format == _WITHOUT_TOTAL:
            self._clear()
            self._bar = _new_bar("", self._total, _ROWS if self._total is None else None)
        return self._bar

    def _clear(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


LINE = ProgressLine()
"""The line of this process."""


def line_count(path: Path) -> int | None:
    """Return the number of rows of a text file below its header; None for other files."""
    if path.suffix.lower() not in (".csv", ".tsv") or not path.is_file() or not LINE.is_shown:
        return None
    with path.open("rb") as file:
        read: Callable[[], bytes] = lambda: file.read(_LINES_PER_READ)  # noqa: E731
        return max(sum(part.count(b"\n") for part in iter(read, b"")) - 1, 0)


def _new_bar(text: str, total: int | None, bar_format: str | None) -> Any:
    from tqdm import tqdm  # Only for those who watch.

    return tqdm(
        desc=text or None,
        total=total,
        unit=" rows",
        bar_format=bar_format,
        file=sys.stderr,
        leave=False,
        mininterval=0,  # Each call is for many rows.
        nrows=20,  # Terminals without a size, such as those of programs, have a line too.
        ncols=shutil.get_terminal_size().columns - 1,
    )
