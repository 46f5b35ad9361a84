import httpx
import polars as pl
import pytest
from town import degrees

from geoservice.placing.reverse import reverse_place


@pytest.fixture
def reverse(town, tmp_path):
    def run(*places):
        spots = [degrees(*place) for place in places]
        frame = pl.DataFrame(spots, schema={"lon": pl.Float64, "lat": pl.Float64}, orient="row")
        return reverse_place(frame, "lon", "lat", town.reference(tmp_path)).to_dicts()

    return run


def test_the_nearest_address_point_is_the_address(town, reverse):
    town.street("Oak Ave", left="101-199", right="100-198")
    town.point("111", "OAK AV", 55, 30)
    town.zone("E1", (-500, -500, 500, 500))
    (found,) = reverse((60, 33))
    assert found["rev_address"] == "111 OAK AVE, SPRINGFIELD, CA 94110"
    assert (found["rev_match"], found["rev_distance_m"]) == ("point", 5.8)
    assert (found["zone_elementary"], found["area_planning"]) == ("E1", "all")


@pytest.mark.parametrize(
    ("away_m", "answer"), [(5, "111 OAK AVE"), (200, "111 OAK AVE"), (600, None)]
)
def test_without_streets_the_nearest_point_is_the_address(town, reverse, away_m, answer):
    town.point("111", "OAK AV", 55, 30)
    (found,) = reverse((55 + away_m, 30))
    assert (found["rev_address"] or "").partition(",")[0] == (answer or "")
    assert found["rev_street"] == ("OAK AVE" if answer else None)


@pytest.mark.parametrize(("y", "number"), [(12, "151"), (-12, "150")])
def test_without_a_point_the_number_is_told_from_the_range_of_the_side(town, reverse, y, number):
    town.street("Oak Ave", left="101-199", right="100-198")
    (found,) = reverse((101, y))
    assert found["rev_address"].startswith(f"{number} OAK AVE")
    assert (found["rev_match"], found["rev_street"]) == ("range", "OAK AVE")


def test_places_far_from_everything_have_a_reason(town, reverse):
    town.street("Oak Ave", left="101-199")
    near, far = reverse((50, 5), (50_000, 5))
    assert near["rev_reason"] is None
    assert (far["rev_address"], far["rev_reason"]) == (None, "outside_region")


def test_cells_that_are_no_coordinates_have_a_reason(town, tmp_path):
    town.street("Oak Ave", left="101-199")
    frame = pl.DataFrame({"id": ["1", "2", "3"], "x": ["", "abc", "-190"], "y": ["1", "2", "3"]})
    found = reverse_place(frame, "x", "y", town.reference(tmp_path))
    assert found.columns[:3] == ["id", "x", "y"]
    assert found["rev_reason"].to_list() == ["unreadable"] * 3


def test_file_and_http_give_the_same_answers(
    command, server, riverbend, riverbend_folder, tmp_path
):
    places = riverbend.reference.array("point_lon")[:3], riverbend.reference.array("point_lat")[:3]
    rows = [{"lon": float(x), "lat": float(y)} for x, y in zip(*places, strict=True)]
    pl.DataFrame(rows).write_csv(tmp_path / "places.csv")
    done = command(
        "reverse",
        tmp_path / "places.csv",
        "-o",
        tmp_path / "out.csv",
        "--region",
        riverbend_folder,
        "--lon",
        "lon",
        "--lat",
        "lat",
    )
    assert done.returncode == 0, done.stderr
    written = pl.read_csv(tmp_path / "out.csv", infer_schema=False)["rev_address"].to_list()
    body = {"places": [{"id": "a", **row} for row in rows]}
    told = httpx.post(f"{server.url}/v1/reverse", json=body).json()["results"]
    assert [one["rev_address"] for one in told] == written
    assert {one["id"] for one in told} == {"a"}
    assert all(one["rev_match"] == "point" for one in told)
