"""A region as its folder shows it: every file, what it seems to be, and the ways to read it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import shapely

from geoservice.errors import GeoserviceError, InputError
from geoservice.region.columns import columns_of
from geoservice.region.guess_crs import Place, metric_crs, plane_systems
from geoservice.region.kinds import Kind, SchoolKeys, kinds_of, school_keys, shape_of
from geoservice.region.manifest import Dataset
from geoservice.region.reading import RawTable, read_raw
from geoservice.region.shapes import source_crs
from geoservice.region.unpack import READABLE, inner_files

_LAYERED = (".gpkg", ".kml", ".kmz")
_WIDE, _TALL = 180.0, 90.0
_COMPARED_ROWS = 1_000
Say = Callable[[str], None]


@dataclass(frozen=True)
class LayerDraft:
    """One layer of a file: what it seems to be, or why it is left out.

    Attributes
    ----------
    readings
        Ways to map our fields to its columns, the likeliest first; ``chosen`` is the place of the
        reading that the manifest will have.
    settings
        Further keys of its section and their values, such as ``crs``.
    remarks
        What the reader of the manifest should know.
    center
        The middle of the layer in degrees; None where it has no place.
    """

    path: Path
    layer: str | None
    kind: str | None
    reason: str = ""
    readings: tuple[dict[str, str], ...] = ()
    chosen: int = 0
    settings: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    raw: RawTable | None = None
    center: Place | None = None

    @property
    def title(self) -> str:
        """The file's name, and the layer's where the file has several."""
        return self.path.name + (f", layer {self.layer}" if self.layer else "")

    @property
    def fields(self) -> dict[str, str]:
        """The chosen reading."""
        return self.readings[self.chosen] if self.readings else {}

    @property
    def columns(self) -> list[str]:
        """The columns of the file."""
        return (
            [] if self.raw is None else [name for name in self.raw.frame.columns if name != "row"]
        )

    def left_out(self, reason: str) -> "LayerDraft":
        """The layer, left out for a reason."""
        return replace(self, kind=None, reason=reason)


@dataclass(frozen=True)
class RegionDraft:
    """All layers of a folder, and the CRS that distances are measured in."""

    folder: Path
    layers: tuple[LayerDraft, ...]
    metric_crs: str

    def of(self, kind: str) -> list[LayerDraft]:
        """The layers of a kind."""
        return [layer for layer in self.layers if layer.kind == kind]

    def with_layers(self, layers: Sequence[LayerDraft]) -> "RegionDraft":
        """The draft with other layers."""
        return replace(self, layers=tuple(layers))


def draft_region(folder: Path) -> RegionDraft:
    """Look at every file of a folder.

    Raises
    ------
    InputError
        Where there is no such folder, or no file in it that can be read.
    """
    if not folder.is_dir():
        raise InputError("There is no such folder.")
    layers = [layer for path in sorted(folder.iterdir()) for layer in _layers_of(path)]
    if not layers:
        raise InputError(
            "The folder holds no file that can be read. Copy the district's files into it: "
            f"{', '.join(READABLE)}, zipped or plain."
        )
    schools = _school_keys(layers)
    drafts = [draft for layer in layers for draft in _recognised(layer, schools)]
    drafts = _with_positions(_without_copies(_with_one_school_list(drafts)))
    placed = [draft for draft in drafts if draft.kind is not None]
    systems = [_own_crs(draft) for draft in placed]
    return RegionDraft(folder, tuple(drafts), metric_crs(systems, _center_of(placed)))


def _layers_of(path: Path) -> list[LayerDraft]:
    """The layers of a file, each read; none for files of other kinds."""
    name = path.name.lower()
    if name.startswith((".", "~$")) or not path.is_file():
        return []
    if not name.endswith((*READABLE, ".zip", ".gz")) or name == "readme.txt":
        return []
    try:
        names: Sequence[str | None] = _layer_names(path) or (None,)
    except GeoserviceError as fault:
        return [LayerDraft(path, None, None, fault.detail)]
    return [_read(path, layer) for layer in names]


def _layer_names(path: Path) -> tuple[str, ...]:
    """Names of the layers of a file that holds several."""
    if path.suffix.lower() not in _LAYERED:
        return inner_files(path)
    try:
        names = tuple(str(name) for name, kind in pyogrio.list_layers(path) if kind is not None)
    except pyogrio.errors.DataSourceError as fault:
        raise InputError("The file is damaged or not what its ending says.") from fault
    return names if len(names) > 1 else ()


def _read(path: Path, layer: str | None) -> LayerDraft:
    try:
        raw = read_raw(Dataset("", "", path, {}, layer=layer))
    except GeoserviceError as fault:
        return LayerDraft(path, layer, None, fault.detail)
    return LayerDraft(path, layer, None, raw=raw)


def _school_keys(layers: Sequence[LayerDraft]) -> SchoolKeys:
    """Ids and names of the schools in the files that list schools."""
    keys = SchoolKeys()
    for layer in layers:
        if layer.raw is not None and shape_of(layer.raw) in ("none", "point"):
            kind = _kinds(layer, layer.raw, SchoolKeys())[0]
            if kind.name == "schools":
                known = school_keys(kind.readings[0], layer.raw.frame)
                keys = SchoolKeys(keys.ids | known.ids, keys.names | known.names)
    return keys


def _recognised(layer: LayerDraft, schools: SchoolKeys) -> list[LayerDraft]:
    """The layer with what it is; several where it has a column for each level of schools."""
    if layer.raw is None:
        return [layer]
    return [_with_kind(layer, kind) for kind in _kinds(layer, layer.raw, schools)]


def _kinds(layer: LayerDraft, raw: RawTable, schools: SchoolKeys) -> list[Kind]:
    name = f"{layer.path.name.split('.')[0]} {layer.layer or ''}".strip()
    return kinds_of(name, raw, columns_of(raw.frame), schools)


def _with_kind(layer: LayerDraft, kind: Kind) -> LayerDraft:
    stem = layer.layer or layer.path.name.split(".")[0]
    section_id = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
    if kind.name == "zones":
        section_id = kind.level or section_id.removesuffix("-zones")
    settings = [("id", section_id)] if kind.name in ("zones", "areas") else []
    settings += [("grades", kind.grades)] if kind.grades else []
    return replace(
        layer, kind=kind.name, reason=kind.reason, readings=kind.readings, settings=tuple(settings)
    )


def _with_one_school_list(drafts: Sequence[LayerDraft]) -> list[LayerDraft]:
    """Only the longest list of schools is kept: a region has one section of schools."""
    lists = [draft for draft in drafts if draft.kind == "schools"]
    if not lists:
        return list(drafts)
    kept = max(lists, key=lambda draft: (_rows(draft), len(draft.fields)))
    reason = f"a region has one list of schools, and `{kept.title}` is the fuller list"
    return [draft.left_out(reason) if draft.kind == "schools" and draft is not kept else draft
            for draft in drafts]  # fmt: skip


def _without_copies(drafts: Sequence[LayerDraft]) -> list[LayerDraft]:
    """The same list in two formats is used once: with its geometry, where one copy has it."""
    kept: list[LayerDraft] = []
    for draft in sorted(drafts, key=lambda draft: draft.raw is None or draft.raw.geometry is None):
        twin = next((other for other in kept if _is_copy(draft, other)), None)
        kept.append(draft.left_out(f"it holds the same list as `{twin.title}`") if twin else draft)
    order = {id(draft.raw): place for place, draft in enumerate(drafts)}
    return sorted(kept, key=lambda draft: order[id(draft.raw)])


def _is_copy(draft: LayerDraft, other: LayerDraft) -> bool:
    if draft.kind is None or draft.kind != other.kind or draft.path == other.path:
        return False
    stems = {layer.path.name.split(".")[0].lower() for layer in (draft, other)}
    columns = [{column.lower()[:10] for column in layer.columns} for layer in (draft, other)]
    alike = len(columns[0] & columns[1]) >= len(min(columns, key=len)) - 2
    same_rows = _rows(draft) == _rows(other)
    return same_rows and (len(stems) == 1 or (alike and _same_cells(draft, other)))


def _same_cells(draft: LayerDraft, other: LayerDraft) -> bool:
    """Whether the first rows of both have the same cells in the columns that both map alike."""
    if draft.raw is None or other.raw is None:
        return False
    shared = [name for name in draft.fields if name in other.fields and name not in ("lon", "lat")]
    heads = [
        set(
            layer.raw.frame.head(_COMPARED_ROWS)
            .select(layer.fields[name] for name in shared)
            .rows()
        )
        for layer in (draft, other)
        if layer.raw is not None
    ]
    return bool(shared) and heads[0] == heads[1]


def _rows(draft: LayerDraft) -> int:
    return 0 if draft.raw is None else len(draft.raw.frame)


def _with_positions(drafts: Sequence[LayerDraft]) -> list[LayerDraft]:
    """The layers with their middle, and with the CRS of coordinates that are no degrees."""
    located = [replace(draft, center=_geometry_center(draft)) for draft in drafts]
    center = _center_of(located)
    return [_with_columns_of_degrees(draft, center) for draft in located]


def _center_of(drafts: Sequence[LayerDraft]) -> Place | None:
    centers = [draft.center for draft in drafts if draft.kind is not None and draft.center]
    if not centers:
        return None
    lon, lat = (float(np.median([center[axis] for center in centers])) for axis in (0, 1))
    return lon, lat


def _own_crs(draft: LayerDraft) -> pyproj.CRS | None:
    return None if draft.raw is None else draft.raw.crs


def _geometry_center(draft: LayerDraft) -> Place | None:
    if draft.kind is None or draft.raw is None or shape_of(draft.raw) == "none":
        return None
    try:
        crs, _ = source_crs(draft.raw, Dataset(draft.kind, "", draft.path, {}))
    except InputError:
        return None
    west, south, east, north = np.nanmedian(shapely.bounds(draft.raw.geometry), axis=0)
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return _as_place(*to_degrees.transform((west + east) / 2, (south + north) / 2))


def _as_place(lon: float, lat: float) -> Place | None:
    is_place = abs(lon) <= _WIDE and abs(lat) <= _TALL and (lon, lat) != (0.0, 0.0)
    return (float(lon), float(lat)) if is_place else None


def _with_columns_of_degrees(draft: LayerDraft, center: Place | None) -> LayerDraft:
    """The draft with its coordinate columns judged: none beside a geometry; a CRS where they are feet."""
    if draft.raw is None or not {"lon", "lat"} <= set(draft.fields):
        return _without_coordinates(draft)
    if shape_of(draft.raw) != "none":
        return _without_coordinates(draft)
    columns = {column.name: column for column in columns_of(draft.raw.frame)}
    bounds = [columns[draft.fields[axis]].bounds for axis in ("lon", "lat")]
    if bounds[0] is None or bounds[1] is None:
        return draft
    x, y = (sum(ends) / 2 for ends in (bounds[0], bounds[1]))
    if abs(x) <= _TALL < abs(y) <= _WIDE:
        remark = (
            "longitude and latitude are exchanged in the file: the columns are mapped crosswise"
        )
        readings = tuple(
            reading | {"lon": reading["lat"], "lat": reading["lon"]} for reading in draft.readings
        )
        return replace(draft, readings=readings, center=(y, x), remarks=(*draft.remarks, remark))
    place = _as_place(x, y)
    return replace(draft, center=place) if place else _in_plane_system(draft, x, y, center)


def _without_coordinates(draft: LayerDraft) -> LayerDraft:
    readings = tuple(
        {ours: theirs for ours, theirs in reading.items() if ours not in ("lon", "lat")}
        for reading in draft.readings
    )
    return replace(draft, readings=readings)


def _in_plane_system(draft: LayerDraft, x: float, y: float, center: Place | None) -> LayerDraft:
    """Coordinates that are no degrees: with the one CRS that fits, else with a remark."""
    state = None
    if draft.raw is not None and "state" in draft.fields:
        names = draft.raw.frame[draft.fields["state"]].drop_nulls().mode()
        state = str(names[0]) if len(names) else None
    systems = plane_systems(x, y, state, center)
    if len(systems) == 1:
        remark = "its coordinates are no degrees: `crs` is the system of NAD83 that fits"
        settings = (*draft.settings, ("crs", systems[0]))
        to_degrees = pyproj.Transformer.from_crs(systems[0], "EPSG:4326", always_xy=True)
        place = _as_place(*to_degrees.transform(x, y))
        return replace(draft, settings=settings, center=place, remarks=(*draft.remarks, remark))
    fitting = f" It may be one of {', '.join(systems)}." if systems else ""
    return draft.left_out(
        "its coordinates are no degrees, and nothing says which CRS they are in. Add `crs`, for "
        f"example `EPSG:2227`.{fitting}"
    )
