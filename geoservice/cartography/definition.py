"""Map definitions: one TOML file each, of a closed vocabulary that editors complete by its schema."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from geoservice.cartography.view_rules import bars_fault, name_fault, view_fault
from geoservice.errors import InputError, NotFoundError
from geoservice.measures.available import lacking
from geoservice.measures.measure import LIST, RATINGS, ZONES
from geoservice.measures.registry import MEASURES
from geoservice.reference.snapshot import Reference

Kind = Literal["reference", "zones", "ratings", "utilisation", "units", "hexagons", "flows",
               "destinations", "draw", "edges", "matrix"]  # fmt: skip
LayerName = Literal["areas", "zones", "streets", "schools", "quality_schools"]
Unit = Literal["share", "students", "gap", "seats", "miles", "rank", "per_100"]
Palette = Literal["YlGnBu", "Blues", "Purples", "YlOrBr", "PuOr", "Greys"]
MEASURE_IDS = tuple(MEASURES)
_MEASURES_OF = {
    "flows": ("flows",),
    "destinations": ("zone_destinations",),
    "draw": ("school_draw",),
    "utilisation": ("utilisation",),
}
"""Measures of kinds of maps that show one without a view."""
_NEEDS_OF = {"ratings": (RATINGS,), "zones": (ZONES,), "edges": (RATINGS, ZONES)}
"""What kinds of maps that show no measure need."""
_SETS_OF = {"flows": "areas", "destinations": "zones", "hexagons": ""}
"""The sets of units that kinds of maps need, where these are not those of their views."""
_OF_HOMES = ("hexagons", "flows", "destinations", "draw")
"""Kinds of maps that show where students live."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wording(_Strict):
    """A text in every language."""

    en: str = Field(min_length=1)
    es: str = Field(min_length=1)

    def of(self, lang: str) -> str:
        """The text in a language."""
        return self.es if lang == "es" else self.en


class Classes(_Strict):
    """How numbers become classes, over all years and views that share them."""

    scheme: Literal["fixed", "quantiles", "fisher_jenks", "equal_interval"] = "quantiles"
    count: int = Field(default=5, ge=2, le=7, description="Number of classes, unless fixed.")
    breaks: tuple[float, ...] = Field(
        default=(), description="Upper ends of all classes but the last."
    )
    palette: Palette = "YlGnBu"
    reverse: bool = Field(default=False, description="True where small numbers get the dark end.")

    @model_validator(mode="after")
    def _check_breaks(self) -> "Classes":
        if self.scheme == "fixed" and (
            not 1 <= len(self.breaks) <= 6 or list(self.breaks) != sorted(set(self.breaks))
        ):
            raise ValueError("needs 1 to 6 rising `breaks` where the scheme is `fixed`")
        return self


class View(_Strict):
    """One measure to show; a figure with several shows one at a time."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    measure: str = Field(json_schema_extra={"enum": list(MEASURE_IDS)})
    part: str = ""
    unit: Unit
    title: Wording
    classes: Classes = Classes()
    bars: Literal["", "rating"] = Field(
        default="",
        description="`rating` adds bars, columns and lines of cards by rating of the school attended.",
    )

    @field_validator("measure")
    @classmethod
    def _check_measure(cls, measure: str) -> str:
        if measure not in MEASURE_IDS:
            raise ValueError(f"no such measure; there are {', '.join(MEASURE_IDS)}")
        return measure

    @field_validator("id")
    @classmethod
    def _check_id(cls, name: str) -> str:
        if fault := name_fault(name):
            raise ValueError(fault)
        return name

    @model_validator(mode="after")
    def _check_view(self) -> "View":
        if fault := view_fault(self.measure, self.part, self.unit):
            raise ValueError(fault)
        if self.bars and (fault := bars_fault(self.measure)):
            raise ValueError(fault)
        return self


class Definition(_Strict):
    """What one map asks, shows and says."""

    id: str = Field(default="", exclude=True, description="The file's name; not written in it.")
    kind: Kind
    title: Wording
    question: Wording
    method: Wording
    layers: tuple[LayerName, ...] = Field(default=(), description="Context, the lowest first.")
    units: Literal["areas", "zones"] = "areas"
    band: Literal["first", "all", "only_all"] = Field(
        default="all",
        description="The band where none is chosen; `only_all` is shown for all grades, whatever is chosen.",
    )
    years: Literal["one", "all"] = Field(default="one", description="`all` makes a frame per year.")
    labels: Literal["value", "rank", "none"] = "value"
    views: tuple[View, ...] = ()
    radius_miles: float = Field(default=1.0, gt=0, le=20, description="What counts as nearby.")

    @property
    def is_released(self) -> bool:
        """True where the map shows measures, of years of which there are such."""
        return bool(self.views) or self.kind in _OF_HOMES

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of the measures that it shows."""
        return (*_MEASURES_OF.get(self.kind, ()), *(view.measure for view in self.views))

    def lacking(self, reference: Reference) -> tuple[str, ...]:
        """Return the sections of ``region.toml`` without which the map has no data at all."""
        info = reference.info
        sets = {"areas": info.area_sets, "zones": info.zone_sets}
        by = _SETS_OF.get(self.kind, self.units if self.views else "")
        if by and not sets[by]:
            return (f"[[{by}]]",)
        missing = [lacking(MEASURES[measure].needs, reference) for measure in self.measures]
        own = lacking(_NEEDS_OF.get(self.kind, ()), reference)
        return own or (missing[0] if missing and all(missing) else ())

    @property
    def of_students(self) -> bool:
        """True where the map shows nothing without students: the measures of all its views need them."""
        by_home = self.kind in _OF_HOMES
        return by_home or (
            bool(self.views) and all(LIST in MEASURES[one.measure].needs for one in self.views)
        )

    @model_validator(mode="after")
    def _check_views(self) -> "Definition":
        if self.kind in ("units", "matrix") and not self.views:
            raise ValueError("needs `[[views]]` for a map of this kind")
        if len({one.id for one in self.views}) != len(self.views):
            raise ValueError("has two `[[views]]` of one id")
        return self

    @model_validator(mode="after")
    def _check_hexagons(self) -> "Definition":
        for view in self.views if self.kind == "hexagons" else ():
            if not MEASURES[view.measure].is_of_homes:
                raise ValueError(
                    f"has the view `{view.id}` of `{view.measure}`, which is not counted by home; "
                    "a map of hexagons shows measures of homes alone"
                )
        return self

    @model_validator(mode="after")
    def _check_bars(self) -> "Definition":
        barred = [one for one in self.views if one.bars]
        if len(barred) > 1:
            raise ValueError("has two `[[views]]` with `bars`; leave one")
        if barred and (self.kind, self.units, self.years) != ("units", "areas", "one"):
            raise ValueError("has `bars`, which only maps of areas in one year can show")
        if barred and "schools" not in self.layers:
            raise ValueError(
                "has `bars`, whose colours the legend of schools tells; add `schools` to `layers`"
            )
        return self


