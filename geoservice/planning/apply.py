"""A scenario applied to a region: the school of every block and student afterwards."""

from dataclasses import dataclass, replace

import numpy as np
import pyproj

from geoservice.planning.assignments import assigned_blocks, read_assignment, unfit
from geoservice.planning.ground import NO_SCHOOL, Bools, Ints, PlanningGround, Residents, Schools
from geoservice.planning.relocation import relocate
from geoservice.planning.scenario import (
    Alter,
    Assign,
    AssignBlocks,
    Close,
    Fault,
    Open,
    Redraw,
    Scenario,
    ScenarioError,
)


@dataclass(frozen=True)
class Outcome:
    """What a scenario leads to.

    Attributes
    ----------
    schools
        Schools after the scenario: the ground's first, in the same order.
    block_school
        The school of each block's zone afterwards; -1 for none.
    after
        By row of the residents the school of right afterwards; -1 for none.
    is_moved
        Rows whose school of right changes.
    may_stay
        Moved rows that the scenario's rules let stay at the school of today.
    """

    scenario: Scenario
    ground: PlanningGround
    schools: Schools
    block_school: Ints
    after: Ints
    is_moved: Bools
    may_stay: Bools

    def enrolled(self, *, first_year: bool = False) -> Ints:
        """Return the school that each row attends afterwards.

        Students at their zoned school follow the zone, and all others stay where they are. Students
        of a closed school go to their new zoned school. In the first year, students who may stay do
        stay.
        """
        residents = self.ground.residents
        follows = residents.follows(self.schools.is_open)
        enrolled = np.where(follows, self.after, residents.attends)
        return np.where(self.may_stay, residents.right, enrolled) if first_year else enrolled


def apply_scenario(
    scenario: Scenario, ground: PlanningGround, region: str, metric_crs: str
) -> Outcome:
    """Apply the changes in their order: assignments first, then closures and grades.

    Raises
    ------
    ScenarioError
        With every fault that the region and the files of the scenario show.
    """
    faults = _of_region(scenario, ground, region)
    schools = _changed_schools(scenario, ground, metric_crs, faults)
    to_school = _assigned(scenario, ground, schools, metric_crs, faults)
    targets = _targets(scenario, schools, ground, faults)
    if faults:
        raise ScenarioError(faults)
    residents = ground.residents
    block_school = np.where(to_school != NO_SCHOOL, to_school, ground.block_school)
    assigned = np.append(to_school, NO_SCHOOL)[residents.block]
    after = np.where(assigned != NO_SCHOOL, assigned, residents.right)
    after, block_school = relocate(ground, schools, targets, after, block_school, faults)
    if faults:
        raise ScenarioError(faults)
    is_moved = (residents.right != NO_SCHOOL) & (after != residents.right)
    may_stay = is_moved & _may_stay(scenario, residents, schools, is_moved)
    return Outcome(scenario, ground, schools, block_school, after, is_moved, may_stay)


def _of_region(scenario: Scenario, ground: PlanningGround, region: str) -> list[Fault]:
    faults = []
    if scenario.region != region:
        faults.append(
            scenario.fault(
                f"the scenario is of another region; this is `{region}`.",
                scenario.lines.of("region"),
            )
        )
    if scenario.snapshot and scenario.snapshot != ground.snapshot:
        faults.append(
            scenario.fault(
                f"the scenario is of another snapshot, not of {ground.snapshot}. Check it "
                "against the region as it is, then change `snapshot`.",
                scenario.lines.of("snapshot"),
            )
        )
    strange = [grade for grade in scenario.stay.grades if grade not in ground.grades]
    if strange:
        faults.append(
            scenario.fault(
                f"`{ground.zones}` does not serve the grade {strange[0]}. Take it out of `stay`.",
                scenario.lines.of("stay"),
            )
        )
    return faults


def _changed_schools(
    scenario: Scenario, ground: PlanningGround, metric_crs: str, faults: list[Fault]
) -> Schools:
    """Schools opened, closed and altered."""
    schools = ground.schools
    for change in scenario.changes:
        if isinstance(change, Open):
            if change.id in schools.numbers:
                faults.append(
                    scenario.fault(
                        f"a school `{change.id}` exists already. Give the new school another id.",
                        change.line,
                    )
                )
                continue
            schools = _opened(schools, change, metric_crs)
        elif isinstance(change, Close | Alter):
            number = schools.numbers.get(change.school, NO_SCHOOL)
            if number == NO_SCHOOL:
                faults.append(
                    scenario.fault(
                        f"there is no school `{change.school}`. Use a school's id or name.",
                        change.line,
                    )
                )
            elif not schools.is_open[number]:
                faults.append(
                    scenario.fault(
                        f"`{change.school}` is closed by a change before. Take out one.",
                        change.line,
                    )
                )
            else:
                schools = _altered(schools, change, number)
    return schools


