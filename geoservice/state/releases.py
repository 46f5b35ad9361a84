"""What was released: kept so that the same students are never told apart by two releases."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

_LOCK = threading.Lock()
_KEY = ("tables", "year", "band", "units", "unit", "part")


@dataclass(frozen=True)
class ReleaseStore:
    """Released tables of one data folder: public numbers only, files of their owner alone."""

    home: Path

    def before(self, region: str) -> pl.DataFrame:
        """Every number that was ever shown of a region, as it was shown last: ``tables``, a line's names and ``value``."""
        path = self._folder(region) / "shown.parquet"
        if path.is_file():
            return pl.read_parquet(path)
        return pl.DataFrame(schema={**dict.fromkeys(_KEY, pl.String), "value": pl.Int64})

    def remember(self, region: str, tables: str, shown: pl.DataFrame) -> None:
        """Keep numbers that are shown now, instead of those shown of the same lines before."""
        fresh = shown.with_columns(tables=pl.lit(tables)).select(*_KEY, "value")
        with _LOCK, self._alone(region):
            older = self.before(region).join(fresh, on=_KEY, how="anti")
            self._write(region, "shown", pl.concat([older, fresh]).sort(_KEY))

    @contextmanager
    def _alone(self, region: str) -> Iterator[None]:
        """No other process remembers meanwhile: it would forget what this one does."""
        held = os.open(self._made_folder(region) / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)

    def kept(self, region: str, release: str, name: str) -> pl.DataFrame | None:
        """A table that was made for a release, None where it was not yet."""
        path = self._folder(region) / f"{release}_{name}.parquet"
        return pl.read_parquet(path) if path.is_file() else None

    def keep(self, region: str, release: str, name: str, table: pl.DataFrame) -> None:
        """Keep a table of a release."""
        self._write(region, f"{release}_{name}", table)

    def _folder(self, region: str) -> Path:
        return self.home / "releases" / region

    def _made_folder(self, region: str) -> Path:
        folder = self._folder(region)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def _write(self, region: str, name: str, table: pl.DataFrame) -> None:
        folder = self._made_folder(region)
        beside = folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
        try:
            os.close(os.open(beside, os.O_WRONLY | os.O_CREAT, 0o600))
            table.write_parquet(beside)
            beside.replace(folder / f"{name}.parquet")
        finally:
            beside.unlink(missing_ok=True)
