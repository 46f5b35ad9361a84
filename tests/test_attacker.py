"""A reader with every public table of the fictional district, and a solver: what small numbers can be worked out."""

import itertools

import numpy as np
import polars as pl
import pytest
from attacker.facts import public_facts
from attacker.groups import unknowns
from attacker.reader import Reader, told
from attacker.tables import KEY, KINDS, MIN_N, grounds_of, tables
from demo_years import four_years

from geoservice.measures.figures import figures
from geoservice.measures.release_tables import STAGES

YEAR = "2022-23"
LINKED = ("residents", "attenders", "stay", "leave", "capture", "participation")
"""Who lives, attends, stays, leaves, and attends the school of right."""


@pytest.fixture(scope="module")
def grounds(riverbend, riverbend_folder):
    """What figures are made of, by profile."""
    public, internal = grounds_of(
        four_years(riverbend.reference, riverbend_folder), riverbend.reference
    )
    return {"public": public, "internal": internal}


@pytest.fixture(scope="module")
def public(grounds):
    return tables(grounds["public"])


def few(column):
    return (column > 0) & (column < MIN_N)


def subtracted(public):
    """Small numbers that follow from two lines: a unit's whole less those whom a measure counts."""
    found = []
    for (measure, areas), table in public.items():
        if measure not in (
            "distance",
            "nearest_quality",
            "in_boundary",
            "capture",
            "participation",
        ):
            continue
        whole = public["attenders" if areas == "school" else "residents", areas].select(
            *KEY, n="numerator"
        )
        rest = table.join(whole, on=KEY).with_columns(rest=pl.col("n") - pl.col("denominator"))
        found += rest.filter(few(pl.col("rest")) | few(pl.col("left_out")))[KEY].rows()
    return found


def no_way(public):
    """Small numbers of a school's students that are left when all ways to it from zones that are told are taken away."""
    zones = ("elementary", "middle", "high")
    to = pl.concat(
        [public["zone_destinations", one].filter(pl.col("unit") != "district") for one in zones]
    )
    ways = to.group_by("year", "band", unit="to").agg(pl.col("numerator").sum())
    both = public["attenders", "school"].join(ways, on=KEY, suffix="_ways")
    return both.filter(few(pl.col("numerator") - pl.col("numerator_ways")))[KEY].rows()


def test_a_line_less_another_is_no_small_number(public, grounds):
    assert not subtracted(public)
    open_ = tables(grounds["internal"], ("attenders", "residents", "distance"))
    assert subtracted(open_)


def test_those_who_came_no_known_way_to_a_school_are_not_few(public, grounds):
    assert not no_way(public)
    assert no_way(tables(grounds["internal"], ("attenders", "zone_destinations")))


def test_a_number_that_is_not_told_is_not_printed_as_none(public):
    for table in public.values():
        counted = table.filter(pl.col("status").is_in(["rounded", "low", "high"]))
        assert counted.filter(pl.col("denominator") == 0).is_empty()


def test_most_students_stay_in_lines_that_are_told(public, grounds):
    """The share of students of zones, by band and year, whose line is told, if only as a bound."""
    for measure in ("residents", "participation"):
        kept = whole = 0
        for zones in ("elementary", "middle", "high"):
            truth = figures("residents", KINDS[zones], grounds["internal"]).select(
                *KEY, n="numerator"
            )
            lines = public[measure, zones].filter(
                pl.col("unit") != "district", pl.col("band") != "all"
            )
            joined = lines.join(truth, on=KEY)
            whole += joined["n"].sum()
            kept += joined.filter(pl.col("status") != "hidden")["n"].sum()
        assert kept / whole >= 0.85


def unprotected(table):
    """The release of an office that leaves out numbers below the least count, and nothing else."""
    gone = few(pl.col("numerator")) & (pl.col("part") != "rest")
    blank = [pl.when(~gone).then(one).alias(one) for one in ("numerator", "value")]
    return table.with_columns(
        *blank, status=pl.when(gone).then(pl.lit("hidden")).otherwise("status")
    )


def of_year(found):
    return {key: one.filter(year=YEAR) for key, one in found.items()}


def nested(table, line):
    """Small numbers that one part of a unit has and another within it has not."""
    masks = {}
    for rows in table.drop_nulls(["numerator", "denominator"]).partition_by(*KEY):
        parts = [(found[0], row["numerator"]) for row in rows.iter_rows(named=True)
                 if (found := line(row)) is not None and found[0] is not None]  # fmt: skip
        for (more, n), (fewer, m) in itertools.permutations(parts, 2):
            if 0 < n - m < MIN_N and not (fewer & ~more).any():
                masks[(more & ~fewer).tobytes()] = more & ~fewer
    return masks


def narrowed(shown, open_, reference):
    """Lines of few students that a reader of ``shown`` knows too closely: those of ``open_``, and their rests."""
    unknown = unknowns(public_facts(reference, YEAR))
    masks = {}
    for (measure, areas), table in open_.items():
        for row in table.iter_rows(named=True):
            line = unknown.line(measure, areas, row)
            if line is None or row["denominator"] is None:
                continue
            if line[0] is None:
                if 0 < row["denominator"] < MIN_N:
                    masks[line[1].tobytes()] = line[1]
                continue
            rest = row["denominator"] - row["numerator"]
            for mask, n in ((line[0], row["numerator"]), (line[1] & ~line[0], rest)):
                if 0 < n < MIN_N:
                    masks[mask.tobytes()] = mask
        masks |= nested(table, lambda row, at=(measure, areas): unknown.line(*at, row))
    asked = np.array(list(masks.values()), dtype=float).reshape(-1, len(unknown))
    return len(asked), Reader(told(shown, unknown)).narrow(asked, MIN_N)


def test_a_reader_with_a_solver_narrows_no_line(public, grounds, riverbend):
    """Every public table of one year joined: of all small numbers that the measures count."""
    open_ = of_year(tables(grounds["internal"]))
    asked, found = narrowed(of_year(public), open_, riverbend.reference)
    assert asked > 700
    assert not found, (asked, found[:5])


def test_the_same_reader_narrows_lines_where_only_small_numbers_are_left_out(grounds, riverbend):
    open_ = of_year(tables(grounds["internal"], LINKED))
    naive = {key: unprotected(table) for key, table in open_.items()}
    _, found = narrowed(naive, open_, riverbend.reference)
    assert found


def test_the_audit_says_the_same(grounds):
    publication = grounds["public"].publication
    for stage in STAGES:
        assert publication.plan(stage).holds, stage
