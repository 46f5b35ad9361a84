"""Answers that can be kept: known again, compressed, made once."""

import re
import threading

import httpx
import pytest

from geoservice.cartography.figure.choice import Choice
from geoservice.errors import NotFoundError
from geoservice.model.settings import Settings
from geoservice.model.shipped import shipped_folder
from geoservice.service import maps as maps_module
from geoservice.service.maps import Maps

FOLDER = shipped_folder("maps")

PATHS = (
    "/maps/zones",
    "/maps/zones/layers/zones.geojson",
    "/maps/zones/figure.json",
    "/maps/zones.csv",
    "/maps/zones.png",
    "/static/map.js",
)


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, timeout=600) as made:
        yield made


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_is_known_again_by_its_tag_in_every_coding(client, path):
    for coding in ("identity", "gzip", "br"):
        first = client.get(path, headers={"Accept-Encoding": coding})
        again = client.get(
            path, headers={"Accept-Encoding": coding, "If-None-Match": first.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"].split("-")[0].strip('"') == first.headers["etag"].split("-")[
            0
        ].strip('"')
        assert "stale-while-revalidate" in first.headers["cache-control"]
        assert first.headers["vary"] == "Accept-Encoding"
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == client.get(path, headers={"Accept-Encoding": "br"}).content


MEASURE = "/v1/regions/riverbend/measures/residents"


def test_a_measure_is_known_again_and_compressed(client):
    first = client.get(MEASURE, params={"areas": "wards"})
    tag = {"If-None-Match": first.headers["etag"]}
    assert client.get(MEASURE, params={"areas": "wards"}, headers=tag).status_code == 304
    assert client.get(MEASURE, params={"areas": "planning"}, headers=tag).status_code == 200
    assert client.get(MEASURE, params={"areas": "nowhere"}, headers=tag).status_code == 422
    assert first.headers["cache-control"].startswith("private")
    assert first.headers["content-encoding"] in ("br", "gzip")
    assert first.headers["vary"] == "Accept, Accept-Encoding"


def test_a_measure_is_a_table_for_who_asks_for_one(client):
    by_name = client.get(MEASURE, params={"areas": "wards", "f": "csv"})
    by_header = client.get(MEASURE, params={"areas": "wards"}, headers={"Accept": "text/csv"})
    assert by_name.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_name.text == by_header.text
    assert by_name.text.startswith("year,band,unit,part,to,value,")
    lines = client.get(MEASURE, params={"areas": "wards"}).json()["items"]
    assert len(by_name.text.splitlines()) == 1 + len(lines)
    assert client.get(MEASURE, params={"f": "pdf"}).status_code == 422


@pytest.mark.parametrize("name", ["grade", "profile", "distance", "filter", "Band"])
def test_a_parameter_that_nobody_heeds_is_refused(client, name):
    answer = client.get(MEASURE, params={name: "planted"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    assert "planted" not in answer.text


def test_a_list_of_students_that_does_not_exist_is_told(client):
    answer = client.get(MEASURE, params={"students": "planted"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "planted" not in answer.text


def test_the_tag_tells_choices_themes_and_languages_apart(client):
    asked = [
        "/maps/zones",
        "/maps/zones?band=K-5",
        "/maps/zones?lang=es",
        "/maps/zones?theme=dark",
        "/maps/ratings",
    ]
    tags = [client.get(one).headers["etag"] for one in asked]
    assert len(set(tags)) == len(tags)


def test_layers_are_the_same_bytes_in_all_themes(client):
    tags = {
        client.get(f"/maps/zones/layers/zones.geojson?theme={one}").headers["etag"]
        for one in ("light", "dark")
    }
    assert len(tags) == 1


def test_a_known_answer_needs_no_drawing(riverbend, home, monkeypatch):
    drawn = counted(monkeypatch)
    mine = Maps(Settings.read({"GEOSERVICE_HOME": str(home)}))
    first = mine.stamp("zones", riverbend.reference, Choice(band="K-5"))
    assert first == mine.stamp("zones", riverbend.reference, Choice(band="K-5"))
    assert drawn == []


def test_a_changed_definition_changes_the_tag(riverbend, home, tmp_path):
    text = (FOLDER / "zones.toml").read_text("utf-8")
    (tmp_path / "zones.toml").write_text(text)
    mine = Maps(Settings.read({"GEOSERVICE_HOME": str(home)}), folder=tmp_path)
    before = mine.stamp("zones", riverbend.reference, Choice())
    (tmp_path / "zones.toml").write_text(text.replace("zoned where", "zoned here"))
    assert mine.stamp("zones", riverbend.reference, Choice()) != before


def test_many_who_ask_for_a_cold_map_have_it_drawn_once(riverbend, home, monkeypatch):
    drawn = counted(monkeypatch)
    mine = Maps(Settings.read({"GEOSERVICE_HOME": str(home)}))
    pages, barrier = [], threading.Barrier(6)

    def ask():
        barrier.wait()
        pages.append(
            mine.page("zones", riverbend.reference, Choice(band="K-5", areas="planning")).html
        )

    asking = [threading.Thread(target=ask) for _ in range(6)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(drawn) == 1
    assert len(set(pages)) == 1


def counted(monkeypatch):
    """Calls of the real drawing, as they happen."""
    calls, real = [], maps_module.draw

    def draw(*args):
        calls.append(args[0].id)
        return real(*args)

    monkeypatch.setattr(maps_module, "draw", draw)
    return calls


def test_answers_are_counted_by_route_and_never_by_what_was_asked(client):
    client.get("/maps/zones?area=secret-place")
    client.get("/secret-path")
    text = client.get("/metrics").text
    assert 'route="/maps/{map}"' in text
    assert 'route="",status="404"' in text
    assert "secret" not in text
    assert "geoservice_answer_seconds_count" in text


def test_a_choice_that_cannot_be_is_told_before_figures_are_worked_out(
    riverbend, home, monkeypatch
):
    mine, asked = Maps(Settings.read({"GEOSERVICE_HOME": str(home)})), []
    monkeypatch.setattr(mine, "_released", lambda *_: asked.append(1))
    for choice in (
        Choice(band="nope"),
        Choice(areas="nope"),
        Choice(area="nope"),
        Choice(zone="x"),
    ):
        with pytest.raises(NotFoundError):
            mine.drawing("service-gap", riverbend.reference, choice)
    assert asked == []


def test_head_answers_what_get_would_without_its_content(client):
    for path in (
        "/maps/ratings",
        "/maps/ratings.png",
        "/v1/regions",
        "/healthz",
        "/tiles/streets/12/984/1515.mvt",
    ):
        asked, told = client.head(path), client.get(path)
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers.get("etag") == told.headers.get("etag")
    assert client.head("/maps/none").status_code == 404


def test_a_coding_that_the_client_refuses_is_not_used(client):
    for path in ("/maps/ratings", "/v1/regions/riverbend/check", "/openapi.json"):
        for refused in ("gzip;q=0, br;q=0", "gzip; q=0.000", "identity"):
            answer = client.get(path, headers={"Accept-Encoding": refused})
            assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/maps/zones", "/docs"])
def test_scripts_are_named_by_their_bytes_and_kept_for_long(server, path):
    text = httpx.get(f"{server.url}{path}", timeout=60).text
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert named
    for one in named:
        assert re.search(r"\?v=[0-9a-f]{16}$", one)
        answer = httpx.get(f"{server.url}{one}")
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["cache-control"]
    other = httpx.get(server.url + re.sub(r"v=.*", "v=0", named[0]))
    assert "max-age=600," in other.headers["cache-control"]
