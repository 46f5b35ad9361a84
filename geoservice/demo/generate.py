"""The files of the fictional district: shapefiles and CSVs, the same bytes on every run."""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from geoservice.demo.background import lakes, parks, places, railway
from geoservice.demo.history import seats_then
from geoservice.demo.relief import laid, lie
from geoservice.demo.scenarios import block_id, write_scenarios
from geoservice.demo.schooling import (
    BAND_SHARES,
    YEARS,
    Schooling,
    cell_polygons,
    plan_schools,
    planning_blocks,
)
from geoservice.demo.streets import (
    CRS,
    HOUSES,
    ORIGIN,
    TOWNS,
    DemoStreets,
    Floats,
    draw_streets,
    house_numbers,
    house_places,
    river,
)
from geoservice.demo.students import student_batches
from geoservice.tables.writing import TableWriter

REGION_ID = "riverbend"
STUDENTS = 25_000
SEED = 1
_DBF_DATE = bytes([124, 1, 1])
_AREAS = {
    "planning": (
        "Hillside",
        "Old Town West",
        "Riverfront",
        "Midtown North",
        "Eastside",
        "Fairgrounds",
    ),
    "wards": ("Ward 1", "Ward 2", "Ward 3", "Ward 4", "Ward 5"),
}
_README = """\
Riverbend is a fictional school district. Every street, school, rating and student in this
folder was invented by `geoservice.demo`; any likeness to a real place or person is chance. The
folder is written anew, byte for byte the same, by `geoservice demo --generate FOLDER`.
"""


def generate(folder: Path, students: int = STUDENTS, seed: int = SEED) -> None:
    """Write the district's layers, students and ``region.toml`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    streets, schooling = draw_streets(seed), plan_schools(seed)
    _write_streets(folder, streets)
    _write_addresses(folder, streets)
    _write_schools(folder, schooling)
    _write_zones(folder, schooling)
    _write_areas(folder, schooling)
    _write_blocks(folder, schooling)
    write_scenarios(folder, schooling)
    _write_background(folder, seed)
    (folder / "README.txt").write_text(_README, "utf-8")
    template = Path(__file__).with_name("riverbend.toml")
    (folder / "region.toml").write_text(template.read_text("utf-8"), "utf-8")
    generate_students(folder / "students.csv", students, seed)


def generate_students(path: Path, students: int, seed: int = SEED) -> None:
    """Write a student file of any size, batch by batch."""
    streets, schooling = draw_streets(seed), plan_schools(seed)
    with TableWriter(path) as writer:
        for batch in student_batches(streets, schooling, students, seed):
            writer.write(batch.table)
    path.chmod(0o644)


def true_positions(students: int = STUDENTS, seed: int = SEED) -> tuple[Floats, Floats]:
    """Return the position of each student's home in the metric CRS; NaN for students without."""
    streets, schooling = draw_streets(seed), plan_schools(seed)
    batches = list(student_batches(streets, schooling, students, seed))
    x, y = (np.concatenate([getattr(batch, axis) for batch in batches]) for axis in "xy")
    east, north = lie(x, y)
    return east + ORIGIN[0], north + ORIGIN[1]


def _write_streets(folder: Path, streets: DemoStreets) -> None:
    lines = streets.lines.copy()
    lines[streets.reversed] = shapely.reverse(lines[streets.reversed])
    towns = np.array(TOWNS)[streets.town]
    ends = streets.ends.astype(np.int32)
    fields = {
        "SEGID": np.array([f"S{number + 1:05d}" for number in range(len(lines))]),
        "PREDIR": np.array(streets.predir),
        "STREET": np.array(streets.name),
        "SUFTYPE": np.array(streets.type),
        "L_F_ADD": ends[:, 0],
        "L_T_ADD": ends[:, 1],
        "R_F_ADD": ends[:, 2],
        "R_T_ADD": ends[:, 3],
        "ZIP_L": np.array(streets.zip),
        "ZIP_R": np.array(streets.zip),
        "CITY_L": towns,
        "CITY_R": towns,
    }
    _shapefile(folder / "streets.shp", fields, list(_moved(lines)))


def _write_addresses(folder: Path, streets: DemoStreets) -> None:
    segments = np.flatnonzero(streets.has_points)
    segment = np.repeat(segments, 2 * HOUSES)
    side = np.tile(np.repeat([0, 1], HOUSES), len(segments))
    place = np.tile(np.arange(HOUSES), 2 * len(segments))
    real = place < streets.count[segment]
    segment, side, place = segment[real], side[real], place[real]
    lon, lat = _degrees(*house_places(streets, segment, side, place))
    street = [
        " ".join(part for part in parts if part)
        for parts in zip(streets.predir, streets.name, streets.type, strict=True)
    ]
    frame = pl.DataFrame(
        {
            "number": house_numbers(streets, segment, side, place),
            "street": np.array(street)[segment],
            "city": np.array(TOWNS)[streets.town[segment]],
            "zip": np.array(streets.zip)[segment],
            "lon": np.round(lon, 5),
            "lat": np.round(lat, 5),
        }
    ).unique(["number", "street", "city"], maintain_order=True)
    half = len(frame) // 2
    for name, part in (("addresses_1.csv", frame[:half]), ("addresses_2.csv", frame[half:])):
        part.write_csv(folder / name)


