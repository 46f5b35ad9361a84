"""``geocode --retry``: rows without a match are placed again, all others stay as they are."""

import polars as pl
import pytest

from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.service.geocode_task import GeocodeTask
from geoservice.service.geocoding import geocode_file
from geoservice.service.regions import Regions

ROWS = (
    "id,address,note\n"
    "007,745 2nd ave northfield,a\n"
    "008,PO Box 7,\n"
    '009,12 Nowhere Blvd,"b, c"\n'
    "010,200 aspen,\n"
)


@pytest.fixture
def reference(home, riverbend):
    return Regions(Settings.read({"GEOSERVICE_HOME": str(home)})).open("riverbend")


def run(reference, source, target, **task):
    options = PlaceOptions(address="address", id="id", replace=task.get("retry", False))
    geocode_file(GeocodeTask(source, target, options, **task), reference)
    return target


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_a_retry_by_the_same_region_changes_nothing(reference, tmp_path, ending):
    source = tmp_path / "students.csv"
    source.write_text(ROWS)
    earlier = run(reference, source, tmp_path / f"earlier.{ending}")
    again = run(reference, earlier, tmp_path / f"again.{ending}", retry=True)
    if ending == "csv":
        assert again.read_bytes() == earlier.read_bytes()
    elif ending == "parquet":
        assert pl.read_parquet(again).equals(pl.read_parquet(earlier))
    else:
        assert pl.read_excel(again).equals(pl.read_excel(earlier))


def test_rows_without_a_match_alone_are_placed_again(reference, tmp_path):
    source = tmp_path / "students.csv"
    source.write_text(ROWS)
    earlier = run(reference, source, tmp_path / "earlier.csv")
    table = pl.read_csv(earlier, infer_schema=False)
    assert set(table["geo_status"]) >= {"matched", "unmatched"}
    # An earlier run that placed a row elsewhere, and one that knew no street of that name.
    is_first, is_third = (pl.col("id") == number for number in ("007", "009"))
    edited = table.with_columns(
        pl.when(is_first).then(pl.lit("99.0")).otherwise(pl.col("geo_score")).alias("geo_score"),
        pl.when(is_third)
        .then(pl.lit("701 2nd ave northfield"))
        .otherwise(pl.col("address"))
        .alias("address"),
    )
    path = tmp_path / "edited.csv"
    edited.write_csv(path)
    again = pl.read_csv(
        run(reference, path, tmp_path / "again.csv", retry=True), infer_schema=False
    )
    assert again["id"].to_list() == table["id"].to_list()
    assert again["geo_score"][0] == "99.0"
    assert again["geo_status"][2] == "matched"
    assert again.filter(is_first | (pl.col("id") == "008")).equals(
        edited.filter(is_first | (pl.col("id") == "008"))
    )


def test_files_that_are_no_results_and_edited_cells_are_named(reference, tmp_path):
    source = tmp_path / "students.csv"
    source.write_text(ROWS)
    with pytest.raises(InputError, match="no column `geo_status`"):
        run(reference, source, tmp_path / "out.csv", retry=True)
    earlier = run(reference, source, tmp_path / "earlier.csv")
    table = pl.read_csv(earlier, infer_schema=False)
    table.with_columns(geo_score=pl.lit("many")).write_csv(tmp_path / "edited.csv")
    with pytest.raises(InputError, match="`geo_score`") as fault:
        run(reference, tmp_path / "edited.csv", tmp_path / "out.csv", retry=True)
    assert "many" not in str(fault.value)
