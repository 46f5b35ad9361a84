"""The texts around a figure: subtitle, facts below it, and the figure in words."""

import math
from importlib.metadata import version

from geoservice.cartography.figure.cells import AT_LEAST
from geoservice.cartography.figure.context import area_name, district_text
from geoservice.cartography.figure.frames import Frame
from geoservice.cartography.figure.ground import ALL, Composed, FigureGround
from geoservice.cartography.figure.released import DISTRICT_UNIT
from geoservice.cartography.figure.values import Printer
from geoservice.cartography.texts import undirected


def subtitle(ground: FigureGround, composed: Composed) -> str:
    """Region, area, year and grades."""
    choice, texts = ground.choice, ground.texts
    grades = texts("all_grades") if choice.band == ALL else texts("band_is", band=choice.band)
    parts = [
        ground.reference.info.named(choice.lang),
        area_name(ground),
        _years(ground, composed),
        composed.grades or grades,
    ]
    sets = {
        area_set.id: area_set.named(choice.lang) for area_set in ground.reference.info.area_sets
    }
    by_areas = composed.subject and ground.definition.units == "areas" and ground.definition.views
    if by_areas or ground.definition.kind == "flows":
        parts.insert(1, sets.get(ground.area_set, ""))
    elif ground.definition.kind in ("destinations", "draw", "reference", "scenario"):
        parts.insert(1, composed.subject)
    return undirected(" · ".join(part for part in parts if part))


def _years(ground: FigureGround, composed: Composed) -> str:
    """The chosen year, or the first and the last of a figure of all years."""
    years = sorted({frame.year for frame in composed.frames if frame.year})
    if ground.definition.kind == "forecast":
        years = sorted({*years, ground.choice.year} - {""})
    if ground.definition.years == "all" and len(years) > 1:
        return ground.texts("years_span", first=years[0], last=years[-1])
    return ground.choice.year or ground.texts("no_year")


def facts(ground: FigureGround, composed: Composed) -> tuple[tuple[str, str], ...]:
    """Return label and text of the facts below every figure, in order."""
    texts, info = ground.texts, ground.reference.info
    sources = sorted({source.source or source.file for source in info.sources})
    dates = sorted({source.date for source in info.sources if source.date})
    students, coverage = _students(ground)
    return (
        (
            texts("fact_district"),
            _district_value(ground, composed.frames[0]),
        ),
        (texts("fact_schools"), ground.printer.value(composed.schools, "schools").text),
        (
            texts("fact_students"),
            composed.students.text if composed.students is not None else students,
        ),
        (texts("fact_coverage"), coverage),
        (texts("fact_source"), undirected("; ".join(sources))),
        (
            texts("fact_date"),
            texts(
                "count_date" if dates else "count_date_unknown",
                year=ground.choice.year or texts("no_year"),
                date=", ".join(dates),
            ),
        ),
        (texts("fact_method"), ground.definition.method_in(ground.choice.lang)),
        (
            texts("fact_version"),
            f"geoservice {version('geoservice')} · {ground.definition.id} · "
            f"{ground.reference.snapshot}",
        ),
        (
            texts("fact_profile"),
            texts(f"profile_{ground.released.profile}", n=ground.printer.min_n),
        ),
        *((texts("fact_counts"), note) for note in [counts_note(ground)] if note),
    )


def _district_value(ground: FigureGround, frame: Frame) -> str:
    """The value alone of a frame's sentence about the district."""
    has_year = ground.definition.years == "all"
    words = district_text(ground, "", frame.year if has_year else "")
    return frame.district.rpartition(words)[2]


def counts_note(ground: FigureGround) -> str:
    """Return the note on protected counts of students; empty if the figure has no counts."""
    released, texts = ground.released, ground.texts
    if not released.counts:
        return ""
    return texts(
        f"counts_{released.counts}",
        bound=released.noise_bound,
        usual=math.ceil(released.noise_sd),
        n=ground.printer.min_n,
    )


def alternative(ground: FigureGround, composed: Composed, frame: Frame) -> str:
    """The figure in words while a frame is shown: the question, the finding, the numbers."""
    question = ground.definition.question.of(ground.choice.lang)
    says = (*frame.says, *composed.says)
    sentences = [question, frame.finding, subtitle(ground, composed), *says, counts_note(ground)]
    ended = (text if text.endswith((".", "?", "!")) else f"{text}." for text in sentences if text)
    return undirected(" ".join(dict.fromkeys(ended)))


def _students(ground: FigureGround) -> tuple[str, str]:
    """Return the students with a known home in the shown area, and the share matched."""
    printer, texts = ground.printer, ground.texts
    tables = sorted(
        ground.released.tables.items(), key=lambda item: (item[0][1] == "hexagons", item[0])
    )
    for (measure, units), table in tables:
        if measure != "residents":
            continue
        shown_unit = (
            ground.choice.area if ground.choice.area and units == ground.area_set else DISTRICT_UNIT
        )
        residents = table.filter(unit=shown_unit, band=ground.choice.band, year=ground.choice.year)
        for line in residents.iter_rows(named=True):
            count = printer.released(line["status"], line["value"], line["bound"], "students")
            return count.text, _matched(printer, line["coverage"])
    return texts("no_students"), texts("no_students")


def _matched(printer: Printer, share: float | None) -> str:
    """Return the share of addresses matched as a lower bound, such as "≥ 97%"."""
    if share is None:
        return printer.no_data().text
    return printer.bound(share, "share", AT_LEAST).text