def _opened(schools: Schools, change: Open, metric_crs: str) -> Schools:
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True)
    x, y = to_metres.transform(change.lon, change.lat)
    return replace(
        schools,
        ids=(*schools.ids, change.id),
        names=(*schools.names, change.name),
        x=np.append(schools.x, x),
        y=np.append(schools.y, y),
        seats=np.append(schools.seats, float(change.seats)),
        grades=(*schools.grades, frozenset(change.grades)),
        is_quality=np.append(schools.is_quality, False),
        is_open=np.append(schools.is_open, True),
    )


def _altered(schools: Schools, change: Close | Alter, number: int) -> Schools:
    if isinstance(change, Close):
        is_open = schools.is_open.copy()
        is_open[number] = False
        return replace(schools, is_open=is_open)
    seats, grades = schools.seats.copy(), list(schools.grades)
    if change.seats is not None:
        seats[number] = change.seats
    if change.grades is not None:
        grades[number] = frozenset(change.grades)
    return replace(schools, seats=seats, grades=tuple(grades))


def _assigned(
    scenario: Scenario, ground: PlanningGround, schools: Schools, crs: str, faults: list[Fault]
) -> Ints:
    """The school that the assignments give each block; -1 for none."""
    to_school = np.full(len(ground.blocks.ids), NO_SCHOOL)
    for change in scenario.changes:
        if not isinstance(change, Assign | AssignBlocks | Redraw):
            continue
        if isinstance(change, AssignBlocks):
            school_of_block = assigned_blocks(change, scenario, ground, schools, faults)
        else:
            school_of_block = read_assignment(change, ground, schools, crs, faults)
        twice = np.flatnonzero((to_school != NO_SCHOOL) & (school_of_block != NO_SCHOOL))
        if len(twice):
            block = ground.blocks.ids[twice[0]]
            faults.append(
                scenario.fault(
                    f"block `{block}` is assigned by a change before, too. Keep one of them.",
                    change.line,
                )
            )
        to_school = np.where(school_of_block != NO_SCHOOL, school_of_block, to_school)
    return np.where(ground.blocks.is_drawn, to_school, NO_SCHOOL)


def _targets(
    scenario: Scenario, schools: Schools, ground: PlanningGround, faults: list[Fault]
) -> dict[int, tuple[int, ...]]:
    """By school that loses students the schools that they go to; none for the nearest with room."""
    targets: dict[int, tuple[int, ...]] = {}
    for change in scenario.changes:
        if (
            isinstance(change, Alter)
            and change.grades is not None
            and change.school in schools.numbers
        ):
            targets[schools.numbers[change.school]] = ()
        elif isinstance(change, Close) and change.school in schools.numbers:
            faults += _unfit_targets(scenario, change, schools, ground)
            numbers = (schools.numbers.get(name, NO_SCHOOL) for name in change.to)
            targets[schools.numbers[change.school]] = tuple(numbers)
    return targets


def _unfit_targets(
    scenario: Scenario, change: Close, schools: Schools, ground: PlanningGround
) -> list[Fault]:
    """Faults of the schools that the students of a closed school go to."""
    faults = []
    for name in change.to:
        number = schools.numbers.get(name, NO_SCHOOL)
        if number == NO_SCHOOL:
            faults.append(scenario.fault(f"`to`: there is no school `{name}`.", change.line))
        elif reason := unfit(schools, number, ground):
            text = f"`to`: `{name}` is a school that {reason}"
            faults.append(scenario.fault(text, change.line))
    return faults


def _may_stay(scenario: Scenario, residents: Residents, schools: Schools, is_moved: Bools) -> Bools:
    """Moved students who may stay: of a grade that stays, and their brothers and sisters."""
    grades = [grade in scenario.stay.grades for grade in residents.grade_names]
    attends_right = (residents.attends == residents.right) | (residents.attends == NO_SCHOOL)
    could = attends_right & np.append(schools.is_open, False)[residents.right]
    stays = is_moved & could & np.array([*grades, False])[residents.grade]
    if not scenario.stay.siblings:
        return np.asarray(stays)
    has_home = residents.household >= 0
    home = residents.household * len(schools.ids) + residents.right
    with_family = np.isin(home, home[stays & has_home])
    return np.asarray(stays | (is_moved & could & has_home & with_family))
