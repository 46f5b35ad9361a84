"""Hexagons of homes: small where many students live, merged upward where few do (PRIVACY rule 13)."""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.geometry.projection import Projection

EDGE_M = 400.0
"""Length of an edge of the smallest hexagons."""
LEVELS = 5
"""Sizes; each has edges twice as long as the one before."""
STUDENTS_PER_N = 3
"""How many times the least count a hexagon must hold in each year, so that its bands can be shown too."""
HOUSEHOLDS = 3
"""From how many homes the students of a hexagon must come: brothers and sisters are one home, and so is an apartment house."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hexagons:
    """Hexagons that cover some homes.

    Attributes
    ----------
    unit
        The hexagon of each student, null where the home is not known.
    shapes
        ``unit``, ``geometry`` (WKB, WGS 84): smallest hexagons, or the outline of those merged.
    """

    unit: pl.Series
    shapes: pl.DataFrame


def hexagons(students: pl.DataFrame, min_n: int, projection: Projection) -> Hexagons:
    """Hexagons over the homes of all years, the same for every year and band so that none can be subtracted.

    ``students`` are ``year``, ``x`` and ``y`` (metres, null where unknown) and, where siblings can be told, ``household``. A
    hexagon is parted only where each part that is not empty holds enough students of enough homes in each year it has any.
    """
    placed = students.with_row_index("row").drop_nulls(["x", "y"])
    if placed.is_empty():
        none = pl.Series("unit", [None], dtype=pl.String).new_from_index(0, len(students))
        return Hexagons(none, pl.DataFrame(schema={"unit": pl.String, "geometry": pl.Binary}))
    places = [_cells(placed["x"].to_numpy(), placed["y"].to_numpy(), EDGE_M)]
    for level in range(1, LEVELS):
        places.append(_cells(*_centres(places[-1], EDGE_M * 2 ** (level - 1)), EDGE_M * 2**level))
    sizes = _levels(placed, places, min_n)
    at = np.stack(places)[sizes, np.arange(len(placed))]
    unique, which = np.unique(np.column_stack([sizes, at]), axis=0, return_inverse=True)
    names = [f"h{one}_{q}_{r}" for one, q, r in unique.tolist()]
    unit = pl.DataFrame({"row": placed["row"], "unit": np.array(names)[which.ravel()]})
    every = pl.DataFrame({"row": pl.Series(range(len(students)), dtype=pl.UInt32)})
    found = every.join(unit, on="row", how="left", maintain_order="left")["unit"]
    return Hexagons(found, _shapes(sorted(names), projection))


def is_joined(unit: str) -> bool:
    """True of a hexagon that is none of the smallest."""
    return not unit.startswith("h0_")


def _levels(placed: pl.DataFrame, places: list[Ints], min_n: int) -> Ints:
    """The size of each student's hexagon: the largest, then smaller as long as every part holds enough."""
    home = placed["household"] if "household" in placed.columns else placed["row"]
    level = np.full(len(placed), LEVELS - 1)
    for smaller in range(LEVELS - 2, -1, -1):  # Over sizes.
        table = pl.DataFrame({
            "year": placed["year"].cast(pl.String), "home": home,
            "whole": _packed(places[smaller + 1]), "part": _packed(places[smaller]),
            "here": level == smaller + 1,
        })  # fmt: skip
        held = table.group_by("year", "whole", "part").agg(
            n=pl.len(), homes=pl.col("home").n_unique(), here=pl.col("here").all()
        )
        enough = (pl.col("n") >= STUDENTS_PER_N * min_n) & (pl.col("homes") >= HOUSEHOLDS)
        parted = held.group_by("whole").agg((enough & pl.col("here")).all().alias("parts"))
        wanted = table.join(parted, on="whole", how="left", maintain_order="left")["parts"]
        level[wanted.to_numpy()] = smaller
    return level


def _packed(cells: Ints) -> Ints:
    """Both coordinates in one number."""
    return np.asarray((cells[:, 0] << 32) + cells[:, 1])


def _cells(x: Floats, y: Floats, edge_m: float) -> Ints:
    """Axial coordinates of the pointy-topped hexagons that hold some places: places x 2.

    Rounding of cube coordinates as in Red Blob Games, "Hexagonal Grids".
    """
    q = (math.sqrt(3) / 3 * x - y / 3) / edge_m
    r = 2 / 3 * y / edge_m
    cube = np.column_stack([q, r, -q - r])
    near = np.round(cube)
    worst = np.abs(near - cube).argmax(axis=1)
    rows = np.arange(len(near))
    near[rows, worst] -= near.sum(axis=1)
    return near[:, :2].astype(np.int64)


def _centres(cells: Ints, edge_m: float) -> tuple[Floats, Floats]:
    q, r = cells[:, 0], cells[:, 1]
    return np.asarray(edge_m * math.sqrt(3) * (q + r / 2)), np.asarray(
        edge_m * 1.5 * r, dtype=np.float64
    )


def _shapes(names: list[str], projection: Projection) -> pl.DataFrame:
    """Outlines: of each hexagon the union of the smallest ones that belong to it, so that neighbours fit."""
    found = []
    for name in names:  # Over hexagons: some hundreds.
        level, q, r = name[1:].split("_")
        cells = np.array([[int(q), int(r)]])
        for size in range(int(level), 0, -1):
            cells = _children(cells, size)
        found.append(shapely.to_wkb(_outline(cells, projection)))
    return pl.DataFrame({"unit": names, "geometry": found}, schema={"unit": pl.String, "geometry": pl.Binary})  # fmt: skip


def _children(cells: Ints, level: int) -> Ints:
    """The next smaller hexagons whose centres lie in some hexagons of a level."""
    edge_m = EDGE_M * 2 ** (level - 1)
    x, y = _centres(cells, EDGE_M * 2**level)
    around = np.array([(q, r) for q in range(-3, 4) for r in range(-3, 4)])
    near = _cells(x, y, edge_m)[:, None, :] + around[None]
    many = np.unique(near.reshape(-1, 2), axis=0)
    parents = _cells(*_centres(many, edge_m), EDGE_M * 2**level)
    wanted = {tuple(one) for one in cells.tolist()}
    kept = [tuple(one) in wanted for one in parents.tolist()]
    return np.asarray(many[np.array(kept)])


def _outline(cells: Ints, projection: Projection) -> shapely.Geometry:
    angles = np.radians(60 * np.arange(6) + 30)
    x, y = _centres(cells, EDGE_M)
    rings = np.stack([x[:, None] + EDGE_M * np.cos(angles), y[:, None] + EDGE_M * np.sin(angles)], axis=2)  # fmt: skip
    whole = shapely.union_all(shapely.polygons(np.round(rings, 2)), grid_size=0.5)
    return shapely.transform(whole, lambda at: np.column_stack(projection.to_degrees(at[:, 0], at[:, 1])))  # fmt: skip
