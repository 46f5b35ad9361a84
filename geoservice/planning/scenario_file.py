"""A scenario file, read from TOML and checked: every fault with its line and remedy."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoservice.errors import InputError
from geoservice.model.grades import expand_grades, read_grade
from geoservice.model.years import read_year
from geoservice.planning.toml_lines import TomlLines, toml_lines
from geoservice.region.rules import nearest

NEAREST_WITH_ROOM = "nearest_with_room"
_TOP = ("id", "name", "region", "snapshot", "zones", "first_year", "stay", "changes")
_STAY = ("grades", "siblings")
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


@dataclass(frozen=True)
class Fault:
    """A fault of a scenario or of a file that it names: file, line (0 for the whole file), text."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """As one sentence for the user."""
        return (
            f"`{self.file}` line {self.line}: {self.text}"
            if self.line
            else f"`{self.file}`: {self.text}"
        )


class ScenarioError(InputError):
    """A scenario with faults; the detail holds them all, one a line."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line)))
        texts = [str(fault) for fault in self.faults]
        super().__init__("\n".join(texts), faults=texts)


@dataclass(frozen=True)
class Assign:
    """Assign blocks: a table with a block and a school in each row."""

    path: Path
    block: str
    school: str
    line: int


@dataclass(frozen=True)
class Redraw:
    """Assign each block to the school of the proposed zone that holds it."""

    path: Path
    school: str
    line: int


@dataclass(frozen=True)
class Close:
    """Close a school: its students go to the nearest of ``to``.

    Where ``to`` is empty they go to the nearest open school that serves the grade and has room.
    """

    school: str
    to: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Open:
    """Open a school at a place in WGS 84 degrees."""

    id: str
    name: str
    lon: float
    lat: float
    seats: int
    grades: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Alter:
    """Change the seats or the grades of a school; None leaves them as they are."""

    school: str
    seats: int | None
    grades: tuple[str, ...] | None
    line: int


Change = Assign | Redraw | Close | Open | Alter


@dataclass(frozen=True)
class Stay:
    """Who may stay at the school of today: grades, and brothers and sisters of those who stay."""

    grades: tuple[str, ...] = ()
    siblings: bool = False


@dataclass(frozen=True)
class Scenario:
    """A scenario as its file states it.

    ``names`` are by language; ``snapshot`` is empty where the scenario holds for any.
    """

    path: Path
    id: str
    names: Mapping[str, str]
    region: str
    zones: str
    first_year: str
    snapshot: str
    stay: Stay
    changes: tuple[Change, ...]
    lines: TomlLines

    def fault(self, text: str, line: int = 0) -> Fault:
        """A fault of this file."""
        return Fault(self.path.name, line, text)


class _Reader:
    """Reads values of a scenario file, and gathers faults instead of stopping at the first."""

    def __init__(self, path: Path, content: Mapping[str, Any], lines: TomlLines) -> None:
        self.path, self.content, self.lines = path, content, lines
        self.faults: list[Fault] = []

    def fault(self, line: int, text: str) -> None:
        self.faults.append(Fault(self.path.name, line, text))

    def unknown(
        self, table: Mapping[str, Any], known: tuple[str, ...], at: tuple[str, int]
    ) -> None:
        """Report keys that nobody knows."""
        for key in table:
            if key not in known:
                hint = f"{nearest(key, known)} Known are: {', '.join(known)}."
                self.fault(self.lines.of(key, *at), f"there is no key `{key}`.{hint}")

    def text(self, table: Mapping[str, Any], key: str, line: int, *, needed: bool = True) -> str:
        value = table.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.fault(line, f"`{key}` must be a text that is not empty.")
            return ""
        return value.strip()

    def grades(self, value: Any, key: str, line: int) -> tuple[str, ...]:  # noqa: ANN401 - what TOML holds
        try:
            if isinstance(value, list):
                read = tuple(read_grade(str(grade)) for grade in value)
                if None not in read:
                    return tuple(grade for grade in read if grade is not None)
            elif isinstance(value, str):
                return expand_grades(value)
        except InputError:
            pass
        self.fault(line, f'`{key}` must be grades such as "KG-05" or ["04", "05"].')
        return ()

    def seats(self, value: Any, line: int) -> int:  # noqa: ANN401 - what TOML holds
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.fault(
                line,
                "`seats` must be a whole number above 0. Use `close` for a school without seats.",
            )
            return 1
        return value


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
    reader = _Reader(path, content, toml_lines(text))
    scenario = _read(reader)
    if reader.faults:
        raise ScenarioError(reader.faults)
    return scenario


