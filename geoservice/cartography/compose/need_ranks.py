"""The ranks that a map of the service gap prints, in the order of its colors.

In a grade band the ranks are the measure `need_rank`, with the range over the definitions of
quality. For all grades this measure is a mean over the bands, which may differ from the order of
the gaps. The map of all grades therefore prints the rank of the gap that it shows.
"""

from geoservice.cartography.figure.cells import DISTRICT, Value
from geoservice.cartography.figure.ground import ALL, FigureGround
from geoservice.cartography.figure.panel import Panel
from geoservice.cartography.figure.shapes import area_table

_PARTS = {"rank": "rank", "rank_best": "best", "rank_worst": "worst"}
"""Columns and parts of the measure."""


def rank_columns(ground: FigureGround) -> tuple[str, ...]:
    """Return the columns of ranks: the rank, and of a band also the ends of its range."""
    return ("rank",) if ground.choice.band == ALL else tuple(_PARTS)


def ranks(ground: FigureGround, panel: Panel, unit: str) -> tuple[Value, ...]:
    """Return the rank of a unit, with its range if the figure has the range."""
    if ground.choice.band == ALL:
        return (_own_rank(ground, panel, unit),)
    return tuple(_released_rank(ground, panel, unit, part) for part in _PARTS.values())


def rank_label(ground: FigureGround, panel: Panel, unit: str) -> str:
    """Return the rank that is printed on a unit; empty without a rank."""
    rank, *ends = ranks(ground, panel, unit)
    if rank.number is None:
        return ""
    best, worst = (end.text for end in ends or (rank, rank))
    key = "label_rank" if best == worst else "label_rank_range"
    return ground.texts(key, rank=rank.text, best=best, worst=worst)


def rank_line(ground: FigureGround, panel: Panel, unit: str) -> tuple[str, ...]:
    """Return the rank as a line of a card; nothing if the unit has none."""
    rank, *ends = ranks(ground, panel, unit)
    if rank.number is None:
        return ()
    if not ends:
        return (ground.texts("card_own_rank", rank=rank.text),)
    best, worst = ends
    return (ground.texts("card_rank", rank=rank.text, best=best.text, worst=worst.text),)


def _own_rank(ground: FigureGround, panel: Panel, unit: str) -> Value:
    """Return the rank of a unit's published gap, 1 for the largest; equal gaps share a rank."""
    own = panel.value(unit)
    if own.number is None or unit == DISTRICT:
        return ground.printer.not_applicable() if unit == DISTRICT else own
    others = (
        panel.value(area).number for area in area_table(ground.reference, ground.area_set)["id"]
    )
    larger = sum(number is not None and number > own.number for number in others)
    return ground.printer.value(1.0 + larger, "rank")


def _released_rank(ground: FigureGround, panel: Panel, unit: str, part: str) -> Value:
    if not ground.released.has("need_rank", ground.area_set):
        return ground.printer.no_data()
    lines = ground.released.lines(
        "need_rank", ground.area_set, part, ground.choice.band, panel.year
    )
    line = lines.get(unit)
    if line is None:
        return ground.printer.not_applicable()
    return ground.printer.released(line["status"], line["value"], None, "rank")
