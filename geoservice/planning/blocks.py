"""Planning blocks of a region: small areas that a scenario assigns to schools."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.geometry.polygons import PolygonIndex
from geoservice.model.grades import GRADES
from geoservice.model.layers import Finding, Geometries
from geoservice.region.fields import id_of, mapped, whole_number
from geoservice.region.manifest import Dataset, Manifest
from geoservice.region.reading import read_raw
from geoservice.region.shapes import metric_geometry, valid_polygons

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
ALL_GRADES = "all"


@dataclass(frozen=True)
class Blocks:
    """Blocks in the order of the file.

    Attributes
    ----------
    ids
        Ids as texts.
    polygons
        In the region's metric CRS. A block without students may have an empty polygon.
    counts
        Students by block from the file, by grade (CEDS code), or by ``all`` for all grades of the
        zone set; empty if the file has no counts.
    """

    ids: tuple[str, ...]
    polygons: Geometries
    counts: Mapping[str, Floats] = field(default_factory=dict)

    @cached_property
    def index(self) -> PolygonIndex:
        """The index that finds the block of each place."""
        return PolygonIndex(self.polygons)

    @cached_property
    def is_drawn(self) -> NDArray[np.bool_]:
        """True for blocks that have a polygon."""
        return np.asarray(~shapely.is_empty(self.polygons))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The place of each block by its id."""
        return {block: place for place, block in enumerate(self.ids)}

    @cached_property
    def centres(self) -> tuple[Floats, Floats]:
        """A place inside each block, metres; NaN for blocks without a polygon."""
        x, y = np.full(len(self.ids), np.nan), np.full(len(self.ids), np.nan)
        inside = shapely.point_on_surface(self.polygons[self.is_drawn])
        x[self.is_drawn], y[self.is_drawn] = shapely.get_x(inside), shapely.get_y(inside)
        return x, y


def read_blocks(manifest: Manifest) -> Blocks:
    """Read the blocks that ``region.toml`` names.

    Raises
    ------
    InputError
        If it names none, or a block has no id or no polygon, or two blocks have one id.
    """
    datasets = [dataset for dataset in manifest.datasets if dataset.kind == "blocks"]
    if not datasets:
        raise InputError(
            "The region has no planning blocks. Name their file in [[blocks]] of region.toml, or "
            "make some with `geoservice region blocks FOLDER`."
        )
    parts = [_read(dataset, manifest.info.metric_crs) for dataset in datasets]
    ids = tuple(block for part in parts for block in part.ids)
    if len(set(ids)) < len(ids):
        twice = next(block for place, block in enumerate(ids) if block in ids[:place])
        raise InputError(
            f"[[blocks]]: two files have a block `{twice}`. Give each block an id of its own."
        )
    polygons = np.concatenate([part.polygons for part in parts])
    return Blocks(ids, polygons, parts[0].counts if len(parts) == 1 else {})


def _read(dataset: Dataset, metric_crs: str) -> Blocks:
    findings: list[Finding] = []
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, ("id", "students", *GRADES), findings, needed=("id",))
    ids = frame.select(id_of(pl.col("id"))).to_series()
    shapes, _ = metric_geometry(raw, dataset, metric_crs)
    polygons, good, _ = valid_polygons(shapes, raw.frame["row"].to_numpy(), dataset)
    repeated = ids.is_duplicated() & ~ids.is_first_distinct()
    for bad, remedy in (
        (ids.is_null(), "has no id"),
        (repeated, "has the id of a block before it"),
    ):
        if bad.any():
            row = raw.frame["row"].filter(bad)[0]
            raise InputError(
                f"{dataset.label} row {row}: the block {remedy}. Mend the file, or name another "
                "column as `id` under [blocks.fields]."
            )
    polygons[~good] = shapely.Polygon()
    counts = {
        ALL_GRADES if name == "students" else name: _count(frame[name], dataset)
        for name in ("students", *GRADES)
        if name in dataset.fields
    }
    students = np.sum([*counts.values(), np.zeros(len(ids))], axis=0)
    undrawn = np.flatnonzero(~good & (students > 0))
    if len(undrawn):
        row = raw.frame["row"][int(undrawn[0])]
        raise InputError(
            f"{dataset.label} row {row}: the block has students and no polygon. Draw it."
        )
    return Blocks(tuple(ids.to_list()), polygons, counts)


def _count(texts: pl.Series, dataset: Dataset) -> Floats:
    numbers = texts.alias("n").to_frame().select(whole_number(pl.col("n"))).to_series()
    bad = (texts.is_not_null() & numbers.is_null()) | (numbers < 0).fill_null(value=False)
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0]) + 1
        raise InputError(
            f"{dataset.label} row {row}: the count of students must be a whole number of at least "
            "0."
        )
    return numbers.fill_null(0).to_numpy().astype(np.float64)
