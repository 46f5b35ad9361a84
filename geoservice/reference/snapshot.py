"""A built reference snapshot: small tables load at first use, large arrays are memory-mapped."""

import json
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow
import pyarrow.ipc
import shapely
from numpy.typing import NDArray

from geoservice.address.lastline import Gazetteer
from geoservice.errors import ReferenceDataError
from geoservice.geometry.projection import Projection
from geoservice.model.layers import Finding
from geoservice.model.learnt import FILE, Learnt
from geoservice.model.region import (
    AreaSetInfo,
    MeasureRules,
    RatingLabel,
    RatingScheme,
    RegionInfo,
    ReleaseRules,
    SourceInfo,
    ZoneSetInfo,
)
from geoservice.model.snapshot import FORMAT, MANIFEST
from geoservice.reference.polygon_layers import PolygonLayer, zone_layers
from geoservice.reference.rights import named_zones, outlines, rights_of, with_grades

__all__ = ["PolygonLayer", "Reference"]


class Reference:
    """One immutable snapshot of a region. Safe to share between threads.

    Attributes
    ----------
    info : RegionInfo
        Names and rules of the region.
    snapshot : str
        Hash of the sources and the build; each answer names it.
    hidden : tuple of str
        Arrays to ignore, for evaluations without them.
    """

    def __init__(self, folder: Path, hidden: tuple[str, ...] = ()) -> None:
        manifest = _load_manifest(folder)
        self.hidden = hidden
        self.folder = folder
        self.snapshot: str = manifest["snapshot"]
        self.info = _region_info(manifest["info"])
        self.town_keys: tuple[str, ...] = tuple(manifest["towns"]["keys"])
        self.town_names: tuple[str, ...] = tuple(manifest["towns"]["names"])
        self.town_states: tuple[str, ...] = tuple(manifest["towns"]["states"])
        self.patterns: dict[str, int] = manifest["patterns"]
        self.projection = Projection(self.info.metric_crs)
        self._findings = tuple(_finding(stored) for stored in manifest["findings"])
        self._arrays: dict[str, NDArray[Any]] = {}
        self._lock = threading.Lock()

    def array(self, name: str) -> NDArray[Any]:
        """Return an array of the snapshot (model.snapshot.ARRAYS), memory-mapped and read-only."""
        mapped = self._arrays.get(name)
        if mapped is None:
            # A plain view of the map: indexing the memmap class itself costs microseconds a call.
            mapped = np.asarray(_load(self.folder / f"{name}.npy"))
            self._arrays[name] = mapped
        return mapped

    def findings(self) -> tuple[Finding, ...]:
        """Return the quality report of the region's files and its address points."""
        return (*self._findings, *self.learnt.findings())

    def schools(self) -> pl.DataFrame:
        """Return schools, schema model.layers.SCHOOLS."""
        return self._schools

    def ratings(self) -> pl.DataFrame:
        """Return ratings, schema model.layers.RATINGS."""
        return self._ratings

    def seats(self) -> pl.DataFrame:
        """Return capacity and enrolment by school and year, schema model.layers.SEATS."""
        return self._seats

    def zones(self) -> pl.DataFrame:
        """Return zones, schema model.layers.ZONES, with ``geometry`` (WKB, WGS 84)."""
        return self._zones.drop("metric")

    @cached_property
    def zone_outlines(self) -> pl.DataFrame:
        """A row per zone: ``set_id``, ``zone_id``, ``school_id``, ``name`` to show, ``geometry``.

        The geometry (WKB, WGS 84) is the union over all grades.
        """
        return outlines(self._zones, self._schools)

    def areas(self) -> pl.DataFrame:
        """Return areas, schema model.layers.AREAS, with ``geometry`` (WKB, WGS 84)."""
        return self._areas.drop("metric")

    def streets(self) -> pl.DataFrame:
        """Return centerlines to draw: ``name`` and ``geometry`` (WKB, WGS 84)."""
        return _table(self.folder, "basemap")

    def background(self) -> pl.DataFrame:
        """Return background shapes, model.background.BACKGROUND, with ``geometry`` (WGS 84)."""
        return self._background

    def zip_areas(self) -> pl.DataFrame:
        """Return ``zip``, ``set_id``, ``area_id``: the area with most addresses of each ZIP."""
        return _table(self.folder, "zip_areas")

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """Towns and states of the region, for reading last lines."""
        states = tuple(sorted({state for state in self.town_states if state}))
        return Gazetteer(cities=self.town_names, states=states)

    @cached_property
    def street_table(self) -> pl.DataFrame:
        """Parts and standardised text of each street, by street number."""
        return _table(self.folder, "streets")

    @cached_property
    def point_text(self) -> pl.DataFrame:
        """``number``, ``source`` and ``unit`` of each address point, memory-mapped."""
        return _mapped(self.folder / "point_text.arrow")

    @cached_property
    def segment_text(self) -> pl.DataFrame:
        """``source`` of each centerline segment, memory-mapped."""
        return _mapped(self.folder / "segment_text.arrow")

    @cached_property
    def learnt(self) -> Learnt:
        """House positions estimated from the region's address points; else the defaults."""
        path = self.folder / FILE
        return Learnt.from_json(path.read_text("utf-8")) if path.is_file() else Learnt()

    def has(self, name: str) -> bool:
        """Return whether the snapshot has an array; some arrays need address points."""
        if name in self.hidden:
            return False
        return name in self._arrays or (self.folder / f"{name}.npy").is_file()

    @cached_property
    def known_zips(self) -> NDArray[np.int32]:
        """All ZIPs of the reference, sorted."""
        zips = np.concatenate([self.array("point_zip"), self.array("range_zip")])
        return np.unique(zips[zips >= 0])

    @cached_property
    def extent(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all layers of the region, in WGS 84 degrees."""
        tables = (self.zones(), self.areas(), self.streets())
        shapes = [shape for table in tables for shape in table["geometry"].drop_nulls()]
        bounds = shapely.bounds(shapely.from_wkb(np.array(shapes, dtype=object)))
        points = [
            np.concatenate([self.array(f"point_{axis}"), self._schools[axis].drop_nulls()])
            for axis in ("lon", "lat")
        ]
        corners = np.vstack([bounds.reshape(-1, 4), np.column_stack([*points, *points])])
        west, south = np.nanmin(corners[:, :2], axis=0)
        east, north = np.nanmax(corners[:, 2:], axis=0)
        return float(west), float(south), float(east), float(north)

    @cached_property
    def zone_layers(self) -> tuple[PolygonLayer, ...]:
        """Zone layers of each set, in the manifest's order; see `polygon_layers.zone_layers`."""
        zones = self._zones.with_row_index("row")
        overlaps = _table(self.folder, "zone_overlaps")
        return tuple(
            layer
            for set_id in zones["set_id"].unique(maintain_order=True)
            for layer in zone_layers(set_id, zones.filter(set_id=set_id), overlaps)
        )

    @cached_property
    def zone_schools(self) -> pl.DataFrame:
        """A row per zone, layer by layer: ``zone_id``, ``school_id``, ``name``, ``rating``.

        `SEPARATOR` joins ids, names and different ratings of several schools. A rating is the label
        in the region's school year by the first scheme. A zone without a known school has its own
        name.
        """
        columns = ("zone_id", "school_id", "name")
        zones = pl.concat(
            [layer.rows.select(columns) for layer in self.zone_layers]
            or [self._zones.select(columns)]
        )
        return self.named_zones(zones)

    def named_zones(self, zones: pl.DataFrame) -> pl.DataFrame:
        """Add the schools' names and ratings to ``zone_id``, ``school_id``, ``name``."""
        return named_zones(zones, self._schools, self._labels())

    @cached_property
    def school_rights(self) -> pl.DataFrame:
        """Schools of right: ``set_id``, ``zone_id``, ``grade``, ``school_id``.

        A row per zone, grade and school, ordered by zone set, grade, zone and the zone's order of
        schools.
        """
        return rights_of(self.zone_layers)

    @cached_property
    def last_lines(self) -> pl.Series:
        """Texts ``, TOWN, ST 12345``; ``point_last`` and ``range_last`` are indexes into them."""
        return _table(self.folder, "last_lines")["text"]

    @cached_property
    def area_layers(self) -> tuple[PolygonLayer, ...]:
        """Layers of areas, in the manifest's order."""
        return tuple(
            PolygonLayer(area_set.id, self._areas.filter(set_id=area_set.id), "area_id")
            for area_set in self.info.area_sets
        )

    def _labels(self) -> pl.DataFrame:
        """Return ``school_id`` and the current ``rating`` of rated schools."""
        scheme = self.info.schemes[0].id if self.info.schemes else ""
        current = self._ratings.filter(year=self.info.school_year, scheme=scheme)
        return current.select("school_id", rating="label").unique("school_id", keep="first")

    @cached_property
    def _schools(self) -> pl.DataFrame:
        return with_grades(_table(self.folder, "schools"))

    @cached_property
    def _seats(self) -> pl.DataFrame:
        return _table(self.folder, "seats")

    @cached_property
    def _ratings(self) -> pl.DataFrame:
        return _table(self.folder, "ratings")

    @cached_property
    def _zones(self) -> pl.DataFrame:
        return _table(self.folder, "zones")

    @cached_property
    def _background(self) -> pl.DataFrame:
        return _table(self.folder, "background")

    @cached_property
    def _areas(self) -> pl.DataFrame:
        return _table(self.folder, "areas")


_DAMAGED = "The snapshot is not complete. Build the region again."


def _table(folder: Path, name: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(folder / f"{name}.parquet")
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise ReferenceDataError(_DAMAGED) from fault


def _load(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError) as fault:
        raise ReferenceDataError(_DAMAGED) from fault
    return array


def _mapped(path: Path) -> pl.DataFrame:
    """Return a memory-mapped Arrow file: texts stay on disk until they are read."""
    try:
        table = pl.from_arrow(pyarrow.ipc.open_file(pyarrow.memory_map(str(path))).read_all())
    except (OSError, pyarrow.ArrowException) as fault:
        raise ReferenceDataError(_DAMAGED) from fault
    if not isinstance(table, pl.DataFrame):
        raise ReferenceDataError(_DAMAGED)
    return table


def _load_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise ReferenceDataError(_DAMAGED) from fault
    if manifest.get("format") != FORMAT:
        raise ReferenceDataError("Another version built the snapshot. Build the region again.")
    return manifest


def _region_info(stored: dict[str, Any]) -> RegionInfo:
    return RegionInfo(
        **{
            **stored,
            "bands": {band: tuple(grades) for band, grades in stored["bands"].items()},
            "schemes": tuple(_scheme(scheme) for scheme in stored["schemes"]),
            "zone_sets": tuple(
                ZoneSetInfo(**{**zone_set, "grades": tuple(zone_set["grades"])})
                for zone_set in stored["zone_sets"]
            ),
            "area_sets": tuple(AreaSetInfo(**area_set) for area_set in stored["area_sets"]),
            "sources": tuple(SourceInfo(**source) for source in stored["sources"]),
            "measures": MeasureRules(**stored["measures"]),
            "release": ReleaseRules(
                **{**stored["release"], "subgroups": tuple(stored["release"]["subgroups"])}
            ),
        }
    )


def _scheme(stored: dict[str, Any]) -> RatingScheme:
    labels = tuple(RatingLabel(**label) for label in stored["labels"])
    texts = {key: tuple(stored[key]) for key in ("not_rated", "years")}
    return RatingScheme(**{**stored, "labels": labels, **texts})


def _finding(stored: dict[str, Any]) -> Finding:
    return Finding(**{**stored, "rows": tuple(stored["rows"])})
