"""What a page has around its map: heading, choices, bars, table, facts, downloads."""

from dataclasses import asdict
from html import escape

from geoservice.cartography.config import query
from geoservice.cartography.figure import Drawing
from geoservice.cartography.table import table_html
from geoservice.cartography.texts import LANGUAGE_NAMES, THEMES, Texts, texts_of

DOWNLOADS = ("png", "svg", "pdf", "csv", "xlsx", "geojson", "gpkg", "html")


def heading(drawing: Drawing, *, is_file: bool) -> str:
    """Question, subtitle, and what can be chosen."""
    made = f'<header><h1>{escape(drawing.title)}</h1><p class="subtitle">{escape(drawing.subtitle)}</p></header>'
    return made if is_file else made + _choices(drawing)


def under(drawing: Drawing, *, is_file: bool, is_folded: bool = False) -> str:
    """Bars, notes, table, facts, downloads; in a frame the table is folded."""
    texts = texts_of(drawing.choice.lang)
    notes = "".join(f"<p>{escape(one)}</p>" for one in drawing.notes)
    downloads = "" if is_file else _downloads(drawing, texts)
    name = escape(texts("page_table"))
    table = f'<p class="hint">{escape(texts("page_sorted"))}</p>{table_html(drawing)}'
    shown = (f"<details><summary>{name}</summary>{table}</details>" if is_folded
             else f"<h2>{name}</h2>{table}")  # fmt: skip
    return (
        f'<p class="alternative">{escape(drawing.alternative)}</p>{_bars(drawing)}{notes}{downloads}'
        f"{shown}{_facts(drawing)}"
    )


def _choices(drawing: Drawing) -> str:
    texts, options, choice = texts_of(drawing.choice.lang), drawing.options, asdict(drawing.choice)
    every = [("", texts("page_area_all"))]
    selects = (
        ("areas", texts("page_areas"), options.areas), ("area", texts("page_area"), (*every, *options.area)),
        ("zone", texts("page_zone"), options.zone), ("school", texts("page_school"), options.school),
        ("band", texts("page_band"), options.band), ("year", texts("page_year"), options.year),
        ("lang", texts("page_language"), tuple(LANGUAGE_NAMES.items())),
        ("theme", texts("page_theme"), tuple((one, texts(f"theme_{one}")) for one in THEMES)),
    )  # fmt: skip
    made = "".join(
        _select(name, label, some, choice[name]) for name, label, some in selects if len(some) > 1
    )
    held = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in (("region", drawing.region), ("view", drawing.choice.view)) if value
    )  # fmt: skip
    return (
        f'<form id="choices" method="get">{held}'
        f"{made}<button>{escape(texts('page_apply'))}</button></form>"
    )


def _select(name: str, label: str, options: tuple[tuple[str, str], ...], chosen: str) -> str:
    lines = "".join(
        f'<option value="{escape(one)}"{" selected" if one == chosen else ""}>{escape(text)}</option>'
        for one, text in options
    )
    return f'<label>{escape(label)}<select name="{name}">{lines}</select></label>'


def _bars(drawing: Drawing) -> str:
    if not drawing.bars:
        return ""
    lines = "".join(
        f'<li><span>{escape(label)}</span><span class="track {value.status}"><span class="bar" style="width:'
        f'{100 * abs(value.number or 0) / drawing.longest_bar:.0f}%"></span></span><b>{escape(value.text)}</b></li>'
        for label, value in drawing.bars
    )
    # Scripts put bars that look like entries of the legend beside them, and take these away.
    place = "bars-of-legend" if any(value.key for _, value in drawing.bars) else "bars-of-map"
    return f'<section class="{place}"><h2>{escape(drawing.bars_title)}</h2><ul class="bars">{lines}</ul></section>'


def _downloads(drawing: Drawing, texts: Texts) -> str:
    tail = escape(query(drawing))
    name = escape(drawing.definition.id)
    links = "".join(
        f'<li><a href="/maps/{name}.{one}?{tail}" download>{one.upper()}</a></li>'
        for one in DOWNLOADS
    )
    sizes = "".join(
        f'<li><a href="/maps/{name}.pdf?{tail}&amp;size={one}" download>PDF, {escape(texts("size_" + one))}</a></li>'
        for one in ("slide", "portrait", "landscape")
    )
    return (
        f'<details id="downloads"><summary>{escape(texts("page_download"))}</summary>'
        f"<ul>{links}{sizes}</ul></details>"
    )


def _facts(drawing: Drawing) -> str:
    lines = "".join(
        f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in drawing.facts
    )
    return f'<footer><dl class="facts">{lines}</dl></footer>'
