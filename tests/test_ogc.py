"""OGC API Features as a real client meets it: GDAL's own reader."""

import subprocess
import sys

import httpx
import pyogrio
import pytest
from jsonschema import Draft202012Validator


@pytest.fixture
def ogc(server):
    with httpx.Client(base_url=f"{server.url}/ogc", timeout=30) as made:
        yield made


_CLIENT = "import sys, pyogrio; pyogrio.read_dataframe(sys.argv[1]).to_file(sys.argv[2])"


def read(server, collection, folder):
    """Return a collection as GDAL reads it in a process of its own.

    Where this product reads files, GDAL knows neither the network nor formats of servers.
    """
    target = folder / f"{collection}.gpkg"
    source = f"OAPIF:{server.url}/ogc/collections/{collection}"
    subprocess.run([sys.executable, "-c", _CLIENT, source, str(target)], check=True, timeout=120)
    return pyogrio.read_dataframe(target)


def knows_servers():
    line = [sys.executable, "-c", "import pyogrio; print('OAPIF' in pyogrio.list_drivers())"]
    return subprocess.run(line, capture_output=True, text=True, timeout=120).stdout == "True\n"


def test_gdal_reads_zones_areas_schools_and_measures(server, riverbend, tmp_path):
    if not knows_servers():
        pytest.skip("GDAL without OAPIF")
    zones = read(server, "riverbend.zones-elementary", tmp_path)
    mine = riverbend.reference.zones().filter(set_id="elementary")
    assert sorted(zones["name"].fillna("")) == sorted(mine["name"].fill_null("").to_list())
    assert zones.crs.to_epsg() == 4326
    assert abs(zones.geometry.bounds["minx"].min() + 93.5) < 0.2
    schools = read(server, "riverbend.schools", tmp_path)
    assert len(schools) == len(riverbend.reference.schools())
    residents = read(server, "riverbend.measure-residents-planning", tmp_path)
    assert set(residents["name"]) == set(
        riverbend.reference.areas().filter(set_id="planning")["name"]
    )


def test_a_box_and_values_choose_features_and_pages_follow(ogc):
    path = "/collections/riverbend.schools/items"
    whole = ogc.get(path).json()
    assert whole["numberMatched"] == whole["numberReturned"] == len(whole["features"])
    one = whole["features"][0]
    lon, lat = one["geometry"]["coordinates"]
    near = ogc.get(path, params={"bbox": f"{lon},{lat},{lon},{lat}"}).json()
    assert one["id"] in [each["id"] for each in near["features"]]
    assert near["numberMatched"] < whole["numberMatched"]
    named = ogc.get(path, params={"name": one["properties"]["name"]}).json()
    assert {each["properties"]["name"] for each in named["features"]} == {one["properties"]["name"]}
    seen, url = [], f"{path}?limit=7"
    while url:
        part = ogc.get(url).json()
        seen += [each["id"] for each in part["features"]]
        url = next((each["href"] for each in part["links"] if each["rel"] == "next"), None)
    assert seen == [each["id"] for each in whole["features"]]


def test_one_feature_is_found_by_its_id(ogc):
    first = ogc.get("/collections/riverbend.areas-planning/items").json()["features"][0]
    again = ogc.get(f"/collections/riverbend.areas-planning/items/{first['id']}").json()
    assert again["geometry"] == first["geometry"]
    assert ogc.get("/collections/riverbend.areas-planning/items/nope").status_code == 404
    assert ogc.get("/collections/riverbend.nope").status_code == 404


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "bbox=1,2,3", "bbox=a,b,c,d", "nope=1", "bbox-crs=x", "f=xml"]
)
def test_wrong_parameters_are_answered_with_400(ogc, query):
    answer = ogc.get(f"/collections/riverbend.schools/items?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_all_documents_come_as_json_and_as_html(ogc):
    paths = [
        "",
        "/conformance",
        "/collections",
        "/collections/riverbend.schools",
        "/collections/riverbend.schools/items",
    ]
    for path in paths:
        assert ogc.get(path).headers["content-type"].startswith("application/")
        html = ogc.get(path, headers={"Accept": "text/html,*/*"})
        assert html.text.startswith("<!DOCTYPE html>")
        asked = ogc.get(f"{path}?f=html").text  # Its link to itself says so.
        assert _without_form(asked) == _without_form(html.text)
    assert "core" in str(ogc.get("/conformance").json()["conformsTo"])
    rels = {one["rel"] for one in ogc.get("").json()["links"]}
    assert {"self", "service-desc", "service-doc", "conformance", "data"} <= rels


def _without_form(page):
    return page.replace("?f=html", "").replace('items?"', 'items"')


def test_hidden_numbers_are_absent(ogc):
    items = ogc.get("/collections/riverbend.measure-capture-planning/items").json()["features"]
    assert items
    for one in items:
        hidden = one["properties"]["status"] == "suppressed"
        assert ("value" in one["properties"]) != hidden or one["properties"]["status"] != "shown"
        assert not (hidden and {"value", "numerator"} & set(one["properties"]))


def test_queryables_name_the_properties_that_choose_features(ogc):
    for collection in ("riverbend.schools", "riverbend.measure-residents-planning"):
        address = f"/collections/{collection}"
        links = {link["rel"]: link["href"] for link in ogc.get(address).json()["links"]}
        schema = ogc.get(links["http://www.opengis.net/def/rel/ogc/1.0/queryables"])
        assert schema.headers["content-type"] == "application/schema+json"
        properties = schema.json()["properties"]
        assert properties.pop("geometry")["x-ogc-role"] == "primary-geometry"
        Draft202012Validator.check_schema(schema.json())
        feature = ogc.get(f"{address}/items?limit=1").json()["features"][0]
        assert set(feature["properties"]) <= set(properties)
        name = next(key for key in ("level", "band") if key in properties)
        chosen = ogc.get(f"{address}/items", params={name: feature["properties"][name]})
        assert chosen.json()["numberMatched"] > 0
        assert properties["name"] == {"title": "Name", "type": "string"}


def test_the_catalogue_of_interfaces_leads_to_documents_that_are_there(server):
    answer = httpx.get(f"{server.url}/.well-known/api-catalog")
    assert answer.headers["content-type"].startswith("application/linkset+json; profile=")
    service, features = answer.json()["linkset"]
    assert service["item"][0]["href"] == features["anchor"] == f"{server.url}/ogc"
    for relation in ("service-desc", "service-doc", "status"):
        assert httpx.get(service[relation][0]["href"]).status_code == 200
    head = httpx.head(f"{server.url}/.well-known/api-catalog")
    assert head.headers["link"].endswith('rel="api-catalog"')


def test_the_catalogue_of_data_has_files_that_open(server):
    catalog = httpx.get(f"{server.url}/data.json").json()
    ratings = next(each for each in catalog["dataset"] if "/maps/ratings?" in each["identifier"])
    for file in ratings["distribution"]:
        answer = httpx.get(file["downloadURL"], timeout=120)
        assert answer.headers["content-type"].startswith(file["mediaType"])
