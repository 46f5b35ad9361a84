"""The rematch queue of a run, collected chunk by chunk."""

import polars as pl

from geoservice.geocode.propose import Proposer
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import typed_addresses
from geoservice.placing.review import REVIEW_COLUMNS, TYPED, review
from geoservice.reference.snapshot import Reference


class Queue:
    """Rows of one run that want a look; equal addresses once."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._proposer = Proposer(reference)
        self._parts = [pl.DataFrame(schema=dict.fromkeys(REVIEW_COLUMNS, pl.String))]
        self._rows = 0

    def add(self, chunk: pl.DataFrame, placed: pl.DataFrame, options: PlaceOptions) -> None:
        """Add the rows of the next chunk."""
        ids = chunk[options.id] if options.id else None
        texts = typed_addresses(chunk, options)
        self._parts.append(
            review(texts, placed, ids, self._rows + 1, self._proposer, self._reference)
        )
        self._rows += len(chunk)

    def table(self) -> pl.DataFrame:
        """All rows added so far."""
        return pl.concat(self._parts).unique(TYPED, keep="first", maintain_order=True)
