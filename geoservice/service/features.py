"""Collections of features for programs of maps: schools, zones, areas, and public measures by area."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError, NotFoundError
from geoservice.measures.measure import AREA
from geoservice.measures.registry import MEASURES
from geoservice.reference.snapshot import Reference
from geoservice.service.measures import Measures

_SCHOOL = ("id", "name", "level", "sector", "low_grade", "high_grade", "capacity", "enrollment")
_MEASURE = ("unit", "band", "year", "part", "status", "value", "numerator", "denominator", "bound",
            "district")  # fmt: skip


@dataclass(frozen=True)
class Collection:
    """One set of features. ``id`` begins with the region's id and a dot."""

    id: str
    title: str
    kind: str
    part: str = ""
    measure: str = ""


@dataclass(frozen=True)
class FeatureTable:
    """Rows with their shapes in WGS 84; the column ``fid`` names each. Null means absent."""

    rows: pl.DataFrame
    shapes: NDArray[np.object_]

    def page(
        self, wanted: Mapping[str, str], box: tuple[float, float, float, float] | None,
        limit: int, offset: int,
    ) -> tuple["FeatureTable", int]:  # fmt: skip
        """Rows whose columns equal the texts and whose shapes touch the box; and how many there are.

        Raises
        ------
        InputError
            Where a column is unknown.
        """
        strange = sorted(set(wanted) - set(self.rows.columns))
        if strange:
            raise InputError(f"Features can be chosen by: {', '.join(self.rows.columns)}.")
        keep = np.ones(len(self.rows), dtype=bool)
        for name, text in wanted.items():
            keep &= (self.rows[name].cast(pl.String) == text).fill_null(value=False).to_numpy()
        if box is not None:
            keep &= shapely.intersects(self.shapes, shapely.box(*box))
        found = np.flatnonzero(keep)
        chosen = found[offset : offset + limit]
        return FeatureTable(self.rows[chosen.tolist()], self.shapes[chosen]), len(found)


class Features:
    """All collections of the regions."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._fixed = lru_cache(maxsize=64)(_fixed)

    def collections(self, reference: Reference) -> list[Collection]:
        """What a region offers."""
        info = reference.info
        found = []
        if len(reference.schools()):
            found.append(Collection(f"{info.id}.schools", f"{info.name}: schools", "schools"))
        found += [Collection(f"{info.id}.zones-{one.id}", f"{info.name}: zones, {one.id}", "zones", one.id)
                  for one in info.zone_sets]  # fmt: skip
        found += [Collection(f"{info.id}.areas-{one.id}", f"{info.name}: {one.name or one.id}", "areas", one.id)
                  for one in info.area_sets]  # fmt: skip
        found += [
            Collection(f"{info.id}.measure-{measure.id}-{one.id}",
                       f"{info.name}: {measure.title}, by {one.name or one.id}", "measure", one.id, measure.id)
            for one in info.area_sets for measure in MEASURES.values() if AREA in measure.by
        ]  # fmt: skip
        return found

    def find(self, collection_id: str, reference: Reference) -> Collection:
        """The collection of an id."""
        found = (one for one in self.collections(reference) if one.id == collection_id)
        collection = next(found, None)
        if collection is None:
            raise NotFoundError("There is no such collection.")
        return collection

    def table(self, collection: Collection, reference: Reference) -> FeatureTable:
        """All features of a collection; measures are public ones, hidden numbers are absent."""
        if collection.kind != "measure":
            return self._fixed(collection, reference)
        figures = self._measures.table(collection.measure, reference, collection.part)
        areas = self._fixed(Collection("", "", "areas", collection.part), reference)
        known = areas.rows.select(unit="id", name="name", at=pl.int_range(pl.len()))
        rows = figures.join(known, on="unit", how="inner", maintain_order="left").select(
            pl.concat_str("unit", "band", "year", "part", separator="~", ignore_nulls=True).alias("fid"),
            "name", "at", *(one for one in _MEASURE if one in figures.columns),
        )  # fmt: skip
        return FeatureTable(rows.drop("at"), areas.shapes[rows["at"].to_numpy()])


def _fixed(collection: Collection, reference: Reference) -> FeatureTable:
    if collection.kind == "schools":
        return _schools(reference)
    table, key = (
        (reference.zones(), "zone_id")
        if collection.kind == "zones"
        else (reference.areas(), "area_id")
    )
    table = table.filter(set_id=collection.part)
    shapes = np.asarray(shapely.from_wkb(table["geometry"].to_list()), dtype=object)
    if collection.kind == "zones":
        grades = pl.col("grades").list.join(" ")
        # Polygons of one zone have grades, schools or names of their own.
        several = table[key].is_duplicated()
        part = pl.concat_str(key, grades, "school_id", "name", separator="~", ignore_nulls=True)
        fid = pl.when(several).then(part).otherwise(key)
        rows = table.select(fid=fid, id=key, name="name", school_id="school_id", grades=grades)
    else:
        rows = table.select(fid=key, id=key, name="name")
    return FeatureTable(rows, shapes)


def _schools(reference: Reference) -> FeatureTable:
    table = reference.schools().drop_nulls(["lon", "lat"])
    shapes = shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy())
    schemes = reference.info.schemes
    now = reference.ratings().filter(
        year=reference.info.school_year, scheme=schemes[0].id if schemes else ""
    )
    labels = now.select(id="school_id", rating="label").unique("id", keep="first")
    rows = table.select(pl.col("id").alias("fid"), *_SCHOOL).join(
        labels, on="id", how="left", maintain_order="left"
    )
    return FeatureTable(rows, np.asarray(shapes, dtype=object))
