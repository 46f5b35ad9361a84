"""Kinds of layers that portals and desktop programs write: shapes as text, geodatabases in a zip."""

import zipfile

import numpy as np
import pyogrio
import pytest
import shapely
from test_broken_layers import EAST, WEST, metres, named, region, ring

from geoservice.errors import InputError
from geoservice.region.layers import read_layers
from geoservice.region.manifest import load_manifest
from geoservice.region.source_hash import source_hash


def wkt(*boxes):
    return [shapely.Polygon(ring(*box)).wkt for box in boxes]


@pytest.mark.parametrize("column", ["the_geom", "WKT", "geometry"])
@pytest.mark.parametrize("prefix", ["", "SRID=4326;"])
def test_a_csv_with_shapes_as_text_is_a_layer(tmp_path, column, prefix):
    rows = "".join(
        f'S{row},"{prefix}{text}"\n' for row, text in enumerate(wkt(WEST, EAST), start=1)
    )
    (tmp_path / "zones.csv").write_text(f"SCHOOL,{column}\n{rows}")
    layers = read_layers(region(tmp_path, "zones.csv"))
    assert layers.zones["zone_id"].to_list() == ["S1", "S2"]
    assert layers.findings == ()


def test_one_text_that_is_no_shape_costs_its_row(tmp_path):
    first, second = wkt(WEST, EAST)
    open_ring = second.replace(", -122.4 37.69))", "))")
    assert open_ring != second
    text = f'the_geom,SCHOOL\n"{first}",S1\n"POLYGON ((1 2, x))",S2\n,S3\n"{open_ring}",S4\n'
    (tmp_path / "zones.csv").write_text(text)
    layers = read_layers(region(tmp_path, "zones.csv"))
    assert layers.zones["zone_id"].to_list() == ["S1", "S4"]
    assert named(layers, "no_polygon").rows == ("2", "3")


def test_shapes_as_text_in_feet_need_crs(tmp_path):
    text = shapely.Polygon(metres(WEST, "EPSG:2227")).wkt
    (tmp_path / "zones.csv").write_text(f'SCHOOL,the_geom\nS1,"{text}"\n')
    with pytest.raises(InputError, match="with `crs`"):
        read_layers(region(tmp_path, "zones.csv"))
    more = 'grades = "K-5"\ncrs = "EPSG:2227"'
    assert len(read_layers(region(tmp_path, "zones.csv", more)).zones) == 1


def geodatabase(path, *layers):
    for place, layer in enumerate(layers):
        shapes = np.array([shapely.box(*box) for box in (WEST, EAST)])
        schools = np.array([f"{layer}1", f"{layer}2"], dtype=object)
        pyogrio.raw.write(
            path,
            shapely.to_wkb(shapes),
            [schools],
            ["SCHOOL"],
            crs="EPSG:4326",
            layer=layer,
            geometry_type="Polygon",
            driver="OpenFileGDB",
            append=place > 0,
        )
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        for part in path.iterdir():
            archive.write(part, f"export/{path.name}/{part.name}")


def test_a_geodatabase_is_read_as_a_folder_and_in_a_zip(tmp_path):
    geodatabase(tmp_path / "zones.gdb", "Elementary")
    for file in ("zones.gdb", "zones.zip"):
        layers = read_layers(region(tmp_path, file))
        assert layers.zones["zone_id"].to_list() == ["Elementary1", "Elementary2"]
        assert source_hash(load_manifest(tmp_path))


def test_a_geodatabase_with_several_layers_asks_which(tmp_path):
    geodatabase(tmp_path / "zones.gdb", "Elementary", "Middle")
    with pytest.raises(InputError, match=r"has 2 layers\. Choose with `layer`: `Elementary`, `Mid"):
        read_layers(region(tmp_path, "zones.zip"))
    layers = read_layers(region(tmp_path, "zones.zip", 'grades = "K-5"\nlayer = "Middle"'))
    assert layers.zones["zone_id"].to_list() == ["Middle1", "Middle2"]


def test_a_column_that_is_not_there_is_answered_with_the_nearest(tmp_path):
    (tmp_path / "zones.csv").write_text(f'SCHOOLS,the_geom\nS1,"{wkt(WEST)[0]}"\n')
    with pytest.raises(InputError, match=r"no column `SCHOOL`\. Did you mean `SCHOOLS`\?"):
        read_layers(region(tmp_path, "zones.csv"))
