"""What a measure is: one description that counting, release, maps, checks and documents read."""

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
LIST, ATTENDANCE, SUPPLY, RATINGS, SEAT_COUNTS, ENROLMENT, DISTANCES, PROGRAMMES, ZONES = (
    "students",
    "schools",
    "school places",
    "ratings",
    "seats",
    "enrolment",
    "distances",
    "programmes",
    "zones",
)
"""What a measure may need: a list of students; schools; their places and grades; ratings; seats.

Enrolment; programmes; zones. `DISTANCES` says that values depend on how distances are measured.
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
        Its name in commands and requests, and in words.
    unit
        Of its values: `STUDENTS`, `SHARE` and so on.
    by
        The kinds of units that it is counted by.
    count
        From a ground and a kind of units to cells: `geoservice.measures.cells.part_cells` describes
        them.
    parts
        Its parts; ``("",)`` where it has one.
    region_parts
        Parts that follow from a region, such as its rating labels; None where there are none.
    needs
        What it says nothing without: `LIST`, `RATINGS` and so on.
    protection
        How the release protects its cells.
    value
        From cells, protected where they are public, to rows with ``value``.
    unrated_parts
        Parts of a measure by rating that need no rating.
    counted
        What numerator and denominator count: ``students`` or ``seats``.
    has_interval
        True for shares of students, which have a Wilson interval.
    has_destinations
        True where each line goes somewhere: column ``to``.
    is_of_homes
        False where it counts by the school attended, or seats: no hexagon of homes can show it.
    by_rating
        True where ``<label> <part>`` are parts, too: for bars by rating.
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
