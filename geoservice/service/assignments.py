"""Reassignment of stored students to the region as it is now, and checks of their assignments."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.audit import Disclosures
from geoservice.service.shelf import Say, Shelf
from geoservice.students.check import check_counts, failed_checks, reported_count
from geoservice.students.counts import content_after_refresh
from geoservice.students.intake import PROTECTED
from geoservice.students.refresh import changes, reassigned


@dataclass(frozen=True)
class Checked:
    """The result of checking the assignments of a data set.

    Attributes
    ----------
    counts
        Number of students by check.
    rows
        Rows of `students.check.failed_checks` without protected students, who are in
        no list.
    compared
        How many state a zone that could be compared.
    """

    counts: dict[str, int]
    rows: pl.DataFrame
    compared: int


class Assignments:
    """Assignments of the data sets of one data folder.

    Rows are recorded as a disclosure before they are shown.
    """

    def __init__(self, settings: Settings, say: Say = lambda _: None) -> None:
        self._shelf, self._disclosures = Shelf(settings, say), Disclosures(settings)

    def refresh(
        self, name: str, reference: Reference, *, purpose: str, list_rows: bool, keep: bool = True
    ) -> pl.DataFrame:
        """Assign a data set to the current region without geocoding; return the rows that changed.

        ``list_rows`` states that the rows will be shown, which is recorded with its purpose.
        Without ``keep`` nothing is stored.
        """
        about = self._shelf.description(reference.info.id, name)
        before = self._shelf.read(about)
        after = reassigned(before, about["metric_crs"], reference)
        moved = changes(before, after)
        if list_rows:
            self._record(before, moved["row"], about, "students refresh", purpose)
        if keep:
            entry = {"snapshot": reference.snapshot}
            content = content_after_refresh(about, after, reference)
            self._shelf.keep(about["region"], about["name"], after, entry, content)
        return moved

    def check(self, name: str, reference: Reference, *, purpose: str, list_rows: bool) -> Checked:
        """Return the rows whose assignment is doubtful or contradicts the file.

        ``list_rows`` states that the rows will be shown, which is recorded with its purpose.
        """
        about = self._shelf.description(reference.info.id, name)
        frame = self._shelf.read(about).filter(pl.col("left_out").is_null())
        doubtful = failed_checks(frame, reference)
        untold = frame.filter(pl.col("geo_reason") == PROTECTED)["row"]
        rows = doubtful.filter(~pl.col("row").is_in(untold.implode()))
        if list_rows:
            self._record(frame, rows["row"], about, "students check", purpose)
        return Checked(check_counts(doubtful), rows, reported_count(frame, reference))

    def _record(
        self,
        frame: pl.DataFrame,
        rows: pl.Series,
        about: dict[str, Any],
        endpoint: str,
        purpose: str,
    ) -> None:
        shown = frame.filter(pl.col("row").is_in(rows.unique().implode()))
        self._disclosures.record(
            shown["student"],
            purpose=purpose,
            endpoint=endpoint,
            region=about["region"],
            data_version=f"{about['name']}:{about['version']} {about['snapshot']}",
            filters={"students": about["name"]},
        )
