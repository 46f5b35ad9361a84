"""Results as a table of a PostGIS database: one transaction, so that a table is whole or absent."""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import polars as pl
import psycopg
from psycopg import sql
from pyarrow import parquet

from geoservice.errors import InputError, StorageError
from geoservice.tables.positions import position_columns

_PREFIX = "postgresql:"
_NAME = re.compile(r"([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}")
_GEOMETRY = "geom"
_BATCH_ROWS = 50_000
_CONNECT_S = 10


@dataclass(frozen=True)
class PostgisTable:
    """A new table of a database with PostGIS.

    Attributes
    ----------
    name
        ``table`` or ``schema.table``, in lower case.
    url
        The database, as in ``postgresql://user@host/name``.
    """

    name: str
    url: str

    @classmethod
    def of(cls, output: str, url: str) -> "PostgisTable":
        """Return the table that an output such as ``postgresql:students`` names.

        Raises
        ------
        InputError
            If it is no name of a table, or if the settings name no database.
        """
        name = output.removeprefix(_PREFIX)
        if not _NAME.fullmatch(name):
            raise InputError(
                "Name the table in lower case, as in `postgresql:students` or "
                "`postgresql:schema.students`."
            )
        if not url:
            raise InputError("Set GEOSERVICE_POSTGIS to the URL of the database.")
        return cls(name, re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url))

    def refuse_unusable(self) -> None:
        """Look at the database before any work.

        Raises
        ------
        InputError
            If the table exists.
        StorageError
            If the database cannot be reached, or if it has no PostGIS.
        """
        with DatabaseTransaction(self.url) as connection:
            extension = "SELECT 1 FROM pg_extension WHERE extname = 'postgis'"
            if connection.execute(extension).fetchone() is None:
                raise StorageError("The database has no PostGIS. Run `CREATE EXTENSION postgis`.")
            existing = "SELECT 1 WHERE to_regclass(%s) IS NOT NULL"
            if connection.execute(existing, [self.name]).fetchone() is not None:
                raise InputError(
                    f"The table `{self.name}` exists already. Name another table with -o."
                )

    def write(self, path: Path) -> None:
        """Create the table with the rows of a Parquet file of results, and their points.

        Raises
        ------
        StorageError
            If the database refuses; nothing is written then.
        """
        rows = parquet.ParquetFile(path)
        schema = pl.read_parquet_schema(path)
        if _GEOMETRY in schema:
            raise InputError(f"The file has a column `{_GEOMETRY}`. Rename it: points go there.")
        with DatabaseTransaction(self.url) as connection:
            connection.execute(self._creation(schema))
            with connection.cursor().copy(self._copying(schema)) as copy:
                for batch in rows.iter_batches(_BATCH_ROWS):
                    copy.write(_as_csv(pl.DataFrame(batch)))

    def _creation(self, schema: dict[str, pl.DataType]) -> sql.Composed:
        columns = [
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_type_of(kind)))
            for name, kind in schema.items()
        ]
        return sql.SQL("CREATE TABLE {} ({}, {} geometry(Point, 4326))").format(
            self.identifier, sql.SQL(", ").join(columns), sql.Identifier(_GEOMETRY)
        )

    def _copying(self, schema: dict[str, pl.DataType]) -> sql.Composed:
        names = sql.SQL(", ").join(map(sql.Identifier, [*schema, _GEOMETRY]))
        return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(self.identifier, names)

    @property
    def identifier(self) -> sql.Identifier:
        """The name, quoted for a statement."""
        return sql.Identifier(*self.name.split("."))


class DatabaseTransaction:
    """A transaction; texts of the database are not shown, because they may quote a cell."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> psycopg.Connection:
        try:
            self._connection = psycopg.connect(self._url, connect_timeout=_CONNECT_S)
        except psycopg.Error:
            raise StorageError(
                "The database of GEOSERVICE_POSTGIS cannot be reached. Check its URL."
            ) from None
        return self._connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._connection.commit()
        finally:
            self._connection.close()
        if isinstance(fault, psycopg.Error):
            reason = fault.sqlstate or "no code"
            raise StorageError(
                f"The database refused the table ({reason}). Nothing was written."
            ) from None


def _type_of(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "bigint"
    if kind.is_float():
        return "double precision"
    return "boolean" if kind == pl.Boolean else "text"


def _as_csv(frame: pl.DataFrame) -> bytes:
    """Return rows for COPY: a null is an empty cell, an empty text is quoted."""
    lon, lat = (pl.col(name).cast(pl.Float64) for name in position_columns(frame))
    point = pl.format("SRID=4326;POINT({} {})", lon, lat)
    stream = io.BytesIO()
    frame.with_columns(point.alias(_GEOMETRY)).write_csv(stream, include_header=False)
    return stream.getvalue()
