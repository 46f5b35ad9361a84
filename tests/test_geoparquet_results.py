"""Geocoded rows as GeoParquet: the columns of Parquet, a point and a box, read by other programs."""

import json

import duckdb
import geopandas as gpd
import polars as pl
import pyarrow.parquet
import pytest

from geoservice.tables.writing import TableWriter

SIDES = ("xmin", "ymin", "xmax", "ymax")


@pytest.fixture(scope="module")
def students(tmp_path_factory, riverbend_folder):
    """Addresses of the fictional district, with two rows that have no match."""
    path = tmp_path_factory.mktemp("rows") / "students.csv"
    rows = pl.read_csv(riverbend_folder / "students.csv", infer_schema=False).head(60)
    lost = rows.head(2).with_columns(address=pl.Series(["1 Nowhere Blvd, Atlantis", ""]))
    pl.concat([rows, lost]).write_csv(path)
    return path


def geocoded(command, source, target):
    done = command("geocode", source, "-o", target, "--region", "riverbend", "--grade", "grade")
    assert done.returncode == 0, done.stderr
    return target


def test_the_columns_are_those_of_parquet_then_box_and_geometry(
    command, riverbend, students, tmp_path
):
    plain = pl.read_parquet(geocoded(command, students, tmp_path / "plain.parquet"))
    path = geocoded(command, students, tmp_path / "places.geoparquet")
    table = pyarrow.parquet.read_table(path)
    assert table.column_names == [*plain.columns, "bbox", "geometry"]
    assert pl.from_arrow(table.select(plain.columns)).equals(plain)
    frame = gpd.read_parquet(path)
    assert frame.crs.to_string() in ("OGC:CRS84", "EPSG:4326")
    matched = frame["lon"].notna()
    assert 0 < matched.sum() < len(frame)
    assert (frame.geometry.notna() == matched).all()
    assert (frame.geometry.x[matched] == frame["lon"][matched]).all()
    assert (frame.geometry.y[matched] == frame["lat"][matched]).all()
    geo = json.loads(pyarrow.parquet.read_metadata(path).metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert (geo["version"], column["encoding"]) == ("1.1.0", "WKB")
    assert column["geometry_types"] == ["Point"]
    assert column["covering"] == {"bbox": {side: ["bbox", side] for side in SIDES}}
    assert column["bbox"] == pytest.approx(frame.total_bounds.tolist())


def test_readers_skip_rows_by_their_box(command, riverbend, students, tmp_path):
    path = geocoded(command, students, tmp_path / "places.geoparquet")
    frame = gpd.read_parquet(path).dropna(subset="geometry")
    x, y = frame.geometry.iloc[0].x, frame.geometry.iloc[0].y
    part = gpd.read_parquet(path, bbox=(x - 0.001, y - 0.001, x + 0.001, y + 0.001))
    assert 0 < len(part) < len(frame)
    query = (
        f"SELECT count(*) FROM read_parquet('{path}') WHERE bbox.xmin >= {x} AND bbox.ymin >= {y}"
    )
    inside = (frame.geometry.x >= x) & (frame.geometry.y >= y)
    assert duckdb.sql(query).fetchall() == [(int(inside.sum()),)]


@pytest.mark.parametrize("rows", [0, 3])
def test_a_table_without_a_match_has_null_geometries(tmp_path, rows):
    nothing = pl.Series([None] * rows, dtype=pl.Float64)
    frame = pl.DataFrame({"id": pl.Series(["1"] * rows, dtype=pl.String)})
    frame = frame.with_columns(lon=nothing, lat=nothing)
    path = tmp_path / "places.geoparquet"
    with TableWriter(path) as writer:
        writer.write(frame)
    read = gpd.read_parquet(path)
    assert len(read) == rows
    assert read.geometry.isna().all()
    assert read.crs.to_string() in ("OGC:CRS84", "EPSG:4326")
    geo = json.loads(pyarrow.parquet.read_metadata(path).metadata[b"geo"])
    assert geo["columns"]["geometry"]["geometry_types"] == []
    assert "bbox" not in geo["columns"]["geometry"]


def test_columns_of_the_input_keep_their_names_and_chunks_their_bounds(tmp_path):
    path = tmp_path / "places.geoparquet"
    chunks = [
        pl.DataFrame({"geometry": ["a"], "bbox": ["b"], "lon": [lon], "lat": [41.5]})
        for lon in (-92.0, -93.0)
    ]
    with TableWriter(path) as writer:
        for chunk in chunks:
            writer.write(chunk)
    read = gpd.read_parquet(path)
    assert read.columns.tolist() == ["geometry", "bbox", "lon", "lat", "geo_geometry"]
    assert pyarrow.parquet.read_schema(path).names[-2:] == ["geo_bbox", "geo_geometry"]
    assert read["geometry"].tolist() == ["a", "a"]
    assert read.geometry.name == "geo_geometry"
    geo = json.loads(pyarrow.parquet.read_metadata(path).metadata[b"geo"])
    assert geo["columns"]["geo_geometry"]["bbox"] == [-93.0, 41.5, -92.0, 41.5]


def test_a_table_without_places_is_refused_before_any_work(tmp_path):
    from geoservice.errors import InputError

    with pytest.raises(InputError, match="no geometry"):
        TableWriter(tmp_path / "figures.geoparquet", places=False)
