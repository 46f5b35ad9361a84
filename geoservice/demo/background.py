"""Lakes, parks, a railway and place names of the fictional district, the same on every run.

Coordinates are metres from the district's origin, as in `geoservice.demo.streets`.
"""

from collections.abc import Mapping

import numpy as np
import shapely

from geoservice.demo.streets import (
    COLUMNS,
    ROWS,
    STEP_X,
    STEP_Y,
    is_open_block,
    river,
)

_BLOCK_INSET = 11.0
_BLOCK_PARKS = (
    *("Courthouse", "Depot", "Garden", "Pioneer", "Orchard", "Library", "Market"),
    *("Fountain", "Clover", "Sunset", "Meadow", "Elm Grove", "Commons", "Bandstand"),
)
_LAKES = {
    "Lake Harmony": (14_780.0, 1_250.0, 520.0, 1_450.0),
    "Heron Lake": (-470.0, 7_600.0, 250.0, 620.0),
}
"""Middle and half extent of each lake, between the last streets and the district's edge."""
_PLACES = {
    "Riverbend": (6_000.0, 2_930.0),
    "Northfield": (6_100.0, 8_500.0),
    "Ferry Landing": (9_300.0, 7_700.0),
    "Old Mill": (9_700.0, 1_500.0),
    "Cedar Heights": (2_300.0, 5_300.0),
    "Prairie View": (12_300.0, 9_300.0),
}
_RAIL_Y, _RAIL_BEND = 4_780.0, 420.0


def lakes(seed: int = 1) -> Mapping[str, shapely.Polygon]:
    """Return the lakes with uneven shores, by name."""
    random = np.random.default_rng([seed, 1])
    turn = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    shapes = {}
    for name, (x, y, half_width, half_height) in _LAKES.items():
        waves = [
            random.uniform(0.02, 0.06) * np.sin(order * turn + random.uniform(0, 2 * np.pi))
            for order in (2, 3, 5, 7)
        ]
        reach = 0.9 * (1 + sum(waves))
        ring = np.stack(
            [x + half_width * reach * np.cos(turn), y + half_height * reach * np.sin(turn)], axis=1
        )
        shapes[name] = shapely.Polygon(np.round(ring, 2))
    return shapes


def parks(seed: int = 1) -> Mapping[str, shapely.Geometry]:
    """Return the parks by name: blocks between streets, the banks of the river, the lakes' shores.

    No street crosses a park, so that streets and addresses stay as they are.
    """
    shapes: dict[str, shapely.Geometry] = {}
    for name, shore in lakes(seed).items():
        outer = shapely.buffer(shore, 55.0, quad_segs=6)
        shapes[f"{name} Shore"] = shapely.difference(outer, shore)
    for name, south, north in (("Riverside Park", 1_700.0, 3_600.0), ("Bend Park", 6_900.0, 8_400)):
        banks = shapely.difference(shapely.buffer(river(), 32.0, quad_segs=4), river())
        shapes[name] = shapely.intersection(banks, shapely.box(0.0, south, 14_000.0, north))
    shapes["Hilltop Park"] = shapely.buffer(shapely.Point(1_900.0, 1_700.0), 95.0, quad_segs=8)
    shapes["North Prairie"] = shapely.box(1_500.0, 10_500.0, 5_600.0, 10_720.0)
    shapes["South Woods"] = shapely.box(8_900.0, -620.0, 13_300.0, -60.0)
    return shapes | _block_parks(seed)


def _block_parks(seed: int) -> dict[str, shapely.Geometry]:
    """Return parks that fill a block of the grid, none near another."""
    random = np.random.default_rng([seed, 2])
    columns, rows = random.permutation(COLUMNS - 1), random.permutation(ROWS - 1)
    chosen: list[tuple[int, int]] = []
    tries = zip(np.resize(columns, 400).tolist(), np.resize(rows, 400).tolist(), strict=True)
    for column, row in tries:
        is_apart = all(abs(column - c) + abs(row - r) > 9 for c, r in chosen)
        if is_apart and is_open_block(column, row) and len(chosen) < len(_BLOCK_PARKS):
            chosen.append((column, row))
    return {
        f"{name} Park": shapely.box(
            column * STEP_X + _BLOCK_INSET,
            row * STEP_Y + _BLOCK_INSET,
            (column + 1) * STEP_X - _BLOCK_INSET,
            (row + 1) * STEP_Y - _BLOCK_INSET,
        )
        for name, (column, row) in zip(_BLOCK_PARKS, chosen, strict=False)
    }


def railway() -> Mapping[str, shapely.LineString]:
    """Return the railway, which crosses the district from west to east."""
    x = np.arange(-900.0, COLUMNS * STEP_X + 900.0, 120.0)
    y = _RAIL_Y + _RAIL_BEND * np.sin(x / 3_700.0) + 0.05 * x + 30.0
    return {"Bend Valley Railway": shapely.LineString(np.round(np.stack([x, y], axis=1), 2))}


def places() -> Mapping[str, shapely.Point]:
    """Return the places, whose names appear on maps."""
    return {name: shapely.Point(x, y) for name, (x, y) in _PLACES.items()}
