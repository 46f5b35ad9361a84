"""The ranked bars beside a choropleth: for scripts, and as a list that works without them."""

from html import escape
from typing import Any

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import Frame
from geoservice.cartography.figure.ranking import RankedUnit, Ranking


def ranking_content(ranking: Ranking) -> dict[str, Any]:
    """Return the bars as scripts take them; ends of bars are shares of the axis."""
    return {
        "title": ranking.title,
        "district": ranking.district_text,
        "line": ranking.line,
        "units": [
            {
                "id": unit.id,
                "name": unit.name,
                "text": unit.value.text,
                "status": unit.value.status,
                "bar": _rounded(ranking.bar(unit)),
                "key": unit.key,
            }
            for unit in ranking.units
        ],
    }


def _rounded(ends: tuple[float, float] | None) -> tuple[float, float] | None:
    """Ends of a bar to a ten-thousandth of the axis, which is less than a pixel."""
    return None if ends is None else (round(ends[0], 4), round(ends[1], 4))


def ranking_html(drawing: Drawing) -> str:
    """Return the section of ranked bars of the first frame; empty without bars."""
    ranking = drawing.frame.ranking
    if ranking is None:
        return ""
    lines = "".join(_line(drawing.frame, ranking, unit) for unit in ranking.units[:_MOST_LISTED])
    key = "district-sum" if ranking.line is None else "district-key"
    return (
        '<section id="ranking" aria-labelledby="ranking-title">'
        f'<h2 id="ranking-title">{escape(ranking.title)}</h2>'
        f'<p class="{key}">{escape(ranking.district_text)}</p>'
        f'<ol class="ranked{" many" if len(ranking.units) > MANY else ""}">{lines}</ol></section>'
    )


_MOST_LISTED = 60
"""Scripts add further units; without scripts the table has them all."""
MANY = 14
"""Beyond so many units each takes one line."""


def _line(frame: Frame, ranking: Ranking, unit: RankedUnit) -> str:
    colours = {entry.key: entry.colour for entry in frame.legend if not entry.hatch}
    ends, bar = ranking.bar(unit), ""
    if ends is not None:
        left, right = ends
        style = f"left:{left:.1%};width:{right - left:.1%};background:{colours.get(unit.key, '')}"
        bar = f'<span class="bar {unit.value.status}" style="{style}"></span>'
    line = "" if ranking.line is None else f'<i style="left:{ranking.line:.1%}"></i>'
    return (
        f"<li><span class='unit'>{escape(unit.name)}</span>"
        f"<span class='axis'>{bar}{line}</span><b>{escape(unit.value.text)}</b></li>"
    )
