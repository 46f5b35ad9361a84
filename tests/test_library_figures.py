"""The library gives the figures of the command line: measures, findings, reports."""

import geopandas
import pandas as pd
import pytest

from geoservice import Region
from geoservice.errors import InputError
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures


@pytest.fixture(scope="module")
def region(listed_district, riverbend):
    return Region(riverbend.reference, listed_district)


def test_a_measure_is_the_table_of_the_service(region, listed_district):
    frame = region.measure("participation", by="elementary", year="2023-24")
    table = Measures(listed_district).table(
        "participation", region.reference, MeasureChoice("elementary", year="2023-24")
    )
    pd.testing.assert_frame_equal(frame, table.to_pandas())
    assert set(frame["counts"]) == {"protected"}


@pytest.mark.parametrize(
    ("measure", "by", "kind"),
    [
        ("participation", "elementary", "Polygon"),
        ("residents", "planning", "Polygon"),
        ("utilisation", "school", "Point"),
        ("residents", "hexagons", "Polygon"),
    ],
)
def test_geometry_gives_each_unit_its_shape(region, measure, by, kind):
    frame = region.measure(measure, by=by, year="2023-24", geometry=True)
    assert isinstance(frame, geopandas.GeoDataFrame)
    assert frame.crs == "EPSG:4326"
    assert set(frame.loc[frame.geometry.isna(), "unit"]) <= {"district"}
    shapes = frame.geometry.dropna()
    assert set(shapes.geom_type) <= {kind, f"Multi{kind}"}
    assert frame.total_bounds[0] < -60  # longitude first


def test_internal_figures_need_a_purpose(region):
    with pytest.raises(InputError, match="purpose"):
        region.measure("residents", profile="internal")


def test_a_check_begins_with_what_was_read(region):
    assert region.check()[0].severity == "note"
    assert "addresses" in region.check()[0].message


def test_a_report_pack_is_written(region, tmp_path):
    pack = region.report(tmp_path / "pack", areas="planning")
    assert (tmp_path / "pack" / "figures.xlsx").is_file()
    assert {f"{report.file}.pdf" for report in pack.reports} <= {
        path.name for path in (tmp_path / "pack").iterdir()
    }
