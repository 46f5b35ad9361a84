"""The protection of a region's public counts of students."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.release.hexagon_merging import LEAST_HOMES
from geoservice.release.protected_counts import Protection, protected_counts
from geoservice.release.record_keys import RECORD_KEY, with_record_keys
from geoservice.release.rules import protection_of
from geoservice.state.secret import secret_for

if TYPE_CHECKING:
    from geoservice.planning.counting import PublicCounts

RECORD_KEYS = "record keys"
"""What the secret of record keys is derived for."""


def with_keys(students: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Students of all years with the column ``record_key``."""
    return with_record_keys(students, secret_for(RECORD_KEYS, settings))


def protection_of_students(reference: Reference, students: pl.DataFrame) -> Protection:
    """The region's protection; the number of all students of a year and band is public.

    Parameters
    ----------
    students
        All of the region's students with `with_keys`.
    """
    by_grade = students.group_by("year", "grade").agg(pl.col(RECORD_KEY).sum())
    bands = [None, *reference.info.bands.values()]
    sums = [
        (by_grade if grades is None else by_grade.filter(pl.col("grade").is_in(list(grades))))
        .group_by("year")
        .agg(pl.col(RECORD_KEY).sum())
        for grades in bands
    ]
    totals = np.concatenate([table[RECORD_KEY].to_numpy() for table in sums])
    return protection_of(reference.info, totals)


def public_counts(reference: Reference, students: pl.DataFrame) -> "PublicCounts":
    """How the planning figures of a region count its students for the public."""
    # Planning reads the region's files, which takes a fifth of a second to load.
    from geoservice.planning.counting import PublicCounts

    protection = protection_of_students(reference, students)
    return PublicCounts(
        lambda numbers, sums: protected_counts(numbers, sums, protection),
        protection.min_n,
        LEAST_HOMES,
        tuple(reference.info.release.subgroups),
    )
