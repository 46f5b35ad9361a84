"""A view by rating of the school attended: bars of the district; columns, and lines of cards, of every area."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from geoservice.cartography.definition import View
from geoservice.cartography.figure import SUPPRESSED, Column, LegendEntry, Value
from geoservice.cartography.ground import Ground
from geoservice.cartography.panel import Panel
from geoservice.cartography.ratings import attended_entries
from geoservice.cartography.released import DISTRICT_UNIT, Line
from geoservice.cartography.view_rules import BY_RATING

_SIGNS = str.maketrans({"+": " plus", "-": " minus"})


def by_rating(
    ground: Ground, view: View, year: str, lines: Callable[[str], Mapping[str, Line]]
) -> tuple[tuple[LegendEntry, Panel], ...]:
    """A panel of each rating, the best first, and of schools not rated; none where the release tells of no rating.

    ``lines`` gives the released lines of a part; those by rating are named as ``A median``.
    """
    found = []
    for label, entry in attended_entries(ground):
        part = f"{label} {view.part}"
        own = view.model_copy(update={"part": part})
        found.append((entry, Panel(own, year, lines(part), ground)))
    return tuple(found) if any(_tells(panel) for _, panel in found[:-1]) else ()


def bars_of(panels: Sequence[Panel]) -> tuple[str, tuple[tuple[str, Value], ...]]:
    """Title and bars of the district, whose values name their look in the legend; nothing where no panel has any."""
    barred = _barred(panels)
    if barred is None:
        return "", ()
    bars = tuple((entry.text, replace(panel.value(DISTRICT_UNIT), key=entry.key))
                 for entry, panel in barred.by_rating)  # fmt: skip
    return _titled(barred), bars


def most_of(panels: Sequence[Panel]) -> float:
    """The largest number of the bars of some panels, whichever year they are of; 0 where there is none."""
    values = (one.value(DISTRICT_UNIT).number for panel in panels for _, one in panel.by_rating)
    return max((abs(one) for one in values if one is not None), default=0.0)


def said_bars(panels: Sequence[Panel]) -> tuple[str, ...]:
    """The bars as a sentence; none where no panel has any."""
    barred = _barred(panels)
    return () if barred is None else (f"{_titled(barred)}: {_listed(barred, DISTRICT_UNIT)}.",)


def rating_lines(panel: Panel, unit: str) -> tuple[str, ...]:
    """What a unit's card tells of ratings: a line, where there is anything."""
    if not panel.by_rating:
        return ()
    unit_text = panel.ground.texts(f"unit_{panel.view.unit}")
    return (panel.ground.texts("card_by_rating", unit=unit_text, values=_listed(panel, unit)),)


def rating_columns(panel: Panel) -> list[Column]:
    """A column for each rating."""
    texts, what = panel.ground.texts, panel.view.title.of(panel.ground.choice.lang)
    ids = _column_ids([one.view.part for _, one in panel.by_rating])
    return [
        Column(name, texts("column_by_rating", what=what, rating=entry.text), panel.view.unit)
        for name, (entry, _) in zip(ids, panel.by_rating, strict=True)
    ]


def rating_cells(panel: Panel, unit: str) -> list[Value]:
    """A unit's cells of these columns."""
    return [one.value(unit) for _, one in panel.by_rating]


def _tells(panel: Panel) -> bool:
    """True where any unit has a number, or a suppressed one."""
    return any(
        one["value"] is not None or one["status"] == SUPPRESSED for one in panel.lines.values()
    )


def _barred(panels: Sequence[Panel]) -> Panel | None:
    return next((one for one in panels if one.by_rating), None)


def _titled(panel: Panel) -> str:
    texts, what = panel.ground.texts, panel.view.title.of(panel.ground.choice.lang)
    return texts("bars_by_rating", what=what, unit=texts(f"unit_{panel.view.unit}"))


def _listed(panel: Panel, unit: str) -> str:
    return "; ".join(f"{entry.text}: {one.value(unit).text}" for entry, one in panel.by_rating)


def _column_ids(parts: Sequence[str]) -> list[str]:
    """Names of columns, such as ``by_rating_a_median``; numbered where labels differ by signs alone."""
    named = [re.sub(r"\W+", "_", part.lower().translate(_SIGNS)).strip("_") for part in parts]
    distinct = len(set(named)) == len(named)
    return [f"{BY_RATING}{name if distinct else at}" for at, name in enumerate(named, 1)]
