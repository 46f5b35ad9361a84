"""Streets and houses of the fictional district, the same on every run.

Coordinates are metres from the district's origin, east first. Segment, side and place along the
side identify a house and determine its number and position.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.demo.street_names import COURT_BEGINNINGS, COURT_ENDINGS, HILL_NAMES, NAMES, TYPES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CRS = "EPSG:26915"
ORIGIN = (455_000.0, 4_650_000.0)
STATE = "IA"
TOWNS = ("Riverbend", "Northfield")
ZIPS = ("51901", "51902", "51903", "51904")
"""The postal service does not use this prefix. Both towns share the third ZIP code."""
COLUMNS, ROWS = 72, 64
STEP_X, STEP_Y = 200.0, 160.0
TOWN_ROW = 40
"""First row of Northfield, which repeats the street names of Riverbend."""
HOUSES = 5
OFFSET_M = 14.0
_CENTER = (30, 18)
_HILL = (1900.0, 1700.0, 1250.0)


@dataclass(frozen=True)
class DemoStreets:
    """All street segments, one entry each.

    ``lines`` are in metres from the origin. ``ends`` holds ``from_left``, ``to_left``,
    ``from_right`` and ``to_right`` (0 for none). ``low`` is the first house number of the block,
    ``count`` the number of houses on each side. ``has_points`` is True for segments whose houses
    are address points.
    """

    lines: NDArray[np.object_]
    predir: list[str]
    name: list[str]
    type: list[str]
    town: Ints
    zip: list[str]
    ends: Ints
    low: Ints
    count: Ints
    has_range: NDArray[np.bool_]
    reversed: NDArray[np.bool_]
    has_points: NDArray[np.bool_]


def river_x(y: Floats | float) -> Floats:
    """Return the easting of the river's middle at a northing."""
    north = np.asarray(y, dtype=np.float64)
    return 7100.0 + 900.0 * np.sin(north / 2100.0) + 250.0 * np.sin(north / 700.0)


def river() -> shapely.Polygon:
    """Return the river as a polygon for the map."""
    y = np.arange(-1500.0, ROWS * STEP_Y + 1500.0, 60.0)
    middle = np.stack([river_x(y), y], axis=1)
    return shapely.buffer(shapely.LineString(np.round(middle, 2)), 45.0, quad_segs=4)


def draw_streets(seed: int = 1) -> DemoStreets:
    """Return the whole street network."""
    random = np.random.default_rng(seed)
    streets = [*_grid(), *_hill(), *_diagonals(), *_highway(), *_courts(random)]
    lines = [line for line, *_ in streets]
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    town = (y > TOWN_ROW * STEP_Y).astype(np.int64)
    draws = random.random((len(streets), 4))
    is_highway = np.array([street_type == "Hwy" for *_, street_type, _ in streets])
    has_range = ~is_highway & (draws[:, 0] > 0.05)
    has_one_house = has_range & (draws[:, 1] < 0.01)
    backward = has_range & (draws[:, 1] > 0.95)
    low = np.array([low for *_, low in streets], dtype=np.int64)
    count = np.where(has_one_house, 1, HOUSES)
    return DemoStreets(
        lines=np.array(lines, dtype=object),
        predir=[predir for _, predir, *_ in streets],
        name=[name.replace("_", " ") for _, _, name, *_ in streets],
        type=[street_type for *_, street_type, _ in streets],
        town=town,
        zip=[ZIPS[zip_index] for zip_index in _zip_places(x, y)],
        ends=_ends(low, has_range, has_one_house, backward),
        low=low,
        count=count,
        has_range=has_range,
        reversed=backward,
        has_points=~is_highway & (draws[:, 2] < 0.62),
    )


def _zip_places(x: Floats, y: Floats) -> Ints:
    north, east = y > 36 * STEP_Y, x > river_x(y)
    return np.where(north, np.where(east, 3, 2), np.where(east, 1, 0)).astype(np.int64)


