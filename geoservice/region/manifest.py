"""``region.toml``: what each of the district's files is, checked as it is read."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyproj

from geoservice.errors import InputError, UnknownRegionError
from geoservice.model.grades import expand_grades
from geoservice.model.region import (
    AreaSetInfo,
    RegionInfo,
    SourceInfo,
    WalkingRules,
    ZoneSetInfo,
)
from geoservice.model.years import read_year
from geoservice.region.field_list import check_fields
from geoservice.region.release_rules import read_min_n, read_release
from geoservice.region.rules import NAME, TEXT, Kinds, check_keys, read_rules, read_scheme
from geoservice.region.walking import read_walking

PLANNING_KINDS = ("blocks", "hazards", "births", "housing")
"""Files that planning reads when a command needs them; no snapshot holds them."""
KINDS = (
    *("streets", "addresses", "aliases", "schools", "seats", "ratings", "zones", "areas"),
    *PLANNING_KINDS,
)
_SINGLE = ("schools",)
_UNITS = ("zones", "areas")
_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")
_TOP: Kinds = {
    "id": TEXT, "name": TEXT, "metric_crs": TEXT, "school_year": TEXT, "min_n": (), "min_n_below_5": (bool,),
    "bands": (dict,), "rating_schemes": (dict,), "measures": (dict,), "release": (dict,), "walking": (dict,), **dict.fromkeys(KINDS, (list, dict)),
}  # fmt: skip
_DATASET: Kinds = {
    **dict.fromkeys(("file", "layer", "sheet", "encoding", "crs", "where", "source", "licence", "id", "name", "scheme"), TEXT),
    "date": (), "defaults": (dict,), "fields": (dict,), "grades": (str, list, dict), "header_row": (),
    "schools": (str, dict),
}  # fmt: skip
_TAKEN = {"school": "schools", "hexagons": "hexagons"}
"""Ids of kinds of units that every region has."""
_BANDS = {"K-5": "TK-05", "6-8": "06-08", "9-12": "09-12"}


@dataclass(frozen=True)
class Dataset:
    """One file of the region: where it lies, how to read it, what its columns mean.

    ``level_grades`` are the grades of schools by level, ``links`` the table that links zones to
    their schools.
    """

    kind: str
    id: str
    path: Path
    fields: Mapping[str, str]
    defaults: Mapping[str, str] = field(default_factory=dict)
    layer: str | None = None
    encoding: str | None = None
    crs: str | None = None
    where: str | None = None
    grades: tuple[str, ...] = ()
    scheme: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    level_grades: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    links: "Dataset | None" = None

    @property
    def label(self) -> str:
        """How messages name the dataset."""
        return f"{self.kind} ({self.path.name})"


@dataclass(frozen=True)
class Manifest:
    """A region's rules and datasets, in the manifest's order."""

    folder: Path
    info: RegionInfo
    datasets: tuple[Dataset, ...]
    walking: WalkingRules


def load_manifest(folder: Path) -> Manifest:
    """Read and check ``region.toml`` of a folder.

    Raises
    ------
    UnknownRegionError
        Where there is no such file.
    InputError
        Where it is not TOML or a key is missing, unknown or of the wrong kind.
    """
    path = folder / NAME
    if not path.is_file():
        raise UnknownRegionError(
            f"There is no `{NAME}` in the folder `{folder.name}`. Write one with "
            "`geoservice region init FOLDER`."
        )
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InputError(f"`{NAME}` is not TOML: {fault}.") from fault
    return read_manifest(text, folder)


def read_manifest(text: str, folder: Path) -> Manifest:
    """The manifest of a text, checked; ``folder`` is where its files lie.

    Raises
    ------
    InputError
        Where it is not TOML or a key is missing, unknown or of the wrong kind.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"`{NAME}` is not TOML: {fault}.") from fault
    check_keys(content, _TOP, "")
    datasets = tuple(_datasets(content, folder))
    walking = read_walking(content.get("walking", {}))
    return Manifest(folder, _info(content, datasets), datasets, walking)


def _info(content: Mapping[str, Any], datasets: tuple[Dataset, ...]) -> RegionInfo:
    region_id = _text(content, "id", "")
    if not _ID.match(region_id):
        raise InputError(
            f"`{NAME}`: `id` must be made of small letters, digits and hyphens, at most 63."
        )
    sources = tuple(
        SourceInfo(kind, Path(str(one["file"])).name, *(str(one.get(key, "")) for key in
                   ("source", "date", "licence")))
        for kind, one in _entries(content)
    )  # fmt: skip
    return RegionInfo(
        id=region_id,
        name=str(content.get("name") or region_id),
        metric_crs=_metric_crs(_text(content, "metric_crs", "")),
        school_year=_school_year(str(content.get("school_year", ""))),
        min_n=read_min_n(content),
        bands=_bands(content),
        schemes=tuple(read_scheme(*one) for one in content.get("rating_schemes", {}).items()),
        zone_sets=tuple(ZoneSetInfo(one.id, one.grades) for one in datasets if one.kind == "zones"),
        area_sets=tuple(
            AreaSetInfo(str(one["id"]), str(one.get("name", one["id"])))
            for kind, one in _entries(content)
            if kind == "areas"
        ),
        sources=sources,
        measures=read_rules(content.get("measures", {})),
        release=read_release(content.get("release", {})),
    )


def _metric_crs(text: str) -> str:
    try:
        crs = pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as fault:
        raise InputError(
            f"`{NAME}`: `metric_crs` is no CRS that is known. Write for example `EPSG:26910`."
        ) from fault
    units = {axis.unit_name for axis in crs.axis_info}
    if not crs.is_projected or units != {"metre"}:
        raise InputError(
            f"`{NAME}`: `metric_crs` must be projected and in metres, for example the UTM zone of "
            "the region."
        )
    return text


