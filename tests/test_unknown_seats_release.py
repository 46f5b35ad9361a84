"""The release of a year in which seats of some schools are not known: exact where it shows, and safe from readers who know the facts."""

from copy import copy

import numpy as np
import polars as pl
import pytest
from attacker.facts import public_facts
from attacker.groups import unknowns
from attacker.homes import conditions, homes
from attacker.reader import Reader, told
from attacker.tables import KEY, KINDS, MIN_N, grounds_of, tables
from demo_years import four_years
from oracle.slow import Slow
from oracle.world import World

from geoservice.measures.families import ACCESS_MILES
from geoservice.measures.figures import figures
from geoservice.measures.release_tables import LEAVING, RATINGS

YEAR = "2022-23"
HOMES = {**KINDS, "hexagons": "hexagons"}
EVERY = 4
"""Of every so many schools nobody knows the enrolment of the year."""


def unknown_of(schools):
    return sorted(schools)[::EVERY]


@pytest.fixture(scope="module")
def reference(riverbend):
    """The fictional district, of some of whose schools the enrolment of one year is not known."""
    blind = copy(riverbend.reference)
    lost = pl.col("school_id").is_in(unknown_of(blind.schools()["id"])) & (pl.col("year") == YEAR)
    blind._seats = blind.seats().with_columns(enrollment=pl.when(~lost).then("enrollment"))
    return blind


@pytest.fixture(scope="module")
def placed(riverbend, riverbend_folder):
    return four_years(riverbend.reference, riverbend_folder).filter(year=YEAR)


@pytest.fixture(scope="module")
def grounds(reference, placed):
    """What public and internal figures are made of."""
    return grounds_of(placed, reference)


@pytest.mark.parametrize(("kind", "set_id"), [("area", "planning"), ("area", "wards"), ("zone", "middle")])  # fmt: skip
def test_shares_that_need_seats_agree_with_the_slow_computation(kind, set_id, grounds, placed, riverbend_folder):  # fmt: skip
    world = World(riverbend_folder)
    for school in unknown_of(world.schools.index):
        world.seats[school, YEAR] = (world.seats[school, YEAR][0], None)
    students = placed.to_pandas().assign(shown_area=None)  # Coverage is not asked of.
    expected = Slow(world, students, kind, set_id).run()
    wanted = {key: one for key, one in expected.items() if key[0] in ("access", "leave_reason")}
    found = {}
    for measure in ("access", "leave_reason"):
        for row in figures(measure, f"{kind}_{set_id}", grounds[1]).iter_rows(named=True):
            found[measure, row["year"], row["band"], row["unit"], row["part"]] = (row["numerator"], row["denominator"])  # fmt: skip
    wrong = [key for key, (_, part, whole) in wanted.items() if found[key] != (part, whole)]
    assert len(wanted) > 100
    assert not wrong, wrong[:5]


def test_the_release_holds_and_tells_most_of_it(grounds):
    public = grounds[0].publication
    for stage in (RATINGS, LEAVING):
        assert public.plan(stage).holds, stage
    cost = public.plan(RATINGS).cost.filter(pl.col("part").str.ends_with("with room"))
    assert set(cost["units"].str.extract(r"\|(.*)\|")) == {"access"}
    assert cost["students_hidden"].sum() <= 0.1 * cost["students"].sum()


def test_what_is_shown_is_the_truth(grounds):
    for measure, kinds in (("access", ("planning", "wards", "middle")), ("leave_reason", ("planning", "wards"))):  # fmt: skip
        for kind in kinds:
            public, internal = (figures(measure, KINDS[kind], one) for one in grounds)
            both = public.join(internal, on=[*KEY, "part"], suffix="_true")
            for column in ("value", "numerator", "denominator", "left_out"):
                shown = both.filter(pl.col("status") == "shown", pl.col(column).is_not_null())
                assert shown[column].equals(shown[f"{column}_true"].alias(column)), (
                    measure,
                    column,
                )
            room = both.filter(pl.col("part").str.contains("room|right_full"), status="shown")
            assert room["left_out"].max() > 0


def small(column):
    return (column > 0) & (column < MIN_N)


