"""How many schools lie in each area."""

import polars as pl
import shapely

from geoservice.cartography.figure.cells import Value
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.shapes import area_shapes, area_table


def schools_by_area(ground: FigureGround, schools: pl.DataFrame) -> list[tuple[str, Value]]:
    """Return the name of each area with the number of its schools.

    Empty if an area is chosen, because the map then shows only the schools of this area.
    """
    if ground.choice.area:
        return []
    names = area_table(ground.reference, ground.area_set)["name"]
    shapes = area_shapes(ground.reference, ground.area_set)
    lon, lat = schools["lon"].to_numpy(), schools["lat"].to_numpy()
    counts = (int(shapely.contains_xy(shape, lon, lat).sum()) for shape in shapes)
    return [
        (name, ground.printer.value(float(count), "schools"))
        for name, count in zip(names, counts, strict=True)
    ]
