"""Map definitions: one TOML file each, of a closed vocabulary."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from geoservice.errors import InputError, NotFoundError

KINDS = ("reference", "zones", "ratings", "coverage")
LAYERS = ("areas", "zones", "streets", "schools")
_KEYS = {"title", "question", "kind", "layers", "method"}


@dataclass(frozen=True)
class Definition:
    """What one map shows and says."""

    id: str
    title: str
    question: str
    kind: str
    layers: tuple[str, ...]
    method: str = ""

    @property
    def of_students(self) -> bool:
        """True where the map needs a data set of students."""
        return self.kind == "coverage"


def load_definitions(folder: Path) -> tuple[Definition, ...]:
    """All maps of a folder, sorted by id."""
    return tuple(read_definition(path) for path in sorted(folder.glob("*.toml")))


def find_definition(folder: Path, map_id: str) -> Definition:
    """One map by id."""
    known = sorted(path.stem for path in folder.glob("*.toml"))
    if map_id not in known:
        raise NotFoundError(f"There is no map of that name. Maps are: {', '.join(known)}.")
    return read_definition(folder / f"{map_id}.toml")


def read_definition(path: Path) -> Definition:
    """One definition, checked.

    Raises
    ------
    InputError
        Names the file, the line where it can be told, and the remedy.
    """
    text = path.read_text("utf-8")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"`{path.name}` is not TOML: {fault}.") from fault
    for key in content:
        if key not in _KEYS:
            raise _fault(path, text, key, f"unknown key; known are {', '.join(sorted(_KEYS))}")
    for key in ("title", "question", "kind", "layers"):
        if key not in content:
            raise InputError(f"`{path.name}`: `{key}` is missing.")
    if content["kind"] not in KINDS:
        raise _fault(path, text, "kind", f"must be one of {', '.join(KINDS)}")
    layers = content["layers"]
    if not isinstance(layers, list) or not layers or set(map(str, layers)) - set(LAYERS):
        raise _fault(path, text, "layers", f"must list some of {', '.join(LAYERS)}")
    texts = {key: str(content.get(key, "")) for key in ("title", "question", "kind", "method")}
    return Definition(id=path.stem, layers=tuple(layers), **texts)


def _fault(path: Path, text: str, key: str, problem: str) -> InputError:
    lines = [at for at, line in enumerate(text.splitlines(), 1) if line.startswith(key)]
    return InputError(f"`{path.name}`, line {lines[0] if lines else 1}: `{key}` {problem}.")