def _ends(
    low: Ints,
    has_range: NDArray[np.bool_],
    has_one_house: NDArray[np.bool_],
    backward: NDArray[np.bool_],
) -> Ints:
    """Return range ends: odd on the left, even on the right; swapped for reversed segments."""
    end = np.where(has_one_house, low, low + 98)
    ends = np.stack([low + 1, end + 1, low, end], axis=1)
    ends = np.where(ends == 0, 2, ends)
    swapped = ends[:, [3, 2, 1, 0]]
    return np.where(has_range[:, None], np.where(backward[:, None], swapped, ends), 0)


def house_places(
    streets: DemoStreets, segment: Ints, side: Ints, place: Ints
) -> tuple[Floats, Floats]:
    """Return the true easting and northing of houses; side 0 is odd, side 1 even."""
    share = (house_offsets(place) + 1) / 100.0
    share = np.where(streets.count[segment] == 1, 0.5, share)
    lines = streets.lines[segment]
    length = shapely.length(lines)
    inset = np.minimum(16.0, length / 4)
    along = inset + share * (length - 2 * inset)
    before, ahead = (shapely.line_interpolate_point(lines, along + step) for step in (-1.0, 1.0))
    x, y = (
        (shapely.get_x(before) + shapely.get_x(ahead)) / 2,
        (shapely.get_y(before) + shapely.get_y(ahead)) / 2,
    )
    dx, dy = (
        shapely.get_x(ahead) - shapely.get_x(before),
        shapely.get_y(ahead) - shapely.get_y(before),
    )
    size = np.hypot(dx, dy)
    wobble = ((segment * 7 + place * 13 + side * 5) % 11) - 5.0
    away = (OFFSET_M + wobble * 0.8) * np.where(side == 0, 1.0, -1.0) / np.where(size > 0, size, 1)
    return np.round(x - dy * away, 2), np.round(y + dx * away, 2)


def house_offsets(place: Ints) -> Ints:
    """Return the offset of each house from the block's first number (4, 24, 44 …)."""
    return place * 20 + 4


def house_numbers(streets: DemoStreets, segment: Ints, side: Ints, place: Ints) -> Ints:
    """Return house numbers; a segment with a single number has one house on each side."""
    offset = np.where(streets.count[segment] == 1, 0, house_offsets(place))
    number = streets.low[segment] + offset + np.where(side == 0, 1, 0)
    return np.where(number == 0, 2, number)


StreetRecord = tuple[shapely.LineString, str, str, str, int]
"""Line, direction, name, type and the hundred of the block."""


def _grid() -> list[StreetRecord]:
    streets = []
    for column in range(COLUMNS):
        for row in range(ROWS - 1):
            start, end = (column * STEP_X, row * STEP_Y), (column * STEP_X, (row + 1) * STEP_Y)
            if not _blocked(start, end):
                streets.append((_line([start, end]), *_avenue(column, row)))
    for row in range(ROWS):
        for column in range(COLUMNS - 1):
            start, end = (column * STEP_X, row * STEP_Y), ((column + 1) * STEP_X, row * STEP_Y)
            if not _blocked(start, end) or (row % 6 == 0 and not _on_hill(start, end)):
                streets.append((_line([start, end]), *_street(column, row)))
    return streets


def _avenue(column: int, row: int) -> tuple[str, str, str, int]:
    """Return direction, name, type and block number of a numbered avenue.

    In Riverbend the direction is north or south of the center.
    """
    number = column + 1
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    name = f"{number}{ending}"
    if row >= TOWN_ROW:
        return "", name, "Ave", 100 * (row - TOWN_ROW + 1)
    north = row >= _CENTER[1]
    block = row - _CENTER[1] if north else _CENTER[1] - 1 - row
    return "N" if north else "S", name, "Ave", 100 * (block + 1)


