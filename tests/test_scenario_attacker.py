"""The reader who joins the public numbers of a scenario finds no small group of students."""

import numpy as np
import polars as pl
import pytest
from attacker.attacks import estimates, intervals
from attacker.scenario_tables import groups_of_case, statements_of_case
from planned_district import CLOSE, planned_district
from scipy import sparse

from geoservice.planning.scenario_file import scenario_of
from geoservice.release.rules import noise_of
from geoservice.service.scenarios import ScenarioChoice, Scenarios

MOST_TARGETS = 40


@pytest.fixture(scope="module")
def case():
    """Blocks on the edges of several zones change their school: few students of each grade."""
    district = planned_district()
    reference, service = district.reference, Scenarios(district.settings)
    content = {**CLOSE, "changes": []}
    (today,) = service.cases([scenario_of(content)], reference, district.folder, ScenarioChoice())
    ground = today.outcome.ground
    ids = ground.schools.ids
    schools = np.unique(ground.block_school[ground.block_school >= 0])
    moves = {}
    for place, school in enumerate(schools[:12].tolist()):
        block = int(np.flatnonzero(ground.block_school == school)[0])
        moves[ground.blocks.ids[block]] = ids[schools[(place + 1) % 12]]
    changed = {**content, "changes": [{"assign": moves}]}
    (made,) = service.cases([scenario_of(changed)], reference, district.folder, ScenarioChoice())
    return made, reference.info


@pytest.fixture(scope="module")
def attack(case):
    made, info = case
    groups, noise = groups_of_case(made), noise_of(info)
    facts = statements_of_case(made, groups, info.min_n, noise.bound)
    return groups, facts, targets_of(groups, info.min_n)


def targets_of(groups: pl.DataFrame, min_n: int) -> sparse.csr_matrix:
    """Moves from a school to another, by grade and together, of fewer than the minimum cell size."""
    moved = groups.with_row_index("group").filter(
        (pl.col("before") != pl.col("after")) & (pl.col("before") >= 0)
    )
    rows = []
    for keys in (["before", "after"], ["before", "after", "grade"], ["area", "grade"]):
        for _, part in moved.group_by(keys, maintain_order=True):
            if 0 < part["students"].sum() < min_n:
                row = np.zeros(len(groups))
                row[part["group"].to_numpy()] = 1.0
                rows.append(row)
    chosen = np.linspace(0, len(rows) - 1, min(MOST_TARGETS, len(rows))).astype(int)
    return sparse.csr_matrix(np.array(rows)[np.unique(chosen)])


@pytest.mark.slow
def test_the_true_numbers_lie_within_all_statements(attack):
    groups, facts, targets = attack
    assert facts.rows.shape[0] > 100
    assert targets.shape[0] > 10
    assert facts.agree_with(groups["students"].to_numpy().astype(float))


@pytest.mark.slow
def test_linear_programs_leave_every_small_group_of_movers_unsure(attack, case):
    _, facts, targets = attack
    ends = intervals(facts, targets)
    widths = ends[:, 1] - ends[:, 0]
    assert widths.min() >= case[1].min_n - 3


@pytest.mark.slow
def test_the_best_estimate_hits_no_more_often_than_a_guess(attack):
    groups, facts, targets = attack
    true = targets @ groups["students"].to_numpy().astype(float)
    hits = np.mean(np.round(estimates(facts, targets)) == true)
    commonest = np.bincount(true.astype(int)).max() / len(true)
    assert hits <= commonest, (hits, commonest)