def _write_schools(folder: Path, schooling: Schooling) -> None:
    low = {"elementary": "KG", "middle": "6", "high": "9", "k8": "KG", "citywide": "6"}
    high = {"elementary": "5", "middle": "8", "high": "12", "k8": "8", "citywide": "12"}
    sector = {kind: "charter" if kind == "citywide" else "district" for kind in low}
    lon, lat = _degrees(schooling.x, schooling.y)
    pl.DataFrame(
        {
            "SCHOOL_ID": schooling.ids,
            "SCHOOL_NAME": schooling.names,
            "LEVEL": schooling.kinds,
            "SECTOR": [sector[kind] for kind in schooling.kinds],
            "LOW_GRADE": [low[kind] for kind in schooling.kinds],
            "HIGH_GRADE": [high[kind] for kind in schooling.kinds],
            "CAPACITY": schooling.capacity,
            "ENROLLMENT": schooling.enrollment,
            "PROGRAMS": schooling.programs,
            "LON": np.round(lon, 6),
            "LAT": np.round(lat, 6),
        }
    ).write_csv(folder / "schools.csv")
    rows = [
        {"SCHOOL_ID": school, "YEAR": year, "RATING": str(schooling.ratings[index, year_index])}
        for index, school in enumerate(schooling.ids)
        for year_index, year in enumerate(YEARS)
    ]
    pl.DataFrame(rows).write_csv(folder / "ratings.csv")
    seats = seats_then(schooling, schooling.students, np.array(BAND_SHARES))
    seats.write_csv(folder / "seats.csv")


def _write_zones(folder: Path, schooling: Schooling) -> None:
    cells = cell_polygons()
    for band, level in enumerate(("elementary", "middle", "high")):
        school = schooling.zone_of[band][schooling.cell_zone]
        schools = np.unique(school)
        polygons = [shapely.union_all(cells[school == school_index]) for school_index in schools]
        fields = {
            "SCHOOL_ID": np.array([schooling.ids[school_index] for school_index in schools]),
            "SCHOOL": np.array([schooling.names[school_index] for school_index in schools]),
        }
        _shapefile(folder / f"{level}_zones.shp", fields, [_moved(polygon) for polygon in polygons])


def _write_areas(folder: Path, schooling: Schooling) -> None:
    cells = cell_polygons()
    for set_id, names in _AREAS.items():
        places = schooling.areas[set_id]
        polygons = [shapely.union_all(cells[places == area]) for area in range(len(names))]
        ids = np.array([f"{set_id[0].upper()}{area + 1}" for area in range(len(names))])
        fields = {"AREA_ID": ids, "NAME": np.array(names)}
        _shapefile(folder / f"{set_id}.shp", fields, [_moved(polygon) for polygon in polygons])


def _write_blocks(folder: Path, schooling: Schooling) -> None:
    cells, block = cell_polygons(), planning_blocks(schooling.cell_zone)
    numbers = np.unique(block)
    polygons = [shapely.union_all(cells[block == number]) for number in numbers]
    fields = {"BLOCK": np.array([block_id(number) for number in numbers.tolist()])}
    _shapefile(folder / "blocks.shp", fields, [_moved(polygon) for polygon in polygons])


def _write_background(folder: Path, seed: int) -> None:
    layers = {
        "river": {"Bend River": river()},
        "lakes": lakes(seed),
        "parks": parks(seed),
        "railway": railway(),
        "places": places(),
    }
    for name, shapes in layers.items():
        fields = {"NAME": np.array(list(shapes))}
        _shapefile(folder / f"{name}.shp", fields, [_moved(shape) for shape in shapes.values()])


def _shapefile(
    path: Path, fields: dict[str, NDArray[np.generic]], shapes: list[shapely.Geometry]
) -> None:
    """Write the five files of a shapefile, with a fixed date so that the bytes repeat."""
    columns = {
        name: values.astype(object) if values.dtype.kind == "U" else values
        for name, values in fields.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / path.name
        pyogrio.raw.write(
            target,
            geometry=shapely.to_wkb(np.array(shapes, dtype=object)),
            field_data=list(columns.values()),
            fields=list(columns),
            crs=CRS,
            encoding="UTF-8",
            geometry_type=_kind(shapes),
            driver="ESRI Shapefile",
            RESIZE="YES",
        )
        for part in sorted(Path(folder).iterdir()):
            content = part.read_bytes()
            if part.suffix == ".dbf":
                content = content[:1] + _DBF_DATE + content[4:]
            (path.parent / part.name).write_bytes(content)


def _kind(shapes: list[shapely.Geometry]) -> str:
    kind = shapes[0].geom_type
    return kind if kind in ("Point", "LineString") else "Polygon"


def _moved(shapes: NDArray[np.object_] | shapely.Geometry) -> NDArray[np.object_]:
    moved: NDArray[np.object_] = shapely.transform(
        laid(shapes), lambda xy: np.round(xy + np.array(ORIGIN), 2)
    )
    return moved


def _degrees(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    transformer = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    east, north = lie(x, y)
    lon, lat = transformer.transform(east + ORIGIN[0], north + ORIGIN[1])
    return np.asarray(lon), np.asarray(lat)
