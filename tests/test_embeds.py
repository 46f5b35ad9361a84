"""Maps in other pages: signed links, oEmbed as its consumers read it, reports, notebooks."""

import functools
import http.server
import re
import stat
import struct
import threading
import time
from xml.etree import ElementTree

import httpx
import pytest
import sqlalchemy as sa
from accessibility import violations
from test_service import asked_from_elsewhere

from geoservice.api.embed_code import Shown, oembed, oembed_xml
from geoservice.errors import NotFoundError
from geoservice.model.settings import Settings
from geoservice.service.embeds import Embedding
from geoservice.state.database import connect
from geoservice.state.schema import EMBEDS

CHOICE = {"band": "K-5", "areas": "planning"}


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, timeout=60) as made:
        yield made


@pytest.fixture
def link(client):
    """A link to the map of zones, as the workspace makes it."""
    answer = client.post("/v1/embeds", json={"map": "zones", **CHOICE})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def embedding(tmp_path):
    return Embedding(Settings.read({"GEOSERVICE_HOME": str(tmp_path)}))


@pytest.fixture
def site(tmp_path):
    """Serves a folder on another port: another origin than the service's."""
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()


def test_a_link_opens_until_it_is_revoked(embedding, tmp_path):
    made = embedding.create("zones", "riverbend", CHOICE)
    token = embedding.token(made)
    assert embedding.opened(token).choice == CHOICE
    embedding.revoke(made.id)
    with pytest.raises(NotFoundError):
        embedding.opened(token)
    assert [embedding.state(one) for one in embedding.list()] == ["revoked"]


def test_a_link_ends_by_itself(embedding):
    made = embedding.create("zones", "riverbend", {}, days=1 / 86_400)
    token = embedding.token(made)
    assert embedding.opened(token).id == made.id
    time.sleep(1.1)
    with pytest.raises(NotFoundError):
        embedding.opened(token)


def test_the_signature_covers_all_that_the_link_may_show(embedding, tmp_path):
    token = embedding.token(embedding.create("zones", "riverbend", CHOICE))
    engine = connect(f"sqlite:///{tmp_path}/geoservice.db")
    for change in (
        {"map": "ratings"},
        {"region": "other"},
        {"choice": {"band": "9-12"}},
        {"expires": time.time() + 9e9},
    ):
        with engine.begin() as connection:
            before = dict(connection.execute(sa.select(EMBEDS)).mappings().one())
            connection.execute(EMBEDS.update().values(change))
        with pytest.raises(NotFoundError):
            embedding.opened(token)
        with engine.begin() as connection:
            connection.execute(EMBEDS.update().values(before))
    assert embedding.opened(token)
    for wrong in (token[:-1], token + "A", token.replace(".", ""), ".", "", "é.é"):
        with pytest.raises(NotFoundError):
            embedding.opened(wrong)


def test_the_secret_is_for_its_owner_alone_and_the_same_for_all(embedding, tmp_path):
    made = embedding.create("zones", "riverbend", {})
    token = embedding.token(made)
    path = tmp_path / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Embedding(Settings.read({"GEOSERVICE_HOME": str(tmp_path)}))
    assert again.token(made) == token
    assert path.read_bytes() not in (tmp_path / "geoservice.db").read_bytes()


def test_the_command_creates_lists_and_revokes(command, server):
    made = command(
        "embed",
        "create",
        "ratings",
        "--region",
        "riverbend",
        "--days",
        "30",
        "--base-url",
        server.url,
    )
    assert made.returncode == 0, made.stderr
    url, code = made.stdout.splitlines()
    assert f'src="{url}"' in code
    assert 'height="560"' in code
    assert httpx.get(url).status_code == 200
    number = url.split("/embed/")[1].split(".")[0]
    assert number in command("embed", "list").stdout
    assert command("embed", "revoke", number).returncode == 0
    assert httpx.get(url).status_code == 404
    assert command("embed", "create", "nope", "--region", "riverbend").returncode == 2
    assert (
        command("embed", "create", "ratings", "--region", "riverbend", "--days", "0").returncode
        == 2
    )


def test_embeds_are_answered_to_pages_of_other_sites_and_nothing_else_is(client, link):
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}
    path = link["url"].removeprefix(str(client.base_url).rstrip("/"))
    assert client.get(path, headers=elsewhere).status_code == 200
    assert client.get("/static/embed.js", headers=elsewhere).status_code == 200
    for other in ("/", "/maps/zones", "/v1/embeds", "/static/map.js"):
        assert client.get(other, headers=elsewhere).status_code == 403
    assert client.post("/v1/embeds", json={"map": "zones"}, headers=elsewhere).status_code == 403
    assert client.request("POST", path, headers=elsewhere).status_code == 403


