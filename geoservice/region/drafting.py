"""The draft of a region from the files of its folder."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyogrio

from geoservice.errors import GeoserviceError, InputError
from geoservice.region.columns import file_columns
from geoservice.region.draft import LayerDraft, RegionDraft
from geoservice.region.draft_copies import without_copies
from geoservice.region.draft_kinds import LayerKind, NormalizedSchools, normalized_schools
from geoservice.region.draft_positions import center_of, with_positions
from geoservice.region.guess_crs import metric_crs
from geoservice.region.kinds import kinds_of, shape_of
from geoservice.region.manifest import Dataset
from geoservice.region.raw_table import RawTable
from geoservice.region.reading import read_raw
from geoservice.region.unpack import READABLE, inner_files, plain_file
from geoservice.tables.feature_files import check_feature_file
from geoservice.tables.workbook import SHEET_ENDINGS, sheet_names

_LAYERED = (".gpkg", ".gdb")


def draft_region(folder: Path) -> RegionDraft:
    """Return the draft of a region from every file of a folder.

    Raises
    ------
    InputError
        If the folder does not exist or contains no readable file.
    """
    if not folder.is_dir():
        raise InputError("The folder does not exist. Check its path.")
    layers = [layer for path in sorted(folder.iterdir()) for layer in _layers_of(path)]
    if not layers:
        raise InputError(
            "The folder contains no readable file. Copy the district's files into it: "
            f"{', '.join(READABLE)}, zipped or plain."
        )
    schools = _school_keys(layers)
    drafts = [draft for layer in layers for draft in _recognised(layer, schools)]
    drafts = with_positions(without_copies(drafts))
    placed = [draft for draft in drafts if draft.kind is not None]
    systems = [draft.raw.crs for draft in placed if draft.raw is not None]
    return RegionDraft(folder, tuple(drafts), metric_crs(systems, center_of(placed)))


def _layers_of(path: Path) -> list[LayerDraft]:
    """Return the layers of a file; none for files in other formats."""
    name = path.name.lower()
    if name.startswith((".", "~$")) or not path.is_file():
        return []
    if not name.endswith((*READABLE, ".zip", ".gz")) or name == "readme.txt":
        return []
    if path.suffix.lower() in SHEET_ENDINGS:
        return _sheets(path)
    try:
        names: Sequence[str | None] = _layer_names(path) or (None,)
    except GeoserviceError as fault:
        return [LayerDraft(path, None, None, fault.detail)]
    return [_read(path, layer) for layer in names]


def _sheets(path: Path) -> list[LayerDraft]:
    """Return the sheets of a workbook that contain tables."""
    try:
        names = sheet_names(path)
    except InputError as fault:
        return [LayerDraft(path, None, None, fault.detail)]
    drafts = [_read(path, None, name) for name in names] if len(names) > 1 else []
    tables = [draft for draft in drafts if draft.rows and len(draft.columns) > 1]
    return tables if len(tables) > 1 else [_read(path, None)]


def _layer_names(path: Path) -> tuple[str, ...]:
    """Return the names of the layers of a file with several layers."""
    several = inner_files(path)
    if several:
        return several
    with plain_file(path) as plain:
        if plain.suffix.lower() not in _LAYERED:
            return ()
        check_feature_file(plain, path.name)
        try:
            layers = pyogrio.list_layers(plain)
        except pyogrio.errors.DataSourceError as fault:
            raise InputError(
                "The file is damaged, or its format does not match its ending."
            ) from fault
    names = tuple(str(name) for name, kind in layers if kind is not None)
    return names if len(names) > 1 else ()


def _read(path: Path, layer: str | None, sheet: str | None = None) -> LayerDraft:
    try:
        raw = read_raw(Dataset("", "", path, {}, layer=layer, sheet=sheet))
    except GeoserviceError as fault:
        return LayerDraft(path, layer, None, fault.detail, sheet=sheet)
    return LayerDraft(path, layer, None, raw=raw, sheet=sheet)


def _school_keys(layers: Sequence[LayerDraft]) -> NormalizedSchools:
    """Return the normalized ids and names of the schools in all school lists."""
    keys = NormalizedSchools()
    for layer in layers:
        if layer.raw is not None and shape_of(layer.raw) in ("none", "point"):
            kind = _kinds(layer, layer.raw, NormalizedSchools())[0]
            if kind.name == "schools":
                listed = normalized_schools(kind.readings[0], layer.raw.frame)
                keys = NormalizedSchools(
                    keys.ids | listed.ids,
                    keys.names | listed.names,
                    keys.bare_names | listed.bare_names,
                )
    return keys


def _recognised(layer: LayerDraft, schools: NormalizedSchools) -> list[LayerDraft]:
    """Return the layer with its kind; several if it has a school column for each level."""
    if layer.raw is None:
        return [layer]
    return [_with_kind(layer, kind) for kind in _kinds(layer, layer.raw, schools)]


def _kinds(layer: LayerDraft, raw: RawTable, schools: NormalizedSchools) -> list[LayerKind]:
    name = f"{layer.path.name.split('.')[0]} {layer.layer or layer.sheet or ''}".strip()
    return kinds_of(name, raw, file_columns(raw.frame), schools)


def _with_kind(layer: LayerDraft, kind: LayerKind) -> LayerDraft:
    stem = layer.layer or layer.sheet or layer.path.name.split(".")[0]
    section_id = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
    if kind.name == "zones":
        section_id = kind.level or section_id.removesuffix("-zones")
    settings = [("id", section_id)] if kind.name in ("zones", "areas") else []
    settings += [("grades", kind.grades)] if kind.grades else []
    settings += [("kind", kind.ground)] if kind.ground else []
    settings += [("where", kind.where)] if kind.where else []
    return replace(
        layer,
        kind=kind.name,
        reason=kind.reason,
        readings=kind.readings,
        settings=tuple(settings),
        remarks=(kind.remark,) if kind.remark else (),
    )
