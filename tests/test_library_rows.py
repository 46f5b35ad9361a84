"""Tables given to the library: rows out are rows in, whatever their labels, types and neighbours."""

import datetime
from decimal import Decimal

import geopandas
import numpy as np
import pandas as pd
import polars as pl
import pytest
import shapely

from geoservice import LocalGeocoder
from geoservice.errors import InputError

LINES = ("1234 N 5th Ave, Riverbend", "1 Nowhere Rd", "745 2nd Ave, Northfield")


def frame(**columns):
    return pd.DataFrame({"address": list(LINES), **columns})


@pytest.fixture(scope="module")
def expected(riverbend):
    """Places of the three lines, one by one."""
    single = [
        riverbend.geocode(pl.DataFrame({"address": [line]}), address="address") for line in LINES
    ]
    places = [table["lon"].iloc[0] for table in single]
    assert np.isnan(places).tolist() == [False, True, False]
    return places


INDEXES = {
    "repeated": pd.Index([0, 0, 1]),
    "texts": pd.Index(["c", "a", "c"]),
    "days": pd.DatetimeIndex(["2024-01-01", "2024-01-01", "2023-01-01"], name="day"),
    "levels": pd.MultiIndex.from_tuples([("a", 1), ("a", 1), ("b", 2)], names=["x", "y"]),
    "categories": pd.CategoricalIndex(["b", "a", "b"]),
    "nothing": pd.Index([None, 1.5, None], dtype=object),
    "backwards": pd.RangeIndex(3, 0, -1),
}


@pytest.mark.parametrize("kind", INDEXES)
def test_any_index_is_kept_and_multiplies_no_row(riverbend, expected, kind):
    given = frame(id=["1", "2", "3"]).set_axis(INDEXES[kind])
    found = riverbend.geocode(given, address="address")
    pd.testing.assert_frame_equal(pd.DataFrame(found[["address", "id"]]), given)
    np.testing.assert_array_equal(found["lon"], expected)
    assert found.geometry.isna().tolist() == [False, True, False]
    assert found.crs == "EPSG:4326"


MIXED = {
    "numbers and texts": [1, "x", 2.5],
    "days and texts": [datetime.date(2020, 1, 1), "x", pd.Timestamp("2021-01-01")],
    "decimals": [Decimal("1.50"), None, "x"],
    "lists": [[1, 2], ["a"], None],
    "dictionaries": [{"a": 1}, {}, None],
    "bytes and texts": [b"x", "y", None],
    "own objects": [object(), object(), object()],
    "complex": [1 + 2j, 0j, 1j],
    "periods": list(pd.period_range("2020", periods=3, freq="Y")),
    "categories": pd.Categorical(["x", None, "y"]),
    "mixed categories": pd.Categorical([1, "x", 2.0]),
    "nullable": pd.array([1, None, 3], dtype="Int64"),
    "booleans": pd.array([True, None, False], dtype="boolean"),
    "intervals": pd.interval_range(0, 3),
}


@pytest.mark.parametrize("kind", MIXED)
def test_a_column_that_nobody_names_may_hold_anything(riverbend, expected, kind):
    given = frame(note=pd.Series(MIXED[kind]))
    found = riverbend.geocode(given, address="address")
    pd.testing.assert_series_equal(found["note"], given["note"])
    np.testing.assert_array_equal(found["lon"], expected)


@pytest.mark.parametrize(
    "grades",
    [
        [3, "3", "03"],
        [3.0, np.nan, "3"],
        [Decimal(3), None, 3],
        pd.Categorical(["3", "K", "3"]),
        pd.array([3, None, 3], dtype="Int64"),
        pd.array(["3", None, "3"], dtype="string"),
    ],
)
def test_grades_of_any_type_are_read(riverbend, grades):
    found = riverbend.geocode(frame(grade=pd.Series(grades)), address="address", grade="grade")
    alone = riverbend.geocode(frame(grade=["3"] * 3), address="address", grade="grade")
    rows = [0, 2]
    assert (
        found["school_of_right"].iloc[rows].tolist() == alone["school_of_right"].iloc[rows].tolist()
    )
    assert alone["school_of_right"].iloc[rows].notna().all()


