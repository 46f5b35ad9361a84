"""Figures of one measure by one kind of units: value, numerator, denominator, interval, the district's value."""

import polars as pl

from geoservice.errors import InputError, NotFoundError
from geoservice.measures.catalogue import MEASURES, Measure
from geoservice.measures.coding import HIDDEN, HIGH, LOW, ROUNDED, SHOWN
from geoservice.measures.complete import complete, coverage_rows, covered
from geoservice.measures.density import density
from geoservice.measures.families import families
from geoservice.measures.linked import ALL_GRADES, DISTRICT
from geoservice.measures.need import need_ranks, service
from geoservice.measures.release_tables import HEXAGONS
from geoservice.measures.student_lines import (
    Ground,
    net_flow,
    shown_tiers,
    shown_units,
    student_lines,
    ways,
)
from geoservice.measures.supply import (
    programmes,
    school_tiers,
    seats,
    stability,
    stable_part,
    supply,
)
from geoservice.measures.travel import travel
from geoservice.model.region import NOT_RATED

COLUMNS = ("year", "band", "unit", "part", "to", "value", "numerator", "denominator", "low", "high", "district", "coverage",
           "left_out", "class", "scheme", "distances", "status", "bound")  # fmt: skip
"""``status``: ``shown``, ``low`` and ``high`` (the share is at most, or at least, ``bound``), ``hidden``, ``no_data``,
``not_applicable``. ``docs/measures.md`` describes every column."""
COMFORT = (0.80, 0.95)
"""Utilisation between these is comfortable."""
_Z = 1.959963984540054


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
        units = " or ".join(f"{one.removesuffix('s')}s" for one in sorted(measure.units))
        raise InputError(f"The measure `{measure_id}` is made by {units}.")
    rows = _classed(_rows(measure, unit, ground), measure)
    if unit != HEXAGONS and measure.form != "ways":
        made = _complete(rows, measure, unit, ground)
        if ground.publication is not None:  # Nothing is said of what is not published.
            made = made.join(rows.select("band", "part").unique(), on=["band", "part"], how="semi")
        rows = made
    if measure.id == "coverage" and ground.publication is not None:
        rows = pl.concat([rows, ground.publication.reasons()], how="diagonal_relaxed")
    return _finished(rows, measure, unit, ground)


