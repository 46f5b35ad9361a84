import pandas as pd
import pytest
from geopy.exc import GeocoderQueryError, GeocoderServiceError
from geopy.extra.rate_limiter import RateLimiter

from geoservice import LocalGeocoder

LINE = "1234 N 5th Ave, Riverbend"


@pytest.fixture
def geolocator(riverbend):
    return LocalGeocoder(riverbend)


def test_one_address(geolocator):
    found = geolocator.geocode(LINE)
    assert found.address.startswith("1234 N 5TH AVE, RIVERBEND")
    assert found.raw["geo_match"] == "range"
    assert geolocator.geocode({"street": "1234 N 5th Ave", "city": "Riverbend"}) == found
    assert [one.address for one in geolocator.geocode(LINE, exactly_one=False)] == [found.address]


def test_what_is_not_matched_is_none(geolocator):
    assert geolocator.geocode("1 Nowhere Rd") is None
    assert geolocator.geocode("", exactly_one=False) is None


def test_the_rate_limiter_and_pandas_recipe_works(geolocator):
    geocode = RateLimiter(geolocator.geocode, min_delay_seconds=0)
    frame = pd.DataFrame({"name": [LINE, "1 Nowhere Rd", LINE]})
    frame["location"] = frame["name"].apply(geocode)
    frame["point"] = frame["location"].apply(lambda found: tuple(found.point) if found else None)
    assert frame["point"].notna().tolist() == [True, False, True]


def test_batch_and_single_agree(geolocator):
    batch = geolocator.geocode_batch(pd.DataFrame({"address": [LINE]}), address="address")
    one = geolocator.geocode(LINE)
    assert (batch.lat[0], batch.lon[0]) == (one.latitude, one.longitude)


def test_reverse(geolocator):
    found = geolocator.geocode(LINE)
    near = geolocator.reverse((found.latitude, found.longitude))
    assert "5TH AVE" in near.address
    assert geolocator.reverse("0, 0") is None
    assert geolocator.reverse(found.point, exactly_one=False)[0].address == near.address


@pytest.mark.parametrize("query", [7, None, {"planet": "Mars"}, {"city": "Riverbend"}])
def test_queries_that_are_none(geolocator, query):
    with pytest.raises(GeocoderQueryError):
        geolocator.geocode(query)


def test_a_query_that_is_no_point(geolocator):
    with pytest.raises(GeocoderQueryError):
        geolocator.reverse("north of here")


def test_the_network_is_refused(geolocator):
    with pytest.raises(GeocoderServiceError, match="sends no requests"):
        geolocator.adapter.get_text("http://127.0.0.1:9/", timeout=1, headers={})


def test_the_census_batch_format(command, riverbend_folder, tmp_path):
    lines = [
        "1,1234 N 5th Ave,Riverbend,IA,51901",
        "2,1 Nowhere Rd,Riverbend,IA,",
        '"a, b","1234 N 5th Av, Apt 2",Riverbend,,',
        "4",
    ]
    (tmp_path / "in.csv").write_text("\n".join(lines))
    done = command(
        "geocode",
        tmp_path / "in.csv",
        "-o",
        tmp_path / "out.csv",
        "--region",
        riverbend_folder,
        "--format",
        "census",
    )
    assert done.returncode == 0, done.stderr
    out = (tmp_path / "out.csv").read_text().splitlines()
    assert out[0].startswith(
        '"1","1234 N 5th Ave, Riverbend, IA, 51901","Match","Exact",'
        '"1234 N 5TH AVE, RIVERBEND, IA, 51901","-93.5'
    )
    assert out[1] == '"2","1 Nowhere Rd, Riverbend, IA, ","No_Match"'
    assert out[2].startswith('"a, b","1234 N 5th Av, Apt 2, Riverbend, , ","Match","Exact"')
    assert out[3] == '"4",", , , ","No_Match"'
    assert len(out) == 4


def test_too_many_fields_are_refused_by_row(command, riverbend_folder, tmp_path):
    (tmp_path / "in.csv").write_text("1,a,b,c,d\n2,a,b,c,d,e\n")
    done = command(
        "geocode",
        tmp_path / "in.csv",
        "-o",
        tmp_path / "out.csv",
        "--region",
        riverbend_folder,
        "--format",
        "census",
    )
    assert done.returncode == 2
    assert "Row 2 has 6 fields" in done.stderr
    assert not (tmp_path / "out.csv").exists()