def test_without_a_key_other_machines_see_embeds_and_no_maps(tmp_path, home, link, riverbend):
    path = "/embed/" + link["url"].split("/embed/")[1]
    statuses = asked_from_elsewhere(
        home,
        tmp_path,
        [
            path,
            f"{path}/layers/zones.geojson",
            f"{path}/tiles/streets/12/0/0.mvt",
            "/static/map.js",
            f"/oembed?url=http%3A%2F%2Fx{path}",
            "/oembed?url=http%3A%2F%2Fx%2Fmaps%2Fzones",
            "/maps/zones",
            "/v1/embeds",
            "/tiles/streets/12/0/0.mvt",
        ],
    )
    assert statuses == [200, 200, 200, 200, 200, 401, 401, 401, 401]


def test_the_code_to_copy_holds_frame_title_picture_and_script(client, link):
    code = link["snippet"]
    assert code.count("<iframe") == 1
    assert link["title"] in code
    picture = re.search(r'<noscript>.*<img src="([^"]+)" alt="([^"]{40,})"', code)
    shown = client.get(picture[1])
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cross-origin-resource-policy"] == "cross-origin"
    assert 'src="' + str(client.base_url).rstrip("/") + '/static/embed.js"' in code


def test_oembed_answers_as_json_and_as_the_same_xml(client, link):
    answer = client.get("/oembed", params={"url": link["url"]})
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert (found["version"], found["type"]) == ("1.0", "rich")
    assert {"title", "html", "width", "height", "provider_name", "cache_age"} <= set(found)
    wide, high = struct.unpack(">II", client.get(found["thumbnail_url"]).content[16:24])
    assert (found["thumbnail_width"], found["thumbnail_height"]) == (wide, high)
    xml = client.get("/oembed", params={"url": link["url"], "format": "xml"})
    assert xml.headers["content-type"].startswith("text/xml")
    root = ElementTree.fromstring(xml.content)
    assert {one.tag: one.text for one in root} == {key: str(one) for key, one in found.items()}


def test_oembed_is_no_larger_than_asked_for(client, link):
    query = {"url": link["url"], "maxwidth": 420, "maxheight": 300}
    found = client.get("/oembed", params=query).json()
    assert (found["width"], found["height"]) == (420, 300)
    assert 'width="420" height="300"' in found["html"]
    assert "embed.js" not in found["html"]  # Else it would grow.
    assert "thumbnail_url" not in found


def test_oembed_says_what_the_standard_says_of_faults(client, link):
    def status(**query):
        answer = client.get("/oembed", params=query)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code

    assert status(url=link["url"], format="yaml") == 501
    assert status(url=link["url"][:-2]) == 404
    assert status(url="http://elsewhere.example/maps/zones") == 404
    assert status(url=f"{client.base_url}/maps/nope") == 404
    assert status(url=f"{client.base_url}/v1/regions") == 404
    client.delete(f"/v1/embeds/{link['id']}")
    assert status(url=link["url"]) == 404


def test_the_address_of_a_map_gives_one_link_however_often_it_is_asked(client):
    query = {"url": f"{str(client.base_url).rstrip('/')}/maps/zones?band=K-5&lang=es"}
    first, second = (client.get("/oembed", params=query).json()["html"] for _ in range(2))
    assert first == second
    assert "¿" in first


def test_strange_signs_of_titles_are_left_out_of_xml():
    shown = Shown("http://x", "t", "A\x00\x0b<&>\ufffe é", "words", (10, 10))
    root = ElementTree.fromstring(oembed_xml(oembed(shown, None, None)))
    assert root.findtext("title") == "A<&> é"


def test_pages_name_their_oembed_answers_and_pictures(client, link):
    for address in (link["url"], "/maps/zones"):
        text = client.get(address).text
        for kind in ("application/json", "text/xml"):
            found = re.search(rf'<link rel="alternate" type="{kind}\+oembed" href="([^"]+)"', text)
            answer = client.get(found[1].replace("&amp;", "&"))
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(kind)
        tags = dict(re.findall(r'<meta property="(og:[a-z:]+)" content="([^"]*)"', text))
        assert {"og:title", "og:image", "og:url", "og:description"} <= set(tags)
        picture = client.get(tags["og:image"].replace("&amp;", "&"))
        assert picture.headers["content-type"] == "image/png"
        size = struct.unpack(">II", picture.content[16:24])
        assert size == (int(tags["og:image:width"]), int(tags["og:image:height"]))