def wilson(numerator: pl.Expr, denominator: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Ends of the 95% interval of a share after Wilson (1927), without continuity correction, from 0 to 1 at most."""
    share, z2 = numerator / denominator, _Z * _Z
    middle = (share + z2 / (2 * denominator)) / (1 + z2 / denominator)
    spread = share * (1 - share) / denominator + z2 / (4 * denominator * denominator)
    half = _Z * spread.sqrt() / (1 + z2 / denominator)
    return (middle - half).clip(0, 1), (middle + half).clip(0, 1)


def _rows(measure: Measure, unit: str, ground: Ground) -> pl.DataFrame:
    if measure.form == "seats":
        return _of_seats(measure, unit, ground)
    if measure.form == "ways":
        return ways(unit, ground)
    if measure.form == "metres":
        shown = shown_units(unit, ground)
        by_rating = measure.id == "distance" and unit.startswith("area_")
        tiers = shown_tiers(unit, ground) if by_rating else None
        return travel(ground.cohort, measure.id, unit, ground.bands, shown, tiers, ground.min_n)
    if measure.form in ("need", "rank", "density"):
        return _of_residents(measure, unit, ground)
    if measure.form == "net":
        return net_flow(unit, ground) if ground.publication else _internal_net(unit, ground)
    if measure.id == "coverage" and ground.publication is None:
        return coverage_rows(unit, ground.cohort, ground.bands)
    parts = [student_lines(family, names, unit, ground) for family, names in measure.parts]
    value = pl.col("numerator") / pl.col("denominator")
    if measure.form == "count":
        return _numbers(pl.concat(parts))
    made = pl.concat(parts).with_columns(value=pl.coalesce("value", value))
    return _with_schools(made, unit, ground) if measure.id == "tier_table" else made


def _numbers(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of a number of students: one of which only the share is told is hidden, as no number can be told."""
    coded = pl.col("status").is_in([LOW, HIGH, ROUNDED])
    return lines.with_columns(
        value=pl.col("numerator").cast(pl.Float64),
        status=pl.when(coded).then(pl.lit(HIDDEN)).otherwise("status"),
    )


def _complete(rows: pl.DataFrame, measure: Measure, unit: str, ground: Ground) -> pl.DataFrame:
    parts = [] if ground.publication else _part_names(measure, ground)
    return complete(rows, measure, parts, unit, ground.cohort, ground.bands)


def _part_names(measure: Measure, ground: Ground) -> list[str]:
    """The parts that every unit has, those without students too."""
    ends, labels = ("median", "mean"), (*ground.labels, NOT_RATED)
    if measure.id == "distance":
        return [*ends, *(f"{label} {end}" for label in labels for end in ends)]
    if measure.id == "nearest_quality":
        return [*ends, *(f"excess {end}" for end in ends)]
    if measure.id == "tier_table":
        return [f"{whose} {label}" for whose in ("students", "schools") for label in labels]
    if measure.id == "programme_density":
        return programmes(ground.cohort.facts) or [""]
    if measure.id == "rating_stability":
        rules = ground.cohort.reference.info.measures
        return [stable_part(rules.stable_years, rules.stable_of_years)]
    known = families(ground.labels)
    named = [part for family, parts in measure.parts for part in parts or known[family].parts]
    return named or [""]


def _of_residents(measure: Measure, unit: str, ground: Ground) -> pl.DataFrame:
    """Measures of seats beside residents: every line of a kind of units, those without residents too."""
    residents = student_lines("residents", (), unit, ground).drop("value", "bound")
    cohort, bands = ground.cohort, ground.bands
    if ground.publication is None:
        counted = _complete(residents.with_columns(value=pl.col("numerator")), MEASURES["residents"],
                            unit, ground)  # fmt: skip
        residents = counted.drop("value")
    residents = residents.drop("left_out", strict=False)
    if measure.form == "rank":
        return need_ranks(residents, cohort, unit, bands, cohort.reference.info.measures.top)
    if measure.form == "density":
        return density(residents, cohort, unit, bands)
    return service(residents, cohort, unit, bands, measure.id)


def _with_schools(students: pl.DataFrame, unit: str, ground: Ground) -> pl.DataFrame:
    """The tier table: schools by rating below students by rating."""
    schools = school_tiers(seats(ground.cohort, unit, ground.bands), ground.labels)
    named = students.with_columns(
        pl.col("numerator", "denominator").cast(pl.Float64),
        part=pl.concat_str(pl.lit("students "), "part"),
    )
    beside = schools.with_columns(pl.lit(SHOWN).alias("status"))
    return pl.concat([named, beside], how="diagonal_relaxed")


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


def _of_seats(measure: Measure, unit: str, ground: Ground) -> pl.DataFrame:
    cohort, rules = ground.cohort, ground.cohort.reference.info.measures
    if measure.id == "rating_stability":
        made = stability(cohort, unit, ground.bands, rules.stable_years, rules.stable_of_years)
    else:
        made = supply(seats(cohort, unit, ground.bands), measure.id)
    order = ["year", "band", "unit", "part", "numerator", "denominator", "value", "left_out"]
    return made.select(order).with_columns(status=pl.lit(SHOWN))


def _internal_net(unit: str, ground: Ground) -> pl.DataFrame:
    key = ["year", "band", "unit"]
    leave, enter = (
        _complete(_rows(MEASURES[one], unit, ground), MEASURES[one], unit, ground)
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
    status = pl.col("status")
    told = status.is_in([SHOWN, ROUNDED])
    ends = wilson(pl.col("numerator"), pl.col("denominator"))
    is_counted = (status == SHOWN) & (pl.col("denominator") > 0) & measure.is_share
    made = _with_all_columns(rows).with_columns(
        pl.col("numerator", "denominator", "value", "bound").cast(pl.Float64)
    )
    made = made.with_columns(
        pl.when(status == SHOWN).then("class").alias("class"), *_named(measure, ground),
        value=pl.when(told & pl.col("value").is_finite()).then("value"),
        low=pl.when(is_counted).then(ends[0]),
        high=pl.when(is_counted).then(ends[1]),
        numerator=pl.when(~status.is_in([HIDDEN, LOW, HIGH, ROUNDED])).then("numerator"),
        denominator=pl.when(status != HIDDEN).then("denominator"),
        bound=pl.when(status.is_in([LOW, HIGH, ROUNDED])).then("bound"),
    )  # fmt: skip
    district = made.filter(unit=DISTRICT).select("year", "band", "part", district="value")
    made = made.join(district, on=["year", "band", "part"], how="left")
    made = _with_coverage(made, unit, ground)
    band = pl.when(pl.col("band") == ALL_GRADES).then(pl.lit("all")).otherwise("band")
    last = pl.col("unit") == DISTRICT
    return made.with_columns(band=band).sort("year", "band", last, "unit", "part", "to").select(COLUMNS)  # fmt: skip


def _with_all_columns(rows: pl.DataFrame) -> pl.DataFrame:
    wanted = {"to": pl.String, "bound": pl.Float64, "left_out": pl.Int64}
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in wanted.items()
               if name not in rows.columns]  # fmt: skip
    return rows.with_columns(missing)


def _named(measure: Measure, ground: Ground) -> list[pl.Expr]:
    """``scheme`` and ``distances``: by which ratings and which distances a figure is made; null where by none."""
    cohort = ground.cohort
    rated = measure.needs_rating or measure.id == "rating_stability"
    scheme = cohort.scheme.id if rated and cohort.scheme else None
    far = measure.form == "metres" or measure.id in ("access", "leave_reason")
    return [pl.lit(scheme, dtype=pl.String).alias("scheme"),
            pl.lit(cohort.distances if far else None, dtype=pl.String).alias("distances")]  # fmt: skip


def _with_coverage(rows: pl.DataFrame, unit: str, ground: Ground) -> pl.DataFrame:
    """``coverage``; of a public figure the district's of all grades, at the least."""
    if ground.publication is None:
        found = covered(unit, ground.cohort, ground.bands)
        beside = found.filter(unit=DISTRICT).select("year", "band", whole="coverage")
        made = rows.join(found, on=["year", "band", "unit"], how="left").join(
            beside, on=["year", "band"], how="left")  # fmt: skip
        return made.with_columns(coverage=pl.coalesce("coverage", "whole")).drop("whole")
    return rows.join(ground.publication.coverage(), on="year", how="left")
