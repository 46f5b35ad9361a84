"""The reference of map definitions, from the JSON Schema that editors read."""

import tomllib
from pathlib import Path
from typing import Any

from geoservice.cartography.definition.definition import json_schema
from tools.site.markdown import code, table

_TEXTS = Path(__file__).with_name("definition_texts.toml")
_INTRODUCTION = """\
# Map definitions

This page is generated from the schema `maps/schema.json`. A definition is one TOML file; its name is
the id of the map. `geoservice maps check` names file, line and remedy of each fault.
[Maps](../maps.md) shows a complete example.
"""
Tree = dict[str, Any]


def page() -> str:
    """Return the page.

    Raises
    ------
    KeyError
        If a field has neither a description in the schema nor a text here.
    """
    schema = json_schema()
    texts = tomllib.loads(_TEXTS.read_text("utf-8"))
    parts = [_INTRODUCTION, _fields("The file", schema, texts["Definition"])]
    for name, model in schema["$defs"].items():
        part_texts = texts[name]
        parts.append(_fields(part_texts["title_of_section"], model, part_texts))
    return "\n".join(parts)


def _fields(title: str, model: Tree, texts: dict[str, str]) -> str:
    needed = model.get("required", [])
    rows = [
        (
            code(name),
            _kind(field),
            "**needed**" if name in needed else _default(field),
            field.get("description") or texts[name],
        )
        for name, field in model["properties"].items()
    ]
    return f"## {title}\n\n{table(('key', 'type', 'default', 'meaning'), rows)}"


def _kind(field: Tree) -> str:
    if "enum" in field:
        return " or ".join(code(value or '""') for value in field["enum"])
    if "$ref" in field:
        return f"[{field['$ref'].rpartition('/')[2].lower()}](#{_anchor(field['$ref'])})"
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return (
        str(field.get("type", "text")).replace("string", "text").replace("boolean", "true or false")
    )


def _anchor(reference: str) -> str:
    return {"Classes": "classes", "View": "views", "Wording": "texts"}[reference.rpartition("/")[2]]


def _default(field: Tree) -> str:
    value = field.get("default")
    if isinstance(value, dict):
        return "below"
    return code(value) if value not in (None, "", [], ()) else "none"
