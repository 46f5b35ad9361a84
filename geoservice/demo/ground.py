"""Streets and houses of the fictional district: drawn once, the same on every run.

Metres from the district's origin, east first. A house is named by its segment, its side and its
place along the side; everything about it follows from these three.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CRS = "EPSG:26915"
ORIGIN = (455_000.0, 4_650_000.0)
STATE = "IA"
TOWNS = ("Riverbend", "Northfield")
ZIPS = ("51901", "51902", "51903", "51904")
"""Of a prefix that is not in use. The third is shared by both towns."""
COLUMNS, ROWS = 72, 64
STEP_X, STEP_Y = 200.0, 160.0
TOWN_ROW = 40
"""Rows from here on are Northfield, which names and numbers its streets anew."""
HOUSES = 5
OFFSET_M = 14.0
_CENTER = (30, 18)
_HILL = (1900.0, 1700.0, 1250.0)
NAMES = [
    "Main",
    "Oak",
    "Maple",
    "Cedar",
    "Elm",
    "Walnut",
    "Willow",
    "Birch",
    "Spruce",
    "Chestnut",
    "Lincoln",
    "Madison",
    "Franklin",
    "Jefferson",
    "Monroe",
    "Jackson",
    "Adams",
    "Harrison",
    "Tyler",
    "Grant",
    "Mill",
    "Bridge",
    "River",
    "Lake",
    "Park",
    "Prairie",
    "Meadow",
    "Orchard",
    "Garden",
    "Spring",
    "Summit",
    "Valley",
    "Ridge",
    "Forest",
    "Clover",
    "Juniper",
    "Laurel",
    "Magnolia",
    "Linden",
    "Aspen",
    "Saint_Clair",
    "Martin_Luther_King",
    "Côté",
    "Hawthorn",
    "Sycamore",
    "Poplar",
    "Hickory",
    "Locust",
    "Dogwood",
    "Alder",
    "Heron",
    "Falcon",
    "Robin",
    "Wren",
    "Sparrow",
    "Cardinal",
    "Bluebird",
    "Plover",
]
_TYPES = ("St", "Ave", "Rd", "Dr", "Blvd", "Ln")
_HILL_NAMES = [
    "Hilltop",
    "Skyline",
    "Overlook",
    "Panorama",
    "Vista",
    "Crest",
    "Terrace",
    "Bluff",
    "Cliff",
    "Highland",
    "Quarry",
    "Stonegate",
]
_COURT_FIRST = [
    "Amber",
    "Brook",
    "Copper",
    "Dove",
    "Ember",
    "Fern",
    "Glen",
    "Hazel",
    "Iris",
    "Jade",
    "Kestrel",
    "Lark",
    "Misty",
    "Noble",
]
_COURT_LAST = ["field", "stone", "wood", "ridge", "brook", "dale", "view", "gate"]


@dataclass(frozen=True)
class Ground:
    """All segments, one entry each.

    ``lines`` are in metres from the origin; ``ends`` hold ``from_left, to_left, from_right,
    to_right`` (0 for none); ``low`` is the number of the block's first house pair; ``has_points``
    tells whether its houses are among the address points.
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
    """East of the river's middle at a northing."""
    north = np.asarray(y, dtype=np.float64)
    return 7100.0 + 900.0 * np.sin(north / 2100.0) + 250.0 * np.sin(north / 700.0)


def river() -> shapely.Polygon:
    """The water, for the picture of the map."""
    y = np.arange(-300.0, ROWS * STEP_Y + 300.0, 60.0)
    middle = np.stack([river_x(y), y], axis=1)
    return shapely.buffer(shapely.LineString(np.round(middle, 2)), 45.0, quad_segs=4)


