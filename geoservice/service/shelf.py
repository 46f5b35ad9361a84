"""Where data sets of students stand: told, found, kept and removed, with a certificate for each that goes."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import polars as pl

from geoservice.errors import NotFoundError
from geoservice.model.settings import Settings
from geoservice.service.certificates import certify
from geoservice.state.database import connect
from geoservice.state.datasets import DataSets
from geoservice.state.rows import RowFiles, RowTable
from geoservice.tables.presence import remove_copies_of_the_dead

Say = Callable[[str], None]


class Shelf:
    """All data sets of one data folder; their rows are files of it, or in PostgreSQL where that is the database."""

    def __init__(self, settings: Settings, say: Say = lambda _: None) -> None:
        self._settings, self._say = settings, say

    def descriptions(self, region: str | None = None) -> Sequence[dict[str, Any]]:
        """Of all data sets, counts only; those that have expired are deleted first."""
        self.expire()
        return [one for one in self._sets.list() if region in (None, one["region"])]

    def description(self, region: str, name: str = "") -> dict[str, Any]:
        """Of one data set; of the region's only one where no name is given.

        Raises
        ------
        NotFoundError
            Where there is none of that name, or several to choose from.
        """
        known = self.descriptions(region)
        found = [one for one in known if one["name"] == name or (not name and len(known) == 1)]
        if not found:
            raise none_of(known)
        return found[0]

    def read(self, about: Mapping[str, Any]) -> pl.DataFrame:
        """The rows of a data set as described: schema `geoservice.model.students`."""
        return self._sets.read(about["region"], about["name"], about["version"])

    def keep(
        self, region: str, name: str, frame: pl.DataFrame, told: Mapping[str, str],
        content: Mapping[str, Any], before: dict[str, Any] | None = None,
    ) -> dict[str, Any] | None:  # fmt: skip
        """Keep rows under a name; the answer is the certificate of the other rows, described by ``before``, that stood there."""
        self._sets.keep(region, name, frame, told, content)
        return certify(before, "replaced", {"row files": 1}, self._settings) if before else None

    def expire(self) -> Sequence[dict[str, Any]]:
        """Delete what has expired; the answer is the certificates."""
        today = datetime.date.today().isoformat()
        gone = [one for one in self._sets.list(unfinished=True) if one["expires"] < today]
        certificates = [self._remove(one, "expired") for one in gone]
        for one in certificates:
            self._say(
                f"Data set {one['name']} of {one['region']} has expired and was deleted. "
                f"Certificate: {one['file']}"
            )
        return certificates

    def delete(self, region: str, name: str) -> dict[str, Any]:
        """Delete a data set; the answer is the certificate, which holds no student.

        Raises
        ------
        NotFoundError
            Where there is none of that name.
        """
        at = region, name
        found = [one for one in self._sets.list(unfinished=True) if (one["region"], one["name"]) == at]  # fmt: skip
        if not found:
            raise NotFoundError("There is no data set of that name.")
        return self._remove(found[0], "deleted")

    def _remove(self, about: dict[str, Any], reason: str) -> dict[str, Any]:
        """Rows, then the certificate, then the entry: who is killed in between does it again."""
        pieces = self._sets.remove_rows(about["region"], about["name"])
        removed = {"row files": pieces, "temporary files": remove_copies_of_the_dead()}
        certificate = certify(about, reason, removed, self._settings)
        self._sets.forget(about["region"], about["name"])
        return certificate

    @cached_property
    def _sets(self) -> DataSets:
        engine = connect(self._settings.database_url)
        if engine.dialect.name == "sqlite":
            return DataSets(engine, RowFiles(self._settings.home / "students"))
        return DataSets(engine, RowTable(engine))


def none_of(known: Sequence[Mapping[str, Any]]) -> NotFoundError:
    """The error for a data set that is not there: it lists those that are."""
    if not known:
        return NotFoundError(
            "This is about students, and the region has no list of them. Keep one with `geoservice students add`."
        )
    listed = ", ".join(one["name"] for one in known)
    return NotFoundError(f"Name a data set of students. The region has: {listed}.")
