"""Numbers and shares of students by unit: as they are for the internal profile, as they were released for the public one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.errors import InputError
from geoservice.measures.cells import count, sums
from geoservice.measures.coding import HIDDEN, ROUNDED, SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.families import families
from geoservice.measures.linked import ALL_GRADES
from geoservice.measures.publish import Publication
from geoservice.measures.release_tables import (
    HEXAGONS,
    HOME_TIERS,
    LEFT_OUT,
    SCHOOL,
    destination,
)

OTHER = "other"
"""Where students go whose ways are not told one by one."""
_KEY = ["year", "band", "unit"]
_EPSILON = 1e-9
_COLUMNS = (*_KEY, "part", "numerator", "denominator", "value", "bound", "status", "left_out")


@dataclass(frozen=True)
class Ground:
    """What figures are made of. ``publication`` is None for the internal profile, which hides nothing."""

    cohort: Cohort
    bands: Mapping[str, Sequence[str]]
    labels: tuple[str, ...]
    min_n: int
    publication: Publication | None


def student_lines(family: str, parts: Sequence[str], unit: str, ground: Ground) -> pl.DataFrame:
    """Lines of a family of counts by year, band and unit; of some of its parts, else of all.

    ``numerator`` and ``denominator`` are null where hidden; ``value`` only of shares that are rounded. The column
    ``left_out`` is there for public lines alone.

    Raises
    ------
    InputError
        Where the family is not published by these units.
    """
    found = families(ground.labels)[family]
    names = list(parts) or list(found.parts)
    blank = [pl.lit(None, dtype=pl.Float64).alias(one) for one in ("value", "bound")]
    if ground.publication is None:
        return _open_lines(family, names, unit, ground).with_columns(*blank, status=pl.lit(SHOWN))
    lines = ground.publication.lines(family, unit)
    some = lines.filter(pl.col("part").is_in(names or [""]))
    if some.is_empty() and unit.startswith("zone_"):
        raise InputError("This measure is not published by zone, only by areas: "
                         "its numbers would single out students.")  # fmt: skip
    left = lines.filter(part=LEFT_OUT).select(*_KEY, "units", left_out="numerator")
    return some.join(left, on=[*_KEY, "units"], how="left").select(_COLUMNS)


def shown_units(unit: str, ground: Ground) -> pl.DataFrame | None:
    """Numbers of residents that are public, absent where hidden; None where nothing is hidden."""
    if ground.publication is None:
        return None
    base = "attenders" if unit == SCHOOL else "residents"
    lines = student_lines(base, (), unit, ground).filter(status=SHOWN)
    return lines.select(*_KEY, residents="denominator")


def shown_tiers(unit: str, ground: Ground) -> pl.DataFrame | None:
    """How many residents attend schools of a rating, ``label``, at the least, where that is many; None where nothing is hidden."""
    if ground.publication is None:
        return None
    lines = ground.publication.lines(HOME_TIERS, unit).filter(pl.col("status") == ROUNDED)
    least = ((pl.col("value") - pl.col("bound") / 2) * pl.col("denominator") - _EPSILON).ceil()
    return lines.select(*_KEY, label="part", residents=least).filter(pl.col("residents") >= ground.min_n)  # fmt: skip


def net_flow(unit: str, ground: Ground) -> pl.DataFrame:
    """Enter less leave, where both are shown; nobody enters a unit where no school stands."""
    leave = student_lines("balance", ("leave",), unit, ground)
    enter = student_lines("entering", ("enter",), unit, ground)
    both = leave.join(enter, on=_KEY, how="left", suffix="_in").with_columns(
        pl.col("status_in").fill_null(SHOWN), pl.col("numerator_in", "left_out_in").fill_null(0)
    )
    shown = (pl.col("status") == SHOWN) & (pl.col("status_in") == SHOWN)
    net = pl.when(shown).then(pl.col("numerator_in") - pl.col("numerator"))
    return both.select(
        *_KEY, part=pl.lit(""), numerator=net, denominator=pl.lit(None, dtype=pl.Int64),
        status=pl.when(shown).then(pl.lit(SHOWN)).otherwise(pl.lit(HIDDEN)),
        value=net.cast(pl.Float64), left_out=pl.col("left_out") + pl.col("left_out_in"),
    )  # fmt: skip


def ways(unit: str, ground: Ground) -> pl.DataFrame:
    """From each unit to each destination: lines with ``to``; of a public figure small ways are one line, `OTHER`.

    Which ways are hidden, and how many, is not told. Of where a school's students live is told, in public, that a way has at
    least ``bound`` students.
    """
    if ground.publication is not None and unit == SCHOOL:
        return _draws(ground)
    lines = (
        _open_ways(unit, ground) if ground.publication is None else ground.publication.ways(unit)
    )
    told = lines.filter(pl.col("numerator") > 0)
    base = "attenders" if unit == SCHOOL else "residents"
    whole = student_lines(base, (), unit, ground).select(*_KEY, whole="denominator")
    each = told.join(whole, on=_KEY, how="left").select(
        *_KEY, "to", "numerator", denominator="whole", status=pl.lit(SHOWN)
    )
    sums_told = each.group_by(_KEY).agg(pl.col("numerator").sum())
    rest = whole.filter(pl.col("whole") > 0).join(sums_told, on=_KEY, how="left").with_columns(
        numerator=pl.col("whole") - pl.col("numerator").fill_null(0)
    )  # fmt: skip
    others = rest.filter(pl.col("unit") != "district", pl.col("numerator") > 0).select(
        *_KEY, to=pl.lit(OTHER), numerator="numerator", denominator="whole", status=pl.lit(SHOWN)
    )
    return pl.concat([each, others]).with_columns(
        part=pl.lit(""), value=pl.col("numerator").cast(pl.Float64)
    )


def _open_lines(family: str, names: Sequence[str], unit: str, ground: Ground) -> pl.DataFrame:
    found = families(ground.labels)[family]
    if unit == HEXAGONS and family != "residents":
        raise InputError("This measure is not made by hexagons.")
    cells = ground.cohort.once(("cells", family, unit), lambda: count(ground.cohort, found, unit))
    return sums(cells, ground.bands, names)


def _draws(ground: Ground) -> pl.DataFrame:
    """From each school to the hexagons where at least ``bound`` of its students live, of all grades."""
    lines = ground.publication.ways(SCHOOL) if ground.publication else pl.DataFrame()
    whole = student_lines("attenders", (), SCHOOL, ground).select(*_KEY, "denominator")
    return lines.select(*_KEY, "to", "bound", "status").join(whole, on=_KEY, how="left").with_columns(
        part=pl.lit(""), numerator=pl.lit(None, dtype=pl.Int64), value=pl.lit(None, dtype=pl.Float64)
    )  # fmt: skip


def _open_ways(unit: str, ground: Ground) -> pl.DataFrame:
    """All ways as they are, by band."""
    at_school = pl.col("is_known_school")
    key, to = ("school_id", HEXAGONS) if unit == SCHOOL else (unit, destination(unit))
    some = ground.cohort.students.filter(at_school, "is_matched").select(
        pl.col("year", "grade").cast(pl.String), unit=pl.col(key).cast(pl.String), to=pl.col(to).cast(pl.String)
    ).drop_nulls(["unit", "to"])  # fmt: skip
    names = ["year", "unit", "to"]
    found = [
        (some if grades is None else some.filter(pl.col("grade").is_in(list(grades))))
        .group_by(names).agg(numerator=pl.len().cast(pl.Int64)).with_columns(band=pl.lit(band))
        for band, grades in {**ground.bands, ALL_GRADES: None}.items()
    ]  # fmt: skip
    return pl.concat(found)


__all__ = [
    "ALL_GRADES",
    "Ground",
    "net_flow",
    "shown_tiers",
    "shown_units",
    "student_lines",
    "ways",
]
