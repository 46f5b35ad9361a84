"""By which ratings and distances figures are made: several of each may be public, of the same students."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from geoservice.measures.cohort import Cohort


@dataclass(frozen=True)
class Standard:
    """By which ratings and distances something is told, where these are not the region's own: else empty."""

    scheme: str = ""
    distance: str = ""

    @property
    def by(self) -> str:
        """What names of that which depends on ratings end with."""
        return f" by {self.scheme}" if self.scheme else ""

    @property
    def along(self) -> str:
        """What names of that which depends on distances end with."""
        return f" along {self.distance}" if self.distance else ""


OWN = Standard()
"""The region's first scheme, and its own distances."""
OTHER_STANDARD = "( by | along )[^|]*"
"""What is in names of that which is by another standard."""


def standard_of_lines() -> pl.Expr:
    """By what the names of lines say that they are, empty for the region's own.

    Parts say so of who leaves alone: those of others may be labels of a scheme, in which such words mean nothing.
    """
    units, part = (
        pl.col(one).str.extract(OTHER_STANDARD, 0).fill_null("") for one in ("units", "part")
    )
    return units + pl.when(pl.col("units").str.contains("|leaving", literal=True)).then(part).otherwise(pl.lit(""))  # fmt: skip


def side_by_side(cohorts: Mapping[Standard, Cohort]) -> pl.DataFrame:
    """The students with what depends on ratings and distances by each standard: their names end with it."""
    made = cohorts[OWN].students
    for standard, cohort in cohorts.items():
        made = made.with_columns(cohort.students.select(
            **{f"{one}{end}": one for names, end in _ends(standard) for one in names}
        ))  # fmt: skip
    return made


def seen(some: pl.DataFrame, standard: Standard) -> pl.DataFrame:
    """Cells or students as they are by a standard, under the plain names; of two distances counts only which is nearer."""
    plain = {one: f"{one}{end}" for names, end in _ends(standard) for one in names}
    made = some.with_columns(
        **{one: pl.col(name) for one, name in plain.items() if name in some.columns}
    )
    nearer = pl.col(f"nearer{standard.along}")
    return made.with_columns(far_m=pl.when(nearer).then(0.0).otherwise(2.0), right_m=pl.lit(1.0))


def _ends(standard: Standard) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Columns that depend on ratings, on distances and on both, with what their names end with."""
    return ((("rank", "right_rank", "quality"), standard.by), (("far_m", "right_m"), standard.along),
            (("nearest_m", "nearest_room_m", "nearest_unsure_m"), standard.by + standard.along))  # fmt: skip
