"""Student data sets: what is told of each, in the database, and their rows, in the store of rows."""

import datetime
import hashlib
import io
from collections.abc import Mapping
from typing import Any

import polars as pl
import sqlalchemy as sa

from geoservice.errors import ConflictError, NotFoundError
from geoservice.state.database import DATASETS
from geoservice.state.rows import Rows

_KEYS = DATASETS.c.region, DATASETS.c.name
_COLUMNS = ("owner", "agreement", "expires", "snapshot")


class DataSets:
    """All data sets of a database.

    A data set is entered before its rows are written, so that rows which a crash leaves behind belong to an entry that
    expires and can be deleted.
    """

    def __init__(self, engine: sa.Engine, rows: Rows) -> None:
        self._engine, self._rows = engine, rows

    def enter(self, region: str, name: str, about: Mapping[str, str], *, replace: bool) -> None:
        """Take a name for rows to come; what stands under it stays until they are there.

        Raises
        ------
        ConflictError
            Where a data set of that name has rows and ``replace`` is not set.
        """
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        with self._engine.begin() as connection:
            found = connection.execute(sa.select(DATASETS).where(_at(region, name))).mappings().first()  # fmt: skip
            if found is not None and found["version"] is not None and not replace:
                raise ConflictError("A data set of that name exists. Delete it first.")
            if found is None:
                connection.execute(DATASETS.insert().values(
                    region=region, name=name, version=None, added=now, rows=0, content={},
                    **{key: about[key] for key in _COLUMNS},
                ))  # fmt: skip

    def keep(
        self, region: str, name: str, frame: pl.DataFrame, about: Mapping[str, str],
        content: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """Write the rows of an entered data set, then forget its earlier rows."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        written = buffer.getvalue()
        digest = hashlib.sha256(written).hexdigest()
        version = digest[:16]
        self._rows.write(region, name, version, written)
        values = {key: about[key] for key in _COLUMNS if key in about}
        with self._engine.begin() as connection:
            connection.execute(DATASETS.update().where(_at(region, name)).values(
                version=version, rows=len(frame), content={**content, "sha256": digest}, **values
            ))  # fmt: skip
        self._rows.remove(region, name, keep=version)

    def list(self, *, unfinished: bool = False) -> list[dict[str, Any]]:
        """Descriptions of all data sets, flat, by region and name; with ``unfinished`` also those without rows."""
        with self._engine.connect() as connection:
            found = connection.execute(sa.select(DATASETS).order_by(*_KEYS)).mappings().all()
        told = [{**{key: value for key, value in one.items() if key != "content"}, **one["content"]}
                for one in found]  # fmt: skip
        return [one for one in told if unfinished or one["version"] is not None]

    def read(self, region: str, name: str, version: str) -> pl.DataFrame:
        """The rows of a data set."""
        return pl.read_parquet(io.BytesIO(self._rows.read(region, name, version)))

    def remove(self, region: str, name: str) -> int:
        """Remove rows of every version and the entry; the answer is how many files or parts of rows went.

        Raises
        ------
        NotFoundError
            Where there is no entry.
        """
        count = self._rows.remove(region, name)
        with self._engine.begin() as connection:
            if connection.execute(DATASETS.delete().where(_at(region, name))).rowcount == 0:
                raise NotFoundError("There is no data set of that name.")
        return count


def _at(region: str, name: str) -> sa.ColumnElement[bool]:
    return (DATASETS.c.region == region) & (DATASETS.c.name == name)
