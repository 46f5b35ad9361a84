"""The OpenAPI document: FastAPI's, with the service's problems, keys and media types added."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from geoservice.api.documented import answer_content, answer_schemas, is_file
from geoservice.api.rights import is_open
from geoservice.cartography.texts import LANGUAGES, THEMES

VERSION = "3.0.3"
"""The OpenAPI version that the pinned documentation page can read."""
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_HTML, _JSON = "text/html", "application/json"
_GOOD = ("200", "201", "202")
_VALUES = {"lang": ("", *LANGUAGES), "theme": ("", *THEMES)}
Tree = dict[str, Any]


def document_of(app: FastAPI) -> Tree:
    """Return the document of an application, which is made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, openapi_version=VERSION, routes=app.routes
        )
        _complete(document)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(document: Tree) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas |= {**answer_schemas(), "Problem": _PROBLEM}
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for method, path, operation in _operations(document):
        operation["summary"] = _summary(operation)
        _add_answers(f"{method.upper()} {path}", operation)
        for parameter in operation.get("parameters", []):
            _name_values({parameter["name"]: parameter["schema"]})
        if not is_open(path):
            operation["security"] = [{"key": []}]
    for schema in schemas.values():
        _name_values(schema.get("properties", {}))
    _speak_3_0(document)


def _name_values(fields: Tree) -> None:
    """Name the values of fields and parameters that have the same values on all routes."""
    for name, schema in fields.items():
        if name in _VALUES and schema.get("type") == "string":
            schema["enum"] = list(_VALUES[name])
            schema.pop("maxLength", None)


def _operations(document: Tree) -> Iterator[tuple[str, str, Tree]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _summary(operation: Tree) -> str:
    """Return the first sentence of a route's description, instead of its function's name."""
    description = str(operation.get("description") or operation["summary"])
    paragraph = " ".join(description.partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].removesuffix(".")


def _add_answers(key: str, operation: Tree) -> None:
    """Add the problem answers, and the content of the successful answers."""
    responses: Tree = operation["responses"]
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if is_file(key):
        content[_HTML] = {"schema": {"type": "string"}}  # Browsers get problems as pages.
    responses["default"] = {"description": "A problem", "content": content}
    if _is_of_framework(responses.get("422", {})):
        del responses["422"]
    for status in _GOOD:
        if status in responses:
            responses[status]["content"] = answer_content(key) or responses[status]["content"]
    if key == "GET /readyz":
        responses["503"] = {**responses["200"], "description": "A part is missing"}


def _is_of_framework(response: Tree) -> bool:
    """Return True for FastAPI's answer to bad requests, which the service never sends."""
    schema = response.get("content", {}).get(_JSON, {}).get("schema", {})
    return str(schema.get("$ref", "")).endswith("/HTTPValidationError")


def _speak_3_0(node: object) -> None:
    """Rewrite OpenAPI 3.1 forms as 3.0 forms: exclusive limits, null and constants."""
    if isinstance(node, list):
        for item in node:
            _speak_3_0(item)
    if not isinstance(node, dict):
        return
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        value = node.get(exclusive)
        if isinstance(value, int | float) and not isinstance(value, bool):
            node[limit], node[exclusive] = value, True
    choices = node.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        node["anyOf"] = [choice for choice in choices if choice != {"type": "null"}]
        node["nullable"] = True
        if len(node["anyOf"]) == 1 and "$ref" not in node["anyOf"][0]:
            node |= node.pop("anyOf")[0]
    if "const" in node:
        node["enum"] = [node.pop("const")]
    if node.get("nullable") and "enum" in node:  # OpenAPI 3.0 requires null in the list.
        node["enum"] = [*node["enum"], None]
    for value in node.values():
        _speak_3_0(value)
