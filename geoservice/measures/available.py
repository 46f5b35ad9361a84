"""Sections of `region.toml` that a region lacks for a measure. Such a measure has no figure."""

from collections.abc import Callable, Iterable, Mapping

import polars as pl

from geoservice.measures.measure import (
    ATTENDANCE,
    ENROLMENT,
    PROGRAMMES,
    QUALITY,
    RATINGS,
    SEAT_COUNTS,
    SUPPLY,
    ZONES,
)
from geoservice.reference.snapshot import Reference


def lacking(needs: Iterable[str], reference: Reference) -> tuple[str, ...]:
    """Return the sections of ``region.toml`` that would bring what a region lacks, sorted."""
    return tuple(
        sorted(
            {
                remedy
                for need, (is_there, remedy) in _NEEDS.items()
                if need in set(needs) and not is_there(reference)
            }
        )
    )


def _has_schools(reference: Reference) -> bool:
    return len(reference.schools()) > 0


def _has_supply(reference: Reference) -> bool:
    located = reference.schools().drop_nulls(["lon", "lat"])
    return len(located.drop_nulls(["low_grade", "high_grade"])) > 0


def _has_ratings(reference: Reference) -> bool:
    return len(reference.ratings().drop_nulls("label")) > 0


def _has_quality(reference: Reference) -> bool:
    """Return True if a label means quality; a region without ratings lacks only ratings."""
    schemes = reference.info.schemes
    return not schemes or any(label.quality for scheme in schemes for label in scheme.labels)


def _has_numbers(reference: Reference, column: str) -> bool:
    tables = (reference.schools(), reference.seats())
    return any(len(table.filter(pl.col(column) > 0)) > 0 for table in tables)


def _has_programmes(reference: Reference) -> bool:
    return len(reference.schools().filter(pl.col("programs").fill_null("") != "")) > 0


_NEEDS: Mapping[str, tuple[Callable[[Reference], bool], str]] = {
    ATTENDANCE: (_has_schools, "[schools]"),
    SUPPLY: (_has_supply, "[schools] with places and grades"),
    RATINGS: (_has_ratings, "[[ratings]]"),
    QUALITY: (_has_quality, "`quality = true` for a label of [rating_schemes]"),
    SEAT_COUNTS: (
        lambda reference: _has_numbers(reference, "capacity"),
        "[schools] or [[seats]] with capacity",
    ),
    ENROLMENT: (
        lambda reference: _has_numbers(reference, "enrollment"),
        "[schools] or [[seats]] with enrollment",
    ),
    PROGRAMMES: (_has_programmes, "[schools] with programs"),
    ZONES: (lambda reference: bool(reference.info.zone_sets), "[[zones]]"),
}
