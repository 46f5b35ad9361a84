"""A figure of one year waits for that year alone, and says what it would say among all years."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import polars as pl
import pytest
from demo_years import four_years

from geoservice.errors import InputError
from geoservice.measures.catalogue import MEASURES
from geoservice.measures.cohort import cohort
from geoservice.measures.figures import figures
from geoservice.measures.publish import Publication, Shelf
from geoservice.measures.release_tables import COUNTS, MOVEMENT, RATINGS, STAGES
from geoservice.measures.stages import plan
from geoservice.measures.student_lines import Ground
from geoservice.state.releases import ReleaseStore

YEARS = ["2022-23", "2023-24"]
SETS = ["area_planning", "zone_elementary", "school"]


@pytest.fixture(scope="module")
def ready(riverbend, riverbend_folder):
    """Elementary students of two years and two areas."""
    every = four_years(riverbend.reference, riverbend_folder)
    some = every.filter(
        pl.col("year").is_in(YEARS), pl.col("area_planning").is_in(["P1", "P2"]),
        pl.col("grade").is_in(["KG", "01", "02", "03", "04", "05"]),
    )  # fmt: skip
    return cohort(some, riverbend.reference)


def published(ready, riverbend, shelf=None):
    labels = tuple(one.id for one in ready.scheme.from_best)
    return Publication(ready, riverbend.reference.info.bands, 10, labels, shelf)


def test_a_figure_of_one_year_plans_no_other(ready, riverbend, tmp_path):
    public = published(ready, riverbend, Shelf(ReleaseStore(tmp_path), "riverbend", "one"))
    public.during(YEARS[1:]).lines("flows", "area_planning")
    kept = {one.name for one in (tmp_path / "releases" / "riverbend").glob("one_*_status.parquet")}
    assert kept == {f"one_{stage}_{YEARS[1]}_status.parquet" for stage in (COUNTS, RATINGS, MOVEMENT)}  # fmt: skip
    assert not public.is_made


def test_what_is_made_is_given_while_a_later_stage_is_planned(ready, riverbend, monkeypatch):
    public, planning, done = published(ready, riverbend).during(YEARS[1:]), Event(), Event()

    def waiting(stage, *args, **options):
        if stage == MOVEMENT:
            planning.set()
            assert done.wait(60)
        return plan(stage, *args, **options)

    monkeypatch.setattr("geoservice.measures.publish.plan", waiting)
    with ThreadPoolExecutor() as threads:
        later = threads.submit(public.plan, MOVEMENT)
        try:
            assert planning.wait(60)
            assert threads.submit(public.plan, RATINGS).result(timeout=30).holds
        finally:
            done.set()
        assert later.result(timeout=60).holds


def test_each_year_by_itself_says_what_it_says_among_all(ready, riverbend):
    alone, every = published(ready, riverbend), published(ready, riverbend)
    bands, labels = riverbend.reference.info.bands, tuple(one.id for one in ready.scheme.from_best)
    last = Ground(ready, bands, labels, 10, alone.during(YEARS[1:]))
    whole = Ground(ready, bands, labels, 10, every)
    told = 0
    for measure in MEASURES.values():
        for unit in (one for one in SETS if one.partition("_")[0] in measure.units):
            try:
                one, both = (figures(measure.id, unit, ground) for ground in (last, whole))
            except InputError:
                continue  # Not published by zones.
            assert one.filter(year=YEARS[1]).equals(both.filter(year=YEARS[1])), (measure.id, unit)
            told += len(one.filter(pl.col("year") == YEARS[1], pl.col("status") == "shown"))
    assert told > 1000
    assert every.is_made
    assert not alone.is_made


def test_a_plan_does_not_depend_on_how_many_programs_run_side_by_side(ready, riverbend):
    labels = tuple(one.id for one in ready.scheme.from_best)
    base: list[pl.DataFrame] = []
    for stage in STAGES[:3]:
        one, two = (
            plan(stage, ready, riverbend.reference.info.bands, 10, labels, year=YEARS[1], threads=threads,
                 base=pl.concat(base) if base else None)
            for threads in (1, 3)
        )  # fmt: skip
        assert one.status.equals(two.status)
        assert one.findings.equals(two.findings)
        base.append(one.status)


def test_students_of_a_year_that_is_not_asked_for_do_not_change_it(ready, riverbend):
    """Years are planned each by itself."""
    only = replace(ready, students=ready.students.filter(pl.col("year").cast(pl.String) == YEARS[1]),
                   years=(YEARS[1],), kept={})  # fmt: skip
    one, two = (published(some, riverbend).during(YEARS[1:]).plan(RATINGS) for some in (only, ready))  # fmt: skip
    assert one.status.equals(two.status)
