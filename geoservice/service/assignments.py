"""Stored students and the region as it is now: assigned anew, and how good their assignments are."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.audit import Disclosures
from geoservice.service.shelf import Say, Shelf
from geoservice.students.check import checked, counts, reported
from geoservice.students.counts import content_again
from geoservice.students.intake import PROTECTED
from geoservice.students.refresh import assigned_again, changes


@dataclass(frozen=True)
class Checked:
    """How good the assignments of a data set are.

    Attributes
    ----------
    counts
        Number of students by check.
    rows
        Those in doubt or at odds (`students.check.checked`), without protected students, who are in no list.
    compared
        How many state a zone that could be compared.
    """

    counts: dict[str, int]
    rows: pl.DataFrame
    compared: int


class Assignments:
    """Assignments of the data sets of one data folder. Rows that are shown to somebody are recorded first."""

    def __init__(self, settings: Settings, say: Say = lambda _: None) -> None:
        self._shelf, self._disclosures = Shelf(settings, say), Disclosures(settings)

    def refresh(
        self, name: str, reference: Reference, *, purpose: str, list_rows: bool, keep: bool = True
    ) -> pl.DataFrame:
        """Assign a data set anew, without geocoding; the answer is the rows that changed (`students.refresh.changes`).

        ``list_rows`` says that rows are to be shown to somebody, for a purpose. Without ``keep`` nothing is stored.
        """
        about = self._shelf.description(reference.info.id, name)
        before = self._shelf.read(about)
        after = assigned_again(before, about["metric_crs"], reference)
        moved = changes(before, after)
        if list_rows:
            self._record(before, moved["row"], about, "students refresh", purpose)
        if keep:
            told = {"snapshot": reference.snapshot}
            content = content_again(about, after, reference)
            self._shelf.keep(about["region"], about["name"], after, told, content)
        return moved

    def check(self, name: str, reference: Reference, *, purpose: str, list_rows: bool) -> Checked:
        """Rows in doubt or at odds; ``list_rows`` says that they are to be shown to somebody, for a purpose."""
        about = self._shelf.description(reference.info.id, name)
        frame = self._shelf.read(about).filter(pl.col("left_out").is_null())
        found = checked(frame, reference)
        untold = frame.filter(pl.col("geo_reason") == PROTECTED)["row"]
        rows = found.filter(~pl.col("row").is_in(untold.implode()))
        if list_rows:
            self._record(frame, rows["row"], about, "students check", purpose)
        return Checked(counts(found), rows, reported(frame, reference))

    def _record(
        self, frame: pl.DataFrame, rows: pl.Series, about: dict[str, Any], endpoint: str, purpose: str
    ) -> None:  # fmt: skip
        shown = frame.filter(pl.col("row").is_in(rows.unique().implode()))
        self._disclosures.record(
            shown["student"], purpose=purpose, endpoint=endpoint, region=about["region"],
            data_version=f"{about['name']}:{about['version']} {about['snapshot']}",
            filters={"students": about["name"]},
        )  # fmt: skip