@pytest.mark.filterwarnings("ignore")  # The consumer's own.
def test_a_real_consumer_finds_the_map_by_its_page(link):
    pyoembed = pytest.importorskip("pyoembed")
    found = pyoembed.oEmbed(link["url"])
    assert found["type"] == "rich"
    assert f'src="{link["url"]}"' in found["html"]


def test_a_real_consumer_puts_maps_into_texts(server, link):
    micawber = pytest.importorskip("micawber")
    providers = micawber.ProviderRegistry()
    providers.register(
        re.escape(server.url) + r"/embed/\S+", micawber.Provider(f"{server.url}/oembed")
    )
    text = micawber.parse_text(f"Before\n{link['url']}\nAfter", providers, maxwidth=500)
    assert text.startswith("Before\n<iframe")
    assert 'width="500"' in text


def test_a_report_shows_the_map_at_its_height_and_in_its_own_look(link, site, page, server):
    folder, url = site
    (folder / "report.html").write_text(
        '<!DOCTYPE html><html lang="en"><title>Report</title><style>h1 { color: red }</style>'
        f"<h1>Report</h1>{link['snippet']}<p>After</p>"
    )
    page.goto(f"{url}/report.html")
    inner = page.frame_locator("iframe")
    inner.locator("body[data-ready]").wait_for(state="attached")
    page.wait_for_function("document.querySelector('iframe').style.height !== ''")
    page.wait_for_timeout(700)
    frame = page.frames[1]
    overflow = frame.evaluate("document.documentElement.scrollHeight - window.innerHeight")
    assert overflow <= 2
    height = page.evaluate("document.querySelector('iframe').offsetHeight")
    assert 400 < height < 2_500
    inner.locator(".about summary").click()
    page.wait_for_function(f"document.querySelector('iframe').offsetHeight > {height} + 100")
    assert page.faults == []
    assert [one for one in page.asked if not one.startswith((server.url, url))] == []


def test_a_report_opened_from_disk_shows_the_map(link, tmp_path, page):
    (tmp_path / "report.html").write_text(f"<!DOCTYPE html><title>R</title>{link['snippet']}")
    page.goto(f"file://{tmp_path}/report.html")
    page.frame_locator("iframe").locator("body[data-ready]").wait_for(state="attached")
    assert page.faults == []


def test_settings_say_who_may_frame_embeds(home, riverbend, site, page):
    from conftest import Server

    folder, url = site
    running = Server(
        home,
        "demo",
        "--no-browser",
        environ={"GEOSERVICE_FRAME_ANCESTORS": "https://district.example"},
    )
    try:
        made = httpx.post(f"{running.url}/v1/embeds", json={"map": "zones"}).json()
        policy = httpx.get(made["url"]).headers["content-security-policy"]
        assert "frame-ancestors https://district.example" in policy
        (folder / "report.html").write_text(f"<!DOCTYPE html><title>R</title>{made['snippet']}")
        page.goto(f"{url}/report.html")
        page.wait_for_timeout(1_000)
        assert any("frame-ancestors" in one for one in page.faults)
    finally:
        running.stop()


def test_scripts_of_embeds_need_no_inline_permission(client, link):
    for address in (link["url"], "/maps/zones"):
        policy = client.get(address).headers["content-security-policy"]
        scripts = re.search(r"script-src ([^;]*);", policy)[1]
        assert "unsafe" not in scripts
        assert "sha256-" in scripts


