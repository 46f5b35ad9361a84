"""Decisions to result columns: status, reason, score, standardised address, source, changes."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.geocode.decisions import Decisions
from geoservice.geocode.hits import INTERSECTION, POINT, RANGE
from geoservice.geocode.position import POINT_UNCERTAINTY_M, range_uncertainty_m
from geoservice.geocode.queries import Queries
from geoservice.geocode.resolve import Candidate
from geoservice.geocode.texts import TEXTS, result_texts
from geoservice.model.columns import gathered, null_column, rows_at, table
from geoservice.model.results import GEOCODE_COLUMNS
from geoservice.reference.snapshot import Reference

_STATUS = pl.Series(["unmatched", "matched", "ambiguous"])
_TIE = pl.Series(["tie"])
_MATCH = pl.Series(["point", "range", "intersection", "street", "zip", "range"])


def compose(
    queries: Queries, decisions: Decisions, candidates: list[Candidate], reference: Reference
) -> pl.DataFrame:
    """The columns of `geoservice.model.results.GEOCODE_COLUMNS` for all rows, in order."""
    placed, tied = decisions.is_placed, decisions.tied
    lon, lat = _degrees(decisions, reference)
    uncertainty = _uncertainty_m(decisions, reference)
    texts = result_texts(queries, decisions, candidates, reference)
    columns = {
        "geo_status": rows_at(_STATUS, np.where(tied, 2, placed.astype(np.int64))),
        "geo_match": gathered(_MATCH, np.where(placed, decisions.kind, -1)),
        "geo_score": _number(100.0 - decisions.penalty, 1),
        "geo_reason": _reasons(queries, decisions),
        "lon": _number(lon, 6),
        "lat": _number(lat, 6),
        "geo_uncertainty_m": _number(uncertainty, 1),
        **{name: texts[name] for name in TEXTS},
    }
    return table({column.name: columns[column.name] for column in GEOCODE_COLUMNS})


def _reasons(queries: Queries, decisions: Decisions) -> pl.Series:
    undecided = decisions.kind < 0
    if undecided.all():
        return queries.reason
    reasons = null_column(pl.String, len(undecided))
    if decisions.tied.any():
        reasons = _TIE.new_from_index(0, len(undecided)).zip_with(
            pl.Series(decisions.tied), reasons
        )
    return queries.reason.zip_with(pl.Series(undecided), reasons) if undecided.any() else reasons


def _degrees(decisions: Decisions, reference: Reference) -> tuple[NDArray[np.float64], ...]:
    lon, lat = np.full(len(decisions.kind), np.nan), np.full(len(decisions.kind), np.nan)
    placed = decisions.is_placed
    is_known = (decisions.kind == POINT) & (decisions.units == 0)
    points, others = np.flatnonzero(placed & is_known), np.flatnonzero(placed & ~is_known)
    place = decisions.place[points]
    lon[points], lat[points] = (
        reference.array("point_lon")[place],
        reference.array("point_lat")[place],
    )
    if len(others):
        degrees = reference.projection.to_degrees(decisions.x[others], decisions.y[others])
        lon[others], lat[others] = degrees
    return lon, lat


def _uncertainty_m(decisions: Decisions, reference: Reference) -> NDArray[np.float64]:
    placed = decisions.is_placed
    spread = np.where(decisions.units > 0, decisions.spread_m, 0.0)
    uncertainty_m = np.where(
        placed & (decisions.kind == POINT), POINT_UNCERTAINTY_M + spread, np.nan
    )
    spots = np.flatnonzero(placed & (decisions.kind >= INTERSECTION))
    uncertainty_m[spots] = [
        decisions.spots[place].uncertainty_m for place in decisions.place[spots]
    ]
    ranges = np.flatnonzero(placed & (decisions.kind == RANGE))
    if len(ranges):
        uncertainty_m[ranges] = range_uncertainty_m(
            decisions.place[ranges], decisions.value[ranges], reference
        )
    return uncertainty_m


def _number(values: NDArray[np.float64], decimals: int) -> pl.Series:
    return pl.Series(np.round(values, decimals), nan_to_null=True)
