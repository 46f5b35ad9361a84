"""Results of a job by area: matched rows by kind, unmatched rows by reason, as protected counts."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson
import polars as pl
import shapely

from geoservice.cohort.typed_areas import areas_of_typed_zips
from geoservice.errors import InputError
from geoservice.geometry.simplify import simplified_together
from geoservice.measures.ground import AT_LEAST, SHOWN
from geoservice.measures.measure import PART_SHARE, TOTAL
from geoservice.model.counted import counted
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import typed_addresses
from geoservice.reference.snapshot import Reference
from geoservice.release.protected_counts import Protection
from geoservice.release.publish import published
from geoservice.release.record_keys import RECORD_KEY, with_record_keys
from geoservice.release.rules import protection_of
from geoservice.tables.positions import position_columns

_ZIP = r"(\d{5})(?:-\d{4})?\s*$"
_TOLERANCE_DEGREES = 0.00005
Chunk = tuple[pl.DataFrame, pl.DataFrame, PlaceOptions]


def job_areas(
    chunks: Iterable[Chunk], reference: Reference, areas: str, secret: bytes
) -> dict[str, Any]:
    """Return a FeatureCollection of the areas with ``name``, ``rows``, ``share`` and more.

    ``by_match`` and ``by_reason`` count rows by kind; four ``lines`` say the same in English. Rows
    without a match are shared over the areas of their typed ZIP. Counts are protected counts; areas
    of few rows have no numbers.

    Raises
    ------
    InputError
        If the region has no such regionalisation.
    """
    sets = [area_set.id for area_set in reference.info.area_sets]
    chosen = areas or next(iter(sets), "")
    if chosen not in sets:
        raise InputError(f"Sets of areas are: {', '.join(sets) or 'none'}.")
    rows = pl.concat([_rows(*chunk, chosen) for chunk in chunks])
    rows = with_record_keys(rows, secret)
    rows = rows.with_columns(areas_of_typed_zips(rows, reference, chosen).alias("area"))
    protection = protection_of(reference.info)
    shares = _shares(rows, ["area"], protection)
    total = _shares(rows, [], protection)
    table = reference.areas().filter(set_id=chosen)
    shapes = np.asarray(shapely.from_wkb(table["geometry"].to_list()), dtype=object)
    simple = simplified_together(shapes, _TOLERANCE_DEGREES)
    kinds, reasons = (_by_kind(rows, name, protection) for name in ("geo_match", "geo_reason"))
    features = [
        _feature(
            shape, str(name or area), shares.get(area), kinds.get(area, {}), reasons.get(area, {})
        )
        for area, name, shape in zip(table["area_id"], table["name"], simple, strict=True)
    ]
    elsewhere, overall = shares.get(None), total.get("")
    return {
        "type": "FeatureCollection",
        "features": features,
        "elsewhere": elsewhere and elsewhere["rows"],
        "min_n": reference.info.min_n,
        "total": {name: overall and overall[name] for name in ("rows", "matched")},
    }


def _rows(
    chunk: pl.DataFrame, placed: pl.DataFrame, options: PlaceOptions, areas: str
) -> pl.DataFrame:
    typed = typed_addresses(chunk, options)
    typed_zips = typed.select(
        typed_zip=pl.coalesce(pl.col("zip").str.extract(_ZIP), pl.col("line").str.extract(_ZIP))
    )
    columns = ("geo_status", "geo_match", "geo_reason", f"area_{areas}")
    lon, lat = position_columns(placed)
    places = placed.select(*columns, x=lon, y=lat)
    return places.hstack(typed_zips)


def _shares(
    rows: pl.DataFrame, by: list[str], protection: Protection
) -> dict[str | None, dict[str, Any]]:
    """Return ``rows``, ``matched`` and ``share`` by area; the key "" holds all rows.

    Suppressed numbers are None.
    """
    is_matched = pl.col("geo_status") == "matched"
    counted = (
        rows.with_columns(area=pl.col("area") if by else pl.lit(""))
        .group_by("area")
        .agg(
            numerator=is_matched.sum().cast(pl.Int64),
            numerator_key=pl.col(RECORD_KEY).filter(is_matched).sum(),
            denominator=pl.len().cast(pl.Int64),
            denominator_key=pl.col(RECORD_KEY).sum(),
        )
    )
    table = published(protection, _as_cells(counted), PART_SHARE)
    shares: dict[str | None, dict[str, Any]] = {}
    for line in table.iter_rows(named=True):
        share = line["bound"]
        if line["status"] == SHOWN:
            share = min(line["numerator"] / line["denominator"], 1.0)
        shares[line["area"]] = {
            "rows": line["denominator"],
            "matched": line["numerator"],
            "share": share,
            "is_least": line["status"] == AT_LEAST,
        }
    return shares


def _by_kind(rows: pl.DataFrame, column: str, protection: Protection) -> dict[str, dict[str, int]]:
    """Return the count of each kind of match, or of each reason for none, by area.

    Suppressed counts are left out.
    """
    counted = (
        rows.drop_nulls([column, "area"])
        .group_by("area", kind=column)
        .agg(denominator=pl.len().cast(pl.Int64), denominator_key=pl.col(RECORD_KEY).sum())
    )
    cells = counted.with_columns(numerator="denominator", numerator_key="denominator_key")
    table = published(protection, _as_cells(cells), TOTAL).filter(status=SHOWN)
    counts_by_area: dict[str, dict[str, int]] = {}
    ordered = table.sort("denominator", "kind", descending=[True, False])
    for area, kind, count in ordered.select("area", "kind", "denominator").iter_rows():
        counts_by_area.setdefault(area, {})[kind] = count
    return counts_by_area


def _as_cells(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the counts with the other columns of cells."""
    return counted.with_columns(
        status=pl.lit(SHOWN),
        left_out=pl.lit(0, dtype=pl.Int64),
        left_out_key=pl.lit(None, dtype=pl.UInt64),
        homes=pl.lit(None, dtype=pl.Int64),
        value=pl.lit(None, dtype=pl.Float64),
        bound=pl.lit(None, dtype=pl.Float64),
    )


def _feature(
    shape: shapely.Geometry,
    name: str,
    line: dict[str, Any] | None,
    kinds: dict[str, int],
    reasons: dict[str, int],
) -> dict[str, Any]:
    properties: dict[str, Any] = {"name": name, "state": "none", "lines": [name, "no rows", "", ""]}
    if line is not None and line["share"] is None:
        properties |= {"state": "hidden", "lines": [name, "too few rows to show", "", ""]}
    elif line is not None:
        at_least = "at least " if line["is_least"] else ""
        text = f"{at_least}{line['share']:.0%} of {counted(line['rows'], 'row')} matched"
        properties |= {
            "state": "shown",
            "share": round(line["share"], 3),
            "rows": line["rows"],
            "by_match": kinds,
            "by_reason": reasons,
            "lines": [name, text, _listed(kinds), _listed(reasons)],
        }
    geometry = orjson.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-5)))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{kind.replace('_', ' ')} {count:,}" for kind, count in counts.items())