def _read(reader: _Reader) -> Scenario:
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
        changes=_changes(reader),
        lines=lines,
    )


def _names(reader: _Reader) -> dict[str, str]:
    value = reader.content.get("name", {})
    if isinstance(value, str):
        return {"en": value}
    if isinstance(value, dict) and all(isinstance(name, str) for name in value.values()):
        return dict(value)
    reader.fault(
        reader.lines.of("name"), '`name` must be a text, or texts by language: { en = "…" }.'
    )
    return {}


def _stay(reader: _Reader) -> Stay:
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


def _changes(reader: _Reader) -> tuple[Change, ...]:
    value = reader.content.get("changes", [])
    if not isinstance(value, list) or not all(isinstance(change, dict) for change in value):
        reader.fault(reader.lines.of("changes"), "`changes` must be written as [[changes]] tables.")
        return ()
    read = (_change(reader, change, number) for number, change in enumerate(value))
    return tuple(change for change in read if change is not None)


def _change(reader: _Reader, table: Mapping[str, Any], number: int) -> Change | None:
    at = ("changes", number)
    kinds = [kind for kind in _KINDS if kind in table]
    if "assign" in kinds or "zones" in kinds:
        kinds = [kind for kind in kinds if kind != "school"]  # Here it names a column.
    line = reader.lines.tables.get(at, 1)
    if len(kinds) != 1:
        reader.fault(line, f"a change has exactly one of the keys {', '.join(_KINDS)}.")
        return None
    kind = kinds[0]
    reader.unknown(table, _KINDS[kind], at)
    line = reader.lines.of(kind, *at)
    if kind in ("assign", "zones"):
        path = reader.path.parent / reader.text(table, kind, line)
        school = reader.text(table, "school", line, needed=False) or "school"
        if kind == "zones":
            return Redraw(path, school, line)
        return Assign(
            path, reader.text(table, "block", line, needed=False) or "block", school, line
        )
    if kind == "close":
        return Close(reader.text(table, "close", line), _to(reader, table, at), line)
    if kind == "open":
        return _open(reader, table["open"], line)
    return _alter(reader, table, at)


def _to(reader: _Reader, table: Mapping[str, Any], at: tuple[str, int]) -> tuple[str, ...]:
    value, line = table.get("to", NEAREST_WITH_ROOM), reader.lines.of("to", *at)
    if value == NEAREST_WITH_ROOM:
        return ()
    schools = [value] if isinstance(value, str) else value
    if (
        not isinstance(schools, list)
        or not schools
        or not all(isinstance(one, str) for one in schools)
    ):
        reader.fault(line, f'`to` must be "{NEAREST_WITH_ROOM}" or a list of schools.')
        return ()
    return tuple(schools)


def _open(reader: _Reader, table: Any, line: int) -> Open | None:  # noqa: ANN401 - what TOML holds
    if not isinstance(table, dict):
        reader.fault(line, "`open` must be a table with id, name, lon, lat, seats and grades.")
        return None
    missing = [key for key in _OPEN if key not in table and key != "name"]
    if missing:
        reader.fault(line, f"a school to open needs `{missing[0]}`.")
        return None
    for key, most in _MOST_DEGREES.items():
        value = table[key]
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= most:
            reader.fault(line, f"`{key}` must be degrees (WGS 84), between -{most:g} and {most:g}.")
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


def _alter(reader: _Reader, table: Mapping[str, Any], at: tuple[str, int]) -> Alter:
    line = reader.lines.of("school", *at)
    seats = grades = None
    if "seats" not in table and "grades" not in table:
        reader.fault(line, "a change of a school needs `seats` or `grades`.")
    if "seats" in table:
        seats = reader.seats(table["seats"], reader.lines.of("seats", *at))
    if "grades" in table:
        grades = reader.grades(table["grades"], "grades", reader.lines.of("grades", *at))
    return Alter(reader.text(table, "school", line), seats, grades, line)
