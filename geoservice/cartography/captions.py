"""What is written around a figure: subtitle, facts under it, and the figure in words."""

import math
from importlib.metadata import version

from geoservice.cartography.context import area_name
from geoservice.cartography.figure import AT_LEAST
from geoservice.cartography.ground import ALL, Composed, Ground
from geoservice.cartography.released import DISTRICT_UNIT
from geoservice.cartography.texts import undirected
from geoservice.cartography.values import Printer


def subtitle(ground: Ground, composed: Composed) -> str:
    """Region, area, year and grades."""
    choice, texts = ground.choice, ground.texts
    grades = texts("all_grades") if choice.band == ALL else texts("band_is", band=choice.band)
    parts = [ground.reference.info.name, area_name(ground), _years(ground, composed), grades]
    sets = {one.id: one.name or one.id for one in ground.reference.info.area_sets}
    by_areas = composed.subject and ground.definition.units == "areas" and ground.definition.views
    if by_areas or ground.definition.kind == "flows":
        parts.insert(1, sets.get(ground.area_set, ""))
    elif ground.definition.kind in ("destinations", "draw"):
        parts.insert(1, composed.subject)
    return undirected(" · ".join(one for one in parts if one))


def _years(ground: Ground, composed: Composed) -> str:
    """The chosen year, or the first and the last of a figure of all years."""
    years = sorted({one.year for one in composed.frames if one.year})
    if ground.definition.years == "all" and len(years) > 1:
        return ground.texts("years_span", first=years[0], last=years[-1])
    return ground.choice.year or ground.texts("no_year")


def facts(ground: Ground, composed: Composed) -> tuple[tuple[str, str], ...]:
    """Label and text of what every figure carries, in the order shown."""
    texts, info = ground.texts, ground.reference.info
    sources = sorted({one.source or one.file for one in info.sources})
    dates = sorted({one.date for one in info.sources if one.date})
    students, coverage = _students(ground)
    return (
        (texts("fact_district"), composed.frames[0].district.rpartition(texts("district_is", value=""))[2]),
        (texts("fact_schools"), ground.printer.value(composed.schools, "schools").text),
        (texts("fact_students"), composed.students.text if composed.students is not None else students),
        (texts("fact_coverage"), coverage),
        (texts("fact_source"), undirected("; ".join(sources))),
        (texts("fact_date"), texts("count_date" if dates else "count_date_unknown",
                                   year=ground.choice.year or texts("no_year"), date=", ".join(dates))),
        (texts("fact_method"), ground.definition.method.of(ground.choice.lang)),
        (texts("fact_version"), f"geoservice {version('geoservice')} · {ground.definition.id} · {ground.reference.snapshot}"),
        (texts("fact_profile"), texts(f"profile_{ground.released.profile}", n=ground.printer.suppressed_text)),
        *((texts("fact_counts"), note) for note in [counts_note(ground)] if note),
    )  # fmt: skip


def counts_note(ground: Ground) -> str:
    """Return what a reader must know of counts of students; empty where the figure has none."""
    released, texts = ground.released, ground.texts
    if not released.counts:
        return ""
    return texts(
        f"counts_{released.counts}",
        bound=released.noise_bound,
        usual=math.ceil(released.noise_sd),
        n=ground.printer.min_n,
    )


def alternative(ground: Ground, composed: Composed) -> str:
    """The figure in words, with its numbers."""
    question = ground.definition.question.of(ground.choice.lang)
    sentences = [question, subtitle(ground, composed), *composed.says, counts_note(ground)]
    ended = (text if text.endswith((".", "?", "!")) else f"{text}." for text in sentences if text)
    return undirected(" ".join(dict.fromkeys(ended)))


def _students(ground: Ground) -> tuple[str, str]:
    """The number of students with a known home, in the area looked at, and the share of addresses matched, as released."""
    printer, texts = ground.printer, ground.texts
    for (measure, units), table in sorted(ground.released.tables.items()):
        if measure != "residents" or units == "hexagons":
            continue
        here = (
            ground.choice.area if ground.choice.area and units == ground.area_set else DISTRICT_UNIT
        )
        some = table.filter(unit=here, band=ground.choice.band, year=ground.choice.year)
        for line in some.iter_rows(named=True):
            count = printer.released(line["status"], line["value"], line["bound"], "students")
            return count.text, _matched(printer, line["coverage"])
    return texts("no_students"), texts("no_students")


def _matched(printer: Printer, share: float | None) -> str:
    """The share of addresses matched, which the release tells in whole percent at the least."""
    if share is None:
        return printer.no_data().text
    return printer.bound(share, "share", AT_LEAST).text
