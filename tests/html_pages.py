"""Every HTML page of the service, from its own document of routes, so that no page is forgotten."""

import re
from dataclasses import dataclass

import httpx

BESIDE_THE_DOCUMENT = ("/docs", "/maps/no-such-map", "/no-such-page")
"""Pages that the OpenAPI document leaves out: its own page, and the pages of faults."""
TESTED_ELSEWHERE = {
    "/v1/scenarios/{scenario}/report.{ending}": "test_board_packet.py",
    "/v1/scenarios/{scenario}/{file}": "test_board_packet.py",
}
"""Routes of documents that need a stored scenario, with the file of their tests."""
_IN_LANGUAGES = ("/", "/maps", "/finder", "/regions/{region}")
_MAP = "/maps/{map}"


@dataclass(frozen=True)
class HtmlPage:
    """The address of a page, without the host, and its route."""

    path: str
    route: str

    def shown_in(self, lang: str, theme: str) -> str:
        """Return the address in a language; that of a map also in a theme."""
        parameters = {_MAP: f"lang={lang}&theme={theme}"}
        parameters |= dict.fromkeys(_IN_LANGUAGES, f"lang={lang}")
        chosen = parameters.get(self.route, "")
        return f"{self.path}?{chosen}" if chosen else self.path


def html_pages(opened: httpx.Client, embeds: list[str]) -> list[HtmlPage]:
    """Return all pages: each route that answers HTML, with each of its examples.

    A route with a parameter that has no example raises KeyError: the example belongs here.
    """
    paths = opened.get("/openapi.json").json()["paths"]
    examples = _examples(opened) | {"token": [link.rpartition("/")[2] for link in embeds]}
    pages = [
        HtmlPage(path, route)
        for route, methods in paths.items()
        if _answers_html(methods) and route not in TESTED_ELSEWHERE
        for path in _filled(route, examples)
    ]
    return pages + [HtmlPage(path, path) for path in BESIDE_THE_DOCUMENT]


def _examples(opened: httpx.Client) -> dict[str, list[str]]:
    accept = {"Accept": "application/json"}
    maps = opened.get("/maps", headers=accept).json()["items"]
    collection = opened.get("/ogc/collections", headers=accept).json()["collections"][0]["id"]
    items = opened.get(f"/ogc/collections/{collection}/items?limit=1", headers=accept).json()
    return {
        "map": [entry["id"] for entry in maps],
        "region": ["riverbend"],
        "collection": [collection],
        "feature": [str(items["features"][0]["id"])],
    }


def _answers_html(methods: dict[str, dict]) -> bool:
    responses = methods.get("get", {}).get("responses", {})
    return "text/html" in responses.get("200", {}).get("content", {})


def _filled(route: str, examples: dict[str, list[str]]) -> list[str]:
    paths = [route]
    for name in re.findall(r"{(\w+)}", route):
        paths = [path.replace(f"{{{name}}}", text) for path in paths for text in examples[name]]
    return paths