def _school_year(text: str) -> str:
    year = read_year(text)
    if text and year is None:
        raise InputError(f"`{NAME}`: `school_year` must be a school year such as `2023-24`.")
    return year or ""


def _bands(content: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    given = content.get("bands") or _BANDS
    for name in given:
        if name.strip().lower() in ("", "all"):
            raise InputError(f"`{NAME}` [bands]: `all` stands for all grades, so no band may be called so, or nothing.")  # fmt: skip
    return {name: _grades(grades, f" [bands]: `{name}`") for name, grades in given.items()}


def _grades(given: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401 - what TOML holds
    if not isinstance(given, str | list):
        raise InputError(f"`{NAME}`{where} must be a text or a list of grades.")
    try:
        return expand_grades(given if isinstance(given, str) else ",".join(map(str, given)))
    except InputError as fault:
        raise InputError(f"`{NAME}`{where}: {fault}") from fault


def _entries(content: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for kind in KINDS:
        given = content.get(kind, [])
        entries = [given] if isinstance(given, dict) else given
        if kind in _SINGLE and len(entries) > 1:
            raise InputError(f"`{NAME}`: write [{kind}] once, not as [[{kind}]].")
        found += [(kind, entry) for entry in entries]
    return found


def _datasets(content: Mapping[str, Any], folder: Path) -> list[Dataset]:
    found: list[Dataset] = []
    for kind, entry in _entries(content):
        one = _dataset(kind, entry, folder)
        _refuse_taken(one, found)
        schemes = content.get("rating_schemes", {})
        if kind == "ratings" and one.scheme not in schemes:
            raise InputError(
                f"`{NAME}` [[ratings]]: `scheme` must name one of [rating_schemes.…]: "
                f"{', '.join(schemes) or 'there is none'}."
            )
        found.append(one)
    return found


def _refuse_taken(one: Dataset, before: list[Dataset]) -> None:
    """Raise where the id of a set of zones or areas names another kind of units."""
    if one.kind not in _UNITS:
        return
    if one.id in _TAKEN:
        raise InputError(f"`{NAME}` [[{one.kind}]]: the id `{one.id}` stands for {_TAKEN[one.id]}. Choose another.")  # fmt: skip
    other = next((two for two in before if two.kind in _UNITS and two.id == one.id), None)
    if other is not None:
        both = f"two [[{one.kind}]]" if other.kind == one.kind else "[[zones]] and [[areas]]"
        raise InputError(f"`{NAME}`: {both} have the id `{one.id}`.")


def _dataset(kind: str, entry: Mapping[str, Any], folder: Path) -> Dataset:
    where = f" [[{kind}]]"
    check_keys(entry, _DATASET, where)
    set_id = _text(entry, "id", where) if kind in _UNITS else kind
    if kind in _UNITS and not _ID.match(set_id):
        raise InputError(f"`{NAME}`{where}: `id` must be small letters, digits and hyphens.")
    fields = {str(ours): str(theirs) for ours, theirs in entry.get("fields", {}).items()}
    # `schools` names a file, not a column; it is taken from among the fields too.
    links = entry.get("schools", fields.pop("schools", None) if kind == "zones" else None)
    check_fields(kind, fields, "fields")
    check_fields(kind, entry.get("defaults", {}), "defaults")
    grades = entry.get("grades", "")
    by_level = grades if isinstance(grades, dict) else {}
    if by_level and kind != "schools":
        raise InputError(f"`{NAME}`{where}: `grades` must be a text or a list of grades.")
    return Dataset(
        kind=kind,
        id=set_id,
        path=(folder / _text(entry, "file", where)),
        fields=fields,
        defaults={str(key): str(value) for key, value in entry.get("defaults", {}).items()},
        layer=_optional_text(entry, "layer"),
        sheet=_optional_text(entry, "sheet"),
        header_row=_header_row(entry, where),
        encoding=entry.get("encoding"),
        crs=entry.get("crs"),
        where=entry.get("where"),
        grades=_grades(grades, f"{where}: `grades`") if grades and not by_level else (),
        scheme=entry.get("scheme"),
        level_grades={
            level.strip().casefold(): _grades(given, f" [{kind}.grades]: `{level}`")
            for level, given in by_level.items()
        },
        links=_links(links, kind, folder),
    )


def _optional_text(table: Mapping[str, Any], key: str) -> str | None:
    """A text, also where it is written as a number: a sheet may be called 2024."""
    value = table.get(key)
    return None if value is None else str(value)


def _header_row(table: Mapping[str, Any], where: str) -> int | None:
    row = table.get("header_row")
    if row is not None and (not isinstance(row, int) or isinstance(row, bool) or row < 1):
        raise InputError(f"`{NAME}`{where}: `header_row` is the number of a line, 1 for the first.")
    return row


def _links(given: Any, kind: str, folder: Path) -> Dataset | None:  # noqa: ANN401 - what TOML holds
    """The table that links zones to schools: a file, or a table with `file` and `fields`."""
    if given is None:
        return None
    if kind != "zones":
        raise InputError(f"`{NAME}` [[{kind}]]: only [[zones]] may name `schools`.")
    entry = given if isinstance(given, dict) else {"file": given}
    return _dataset("links", entry, folder)


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if value is None or str(value) == "":
        raise InputError(f"`{NAME}`{where}: `{key}` is missing.")
    return str(value)
