"""Layers from PostGIS: a table becomes a GeoPackage file, which a region reads like any other."""

from pathlib import Path

import polars as pl
import psycopg
import pyarrow
import pyogrio
from psycopg import sql

from geoservice.errors import InputError
from geoservice.tables.postgis import DatabaseTransaction, PostgisTable
from geoservice.tables.presence import part_path

_COLUMNS = """
SELECT attname, typname FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_AS_THEY_ARE = ("int2", "int4", "int8", "float4", "float8", "text", "varchar")
"""Types that are read as they are; all others become text."""


def fetch_layer(table: PostgisTable, target: Path) -> int:
    """Write the rows of a table with a geometry as a GeoPackage; return their number.

    Raises
    ------
    InputError
        If there is no such table, or if it has no single geometry in one coordinate system.
    StorageError
        If the database cannot be reached.
    """
    if target.suffix.lower() != ".gpkg":
        raise InputError(f"`{target.name}` must end in .gpkg.")
    with DatabaseTransaction(table.url) as connection:
        rows = connection.execute(_COLUMNS, [table.name]).fetchall()
        kinds: dict[str, str] = dict(rows)
        geometry = _geometry(kinds, table)
        srid = _srid(connection, geometry, table)
        names = [name for name in kinds if name != geometry]
        rows = connection.execute(_query(names, kinds, geometry, table)).fetchall()
    shapes = pyarrow.array([row[-1] for row in rows], type=pyarrow.binary())
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    fields = pl.DataFrame(columns, strict=False, infer_schema_length=None)
    _write(fields, shapes, f"EPSG:{srid}", target)
    return len(rows)


def _geometry(kinds: dict[str, str], table: PostgisTable) -> str:
    geometries = [name for name, kind in kinds.items() if kind == "geometry"]
    if len(geometries) != 1:
        raise InputError(
            f"`{table.name}` is not a table with a single geometry column. Name a table or a view "
            "with such a column."
        )
    return geometries[0]


def _srid(connection: psycopg.Connection, geometry: str, table: PostgisTable) -> int:
    query = sql.SQL("SELECT DISTINCT ST_SRID({0}) FROM {1} WHERE {0} IS NOT NULL")
    rows = connection.execute(query.format(sql.Identifier(geometry), table.identifier)).fetchall()
    if len(rows) != 1 or not rows[0][0]:
        raise InputError(f"The shapes of `{table.name}` must have one known coordinate system.")
    return int(rows[0][0])


def _query(
    names: list[str], kinds: dict[str, str], geometry: str, table: PostgisTable
) -> sql.Composed:
    columns = [
        sql.SQL("{}" if kinds[name] in _AS_THEY_ARE else "{}::text").format(sql.Identifier(name))
        for name in names
    ]
    shape = sql.SQL("ST_AsBinary({})").format(sql.Identifier(geometry))
    return sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join([*columns, shape]),
        table.identifier,
        sql.SQL(", ").join([*columns, shape]),
    )


def _write(fields: pl.DataFrame, shapes: pyarrow.Array, crs: str, target: Path) -> None:
    part = part_path(target)
    arrow = fields.to_arrow(compat_level=pl.CompatLevel.oldest())
    try:
        pyogrio.write_arrow(
            arrow.append_column("geometry", shapes),
            part,
            layer=target.stem,
            driver="GPKG",
            geometry_name="geometry",
            geometry_type="Unknown",
            crs=crs,
        )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
