"""GeoParquet of a map: version 1.1 with boxes, read by programs that know nothing of ours."""

import io
import json

import duckdb
import geopandas as gpd
import httpx
import pyarrow.parquet
import pyogrio
import pytest


@pytest.fixture(scope="module")
def file(server, tmp_path_factory):
    path = tmp_path_factory.mktemp("geoparquet") / "zones.parquet"
    path.write_bytes(httpx.get(f"{server.url}/maps/ratings.parquet", timeout=120).content)
    return path


def test_the_metadata_are_those_of_version_1_1(file):
    geo = json.loads(pyarrow.parquet.read_schema(file).metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert (geo["version"], column["encoding"]) == ("1.1.0", "WKB")
    covering = {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}
    assert column["covering"] == {"bbox": covering}
    frame = gpd.read_parquet(file)
    assert frame.crs.to_epsg() == 4326 or frame.crs.to_string() == "OGC:CRS84"
    assert column["bbox"] == pytest.approx(frame.total_bounds.tolist())
    assert set(column["geometry_types"]) == set(frame.geom_type.dropna())


def test_the_box_of_each_row_is_that_of_its_shape(file):
    frame = gpd.read_parquet(file).dropna(subset="geometry")
    column = pyarrow.parquet.read_table(file)["bbox"].drop_null().to_pylist()
    boxes = [[box[side] for side in ("xmin", "ymin", "xmax", "ymax")] for box in column]
    assert boxes == frame.bounds.to_numpy().tolist()
    west, south, east, north = boxes[0]
    part = gpd.read_parquet(file, bbox=(west, south, east, north))
    assert 0 < len(part) < len(frame)


def test_duckdb_reads_rows_inside_a_box(file):
    rows = duckdb.sql(
        f"SELECT name, bbox.xmin FROM read_parquet('{file}') WHERE bbox.xmin > -200 ORDER BY name"
    ).fetchall()
    assert len(rows) == len(gpd.read_parquet(file).dropna(subset="geometry"))


@pytest.mark.skipif("Parquet" not in pyogrio.list_drivers(), reason="GDAL without Parquet")
def test_gdal_reads_it(file):
    assert len(pyogrio.read_dataframe(file)) > 0


def test_the_same_map_gives_the_same_bytes_and_the_numbers_of_the_csv(server, file):
    import polars as pl

    again = httpx.get(f"{server.url}/maps/ratings.parquet", timeout=120).content
    assert again == file.read_bytes()
    csv = httpx.get(f"{server.url}/maps/ratings.csv", timeout=120).content
    table = pl.read_parquet(io.BytesIO(again)).drop("bbox", "geometry")
    text = pl.read_csv(io.BytesIO(csv), infer_schema=False)
    assert text.columns == table.columns
    assert text["seats"].to_list() == table["seats"].cast(pl.String).to_list()
