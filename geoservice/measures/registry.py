"""The registry of measures: it finds the modules of this package that define measures."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from operator import attrgetter
from pkgutil import iter_modules

from geoservice import measures
from geoservice.errors import InputError, NotFoundError
from geoservice.measures.measure import Measure

_READERS = frozenset({"registry", "figures"})
"""Modules that read the registry. They define no measures, and importing them here is a cycle."""


def _measures() -> Iterator[Measure]:
    """Yield the measures of every module that has a tuple ``MEASURES``."""
    for module in iter_modules(measures.__path__):
        if module.name not in _READERS:
            path = f"{measures.__name__}.{module.name}"
            yield from getattr(import_module(path), "MEASURES", ())


MEASURES: Mapping[str, Measure] = {
    measure.id: measure for measure in sorted(_measures(), key=attrgetter("id"))
}
"""Measures by id, in the order of the alphabet."""


def measure_by(measure_id: str, unit: str) -> Measure:
    """Return the measure of an id, which must be counted by this kind of units.

    Raises
    ------
    NotFoundError
        If no measure has the id.
    InputError
        If the measure is not counted by these units.
    """
    measure = MEASURES.get(measure_id)
    if measure is None:
        raise NotFoundError(f"There is no such measure. Measures are: {', '.join(MEASURES)}.")
    if unit.partition("_")[0] not in measure.by:
        units = " or ".join(f"{kind.removesuffix('s')}s" for kind in sorted(measure.by))
        raise InputError(f"The measure `{measure_id}` is made by {units}.")
    return measure