def load_definitions(folder: Path) -> tuple[Definition, ...]:
    """All maps of a folder that are well defined, sorted by id; `faults` tells of the others."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        with suppress(InputError):
            found.append(read_definition(path))
    return tuple(found)


def find_definition(folder: Path, map_id: str) -> Definition:
    """One map by id."""
    known = sorted(path.stem for path in folder.glob("*.toml"))
    if map_id not in known:
        raise NotFoundError(f"There is no map of that name. Maps are: {', '.join(known)}.")
    return read_definition(folder / f"{map_id}.toml")


def read_definition(path: Path) -> Definition:
    """One definition, checked; a file that did not change is not read again.

    Raises
    ------
    InputError
        Names the file, the line and the remedy; a line of text for each fault.
    """
    about = path.stat()
    if not path.is_file():
        raise InputError(f"`{path.name}` is no file. Move it out of the folder of maps.")
    return _read(path, about.st_mtime_ns, about.st_size)


def faults(folder: Path) -> list[str]:
    """What is wrong with the definitions of a folder: file, line, remedy."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            read_definition(path)
        except InputError as fault:
            found += fault.detail.splitlines()
    return found


def place_of(folder: Path, map_id: str, place: Sequence[int | str]) -> str:
    """File, line and key of a place of a definition, as faults name it."""
    path = folder / f"{map_id}.toml"
    return _where(path, path.read_text("utf-8"), place).rstrip()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a definition's file, which editors complete by."""
    schema = Definition.model_json_schema()
    del schema["properties"]["id"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> Definition:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as fault:
        line = path.read_bytes()[: fault.start].count(b"\n") + 1
        raise InputError(f"`{path.name}`, line {line}: is not UTF-8. Save the file as UTF-8.") from fault  # fmt: skip
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"`{path.name}` is not TOML: {fault}. Correct it there.") from fault
    if "id" in content:
        raise InputError(_where(path, text, ("id",)) + "is the file's name. Take the line out.")
    try:
        return Definition.model_validate({**content, "id": path.stem})
    except ValidationError as fault:
        found = fault.errors(include_url=False, include_input=False)
        raise InputError(
            "\n".join(_where(path, text, one["loc"]) + _remedy(one) for one in found)
        ) from fault


def _remedy(fault: Any) -> str:  # noqa: ANN401 - pydantic's record of a fault
    known = {
        "missing": "is missing. Write it.",
        "extra_forbidden": "is not known. Take it out, or see `maps/schema.json` for what is.",
    }
    said: str = fault["msg"].removeprefix("Value error, ")
    return known.get(fault["type"], f"is wrong: {said[:1].lower()}{said[1:]}.")


def _where(path: Path, text: str, place: Sequence[int | str]) -> str:
    named = ".".join(str(one + 1) if isinstance(one, int) else one for one in place) or "the map"
    return f"`{path.name}`, line {_line(text, place)}: `{named}` "


def _line(text: str, place: Sequence[int | str]) -> int:
    """The line of a key, or of the innermost table above it that is there."""
    lines = dict(_places(text))
    for end in range(len(place), 0, -1):
        if tuple(place[:end]) in lines:
            return lines[tuple(place[:end])]
    return 1


def _places(text: str) -> Iterator[tuple[tuple[int | str, ...], int]]:
    """Where each key and table begins, as pydantic names places."""
    table: tuple[int | str, ...] = ()
    counts: dict[str, int] = {}
    for at, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([\w.]+)\s*\]", line)
        key = re.match(r"\s*([\w.]+)\s*=", line)
        if header:
            first, *rest = header[2].split(".")
            if header[1] == "[[":
                counts[first] = counts.get(first, -1) + 1
            table = (first, counts[first], *rest) if first in counts else (first, *rest)
            yield table, at
        elif key:
            yield (*table, *key[1].split(".")), at
            inner = re.findall(r"[{,]\s*(\w+)\s*=", line)
            yield from (((*table, key[1], one), at) for one in inner)
