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
    stage_specs,
    units_of,
)
from geoservice.measures.standards import OWN, Standard
from geoservice.measures.unsure import unsure_families

Bands = Mapping[str, Sequence[str]]
Specs = tuple[Spec, ...]


def plan(
    stage: str, cohorts: Mapping[Standard, Cohort], bands: Bands, min_n: int, *,
    year: str, base: pl.DataFrame | None = None, before: pl.DataFrame | None = None, threads: int = 1,
) -> Plan:  # fmt: skip
    """Decide what of a stage is shown of one year.

    ``cohorts`` are the same students by each standard of which anything is told, the region's own first. ``base`` is how the
    lines of all stages before are released (`geoservice.measures.plan.STATUS`), ``before`` what was ever shown.
    """
    cohort = cohorts[OWN]
    few = cohort.once("few homes", lambda: pl.concat([
        lines_of_few_homes(cohort, home_units(cohort), bands), reasons.unnamed(cohort.years)
    ]))  # fmt: skip
    specs, ahead = _rated_specs(cohorts, year) if stage == RATED else _specs(stage, cohort, year)
    cells = release_cells(cohorts, year, bands, min_n)
    made = decide(year, cells, specs, min_n, ahead=ahead, units=home_units(cohort), base=base,
                  before=before, few_homes=few, threads=threads)  # fmt: skip
    if stage != WAYS:
        return made
    return replace(made, status=pl.concat([made.status, _draws(year, cells.draws, min_n)]))


def _specs(stage: str, cohort: Cohort, year: str) -> tuple[Specs, Specs]:
    """The lines of a stage and of those before it, then those of the stages after it."""
    known, unsure = families(cohort.labels), unsure_families(cohort, year)
    at = STAGES.index(stage) + 1
    before, after = (itertools.chain(*(stage_specs(one, cohort, known, unsure) for one in some))
                     for some in (STAGES[:at], STAGES[at:]))  # fmt: skip
    return tuple(before), tuple(after)


def _rated_specs(cohorts: Mapping[Standard, Cohort], year: str) -> tuple[Specs, Specs]:
    """All lines by the region's own standard, then by each other those that are others by it."""
    specs, _ = _specs(STAGES[-1], cohorts[OWN], year)
    for standard, cohort in cohorts.items():
        named = {(one.units, one.part) for one in specs}
        unsure = unsure_families(cohort, year)
        every = stage_specs(RATED, cohort, families(cohort.labels), unsure, standard)
        specs += tuple(one for one in every if (one.units, one.part) not in named)
    return specs, ()


def _draws(year: str, draws: Draws, min_n: int) -> pl.DataFrame:
    """Where at least ``min_n`` students of a school live: a line for each hexagon, whose number is not told."""
    return draws.ways.select(
        pl.lit(year).alias("year"), band=pl.lit(ALL_GRADES), units=pl.lit(units_of("flows", SCHOOL)),
        unit="school_id", part=pl.lit("to ") + pl.col("hexagons"), bound=pl.lit(float(min_n)),
        status=pl.lit(HIGH), **{one: pl.lit(None) for one in ("numerator", "denominator", "value")},
    ).select(pl.col(name).cast(kind) for name, kind in STATUS.items())  # fmt: skip
