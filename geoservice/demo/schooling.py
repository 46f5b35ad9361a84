"""Schools, zones, areas, ratings and choice of the fictional district."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.demo.street_names import NAMES
from geoservice.demo.streets import COLUMNS, ROWS, STEP_X, STEP_Y, Floats, Ints

YEARS = ("2020-21", "2021-22", "2022-23", "2023-24")
LETTERS = ("A", "B", "C", "D", "F")
NOT_RATED = ("NR", "NEW")
BANDS = ("K-5", "6-8", "9-12")
_COUNTS = {"elementary": 36, "middle": 10, "high": 6, "k8": 4, "citywide": 4}
_GRADES = {
    "elementary": ("KG", "05"),
    "middle": ("06", "08"),
    "high": ("09", "12"),
    "k8": ("KG", "08"),
    "citywide": ("06", "12"),
}
_SERVES = {"elementary": (0,), "middle": (1,), "high": (2,), "k8": (0, 1), "citywide": (1, 2)}
BAND_SHARES = (6 / 13, 3 / 13, 4 / 13)
_BLOCK_PARTS = 3
"""Each zone is cut into this many strips, and each strip into this many planning blocks."""
_PROGRAMS = ("", "dual language", "music; arts", "science", "early college", "Montessori")
_STUDENTS = 25_000


@dataclass(frozen=True)
class Schooling:
    """The schools, zones, areas and school choice of the district.

    Attributes
    ----------
    kinds, names, ids, x, y
        One entry per school.
    capacity, enrollment
        Seats and expected students of each school.
    ratings
        Letters or not-rated codes, schools x years.
    cell_zone
        Elementary zone of each block of the grid (columns x rows).
    zone_of
        School of each elementary zone by band (bands x zones).
    areas
        Area of each block, by area set.
    choice
        Probability that a student of a band and zone attends each school (bands x zones x
        schools); the probabilities of a band and zone sum to 1.
    students
        Expected number of students in each elementary zone.
    """

    kinds: list[str]
    names: list[str]
    ids: list[str]
    x: Floats
    y: Floats
    capacity: Ints
    enrollment: Ints
    programs: list[str]
    ratings: NDArray[Any]
    cell_zone: Ints
    zone_of: Ints
    areas: dict[str, Ints]
    choice: Floats
    students: Floats


def plan_schools(seed: int = 1) -> Schooling:
    """Return the schools, the zones around them and the probabilities of school choice."""
    random = np.random.default_rng([seed, 2])
    kinds = [kind for kind, count in _COUNTS.items() for _ in range(count)]
    x, y = _sites(random)
    cells_x, cells_y = _cells()
    elementary = _COUNTS["elementary"]
    cell_zone = _nearest(cells_x, cells_y, x[:elementary], y[:elementary])
    cell_zone[_block(x[:elementary], y[:elementary])] = np.arange(elementary)
    zone_of = _zone_schools(x, y, elementary)
    quality = random.random(len(kinds)) * 0.7 + 0.3 * (y / y.max())
    ratings = _ratings(quality, random)
    students = np.bincount(cell_zone, minlength=elementary) / len(cell_zone) * _STUDENTS
    choice, enrollment, capacity = _choice(x, y, kinds, zone_of, quality, students, random)
    return Schooling(
        kinds=kinds,
        names=_names(kinds),
        ids=[f"{index + 101:04d}" for index in range(len(kinds))],
        x=x,
        y=y,
        capacity=capacity,
        enrollment=enrollment,
        programs=[_PROGRAMS[int(draw * 6)] for draw in random.random(len(kinds))],
        ratings=ratings,
        cell_zone=cell_zone,
        zone_of=zone_of,
        areas={"planning": _planning(x, y)[cell_zone], "wards": _wards(cells_x, cells_y)},
        choice=choice,
        students=students,
    )


def cell_of(x: Floats, y: Floats) -> Ints:
    """Return the grid block of each point; points outside get the nearest block."""
    return _block(x, y)


def cell_polygons() -> NDArray[np.object_]:
    """Return the blocks as squares in metres; blocks at the edge extend 600 m farther."""
    column, row = np.divmod(np.arange(COLUMNS * ROWS), ROWS)
    west, south = column * STEP_X - STEP_X / 2, row * STEP_Y - STEP_Y / 2
    east, north = west + STEP_X, south + STEP_Y
    west, south = np.where(column == 0, west - 600, west), np.where(row == 0, south - 600, south)
    east = np.where(column == COLUMNS - 1, east + 600, east)
    north = np.where(row == ROWS - 1, north + 600, north)
    return np.asarray(shapely.box(west, south, east, north))


def planning_blocks(cell_zone: Ints) -> Ints:
    """Return the planning block of each grid block: nine of similar size in each zone."""
    x, y = _cells()
    block = np.zeros(len(cell_zone), dtype=np.int64)
    for zone in np.unique(cell_zone).tolist():  # Over zones.
        for number, strip in enumerate(_parts(np.flatnonzero(cell_zone == zone), x)):
            for place, part in enumerate(_parts(strip, y)):
                block[part] = (zone * _BLOCK_PARTS + number) * _BLOCK_PARTS + place
    return block


def _parts(cells: Ints, along: Floats) -> list[Ints]:
    return np.array_split(cells[np.argsort(along[cells], kind="stable")], _BLOCK_PARTS)


def _cells() -> tuple[Floats, Floats]:
    column, row = np.divmod(np.arange(COLUMNS * ROWS), ROWS)
    return column * STEP_X, row * STEP_Y


def _block(x: Floats, y: Floats) -> Ints:
    column = np.clip(np.floor(x / STEP_X + 0.5), 0, COLUMNS - 1).astype(np.int64)
    return column * ROWS + np.clip(np.floor(y / STEP_Y + 0.5), 0, ROWS - 1).astype(np.int64)


def _sites(random: np.random.Generator) -> tuple[Floats, Floats]:
    """Return sites: elementary schools on a loose 6 x 6 grid, other schools next to them."""
    elementary = _COUNTS["elementary"]
    column, row = np.divmod(np.arange(elementary), 6)
    loose = random.random((elementary, 2)) * 0.6 + 0.2
    x = (column + loose[:, 0]) / 6 * COLUMNS * STEP_X
    y = (row + loose[:, 1]) / 6 * ROWS * STEP_Y
    others = sum(_COUNTS.values()) - elementary
    neighbors = np.argsort(random.random(elementary))[np.arange(others) % elementary]
    x = np.concatenate([x, x[neighbors] + 40.0])
    y = np.concatenate([y, y[neighbors] + 35.0])
    return np.round(x, 1), np.round(y, 1)


def _nearest(x: Floats, y: Floats, to_x: Floats, to_y: Floats) -> Ints:
    apart = np.hypot(x[:, None] - to_x[None], y[:, None] - to_y[None])
    return np.asarray(np.argmin(apart, axis=1))


def _zone_schools(x: Floats, y: Floats, elementary: int) -> Ints:
    """Return the schools of each zone: each elementary zone feeds one middle and high school."""
    middle = np.arange(elementary, elementary + _COUNTS["middle"])
    high = np.arange(middle[-1] + 1, middle[-1] + 1 + _COUNTS["high"])
    near = [
        group[_nearest(x[:elementary], y[:elementary], x[group], y[group])]
        for group in (middle, high)
    ]
    return np.stack([np.arange(elementary), *near])


def _ratings(quality: Floats, random: np.random.Generator) -> NDArray[Any]:
    noise = (random.random((len(quality), len(YEARS))) - 0.5) * 0.25
    place = np.clip(((1 - quality[:, None] + noise) * 5).astype(int), 0, 4)
    letters: NDArray[Any] = np.array(LETTERS)[place].astype("U3")
    odd = random.random(letters.shape)
    letters[odd < 0.02] = "NR"
    letters[-1, :2], letters[-2, :3] = "NEW", "NEW"
    return letters


def _choice(
    x: Floats,
    y: Floats,
    kinds: list[str],
    zone_of: Ints,
    quality: Floats,
    students: Floats,
    random: np.random.Generator,
) -> tuple[Floats, Ints, Ints]:
    """Return choice probabilities, enrollment and capacity.

    A logit model of distance and quality; schools over capacity lose appeal in each round.
    """
    zones = zone_of.shape[1]
    apart_km = np.hypot(x[:zones, None] - x[None], y[:zones, None] - y[None]) / 1000
    serves = np.array([[band in _SERVES[kind] for kind in kinds] for band in range(3)])
    appeal = np.repeat((-0.55 * apart_km + 2.2 * quality)[None], 3, axis=0)
    for band in range(3):
        appeal[band, np.arange(zones), zone_of[band]] += 3.4
    appeal[~np.repeat(serves[:, None], zones, axis=1)] = -np.inf
    seats = np.zeros(len(kinds))
    for band in range(3):
        np.add.at(seats, zone_of[band], students * BAND_SHARES[band])
    seats = np.maximum(seats * (0.85 + 0.4 * random.random(len(kinds))), 320.0)
    full = np.zeros(len(kinds))
    for _ in range(12):
        odds = np.exp(appeal - full)
        odds /= odds.sum(axis=2, keepdims=True)
        expected = np.einsum("bzs,z,b->s", odds, students, np.array(BAND_SHARES))
        full = np.maximum(full + np.log(expected / seats) * 0.7, 0.0)
    return odds, np.rint(expected).astype(np.int64), np.rint(seats / 5).astype(np.int64) * 5


def _names(kinds: list[str]) -> list[str]:
    words = {
        "elementary": "Elementary",
        "middle": "Middle School",
        "high": "High School",
        "k8": "K-8 School",
        "citywide": "Academy",
    }
    shown = [name.replace("_", " ") for name in NAMES]
    return [f"{shown[(index * 7) % len(shown)]} {words[kind]}" for index, kind in enumerate(kinds)]


def _planning(x: Floats, y: Floats) -> Ints:
    """Return the planning area of each elementary zone (six areas)."""
    elementary = _COUNTS["elementary"]
    column, row = np.divmod(np.arange(elementary), 6)
    return np.asarray((column // 2) * 2 + row // 3)


def _wards(x: Floats, y: Floats) -> Ints:
    """Return the ward of each grid block (five wards that cross the planning areas)."""
    slope = (y + 0.35 * x) / (ROWS * STEP_Y + 0.35 * COLUMNS * STEP_X)
    return np.clip((slope * 5).astype(np.int64), 0, 4)
