"""Counts of students in the finest cells that any figure needs, and sums of them by unit and band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.measures.codes import Codes, codes
from geoservice.measures.cohort import Cohort
from geoservice.measures.families import Family, school_unit
from geoservice.measures.linked import ALL_GRADES, DISTRICT
from geoservice.model.grades import GRADES

Bands = Mapping[str, Sequence[str]]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """Students by cell.

    Attributes
    ----------
    number
        By year, grade (the first for none), unit and category.
    years, ids
        The years, and the ids of the units.
    family
        What the categories say.
    """

    number: Numbers
    years: tuple[str, ...]
    ids: tuple[str, ...]
    family: Family


@dataclass(frozen=True)
class _Places:
    """The cell of each student by a column of units: year, grade and unit, each with the first place for none but years."""

    cell: Codes
    ids: tuple[str, ...]
    shape: tuple[int, int, int]


def count(cohort: Cohort, family: Family, unit: str) -> Cells:
    """The cells of a family over a kind of units."""
    counted, column = pl.lit(value=True), f"c_{unit}"
    if family.side == "home":
        counted, column = pl.col("is_matched"), unit
    elif family.side == "school":
        counted, column = pl.col("is_known_school"), school_unit(unit)
    category = pl.when(counted).then(family.category(unit)).cast(pl.Int8).fill_null(-1)
    which = cohort.students.select(category=category)["category"].to_numpy()
    places = _places(cohort, column)
    number = _numbers(places.cell * family.size + which, which >= 0, (*places.shape, family.size))
    return Cells(number[:, :, 1:], cohort.years, places.ids, family)


def sums(cells: Cells, bands: Bands, parts: Sequence[str]) -> pl.DataFrame:
    """``year``, ``band``, ``unit``, ``part``, ``numerator``, ``denominator``: units, then the district.

    The district is the sum of the units. Without parts the numerator is the denominator. Denominators differ where a part leaves out
    some of the students (`Family.unsure`).
    """
    banded = _banded(cells.number, bands)
    banded = np.concatenate([banded, banded.sum(axis=2, keepdims=True)], axis=2)
    whole = banded.sum(axis=3)
    at = np.nonzero(whole)
    wanted = [sorted(cells.family.parts[part]) for part in parts] or [
        list(range(cells.family.size))
    ]
    found = [banded[at][:, some].sum(axis=1) for some in wanted]
    lines = _lines(at, cells.years, (*cells.ids, DISTRICT), bands)
    unsure = [sorted(cells.family.unsure.get(part, ())) for part in parts or [""]]
    made = [lines.with_columns(part=pl.lit(part), numerator=pl.Series(number),
                               denominator=whole[at] - banded[at][:, some].sum(axis=1))
            for part, number, some in zip(parts or [""], found, unsure, strict=True)]  # fmt: skip
    order = ["year", "band", "unit", "part", "numerator", "denominator"]
    return pl.concat(made).select(order)


def tally(cohort: Cohort, column: str, where: pl.Expr, bands: Bands) -> pl.DataFrame:
    """``year``, ``band``, ``unit``, ``n``: number of students by a column of units; the district has those without one too.

    Of the column ``district`` there is the district alone.
    """
    # Printed, an expression leaves out the middle of a long list.
    name = ("tally", column, where.meta.serialize(), tuple(bands))
    return cohort.once(name, lambda: _tally(cohort, column, where, bands))


def _tally(cohort: Cohort, column: str, where: pl.Expr, bands: Bands) -> pl.DataFrame:
    places = _places(cohort, column)
    counted = cohort.students.select(pl.lit(value=True).and_(where).alias("n"))["n"]
    some = np.broadcast_to(counted.fill_null(value=False).to_numpy(), len(places.cell))
    banded = _banded(_numbers(places.cell, some, places.shape), bands)
    banded[:, :, 0] = banded.sum(axis=2)
    at = np.nonzero(banded)
    return _lines(at, cohort.years, (DISTRICT, *places.ids), bands).with_columns(n=banded[at])


def _places(cohort: Cohort, column: str) -> _Places:
    return cohort.once(("places", column), lambda: _places_of(cohort, column))


def _places_of(cohort: Cohort, column: str) -> _Places:
    students = cohort.students
    ids: tuple[str, ...] = ()
    cell = codes(students["year"]) * (len(GRADES) + 1) + codes(students["grade"]) + 1
    if column != DISTRICT:
        units = students[column]
        if units.dtype == pl.String:  # Hexagons
            units = units.cast(pl.Enum(units.drop_nulls().unique().sort()))
        ids = tuple(units.dtype.categories)  # type: ignore[attr-defined]
        cell = cell * (len(ids) + 1) + codes(units) + 1
    return _Places(cell, ids, (len(cohort.years), len(GRADES) + 1, len(ids) + 1))


def _numbers(cell: Codes, counted: NDArray[np.bool_], shape: tuple[int, ...]) -> Numbers:
    whole = cell if counted.all() else cell[counted]
    return np.bincount(whole, minlength=int(np.prod(shape))).reshape(shape)


def _banded(number: Numbers, bands: Bands) -> Numbers:
    """The numbers by band instead of grade, the bands first, that of all grades last."""
    chosen = [[GRADES.index(one) + 1 for one in grades] for grades in bands.values()]
    every = list(range(number.shape[1]))
    return np.stack([number[:, some].sum(axis=1) for some in [*chosen, every]])


def _lines(
    at: tuple[NDArray[np.int64], ...], years: Sequence[str], ids: Sequence[str], bands: Bands
) -> pl.DataFrame:
    named = {"band": [*bands, ALL_GRADES], "year": years, "unit": ids}
    return pl.DataFrame({name: pl.Series(list(texts), dtype=pl.String).gather(places)
                         for (name, texts), places in zip(named.items(), at, strict=True)})  # fmt: skip
