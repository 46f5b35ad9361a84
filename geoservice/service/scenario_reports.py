"""Board packets of scenarios: HTML, PDF and workbook."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.values import Printer
from geoservice.cartography.texts import texts_of
from geoservice.errors import InputError
from geoservice.model.miles import METRES_PER_MILE
from geoservice.model.settings import Settings
from geoservice.planning.numbers import SUPPRESSED, TODAY
from geoservice.reference.snapshot import Reference
from geoservice.reports.texts import ReportTexts
from geoservice.service.maps import Maps
from geoservice.service.planned_maps import scenario_plan
from geoservice.service.scenarios import ScenarioCase
from geoservice.tables.sheets import write_atomically
from geoservice.tables.writing import storage_fault

if TYPE_CHECKING:
    from geoservice.reports.packet import BoardPacket

MAPS = ("scenario", "scenario-utilisation", "scenario-access")
NAME = "board-packet"
_UNITS = {
    "students": "students",
    "moved": "students",
    "may_stay": "students",
    "in_quality_share": "share",
    "distance_mean_miles": "miles",
    "beyond_walking": "students",
    "split_areas": "schools",
    "split_feeders": "schools",
    "zones_in_pieces": "schools",
    "schools_over_95": "schools",
    "schools_under_80": "schools",
}
"""Measures of the summary, with their units."""
_YEARLY = ("students", "moved", "schools_over_95", "schools_under_80")
_OF_SCENARIO = frozenset({"moved", "may_stay"})
"""Measures that today has none of."""
_ONCE = frozenset({"students", "moved"})
"""Measures of the years that are the same before and after, or that today has none of."""


def write_packet(
    case: ScenarioCase, reference: Reference, target: Path, settings: Settings, lang: str = "en"
) -> list[str]:
    """Write a board packet into a folder, or into the file ``target``.

    Parameters
    ----------
    target
        A folder, or a file that ends in ``.html``, ``.pdf`` or ``.xlsx``.

    Returns
    -------
    list of str
        Names of the files that were written.
    """
    # matplotlib takes half a second to import: only for those who write packets.
    from geoservice.reports.packet import packet_html, packet_pdf
    from geoservice.reports.packet_workbook import packet_workbook

    packet = board_packet(case, reference, settings, lang)
    forms: dict[str, Callable[[], bytes]] = {
        ".html": lambda: packet_html(packet).encode(),
        ".pdf": lambda: packet_pdf(packet),
        ".xlsx": lambda: packet_workbook(packet),
    }
    ending = target.suffix.lower()
    if ending and ending not in forms:
        raise InputError(f"`{target.name}`: a packet is a folder, or {', '.join(forms)}.")
    if ending:
        write_atomically(target, forms[ending]())
        return [target.name]
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise storage_fault(fault, target) from fault
    for form, content in forms.items():
        write_atomically(target / f"{NAME}{form}", content())
    return [f"{NAME}{form}" for form in forms]


def board_packet(
    case: ScenarioCase, reference: Reference, settings: Settings, lang: str
) -> "BoardPacket":
    """Return the content of a packet."""
    from geoservice.reports.packet import BoardPacket

    scenario, texts = case.outcome.scenario, ReportTexts(lang)
    maps, plan = Maps(settings), scenario_plan(case, reference)
    profile = "internal" if case.is_internal else "public"
    choice = Choice(lang=lang, theme="print")
    drawings = [
        maps.scenario_drawing(name, reference, plan, choice, profile)
        for name in MAPS
        if reference.info.area_sets or name != "scenario-access"
    ]
    printed = _printed(case, reference, lang)
    titles = texts.listed("packet_measures")
    name = scenario.names.get(lang) or next(iter(scenario.names.values()), scenario.id)
    return BoardPacket(
        lang=lang,
        name=name,
        first_year=scenario.first_year,
        drawings=tuple(drawings),
        summary=tuple(
            (titles[measure], *printed[TODAY, measure])
            for measure in _UNITS
            if (TODAY, measure) in printed
        ),
        year_heads=(texts("packet_year"), *_year_heads(titles, texts)),
        years=_years(case, printed),
        numbers=case.numbers,
    )


def _year_heads(titles: Mapping[str, str], texts: ReportTexts) -> list[str]:
    heads = []
    for measure in _YEARLY:
        sides = ("packet_proposed",) if measure in _ONCE else ("packet_today", "packet_proposed")
        heads += [f"{titles[measure]}, {texts(side)}" for side in sides]
    return heads


def _years(
    case: ScenarioCase, printed: Mapping[tuple[str, str], tuple[str, str]]
) -> tuple[tuple[str, ...], ...]:
    """Return a row per year of the forecast, or no rows without a forecast."""
    rows = []
    for year in case.growth:
        cells = [year]
        for measure in _YEARLY:
            before, after = printed[year, measure]
            cells += [after] if measure in _ONCE else [before, after]
        rows.append(tuple(cells))
    return tuple(rows)


def _printed(
    case: ScenarioCase, reference: Reference, lang: str
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the district's printed numbers before and after, by year and measure."""
    printer = Printer(texts_of(lang), reference.info.min_n)
    rows = case.numbers.filter(pl.col("measure").is_in(list(_UNITS)), by="district", grade="all")
    return {
        (row["year"], row["measure"]): (
            _text(row, "before", printer),
            _text(row, "after", printer),
        )
        for row in rows.iter_rows(named=True)
    }


def _text(row: Mapping[str, Any], side: str, printer: Printer) -> str:
    if side == "before" and row["measure"] in _OF_SCENARIO:
        return ""
    if row[f"{side}_status"] == SUPPRESSED:
        return printer.suppressed_text
    unit, number = _UNITS[row["measure"]], row[side]
    if number is not None and unit == "miles":
        number *= METRES_PER_MILE
    return printer.value(number, unit).text
