"""Values of a scenario's tables, checked; faults are gathered with their lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoservice.errors import InputError
from geoservice.model.grades import expand_grades, read_grade
from geoservice.planning.scenario import Fault
from geoservice.planning.toml_lines import TomlLines
from geoservice.region.rules import nearest


class ScenarioReader:
    """Reads values of a scenario file, and gathers faults instead of stopping at the first."""

    def __init__(self, path: Path, content: Mapping[str, Any], lines: TomlLines) -> None:
        self.path, self.content, self.lines = path, content, lines
        self.faults: list[Fault] = []

    def fault(self, line: int, text: str) -> None:
        """Add a fault of this file."""
        self.faults.append(Fault(self.path.name, line, text))

    def unknown(
        self, table: Mapping[str, Any], keys: tuple[str, ...], table_key: tuple[str, int]
    ) -> None:
        """Report unknown keys."""
        for key in table:
            if key not in keys:
                hint = f"{nearest(key, keys)} Known are: {', '.join(keys)}."
                self.fault(self.lines.of(key, *table_key), f"there is no key `{key}`.{hint}")

    def text(self, table: Mapping[str, Any], key: str, line: int, *, needed: bool = True) -> str:
        """Return a text without surrounding spaces; empty if it is missing or faulty."""
        value = table.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.fault(line, f"`{key}` must be a text that is not empty.")
            return ""
        return value.strip()

    def grades(self, value: Any, key: str, line: int) -> tuple[str, ...]:  # noqa: ANN401
        """Grades as CEDS codes; none where they are faulty."""
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
        """Seats, above 0; 1 if they are faulty."""
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.fault(
                line,
                "`seats` must be a whole number above 0. Use `close` for a school without seats.",
            )
            return 1
        return value