def _street(column: int, row: int) -> tuple[str, str, str, int]:
    """Return direction, name, type and block number of a named street.

    Northfield repeats the names of Riverbend.
    """
    if row >= TOWN_ROW:
        northfield_row = row - TOWN_ROW
        return "", NAMES[northfield_row], TYPES[northfield_row % 6], 100 * (column + 1)
    east = column >= _CENTER[0]
    block = column - _CENTER[0] if east else _CENTER[0] - 1 - column
    return "E" if east else "W", NAMES[row], TYPES[row % 6], 100 * (block + 1)


def _blocked(a: tuple[float, float], b: tuple[float, float]) -> bool:
    across = min(a[0], b[0]) - 60 < float(river_x((a[1] + b[1]) / 2)) < max(a[0], b[0]) + 60
    return across or _on_hill(a, b)


def is_open_block(column: int, row: int) -> bool:
    """Return whether streets bound a block on all sides and nothing lies inside of it."""
    west, south = column * STEP_X, row * STEP_Y
    corners = [(west, south), (west + STEP_X, south), (west + STEP_X, south + STEP_Y)]
    corners += [(west, south + STEP_Y), (west, south)]
    return not any(_blocked(*ends) for ends in itertools.pairwise(corners))


def _on_hill(a: tuple[float, float], b: tuple[float, float]) -> bool:
    x, y = (a[0] + b[0]) / 2 - _HILL[0], (a[1] + b[1]) / 2 - _HILL[1]
    return bool(np.hypot(x, y) < _HILL[2])


def _hill() -> list[StreetRecord]:
    streets = []
    for ring, name in enumerate(HILL_NAMES):
        radius = 120.0 + ring * 92.0
        parts = 4 + ring * 2
        for part in range(parts):
            turn = np.linspace(part, part + 1, 9) / parts * 2 * np.pi
            wave = radius * (1 + 0.05 * np.sin(5 * turn))
            line = np.stack(
                [_HILL[0] + wave * np.cos(turn), _HILL[1] + wave * np.sin(turn)], axis=1
            )
            streets.append(
                (_line(line.tolist()), "", name, "Way" if ring % 2 else "Cir", 100 * (part + 1))
            )
    return streets


def _diagonals() -> list[StreetRecord]:
    streets = []
    for name, start, end in (
        ("Old_Mill", (8200.0, 500.0), (12800.0, 5200.0)),
        ("Ferry", (8300.0, 8600.0), (12600.0, 5600.0)),
    ):
        parts = int(np.hypot(end[0] - start[0], end[1] - start[1]) // 210)
        x, y = np.linspace(start[0], end[0], parts + 1), np.linspace(start[1], end[1], parts + 1)
        streets += [
            (
                _line([(x[part], y[part]), (x[part + 1], y[part + 1])]),
                "",
                name,
                "Pike",
                100 * (part + 1),
            )
            for part in range(parts)
        ]
    return streets


def _highway() -> list[StreetRecord]:
    y = 10400.0
    x = np.arange(-200.0, 14600.0, 400.0)
    return [
        (
            _line(
                [
                    (west, y + 40 * np.sin(west / 900)),
                    (west + 400, y + 40 * np.sin((west + 400) / 900)),
                ]
            ),
            "",
            "State_9",
            "Hwy",
            100 * (part + 1),
        )
        for part, west in enumerate(x)
    ]


def _courts(random: np.random.Generator) -> list[StreetRecord]:
    """Return cul-de-sacs with unique names that leave a street in mid-block."""
    streets = []
    names = [f"{beginning}{ending}" for beginning in COURT_BEGINNINGS for ending in COURT_ENDINGS]
    for name in names:
        column, row = (random.random(2) * (COLUMNS - 3, ROWS - 3)).astype(int) + 1
        start = (column * STEP_X + 100.0, row * STEP_Y)
        if not _blocked(start, (start[0], start[1] + 90)):
            streets.append(
                (
                    _line([start, (start[0], start[1] + 45), (start[0] + 18, start[1] + 88)]),
                    "",
                    name,
                    "Ct",
                    100,
                )
            )
    return streets


def _line(points: list[tuple[float, float]]) -> shapely.LineString:
    return shapely.LineString(np.round(points, 2))
