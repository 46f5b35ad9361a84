"""The description of a measure, used by counting, release, maps, checks and documents."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from geoservice.cohort.students import Cohort
from geoservice.measures.ground import Ground

STUDENTS, SHARE, SEATS, GAP, RANK, MILES, DENSITY = (
    "students",
    "share",
    "seats",
    "gap",
    "rank",
    "miles",
    "per_100",
)
"""Units of values, as printed; values of ``miles`` are metres in tables."""
AREA, ZONE, BY_SCHOOL, BY_HEXAGON = "area", "zone", "school", "hexagons"
"""Kinds of units."""
TOTAL, PART_COUNT, PART_SHARE, STATISTIC, RESIDENTS, FLOWS, DRAW, PUBLIC = (
    "total",
    "part count",
    "part share",
    "statistic",
    "residents",
    "flows",
    "draw",
    "public",
)
"""How the release protects a measure: a number of students; a number of some of them.

A share of them; a median or mean over them; a number made of residents and public seats; numbers by
destination; numbers by hexagon that may be joined; nothing but public facts.
"""
LIST, ATTENDANCE, SUPPLY, RATINGS, QUALITY = (
    "students",
    "schools",
    "school places",
    "ratings",
    "quality labels",
)
SEAT_COUNTS, ENROLMENT, DISTANCES, PROGRAMMES, ZONES = (
    "seats",
    "enrolment",
    "distances",
    "programmes",
    "zones",
)
"""What a measure may need: a list of students; schools; their places and grades; ratings.

A rating label that stands for quality; seats; enrollment; programs; zones. `DISTANCES` says that
values depend on how distances are measured.
"""


def ratio(cells: pl.DataFrame, _ground: Ground, _unit: str) -> pl.DataFrame:
    """Return the rows with ``value``, the numerator over the denominator."""
    return cells.with_columns(value=pl.col("numerator") / pl.col("denominator"))


def number(cells: pl.DataFrame, _ground: Ground, _unit: str) -> pl.DataFrame:
    """Return the rows with ``value``, the numerator."""
    return cells.with_columns(value=pl.col("numerator").cast(pl.Float64))


def as_counted(cells: pl.DataFrame, _ground: Ground, _unit: str) -> pl.DataFrame:
    """Return the rows as they were counted, with their ``value``."""
    return cells


@dataclass(frozen=True)
class Measure:
    """One measure of the regional conversation.

    Attributes
    ----------
    id, title
        Name in commands and requests; name for readers.
    unit
        Unit of the values: `STUDENTS`, `SHARE` and so on.
    by
        Kinds of units that the measure can be counted by.
    count
        Function from a ground and a kind of units to cells, which
        `geoservice.measures.cells.part_cells` describes.
    parts
        Names of the parts; ``("",)`` for a measure without parts.
    region_parts
        Function that returns the parts for a region, such as its rating labels; None without
        such parts.
    needs
        Data that the measure needs: `LIST`, `RATINGS` and so on.
    protection
        How the release protects the cells.
    value
        Function from cells (protected cells for the public) to rows with ``value``.
    unrated_parts
        Parts of a measure by rating that need no rating.
    counted
        Unit of numerator and denominator: ``students`` or ``seats``.
    has_interval
        True for shares of students, which have a Wilson interval.
    has_destinations
        True if each line has a destination, the column ``to``.
    is_of_homes
        False for measures by school attended and for seats, which hexagons of homes cannot show.
    by_rating
        True if the measure also has parts ``<label> <part>``, for bars by rating.
    """

    id: str
    title: str
    unit: str
    by: frozenset[str]
    count: Callable[[Ground, str], pl.DataFrame]
    parts: tuple[str, ...] = ("",)
    region_parts: Callable[[Cohort], tuple[str, ...]] | None = None
    needs: frozenset[str] = frozenset({LIST})
    protection: str = PART_SHARE
    value: Callable[[pl.DataFrame, Ground, str], pl.DataFrame] = ratio
    unrated_parts: frozenset[str] = frozenset()
    counted: str = STUDENTS
    has_interval: bool = False
    has_destinations: bool = False
    by_rating: bool = False
    is_of_homes: bool = True

    @property
    def indispensable(self) -> frozenset[str]:
        """Return the needs without which no part of the measure has a value."""
        return self.needs - {RATINGS} if self.unrated_parts else self.needs
