"""Collect the rematch queue of a run, chunk by chunk."""

import polars as pl

from geoservice.geocode.propose import Proposer
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import typed_addresses
from geoservice.placing.review import REVIEW_COLUMNS, TYPED, review
from geoservice.reference.snapshot import Reference


class Queue:
    """The rows of a run that need a person's review; equal addresses appear once."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._proposer = Proposer(reference)
        self._parts = [pl.DataFrame(schema=dict.fromkeys(REVIEW_COLUMNS, pl.String))]
        self._rows = 0

    def add(self, chunk: pl.DataFrame, placed: pl.DataFrame, options: PlaceOptions) -> None:
        """Add the rows of the next chunk that need review."""
        ids = chunk[options.id] if options.id else None
        texts = typed_addresses(chunk, options)
        self._parts.append(
            review(texts, placed, ids, self._rows + 1, self._proposer, self._reference)
        )
        self._rows += len(chunk)

    def table(self) -> pl.DataFrame:
        """Return all rows added so far."""
        return pl.concat(self._parts).unique(TYPED, keep="first", maintain_order=True)
