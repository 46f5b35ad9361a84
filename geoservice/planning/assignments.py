"""Files that assign blocks to schools: tables with a block and a school, or proposed zones."""

from pathlib import Path

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.geometry.polygons import PolygonIndex
from geoservice.model.counted import counted
from geoservice.model.layers import Geometries
from geoservice.planning.ground import NO_SCHOOL, Ints, PlanningGround, Schools
from geoservice.planning.scenario import Assign, AssignBlocks, Fault, Redraw, Scenario
from geoservice.region.fields import id_of
from geoservice.region.manifest import Dataset
from geoservice.region.reading import RawTable, read_raw
from geoservice.region.shapes import metric_geometry, valid_polygons

_MOST_FAULTS = 20
_HEADER_LINES = 1
_TABLES = (".csv", ".tsv", ".txt", ".psv", ".xlsx")
_HOLE_M2 = 100.0
"""Smaller gaps between proposed zones are slivers of drawing."""


def read_assignment(
    change: Assign | Redraw, ground: PlanningGround, schools: Schools, crs: str, faults: list[Fault]
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


def assigned_blocks(
    change: AssignBlocks,
    scenario: Scenario,
    ground: PlanningGround,
    schools: Schools,
    faults: list[Fault],
) -> Ints:
    """The school of each block that a table in the scenario itself gives; -1 for the others."""
    to_school = np.full(len(ground.blocks.ids), NO_SCHOOL)
    for block, school in change.schools.items():  # Over blocks: some hundreds.
        if text := _pair_fault(block, school, ground, schools):
            _add(faults, scenario.path, change.line, text)
        else:
            to_school[ground.blocks.numbers[block]] = schools.numbers[school]
    return to_school


def _by_rows(
    path: Path, table: pl.DataFrame, ground: PlanningGround, schools: Schools, faults: list[Fault]
) -> Ints:
    """A table of blocks and schools, checked row by row."""
    to_school = np.full(len(ground.blocks.ids), NO_SCHOOL)
    first_line: dict[str, int] = {}
    shift = _HEADER_LINES if path.suffix.lower() in _TABLES else 0
    for row, block, school in table.iter_rows():  # Over blocks: some hundreds.
        line = row + shift
        if block in first_line:
            text = f"block `{block}` is assigned a second time, after line {first_line[block]}."
        else:
            text = _pair_fault(block or "", school or "", ground, schools)
        if text:
            _add(faults, path, line, text)
        else:
            to_school[ground.blocks.numbers[block]] = schools.numbers[school]
        if block in ground.blocks.numbers:
            first_line.setdefault(block, line)
    return to_school


def _pair_fault(block: str, school: str, ground: PlanningGround, schools: Schools) -> str:
    """What is wrong with a block and its school; empty if both will do."""
    number = schools.numbers.get(school, NO_SCHOOL)
    if block not in ground.blocks.numbers:
        return "there is no such block. Use the ids of [[blocks]] in region.toml."
    if not school:
        return f"block `{block}` has no school. Name one, or leave the line out."
    if number == NO_SCHOOL:
        return f"the school of block `{block}` does not exist. Use an id or name, or `open` it."
    if fault := unfit(schools, number, ground):
        return f"block `{block}` is assigned to a school that {fault}"
    return ""


def unfit(schools: Schools, school: int, ground: PlanningGround) -> str:
    """Why a school can take no students of these zones; empty if it can."""
    if not schools.is_open[school]:
        return "the scenario closes. Assign it to another, or take out `close`."
    if not any(schools.serves(school, grade) for grade in ground.grades):
        return f"serves no grade of `{ground.zones}`. Assign it to another, or change its `grades`."
    return ""


def _by_zones(
    change: Redraw,
    raw: RawTable,
    ground: PlanningGround,
    schools: Schools,
    crs: str,
    faults: list[Fault],
) -> Ints:
    """The school of each block, by the proposed zone that holds the block's center."""
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
    rows = raw.frame["row"].to_numpy()
    polygons, is_polygon, _ = valid_polygons(shapes, rows, _dataset(change.path))
    texts = raw.frame[column].to_list()
    zone_schools = [schools.numbers.get(text or "", NO_SCHOOL) for text in texts]
    zone_faults = [_zone_fault(school, schools, ground) for school in zone_schools]
    _report_zones(change.path, rows, is_polygon, zone_faults, faults)
    if not is_polygon.all():
        return none
    _report_holes(polygons, change.path, faults)
    zones = _zones_of_blocks(polygons, ground)
    _report_blocks_outside(zones, ground, change.path, faults)
    return np.where(zones >= 0, np.array(zone_schools, dtype=np.int64)[zones], NO_SCHOOL)


def _zone_fault(school: int, schools: Schools, ground: PlanningGround) -> str:
    """What is wrong with the school of a zone; empty where nothing is."""
    if school == NO_SCHOOL:
        return "the school of the zone does not exist. Use ids or names of schools."
    fault = unfit(schools, school, ground)
    return f"the zone is of a school that {fault}" if fault else ""


def _report_zones(
    path: Path, rows: Ints, is_polygon: NDArray[np.bool_], texts: list[str], faults: list[Fault]
) -> None:
    """Add the fault of each zone: a missing polygon, else the text."""
    for row, has_polygon, text in zip(rows, is_polygon, texts, strict=True):  # Over zones: few.
        if not has_polygon:
            _add(faults, path, int(row), "the zone has no polygon. Draw it, or remove the feature.")
        elif text:
            _add(faults, path, int(row), text)


def _zones_of_blocks(polygons: Geometries, ground: PlanningGround) -> Ints:
    """The zone that holds each block's center; -1 for blocks outside and blocks not drawn."""
    x, y = ground.blocks.centres
    drawn = np.flatnonzero(ground.blocks.is_drawn)
    zones = np.full(len(x), -1)
    zones[drawn] = PolygonIndex(polygons).locate(x[drawn], y[drawn])
    return zones


def _report_blocks_outside(
    zones: Ints, ground: PlanningGround, path: Path, faults: list[Fault]
) -> None:
    outside = np.flatnonzero(ground.blocks.is_drawn & (zones < 0))
    for block in outside[:_MOST_FAULTS]:
        block_id = ground.blocks.ids[block]
        text = f"block `{block_id}` lies in no proposed zone. Extend a zone over it."
        faults.append(Fault(path.name, 0, text))


def _report_holes(polygons: Geometries, path: Path, faults: list[Fault]) -> None:
    district = shapely.union_all(shapely.buffer(polygons, 0.01))
    rings = [ring for part in shapely.get_parts(district) for ring in part.interiors]
    holes = [ring for ring in rings if shapely.area(shapely.polygons(ring)) > _HOLE_M2]
    if holes:
        text = (
            f"the proposed zones leave {counted(len(holes), 'hole')} between them. "
            "Close every hole."
        )
        faults.append(Fault(path.name, 0, text))


def _add(faults: list[Fault], path: Path, line: int, text: str) -> None:
    """Add a fault, unless its file has shown enough of them."""
    same = sum(fault.file == path.name for fault in faults)
    if same < _MOST_FAULTS:
        faults.append(Fault(path.name, line, text))
    elif same == _MOST_FAULTS:
        faults.append(Fault(path.name, 0, "there are more faults; mend these first."))


def _dataset(path: Path) -> Dataset:
    return Dataset(kind="assignment", id="assignment", path=path, fields={})


def _column(raw: RawTable, title: str) -> str | None:
    alike = [name for name in raw.frame.columns if name.lower() == title.lower() and name != "row"]
    return title if title in alike else next(iter(alike), None)


def _columns(raw: RawTable) -> str:
    return f"Its columns are: {', '.join(name for name in raw.frame.columns if name != 'row')}."
