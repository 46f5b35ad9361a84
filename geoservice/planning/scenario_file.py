"""A scenario file, read from TOML and checked: every fault with its line and remedy."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoservice.errors import InputError
from geoservice.model.years import read_year
from geoservice.planning.scenario import Scenario, ScenarioError, Stay
from geoservice.planning.scenario_changes import read_changes
from geoservice.planning.scenario_reader import ScenarioReader
from geoservice.planning.toml_lines import TomlLines, toml_lines

_TOP = ("id", "name", "region", "snapshot", "zones", "first_year", "stay", "changes")
_STAY = ("grades", "siblings")


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file and check its shape.

    Raises
    ------
    ScenarioError
        With every fault of the file itself. Whether schools and blocks exist is checked where the
        scenario is applied.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as fault:
        raise InputError(f"The scenario `{path.name}` cannot be read. Check its path.") from fault
    except UnicodeDecodeError as fault:
        raise InputError(f"The scenario `{path.name}` is not UTF-8. Save it as UTF-8.") from fault
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"`{path.name}` is not TOML: {fault}.") from fault
    return _checked(ScenarioReader(path, content, toml_lines(text)))


def scenario_of(content: Mapping[str, Any]) -> Scenario:
    """A scenario from its content, such as a JSON object with the keys of a scenario file.

    Its changes name no files: ``assign`` holds the school of each block.

    Raises
    ------
    ScenarioError
        With every fault of the content itself.
    """
    reader = ScenarioReader(Path("scenario"), content, TomlLines({}, {}, otherwise=0))
    changes = content.get("changes")
    for change in changes if isinstance(changes, list) else ():
        if isinstance(change, dict) and ({"zones"} & set(change) or _names_file(change)):
            reader.fault(0, "changes name no files here. Give each block its school in `assign`.")
            raise ScenarioError(reader.faults)
    return _checked(reader)


def _names_file(change: Mapping[str, Any]) -> bool:
    return "assign" in change and not isinstance(change["assign"], dict)


def _checked(reader: ScenarioReader) -> Scenario:
    scenario = _read(reader)
    if reader.faults:
        raise ScenarioError(reader.faults)
    return scenario


def _read(reader: ScenarioReader) -> Scenario:
    content, lines = reader.content, reader.lines
    reader.unknown(content, _TOP, ("", 0))
    year = read_year(reader.text(content, "first_year", lines.of("first_year")))
    if year is None and isinstance(content.get("first_year"), str):
        reader.fault(
            lines.of("first_year"), "`first_year` must be a school year such as `2027-28`."
        )
    return Scenario(
        path=reader.path,
        id=reader.text(content, "id", lines.of("id")),
        names=_names(reader),
        region=reader.text(content, "region", lines.of("region")),
        zones=reader.text(content, "zones", lines.of("zones")),
        first_year=year or "",
        snapshot=reader.text(content, "snapshot", lines.of("snapshot"), needed=False),
        stay=_stay(reader),
        changes=read_changes(reader),
        lines=lines,
    )


def _names(reader: ScenarioReader) -> dict[str, str]:
    value = reader.content.get("name", {})
    if isinstance(value, str):
        return {"en": value}
    if isinstance(value, dict) and all(isinstance(name, str) for name in value.values()):
        return dict(value)
    reader.fault(
        reader.lines.of("name"), '`name` must be a text, or texts by language: { en = "…" }.'
    )
    return {}


def _stay(reader: ScenarioReader) -> Stay:
    value, line = reader.content.get("stay", {}), reader.lines.of("stay")
    if not isinstance(value, dict):
        reader.fault(line, '`stay` must be a table: `{ grades = ["05"], siblings = true }`.')
        return Stay()
    reader.unknown(value, _STAY, ("stay", 0))
    siblings = value.get("siblings", False)
    if not isinstance(siblings, bool):
        reader.fault(reader.lines.of("siblings", "stay"), "`siblings` must be `true` or `false`.")
    grades = reader.grades(value["grades"], "grades", line) if "grades" in value else ()
    return Stay(grades, bool(siblings))
