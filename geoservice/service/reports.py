"""The regional report pack: a report per area, one for the district, a workbook, an index."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from geoservice.cartography.definition import Definition
from geoservice.cartography.figure import Choice, Drawing
from geoservice.errors import InputError, NotFoundError
from geoservice.reference.snapshot import Reference
from geoservice.reports.report import Item, Report, file_names, item_of
from geoservice.reports.texts import ReportTexts
from geoservice.reports.wording import captions, refuse_offences
from geoservice.service.maps import Maps
from geoservice.tables.writing import storage_fault

ORDER = ("reference", "zones", "ratings", "utilisation", "quality-seats", "service-gap", "access",
         "residents", "participation", "nearest-school", "distance", "flows", "trend", "coverage")  # fmt: skip
"""The figures of a report, in this order; definitions that are not there are left out."""
MATRIX = "gaps-matrix"
_WORKERS = 2


@dataclass(frozen=True)
class Pack:
    """What was written: the reports, and titles of figures that the data does not give."""

    reports: tuple[Report, ...]
    missing: tuple[str, ...]


def write_pack(
    maps: Maps, reference: Reference, folder: Path, choice: Choice, students: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> Pack:  # fmt: skip
    """Write the report pack of a regionalisation into a folder.

    Raises
    ------
    InputError
        Where the region has no such areas, or a caption of a figure recommends or judges.
    """
    areas = _areas(reference, choice.areas)
    choice = replace(choice, areas=choice.areas or reference.info.area_sets[0].id, area="")
    definitions = {one.id: one for one in maps.catalogue()}
    _refuse_judging(
        [definitions[one] for one in (*ORDER, MATRIX) if one in definitions], choice.lang
    )
    say("Working out the figures.")
    whole, missing = _whole(maps, reference, choice, students, definitions)
    if not whole:
        raise NotFoundError("The region has no figure to report on.")
    names = file_names(areas)
    # The district's takes longest: it is drawn while those of the areas are worked out.
    asked = [(choice, ("", "report-district")),
             *((replace(choice, area=area), (name, names[area])) for area, name in areas)]  # fmt: skip
    made = (_report(maps, reference, one, students, whole, named, missing) for one, named in asked)
    first, *others = _write(made, list(whole.values()), folder, ReportTexts(choice.lang), say)
    return Pack((*others, first), missing)


def _refuse_judging(definitions: list[Definition], lang: str) -> None:
    for one in definitions:
        refuse_offences(captions(one, lang), lang)
    refuse_offences(ReportTexts(lang).captions(), lang)


def _areas(reference: Reference, set_id: str) -> list[tuple[str, str]]:
    sets = [one.id for one in reference.info.area_sets]
    chosen = set_id or next(iter(sets), "")
    if chosen not in sets:
        raise InputError(f"Reports are by areas. The region has: {', '.join(sets) or 'none'}.")
    table = reference.areas().filter(set_id=chosen)
    return table.select("area_id", pl.coalesce("name", "area_id")).sort("area_id").rows()


def _whole(
    maps: Maps, reference: Reference, choice: Choice, students: str,
    definitions: dict[str, Definition],
) -> tuple[dict[str, Drawing], tuple[str, ...]]:  # fmt: skip
    """The figures of the district, and titles of those that its data does not give."""
    found, missing = {}, []
    for map_id in (name for name in (*ORDER, MATRIX) if name in definitions):
        try:
            found[map_id] = maps.drawing(map_id, reference, choice, students)
        except (InputError, NotFoundError):
            files = ", ".join(definitions[map_id].lacking(reference))
            title = definitions[map_id].title.of(choice.lang)
            missing.append(f"{title} ({files})" if files else title)
    return found, tuple(missing)


def _report(
    maps: Maps, reference: Reference, choice: Choice, students: str, whole: dict[str, Drawing],
    names: tuple[str, str], missing: tuple[str, ...],
) -> Report:  # fmt: skip
    name, file = names
    items: list[Item] = []
    for map_id, drawing in whole.items():
        if map_id != MATRIX:
            mine = maps.drawing(map_id, reference, choice, students) if choice.area else drawing
            items.append(item_of(mine, drawing))
    return Report(choice.lang, choice.area, name, file, tuple(items), whole.get(MATRIX), missing)


def _write(
    reports: Iterable[Report], drawings: list[Drawing], folder: Path, texts: ReportTexts,
    say: Callable[[str], None],
) -> list[Report]:  # fmt: skip
    """Write reports as they are made, the district's first, then the workbook and the index of all."""
    # matplotlib takes half a second to import: only for those who write reports.
    from geoservice.reports.render import render_alone, render_index, start_process
    from geoservice.reports.workbook import write_workbook

    made, waiting = [], []
    with _storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    # matplotlib draws one picture at a time in a process, so reports are shared out over two.
    with ProcessPoolExecutor(_WORKERS, get_context("spawn"), start_process) as pool:
        for one in reports:
            made.append(one)
            waiting.append((one.name or texts("district"), pool.submit(render_alone, one, folder)))
        with _storing(folder):
            ordered = [*made[1:], made[0]]
            write_workbook(folder / "figures.xlsx", ordered, drawings, texts)
            render_index(ordered, folder)
            for at, (name, written) in enumerate(waiting, 1):
                written.result()
                say(f"{at} of {len(made)}: {name}")
    return made


@contextmanager
def _storing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise storage_fault(fault, folder) from fault
