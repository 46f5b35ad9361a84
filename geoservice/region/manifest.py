"""The manifest ``region.toml``: a description of each file of the region, with checks."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geoservice.errors import InputError, UnknownRegionError
from geoservice.model.region import (
    AreaSetInfo,
    RegionInfo,
    SourceInfo,
    WalkingRules,
    ZoneSetInfo,
)
from geoservice.region.field_list import check_fields
from geoservice.region.manifest_values import (
    optional_text,
    read_bands,
    read_ground,
    read_header_row,
    read_listed_grades,
    read_metric_crs,
    read_school_year,
    required_text,
)
from geoservice.region.release_rules import read_min_n, read_release
from geoservice.region.rules import (
    NAME,
    NAMES,
    TEXT,
    Kinds,
    check_keys,
    read_names,
    read_rules,
    read_scheme,
)
from geoservice.region.walking import read_walking

PLANNING_KINDS = ("blocks", "hazards", "births", "housing")
"""Files for planning commands; snapshots do not contain them."""
KINDS = (
    *("streets", "addresses", "aliases", "schools", "seats", "ratings", "zones", "areas"),
    "background",
    *PLANNING_KINDS,
)
_SINGLE = ("schools",)
_UNITS = ("zones", "areas")
_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")
_TOP: Kinds = {
    "id": TEXT,
    "name": NAMES,
    "metric_crs": TEXT,
    "school_year": TEXT,
    "min_n": (),
    "min_n_below_5": (bool,),
    "bands": (dict,),
    "rating_schemes": (dict,),
    "measures": (dict,),
    "release": (dict,),
    "walking": (dict,),
    **dict.fromkeys(KINDS, (list, dict)),
}
_DATASET: Kinds = {
    **dict.fromkeys(
        (
            "file",
            "layer",
            "sheet",
            "encoding",
            "crs",
            "where",
            "source",
            "licence",
            "id",
            "scheme",
            "kind",
        ),
        TEXT,
    ),
    "name": NAMES,
    "date": (),
    "defaults": (dict,),
    "fields": (dict,),
    "grades": (str, list, dict),
    "header_row": (),
    "schools": (str, dict),
}
_TAKEN = {"school": "schools", "hexagons": "hexagons"}
"""Ids with a fixed meaning in every region."""


@dataclass(frozen=True)
class Dataset:
    """A file of the region: its path, its format and the meaning of its columns.

    ``ground`` is the kind of a background layer. ``level_grades`` holds the grades of schools by
    level. ``links`` is the table that links zones to schools.
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
    ground: str = ""
    level_grades: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    links: "Dataset | None" = None

    @property
    def label(self) -> str:
        """The name of the dataset in messages."""
        return f"{self.kind} ({self.path.name})"


@dataclass(frozen=True)
class Manifest:
    """A region's rules and datasets, in the manifest's order."""

    folder: Path
    info: RegionInfo
    datasets: tuple[Dataset, ...]
    walking: WalkingRules


def load_manifest(folder: Path) -> Manifest:
    """Return the checked manifest of a folder.

    Raises
    ------
    UnknownRegionError
        If the folder has no ``region.toml``.
    InputError
        If it is not TOML, or a key is missing, unknown or of the wrong type.
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
    """Return the checked manifest of a text; ``folder`` contains the files.

    Raises
    ------
    InputError
        If it is not TOML, or a key is missing, unknown or of the wrong type.
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
    region_id = required_text(content, "id", "")
    if not _ID.match(region_id):
        raise InputError(
            f"`{NAME}`: `id` must consist of lowercase letters, digits and hyphens, at most 63."
        )
    sources = tuple(
        SourceInfo(
            kind,
            Path(str(entry["file"])).name,
            *(str(entry.get(key, "")) for key in ("source", "date", "licence")),
        )
        for kind, entry in _entries(content)
    )
    name, names = read_names(content, "")
    return RegionInfo(
        id=region_id,
        name=name or region_id,
        names=names,
        metric_crs=read_metric_crs(required_text(content, "metric_crs", "")),
        school_year=read_school_year(str(content.get("school_year", ""))),
        min_n=read_min_n(content),
        bands=read_bands(content),
        schemes=tuple(read_scheme(*scheme) for scheme in content.get("rating_schemes", {}).items()),
        zone_sets=tuple(
            ZoneSetInfo(dataset.id, dataset.grades, *read_names(entry, " [[zones]]"))
            for dataset, (_, entry) in zip(datasets, _entries(content), strict=True)
            if dataset.kind == "zones"
        ),
        area_sets=tuple(_area_set(entry) for kind, entry in _entries(content) if kind == "areas"),
        sources=sources,
        measures=read_rules(content.get("measures", {})),
        release=read_release(content.get("release", {})),
    )


