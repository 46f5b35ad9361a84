"""Student data sets: their descriptions in the database, and their rows in the row store."""

import datetime
import hashlib
import io
from collections.abc import Mapping
from typing import Any

import polars as pl
import sqlalchemy as sa

from geoservice.errors import ConflictError
from geoservice.state.erased_pages import erasing
from geoservice.state.rows import Rows
from geoservice.state.schema import DATASETS

_KEYS = DATASETS.c.region, DATASETS.c.name
_COLUMNS = ("owner", "agreement", "expires", "snapshot")


class DataSets:
    """All student data sets of a database.

    The entry of a data set precedes its rows. Rows that remain after a crash therefore belong to
    an entry, which expires and can be deleted.
    """

    def __init__(self, engine: sa.Engine, rows: Rows) -> None:
        self._engine, self._rows = engine, rows

    def keep(
        self,
        region: str,
        name: str,
        frame: pl.DataFrame,
        about: Mapping[str, str],
        content: Mapping[str, Any],
    ) -> None:
        """Store rows under a name, in place of earlier rows of that name.

        The earlier rows are removed after the new rows are written. ``about`` has owner, agreement,
        expires and snapshot. Keys that it omits keep the values of the earlier entry.
        """
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        written = buffer.getvalue()
        digest = hashlib.sha256(written).hexdigest()
        version = digest[:16]
        is_new = self._enter(region, name, about)
        try:
            self._rows.write(region, name, version, written)
        except BaseException:
            if is_new:
                self.remove_rows(region, name)
                self.forget(region, name)
            raise
        values = {key: about[key] for key in _COLUMNS if key in about}
        content = {**content, "sha256": digest}
        # The earlier agreement and names of columns leave the files too.
        with erasing(self._engine, DATASETS) as connection:
            connection.execute(
                DATASETS.update()
                .where(_at(region, name))
                .values(version=version, rows=len(frame), content=content, **values)
            )
        self._rows.remove(region, name, keep=version)

    def list(self, *, unfinished: bool = False) -> list[dict[str, Any]]:
        """Return flat descriptions of all data sets, sorted by region and name.

        ``unfinished`` includes data sets whose rows have not been written.
        """
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(DATASETS).order_by(*_KEYS)).mappings().all()
        descriptions = [
            {**{key: value for key, value in row.items() if key != "content"}, **row["content"]}
            for row in rows
        ]
        return [
            description
            for description in descriptions
            if unfinished or description["version"] is not None
        ]

    def read(self, region: str, name: str, version: str) -> pl.DataFrame:
        """Return the rows of a data set."""
        return pl.read_parquet(io.BytesIO(self._rows.read(region, name, version)))

    def remove_rows(self, region: str, name: str) -> int:
        """Remove the rows of every version; return the number of removed files or parts."""
        return self._rows.remove(region, name)

    def forget(self, region: str, name: str) -> None:
        """Remove the entry of a data set; its rows must be removed first."""
        with erasing(self._engine, DATASETS) as connection:
            connection.execute(DATASETS.delete().where(_at(region, name)))

    def _enter(self, region: str, name: str, about: Mapping[str, str]) -> bool:
        """Create the entry; return False if it exists.

        Raises
        ------
        ConflictError
            If another process creates it at the same time.
        """
        try:
            return self._insert_entry(region, name, about)
        except sa.exc.IntegrityError as fault:
            raise ConflictError(
                "Another process is adding a data set of that name. Try again later."
            ) from fault

    def _insert_entry(self, region: str, name: str, about: Mapping[str, str]) -> bool:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        with self._engine.begin() as connection:
            query = sa.select(DATASETS.c.name).where(_at(region, name))
            if connection.execute(query).first() is not None:
                return False
            values = {key: about[key] for key in _COLUMNS}
            connection.execute(
                DATASETS.insert().values(region=region, name=name, added=now, content={}, **values)
            )
        return True


def _at(region: str, name: str) -> sa.ColumnElement[bool]:
    return (DATASETS.c.region == region) & (DATASETS.c.name == name)
