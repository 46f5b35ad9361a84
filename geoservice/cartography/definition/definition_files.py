"""Read map definitions from folders of TOML files; name file, line and remedy of each fault."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from geoservice.cartography.definition.definition import Definition
from geoservice.errors import InputError, NotFoundError

Position = tuple[int | str, ...]
"""Keys and indexes that lead to a value of a TOML file, as pydantic names them."""


@dataclass(frozen=True)
class DefinitionFolders:
    """The folders that hold map definitions.

    A definition in a later folder replaces the definition of the same id in an earlier folder.
    """

    folders: tuple[Path, ...]

    def definitions(self) -> tuple[Definition, ...]:
        """Return the well defined maps, sorted by id; `faults` describes the others."""
        definitions = []
        for path in self._paths().values():
            with suppress(InputError):
                definitions.append(read_definition(path))
        return tuple(definitions)

    def definition(self, map_id: str) -> Definition:
        """Return the definition of one map.

        Raises
        ------
        NotFoundError
            If no folder holds a map of this id.
        InputError
            If the definition has a fault.
        """
        paths = self._paths()
        if map_id not in paths:
            raise NotFoundError(f"There is no map of that name. Maps are: {', '.join(paths)}.")
        return read_definition(paths[map_id])

    def faults(self) -> list[str]:
        """Return the faults of all definitions: file, line and remedy."""
        messages = [fault for folder in self.folders if (fault := _folder_fault(folder))]
        for path in self._paths().values():
            try:
                read_definition(path)
            except InputError as fault:
                messages += fault.detail.splitlines()
        return messages

    def location(self, map_id: str, position: Sequence[int | str]) -> str:
        """Return file, line and key of a position in a definition, as the faults name it."""
        path = self._paths()[map_id]
        return _location(path, path.read_text("utf-8"), position).rstrip()

    def _paths(self) -> dict[str, Path]:
        """Return the file of each map id, sorted by id."""
        paths = {path.stem: path for folder in self.folders for path in folder.glob("*.toml")}
        return dict(sorted(paths.items()))


def read_definition(path: Path) -> Definition:
    """Read and check one definition; an unchanged file is read once.

    Raises
    ------
    InputError
        One line of text for each fault: file, line and remedy.
    """
    status = path.stat()
    if not path.is_file():
        raise InputError(f"`{path.name}` is not a file. Move it out of the folder of maps.")
    return _read(path, status.st_mtime_ns, status.st_size)


def _folder_fault(folder: Path) -> str:
    if folder.is_dir():
        return ""
    return f"The folder of map definitions `{folder.name}` does not exist. Correct its path."


@lru_cache(maxsize=256)
def _read(path: Path, _changed_ns: int, _size: int) -> Definition:
    """Read a definition; the time of change and the size are part of the cache's key."""
    text = _text(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"`{path.name}` is not TOML: {fault}. Correct it there.") from fault
    if "id" in content:
        raise InputError(_location(path, text, ("id",)) + "is the file's name. Remove the line.")
    try:
        return Definition.model_validate({**content, "id": path.stem})
    except ValidationError as fault:
        errors = fault.errors(include_url=False, include_input=False)
        raise InputError(
            "\n".join(_location(path, text, error["loc"]) + _remedy(error) for error in errors)
        ) from fault


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as fault:
        line = path.read_bytes()[: fault.start].count(b"\n") + 1
        raise InputError(
            f"`{path.name}`, line {line}: is not UTF-8. Save the file as UTF-8."
        ) from fault


def _remedy(error: Any) -> str:  # noqa: ANN401 - pydantic's record of an error
    remedies = {
        "missing": "is missing. Write it.",
        "extra_forbidden": "is not known. Take it out, or see `maps/schema.json` for what is.",
    }
    message: str = error["msg"].removeprefix("Value error, ")
    return remedies.get(error["type"], f"is wrong: {message[:1].lower()}{message[1:]}.")


def _location(path: Path, text: str, position: Sequence[int | str]) -> str:
    steps = (str(step + 1) if isinstance(step, int) else step for step in position)
    key = ".".join(steps) or "the map"
    return f"`{path.name}`, line {_line(text, position)}: `{key}` "


def _line(text: str, position: Sequence[int | str]) -> int:
    """Return the line of a key, or of the innermost enclosing table that the text has."""
    lines = dict(_positions(text))
    for end in range(len(position), 0, -1):
        if tuple(position[:end]) in lines:
            return lines[tuple(position[:end])]
    return 1


def _positions(text: str) -> Iterator[tuple[Position, int]]:
    """Yield the position and the line of each key and table of a TOML text."""
    table: Position = ()
    counts: dict[str, int] = {}
    for line_number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([\w.]+)\s*\]", line)
        key = re.match(r"\s*([\w.]+)\s*=", line)
        if header:
            name, *parts = header[2].split(".")
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
            table = (name, counts[name], *parts) if name in counts else (name, *parts)
            yield table, line_number
        elif key:
            yield (*table, *key[1].split(".")), line_number
            inner_keys = re.findall(r"[{,]\s*(\w+)\s*=", line)
            yield from (((*table, key[1], inner), line_number) for inner in inner_keys)