def _area_set(entry: Mapping[str, Any]) -> AreaSetInfo:
    name, names = read_names(entry, " [[areas]]")
    return AreaSetInfo(str(entry["id"]), name or str(entry["id"]), names)


def _entries(content: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    sections = []
    for kind in KINDS:
        value = content.get(kind, [])
        entries = [value] if isinstance(value, dict) else value
        if kind in _SINGLE and len(entries) > 1:
            raise InputError(f"`{NAME}`: write [{kind}] once, not as [[{kind}]].")
        sections += [(kind, entry) for entry in entries]
    return sections


def _datasets(content: Mapping[str, Any], folder: Path) -> list[Dataset]:
    datasets: list[Dataset] = []
    for kind, entry in _entries(content):
        dataset = _dataset(kind, entry, folder)
        _refuse_taken(dataset, datasets)
        schemes = content.get("rating_schemes", {})
        if kind == "ratings" and dataset.scheme not in schemes:
            raise InputError(
                f"`{NAME}` [[ratings]]: `scheme` must name one of [rating_schemes.…]: "
                f"{', '.join(schemes) or 'there is none'}."
            )
        datasets.append(dataset)
    return datasets


def _refuse_taken(dataset: Dataset, datasets: list[Dataset]) -> None:
    """Raise if the id of a zone set or area set is reserved or in use."""
    if dataset.kind not in _UNITS:
        return
    if dataset.id in _TAKEN:
        raise InputError(
            f"`{NAME}` [[{dataset.kind}]]: the id `{dataset.id}` is reserved for "
            f"{_TAKEN[dataset.id]}. Choose another id."
        )
    duplicate = next(
        (earlier for earlier in datasets if earlier.kind in _UNITS and earlier.id == dataset.id),
        None,
    )
    if duplicate is not None:
        sections = (
            f"two [[{dataset.kind}]]"
            if duplicate.kind == dataset.kind
            else "[[zones]] and [[areas]]"
        )
        raise InputError(f"`{NAME}`: {sections} have the id `{dataset.id}`.")


def _dataset(kind: str, entry: Mapping[str, Any], folder: Path) -> Dataset:
    where = f" [[{kind}]]"
    check_keys(entry, _DATASET, where)
    set_id = required_text(entry, "id", where) if kind in _UNITS else kind
    if kind in _UNITS and not _ID.match(set_id):
        raise InputError(
            f"`{NAME}`{where}: `id` must consist of lowercase letters, digits and hyphens."
        )
    fields = {str(ours): str(theirs) for ours, theirs in entry.get("fields", {}).items()}
    # `schools` names a file, not a column; many manifests write it among the fields.
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
        path=(folder / required_text(entry, "file", where)),
        fields=fields,
        defaults={str(key): str(value) for key, value in entry.get("defaults", {}).items()},
        layer=optional_text(entry, "layer"),
        sheet=optional_text(entry, "sheet"),
        header_row=read_header_row(entry, where),
        encoding=entry.get("encoding"),
        crs=entry.get("crs"),
        where=entry.get("where"),
        grades=read_listed_grades(grades, f"{where}: `grades`") if grades and not by_level else (),
        scheme=entry.get("scheme"),
        ground=read_ground(entry, kind),
        level_grades={
            level.strip().casefold(): read_listed_grades(
                level_grades, f" [{kind}.grades]: `{level}`"
            )
            for level, level_grades in by_level.items()
        },
        links=_links(links, kind, folder),
    )


def _links(value: Any, kind: str, folder: Path) -> Dataset | None:  # noqa: ANN401 - what TOML holds
    """Return the table that links zones to schools: a file, or `file` and `fields`."""
    if value is None:
        return None
    if kind != "zones":
        raise InputError(f"`{NAME}` [[{kind}]]: only [[zones]] may name `schools`.")
    entry = value if isinstance(value, dict) else {"file": value}
    return _dataset("links", entry, folder)
