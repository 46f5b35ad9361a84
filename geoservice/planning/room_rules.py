"""Changes of a scenario whose result depends on exact numbers of students."""

from geoservice.planning.ground import NO_SCHOOL, PlanningGround
from geoservice.planning.scenario import Alter, Change, Close, Fault, Scenario

_REMEDY = (
    "where its students go depends on exact numbers of students, so that the scenario is of the "
    "internal profile alone. "
)
_CLOSED = (
    "Name their schools with `to`, or show it with `--profile internal` and assign the blocks of "
    "`--moves`."
)
_DROPPED = "Show it with `--profile internal`, or close the school and assign its blocks."


def room_faults(scenario: Scenario, ground: PlanningGround) -> list[Fault]:
    """Return faults for changes that send students to the nearest school with room.

    Exact numbers decide which school has room. A reader of the new zones could learn from them the
    numbers that protected counts hide.
    """
    return [
        scenario.fault(
            f"{_REMEDY}{_CLOSED if isinstance(change, Close) else _DROPPED}", change.line
        )
        for change in scenario.changes
        if _needs_room(change, ground)
    ]


def _needs_room(change: Change, ground: PlanningGround) -> bool:
    if isinstance(change, Close):
        return not change.to
    if not isinstance(change, Alter) or change.grades is None:
        return False
    school = ground.schools.numbers.get(change.school, NO_SCHOOL)
    if school == NO_SCHOOL:
        return True  # A school that the scenario opens: nobody knows yet who goes there.
    served = {grade for grade in ground.grades if ground.schools.serves(school, grade)}
    return not served <= set(change.grades)