def draw(seed: int = 1) -> Ground:
    """The whole network."""
    random = np.random.default_rng(seed)
    drawn = [*_grid(), *_hill(), *_diagonals(), *_highway()]
    drawn += _courts(random)
    lines = [one[0] for one in drawn]
    names = [(one[1], one[2], one[3], one[4]) for one in drawn]
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    town = (y > TOWN_ROW * STEP_Y).astype(np.int64)
    draws = random.random((len(drawn), 4))
    is_highway = np.array([parts[2] == "Hwy" for parts in names])
    has_range = ~is_highway & (draws[:, 0] > 0.05)
    single = has_range & (draws[:, 1] < 0.01)
    backward = has_range & (draws[:, 1] > 0.95)
    low = np.array([parts[3] for parts in names], dtype=np.int64)
    count = np.where(single, 1, HOUSES)
    return Ground(
        lines=np.array(lines, dtype=object),
        predir=[parts[0] for parts in names],
        name=[parts[1].replace("_", " ") for parts in names],
        type=[parts[2] for parts in names],
        town=town,
        zip=[ZIPS[at] for at in _zip_places(x, y)],
        ends=_ends(low, has_range, single, backward),
        low=low, count=count, has_range=has_range, reversed=backward,
        has_points=~is_highway & (draws[:, 2] < 0.62),
    )  # fmt: skip


def _zip_places(x: Floats, y: Floats) -> Ints:
    north, east = y > 36 * STEP_Y, x > river_x(y)
    return np.where(north, np.where(east, 3, 2), np.where(east, 1, 0)).astype(np.int64)


def _ends(low: Ints, has_range: NDArray[np.bool_], single: NDArray[np.bool_],
          backward: NDArray[np.bool_]) -> Ints:  # fmt: skip
    """Odd numbers on the left, even on the right; those digitised against the count swap both."""
    last = np.where(single, low, low + 98)
    ends = np.stack([low + 1, last + 1, low, last], axis=1)
    ends = np.where(ends == 0, 2, ends)
    swapped = ends[:, [3, 2, 1, 0]]
    return np.where(has_range[:, None], np.where(backward[:, None], swapped, ends), 0)


def house_places(ground: Ground, segment: Ints, side: Ints, place: Ints) -> tuple[Floats, Floats]:
    """True east and north of houses; side 0 is odd, 1 even."""
    share = (house_offsets(place) + 1) / 100.0
    share = np.where(ground.count[segment] == 1, 0.5, share)
    lines = ground.lines[segment]
    length = shapely.length(lines)
    inset = np.minimum(16.0, length / 4)
    along = inset + share * (length - 2 * inset)
    here, ahead = (shapely.line_interpolate_point(lines, along + step) for step in (-1.0, 1.0))
    x, y = ((shapely.get_x(here) + shapely.get_x(ahead)) / 2,
            (shapely.get_y(here) + shapely.get_y(ahead)) / 2)  # fmt: skip
    dx, dy = shapely.get_x(ahead) - shapely.get_x(here), shapely.get_y(ahead) - shapely.get_y(here)
    size = np.hypot(dx, dy)
    wobble = ((segment * 7 + place * 13 + side * 5) % 11) - 5.0
    away = (OFFSET_M + wobble * 0.8) * np.where(side == 0, 1.0, -1.0) / np.where(size > 0, size, 1)
    return np.round(x - dy * away, 2), np.round(y + dx * away, 2)


def house_offsets(place: Ints) -> Ints:
    """What the house adds to the block's first number: 4, 24, 44 ..."""
    return place * 20 + 4


def house_numbers(ground: Ground, segment: Ints, side: Ints, place: Ints) -> Ints:
    """House numbers; a segment with a single number has one house on each side."""
    offset = np.where(ground.count[segment] == 1, 0, house_offsets(place))
    number = ground.low[segment] + offset + np.where(side == 0, 1, 0)
    return np.where(number == 0, 2, number)


Drawn = tuple[shapely.LineString, str, str, str, int]


def _grid() -> list[Drawn]:
    found = []
    for column in range(COLUMNS):
        for row in range(ROWS - 1):
            a, b = (column * STEP_X, row * STEP_Y), (column * STEP_X, (row + 1) * STEP_Y)
            if not _blocked(a, b):
                found.append((_line([a, b]), *_avenue(column, row)))
    for row in range(ROWS):
        for column in range(COLUMNS - 1):
            a, b = (column * STEP_X, row * STEP_Y), ((column + 1) * STEP_X, row * STEP_Y)
            if not _blocked(a, b) or (row % 6 == 0 and not _on_hill(a, b)):
                found.append((_line([a, b]), *_street(column, row)))
    return found


