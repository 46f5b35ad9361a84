"""The release of one stage of lines: every unit and band, each year by itself."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from geoservice.measures import reasons
from geoservice.measures.coding import HIGH
from geoservice.measures.cohort import Cohort
from geoservice.measures.draws import Draws
from geoservice.measures.families import families
from geoservice.measures.households import lines_of_few_homes
from geoservice.measures.linked import ALL_GRADES, Spec
from geoservice.measures.plan import STATUS, Plan, decide
from geoservice.measures.release_cells import release_cells
from geoservice.measures.release_tables import (
    RATED,
    SCHOOL,
    STAGES,
    WAYS,
    home_units,
    is_rated,
    stage_specs,
    units_of,
)
from geoservice.measures.unsure import unsure_families

Bands = Mapping[str, Sequence[str]]
Specs = tuple[Spec, ...]


def plan(
    stage: str, cohort: Cohort, bands: Bands, min_n: int, labels: Sequence[str], *,
    year: str, base: pl.DataFrame | None = None, before: pl.DataFrame | None = None, threads: int = 1,
) -> Plan:  # fmt: skip
    """Decide what of a stage is shown of one year.

    ``base`` is how the lines of all stages before are released (`geoservice.measures.plan.STATUS`), ``before`` what was
    ever shown.
    """
    few = cohort.once("few homes", lambda: pl.concat([
        lines_of_few_homes(cohort, home_units(cohort), bands), reasons.unnamed(cohort.years)
    ]))  # fmt: skip
    known = families(labels)
    unsure = unsure_families(cohort, year)
    specs, ahead = _specs(stage, {one: stage_specs(one, cohort, known, unsure) for one in (*STAGES, RATED)})  # fmt: skip
    cells = release_cells(cohort, year, bands, min_n, labels)
    made = decide(year, cells, specs, min_n, ahead=ahead, units=home_units(cohort), base=base,
                  before=before, few_homes=few, threads=threads)  # fmt: skip
    if stage != WAYS:
        return made
    return replace(made, status=pl.concat([made.status, _draws(year, cells.draws, min_n)]))


def _specs(stage: str, lines: Mapping[str, Specs]) -> tuple[Specs, Specs]:
    """The lines of a stage and of those before it, then those of the stages after it."""
    if stage == RATED:
        others = tuple(one for some in STAGES for one in lines[some] if not is_rated(one.units))
        return others + lines[RATED], ()
    at = STAGES.index(stage) + 1
    before, after = (itertools.chain(*(lines[one] for one in some)) for some in (STAGES[:at], STAGES[at:]))  # fmt: skip
    return tuple(before), tuple(after)


def _draws(year: str, draws: Draws, min_n: int) -> pl.DataFrame:
    """Where at least ``min_n`` students of a school live: a line for each hexagon, whose number is not told."""
    return draws.ways.select(
        pl.lit(year).alias("year"), band=pl.lit(ALL_GRADES), units=pl.lit(units_of("flows", SCHOOL)),
        unit="school_id", part=pl.lit("to ") + pl.col("hexagons"), bound=pl.lit(float(min_n)),
        status=pl.lit(HIGH), **{one: pl.lit(None) for one in ("numerator", "denominator", "value")},
    ).select(pl.col(name).cast(kind) for name, kind in STATUS.items())  # fmt: skip
