"""A reader who joins every public table of a year cannot work out how many students a small group has."""

from collections import Counter

import numpy as np
import pytest
from attacker.attacks import estimates, intervals
from attacker.groups import groups_of
from attacker.reading import BY_HOME, DERIVED, OTHER_FACTS, PUBLIC, in_line, reading_of
from attacker.tables import DESTINATIONS, measures_and_units, small_targets, statements_of

from geoservice.measures.registry import MEASURES
from geoservice.release.rules import noise_of
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
    return lambda measure, unit: measures.table(measure, riverbend.reference, name_of(unit))


@pytest.fixture(scope="module")
def true(riverbend, measures):
    return lambda measure, unit: measures.table(
        measure,
        riverbend.reference,
        name_of(unit),
        profile="internal",
        purpose="test of the reader",
    )


@pytest.fixture(scope="module")
def facts(riverbend, groups, public):
    info = riverbend.reference.info
    return statements_of(public, groups, info.min_n, noise_of(info).bound)


@pytest.fixture(scope="module")
def targets(riverbend, groups, true):
    """A sample of all small groups, each once, as rows of groups."""
    masks = small_targets(true, groups, riverbend.reference.info.min_n)
    rows = groups.rows_of(masks)
    distinct = {tuple(rows[at].indices): at for at in range(rows.shape[0])}
    places = sorted(distinct.values())
    chosen = np.random.default_rng(5).choice(places, size=min(SAMPLE, len(places)), replace=False)
    return rows[np.sort(chosen)]


def name_of(unit):
    return unit if unit == "school" else unit.split("_", 1)[1]


def students_of(groups):
    return groups.table["students"].to_numpy().astype(float)


def test_the_reader_knows_every_measure():
    known = DERIVED | PUBLIC | BY_HOME | OTHER_FACTS | set(DESTINATIONS)
    for measure in MEASURES.values():
        if measure.id not in known:
            part = measure.parts[0] if measure.parts else "students A"
            assert reading_of(measure.id, part, "area_planning") is not None, measure.id


def test_the_reader_reads_the_true_tables_to_the_student(groups, true):
    students = students_of(groups)
    for measure, unit in measures_and_units(groups):
        if measure in DESTINATIONS:
            continue
        masks, numbers = [], []
        for line in true(measure, unit).iter_rows(named=True):
            reading = reading_of(measure, line["part"], unit)
            if reading is not None and line["numerator"] is not None:
                here = in_line(line["band"], unit, line["unit"], reading[0]) & reading[1]
                masks += [here & reading[2], here]
                numbers += [line["numerator"], line["denominator"]]
        if masks:
            assert (groups.rows_of(masks) @ students).tolist() == numbers, (measure, unit)


def test_no_small_group_has_a_narrow_interval(riverbend, groups, facts, targets, capsys):
    assert facts.agree_with(students_of(groups))
    ends = intervals(facts, targets)
    width = ends[:, 1] - ends[:, 0]
    with capsys.disabled():
        found = f"narrowest {width.min():.0f}, median width {np.median(width):.0f}"
        print(f"\n{facts.rows.shape[0]} statements, {len(width)} small groups: {found}")  # noqa: T201
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
        print(f"\nexact hits {hits:.0%}, commonest {commonest:.0%}, error {error:.1f}")  # noqa: T201
    assert hits <= commonest


def test_the_same_attacks_succeed_on_true_counts(riverbend, groups, true, targets):
    facts = statements_of(true, groups, riverbend.reference.info.min_n, 0)
    numbers = targets @ students_of(groups)
    ends = intervals(facts, targets[:5])
    assert (ends[:, 1] - ends[:, 0]).max() < 1e-6
    guesses = np.rint(estimates(facts, targets))
    assert (guesses == numbers).mean() > 0.9
