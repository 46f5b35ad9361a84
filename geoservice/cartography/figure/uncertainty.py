"""How uncertain the values of a view are, so that no class of a map is narrower."""

from collections.abc import Iterable

import numpy as np

from geoservice.cartography.definition.definition import View
from geoservice.cartography.figure.panel import Panel
from geoservice.measures.measure import GAP, MILES, SHARE, STUDENTS

_SIDES = 4
"""Standard deviations in an interval that holds 95 of 100 values: two on each side."""
_DISTANCE_MILES = 0.2
"""Medians and means are rounded to a tenth of a mile, and homes are placed to some 30 yards."""


def uncertainty(view: View, panels: Iterable[Panel], unit_ids: Iterable[str]) -> float:
    """Return the width of the interval that holds the true value of a typical unit.

    It is the median over all units and years of the noise of protected counts and of the 95%
    interval of shares.
    """
    unit_list = list(unit_ids)
    widths = [
        _width(panel, unit) for panel in panels if panel.view.id == view.id for unit in unit_list
    ]
    known_widths = [width for width in widths if width is not None]
    return float(np.median(known_widths)) if known_widths else 0.0


def _width(panel: Panel, unit: str) -> float | None:
    line, noise_width = panel.lines.get(unit), _SIDES * panel.ground.released.noise_sd
    if line is None or panel.value(unit).number is None:
        return None
    if panel.view.unit == MILES:
        return _DISTANCE_MILES
    if panel.counted != STUDENTS:
        return 0.0
    if panel.view.unit == SHARE:
        interval = (line["high"] or 0.0) - (line["low"] or 0.0)
        return max(interval, noise_width / max(line["denominator"] or 0.0, 1.0))
    return noise_width if panel.view.unit in (STUDENTS, GAP) else 0.0
