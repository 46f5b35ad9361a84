"""The search for places of labels: full labels first, then numbers in the room that is left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.cartography.picture.placement import (
    Floats,
    Label,
    Rect,
    Room,
    allowed_boxes,
    boxes_along,
    boxes_meet,
    boxes_with_leaders,
    rows_of,
)

_MOST_EXCHANGES = 24
"""So many places are tried where a number takes the room of full labels."""


@dataclass(frozen=True)
class PlacedLabel:
    """The place of a label: its index among all labels, its text and its box in metres.

    Attributes
    ----------
    leader
        The line from a number off its marker to the marker; None of all other labels.
    """

    index: int
    text: str
    box: Rect
    is_number: bool
    leader: Rect | None = None


def place_labels(labels: Sequence[Label], room: Room) -> list[PlacedLabel]:
    """Return the labels that have a place: by rank, large shapes before small."""
    search = _Search(labels, room)
    for index in sorted(range(len(labels)), key=lambda index: _importance(labels[index])):
        search.place(index)
    return [search.placed[index] for index in sorted(search.placed)]


def _importance(label: Label) -> tuple[int, float, float, str]:
    area = 0.0 if label.shape is None else float(shapely.area(label.shape))
    kind = 0.0 if label.shape is not None else 0.5 if label.way else 1.0
    return label.rank, kind, -area, label.forms[0]


class _Search:
    """The labels that are placed so far."""

    def __init__(self, labels: Sequence[Label], room: Room) -> None:
        self.labels, self.room = labels, room
        self.placed: dict[int, PlacedLabel] = {}
        self.beside: dict[int, tuple[Floats, Floats]] = {}
        self.apart: dict[int, tuple[Floats, Floats]] = {}

    def place(self, index: int) -> None:
        """Place a label in its fullest form that has room, else its number.

        The number may take the room of other labels, which then become numbers elsewhere.
        """
        if self._place_form(index) or not self.labels[index].number:
            return
        if not self._place_number(index):
            self._take_room(index)

    def _place_form(self, index: int) -> bool:
        label, taken = self.labels[index], self._taken()
        for text in label.forms:
            boxes = allowed_boxes(label, text, self.room)
            free = boxes[~boxes_meet(boxes, taken).any(axis=1)]
            if len(free):
                self.placed[index] = PlacedLabel(index, text, _rect(free[0]), is_number=False)
                return True
        return False

    def _place_number(self, index: int) -> bool:
        """Place the number of a label beside its marker, else off it with a line."""
        taken = self._taken()
        # Most numbers stand beside their marker: boxes with lines are searched for the others.
        return any(
            self._keep_first_free(index, boxes_of(index), taken)
            for boxes_of in (self._boxes_beside, self._boxes_apart)
        )

    def _keep_first_free(self, index: int, places: tuple[Floats, Floats], taken: Floats) -> bool:
        boxes, leaders = places
        is_free = ~boxes_meet(boxes, taken).any(axis=1) & _crosses_none(leaders, taken)
        for place in np.flatnonzero(is_free)[:1]:
            self._keep_number(index, boxes[place], leaders[place])
        return bool(is_free.any())

    def _take_room(self, index: int) -> None:
        both = self._boxes_beside(index), self._boxes_apart(index)
        boxes, leaders = (np.vstack(parts) for parts in zip(*both, strict=True))
        fixed = self._boxes_of(lambda placed: not self._may_yield(placed))
        is_possible = ~boxes_meet(boxes, fixed).any(axis=1) & _crosses_none(leaders, self._taken())
        boxes, leaders = boxes[is_possible], leaders[is_possible]
        yielding = [placed for placed in self.placed.values() if self._may_yield(placed)]
        meets = boxes_meet(boxes, rows_of([placed.box for placed in yielding]))
        for place in np.argsort(meets.sum(axis=1), kind="stable")[:_MOST_EXCHANGES]:
            evicted = [yielding[other] for other in np.flatnonzero(meets[place])]
            if self._exchange(index, boxes[place], leaders[place], evicted):
                return

    def _boxes_beside(self, index: int) -> tuple[Floats, Floats]:
        """Return the boxes for a number beside its marker; the lines are NaN: there are none."""
        if index not in self.beside:
            label = self.labels[index]
            boxes = allowed_boxes(label, label.number, self.room)
            self.beside[index] = boxes, np.full((len(boxes), 4), np.nan)
        return self.beside[index]

    def _boxes_apart(self, index: int) -> tuple[Floats, Floats]:
        """Return the boxes for a number off its marker, and their lines."""
        if index not in self.apart:
            self.apart[index] = boxes_with_leaders(self.labels[index], self.room)
        return self.apart[index]

    def _exchange(
        self, index: int, box: Floats, leader: Floats, evicted: Sequence[PlacedLabel]
    ) -> bool:
        """Put the number of a label into a box; the labels that stood there become numbers."""
        before = dict(self.placed)
        for placed in evicted:
            del self.placed[placed.index]
        self._keep_number(index, box, leader)
        if all(self._place_number(placed.index) for placed in evicted):
            return True
        self.placed = before
        return False

    def _may_yield(self, placed: PlacedLabel) -> bool:
        return bool(self.labels[placed.index].number)

    def _keep_number(self, index: int, box: Floats, leader: Floats) -> None:
        text, line = self.labels[index].number, None if np.isnan(leader[0]) else _rect(leader)
        self.placed[index] = PlacedLabel(index, text, _rect(box), is_number=True, leader=line)

    def _taken(self) -> Floats:
        return self._boxes_of(lambda _: True)

    def _boxes_of(self, keeps: Callable[[PlacedLabel], bool]) -> Floats:
        kept = [placed for placed in self.placed.values() if keeps(placed)]
        lines = [placed.leader for placed in self.placed.values() if placed.leader]
        on_lines = [box for line in lines for box in boxes_along(line, self.room.inch)]
        return rows_of([*self.room.blocked, *(placed.box for placed in kept), *on_lines])


def _crosses_none(leaders: Floats, taken: Floats) -> NDArray[np.bool_]:
    """Return True for lines that cross no box, and where there is no line."""
    is_free = np.ones(len(leaders), dtype=bool)
    rows = np.flatnonzero(~np.isnan(leaders[:, 0]))
    if len(rows) and len(taken):
        lines = shapely.linestrings(leaders[rows].reshape(-1, 2, 2))
        tree = shapely.STRtree(shapely.box(*taken.T))
        is_free[rows[tree.query(lines, predicate="intersects")[0]]] = False
    return is_free


def _rect(box: Floats) -> Rect:
    left, bottom, right, top = box.tolist()
    return left, bottom, right, top
