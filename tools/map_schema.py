"""Writes maps/schema.json, the JSON Schema of map definitions, from the program's own vocabulary."""

from pathlib import Path

import orjson

from geoservice.cartography.definition.definition import json_schema


def main() -> None:
    """Write the schema where editors look for it."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    Path("maps/schema.json").write_bytes(orjson.dumps(json_schema(), option=options))


if __name__ == "__main__":
    main()
