import polars as pl
import pytest

from geoservice.errors import InputError
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import place
from geoservice.placing.queue import Queue
from geoservice.placing.review import read_overrides

OPTIONS = PlaceOptions(address="address", id="id", grade="grade")


@pytest.fixture
def run(town, tmp_path):
    """Place a list of addresses; gives the placed table and the review."""
    town.street("Folsom St", left="101-199", right="100-198", zip="94110")
    town.street("Main St", right="100-198", city="Springfield")
    town.street("Main St", right="100-198", city="Shelbyville")
    town.zone("E1", (-500, -9000, 500, 500))
    reference = town.reference(tmp_path)

    def go(lines, overrides=None):
        frame = pl.DataFrame(
            {
                "id": [f"00{at}" for at in range(len(lines))],
                "address": lines,
                "grade": ["3"] * len(lines),
            }
        )
        options = resolve(OPTIONS, frame.columns)
        placed = place(frame, options, reference, overrides)
        queue = Queue(reference)
        queue.add(frame, placed, options)
        return placed, queue.table()

    return go


def test_the_review_lists_what_wants_a_look_with_candidates(run):
    _, queue = run(
        ["120 Folsom St", "120 Main St", "250 Folsom St", "120 Folsoooom St", "120 Main St", ""]
    )
    assert queue["id"].to_list() == ["001", "002", "003"]
    assert queue["row"].to_list() == ["2", "3", "4"]
    assert "SHELBYVILLE" in "".join(
        queue.row(0, named=True)[f"candidate_{at}"] or "" for at in (1, 2)
    )
    assert queue["candidate_1"][1] == "198 FOLSOM ST"
    assert queue["candidate_1"][2] == "120 FOLSOM ST"
    assert set(queue["use"]) == {""}


def test_a_filled_review_wins_from_then_on(run):
    lines = ["120 Main St", "250 Folsom St", "1 Nowhere Rd", "120 Folsom St"]
    _, queue = run(lines)
    use = {"001": "1", "002": "-122.43, 37.76", "000": "120 Main St, Shelbyville"}
    filled = queue.with_columns(use=queue["id"].replace_strict(use, default=""))
    placed, again = run(lines, read_overrides(filled))
    first, second, third, fourth = placed.to_dicts()
    assert first["geo_address"] == "120 MAIN ST, SHELBYVILLE, CA 94110"
    assert first["geo_changes"] == "override"
    assert second["geo_address"] == "198 FOLSOM ST, SPRINGFIELD, CA 94110"
    assert (third["lon"], third["lat"], third["geo_source"]) == (-122.43, 37.76, "override")
    assert third["area_planning"] == "all"
    assert fourth["geo_changes"] is None
    assert again["id"].to_list() == []


@pytest.mark.parametrize(("use", "said"), [("4", "candidate 4"), ("-300.5, 20.1", "not degrees")])
def test_a_decision_that_cannot_be_names_its_row(run, use, said):
    _, queue = run(["250 Folsom St"])
    with pytest.raises(InputError, match=r"Row 1 of the overrides, column `use`.*" + said):
        read_overrides(queue.with_columns(use=pl.lit(use)))


def test_a_table_that_is_no_review_is_refused():
    with pytest.raises(InputError, match="not a filled review"):
        read_overrides(pl.DataFrame({"a": ["1"]}))


def test_the_command_writes_a_review_and_takes_it_back(command, riverbend_folder, tmp_path):
    table = tmp_path / "in.csv"
    table.write_text('id,address\n007,1 Nowhere Rd\n008,"1234 N 5th Ave, Riverbend"\n')
    given = ("geocode", table, "--region", riverbend_folder, "--id", "id", "--replace")
    done = command(*given, "-o", tmp_path / "out.csv", "--review", tmp_path / "review.csv")
    assert done.returncode == 0, done.stderr
    queue = pl.read_csv(tmp_path / "review.csv", infer_schema=False)
    assert queue["id"].to_list() == ["007"]
    filled = queue.with_columns(use=pl.lit("1234 N 5th Ave, Riverbend"))
    filled.write_csv(tmp_path / "filled.csv")
    done = command(*given, "-o", tmp_path / "out.csv", "--overrides", tmp_path / "filled.csv")
    assert done.returncode == 0, done.stderr
    placed = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    assert placed["geo_status"].to_list() == ["matched", "matched"]
    assert placed["geo_changes"].to_list() == ["override", None]