def _avenue(column: int, row: int) -> tuple[str, str, str, int]:
    """Numbered avenues; those of Riverbend are north or south of its centre."""
    number = column + 1
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    name = f"{number}{ending}"
    if row >= TOWN_ROW:
        return "", name, "Ave", 100 * (row - TOWN_ROW + 1)
    north = row >= _CENTER[1]
    block = row - _CENTER[1] if north else _CENTER[1] - 1 - row
    return "N" if north else "S", name, "Ave", 100 * (block + 1)


def _street(column: int, row: int) -> tuple[str, str, str, int]:
    """Named streets; Northfield has the names of Riverbend again."""
    if row >= TOWN_ROW:
        at = row - TOWN_ROW
        return "", NAMES[at], _TYPES[at % 6], 100 * (column + 1)
    east = column >= _CENTER[0]
    block = column - _CENTER[0] if east else _CENTER[0] - 1 - column
    return "E" if east else "W", NAMES[row], _TYPES[row % 6], 100 * (block + 1)


def _blocked(a: tuple[float, float], b: tuple[float, float]) -> bool:
    across = min(a[0], b[0]) - 60 < float(river_x((a[1] + b[1]) / 2)) < max(a[0], b[0]) + 60
    return across or _on_hill(a, b)


def _on_hill(a: tuple[float, float], b: tuple[float, float]) -> bool:
    x, y = (a[0] + b[0]) / 2 - _HILL[0], (a[1] + b[1]) / 2 - _HILL[1]
    return bool(np.hypot(x, y) < _HILL[2])


def _hill() -> list[Drawn]:
    found = []
    for ring, name in enumerate(_HILL_NAMES):
        radius = 120.0 + ring * 92.0
        parts = 4 + ring * 2
        for part in range(parts):
            turn = np.linspace(part, part + 1, 9) / parts * 2 * np.pi
            wave = radius * (1 + 0.05 * np.sin(5 * turn))
            line = np.stack(
                [_HILL[0] + wave * np.cos(turn), _HILL[1] + wave * np.sin(turn)], axis=1
            )
            found.append(
                (_line(line.tolist()), "", name, "Way" if ring % 2 else "Cir", 100 * (part + 1))
            )
    return found


def _diagonals() -> list[Drawn]:
    found = []
    for name, a, b in (("Old_Mill", (8200.0, 500.0), (12800.0, 5200.0)),
                       ("Ferry", (8300.0, 8600.0), (12600.0, 5600.0))):  # fmt: skip
        parts = int(np.hypot(b[0] - a[0], b[1] - a[1]) // 210)
        x, y = np.linspace(a[0], b[0], parts + 1), np.linspace(a[1], b[1], parts + 1)
        found += [
            (_line([(x[at], y[at]), (x[at + 1], y[at + 1])]), "", name, "Pike", 100 * (at + 1))
            for at in range(parts)
        ]
    return found


def _highway() -> list[Drawn]:
    y = 10400.0
    x = np.arange(-200.0, 14600.0, 400.0)
    return [
        (_line([(a, y + 40 * np.sin(a / 900)), (a + 400, y + 40 * np.sin((a + 400) / 900))]),
         "", "State_9", "Hwy", 100 * (at + 1))
        for at, a in enumerate(x)
    ]  # fmt: skip


def _courts(random: np.random.Generator) -> list[Drawn]:
    """Cul-de-sacs that leave a street in mid-block, each of its own name."""
    found = []
    names = [f"{one}{other}" for one in _COURT_FIRST for other in _COURT_LAST]
    for name in names:
        column, row = (random.random(2) * (COLUMNS - 3, ROWS - 3)).astype(int) + 1
        a = (column * STEP_X + 100.0, row * STEP_Y)
        if not _blocked(a, (a[0], a[1] + 90)):
            found.append(
                (_line([a, (a[0], a[1] + 45), (a[0] + 18, a[1] + 88)]), "", name, "Ct", 100)
            )
    return found


def _line(points: list[tuple[float, float]]) -> shapely.LineString:
    return shapely.LineString(np.round(points, 2))