def test_an_address_column_may_hold_numbers_and_nothing(riverbend):
    given = pd.DataFrame({"address": [LINES[0], 12, None, np.nan, pd.NA, pd.NaT]})
    found = riverbend.geocode(given, address="address")
    assert found["geo_status"].tolist() == ["matched"] + ["unmatched"] * 5
    assert found["geo_reason"].tolist()[2:] == ["empty"] * 4


def test_columns_may_be_called_by_numbers(riverbend, expected):
    given = pd.DataFrame({0: list(LINES), 1: [1, 2, 3], "0": ["a", "b", "c"]})
    found = riverbend.geocode(given, address=0)
    assert list(found.columns)[:3] == [0, 1, "0"]
    np.testing.assert_array_equal(found["lon"], expected)


def test_columns_may_have_several_levels(riverbend, expected):
    given = frame(id=[1, 2, 3])
    given.columns = pd.MultiIndex.from_tuples([("home", "address"), ("home", "id")])
    found = riverbend.geocode(given, address=("home", "address"))
    np.testing.assert_array_equal(found[("lon", "")], expected)
    assert found[("home", "id")].tolist() == [1, 2, 3]


def test_repeated_names_are_kept_where_nobody_reads_them(riverbend, expected):
    given = frame(a=[1, 2, 3], b=[4, 5, 6])
    given.columns = ["address", "x", "x"]
    found = riverbend.geocode(given, address="address")
    assert list(found.columns)[:3] == ["address", "x", "x"]
    assert found.iloc[:, 2].tolist() == [4, 5, 6]
    np.testing.assert_array_equal(found["lon"], expected)
    given.columns = ["address", "address", "x"]
    with pytest.raises(InputError, match=r"Columns 1 and 2 .* `address`"):
        riverbend.geocode(given, address="address")


def test_a_geodataframe_keeps_its_own_shapes(riverbend, expected):
    own = [shapely.box(0, 0, 1, 1), None, shapely.Point(1, 2)]
    given = geopandas.GeoDataFrame(frame(), geometry=own, crs="EPSG:26910").set_axis([7, 7, 7])
    found = riverbend.geocode(given, address="address")
    assert found["geometry"].tolist() == own
    assert found.geometry.name == "geo_geometry"
    np.testing.assert_array_equal(found.geometry.x, expected)


def test_results_can_be_made_anew(riverbend):
    first = riverbend.geocode(frame(), address="address")
    with pytest.raises(InputError, match="result columns"):
        riverbend.geocode(first, address="address")
    again = riverbend.geocode(first, address="address", replace=True)
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(first))


def test_polars_columns_of_any_type_are_kept(riverbend, expected):
    given = pl.DataFrame(
        {
            "address": pl.Series(LINES, dtype=pl.Categorical),
            "id": [2**60 + 1, None, 3],
            "list": [[1], [], None],
            "struct": [{"a": 1}, {"a": 2}, None],
            "day": [datetime.date(2020, 1, 1), None, datetime.date(2020, 1, 3)],
            "object": pl.Series([object(), object(), None], dtype=pl.Object),
        }
    )
    for table in (given, given.select(pl.exclude("object")).lazy()):
        found = riverbend.geocode(table, address="address")
        np.testing.assert_array_equal(found["lon"], expected)
        assert found["id"].iloc[0] == 2**60 + 1
        assert found["struct"].iloc[1] == {"a": 2}
        assert list(found["list"].iloc[0]) == [1]


def test_no_rows_are_no_rows(riverbend):
    assert len(riverbend.geocode(frame()[:0], address="address")) == 0


@pytest.mark.parametrize("given", [["1 Main St"], pd.Series(LINES), {"address": LINES}, None])
def test_what_is_no_table_is_refused(riverbend, given):
    with pytest.raises(InputError, match="pandas, geopandas or polars"):
        riverbend.geocode(given, address="address")


def test_a_missing_column_and_an_unknown_role_are_named(riverbend):
    with pytest.raises(InputError, match="no column `adress`"):
        riverbend.geocode(frame(), address="adress")
    with pytest.raises(InputError, match="`adress` is not an option for a column"):
        riverbend.geocode(frame(), adress="address")


def test_the_geocoder_takes_the_same_tables(riverbend, expected):
    given = pd.concat([frame()[:2], frame()[2:].set_axis([0])])
    found = LocalGeocoder(riverbend).geocode_batch(given, address="address")
    np.testing.assert_array_equal(found["lon"], expected)
