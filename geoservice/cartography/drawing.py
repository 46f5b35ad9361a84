"""What a map shows, worked out once: classes, legend, table rows, layers as GeoJSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.cartography.definition import Definition
from geoservice.errors import NotFoundError
from geoservice.measures.release import Released
from geoservice.reference.snapshot import Reference

HIDDEN, NONE = "hidden", "none"
_RAMP = ("#1b5e8c", "#5b9bc8", "#c9b458", "#d98c4a", "#a83232", "#6d2b6d")
_NEUTRAL = "#dfe5ea"
_COVERAGE = ((0.98, "98% or more"), (0.95, "95 to 98%"), (0.9, "90 to 95%"), (0.0, "under 90%"))
_TOLERANCE_DEGREES = 0.00002
_MOST_STREETS = 60_000


@dataclass(frozen=True)
class Choice:
    """What the reader chose: all ids, empty for the default."""

    areas: str = ""
    area: str = ""
    band: str = ""
    year: str = ""


@dataclass(frozen=True)
class LegendEntry:
    """A class of the map: its key, colour and text."""

    key: str
    colour: str
    text: str


@dataclass(frozen=True)
class Drawing:
    """A map ready to be shown.

    ``rows`` are the table's lines, texts only; ``classes`` gives each polygon's legend key by id;
    ``facts`` are the lines of its card.
    """

    definition: Definition
    choice: Choice
    subtitle: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[LegendEntry, ...]
    classes: Mapping[str, str]
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""


def draw(
    definition: Definition, choice: Choice, reference: Reference, released: Released | None
) -> Drawing:
    """The drawing of a map for a choice.

    Raises
    ------
    NotFoundError
        Where the region has no such regionalisation, area, band or year.
    """
    choice = _resolved(choice, reference)
    if definition.kind == "coverage" and released is not None:
        return _coverage(definition, choice, reference, released)
    return _zoned(definition, choice, reference)


def _resolved(choice: Choice, reference: Reference) -> Choice:
    info = reference.info
    sets = [one.id for one in info.area_sets]
    areas = choice.areas or (sets[0] if sets else "")
    bands = list(info.bands)
    years = sorted({*reference.ratings()["year"].unique(), info.school_year} - {""})
    _known("areas", areas, sets)
    _known("area", choice.area, reference.areas().filter(set_id=areas)["area_id"].to_list())
    band = choice.band or (bands[0] if bands else "")
    _known("band", band, bands)
    _known("year", choice.year, years)
    return Choice(areas, choice.area, band, choice.year or info.school_year)


def _known(name: str, value: str, known: list[str]) -> None:
    if value and value not in known:
        raise NotFoundError(f"The region has no such `{name}`.", parameter=name)


def zones_of(choice: Choice, reference: Reference) -> pl.DataFrame:
    """Zones of the first set that serves a grade of the band."""
    grades = list(reference.info.bands.get(choice.band, ()))
    zones = reference.zones()
    if grades:
        zones = zones.filter(pl.col("grades").list.set_intersection(grades).list.len() > 0)
    first = zones["set_id"].head(1).to_list()
    return zones.filter(set_id=first[0]) if first else zones


def _zoned(definition: Definition, choice: Choice, reference: Reference) -> Drawing:
    zones = zones_of(choice, reference)
    schools = {row["id"]: row for row in reference.schools().iter_rows(named=True)}
    labels = _labels(choice, reference)
    rated = definition.kind == "ratings"
    classes, facts, rows = {}, {}, []
    for zone, school in zip(zones["zone_id"], zones["school_id"], strict=True):
        record = schools.get(school, {})
        name, label = str(record.get("name") or zone), labels.get(school)
        classes[zone] = (label or NONE) if rated else "zone"
        seats = record.get("capacity")
        line = (name, zone, label or "not rated", "" if seats is None else str(seats))
        facts[zone] = (name, f"Zone {zone}", f"Rating: {label or 'not rated'}")
        rows.append(line)
    return Drawing(
        definition, choice, _subtitle(reference, choice),
        ("School", "Zone", "Rating", "Capacity"), tuple(sorted(rows)),
        _rating_legend(reference) if rated else (LegendEntry("zone", _NEUTRAL, "Zone"),),
        classes, facts,
    )  # fmt: skip


def _labels(choice: Choice, reference: Reference) -> dict[str, str]:
    if not reference.info.schemes:
        return {}
    now = reference.ratings().filter(year=choice.year, scheme=reference.info.schemes[0].id)
    found = now.drop_nulls("label").unique("school_id", keep="first")
    return dict(found.select("school_id", "label").iter_rows())


def _rating_legend(reference: Reference) -> tuple[LegendEntry, ...]:
    labels = reference.info.schemes[0].labels if reference.info.schemes else ()
    entries = [
        LegendEntry(one.id, one.colour or _RAMP[min(at, len(_RAMP) - 1)], one.name or one.id)
        for at, one in enumerate(labels)
    ]
    return (*entries, LegendEntry(NONE, "#ffffff", "Not rated"))


def _coverage(
    definition: Definition, choice: Choice, reference: Reference, released: Released
) -> Drawing:
    names = dict(
        reference.areas().filter(set_id=choice.areas).select("area_id", "name").iter_rows()
    )
    least = f"n < {released.min_n}"
    classes, facts, rows = {}, {}, []
    for area, students, _, share in released.table.iter_rows():
        name = str(names.get(area, "No area known"))
        shown = ("hidden", "hidden") if share is None else (f"{students:,}", f"{share:.1%}")
        classes[area] = HIDDEN if share is None else _share_class(share)
        facts[area] = (name, f"Hidden: {least}" if share is None else f"{shown[1]} of {shown[0]}")
        rows.append((name, *shown))
    whole = released.total_students
    note = (
        f"District: hidden ({least})."
        if whole is None or released.total_matched is None
        else (f"District: {released.total_matched / max(whole, 1):.1%} of {whole:,} students.")
    )
    entries = [LegendEntry(text, _RAMP[at], text) for at, (_, text) in enumerate(_COVERAGE)]
    legend = (*entries, LegendEntry(HIDDEN, "#8a8a8a", f"{least}, or hidden to protect it"),
              LegendEntry(NONE, "#ffffff", "No students"))  # fmt: skip
    subtitle = f"{reference.info.name}, all grades"
    return Drawing(
        definition, choice, subtitle, ("Area", "Students", "Matched"),
        tuple(sorted(rows)), legend, classes, facts, note,
    )  # fmt: skip


def _share_class(share: float) -> str:
    return next(text for least, text in _COVERAGE if share >= least)


def _subtitle(reference: Reference, choice: Choice) -> str:
    return (
        f"{reference.info.name}, {choice.year or 'year not given'}, {choice.band or 'all grades'}"
    )


def layer_json(drawing: Drawing, layer: str, reference: Reference) -> bytes:
    """One layer as GeoJSON: whitelisted properties only.

    Raises
    ------
    NotFoundError
        Where the map has no such layer.
    """
    if layer not in drawing.definition.layers:
        raise NotFoundError("The map has no such layer.")
    features = _LAYERS[layer](drawing, reference)
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _areas(drawing: Drawing, reference: Reference) -> list[dict[str, Any]]:
    table = reference.areas().filter(set_id=drawing.choice.areas)
    names = table["name"].fill_null("").to_list()
    colours = {one.key: one.colour for one in drawing.legend}
    of_areas = drawing.definition.kind == "coverage"
    return [
        _feature(shape, id=area, lines=list(drawing.facts.get(area, (name,))) if of_areas else [name],
                 key=drawing.classes.get(area, NONE) if of_areas else "",
                 colour=colours.get(drawing.classes.get(area, NONE), "") if of_areas else "")
        for area, name, shape in zip(table["area_id"], names, _display(table), strict=True)
    ]  # fmt: skip


def _zones(drawing: Drawing, reference: Reference) -> list[dict[str, Any]]:
    table = zones_of(drawing.choice, reference)
    colours = {one.key: one.colour for one in drawing.legend}
    return [
        _feature(shape, id=zone, lines=list(drawing.facts.get(zone, (zone,))),
                 key=drawing.classes.get(zone, ""), colour=colours.get(drawing.classes.get(zone, ""), ""))
        for zone, shape in zip(table["zone_id"], _display(table), strict=True)
    ]  # fmt: skip


def _streets(_: Drawing, reference: Reference) -> list[dict[str, Any]]:
    table = reference.streets().head(_MOST_STREETS)
    lines = shapely.from_wkb(table["geometry"].to_list())
    whole = shapely.multilinestrings(lines)
    return [_feature(shapely.set_precision(whole, 1e-5, mode="pointwise"), lines=[])]


def _schools(drawing: Drawing, reference: Reference) -> list[dict[str, Any]]:
    labels = _labels(drawing.choice, reference)
    colours = {one.key: one.colour for one in _rating_legend(reference)}
    found = []
    for row in reference.schools().drop_nulls(["lon", "lat"]).iter_rows(named=True):
        label = labels.get(row["id"])
        lines = [row["name"], f"Rating: {label or 'not rated'}"]
        if row["low_grade"] and row["high_grade"]:
            lines.append(f"Grades {row['low_grade']} to {row['high_grade']}")
        point = shapely.Point(round(row["lon"], 5), round(row["lat"], 5))
        found.append(_feature(point, id=row["id"], lines=lines, colour=colours[label or NONE]))
    return found


_LAYERS = {"areas": _areas, "zones": _zones, "streets": _streets, "schools": _schools}


def _display(table: pl.DataFrame) -> NDArray[np.object_]:
    """Shapes simplified together, so that shared edges stay shared."""
    shapes = np.asarray(shapely.from_wkb(table["geometry"].to_list()), dtype=object)
    if not len(shapes):
        return shapes
    simple = shapely.coverage_simplify(shapes, _TOLERANCE_DEGREES)
    return np.asarray(shapely.set_precision(simple, 1e-5, mode="pointwise"))


def _feature(shape: shapely.Geometry, **properties: object) -> dict[str, Any]:
    geometry = orjson.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def bounds(drawing: Drawing, reference: Reference) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of what to show first."""
    table = reference.areas().filter(set_id=drawing.choice.areas, area_id=drawing.choice.area)
    for candidate in (table, reference.zones(), reference.areas(), reference.streets()):
        if len(candidate):
            west, south, east, north = shapely.total_bounds(
                shapely.from_wkb(candidate["geometry"].to_list())
            ).tolist()
            return west, south, east, north
    return -180.0, -85.0, 180.0, 85.0
