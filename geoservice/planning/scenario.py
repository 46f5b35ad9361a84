"""A scenario: changes of boundaries, schools and grades, and its possible faults."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geoservice.errors import InputError
from geoservice.planning.toml_lines import TomlLines


@dataclass(frozen=True)
class Fault:
    """A fault of a scenario or of its files: file, line (0 for the whole file), text."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return the fault as a sentence for the user."""
        return (
            f"`{self.file}` line {self.line}: {self.text}"
            if self.line
            else f"`{self.file}`: {self.text}"
        )


class ScenarioError(InputError):
    """A scenario with faults; the detail lists the faults, a line each."""

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
class AssignBlocks:
    """Assign blocks: ``schools`` holds the school of each block by the block's id."""

    schools: Mapping[str, str]
    line: int


@dataclass(frozen=True)
class Redraw:
    """Assign each block to the school of the proposed zone that contains it."""

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


Change = Assign | AssignBlocks | Redraw | Close | Open | Alter


@dataclass(frozen=True)
class Stay:
    """The students who may stay at their school of today: grades, and siblings of such students."""

    grades: tuple[str, ...] = ()
    siblings: bool = False


@dataclass(frozen=True)
class Scenario:
    """A scenario as its file states it.

    ``names`` are by language. ``snapshot`` is empty if the scenario holds for every snapshot.
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
