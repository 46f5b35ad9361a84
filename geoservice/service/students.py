"""Data sets of students: placed, kept for their owner alone, deleted on request or expiry."""

import datetime
import json
import os
import re
import threading
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.errors import ConflictError, InputError, NotFoundError
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import place_with_zip
from geoservice.placing.summary import Summary, summarise
from geoservice.reference.snapshot import Reference
from geoservice.service.geocoding import CHUNK_ROWS
from geoservice.tables.reading import open_table

_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")
_PLACE = ("geo_address", "geo_source", "geo_changes")


class Students:
    """All data sets of one data folder: a Parquet file and a description each, mode 0600."""

    def __init__(self, settings: Settings) -> None:
        self._home = settings.home / "students"

    def add(
        self, source: Path, name: str, options: PlaceOptions, reference: Reference,
        about: dict[str, str], *, replace: bool = False,
    ) -> Summary:  # fmt: skip
        """Place the students of a file and keep them under a name.

        Neither names nor addresses are kept: only the results, the grade and the school.
        """
        if not _NAME.match(name):
            raise InputError("A data set's name is made of small letters, digits and hyphens.")
        _expiry(about)
        path = self._path(reference.info.id, name)
        if path.exists() and not replace:
            raise ConflictError("A data set of that name exists. Delete it first.")
        with open_table(source) as table:
            resolved = resolve(options, table.columns)
            parts = [_kept(chunk, resolved, reference) for chunk in table.chunks(CHUNK_ROWS)]
        frame = pl.concat(parts)
        summary = summarise(frame)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {**about, "region": reference.info.id, "name": name, "rows": len(frame),
                   "snapshot": reference.snapshot}  # fmt: skip
        _write(path, frame.write_parquet)
        _write(path.with_suffix(".json"), lambda beside: beside.write_text(json.dumps(content)))
        return summary

    def list(self, region: str | None = None) -> list[dict[str, Any]]:
        """Descriptions of all data sets; those that have expired are deleted first."""
        found = []
        for path in sorted(self._home.glob("*/*.json")):
            about = json.loads(path.read_text("utf-8"))
            if about.get("expires") and about["expires"] < datetime.date.today().isoformat():
                self._remove(path)
            elif region is None or about["region"] == region:
                found.append(about)
        return found

    def delete(self, region: str, name: str) -> dict[str, Any]:
        """Delete a data set; the answer is its description, which holds no student."""
        path = self._path(region, name).with_suffix(".json")
        if not _NAME.match(name) or not path.is_file():
            raise NotFoundError("There is no data set of that name.")
        about: dict[str, Any] = json.loads(path.read_text("utf-8"))
        self._remove(path)
        return about

    def table(self, region: str, name: str) -> pl.DataFrame:
        """The placed students of a data set; the region's only one where no name is given."""
        known = [one["name"] for one in self.list(region)]
        chosen = name or (known[0] if len(known) == 1 else "")
        if chosen not in known:
            listed = ", ".join(known) or "none"
            raise NotFoundError(f"Name a data set of students. The region has: {listed}.")
        return pl.read_parquet(self._path(region, chosen))

    def _path(self, region: str, name: str) -> Path:
        return self._home / region / f"{name}.parquet"

    def _remove(self, path: Path) -> None:
        path.with_suffix(".parquet").unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _kept(chunk: pl.DataFrame, options: PlaceOptions, reference: Reference) -> pl.DataFrame:
    placed = place_with_zip(chunk, options, reference).drop(_PLACE)
    asked = {"grade": options.grade, "school_id": options.school}
    return placed.with_columns(
        (pl.lit(None, dtype=pl.String) if column is None else chunk[column].cast(pl.String)).alias(name)
        for name, column in asked.items()
    )  # fmt: skip


def _expiry(about: dict[str, str]) -> None:
    try:
        datetime.date.fromisoformat(about.get("expires") or "9999-01-01")
    except ValueError as fault:
        raise InputError("`--expires` must be a date such as 2027-06-30.") from fault


def _write(path: Path, write: Any) -> None:  # noqa: ANN401 - any writer of a file
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT, 0o600))
        write(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
