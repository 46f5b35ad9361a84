"""Addresses to places: tiers from strict to loose, each on what the ones before left over."""

import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.geocode.choose import Choice, choose
from geoservice.geocode.compose import compose
from geoservice.geocode.hits import Asked, Hits, expand, point_hits, range_hits
from geoservice.geocode.queries import Queries, ask
from geoservice.geocode.resolve import TIERS, Candidate, Resolver
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Step:
    """What one pass over a tier decided: the choice and the candidates it refers to."""

    choice: Choice
    candidates: list[Candidate]


class Geocoder:
    """Geocodes readings against one reference. Safe to share between threads."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._resolver = Resolver(reference)

    def geocode(self, reading: pl.DataFrame) -> pl.DataFrame:
        """Match and place a reading (schema `geoservice.address.reading.READING`).

        Returns
        -------
        polars.DataFrame
            One row per row of the reading, in its order: the columns
            `geoservice.model.results.GEOCODE_COLUMNS`, and ``x``, ``y``, ``other_x``,
            ``other_y`` in metres of the region's metric CRS (null where there is no place; the
            others name a second place that is as good and near).
        """
        queries = ask(reading, self._reference, self._resolver)
        return compose(queries, list(self._steps(queries)), self._reference)

    def _steps(self, queries: Queries) -> Iterator[Step]:
        kinds = queries.reading["kind"].to_numpy()
        open_ = (kinds == "street") & (queries.value >= 0) & ~queries.foreign
        for tier in TIERS:
            for find in (point_hits, range_hits):
                step = self._step(queries, np.flatnonzero(open_), tier, find)
                if step is not None:
                    open_[step.choice.hits.row] = False
                    yield step

    def _step(
        self,
        queries: Queries,
        rows: Ints,
        tier: int,
        find: Callable[[Asked, Queries, Reference], Hits],
    ) -> Step | None:
        if not len(rows):
            return None
        asked, candidates = _candidates(queries, rows, tier)
        if not len(asked.row):
            return None
        hits = find(asked, queries, self._reference)
        if not len(hits.row):
            return None
        return Step(choose(hits, queries, self._reference), candidates)


_geocoders: weakref.WeakKeyDictionary[Reference, Geocoder] = weakref.WeakKeyDictionary()
_geocoders_lock = threading.Lock()


def geocoder_of(reference: Reference) -> Geocoder:
    """The geocoder of a reference: made once, as it remembers the street texts it resolved."""
    with _geocoders_lock:
        found = _geocoders.get(reference)
        if found is None:
            found = _geocoders[reference] = Geocoder(reference)
        return found


def _candidates(queries: Queries, rows: Ints, tier: int) -> tuple[Asked, list[Candidate]]:
    """The rows with each street that their text may mean on this tier."""
    by_text = [resolution.tiers[tier] for resolution in queries.resolutions]
    candidates = [one for many in by_text for one in many]
    count = np.fromiter((len(many) for many in by_text), dtype=np.int64, count=len(by_text))
    last = np.cumsum(count)
    text = queries.text[rows]
    entry, candidate = expand((last - count)[text], last[text])
    street = np.fromiter((one.street for one in candidates), dtype=np.int64)
    penalty = np.fromiter((one.difference.penalty for one in candidates), dtype=np.float64)
    return Asked(rows[entry], street[candidate], penalty[candidate], candidate), candidates
