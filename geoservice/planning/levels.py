"""The level of a set of zones, by its highest grade, and its walking distance."""

from collections.abc import Sequence

from geoservice.model.grades import grade_position
from geoservice.model.region import WalkingRules

_LEVELS = (("06", "elementary"), ("08", "middle"))
"""The last grade of each level but the highest."""


def walking_miles(grades: Sequence[str], walking: WalkingRules) -> float:
    """The walking distance of the level that some grades are of."""
    highest = max((grade_position(grade) for grade in grades), default=0)
    for last_grade, level in _LEVELS:
        if highest <= grade_position(last_grade):
            return float(getattr(walking, level))
    return walking.high
