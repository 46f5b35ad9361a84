"""Released tables for tests of figures: every status, and a number that must never come out."""

from typing import Any

import numpy as np
import polars as pl
import shapely

from geoservice.cartography.compose.compose import draw
from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.ground import needs
from geoservice.cartography.figure.released import Released
from geoservice.measures.registry import MEASURES
from geoservice.model.shipped import shipped_folder
from geoservice.reference.snapshot import Reference

FOLDER = shipped_folder("maps")

PLANTED = 7_654_321.0
"""Stands in the hidden lines: what the release forgot to take out must still be in no form."""
YEARS = ("2022-23", "2023-24")
_LABELS = ("A", "B", "C", "D", "F", "not rated")
_HIDDEN_OF_ALL = "F median"
"""Hidden of the district too."""
_STATUSES = ("shown", "shown", "shown", "suppressed", "at_most", "at_least", "zero", "null")


def released(definition: Any, reference: Reference, choice: Choice | None = None) -> Released:
    """All tables that a definition needs, with invented numbers."""
    hexagons = hexagons_of(reference)
    tables = {
        (measure, units): _table(measure, units, reference, hexagons)
        for measure, units in needs(definition, choice or Choice(), reference)
    }
    return Released(tables, hexagons)


def drawn(reference: Reference, name: str, **choice: Any) -> Drawing:
    """A map of the project from invented tables."""
    definition, chosen = read_definition(FOLDER / f"{name}.toml"), Choice(**choice)
    return draw(definition, chosen, reference, released(definition, reference, chosen))


def hexagons_of(reference: Reference) -> dict[str, shapely.Geometry]:
    """Some hexagons over the region's zones."""
    west, south, east, north = shapely.total_bounds(
        shapely.from_wkb(reference.zones()["geometry"].to_list())
    )
    radius = (east - west) / 15
    turn = np.arange(6) * np.pi / 3
    return {
        f"h1_{round(x * 1000)}_{round(y * 1000)}": shapely.Polygon(
            np.column_stack([x + radius * np.cos(turn), y + radius * 0.75 * np.sin(turn)])
        )
        for x in np.arange(west, east, radius * 1.5)
        for y in np.arange(south, north, max(radius * 1.3, (north - south) / 15))
    }


def _table(
    measure: str, units: str, reference: Reference, hexagons: dict[str, Any]
) -> pl.DataFrame:
    random = np.random.default_rng([len(measure), len(units)])
    info = reference.info
    schools = reference.schools()["id"].to_list()
    zones = reference.zones()
    ids = {
        **{
            one.id: reference.areas().filter(set_id=one.id)["area_id"].to_list()
            for one in info.area_sets
        },
        **{one.id: zones.filter(set_id=one.id)["zone_id"].to_list() for one in info.zone_sets},
        "hexagons": list(hexagons),
        "school": schools,
    }[units]
    aims = {"flows": ids, "zone_destinations": schools[:8], "school_draw": list(hexagons)}.get(
        measure
    )
    if aims is None:
        pairs = [(unit, None) for unit in [*ids, "district"]]
    else:
        pairs = [(unit, aim) for unit in ids for aim in [*aims, "other"]]
    parts = _parts(measure)
    rows = [
        _row(random, measure, year, band, unit, aim, part, at)
        for year in YEARS
        for band in (*info.bands, "all")
        for part in parts
        for at, (unit, aim) in enumerate(pairs)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _parts(measure: str) -> tuple[str, ...]:
    if measure == "access":
        return ("0.5 mi", "1 mi", "2 mi", "3 mi")
    known = {
        "need_rank": ("rank", "best", "worst"),
        "distance": (
            "median",
            "mean",
            *(f"{label} {end}" for label in _LABELS for end in ("median", "mean")),
        ),
        "nearest_quality": ("median", "mean"),
        "participation": ("zoned",),
        "capture": ("stay",),
        "nearest_school": ("nearest",),
        "in_quality": ("residence", "attendance"),
        "coverage": ("matched", "unmatched po_box", "unmatched tie", "unmatched other"),
    }
    return known.get(measure) or MEASURES[measure].parts or ("",)


def _row(
    random: np.random.Generator,
    measure: str,
    year: str,
    band: str,
    unit: str,
    aim: str | None,
    part: str,
    at: int,
) -> dict[str, Any]:
    kind = MEASURES[measure].unit
    status = "shown" if unit == "district" else _STATUSES[at % len(_STATUSES)]
    if part == _HIDDEN_OF_ALL:
        status = "suppressed"
    share = MEASURES[measure].has_interval
    if status in ("at_most", "at_least") and not share:
        status = "shown"
    whole = float(random.integers(100, 900))
    value = {
        "share": random.random(),
        "miles": random.random() * 5000,
        "gap": whole - 400,
        "rank": 1.0 + at,
    }.get(kind, whole)
    made = {
        "year": year,
        "band": band,
        "unit": unit,
        "part": part,
        "value": float(value),
        "numerator": float(round(whole * 0.4)),
        "denominator": whole,
        "low": 0.1 if share else None,
        "high": 0.9 if share else None,
        "district": 0.5,
        "coverage": 0.97,
        "status": status,
        "bound": None,
        "to": aim,
    }
    if status == "suppressed":
        return {
            **made,
            "value": PLANTED,
            "numerator": PLANTED,
            "denominator": None,
            "low": None,
            "high": None,
        }
    if status in ("at_most", "at_least"):
        return {
            **made,
            "value": None,
            "numerator": None,
            "low": None,
            "high": None,
            "bound": 0.05 if status == "at_most" else 0.95,
        }
    if status == "zero":
        return {**made, "status": "shown", "value": 0.0, "numerator": 0.0}
    return {**made, "status": "shown", "value": None} if status == "null" else made