def test_two_denominators_less_one_another_are_no_few_students(grounds):
    """Whom a share with room leaves out beside the plain share, and beside that of another distance."""
    for kind in ("planning", "wards", "elementary", "middle", "high"):
        public = figures("access", KINDS[kind], grounds[0])
        counts = {part: public.filter(part=part).select(*KEY, n="denominator") for part in public["part"].unique()}  # fmt: skip
        for miles in ACCESS_MILES:
            both = counts[f"{miles:g} mi"].join(counts[f"{miles:g} mi with room"], on=KEY)
            assert both.filter(small(pl.col("n") - pl.col("n_right"))).is_empty()
    for kind in ("planning", "wards"):
        public = figures("leave_reason", KINDS[kind], grounds[0])
        both = public.filter(part="higher").join(public.filter(part="right_full"), on=KEY)
        assert both.filter(small(pl.col("denominator") - pl.col("denominator_right"))).is_empty()


def asked_of(unknown, open_, unsure):
    """Groups of few students: parts, their rests, and those of whom nobody knows."""
    masks = {}
    for (measure, areas), table in open_.items():
        for row in table.iter_rows(named=True):
            line = unknown.line(measure, areas, row)
            if line is None or line[0] is None or row["denominator"] is None:
                continue
            part, whole, _ = line
            numbers = [
                (part, row["numerator"]),
                (whole & ~part, row["denominator"] - row["numerator"]),
            ]
            numbers += unsure(measure, areas, row)
            for mask, n in numbers:
                if 0 < n < MIN_N:
                    masks[mask.tobytes()] = mask
    return np.array(list(masks.values()), dtype=float).reshape(-1, len(unknown))


def test_a_reader_who_knows_all_kinds_of_homes_narrows_no_share_of_access(grounds, reference):
    ground = grounds[1].cohort
    good = ground.by_year.filter("is_open", "quality", year=YEAR)
    schools = good.join(ground.facts.select("school_id", "s_x", "s_y", "grades"), on="school_id")
    names = {kind: name for name, kind in HOMES.items() if kind != "school"}
    students = ground.students.filter("is_matched").rename(names)
    unknown = homes(students, schools, reference.info.bands, list(names.values()))
    shown, open_ = (tables(one, ("residents", "access"), HOMES) for one in grounds)

    def unsure(measure, areas, row):
        if measure != "access" or "room" not in row["part"]:
            return []
        _, _, everyone = unknown.line(measure, areas, row)
        _, sure = conditions(row["part"])
        return [(everyone & ~unknown.mask(sure), row["left_out"])]

    asked = asked_of(unknown, open_, unsure)
    assert len(asked) > 50
    assert not Reader(told(shown, unknown)).narrow(asked, MIN_N)
    # Of figures that leave out small numerators alone the same reader narrows many.
    naive = {key: unprotected(table) for key, table in open_.items()}
    assert len(Reader(told(naive, unknown)).narrow(asked, MIN_N)) > 25


def unprotected(table):
    gone = small(pl.col("numerator"))
    blank = [pl.when(~gone).then(one).alias(one) for one in ("numerator", "value")]
    return table.with_columns(*blank, status=pl.when(gone).then(pl.lit("hidden")).otherwise("status"))  # fmt: skip


def test_a_reader_with_every_table_narrows_no_reason(grounds, reference):
    unknown = unknowns(public_facts(reference, YEAR))
    shown, open_ = tables(grounds[0]), tables(grounds[1])
    reasons = figures("leave_reason", KINDS["planning"], grounds[1])
    assert reasons.filter(part="right_full", unit="district", band="all")["denominator"].item() < (
        reasons.filter(part="higher", unit="district", band="all")["denominator"].item()
    )

    def unsure(measure, areas, row):
        if measure != "leave_reason" or not row["part"].endswith("right_full"):
            return []
        _, whole, _ = unknown.line(measure, areas, {**row, "part": "higher"})
        _, sure, _ = unknown.line(measure, areas, row)
        every = open_[measure, areas].filter(part="higher", unit=row["unit"], band=row["band"])
        return [(whole & ~sure, every["denominator"].item() - row["denominator"])]

    asked = asked_of(unknown, open_, unsure)
    assert len(asked) > 700
    assert not Reader(told(shown, unknown)).narrow(asked, MIN_N)
