"""The ranked bars beside a choropleth, for each of its frames."""

from collections.abc import Mapping, Sequence

from geoservice.cartography.compose.unit_findings import NamedUnits
from geoservice.cartography.figure.classes import Scale
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.names import short_names
from geoservice.cartography.figure.panel import Panel
from geoservice.cartography.figure.ranking import RankedUnit, Ranking, axis, ranked
from geoservice.cartography.figure.released import DISTRICT_UNIT
from geoservice.cartography.findings.units import with_unit

_FEWEST = 2
_SUMMED = ("gap", "students", "seats")
"""Units of measures whose value of the district is the sum of its areas."""


def ranking_of(
    ground: FigureGround,
    panel: Panel,
    units: NamedUnits,
    panels: Sequence[Panel],
    scales: Mapping[str, Scale],
) -> Ranking | None:
    """Return the ranked units of a panel; None if fewer than two units have a number.

    ``panels`` are all panels of the figure and of the compared year. Panels of the same view share
    an axis.
    """
    scale, view = scales[panel.view.id], panel.view
    is_sum = view.unit in _SUMMED
    drawn = [unit for unit, _ in units] + ([] if is_sum else [DISTRICT_UNIT])
    values = [other.value(unit) for other in panels if other.view.id == view.id for unit in drawn]
    short = short_names(sorted(name for _, name in units)).by_name
    ordered = ranked(
        [
            RankedUnit(
                unit,
                short.get(name, name),
                panel.value(unit),
                scale.unit_key(panel.id, unit, panel.value(unit)),
            )
            for unit, name in units
        ]
    )
    if sum(unit.value.number is not None for unit in ordered) < _FEWEST:
        return None
    low, high = axis(values)
    district, title = panel.value(DISTRICT_UNIT), view.title.of(ground.choice.lang)
    words = ground.texts("district_is", value=with_unit(ground.texts, district, view.unit))
    years = {other.year for other in panels}
    heading = f"{title}, {panel.year}" if len(years) > 1 else title
    return Ranking(heading, ordered, district, words, low, high, is_sum)
