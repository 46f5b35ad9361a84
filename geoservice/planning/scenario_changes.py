"""The changes of a scenario, read from its ``[[changes]]`` tables."""

from collections.abc import Mapping
from typing import Any

from geoservice.planning.scenario import Alter, Assign, AssignBlocks, Change, Close, Open, Redraw
from geoservice.planning.scenario_reader import ScenarioReader
from geoservice.region.rules import nearest

NEAREST_WITH_ROOM = "nearest_with_room"
_KINDS = {
    "assign": ("assign", "block", "school"),
    "zones": ("zones", "school"),
    "close": ("close", "to"),
    "open": ("open",),
    "school": ("school", "seats", "grades"),
}
"""Keys of a change, by the key that tells its kind."""
_OPEN = ("id", "name", "lon", "lat", "seats", "grades")
_MOST_DEGREES = {"lon": 180.0, "lat": 90.0}


def read_changes(reader: ScenarioReader) -> tuple[Change, ...]:
    """The changes in their order; faults go to the reader."""
    value = reader.content.get("changes", [])
    if not isinstance(value, list) or not all(isinstance(change, dict) for change in value):
        reader.fault(reader.lines.of("changes"), "`changes` must be written as [[changes]] tables.")
        return ()
    read = (_change(reader, change, number) for number, change in enumerate(value))
    return tuple(change for change in read if change is not None)


def _change(reader: ScenarioReader, table: Mapping[str, Any], number: int) -> Change | None:
    table_key = ("changes", number)
    kinds = [kind for kind in _KINDS if kind in table]
    if "assign" in kinds or "zones" in kinds:
        kinds = [kind for kind in kinds if kind != "school"]  # Here it names a column.
    line = reader.lines.of("", *table_key)
    if len(kinds) != 1:
        reader.fault(line, f"a change has exactly one of the keys {', '.join(_KINDS)}.")
        return None
    kind = kinds[0]
    reader.unknown(table, _KINDS[kind], table_key)
    line = reader.lines.of(kind, *table_key)
    if isinstance(table[kind], dict) and kind == "assign":
        return _assign_blocks(reader, table["assign"], line)
    if kind in ("assign", "zones"):
        path = reader.path.parent / reader.text(table, kind, line)
        school = reader.text(table, "school", line, needed=False) or "school"
        if kind == "zones":
            return Redraw(path, school, line)
        return Assign(
            path, reader.text(table, "block", line, needed=False) or "block", school, line
        )
    if kind == "close":
        return Close(reader.text(table, "close", line), _to(reader, table, table_key), line)
    if kind == "open":
        return _open(reader, table["open"], line)
    return _alter(reader, table, table_key)


def _assign_blocks(reader: ScenarioReader, table: Mapping[str, Any], line: int) -> AssignBlocks:
    """The pairs of an inline table."""
    if not all(isinstance(school, str) and school.strip() for school in table.values()):
        reader.fault(line, '`assign` must give each block a school: { "12" = "0101" }.')
        return AssignBlocks({}, line)
    return AssignBlocks({block: school.strip() for block, school in table.items()}, line)


def _to(
    reader: ScenarioReader, table: Mapping[str, Any], table_key: tuple[str, int]
) -> tuple[str, ...]:
    value, line = table.get("to", NEAREST_WITH_ROOM), reader.lines.of("to", *table_key)
    if value == NEAREST_WITH_ROOM:
        return ()
    schools = [value] if isinstance(value, str) else value
    if (
        not isinstance(schools, list)
        or not schools
        or not all(isinstance(target, str) for target in schools)
    ):
        reader.fault(line, f'`to` must be "{NEAREST_WITH_ROOM}" or a list of schools.')
        return ()
    return tuple(schools)


def _open(reader: ScenarioReader, table: Any, line: int) -> Open | None:  # noqa: ANN401
    if not isinstance(table, dict):
        reader.fault(line, "`open` must be a table with id, name, lon, lat, seats and grades.")
        return None
    missing = [key for key in _OPEN if key not in table and key != "name"]
    if missing:
        reader.fault(line, f"a school to open needs `{missing[0]}`.")
        return None
    for key, limit in _MOST_DEGREES.items():
        value = table[key]
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= limit:
            reader.fault(
                line, f"`{key}` must be degrees (WGS 84), between -{limit:g} and {limit:g}."
            )
            return None
    for key in table:
        if key not in _OPEN:
            reader.fault(
                line,
                f"there is no key `{key}`.{nearest(key, _OPEN)} Known are: {', '.join(_OPEN)}.",
            )
    school = reader.text(table, "id", line)
    return Open(
        school,
        str(table.get("name") or school),
        float(table["lon"]),
        float(table["lat"]),
        reader.seats(table["seats"], line),
        reader.grades(table["grades"], "grades", line),
        line,
    )


def _alter(reader: ScenarioReader, table: Mapping[str, Any], table_key: tuple[str, int]) -> Alter:
    line = reader.lines.of("school", *table_key)
    seats = grades = None
    if "seats" not in table and "grades" not in table:
        reader.fault(line, "a change of a school needs `seats` or `grades`.")
    if "seats" in table:
        seats = reader.seats(table["seats"], reader.lines.of("seats", *table_key))
    if "grades" in table:
        grades = reader.grades(table["grades"], "grades", reader.lines.of("grades", *table_key))
    return Alter(reader.text(table, "school", line), seats, grades, line)
