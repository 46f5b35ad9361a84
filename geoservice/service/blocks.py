"""Planning blocks for a region that has none, written into its folder."""

from pathlib import Path

import numpy as np
import orjson
import polars as pl
import shapely

from geoservice.errors import ConflictError, NotFoundError
from geoservice.model.settings import Settings
from geoservice.planning.make_blocks import make_blocks
from geoservice.reference.snapshot import Reference
from geoservice.region.build import to_degrees
from geoservice.region.manifest import load_manifest
from geoservice.service.students import Students
from geoservice.tables.sheets import write_atomically

FILE = "planning_blocks.geojson"
_ENTRY = f'\n[[blocks]]\nfile = "{FILE}"\n[blocks.fields]\nid = "id"\n'
_NAME = "region.toml"


def write_blocks(
    reference: Reference, folder: Path, min_homes: int, settings: Settings, *, replace: bool
) -> tuple[int, str]:
    """Make planning blocks and write them as GeoJSON; return their number and the places counted.

    The places are homes of the latest placed students, else address points, else none.

    Raises
    ------
    ConflictError
        If the region has blocks and ``replace`` is not set.
    """
    has_blocks = any(dataset.kind == "blocks" for dataset in load_manifest(folder).datasets)
    if has_blocks and not ((folder / FILE).is_file() and replace):
        raise ConflictError(
            "The region has planning blocks already. Remove [[blocks]] from region.toml, or use "
            "--replace if this command wrote them."
        )
    x, y, counted = _places(reference, settings)
    polygons = make_blocks(reference, x, y, min_homes)
    shapes = shapely.to_geojson(
        shapely.set_precision(to_degrees(polygons, reference.info.metric_crs), 1e-7)
    )
    digits = len(str(len(polygons)))
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"B{number:0{digits}d}"},
            "geometry": orjson.Fragment(shape),
        }
        for number, shape in enumerate(shapes, 1)
    ]
    write_atomically(
        folder / FILE, orjson.dumps({"type": "FeatureCollection", "features": features})
    )
    if not has_blocks:
        manifest = (folder / _NAME).read_bytes()
        mode = (folder / _NAME).stat().st_mode
        write_atomically(folder / _NAME, manifest.rstrip() + b"\n" + _ENTRY.encode())
        (folder / _NAME).chmod(mode)
    return len(polygons), counted


def _places(reference: Reference, settings: Settings) -> tuple[np.ndarray, np.ndarray, str]:
    try:
        frame, _ = Students(settings).years(reference.info.id)
    except NotFoundError:
        xs, ys = (reference.array(f"point_{axis}").astype(np.float64) for axis in "xy")
        return xs, ys, "address points"
    homes = frame.filter(pl.col("year") == frame["year"].max(), pl.col("x").is_not_null())
    return homes["x"].to_numpy(), homes["y"].to_numpy(), "students"
