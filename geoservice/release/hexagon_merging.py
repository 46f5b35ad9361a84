"""The partition of the homes of a list into hexagons that each hold enough students."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.geometry.hexagons import LEVELS, centres_of, child_cells, packed, parent_cells
from geoservice.release.protected_counts import Protection, protected_counts

STUDENTS_PER_N = 3
"""How many times the minimum cell size a hexagon holds, so that its bands can be shown."""
LEAST_HOMES = 3
"""Cells of fewer homes are suppressed; an apartment house is one home."""
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Partition:
    """The division of the smallest hexagons into parts.

    Attributes
    ----------
    cells
        All smallest hexagons of the largest hexagons with students, empty ones too.
    part
        The place of each cell's part in ``levels`` and ``names``.
    levels, names
        Of each part the level and the hexagon that it is named after: its fullest.
    """

    cells: Ints
    part: Ints
    levels: Ints
    names: Ints


@dataclass
class _Piece:
    """Hexagons of a level that stay together: students by year, key sums and homes."""

    places: list[int]
    numbers: Ints
    keys: NDArray[np.uint64]
    homes: Ints
    fullest: int
    centres: NDArray[np.float64] = field(repr=False)

    def joined(self, other: "_Piece") -> "_Piece":
        """Join both pieces."""
        fuller = self if self.numbers.sum() >= other.numbers.sum() else other
        return _Piece(
            [*self.places, *other.places],
            self.numbers + other.numbers,
            self.keys + other.keys,
            self.homes + other.homes,
            fuller.fullest,
            np.concatenate([self.centres, other.centres]),
        )

    def metres_to(self, other: "_Piece") -> int:
        """Return the distance between the nearest two middles, in whole metres."""
        apart = self.centres[:, None] - other.centres[None]
        return int(np.hypot(apart[..., 0], apart[..., 1]).min().round())


def partition(students: pl.DataFrame, cells: Ints, protection: Protection) -> Partition:
    """Divide the largest hexagons into smaller hexagons while each part holds enough students.

    Parameters
    ----------
    students
        ``year``, ``home`` and ``record_key``, a row per student.
    cells
        The smallest hexagon of each student.
    """
    ancestors = _universe(cells)
    counts = _Counts(students, cells, ancestors[0], protection)
    part = _numbered(ancestors[-1])
    levels = np.full(part.max() + 1, LEVELS - 1)
    names = _first_of_each(part, ancestors[-1])
    for level in range(LEVELS - 2, -1, -1):  # Over sizes.
        part, levels, names = _split(part, levels, names, ancestors[level], counts, level)
    return Partition(ancestors[0], part, levels, names)


class _Counts:
    """Students, key sums and homes of the smallest hexagons by year."""

    def __init__(
        self, students: pl.DataFrame, cells: Ints, universe: Ints, protection: Protection
    ) -> None:
        order = np.argsort(packed(universe))
        positions = np.searchsorted(packed(universe)[order], packed(cells))
        rows = students.select("year", "home", "record_key").with_columns(
            place=pl.Series(order[positions]), year=pl.col("year").rank("dense") - 1
        )
        held = rows.group_by("place", "year").agg(
            number=pl.len(), key=pl.col("record_key").sum(), homes=pl.col("home").n_unique()
        )
        shape = (len(universe), int(rows["year"].max() or 0) + 1)  # type: ignore[arg-type]
        self.numbers = np.zeros(shape, dtype=np.int64)
        self.keys = np.zeros(shape, dtype=np.uint64)
        self.homes = np.zeros(shape, dtype=np.int64)
        place, year = held["place"].to_numpy(), held["year"].to_numpy()
        self.numbers[place, year] = held["number"].to_numpy()
        self.keys[place, year] = held["key"].to_numpy()
        self.homes[place, year] = held["homes"].to_numpy()
        self._protection = protection

    def holds_enough(self, piece: _Piece) -> bool:
        """Return True if a piece may be shown alone in every year in which it has students."""
        years = piece.numbers > 0
        counts = protected_counts(piece.numbers[years], piece.keys[years], self._protection)
        min_students = STUDENTS_PER_N * self._protection.min_n
        return bool(
            years.any()
            and (counts >= min_students).all()
            and (piece.homes[years] >= LEAST_HOMES).all()
        )


def _universe(cells: Ints) -> list[Ints]:
    """Return all smallest hexagons of the largest ones in use, and the ancestors of each."""
    largest = cells
    for level in range(LEVELS - 1):
        largest = parent_cells(largest, level)
    universe = np.unique(largest, axis=0)
    for level in range(LEVELS - 1, 0, -1):
        universe = child_cells(universe, level)
    ancestors = [universe]
    for level in range(LEVELS - 1):
        ancestors.append(parent_cells(ancestors[-1], level))
    return ancestors


def _numbered(cells: Ints) -> Ints:
    return np.asarray(np.unique(packed(cells), return_inverse=True)[1], dtype=np.int64)


def _first_of_each(part: Ints, cells: Ints) -> Ints:
    _, first_places = np.unique(part, return_index=True)
    return np.asarray(cells[first_places])


def _split(
    part: Ints, levels: Ints, names: Ints, cells: Ints, counts: _Counts, level: int
) -> tuple[Ints, Ints, Ints]:
    """Return the parts, each split into hexagons of a level where these hold enough."""
    new_part = part.copy()
    new_levels, new_names = levels.tolist(), names.tolist()
    for number, places in _places_of_each(part):  # Over parts.
        pieces = _pieces(places, cells, counts, level)
        full = [piece for piece in pieces if piece.numbers.any()]
        merged = _merged(full, counts)
        if len(merged) < 2:
            continue
        for piece in pieces:
            if not piece.numbers.any():
                nearest = min(range(len(merged)), key=lambda index: piece.metres_to(merged[index]))
                merged[nearest].places.extend(piece.places)
        for index, piece in enumerate(merged):
            target = number if index == 0 else len(new_levels)
            if index:
                new_levels.append(level)
                new_names.append([0, 0])
            new_levels[target], new_names[target] = level, cells[piece.fullest].tolist()
            new_part[piece.places] = target
    return new_part, np.array(new_levels), np.array(new_names)


def _places_of_each(part: Ints) -> Iterator[tuple[int, Ints]]:
    order = np.argsort(part, kind="stable")
    starts = np.flatnonzero(np.diff(part[order], prepend=-1))
    for start, places in zip(starts, np.split(order, starts[1:]), strict=True):
        yield int(part[order[start]]), places


def _pieces(places: Ints, cells: Ints, counts: _Counts, level: int) -> list[_Piece]:
    """Return the hexagons of a level among some smallest hexagons, in the order of their cells."""
    middles = np.column_stack(centres_of(cells[places], level))
    pieces = []
    for _, members in _places_of_each(_numbered(cells[places])):
        held = places[members]
        pieces.append(
            _Piece(
                held.tolist(),
                counts.numbers[held].sum(axis=0),
                counts.keys[held].sum(axis=0, dtype=np.uint64),
                counts.homes[held].sum(axis=0),
                int(held[0]),
                middles[members[:1]],
            )
        )
    return pieces


def _merged(pieces: list[_Piece], counts: _Counts) -> list[_Piece]:
    """Merge each piece with too few students into a neighbor until each holds enough."""
    waiting = [piece for piece in pieces if not counts.holds_enough(piece)]
    settled = [piece for piece in pieces if counts.holds_enough(piece)]
    while waiting:
        waiting.sort(key=lambda piece: int(piece.numbers.sum()))
        sparse = waiting.pop(0)
        others = [*waiting, *settled]
        if not others:
            return [sparse]
        neighbor = min(
            others, key=lambda piece: (sparse.metres_to(piece), int(piece.numbers.sum()))
        )
        joined = sparse.joined(neighbor)
        waiting = [piece for piece in waiting if piece is not neighbor]
        settled = [piece for piece in settled if piece is not neighbor]
        (settled if counts.holds_enough(joined) else waiting).append(joined)
    return settled
