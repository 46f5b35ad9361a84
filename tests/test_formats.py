"""Every output format of the registry passes every place where a map can be written."""

import re
from html import unescape
from pathlib import Path

import httpx
import pytest

from geoservice.api.documented import ANSWERS
from geoservice.cartography.formats import FORMATS, format_of
from geoservice.errors import InputError

pytestmark = pytest.mark.parametrize("ending", FORMATS)


def test_the_service_answers_with_the_media_type(server, ending):
    answer = httpx.get(f"{server.url}/maps/ratings.{ending}", timeout=120)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == FORMATS[ending].media_type
    how = "inline" if FORMATS[ending].opens_in_browser else "attachment"
    assert answer.headers["content-disposition"].startswith(how)


def test_the_page_and_the_workspace_link_it(server, ending):
    assert f"/maps/ratings.{ending}?" in httpx.get(f"{server.url}/maps/ratings", timeout=120).text
    workspace = httpx.get(server.url, headers={"accept": "text/html"}, timeout=120).text
    preview = unescape(re.search(r'<iframe id="preview"[^>]* data-src="([^"]+)"', workspace)[1])
    assert preview.startswith("/maps/ratings?")
    assert f"/maps/ratings.{ending}?" in httpx.get(server.url + preview, timeout=120).text


def test_the_command_writes_it_and_its_help_names_it(command, riverbend_folder, tmp_path, ending):
    target = tmp_path / f"map.{ending}"
    said = command("map", "ratings", "-o", target, "--region", riverbend_folder)
    assert said.returncode == 0, said.stderr
    assert target.stat().st_size > 500
    assert f".{ending}" in command("map", "--help").stdout


def test_the_document_of_the_interface_names_its_media_type(ending):
    kind = FORMATS[ending].media_type.partition(";")[0]
    assert kind in ANSWERS["GET /maps/{map}"]


def test_the_documentation_names_it(ending):
    text = (Path(__file__).resolve().parents[1] / "docs" / "maps.md").read_text("utf-8")
    assert f"`.{ending}`" in text


def test_an_unknown_ending_lists_it(ending):
    with pytest.raises(InputError, match=ending):
        format_of("bmp")
