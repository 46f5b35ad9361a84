"""The parts of a page around its map: heading, choices, bars, table, facts, downloads."""

from dataclasses import asdict
from html import escape

from geoservice.cartography.data.table import table_html
from geoservice.cartography.figure.cells import Value
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.formats import FORMATS
from geoservice.cartography.page.config import query
from geoservice.cartography.page.pair import alternative_html
from geoservice.cartography.texts import LANGUAGE_NAMES, THEMES, Texts, texts_of

_PICTURES = (
    ("slide", "pdf"),
    ("letter", "pdf"),
    ("landscape", "pdf"),
    ("figure", "png"),
    ("square", "png"),
)
"""Sizes of pictures to download, and the format that their readers use."""


def heading(drawing: Drawing, *, is_file: bool) -> str:
    """Return question, finding, subtitle and choices; for a matrix also its table."""
    title, subtitle = escape(drawing.title), escape(drawing.subtitle)
    finding = f'<p class="finding" id="finding" role="status">{escape(drawing.frame.finding)}</p>'
    header = f'<header><h1>{title}</h1>{finding}<p class="subtitle">{subtitle}</p></header>'
    table = _table(drawing) if is_table_first(drawing) else ""
    return f"{header}{'' if is_file else _choices(drawing)}{table}"


def is_table_first(drawing: Drawing) -> bool:
    """Return True if the table is the answer, and the map shows only a part of it."""
    return drawing.definition.kind == "matrix"


def _table(drawing: Drawing) -> str:
    texts = texts_of(drawing.choice.lang)
    return f'<p class="hint">{escape(texts("page_sorted"))}</p>{table_html(drawing)}'


def source_line(drawing: Drawing) -> str:
    """Return the line under a compact embed: the source, and a fold with all the rest."""
    texts = texts_of(drawing.choice.lang)
    sources = (text for label, text in drawing.facts if label == texts("fact_source"))
    source = f"{texts('fact_source')}: {next(sources, '')} · geoservice"
    return (
        f'<details class="about"><summary><span>{escape(source)}</span> '
        f"<b>{escape(texts('page_about'))}</b></summary>"
        f"{under(drawing, is_file=True)}</details>"
    )


def under(drawing: Drawing, is_file: bool, *, is_folded: bool = False) -> str:
    """Bars, notes, table, facts, downloads; in a frame the table is folded."""
    texts = texts_of(drawing.choice.lang)
    notes = "".join(f"<p>{escape(note)}</p>" for note in drawing.notes)
    downloads = "" if is_file else _downloads(drawing, texts)
    name, shown = escape(texts("page_table")), ""
    if is_folded and not is_table_first(drawing):
        shown = f"<details><summary>{name}</summary>{_table(drawing)}</details>"
    elif not is_table_first(drawing):
        shown = f"<h2>{name}</h2>{_table(drawing)}"
    return (
        f'<p class="alternative">{alternative_html(drawing)}</p>'
        f"{_bars(drawing)}{notes}{downloads}"
        f"{shown}{_facts(drawing)}"
    )


def _choices(drawing: Drawing) -> str:
    texts, options, choice = texts_of(drawing.choice.lang), drawing.options, asdict(drawing.choice)
    whole_district = [("", texts("page_area_all"))]
    selects = (
        ("areas", texts("page_areas"), options.areas),
        ("area", texts("page_area"), (*whole_district, *options.area)),
        ("zone", texts("page_zone"), options.zone),
        ("school", texts("page_school"), options.school),
        ("scenario", texts("page_scenario"), options.scenario),
        ("band", texts("page_band"), options.band),
        ("year", texts("page_year"), options.year),
        ("lang", texts("page_language"), tuple(LANGUAGE_NAMES.items())),
        (
            "theme",
            texts("page_theme"),
            tuple((theme_id, texts(f"theme_{theme_id}")) for theme_id in THEMES),
        ),
    )
    controls = "".join(
        _select(name, label, choices, choice[name])
        for name, label, choices in selects
        if len(choices) > 1
    )
    held = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in (("region", drawing.region), ("view", drawing.choice.view))
        if value
    )
    return (
        f'<form id="choices" method="get">{held}'
        f"{controls}<button>{escape(texts('page_apply'))}</button></form>"
    )


def _select(name: str, label: str, options: tuple[tuple[str, str], ...], chosen: str) -> str:
    lines = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(text)}</option>"
        for value, text in options
    )
    return f'<label>{escape(label)}<select name="{name}">{lines}</select></label>'


def _bars(drawing: Drawing) -> str:
    if not drawing.bars:
        return ""
    lines = "".join(
        f'<li><span>{escape(label)}</span><span class="track {value.status}">'
        f'<span class="bar" style="width:{_bar_percent(drawing, value):.0f}%"></span></span>'
        f"<b>{escape(value.text)}</b></li>"
        for label, value in drawing.bars
    )
    # Scripts put bars that look like entries of the legend beside them, and take these away.
    place = "bars-of-legend" if any(value.key for _, value in drawing.bars) else "bars-of-map"
    title = escape(drawing.bars_title)
    return f'<section class="{place}"><h2>{title}</h2><ul class="bars">{lines}</ul></section>'


def _bar_percent(drawing: Drawing, value: Value) -> float:
    return 100 * abs(value.number or 0) / drawing.longest_bar


def _downloads(drawing: Drawing, texts: Texts) -> str:
    tail = escape(query(drawing))
    name = escape(drawing.definition.id)
    links = "".join(
        f'<li><a href="/maps/{name}.{ending}?{tail}" download>{output_format.label}</a></li>'
        for ending, output_format in FORMATS.items()
    )
    sizes = "".join(
        f'<li><a href="/maps/{name}.{ending}?{tail}&amp;size={size}" download>'
        f"{FORMATS[ending].label}, {escape(texts('size_' + size))}</a></li>"
        for size, ending in _PICTURES
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
