"""A figure of one year waits for that year alone, and says what it would say among all years."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import polars as pl
import pytest
from demo_years import four_years

from geoservice.cartography.figure import Choice
from geoservice.errors import InputError, NotFoundError
from geoservice.measures.catalogue import MEASURES
from geoservice.measures.cohort import cohort
from geoservice.measures.figures import figures
from geoservice.measures.publish import Publication, Shelf
from geoservice.measures.release_tables import COUNTS, MOVEMENT, RATINGS, STAGES
from geoservice.measures.stages import plan
from geoservice.measures.standards import OWN
from geoservice.measures.student_lines import Ground
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.service.maps import Maps
from geoservice.service.students import RecordOptions, Students
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
    return Publication(ready, riverbend.reference.info.bands, 10, shelf)


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
    bands = riverbend.reference.info.bands
    last = Ground(ready, bands, ready.labels, 10, alone.during(YEARS[1:]))
    whole = Ground(ready, bands, ready.labels, 10, every)
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
    base: list[pl.DataFrame] = []
    for stage in STAGES[:3]:
        one, two = (
            plan(stage, {OWN: ready}, riverbend.reference.info.bands, 10, year=YEARS[1], threads=threads,
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


@pytest.fixture(scope="module")
def maps(riverbend, riverbend_folder, tmp_path_factory):
    """Maps of a small list, once for each year."""
    home = tmp_path_factory.mktemp("years")
    settings = Settings(home=home, database_url=f"sqlite:///{home}/g.db")
    rows = pl.read_csv(riverbend_folder / "students.csv", infer_schema=False).head(2500)
    rows.write_csv(home / "students.csv")
    options = PlaceOptions(address="address", grade="grade", school="school")
    about = {"owner": "tests", "agreement": "fictional", "expires": "2099-12-31"}
    for year in YEARS:
        Students(settings).add(home / "students.csv", f"in-{year}", options, riverbend.reference, about,
                               records=RecordOptions(school_year=year))  # fmt: skip
    return Maps(settings), home / "releases" / "riverbend"


def planned_of(folder):
    names = (one.name.removesuffix("_status.parquet").split("_", 1)[1] for one in folder.glob("*_status.parquet"))  # fmt: skip
    return {one for one in names if not one.startswith(COUNTS)}


def test_a_map_plans_the_year_that_it_shows_and_a_trend_all(maps, riverbend):
    made, folder = maps
    made.drawing("access", riverbend.reference, Choice(year=YEARS[0]))
    assert planned_of(folder) == {f"{RATINGS}_{YEARS[0]}"}
    made.drawing("trend", riverbend.reference, Choice())
    assert planned_of(folder) == {f"{RATINGS}_{year}" for year in YEARS}
    made.drawing("flows", riverbend.reference, Choice())
    assert planned_of(folder) == {f"{RATINGS}_{year}" for year in YEARS} | {f"{MOVEMENT}_{YEARS[1]}"}  # fmt: skip


def test_a_year_without_students_is_told_to_be_none(maps, riverbend):
    for name in ("access", "participation", "flows"):
        with pytest.raises(NotFoundError, match="no such `year`"):
            maps[0].drawing(name, riverbend.reference, Choice(year="2031-32"))
