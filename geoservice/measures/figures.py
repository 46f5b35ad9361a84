"""Figures of one measure by one kind of units: value, numerator, denominator, interval, the district's value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.errors import InputError, NotFoundError
from geoservice.measures.catalogue import MEASURES, Measure
from geoservice.measures.cells import ALL_GRADES, count, sums
from geoservice.measures.cohort import DISTRICT, Cohort
from geoservice.measures.complete import complete, coverage_rows, covered
from geoservice.measures.density import density
from geoservice.measures.families import families
from geoservice.measures.need import need_ranks, service
from geoservice.measures.protect import HIDDEN, HIGH, LOW, SHOWN, code_bound
from geoservice.measures.publish import Publication
from geoservice.measures.supply import school_tiers, seats, stability, supply
from geoservice.measures.travel import travel

COLUMNS = ("year", "band", "unit", "part", "value", "numerator", "denominator", "low", "high", "district", "coverage",
           "left_out", "class", "scheme", "distances", "status", "bound")  # fmt: skip
"""``status``: ``shown``, ``low`` and ``high`` (the share is at most, or at least, ``bound``), ``hidden``, ``no_data``,
``not_applicable``. ``docs/measures.md`` describes every column."""
COMFORT = (0.80, 0.95)
"""Utilisation between these is comfortable."""
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
    kind = unit.partition("_")[0]
    if kind not in measure.units:
        units = " or ".join(f"{one}s" for one in sorted(measure.units))
        raise InputError(f"The measure `{measure_id}` is made by {units}.")
    rows = _classed(_rows(measure, unit, ground), measure)
    if ground.publication is None:
        rows = complete(rows, measure, unit, ground.cohort, ground.bands)
    return _finished(rows, measure, unit, ground)


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
    if measure.form in ("need", "rank", "density"):
        return _of_residents(measure, unit, ground)
    if measure.form == "net":
        return _net_flow(unit, ground)
    if measure.id == "coverage" and ground.publication is None:
        return coverage_rows(unit, ground.cohort, ground.bands)
    parts = [_of_students(family, names, unit, ground) for family, names in measure.parts]
    value = pl.col("numerator") / pl.col("denominator")
    if measure.form == "count":
        value = pl.col("numerator").cast(pl.Float64)
    made = pl.concat(parts).with_columns(value=value)
    return _with_schools(made, unit, ground) if measure.id == "tier_table" else made


def _of_residents(measure: Measure, unit: str, ground: Ground) -> pl.DataFrame:
    """Measures of seats beside residents: every line of a kind of units, those without residents too."""
    residents = _of_students("residents", (), unit, ground)
    cohort, bands = ground.cohort, ground.bands
    if ground.publication is None:
        counted = complete(residents.with_columns(value=pl.col("numerator")), MEASURES["residents"],
                           unit, cohort, bands)  # fmt: skip
        residents = counted.drop("value", "left_out")
    if measure.form == "rank":
        return need_ranks(residents, cohort, unit, bands, cohort.reference.info.measures.top)
    if measure.form == "density":
        return density(residents, cohort, unit, bands)
    return service(residents, cohort, unit, bands, measure.id)


def _with_schools(students: pl.DataFrame, unit: str, ground: Ground) -> pl.DataFrame:
    """The tier table: schools by rating below students by rating."""
    schools = school_tiers(seats(ground.cohort, unit, ground.bands), ground.labels)
    types = {"numerator": pl.Float64, "denominator": pl.Float64}
    named = students.with_columns(part=pl.concat_str(pl.lit("students "), "part")).cast(types)  # type: ignore[arg-type]
    beside = schools.drop("left_out").with_columns(status=pl.lit(SHOWN))
    return pl.concat([named, beside.select(named.columns)])


def _classed(rows: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """``class``: of utilisation against the comfort band; of programmes as `density` gives it; else null."""
    if "class" in rows.columns:
        return rows
    low, high = COMFORT
    value = pl.col("value")
    named = (
        pl.when(value < low).then(pl.lit("under")).when(value > high).then(pl.lit("over"))
        .when(value.is_not_null()).then(pl.lit("comfortable"))
    )  # fmt: skip
    return rows.with_columns((named if measure.id == "utilisation" else pl.lit(None, dtype=pl.String)).alias("class"))  # fmt: skip


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
    base = "attenders" if unit == "school" else "residents"
    lines = _of_students(base, (), unit, ground).filter(status=SHOWN)
    return lines.select("year", "band", "unit", residents="denominator")


def _of_seats(measure: Measure, unit: str, ground: Ground) -> pl.DataFrame:
    cohort, rules = ground.cohort, ground.cohort.reference.info.measures
    if measure.id == "rating_stability":
        made = stability(cohort, unit, ground.bands, rules.stable_years, rules.stable_of_years)
    else:
        made = supply(seats(cohort, unit, ground.bands), measure.id)
    order = ["year", "band", "unit", "part", "numerator", "denominator", "value", "left_out"]
    return made.select(order).with_columns(status=pl.lit(SHOWN))


def _net_flow(unit: str, ground: Ground) -> pl.DataFrame:
    """Enter less leave."""
    if ground.publication is None:
        return _internal_net(unit, ground)
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


def _internal_net(unit: str, ground: Ground) -> pl.DataFrame:
    key = ["year", "band", "unit"]
    leave, enter = (
        complete(
            _rows(MEASURES[one], unit, ground), MEASURES[one], unit, ground.cohort, ground.bands
        )
        for one in ("leave", "enter")
    )
    both = leave.join(enter, on=key, how="inner", suffix="_in")
    net = pl.col("numerator_in") - pl.col("numerator")
    return both.select(
        *key, part=pl.lit(""), numerator=net, denominator=pl.lit(None, dtype=pl.Int64),
        status=pl.lit(SHOWN), value=net.cast(pl.Float64),
        left_out=pl.col("left_out") + pl.col("left_out_in"),
    )  # fmt: skip


def _finished(rows: pl.DataFrame, measure: Measure, unit: str, ground: Ground) -> pl.DataFrame:
    """The rows with interval, bound, district and coverage, and without what is hidden."""
    shown = pl.col("status") == SHOWN
    bounds = _bounds(rows, ground.min_n)
    ends = wilson(pl.col("numerator"), pl.col("denominator"))
    is_share = measure.is_share
    made = rows.with_columns(pl.col("numerator", "denominator", "value").cast(pl.Float64))
    if ground.publication is not None:
        made = made.with_columns(left_out=pl.lit(None, dtype=pl.Int64))
    made = made.with_columns(
        pl.when(shown).then("class").alias("class"), *_named(measure, ground),
        value=pl.when(shown).then(pl.when(pl.col("value").is_finite()).then("value")),
        low=pl.when(shown & is_share & (pl.col("denominator") > 0)).then(ends[0]),
        high=pl.when(shown & is_share & (pl.col("denominator") > 0)).then(ends[1]),
        numerator=pl.when(shown).then("numerator"),
        denominator=pl.when(pl.col("status") != HIDDEN).then("denominator"),
        bound=bounds,
    )  # fmt: skip
    district = made.filter(unit=DISTRICT).select("year", "band", "part", district="value")
    made = made.join(district, on=["year", "band", "part"], how="left")
    made = _with_coverage(made, unit, ground)
    band = pl.when(pl.col("band") == ALL_GRADES).then(pl.lit("all")).otherwise("band")
    last = pl.col("unit") == DISTRICT
    return made.with_columns(band=band).sort("year", "band", last, "unit", "part").select(COLUMNS)


def _bounds(rows: pl.DataFrame, min_n: int) -> pl.Series:
    found = []
    for status, whole in rows.select("status", "denominator").iter_rows():
        width = code_bound(int(whole), min_n) if status in (LOW, HIGH) else None
        found.append(None if width is None else width if status == LOW else 1 - width)
    return pl.Series("bound", found, dtype=pl.Float64)


def _named(measure: Measure, ground: Ground) -> list[pl.Expr]:
    """``scheme`` and ``distances``: by which ratings and which distances a figure is made; null where by none."""
    cohort = ground.cohort
    rated = measure.needs_rating or measure.id == "rating_stability"
    scheme = cohort.scheme.id if rated and cohort.scheme else None
    far = measure.form == "metres" or measure.id in ("access", "leave_reason")
    return [pl.lit(scheme, dtype=pl.String).alias("scheme"),
            pl.lit(cohort.distances if far else None, dtype=pl.String).alias("distances")]  # fmt: skip


def _with_coverage(rows: pl.DataFrame, unit: str, ground: Ground) -> pl.DataFrame:
    """``coverage``; of a public figure the district's, to the nearest percent."""
    if ground.publication is None:
        found = covered(unit, ground.cohort, ground.bands)
        beside = found.filter(unit=DISTRICT).select("year", "band", whole="coverage")
        made = rows.join(found, on=["year", "band", "unit"], how="left").join(
            beside, on=["year", "band"], how="left")  # fmt: skip
        return made.with_columns(coverage=pl.coalesce("coverage", "whole")).drop("whole")
    share = pl.col("is_matched").mean().round(2)
    found = ground.cohort.students.group_by(pl.col("year").cast(pl.String)).agg(coverage=share)
    return rows.join(found, on="year", how="left")
