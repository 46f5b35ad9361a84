"""Student data sets: what is told of each, in the database, and their rows, in the store of rows."""

import datetime
import hashlib
import io
from collections.abc import Mapping
from typing import Any

import polars as pl
import sqlalchemy as sa

from geoservice.errors import ConflictError
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

    def keep(
        self,
        region: str,
        name: str,
        frame: pl.DataFrame,
        about: Mapping[str, str],
        content: Mapping[str, Any],
    ) -> None:
        """Keep rows under a name; what stands under it stays until they are written, and is gone then.

        ``about`` has owner, agreement, expires and snapshot; of a data set that is there, what it leaves out stays.
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
        with self._engine.begin() as connection:
            connection.execute(
                DATASETS.update()
                .where(_at(region, name))
                .values(version=version, rows=len(frame), content=content, **values)
            )
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

    def remove_rows(self, region: str, name: str) -> int:
        """Remove rows of every version; the answer is how many files or parts went."""
        return self._rows.remove(region, name)

    def forget(self, region: str, name: str) -> None:
        """Remove the entry of a data set whose rows are gone."""
        with self._engine.begin() as connection:
            connection.execute(DATASETS.delete().where(_at(region, name)))

    def _enter(self, region: str, name: str, about: Mapping[str, str]) -> bool:
        """Make the entry; False where it is there.

        Raises
        ------
        ConflictError
            Where another process makes it at the same time.
        """
        try:
            return self._made_entry(region, name, about)
        except sa.exc.IntegrityError as fault:
            raise ConflictError("A data set of that name is being added by somebody else.") from fault  # fmt: skip

    def _made_entry(self, region: str, name: str, about: Mapping[str, str]) -> bool:
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
