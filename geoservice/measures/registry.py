"""All measures. A new measure is a module with its `Measure`, one line here, and one test."""

from collections.abc import Mapping

from geoservice.errors import InputError, NotFoundError
from geoservice.measures import (
    boundary,
    coverage,
    density,
    leaving,
    movement,
    nearest_school,
    need,
    quality,
    supply,
    travel,
    ways,
)
from geoservice.measures.measure import Measure

_MODULES = (
    movement,
    boundary,
    quality,
    leaving,
    nearest_school,
    coverage,
    supply,
    need,
    density,
    ways,
    travel,
)
MEASURES: Mapping[str, Measure] = {
    measure.id: measure for module in _MODULES for measure in module.MEASURES
}
"""Measures by id."""


def measure_by(measure_id: str, unit: str) -> Measure:
    """Return the measure of an id, which must be counted by this kind of units.

    Raises
    ------
    NotFoundError
        Where no measure has the id.
    InputError
        Where the measure is not counted by these units.
    """
    measure = MEASURES.get(measure_id)
    if measure is None:
        raise NotFoundError(f"There is no such measure. There are: {', '.join(MEASURES)}.")
    if unit.partition("_")[0] not in measure.by:
        units = " or ".join(f"{kind.removesuffix('s')}s" for kind in sorted(measure.by))
        raise InputError(f"The measure `{measure_id}` is made by {units}.")
    return measure
