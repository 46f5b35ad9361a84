"""Storage of the data sets of students: list, read, write and delete, with certificates."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import polars as pl

from geoservice.errors import NotFoundError
from geoservice.model.settings import Settings
from geoservice.service.certificates import certify
from geoservice.service.list_choice import lists_of_name, named_lists, refuse_several
from geoservice.state.database import connect
from geoservice.state.datasets import DataSets
from geoservice.state.rows import RowFiles, RowTable
from geoservice.tables.presence import remove_abandoned_copies

Say = Callable[[str], None]


class Shelf:
    """All data sets of one data folder.

    Their rows are files in the folder, or rows in PostgreSQL if that is the database.
    """

    def __init__(self, settings: Settings, say: Say = lambda _: None) -> None:
        self._settings, self._say = settings, say

    def descriptions(self, region: str | None = None) -> Sequence[dict[str, Any]]:
        """Return the descriptions of all data sets, with counts only.

        Expired data sets are deleted before.
        """
        self.expire()
        return [about for about in self._sets.list() if region in (None, about["region"])]

    def description(self, region: str, name: str = "") -> dict[str, Any]:
        """Return the description of a data set, by default of the region's only data set.

        Raises
        ------
        NotFoundError
            If there is none of that name, or several to choose from.
        ConflictError
            If several callers gave the name.
        """
        listed = self.descriptions(region)
        matches = lists_of_name(listed, name) if name or len(listed) != 1 else listed
        if not matches:
            raise missing_data_set(listed)
        refuse_several(matches)
        return dict(matches[0])

    def read(self, about: Mapping[str, Any]) -> pl.DataFrame:
        """Return the rows of a described data set, schema `geoservice.model.students`."""
        return self._sets.read(about["region"], about["name"], about["version"])

    def keep(
        self,
        region: str,
        name: str,
        frame: pl.DataFrame,
        entry: Mapping[str, str],
        content: Mapping[str, Any],
        before: dict[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        """Store rows under a name.

        ``before`` describes the rows that they replace; the certificate of those rows is returned.
        """
        self._sets.keep(region, name, frame, entry, content)
        return certify(before, "replaced", {"row files": 1}, self._settings) if before else None

    def expire(self) -> Sequence[dict[str, Any]]:
        """Delete expired data sets; return their certificates."""
        today = datetime.date.today().isoformat()
        expired = [about for about in self._sets.list(unfinished=True) if about["expires"] < today]
        certificates = [self._remove(about, "expired") for about in expired]
        for certificate in certificates:
            self._say(
                f"Data set {certificate['name']} of {certificate['region']} has expired and was "
                f"deleted. Certificate: {certificate['file']}"
            )
        return certificates

    def delete(self, region: str, name: str) -> dict[str, Any]:
        """Delete a data set; return its certificate, which holds no student.

        Raises
        ------
        NotFoundError
            If there is none of that name.
        ConflictError
            If several callers gave the name.
        """
        of_region = [
            about for about in self._sets.list(unfinished=True) if about["region"] == region
        ]
        matches = lists_of_name(of_region, name)
        refuse_several(matches)
        if not matches:
            raise NotFoundError(
                "There is no data set of that name. `geoservice students list` shows the names."
            )
        return self._remove(dict(matches[0]), "deleted")

    def _remove(self, about: dict[str, Any], reason: str) -> dict[str, Any]:
        """Delete rows, write the certificate, then delete the entry.

        A process that dies in between does it again.
        """
        pieces = self._sets.remove_rows(about["region"], about["name"])
        removed = {"row files": pieces, "temporary files": remove_abandoned_copies()}
        certificate = certify(about, reason, removed, self._settings)
        self._sets.forget(about["region"], about["name"])
        return certificate

    @cached_property
    def _sets(self) -> DataSets:
        engine = connect(self._settings.database_url)
        if engine.dialect.name == "sqlite":
            return DataSets(engine, RowFiles(self._settings.home / "students"))
        return DataSets(engine, RowTable(engine))


def missing_data_set(existing: Sequence[Mapping[str, Any]]) -> NotFoundError:
    """Return the error for a missing data set, which names those of the command line."""
    if not existing:
        return NotFoundError(
            "This needs students, and the region has no list of students. Add a list with "
            "`geoservice students add`."
        )
    return NotFoundError(f"Name a data set of students. The region has: {named_lists(existing)}.")
