"""The candidates of ties as texts. Typed again, each text leads to its own place."""

import numpy as np
import polars as pl

from geoservice.geocode.candidate_text import BETWEEN_CANDIDATES
from geoservice.geocode.choose import locate
from geoservice.geocode.decisions import Decisions
from geoservice.geocode.hits import POINT, Hits, take
from geoservice.geocode.queries import Queries
from geoservice.geocode.standard import known_numbers, standard_addresses, typed_numbers
from geoservice.model.columns import rows_at
from geoservice.reference.snapshot import Reference

_MOST_SHOWN = 5
_MOST_READ = 30
"""Hits of a row of which the texts are made: several hits may have one text."""


def rival_texts(queries: Queries, decisions: Decisions, reference: Reference) -> pl.DataFrame:
    """Return ``row`` and ``geo_changes``: some candidates of each tied row.

    If several candidates share an address, longitude and latitude follow it in parentheses.
    """
    tied = [take(hits, decisions.tied[hits.row]) for hits in decisions.rivals]
    listed = [_texts(_first_of_rows(hits), queries, reference) for hits in tied if len(hits.row)]
    is_repeated = pl.col("address").count().over("row", "address") > 1
    is_part = (pl.col("unit") == "") & (pl.col("unit") != "").any().over("row")
    place = pl.format(" ({}, {})", pl.col("lon").round(6), pl.col("lat").round(6))
    text = pl.when(is_repeated | is_part).then(pl.col("address") + place).otherwise("address")
    shown = text.unique(maintain_order=True).head(_MOST_SHOWN).str.join(BETWEEN_CANDIDATES)
    table = pl.concat(listed).with_columns(address=text)
    return table.group_by("row", maintain_order=True).agg(geo_changes=shown)


def _first_of_rows(hits: Hits) -> Hits:
    hits = take(hits, np.lexsort((hits.place, hits.row)))
    rank = np.arange(len(hits.row)) - np.searchsorted(hits.row, hits.row)
    return take(hits, rank < _MOST_READ)


def _texts(hits: Hits, queries: Queries, reference: Reference) -> pl.DataFrame:
    number, unit = _numbers_and_units(hits, queries, reference)
    lon, lat = reference.projection.to_degrees(*locate(hits, reference))
    address = standard_addresses(hits.kind, hits.place, hits.street, number, unit, reference)
    return pl.DataFrame({"row": hits.row, "address": address, "unit": unit, "lon": lon, "lat": lat})


def _numbers_and_units(
    hits: Hits, queries: Queries, reference: Reference
) -> tuple[pl.Series, pl.Series]:
    """Return number and unit: for points as known, for ranges as typed."""
    if hits.kind == POINT:
        return known_numbers(hits.place, reference), rows_at(
            reference.point_text["unit"], hits.place
        )
    return typed_numbers(hits.row, hits.value, queries), rows_at(queries.unit, hits.row)
