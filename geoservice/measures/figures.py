"""Figures of one measure by one kind of units: value, numerator, denominator, interval, the district's value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.errors import InputError, NotFoundError
from geoservice.measures.catalogue import MEASURES, Measure
from geoservice.measures.cells import ALL_GRADES, count, sums
from geoservice.measures.cohort import DISTRICT, Cohort
from geoservice.measures.families import families
from geoservice.measures.need import need_ranks, service
from geoservice.measures.protect import HIDDEN, HIGH, LOW, SHOWN, code_bound
from geoservice.measures.publish import Publication
from geoservice.measures.supply import seats, stability, supply
from geoservice.measures.travel import travel

COLUMNS = ("year", "band", "unit", "part", "value", "numerator", "denominator", "low", "high",
           "district", "coverage", "status", "bound")  # fmt: skip
"""``status``: ``shown``, ``low`` and ``high`` (the share is at most, or at least, ``bound``), ``hidden``."""
_Z = 1.959963984540054


@dataclass(frozen=True)
class Ground:
    """What figures are made of. ``publication`` is None for the internal profile, which hides nothing."""

    cohort: Cohort
    bands: Mapping[str, Sequence[str]]
    labels: tuple[str, ...]
    min_n: int
    publication: Publication | None


def figures(measure_id: str, unit: str, ground: Ground) -> pl.DataFrame:
    """All years, bands and units of one measure: `COLUMNS`, sorted; the district is the unit ``district``.

    Raises
    ------
    NotFoundError
        Where no measure has the id.
    InputError
        Where the measure is not made by these units.
    """
    measure = MEASURES.get(measure_id)
    if measure is None:
        raise NotFoundError(f"There is no such measure. There are: {', '.join(MEASURES)}.")
    if (unit == "school") != (measure.form == "school"):
        units = "`school`" if measure.form == "school" else "areas or zones"
        raise InputError(f"The measure `{measure_id}` is made by {units}.")
    rows = _rows(measure, unit, ground)
    return _finished(rows, measure, ground)


def wilson(numerator: pl.Expr, denominator: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Ends of the 95% interval of a share after Wilson (1927), without continuity correction."""
    share, z2 = numerator / denominator, _Z * _Z
    middle = (share + z2 / (2 * denominator)) / (1 + z2 / denominator)
    spread = share * (1 - share) / denominator + z2 / (4 * denominator * denominator)
    half = _Z * spread.sqrt() / (1 + z2 / denominator)
    return middle - half, middle + half


def _rows(measure: Measure, unit: str, ground: Ground) -> pl.DataFrame:
    if measure.form == "seats":
        return _of_seats(measure, unit, ground)
    if measure.form == "metres":
        shown = _shown_units(unit, ground)
        return travel(ground.cohort, measure.id, unit, ground.bands, shown, ground.min_n)
    if measure.form in ("need", "rank"):
        residents = _of_students("residents", (), unit, ground)
        make = need_ranks if measure.form == "rank" else service
        return make(residents, ground.cohort, unit, ground.bands, measure.id)
    if measure.form == "net":
        return _net_flow(unit, ground)
    parts = [_of_students(family, names, unit, ground) for family, names in measure.parts]
    value = pl.col("numerator") / pl.col("denominator")
    if measure.form == "count":
        value = pl.col("numerator").cast(pl.Float64)
    return pl.concat(parts).with_columns(value=value)


def _of_students(
    family: str, parts: Sequence[str], unit: str, ground: Ground
) -> pl.DataFrame:  # fmt: skip
    found = families(ground.labels)[family]
    names = list(parts) or list(found.parts)
    if ground.publication is None:
        table = sums(count(ground.cohort, found, [unit]), unit, ground.bands, names)
        return table.with_columns(status=pl.lit(SHOWN))
    if names and not set(names) & set(found.released(unit)):
        raise InputError("This measure is not published by zone, only by areas: "
                         "its numbers would single out students.")  # fmt: skip
    made = ground.publication.plan(family, ground.publication.units_of(family, unit)).status
    some = made.filter(pl.col("units") == unit, pl.col("part").is_in(names or [""])).drop("units")
    return some.select("year", "band", "unit", "part", "numerator", "denominator", "status")


