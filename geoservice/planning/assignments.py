"""Files that assign blocks to schools: tables with a block and a school, or proposed zones."""

from pathlib import Path

import numpy as np
import polars as pl
import shapely

from geoservice.errors import InputError
from geoservice.geometry.polygons import PolygonIndex
from geoservice.planning.ground import NO_SCHOOL, Ground, Ints, Schools
from geoservice.planning.scenario_file import Assign, Fault, Redraw
from geoservice.region.fields import id_of
from geoservice.region.manifest import Dataset
from geoservice.region.reading import RawTable, read_raw
from geoservice.region.shapes import metric_geometry, polygons_of

_MOST_FAULTS = 20
_HEADER_LINES = 1
_TABLES = (".csv", ".tsv", ".txt", ".psv", ".xlsx")
_HOLE_M2 = 100.0
"""Smaller gaps between proposed zones are slivers of drawing."""


def read_assignment(
    change: Assign | Redraw, ground: Ground, schools: Schools, crs: str, faults: list[Fault]
) -> Ints:
    """The school of each block, -1 for blocks that the file leaves as they are.

    Faults are added to ``faults``, each with its line.
    """
    none = np.full(len(ground.blocks.ids), NO_SCHOOL)
    if not change.path.is_file():
        text = "there is no such file. Paths are relative to the scenario's folder."
        faults.append(Fault(change.path.name, 0, text))
        return none
    try:
        raw = read_raw(_dataset(change.path))
    except InputError as fault:
        faults.append(Fault(change.path.name, 0, fault.detail))
        return none
    if isinstance(change, Redraw):
        return _by_zones(change, raw, ground, schools, crs, faults)
    names = [_column(raw, name) for name in (change.block, change.school)]
    for name, column in zip((change.block, change.school), names, strict=True):
        if column is None:
            faults.append(
                Fault(change.path.name, 1, f"there is no column `{name}`. {_columns(raw)}")
            )
            return none
    table = raw.frame.select(
        "row", block=id_of(pl.col(str(names[0]))), school=pl.col(str(names[1]))
    )
    return _by_rows(change.path, table, ground, schools, faults)


def _by_rows(
    path: Path, table: pl.DataFrame, ground: Ground, schools: Schools, faults: list[Fault]
) -> Ints:
    """A table of blocks and schools, checked row by row."""
    found = np.full(len(ground.blocks.ids), NO_SCHOOL)
    first_line: dict[str, int] = {}
    shift = _HEADER_LINES if path.suffix.lower() in _TABLES else 0
    for row, block, school in table.iter_rows():  # Over blocks: some hundreds.
        line = row + shift
        place = ground.blocks.numbers.get(block or "")
        number = schools.numbers.get(school or "", NO_SCHOOL)
        if place is None:
            _add(
                faults,
                path,
                line,
                "there is no such block. Use the ids of [[blocks]] in region.toml.",
            )
        elif block in first_line:
            _add(
                faults,
                path,
                line,
                f"block `{block}` is assigned a second time, after line {first_line[block]}.",
            )
        elif not school:
            _add(
                faults,
                path,
                line,
                f"block `{block}` has no school. Name one, or leave the line out.",
            )
        elif number == NO_SCHOOL:
            _add(
                faults,
                path,
                line,
                f"the school of block `{block}` does not exist. Use an id or name, or `open` it.",
            )
        elif fault := unfit(schools, number, ground):
            _add(faults, path, line, f"block `{block}` is assigned to a school that {fault}")
        else:
            found[place] = number
        if place is not None:
            first_line.setdefault(str(block), line)
    return found


def unfit(schools: Schools, school: int, ground: Ground) -> str:
    """Why a school can take no students of these zones; empty where it can."""
    if not schools.is_open[school]:
        return "the scenario closes. Assign it to another, or take out `close`."
    if not any(schools.serves(school, grade) for grade in ground.grades):
        return f"serves no grade of `{ground.zones}`. Assign it to another, or change its `grades`."
    return ""


def _by_zones(
    change: Redraw, raw: RawTable, ground: Ground, schools: Schools, crs: str, faults: list[Fault]
) -> Ints:
    """Blocks by the proposed zone that holds their centre."""
    none = np.full(len(ground.blocks.ids), NO_SCHOOL)
    name, column = change.path.name, _column(raw, change.school)
    if column is None:
        faults.append(Fault(name, 1, f"there is no column `{change.school}`. {_columns(raw)}"))
        return none
    try:
        shapes, _ = metric_geometry(raw, _dataset(change.path), crs)
    except InputError as unreadable:
        faults.append(Fault(name, 0, unreadable.detail))
        return none
    polygons, good, _ = polygons_of(shapes, raw.frame["row"].to_numpy(), _dataset(change.path))
    number = np.full(len(polygons), NO_SCHOOL)
    for place, (row, text) in enumerate(raw.frame.select("row", column).iter_rows()):  # Over zones.
        number[place] = schools.numbers.get(text or "", NO_SCHOOL)
        if not good[place]:
            _add(
                faults, change.path, row, "the zone has no polygon. Draw it, or remove the feature."
            )
        elif number[place] == NO_SCHOOL:
            _add(
                faults,
                change.path,
                row,
                "the school of the zone does not exist. Use ids or names of schools.",
            )
        elif fault := unfit(schools, int(number[place]), ground):
            _add(faults, change.path, row, f"the zone is of a school that {fault}")
    if not good.all():
        return none
    _report_holes(polygons, change.path, faults)
    x, y = ground.blocks.centres
    drawn = np.flatnonzero(ground.blocks.is_drawn)
    zone = np.full(len(x), -1)
    zone[drawn] = PolygonIndex(polygons).locate(x[drawn], y[drawn])
    faults += [
        Fault(
            name,
            0,
            f"block `{ground.blocks.ids[block]}` lies in no proposed zone. Extend a zone over it.",
        )
        for block in drawn[zone[drawn] < 0][:_MOST_FAULTS]
    ]
    return np.where(zone >= 0, number[zone], NO_SCHOOL)


def _report_holes(polygons: np.ndarray, path: Path, faults: list[Fault]) -> None:
    whole = shapely.union_all(shapely.buffer(polygons, 0.01))
    rings = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    holes = [ring for ring in rings if shapely.area(shapely.polygons(ring)) > _HOLE_M2]
    if holes:
        faults.append(
            Fault(
                path.name,
                0,
                f"the proposed zones leave {len(holes)} holes between them. Close them.",
            )
        )


def _add(faults: list[Fault], path: Path, line: int, text: str) -> None:
    """Add a fault, unless its file has shown enough of them."""
    same = sum(fault.file == path.name for fault in faults)
    if same < _MOST_FAULTS:
        faults.append(Fault(path.name, line, text))
    elif same == _MOST_FAULTS:
        faults.append(Fault(path.name, 0, "there are more faults; mend these first."))


def _dataset(path: Path) -> Dataset:
    return Dataset(kind="assignment", id="assignment", path=path, fields={})


def _column(raw: RawTable, wanted: str) -> str | None:
    alike = [name for name in raw.frame.columns if name.lower() == wanted.lower() and name != "row"]
    return wanted if wanted in alike else next(iter(alike), None)


def _columns(raw: RawTable) -> str:
    return f"Its columns are: {', '.join(name for name in raw.frame.columns if name != 'row')}."
