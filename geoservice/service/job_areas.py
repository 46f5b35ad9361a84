"""What became of a job's rows by area: matched by kind and unmatched by reason, small counts hidden."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson
import polars as pl
import shapely

from geoservice.errors import InputError
from geoservice.measures.matched import Released, coverage, release
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import typed_addresses
from geoservice.reference.snapshot import Reference

_ZIP = r"(\d{5})(?:-\d{4})?\s*$"
_TOLERANCE_DEGREES = 0.00005
Chunk = tuple[pl.DataFrame, pl.DataFrame, PlaceOptions]


def job_areas(chunks: Iterable[Chunk], reference: Reference, areas: str) -> dict[str, Any]:
    """A FeatureCollection of the areas with ``name``, ``rows``, ``share``, ``by_match``, ``by_reason`` and four ``lines``.

    The lines say the same in English: the name, the share, matched by kind, and unmatched by reason.

    Rows without a match count to the area where most addresses of their typed ZIP lie. Areas whose
    counts are below the region's least n, and what would give them away, have no numbers.

    Raises
    ------
    InputError
        Where the region has no such regionalisation.
    """
    sets = [one.id for one in reference.info.area_sets]
    chosen = areas or next(iter(sets), "")
    if chosen not in sets:
        raise InputError(f"Regionalisations are: {', '.join(sets) or 'none'}.")
    rows = pl.concat([_rows(*chunk, chosen) for chunk in chunks])
    released = release(coverage(rows, reference.zip_areas(), chosen), reference.info.min_n)
    table = reference.areas().filter(set_id=chosen)
    shapes = np.asarray(shapely.from_wkb(table["geometry"].to_list()), dtype=object)
    simple = shapely.coverage_simplify(shapes, _TOLERANCE_DEGREES) if len(shapes) else shapes
    known = {row["area_id"]: row for row in released.table.to_dicts()}
    kinds = _told(rows, "geo_match", chosen, reference)
    reasons = _told(rows, "geo_reason", chosen, reference)
    features = [
        _feature(
            shape, str(name or area), known.get(area), kinds.get(area, {}), reasons.get(area, {})
        )
        for area, name, shape in zip(table["area_id"], table["name"], simple, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features, "elsewhere": _elsewhere(known),
            "min_n": released.min_n, "total": _total(released)}  # fmt: skip


def _rows(
    given: pl.DataFrame, placed: pl.DataFrame, options: PlaceOptions, areas: str
) -> pl.DataFrame:
    typed = typed_addresses(given, options)
    found = typed.select(
        typed_zip=pl.coalesce(pl.col("zip").str.extract(_ZIP), pl.col("line").str.extract(_ZIP))
    )
    columns = ("geo_status", "geo_match", "geo_reason", f"area_{areas}")
    return placed.select(columns).hstack(found)


def _told(
    rows: pl.DataFrame, column: str, areas: str, reference: Reference
) -> dict[str, dict[str, int]]:
    """By area: kinds of match, or reasons for none, with at least the region's least n of rows."""
    by_zip = reference.zip_areas().filter(set_id=areas).select(typed_zip="zip", guessed="area_id")
    counted = (
        rows.join(by_zip, on="typed_zip", how="left", maintain_order="left")
        .filter(pl.col(column).is_not_null())
        .group_by(area=pl.coalesce(f"area_{areas}", "guessed"), kind=column).len()
        .filter(pl.col("len") >= reference.info.min_n)
        .sort("len", "kind", descending=[True, False])
    )  # fmt: skip
    found: dict[str, dict[str, int]] = {}
    for area, kind, count in counted.iter_rows():
        found.setdefault(area, {})[kind] = count
    return found


def _feature(
    shape: shapely.Geometry, name: str, line: dict[str, Any] | None, kinds: dict[str, int],
    reasons: dict[str, int],
) -> dict[str, Any]:  # fmt: skip
    properties: dict[str, Any] = {"name": name, "state": "none", "lines": [name, "no rows", "", ""]}
    if line is not None and line["share"] is None:
        properties |= {"state": "hidden", "lines": [name, "too few rows to show", "", ""]}
    elif line is not None:
        text = f"{line['share']:.1%} of {line['students']:,} rows matched"
        properties |= {"state": "shown", "share": round(line["share"], 3),
                       "rows": line["students"], "by_match": kinds, "by_reason": reasons,
                       "lines": [name, text, _listed(kinds), _listed(reasons)]}  # fmt: skip
    geometry = orjson.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-5)))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{kind.replace('_', ' ')} {count:,}" for kind, count in counts.items())


def _elsewhere(known: dict[str, dict[str, Any]]) -> int | None:
    """Rows that no area can be told for; None where hidden."""
    line = known.get("")
    return None if line is None or line["share"] is None else int(line["students"])


def _total(released: Released) -> dict[str, int | None]:
    return {"rows": released.total_students, "matched": released.total_matched}
