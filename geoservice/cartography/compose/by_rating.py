"""A view by rating of the school attended: bars of the district.

Columns, and lines of cards, of every area.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from geoservice.cartography.definition.definition import View
from geoservice.cartography.definition.view_rules import BY_RATING
from geoservice.cartography.figure.cells import SUPPRESSED, Column, Value
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.panel import Panel
from geoservice.cartography.figure.ratings import attended_entries
from geoservice.cartography.figure.released import DISTRICT_UNIT, Line

_SIGNS = str.maketrans({"+": " plus", "-": " minus"})


def by_rating(
    ground: FigureGround, view: View, year: str, lines: Callable[[str], Mapping[str, Line]]
) -> tuple[tuple[LegendEntry, Panel], ...]:
    """Return a panel for each rating, the best first, and a panel for schools not rated.

    None if the release has no figures by rating. ``lines`` gives the released lines of a part;
    parts by rating have names like ``A median``.
    """
    entries = []
    for label, entry in attended_entries(ground):
        part = f"{label} {view.part}"
        rating_view = view.model_copy(update={"part": part})
        entries.append((entry, Panel(rating_view, year, lines(part), ground)))
    return tuple(entries) if any(_tells(panel) for _, panel in entries[:-1]) else ()


def bars_of(panels: Sequence[Panel]) -> tuple[str, tuple[tuple[str, Value], ...]]:
    """Return title and bars of the district; each bar has the look of its rating in the legend.

    Empty if no panel has a value.
    """
    barred = _barred(panels)
    if barred is None:
        return "", ()
    bars = tuple(
        (entry.text, replace(panel.value(DISTRICT_UNIT), key=entry.key))
        for entry, panel in barred.by_rating
    )
    return _titled(barred), bars


def most_of(panels: Sequence[Panel]) -> float:
    """Return the largest value of the bars of all given panels, of any year; 0 without bars."""
    values = (
        panel_of_rating.value(DISTRICT_UNIT).number
        for panel in panels
        for _, panel_of_rating in panel.by_rating
    )
    return max((abs(number) for number in values if number is not None), default=0.0)


def said_bars(panels: Sequence[Panel]) -> tuple[str, ...]:
    """The bars as a sentence; none where no panel has any."""
    barred = _barred(panels)
    return () if barred is None else (f"{_titled(barred)}: {_listed(barred, DISTRICT_UNIT)}.",)


def rating_lines(panel: Panel, unit: str) -> tuple[str, ...]:
    """Return the line of a unit's card with its values by rating, if it has any."""
    if not panel.by_rating:
        return ()
    unit_text = panel.ground.texts(f"unit_{panel.view.unit}")
    return (panel.ground.texts("card_by_rating", unit=unit_text, values=_listed(panel, unit)),)


def rating_columns(panel: Panel) -> list[Column]:
    """A column for each rating."""
    texts, what = panel.ground.texts, panel.view.title.of(panel.ground.choice.lang)
    ids = _column_ids([rated_panel.view.part for _, rated_panel in panel.by_rating])
    return [
        Column(name, texts("column_by_rating", what=what, rating=entry.text), panel.view.unit)
        for name, (entry, _) in zip(ids, panel.by_rating, strict=True)
    ]


def rating_cells(panel: Panel, unit: str) -> list[Value]:
    """A unit's cells of these columns."""
    return [rated_panel.value(unit) for _, rated_panel in panel.by_rating]


def _tells(panel: Panel) -> bool:
    """Return True if any unit has a number or a suppressed number."""
    return any(
        line["value"] is not None or line["status"] == SUPPRESSED for line in panel.lines.values()
    )


def _barred(panels: Sequence[Panel]) -> Panel | None:
    return next((panel for panel in panels if panel.by_rating), None)


def _titled(panel: Panel) -> str:
    texts, what = panel.ground.texts, panel.view.title.of(panel.ground.choice.lang)
    return texts("bars_by_rating", what=what, unit=texts(f"unit_{panel.view.unit}"))


def _listed(panel: Panel, unit: str) -> str:
    return "; ".join(
        f"{entry.text}: {rated_panel.value(unit).text}" for entry, rated_panel in panel.by_rating
    )


def _column_ids(parts: Sequence[str]) -> list[str]:
    """Names of columns, such as ``by_rating_a_median``.

    Numbered where labels differ by signs alone.
    """
    named = [re.sub(r"\W+", "_", part.lower().translate(_SIGNS)).strip("_") for part in parts]
    distinct = len(set(named)) == len(named)
    return [f"{BY_RATING}{name if distinct else number}" for number, name in enumerate(named, 1)]