def _shown_units(unit: str, ground: Ground) -> pl.DataFrame | None:
    """Numbers of residents that are public, null where hidden; None where nothing is hidden."""
    if ground.publication is None:
        return None
    lines = _of_students("residents", (), unit, ground).filter(status=SHOWN)
    return lines.select("year", "band", "unit", residents="denominator")


def _of_seats(measure: Measure, unit: str, ground: Ground) -> pl.DataFrame:
    table = seats(ground.cohort, unit, ground.bands)
    if measure.id == "rating_stability":
        made = stability(table, ground.cohort.years)
    else:
        made = supply(table, measure.id)
    order = ["year", "band", "unit", "part", "numerator", "denominator", "value"]
    return made.select(order).with_columns(status=pl.lit(SHOWN))


def _net_flow(unit: str, ground: Ground) -> pl.DataFrame:
    key = ["year", "band", "unit"]
    leave = _of_students("balance", ("leave",), unit, ground)
    enter = _of_students("entering", ("enter",), unit, ground)
    both = leave.join(enter, on=key, how="inner", suffix="_in")
    shown = (pl.col("status") == SHOWN) & (pl.col("status_in") == SHOWN)
    net = pl.col("numerator_in") - pl.col("numerator")
    return both.select(
        *key, part=pl.lit(""), numerator=net, denominator="denominator",
        status=pl.when(shown).then(pl.lit(SHOWN)).otherwise(pl.lit(HIDDEN)),
        value=net.cast(pl.Float64),
    )  # fmt: skip


def _finished(rows: pl.DataFrame, measure: Measure, ground: Ground) -> pl.DataFrame:
    """The rows with interval, bound, district and coverage, and without what is hidden."""
    shown = pl.col("status") == SHOWN
    bounds = _bounds(rows, ground.min_n)
    ends = wilson(pl.col("numerator"), pl.col("denominator"))
    is_share = measure.form in ("share", "school")
    made = rows.with_columns(pl.col("numerator", "denominator", "value").cast(pl.Float64))
    made = made.with_columns(
        value=pl.when(shown).then(pl.when(pl.col("value").is_finite()).then("value")),
        low=pl.when(shown & is_share & (pl.col("denominator") > 0)).then(ends[0]),
        high=pl.when(shown & is_share & (pl.col("denominator") > 0)).then(ends[1]),
        numerator=pl.when(shown).then("numerator"),
        denominator=pl.when(pl.col("status") != HIDDEN).then("denominator"),
        bound=bounds,
    )  # fmt: skip
    district = made.filter(unit=DISTRICT).select("year", "band", "part", district="value")
    made = made.join(district, on=["year", "band", "part"], how="left")
    made = made.join(_covered(ground), on="year", how="left")
    band = pl.when(pl.col("band") == ALL_GRADES).then(pl.lit("all")).otherwise("band")
    last = pl.col("unit") == DISTRICT
    return made.with_columns(band=band).sort("year", "band", last, "unit", "part").select(COLUMNS)


def _bounds(rows: pl.DataFrame, min_n: int) -> pl.Series:
    found = []
    for status, whole in rows.select("status", "denominator").iter_rows():
        width = code_bound(int(whole), min_n) if status in (LOW, HIGH) else None
        found.append(None if width is None else width if status == LOW else 1 - width)
    return pl.Series("bound", found, dtype=pl.Float64)


def _covered(ground: Ground) -> pl.DataFrame:
    """Share of the district's students with a matched address, by year, to the nearest percent."""
    share = pl.col("is_matched").mean().round(2)
    return ground.cohort.students.group_by("year").agg(coverage=share)
