"""A reader who joins all public tables of a year cannot work out the size of a small group."""

from collections import Counter

import numpy as np
import pytest
from attacker.attacks import estimates, is_difference, least_widths
from attacker.groups import groups_of
from attacker.reading import DESTINATIONS, everybody_of, in_line, reading_of
from attacker.tables import Sizes, measures_and_units, small_targets, statements_of

from geoservice.measures.ground import HEXAGONS, SCHOOL
from geoservice.release.rules import noise_of
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures

YEAR = "2023-24"
SAMPLE = 30


@pytest.fixture(scope="module")
def measures(listed_district):
    return Measures(listed_district)


@pytest.fixture(scope="module")
def groups(riverbend, measures):
    bands = {band: tuple(grades) for band, grades in riverbend.reference.info.bands.items()}
    return groups_of(measures.ground(riverbend.reference).cohort, bands, YEAR)


@pytest.fixture(scope="module")
def public(riverbend, measures):
    return lambda measure, unit: measures.table(
        measure, riverbend.reference, MeasureChoice(name_of(unit))
    )


@pytest.fixture(scope="module")
def true(riverbend, measures):
    return lambda measure, unit: measures.table(
        measure,
        riverbend.reference,
        MeasureChoice(name_of(unit), profile="internal", purpose="test of the reader"),
    )


@pytest.fixture(scope="module")
def facts(riverbend, groups, public):
    info = riverbend.reference.info
    return statements_of(public, groups, Sizes(info.min_n, noise_of(info).bound))


@pytest.fixture(scope="module")
def targets(riverbend, groups, true):
    """A sample of all small groups, each once, as rows of groups."""
    masks = small_targets(true, groups, riverbend.reference.info.min_n)
    rows = groups.rows_of(masks)
    numbers_by_groups = {tuple(rows[number].indices): number for number in range(rows.shape[0])}
    numbers = sorted(numbers_by_groups.values())
    chosen = np.random.default_rng(5).choice(numbers, size=min(SAMPLE, len(numbers)), replace=False)
    return rows[np.sort(chosen)]


def name_of(unit):
    return unit if unit in (SCHOOL, HEXAGONS) else unit.split("_", 1)[1]


def students_of(groups):
    return groups.table["students"].to_numpy().astype(float)


def test_the_reader_fails_on_a_measure_or_part_that_it_does_not_know():
    for measure, part in (
        ("lunches", ""),
        ("residents", "girls"),
        ("access", "4 mi"),
        ("access", "1 mi by bus"),
        ("leave_reason", "higher by bus"),
        ("coverage", "satellite"),
        ("nearest_quality", "longest median"),
    ):
        with pytest.raises((KeyError, ValueError)):
            reading_of(measure, part, "area_planning")


def test_the_reader_reads_the_true_tables_to_the_student(groups, true):
    """Every numerator, denominator and left-out number of every measure is a sum over groups."""
    students = students_of(groups)
    for measure, unit in measures_and_units(groups):
        if measure in DESTINATIONS:
            continue
        masks, numbers = [], []
        for line in true(measure, unit).iter_rows(named=True):
            reading = reading_of(measure, line["part"], unit)
            if reading is None:
                continue
            here = in_line(line["band"], unit, line["unit"], reading.side) & reading.counted
            everybody = everybody_of(reading, unit, line["unit"], line["band"])
            sums = {
                "numerator": here & reading.part,
                "denominator": here,
                "left_out": everybody & ~here,
            }
            for name, mask in sums.items():
                if line[name] is not None:
                    masks.append(mask)
                    numbers.append(line[name])
        if masks:
            assert (groups.rows_of(masks) @ students).tolist() == numbers, (measure, unit)


def test_no_small_group_has_a_narrow_interval(riverbend, groups, facts, targets, capsys):
    assert facts.agree_with(students_of(groups))
    width = least_widths(facts, targets, students_of(groups))
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{facts.rows.shape[0]:,} statements on {len(groups):,} groups; {len(width)} small "
            f"groups: narrowest interval {width.min():.1f}, median {np.median(width):.1f}"
        )
    assert width.min() >= riverbend.reference.info.min_n - 3


def test_the_best_estimate_hits_no_more_often_than_the_commonest_count(
    groups, facts, targets, capsys
):
    numbers = (targets @ students_of(groups)).astype(int)
    guesses = np.rint(np.maximum(estimates(facts, targets), 0)).astype(int)
    hits = float((guesses == numbers).mean())
    commonest = Counter(numbers.tolist()).most_common(1)[0][1] / len(numbers)
    error = float(np.sqrt(np.mean((guesses - numbers)[numbers >= 3] ** 2.0)))
    with capsys.disabled():
        print(  # noqa: T201
            f"\nexact hits {hits:.0%}, commonest {commonest:.0%}, error {error:.1f}"
        )
    assert hits <= commonest


def test_subtracting_true_counts_gives_every_small_group(riverbend, groups, true, targets):
    facts = statements_of(true, groups, Sizes(riverbend.reference.info.min_n, 0))
    assert facts.agree_with(students_of(groups))
    assert is_difference(facts, targets).all()
