"""The regional report pack: a report per area and for the district, a workbook and an index."""

import gc
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from geoservice.cartography.definition.definition import Definition
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.ground import ALL
from geoservice.errors import InputError, NotFoundError
from geoservice.reference.snapshot import Reference
from geoservice.reports.key_figures import key_figures
from geoservice.reports.report import Report, file_names, has_data, has_matrix_data, item_of
from geoservice.reports.texts import ReportTexts
from geoservice.reports.wording import captions, refuse_offences
from geoservice.service.maps import Maps
from geoservice.tables.writing import storage_fault

ORDER = (
    "reference",
    "zones",
    "ratings",
    "utilisation",
    "quality-seats",
    "service-gap",
    "access",
    "residents",
    "participation",
    "nearest-school",
    "distance",
    "flows",
    "trend",
    "coverage",
)
"""The figures of a report, in this order; definitions that are not there are left out."""
MATRIX = "gaps-matrix"
_WORKERS = 2


@dataclass(frozen=True)
class Pack:
    """The reports written, and titles of figures that the region has no data for."""

    reports: tuple[Report, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class _Case:
    """The region and the data set of students that a pack is about."""

    maps: Maps
    reference: Reference
    students: str

    def drawing(self, definition: Definition, choice: Choice) -> Drawing:
        """Return a figure in the report's grades; a figure of zones has no map of all grades."""
        is_default = choice.band == ALL and definition.units != "areas"
        band = "" if is_default else choice.band
        chosen = replace(choice, band=band)
        return self.maps.drawing(definition.id, self.reference, chosen, self.students)


def write_pack(
    maps: Maps,
    reference: Reference,
    folder: Path,
    choice: Choice,
    students: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> Pack:
    """Write the report pack of a set of areas into a folder: the district alone without areas.

    Raises
    ------
    InputError
        If the region has no such areas, or a caption of a figure recommends or judges.
    """
    areas = _areas(reference, choice.areas)
    choice = replace(
        choice,
        areas=choice.areas or next((area_set.id for area_set in reference.info.area_sets), ""),
        area="",
        band=choice.band or ALL,
    )
    definitions = {definition.id: definition for definition in maps.catalogue()}
    _refuse_judging(
        [definitions[map_id] for map_id in (*ORDER, MATRIX) if map_id in definitions], choice.lang
    )
    say("Working out the figures.")
    with _painters() as pool:
        case = _Case(maps, reference, students)
        drawings, missing = _district_drawings(case, choice, definitions)
        if not drawings:
            raise NotFoundError("The region has no figure to report on.")
        names = file_names(areas)
        # The district's takes longest: it is drawn while those of the areas are worked out.
        planned = [
            (choice, ("", "report-district")),
            *((replace(choice, area=area), (name, names[area])) for area, name in areas),
        ]
        reports = (
            _report(case, report_choice, drawings, named, missing)
            for report_choice, named in planned
        )
        texts = ReportTexts(choice.lang)
        district, *others = _write(reports, list(drawings.values()), folder, texts, say, pool)
    return Pack((*others, district), missing)


@contextmanager
def _painters() -> Iterator[ProcessPoolExecutor]:
    """Start the processes that draw reports; they start while figures are computed.

    matplotlib draws one picture at a time in a process, so two processes share the reports.
    """
    # matplotlib takes half a second to import: only for those who write reports.
    from geoservice.reports.render import start_process

    with ProcessPoolExecutor(_WORKERS, get_context("spawn"), start_process) as pool:
        for _ in range(_WORKERS):  # A process starts with the first task that finds none idle.
            pool.submit(gc.collect)
        yield pool


def _refuse_judging(definitions: list[Definition], lang: str) -> None:
    for definition in definitions:
        refuse_offences(captions(definition, lang), lang)
    refuse_offences(ReportTexts(lang).captions(), lang)


def _areas(reference: Reference, set_id: str) -> list[tuple[str, str]]:
    sets = [area_set.id for area_set in reference.info.area_sets]
    if not sets and not set_id:
        return []
    chosen = set_id or sets[0]
    if chosen not in sets:
        remedy = f"Sets of areas are: {', '.join(sets)}." if sets else "Add [[areas]] to it."
        raise InputError(f"The region has no such set of areas. {remedy}")
    table = reference.areas().filter(set_id=chosen)
    return table.select("area_id", pl.coalesce("name", "area_id")).sort("area_id").rows()


def _district_drawings(
    case: _Case, choice: Choice, definitions: dict[str, Definition]
) -> tuple[dict[str, Drawing], tuple[str, ...]]:
    """Return the figures of the district, and titles of figures without data."""
    drawings, missing = {}, []
    for map_id in (name for name in (*ORDER, MATRIX) if name in definitions):
        try:
            drawings[map_id] = case.drawing(definitions[map_id], choice)
        except (InputError, NotFoundError):
            files = ", ".join(definitions[map_id].lacking(case.reference))
            title = definitions[map_id].title.of(choice.lang)
            missing.append(f"{title} ({files})" if files else title)
    if MATRIX in drawings and not has_matrix_data(drawings[MATRIX]):
        missing.append(drawings.pop(MATRIX).definition.title.of(choice.lang))
    return drawings, tuple(missing)


def _report(
    case: _Case,
    choice: Choice,
    district_drawings: dict[str, Drawing],
    names: tuple[str, str],
    missing: tuple[str, ...],
) -> Report:
    """Return a report; figures that have no data of the area are among the missing ones."""
    name, file = names
    items, without = [], list(missing)
    for map_id, district_drawing in district_drawings.items():
        if map_id == MATRIX:
            continue
        definition = district_drawing.definition
        drawing = case.drawing(definition, choice) if choice.area else district_drawing
        item = item_of(drawing, district_drawing)
        if has_data(item):
            items.append(item)
        else:
            without.append(definition.title.of(choice.lang))
    matrix = district_drawings.get(MATRIX)
    return Report(choice.lang, choice.area, name, file, tuple(items), matrix, tuple(without))


def _write(
    reports: Iterable[Report],
    drawings: list[Drawing],
    folder: Path,
    texts: ReportTexts,
    say: Callable[[str], None],
    pool: ProcessPoolExecutor,
) -> list[Report]:
    """Write reports as they come, the district's at the start, then workbook and index."""
    # matplotlib takes half a second to import: only for those who write reports.
    from geoservice.reports.render import render_alone, render_index
    from geoservice.reports.workbook import write_workbook

    written, waiting = [], []
    with _storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for report in reports:
        written.append(report)
        name = report.name or texts("district")
        cover = key_figures(report, written[0], texts)
        waiting.append((name, pool.submit(render_alone, report, cover, folder)))
    with _storing(folder):
        ordered = [*written[1:], written[0]]
        write_workbook(folder / "figures.xlsx", ordered, drawings, texts)
        render_index(ordered, folder)
        for number, (name, task) in enumerate(waiting, 1):
            task.result()
            say(f"{number} of {len(written)}: {name}")
    return written


@contextmanager
def _storing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise storage_fault(fault, folder) from fault
