"""Feature collections for GIS programs: schools, zones, areas, and public measures by area."""

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
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures

_SCHOOL = ("id", "name", "level", "sector", "low_grade", "high_grade", "capacity", "enrollment")
_MEASURE = (
    "unit",
    "band",
    "year",
    "part",
    "status",
    "value",
    "numerator",
    "denominator",
    "bound",
    "district",
)


_TITLES = {
    "id": "Id",
    "unit": "Id of the area",
    "band": "Grade band",
    "year": "School year",
    "low_grade": "Lowest grade",
    "high_grade": "Highest grade",
    "capacity": "Seats",
    "school_id": "Id of the school of right",
    "district": "Value of the district",
    "bound": "Bound that the value does not pass",
}
"""Names of columns for readers, where the column's own name does not say enough."""


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
    """Rows with their shapes in WGS 84 and an id ``fid``. Null means absent."""

    rows: pl.DataFrame
    shapes: NDArray[np.object_]

    def page(
        self,
        conditions: Mapping[str, str],
        box: tuple[float, float, float, float] | None,
        limit: int,
        offset: int,
    ) -> tuple["FeatureTable", int]:
        """Return one page of the rows that meet the conditions, and the number of all such rows.

        Raises
        ------
        InputError
            If a column is unknown.
        """
        strange = sorted(set(conditions) - set(self.rows.columns))
        if strange:
            raise InputError(f"Unknown filter. Filters are: {', '.join(self.rows.columns)}.")
        keep = np.ones(len(self.rows), dtype=bool)
        for name, text in conditions.items():
            keep &= (self.rows[name].cast(pl.String) == text).fill_null(value=False).to_numpy()
        if box is not None:
            keep &= shapely.intersects(self.shapes, shapely.box(*box))
        chosen_rows = np.flatnonzero(keep)
        chosen = chosen_rows[offset : offset + limit]
        return FeatureTable(self.rows[chosen.tolist()], self.shapes[chosen]), len(chosen_rows)


class Features:
    """All collections of the regions."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._fixed = lru_cache(maxsize=64)(_fixed)

    def collections(self, reference: Reference) -> list[Collection]:
        """Return the collections that a region offers."""
        info = reference.info
        offered = []
        if len(reference.schools()):
            offered.append(Collection(f"{info.id}.schools", f"{info.name}: schools", "schools"))
        offered += [
            Collection(
                f"{info.id}.zones-{zone_set.id}",
                f"{info.name}: zones, {zone_set.named('en')}",
                "zones",
                zone_set.id,
            )
            for zone_set in info.zone_sets
        ]
        offered += [
            Collection(
                f"{info.id}.areas-{area_set.id}",
                f"{info.name}: {area_set.named('en')}",
                "areas",
                area_set.id,
            )
            for area_set in info.area_sets
        ]
        offered += [
            Collection(
                f"{info.id}.measure-{measure.id}-{area_set.id}",
                f"{info.name}: {measure.title}, by {area_set.named('en')}",
                "measure",
                area_set.id,
                measure.id,
            )
            for area_set in info.area_sets
            for measure in MEASURES.values()
            if AREA in measure.by
        ]
        return offered

    def find(self, collection_id: str, reference: Reference) -> Collection:
        """Return the collection of an id."""
        matches = (
            collection
            for collection in self.collections(reference)
            if collection.id == collection_id
        )
        collection = next(matches, None)
        if collection is None:
            raise NotFoundError("There is no such collection.")
        return collection

    def properties(self, collection: Collection, reference: Reference) -> dict[str, dict[str, str]]:
        """Return the columns by which features can be chosen, as properties of a JSON Schema."""
        rows = self.table(collection, reference).rows.drop("fid")
        return {name: _property(name, dtype) for name, dtype in rows.schema.items()}

    def table(self, collection: Collection, reference: Reference) -> FeatureTable:
        """Return all features of a collection; suppressed numbers of measures are absent."""
        if collection.kind != "measure":
            return self._fixed(collection, reference)
        figures = self._measures.table(
            collection.measure, reference, MeasureChoice(collection.part)
        )
        areas = self._fixed(Collection("", "", "areas", collection.part), reference)
        area_rows = areas.rows.select(unit="id", name="name", at=pl.int_range(pl.len()))
        rows = figures.join(area_rows, on="unit", how="inner", maintain_order="left").select(
            pl.concat_str("unit", "band", "year", "part", separator="~", ignore_nulls=True).alias(
                "fid"
            ),
            "name",
            "at",
            *(column for column in _MEASURE if column in figures.columns),
        )
        return FeatureTable(rows.drop("at"), areas.shapes[rows["at"].to_numpy()])


def _property(name: str, dtype: pl.DataType) -> dict[str, str]:
    """Return a column as a property of a JSON Schema."""
    kind = "integer" if dtype.is_integer() else "number" if dtype.is_numeric() else "string"
    return {"title": _TITLES.get(name, name.replace("_", " ").capitalize()), "type": kind}


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
