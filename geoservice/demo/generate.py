"""The fictional district as files: real shapefiles and CSVs, the same bytes on every run."""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from geoservice.demo.ground import (
    CRS,
    HOUSES,
    ORIGIN,
    TOWNS,
    Floats,
    Ground,
    draw,
    house_numbers,
    house_places,
    river,
)
from geoservice.demo.history import seats_then
from geoservice.demo.schooling import BAND_SHARES, YEARS, Schooling, cell_polygons, plan
from geoservice.demo.students import student_batches
from geoservice.tables.writing import TableWriter

REGION_ID = "riverbend"
STUDENTS = 25_000
SEED = 1
_DBF_DATE = bytes([124, 1, 1])
_AREAS = {"planning": ("Hillside", "Old Town West", "Riverfront", "Midtown North", "Eastside", "Fairgrounds"),
          "wards": ("Ward 1", "Ward 2", "Ward 3", "Ward 4", "Ward 5")}  # fmt: skip
_README = """Riverbend is a fictional school district. Every street, school, rating and student in this
folder was invented by `geoservice.demo`; any likeness to a real place or person is chance. The
folder is written anew, byte for byte the same, by `geoservice demo --generate FOLDER`.
"""


def generate(folder: Path, students: int = STUDENTS, seed: int = SEED) -> None:
    """Write the district, its students and its ``region.toml`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    ground, schooling = draw(seed), plan(seed)
    _write_streets(folder, ground)
    _write_addresses(folder, ground)
    _write_schools(folder, schooling)
    _write_zones(folder, schooling)
    _write_areas(folder, schooling)
    _shapefile(folder / "river.shp", {"NAME": np.array(["Bend River"])}, [_moved(river())])
    (folder / "README.txt").write_text(_README, "utf-8")
    template = Path(__file__).with_name("riverbend.toml")
    (folder / "region.toml").write_text(template.read_text("utf-8"), "utf-8")
    generate_students(folder / "students.csv", students, seed)


def generate_students(path: Path, students: int, seed: int = SEED) -> None:
    """Write a student file of any size as a stream."""
    ground, schooling = draw(seed), plan(seed)
    with TableWriter(path) as writer:
        for batch in student_batches(ground, schooling, students, seed):
            writer.write(batch.table)
    path.chmod(0o644)


def true_positions(students: int = STUDENTS, seed: int = SEED) -> tuple[Floats, Floats]:
    """East and north in the region's metric CRS of each student's home, NaN where there is none."""
    ground, schooling = draw(seed), plan(seed)
    batches = list(student_batches(ground, schooling, students, seed))
    x, y = (np.concatenate([getattr(one, axis) for one in batches]) for axis in "xy")
    return x + ORIGIN[0], y + ORIGIN[1]


def _write_streets(folder: Path, ground: Ground) -> None:
    lines = ground.lines.copy()
    lines[ground.reversed] = shapely.reverse(lines[ground.reversed])
    towns = np.array(TOWNS)[ground.town]
    ends = ground.ends.astype(np.int32)
    fields = {
        "SEGID": np.array([f"S{at + 1:05d}" for at in range(len(lines))]),
        "PREDIR": np.array(ground.predir), "STREET": np.array(ground.name),
        "SUFTYPE": np.array(ground.type), "L_F_ADD": ends[:, 0], "L_T_ADD": ends[:, 1],
        "R_F_ADD": ends[:, 2], "R_T_ADD": ends[:, 3], "ZIP_L": np.array(ground.zip),
        "ZIP_R": np.array(ground.zip), "CITY_L": towns, "CITY_R": towns,
    }  # fmt: skip
    _shapefile(folder / "streets.shp", fields, list(_moved(lines)))


def _write_addresses(folder: Path, ground: Ground) -> None:
    known = np.flatnonzero(ground.has_points)
    segment = np.repeat(known, 2 * HOUSES)
    side = np.tile(np.repeat([0, 1], HOUSES), len(known))
    place = np.tile(np.arange(HOUSES), 2 * len(known))
    real = place < ground.count[segment]
    segment, side, place = segment[real], side[real], place[real]
    lon, lat = _degrees(*house_places(ground, segment, side, place))
    street = [
        " ".join(part for part in parts if part)
        for parts in zip(ground.predir, ground.name, ground.type, strict=True)
    ]
    frame = pl.DataFrame({
        "number": house_numbers(ground, segment, side, place),
        "street": np.array(street)[segment], "city": np.array(TOWNS)[ground.town[segment]],
        "zip": np.array(ground.zip)[segment], "lon": np.round(lon, 5), "lat": np.round(lat, 5),
    }).unique(["number", "street", "city"], maintain_order=True)  # fmt: skip
    half = len(frame) // 2
    for name, part in (("addresses_1.csv", frame[:half]), ("addresses_2.csv", frame[half:])):
        part.write_csv(folder / name)


def _write_schools(folder: Path, schooling: Schooling) -> None:
    low = {"elementary": "KG", "middle": "6", "high": "9", "k8": "KG", "citywide": "6"}
    high = {"elementary": "5", "middle": "8", "high": "12", "k8": "8", "citywide": "12"}
    sector = {kind: "charter" if kind == "citywide" else "district" for kind in low}
    lon, lat = _degrees(schooling.x, schooling.y)
    pl.DataFrame({
        "SCHOOL_ID": schooling.ids, "SCHOOL_NAME": schooling.names,
        "LEVEL": schooling.kinds, "SECTOR": [sector[kind] for kind in schooling.kinds],
        "LOW_GRADE": [low[kind] for kind in schooling.kinds],
        "HIGH_GRADE": [high[kind] for kind in schooling.kinds],
        "CAPACITY": schooling.capacity, "ENROLLMENT": schooling.enrollment,
        "PROGRAMS": schooling.programs, "LON": np.round(lon, 6), "LAT": np.round(lat, 6),
    }).write_csv(folder / "schools.csv")  # fmt: skip
    rows = [
        {"SCHOOL_ID": school, "YEAR": year, "RATING": str(schooling.ratings[at, when])}
        for at, school in enumerate(schooling.ids)
        for when, year in enumerate(YEARS)
    ]
    pl.DataFrame(rows).write_csv(folder / "ratings.csv")
    seats = seats_then(schooling, schooling.students, np.array(BAND_SHARES))
    seats.write_csv(folder / "seats.csv")


def _write_zones(folder: Path, schooling: Schooling) -> None:
    cells = cell_polygons()
    for band, level in enumerate(("elementary", "middle", "high")):
        school = schooling.zone_of[band][schooling.cell_zone]
        schools = np.unique(school)
        polygons = [shapely.union_all(cells[school == one]) for one in schools]
        fields = {
            "SCHOOL_ID": np.array([schooling.ids[one] for one in schools]),
            "SCHOOL": np.array([schooling.names[one] for one in schools]),
        }
        _shapefile(folder / f"{level}_zones.shp", fields, [_moved(one) for one in polygons])


def _write_areas(folder: Path, schooling: Schooling) -> None:
    cells = cell_polygons()
    for set_id, names in _AREAS.items():
        places = schooling.areas[set_id]
        polygons = [shapely.union_all(cells[places == at]) for at in range(len(names))]
        ids = np.array([f"{set_id[0].upper()}{at + 1}" for at in range(len(names))])
        fields = {"AREA_ID": ids, "NAME": np.array(names)}
        _shapefile(folder / f"{set_id}.shp", fields, [_moved(one) for one in polygons])


def _shapefile(
    path: Path, fields: dict[str, NDArray[np.generic]], shapes: list[shapely.Geometry]
) -> None:
    """A shapefile with its five files; the date in its table is fixed, so bytes repeat."""
    texts = {name: values.astype(object) if values.dtype.kind == "U" else values
             for name, values in fields.items()}  # fmt: skip
    with tempfile.TemporaryDirectory() as beside:
        target = Path(beside) / path.name
        pyogrio.raw.write(
            target, geometry=shapely.to_wkb(np.array(shapes, dtype=object)),
            field_data=list(texts.values()), fields=list(texts), crs=CRS, encoding="UTF-8",
            geometry_type=_kind(shapes), driver="ESRI Shapefile", RESIZE="YES",
        )  # fmt: skip
        for part in sorted(Path(beside).iterdir()):
            content = part.read_bytes()
            if part.suffix == ".dbf":
                content = content[:1] + _DBF_DATE + content[4:]
            (path.parent / part.name).write_bytes(content)


def _kind(shapes: list[shapely.Geometry]) -> str:
    return "LineString" if shapes[0].geom_type == "LineString" else "Polygon"


def _moved(shapes: NDArray[np.object_] | shapely.Geometry) -> NDArray[np.object_]:
    moved: NDArray[np.object_] = shapely.transform(
        shapes, lambda xy: np.round(xy + np.array(ORIGIN), 2)
    )
    return moved


def _degrees(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    transformer = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = transformer.transform(x + ORIGIN[0], y + ORIGIN[1])
    return np.asarray(lon), np.asarray(lat)
