"""The reference of HTTP routes, from the OpenAPI document of the service."""

import tempfile
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from geoservice.api.access import Access
from geoservice.api.app import create_app
from geoservice.model.settings import Settings
from geoservice.service.keys import keys_of
from geoservice.service.regions import Regions
from tools.site.markdown import code, plain, table

_INTRODUCTION = """\
# HTTP routes

This page is generated from the OpenAPI document of the service. A running service has the same
document at `/openapi.json` and as a page to try at `/docs`. [Maps over HTTP](../http.md) and
[batch jobs](../how-to/batch-jobs.md) show how to use the routes. Every route can answer with a [problem](errors.md). Routes that are not
open need a key or a sign-in, see [security](../security.md).
"""
_TITLES = {
    "geocoding": "Geocoding",
    "jobs": "Batch jobs",
    "students": "Lists of students",
    "census": "The interface of the Census geocoder",
    "regions": "Regions",
    "measures": "Measures",
    "maps": "Maps",
    "scenarios": "Scenarios",
    "ogc": "OGC API Features",
    "": "Other routes",
}
"""Titles of groups of routes by their tag; further tags follow by their own names."""
Tree = dict[str, Any]
Operation = tuple[str, str, Tree]


def page() -> str:
    """Return the page."""
    document = openapi_document()
    order = list(_TITLES)
    operations = sorted(_operations(document), key=lambda item: _rank(_tag(item), order))
    parts = [_INTRODUCTION]
    for tag, routes in groupby(operations, key=_tag):
        parts.append(f"## {_TITLES.get(tag, tag.capitalize())}\n")
        parts += [_route(*route, document) for route in routes]
    return "\n".join(parts)


def openapi_document() -> Tree:
    """Return the document of a service without regions."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.read({"GEOSERVICE_HOME": folder})
        regions = Regions(settings, lambda _: None)
        access = Access(loopback=True, host="127.0.0.1", token=None, keys=keys_of(settings))
        document: Tree = create_app(settings, regions, [], access).openapi()
    return document


def _operations(document: Tree) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _tag(operation: Operation) -> str:
    tags: list[str] = operation[2].get("tags", [""])
    return tags[0]


def _rank(tag: str, order: list[str]) -> tuple[int, str]:
    """Return the order of a group: known titles first, other routes last."""
    if not tag:
        return len(order) + 1, tag
    return (order.index(tag) if tag in order else len(order)), tag


def _route(method: str, path: str, operation: Tree, document: Tree) -> str:
    text = plain(operation.get("description") or operation.get("summary", ""))
    access = "Needs a key or a sign-in." if operation.get("security") else "Open to everybody."
    parts = [f"### {method} {path}\n\n{text} {access}\n"]
    rows = [_parameter(parameter) for parameter in operation.get("parameters", [])]
    if rows:
        parts.append(table(("parameter", "where", "type", "meaning"), rows))
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(_body(media_type, content.get("schema", {}), document))
    parts.append(_answers(operation["responses"]))
    return "\n".join(parts)


def _parameter(parameter: Tree) -> tuple[str, str, str, str]:
    schema = parameter.get("schema", {})
    needed = "needed; " if parameter.get("required") and parameter["in"] != "path" else ""
    meaning = parameter.get("description", "")
    default = schema.get("default")
    shown = f"default {code(default)}" if default not in (None, "", False) else ""
    text = "; ".join(part for part in (meaning, shown) if part)
    return code(parameter["name"]), parameter["in"], _kind(schema), f"{needed}{text}"


def _body(media_type: str, schema: Tree, document: Tree) -> str:
    model = _resolved(schema, document)
    needed = model.get("required", [])
    rows = [
        (code(name), _kind(field), "yes" if name in needed else "", field.get("description", ""))
        for name, field in model.get("properties", {}).items()
    ]
    if not rows:
        return f"The body is {code(media_type)}.\n"
    header = ("field", "type", "needed", "meaning")
    return f"Fields of the body ({code(media_type)}):\n\n{table(header, rows)}"


def _answers(responses: Tree) -> str:
    good = (
        f"{status}: " + (", ".join(map(code, answer.get("content", {}))) or "no content")
        for status, answer in responses.items()
        if status != "default"
    )
    return f"Answers: {'; '.join(good)}.\n"


def _resolved(schema: Tree, document: Tree) -> Tree:
    name = schema.get("$ref", "").rpartition("/")[2]
    model: Tree = document["components"]["schemas"].get(name, schema)
    return model


def _kind(schema: Tree) -> str:
    """Return the type of a value in words."""
    if "enum" in schema:
        return " or ".join(code(value) for value in schema["enum"] if value is not None)
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(dict.fromkeys(_kind(part) for part in schema[union]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kind = str(schema.get("type", "any"))
    return "file" if schema.get("format") == "binary" else kind