def test_a_known_page_keeps_its_policy(client):
    first = client.get("/maps/zones")
    again = client.get("/maps/zones", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert "content-security-policy" not in again.headers
    assert "stale-while-revalidate" in again.headers["cache-control"]


NOTEBOOK = """
import os
os.environ["GEOSERVICE_HOME"] = {home!r}
from geoservice import Region
Region.open("riverbend").map("zones", band="K-5", theme="light")
"""


@pytest.fixture(scope="module")
def notebook(home, riverbend):
    """A notebook that shows a map, executed by a kernel."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(NOTEBOOK.format(home=str(home)))],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    return book


@pytest.mark.filterwarnings("ignore")
def test_a_notebook_and_the_document_made_of_it_show_the_map(notebook, tmp_path, page):
    nbconvert = pytest.importorskip("nbconvert")
    (output,) = [one for one in notebook.cells[0].outputs if "text/html" in one.get("data", {})]
    assert output["data"]["text/html"].startswith("<iframe")
    exporter = nbconvert.HTMLExporter(embed_images=True, exclude_input=True)
    text, _ = exporter.from_notebook_node(notebook)
    # The template of nbconvert asks other hosts for scripts; what is tested is the map.
    text = re.sub(r'<script[^>]*src="https://[^"]*"[^>]*></script>', "", text)
    (tmp_path / "document.html").write_text(text)
    page.route(re.compile("^https?://"), lambda route: route.abort())
    page.goto(f"file://{tmp_path}/document.html")
    inner = page.frame_locator("iframe").last
    inner.locator("body[data-ready]").wait_for(state="attached", timeout=20_000)
    assert inner.locator("table tbody tr").count() > 10
    assert inner.locator("path.leaflet-interactive").count() > 10


@pytest.mark.parametrize("name", ["zones", "ratings", "quality-seats", "participation", "trend"])
def test_a_compact_embed_is_560_pixels_high_with_the_legend_on_the_map(client, page, name):
    made = client.post("/v1/embeds", json={"map": name}, timeout=600).json()
    page.set_viewport_size({"width": 760, "height": 560})
    page.goto(made["url"])
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("document.documentElement.scrollHeight") <= 560
    seen, legend = (page.locator(one).bounding_box() for one in (".folium-map", "#panel"))
    assert legend["x"] > seen["x"]
    assert legend["y"] + legend["height"] <= seen["y"] + seen["height"]
    assert page.locator("#panel .legend li, #panel .district").count() > 0
    # The district stands clear of the legend.
    shapes = page.locator("path.unit, path.outline")
    rights = shapes.evaluate_all("all => all.map((one) => one.getBoundingClientRect().right)")
    assert max(rights) <= legend["x"] + 4
    page.locator(".about summary").click()
    assert page.locator(".about table").first.is_visible()
    assert violations(page) == []
    assert page.faults == []


def test_a_compact_embed_of_the_matrix_is_its_table(client, page):
    made = client.post("/v1/embeds", json={"map": "gaps-matrix"}, timeout=600).json()
    page.set_viewport_size({"width": 760, "height": 560})
    page.goto(made["url"])
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("document.documentElement.scrollHeight") <= 560
    assert page.locator(".matrix tbody tr").first.is_visible()
    assert not page.locator("#stage").is_visible()
    seen = page.locator("#stage *").evaluate_all(
        "all => all.filter((one) => one.checkVisibility({ visibilityProperty: true })).length"
    )
    assert seen == 0
    assert violations(page) == []
    assert page.faults == []


def test_the_long_form_is_there_where_it_is_chosen(client, page):
    made = client.post("/v1/embeds", json={"map": "zones", "full": True}).json()
    page.goto(made["url"])
    page.wait_for_selector("body[data-ready]")
    assert page.locator("html[data-framed]").count() == 1
    assert page.locator("#panel .layers").is_visible()


def test_without_scripts_an_embed_is_a_picture_with_its_legend(client, browser):
    made = client.post("/v1/embeds", json={"map": "ratings"}).json()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 760, "height": 560})
    page = context.new_page()
    page.goto(made["url"])
    still = page.locator("img.still")
    assert still.is_visible()
    assert still.bounding_box()["width"] > 600
    assert not page.locator("#panel").is_visible()
    assert page.locator(".finding").is_visible()
    context.close()


def test_the_wheel_scrolls_the_page_and_ctrl_zooms_the_map(link, site, page):
    folder, url = site
    (folder / "report.html").write_text(
        '<!DOCTYPE html><html lang="en"><title>Report</title><h1>Report</h1>'
        f'{link["snippet"]}<div style="height:2000px">After</div>'
    )
    page.goto(f"{url}/report.html")
    inner = page.frame_locator("iframe")
    inner.locator("body[data-ready]").wait_for(state="attached")
    box = inner.locator(".folium-map").bounding_box()
    zoom = "map_1.getZoom()"
    before = page.frames[1].evaluate(zoom)
    page.mouse.move(box["x"] + 200, box["y"] + 150)
    page.mouse.wheel(0, 300)
    page.wait_for_function("window.scrollY > 100")
    assert page.frames[1].evaluate(zoom) == before
    assert inner.locator(".gesture-hint.shown").inner_text()
    page.evaluate("window.scrollTo(0, 0)")
    page.mouse.move(box["x"] + 210, box["y"] + 150)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_timeout(700)
    assert page.frames[1].evaluate(zoom) > before
    assert page.evaluate("window.scrollY") == 0
