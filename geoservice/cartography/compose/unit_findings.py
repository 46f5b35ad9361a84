"""The finding of a map of areas or zones, and its numbers in sentences."""

from collections.abc import Sequence

from geoservice.cartography.figure.cells import SUPPRESSED
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.panel import Panel
from geoservice.cartography.figure.released import DISTRICT_UNIT
from geoservice.cartography.findings.extremes import Named, highest, lowest, with_number
from geoservice.cartography.findings.units import Measured, units_finding, with_unit
from geoservice.cartography.findings.years import years_finding

NamedUnits = Sequence[tuple[str, str]]
"""Ids and names of units."""


def measured_of(ground: FigureGround, panel: Panel) -> Measured:
    """Return what a panel measures, for the words of the finding."""
    noun = "zone" if ground.definition.units == "zones" else "area"
    view = panel.view
    title = view.title.of(ground.choice.lang)
    return Measured(view.measure, view.part, title, view.unit, noun)


def named_values(panel: Panel, units: NamedUnits) -> list[Named]:
    """Return the name and the value of each unit."""
    return [(name, panel.value(unit)) for unit, name in units]


def panel_finding(
    ground: FigureGround, panel: Panel, units: NamedUnits, panels: Sequence[Panel]
) -> str:
    """Return the finding of a panel; of several years its change since the first year."""
    measured = measured_of(ground, panel)
    by_year = {other.year: other for other in panels if other.view.id == panel.view.id}
    if len(by_year) < 2:
        named, district = named_values(panel, units), panel.value(DISTRICT_UNIT)
        return units_finding(ground.texts, measured, named, district)
    return years_finding(
        ground.texts,
        measured,
        {year: dict(named_values(other, units)) for year, other in by_year.items()},
        {year: other.value(DISTRICT_UNIT) for year, other in by_year.items()},
        panel.year,
    )


def panel_says(
    ground: FigureGround, panel: Panel, units: NamedUnits, district: str
) -> tuple[str, ...]:
    """Return a panel in sentences: lowest and highest, the district, how many are withheld.

    A lowest or highest value that several units share, or that a bound may exceed, is not named.
    """
    texts, named = ground.texts, named_values(panel, units)
    title, sentences = panel.view.title.of(ground.choice.lang), []
    shown = with_number(named)
    if len(shown) < len(named):
        sentences.append(texts("says_shown", what=title, n=len(shown), of=len(named)))
    for key, unit in (("says_lowest", lowest(named)), ("says_highest", highest(named))):
        if unit is not None:
            value = with_unit(texts, unit[1], panel.view.unit)
            sentences.append(texts(key, value=value, name=unit[0]))
    sentences.append(district)
    suppressed = sum(value.status == SUPPRESSED for _, value in named)
    if suppressed:
        sentences.append(texts("says_suppressed", n=suppressed))
    return (title, *sentences)
