"""Decisions to result columns: status, reason, score, standardised address, source, changes."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.geocode.choose import Choice
from geoservice.geocode.hits import POINT, Hits, take
from geoservice.geocode.position import POINT_UNCERTAINTY_M, range_uncertainty_m
from geoservice.geocode.queries import Queries
from geoservice.geocode.resolve import Candidate
from geoservice.model.results import GEOCODE_COLUMNS
from geoservice.reference.snapshot import Reference

_SHOWN_RIVALS = 5
_PLACES = ("x", "y", "other_x", "other_y")


class Decided(Protocol):
    """What one pass over a tier decided."""

    @property
    def choice(self) -> Choice:
        """The best hit of each row."""

    @property
    def candidates(self) -> list[Candidate]:
        """Street candidates that the hits refer to."""


def compose(queries: Queries, steps: Sequence[Decided], reference: Reference) -> pl.DataFrame:
    """All result columns for all rows, in order."""
    unmatched = pl.DataFrame(
        {"row": np.arange(len(queries)), "geo_reason": _reasons(queries)},
        schema={"row": pl.Int64, "geo_reason": pl.String},
    )
    parts = [_decided(step, queries, reference) for step in steps]
    schema = {column.name: column.dtype for column in GEOCODE_COLUMNS}
    schema = {"row": pl.Int64} | schema | dict.fromkeys(_PLACES, pl.Float64)
    decided = pl.concat([pl.DataFrame(schema=schema), *parts])
    joined = unmatched.join(decided, on="row", how="left", maintain_order="left")
    is_decided = pl.col("geo_status").is_not_null()
    return joined.with_columns(
        geo_reason=pl.when(is_decided).then("geo_reason_right").otherwise("geo_reason"),
        geo_status=pl.col("geo_status").fill_null("unmatched"),
    ).select([name for name in schema if name != "row"])


def _reasons(queries: Queries) -> pl.Series:
    """Why each row would stay unmatched, should no tier decide it."""
    known = np.fromiter(
        (one.is_known for one in queries.resolutions), dtype=bool, count=len(queries.resolutions)
    )
    frame = queries.reading.select("kind", "street", "number").with_columns(
        known=pl.Series(known[queries.text], dtype=pl.Boolean),
        foreign=pl.Series(queries.foreign, dtype=pl.Boolean),
    )
    kind = pl.col("kind")
    reason = (
        pl.when(kind.is_in(["empty", "po_box", "rural_route", "military"])).then(kind)
        .when((kind == "non_address") | (pl.col("street") == "")).then(pl.lit("unreadable"))
        .when(pl.col("foreign")).then(pl.lit("outside_region"))
        .when(pl.col("number") == "").then(pl.lit("no_number"))
        .when(pl.col("known")).then(pl.lit("out_of_range"))
        .otherwise(pl.lit("unknown_street"))
    )  # fmt: skip
    return frame.select(reason.alias("geo_reason")).to_series()


def _decided(step: Decided, queries: Queries, reference: Reference) -> pl.DataFrame:
    choice, hits = step.choice, step.choice.hits
    is_point = hits.kind == POINT
    lon, lat = _degrees(choice, reference)
    uncertainty = (
        np.full(len(hits.row), POINT_UNCERTAINTY_M)
        if is_point
        else range_uncertainty_m(hits.place, reference)
    )
    frame = pl.DataFrame(
        {
            "row": hits.row,
            "geo_score": np.round(100.0 - hits.penalty, 1),
            "lon": np.round(lon, 6),
            "lat": np.round(lat, 6),
            "geo_uncertainty_m": np.round(uncertainty, 1),
            "geo_address": _standard_address(hits, queries, reference),
            "geo_source": _source(hits, reference),
            "geo_side": _side(hits, reference),
            "geo_changes": _changes(hits, step.candidates, queries, reference),
            "x": choice.x,
            "y": choice.y,
            "other_x": choice.other_x,
            "other_y": choice.other_y,
            "tied": choice.tied,
        }
    )
    rivals = _rivals(step, queries, reference)
    frame = frame.join(rivals, on="row", how="left", maintain_order="left")
    tied = pl.col("tied")
    placed = ["lon", "lat", "geo_uncertainty_m", "geo_address", "geo_source", "geo_side", *_PLACES]
    frame = frame.with_columns(
        geo_status=pl.when(tied).then(pl.lit("ambiguous")).otherwise(pl.lit("matched")),
        geo_match=pl.when(~tied).then(pl.lit("point" if is_point else "range")),
        geo_reason=pl.when(tied).then(pl.lit("tie")),
        geo_changes=pl.when(tied).then("rivals").otherwise("geo_changes"),
        **{name: pl.when(~tied).then(pl.col(name).fill_nan(None) if name in _PLACES else name)
           for name in placed},
    )  # fmt: skip
    names = [column.name for column in GEOCODE_COLUMNS]
    return frame.select("row", *names, *_PLACES)


def _degrees(
    choice: Choice, reference: Reference
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if choice.hits.kind == POINT:
        place = choice.hits.place
        return reference.array("point_lon")[place], reference.array("point_lat")[place]
    return reference.projection.to_degrees(choice.x, choice.y)


def _standard_address(hits: Hits, queries: Queries, reference: Reference) -> pl.Series:
    """``123 N MAIN ST APT 4, TOWN, ST 12345``: what is not known is left out."""
    layer = "point" if hits.kind == POINT else "range"
    zips, towns = reference.array(f"{layer}_zip"), reference.array(f"{layer}_city")
    town = towns[hits.place].astype(np.int64)
    number = (
        reference.point_text["number"].gather(hits.place)
        if hits.kind == POINT
        else queries.reading["number"].gather(hits.row)
    )
    names = pl.Series([*reference.town_names, ""], dtype=pl.String)
    states = pl.Series([*reference.town_states, ""], dtype=pl.String)
    frame = pl.DataFrame(
        {
            "number": number,
            "street": reference.street_table["display"].gather(hits.street),
            "unit": queries.reading["unit"].gather(hits.row),
            "town": names.gather(np.where(town < 0, len(names) - 1, town)),
            "state": states.gather(np.where(town < 0, len(states) - 1, town)),
            "zip": zips[hits.place],
        }
    )
    zip_ = pl.when(pl.col("zip") >= 0).then(pl.col("zip").cast(pl.String).str.zfill(5))
    line = _joined([pl.col("number"), pl.col("street"), pl.col("unit")], " ")
    last = _joined([pl.col("state"), zip_.otherwise(pl.lit(""))], " ")
    return frame.select(_joined([line, pl.col("town"), last], ", ")).to_series()


def _joined(parts: list[pl.Expr], separator: str) -> pl.Expr:
    filled = [pl.when(part != "").then(part) for part in parts]
    return pl.concat_str(filled, separator=separator, ignore_nulls=True)


def _source(hits: Hits, reference: Reference) -> pl.Series:
    if hits.kind == POINT:
        return reference.point_text["source"].gather(hits.place)
    return reference.segment_text["source"].gather(reference.array("range_segment")[hits.place])


def _side(hits: Hits, reference: Reference) -> pl.Series:
    if hits.kind == POINT:
        return pl.Series([None] * len(hits.row), dtype=pl.String)
    return pl.Series(["L", "R"]).gather(reference.array("range_side")[hits.place])


def _changes(
    hits: Hits, candidates: list[Candidate], queries: Queries, reference: Reference
) -> pl.Series:
    """The named changes of each hit, ``; `` between them; null where there are none."""
    layer = "point" if hits.kind == POINT else "range"
    texts = pl.Series(["; ".join(one.difference.changes) for one in candidates], dtype=pl.String)
    zips = reference.array(f"{layer}_zip")[hits.place]
    towns = reference.array(f"{layer}_city")[hits.place].astype(np.int64)
    names = pl.Series([*reference.town_names, ""], dtype=pl.String)
    typed_zip, typed_town = queries.zip[hits.row], queries.town[hits.row]
    frame = pl.DataFrame(
        {
            "street": texts.gather(hits.candidate),
            "number": queries.reading["number"].gather(hits.row),
            "typed_zip": typed_zip,
            "zip": zips,
            "typed_city": queries.reading["city"].gather(hits.row),
            "city": names.gather(np.where(towns < 0, len(names) - 1, towns)),
            "other_zip": (typed_zip >= 0) & (zips >= 0) & (typed_zip != zips),
            "other_town": (typed_town != towns) & (typed_town != -1) & (towns >= 0),
            "pattern": _pattern_differs(hits, queries, reference),
        }
    )
    five = [pl.col(one).cast(pl.String).str.zfill(5) for one in ("typed_zip", "zip")]
    parts = [
        pl.when(pl.col("street") != "").then("street"),
        pl.when("pattern").then(pl.lit("number ") + pl.col("number") + ">" + _digits("number")),
        pl.when("other_zip").then(pl.lit("zip ") + five[0] + ">" + five[1]),
        pl.when("other_town").then(pl.lit("city ") + pl.col("typed_city") + ">" + pl.col("city")),
    ]
    text = pl.concat_str(parts, separator="; ", ignore_nulls=True)
    return frame.select(pl.when(text != "").then(text)).to_series()


def _digits(column: str) -> pl.Expr:
    return pl.col(column).str.extract(r"(\d+)")


def _pattern_differs(hits: Hits, queries: Queries, reference: Reference) -> NDArray[np.bool_]:
    typed = queries.pattern[hits.row]
    if hits.kind == POINT:
        return np.asarray(typed != reference.array("point_extra")[hits.place])
    return np.asarray(typed != 0)


def _rivals(step: Decided, queries: Queries, reference: Reference) -> pl.DataFrame:
    """For each tied row the standard addresses of its candidates, some of them."""
    rivals = step.choice.rivals
    if not len(rivals.row):
        return pl.DataFrame(schema={"row": pl.Int64, "rivals": pl.String})
    order = np.lexsort((rivals.place, rivals.row))
    rivals = take(rivals, order)
    frame = pl.DataFrame(
        {"row": rivals.row, "address": _standard_address(rivals, queries, reference)}
    )
    return frame.group_by("row", maintain_order=True).agg(
        rivals=pl.col("address").unique(maintain_order=True).head(_SHOWN_RIVALS).str.join(" | ")
    )
