"""The report pack of a regionalisation of 12 areas, four years of 25,000 fictional students: seconds, and of processor time."""

import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from geoservice.cartography.figure.choice import Choice
from geoservice.model.settings import Settings
from geoservice.service.fictional import add_fictional
from geoservice.service.maps import Maps
from geoservice.service.regions import Regions
from geoservice.service.reports import write_pack
from geoservice.service.students import Students

REGION = Path(__file__).resolve().parents[1] / "shapefiles" / "riverbend"
COLUMNS, ROWS = 4, 3
DECLARED = """
[[areas]]
id = "twelve"
name = "Twelve areas"
file = "twelve.shp"
[areas.fields]
id = "AREA_ID"
name = "NAME"
"""


def twelve_areas(folder: Path) -> None:
    """Add a regionalisation to a region's folder: elementary zones joined three by three, west to east."""
    meta, _, wkb, _ = pyogrio.raw.read(folder / "elementary_zones.shp")
    zones = np.asarray(shapely.from_wkb(wkb), dtype=object)
    places = shapely.get_coordinates(shapely.centroid(zones))
    columns = np.array_split(np.argsort(places[:, 0]), COLUMNS)
    groups = [
        some
        for column in columns
        for some in np.array_split(column[np.argsort(places[column, 1])], ROWS)
    ]
    shapes = [shapely.union_all(zones[some]) for some in groups]
    names = np.array([f"T{at:02d}" for at in range(len(groups))], dtype=object)
    pyogrio.raw.write(
        folder / "twelve.shp",
        np.array([shapely.to_wkb(one) for one in shapes], dtype=object),
        [names, np.array([f"Area {one}" for one in names], dtype=object)],
        ["AREA_ID", "NAME"],
        geometry_type="MultiPolygon",
        crs=meta["crs"],
        promote_to_multi=True,
    )
    declared = folder / "region.toml"
    declared.write_text(declared.read_text() + DECLARED)


def processor_seconds() -> float:
    """Of this process and of those it waited for."""
    both = (resource.getrusage(one) for one in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def main() -> None:
    with tempfile.TemporaryDirectory() as beside:
        folder, home = Path(beside) / "riverbend", Path(beside) / "home"
        shutil.copytree(REGION, folder)
        twelve_areas(folder)
        settings = Settings.read({**os.environ, "GEOSERVICE_HOME": str(home)})
        reference = Regions(settings, lambda _: None).open(str(folder))
        add_fictional(Students(settings), folder / "students.csv", reference)
        for word in ("first, with the release", "again"):
            start, before = time.perf_counter(), processor_seconds()
            pack = write_pack(
                Maps(settings), reference, Path(beside) / "reports", Choice(areas="twelve")
            )
            print(
                f"report pack of {len(pack.reports) - 1} areas and the district, {word}: "
                f"{time.perf_counter() - start:.1f} s, {processor_seconds() - before:.1f} s of processor time, "
                f"load {os.getloadavg()[0]:.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
