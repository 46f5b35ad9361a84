"""The maps of a picture: layers, printed values, north arrow, scale bar; several for several years."""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from numpy.typing import NDArray

from geoservice.cartography.figure import (
    LINES,
    ONLY,
    POINTS,
    POLYGONS,
    STREETS,
    Drawing,
    Feature,
    Frame,
    Layer,
    LegendEntry,
    State,
)
from geoservice.cartography.picture_labels import Label, Rect, along, placed, shaft, tip
from geoservice.cartography.picture_layout import Box, columns_of
from geoservice.cartography.picture_legend import HATCHES, MARKERS, line_colour
from geoservice.cartography.picture_orientation import beside, north_arrow, scale_bar
from geoservice.cartography.picture_points import side_by_side
from geoservice.cartography.picture_shapes import (
    in_metres,
    lines_of,
    path_of,
    projection_of,
    stands,
)
from geoservice.cartography.picture_streets import Streets
from geoservice.cartography.picture_text import Page, clean, ink_on, is_tint
from geoservice.cartography.picture_type import letter_mark, write_on

_POINTS_PER_PIXEL = 0.75
_DARK_EDGE, _LIGHT_EDGE = "#2b343d", "#ffffff"
_YEAR_TITLE = (9.5, 6.5)
_MOST_LETTERS = 150
"""Beyond so many points their letters are drawn as marks: as text they would take seconds."""


def draw_maps(page: Page, drawing: Drawing) -> int:
    """One map, or one per year where the figure has several; the answer is how many labels had no room."""
    unprinted = 0
    frames = sorted(
        (one for one in drawing.frames if one.view == drawing.frame.view), key=lambda one: one.year
    )
    box = page.layout.map
    across = columns_of(len(frames), box, drawing.bounds)
    down = math.ceil(len(frames) / across)
    wide_each, tall_each = box.width / across, box.height / down
    for at, frame in enumerate(frames):
        left = box.left + at % across * wide_each
        bottom = box.top - (at // across + 1) * tall_each
        gap, title = (0.0, 0.0) if len(frames) == 1 else (0.1, 0.24)
        part = Box(left, bottom, wide_each - gap, tall_each - gap - title)
        if len(frames) > 1:
            said = f"{frame.year} · {frame.district}"
            size = page.fitting(said, _YEAR_TITLE, part.width, bold=True)
            page.write(left, part.top + title, said, size, part.width, bold=True, lines=1)
        unprinted += _Chart(page, drawing, frame, part).draw()
    return unprinted


class _Chart:
    """One map in one box. Coordinates are the region's metres."""

    def __init__(self, page: Page, drawing: Drawing, frame: Frame, box: Box) -> None:
        self.page, self.drawing, self.frame, self.box = page, drawing, frame, box
        self.axes: Axes = page.part(box)
        self.entries = {one.key: one for one in (*frame.legend, *drawing.legend)}
        self.level = 1.0
        self.labels: list[Label] = []
        self.marks: list[tuple[float, float, float]] = []
        self.kept: list[Rect] = []
        self.inch = self._frame()

    def draw(self) -> int:
        """All layers from the lowest, then arrow, bar and labels; the answer is how many labels had no room."""
        makers = {
            STREETS: self._streets,
            POLYGONS: self._polygons,
            LINES: self._lines,
            POINTS: self._points,
        }
        for layer in self.drawing.layers:
            if layer.is_on and layer.features and layer.kind in makers:
                self.level += 0.1
                makers[layer.kind](layer)
        self.kept += [
            north_arrow(self.page, self.axes, self.inch),
            scale_bar(self.page, self.axes, self.inch),
        ]
        return self._labels()

    def _frame(self) -> float:
        """Set the limits; the answer is metres per inch."""
        west, south, east, north = self.drawing.bounds
        x, y = projection_of(self.drawing.metric_crs).to_metres(
            np.array([west, east, west, east]), np.array([south, south, north, north])
        )
        inch, left, below = beside(self.box, float(np.ptp(x)), float(np.ptp(y)))
        west_m, south_m = x.min() - left * inch, y.min() - below * inch
        self.axes.set_xlim(west_m, west_m + inch * self.box.width)
        self.axes.set_ylim(south_m, south_m + inch * self.box.height)
        self.axes.set_facecolor(self.page.looks.map)
        self.axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
        for side in self.axes.spines.values():
            side.set_edgecolor(self.page.looks.soft)
            side.set_linewidth(0.6)
        return inch

    def _state(self, layer: Layer, feature: Feature) -> State:
        return feature.states.get(self.frame.id if layer.has_frames else ONLY, State(""))

    def _streets(self, layer: Layer) -> None:
        alpha = 0.35 if self._is_coloured() else 0.7
        path = lines_of(layer.shapes, self.drawing.metric_crs)
        self.axes.add_artist(Streets(path, facecolor="none", edgecolor=self.page.looks.street, linewidth=0.35,
                                     alpha=alpha, zorder=self.level))  # fmt: skip

    def _is_coloured(self) -> bool:
        """True where streets lie on coloured areas, which they should not dim."""
        return any(one.has_frames and one.kind == POLYGONS for one in self.drawing.layers)

    def _polygons(self, layer: Layer) -> None:
        shapes = in_metres(layer.shapes, self.drawing.metric_crs)
        by_key: dict[str, list[int]] = defaultdict(list)
        for at, feature in enumerate(layer.features):
            by_key[self._state(layer, feature).key].append(at)
        for key, places in sorted(by_key.items()):
            self._filled(shapes[places], self.entries.get(key))
        if self.drawing.definition.labels == "none":
            return
        kind = self.drawing.definition.kind
        is_arrows = kind == "flows" and layer.has_frames
        for feature, shape, stand in zip(
            layer.features, shapes, stands(layer.shapes, self.drawing.metric_crs), strict=True
        ):
            text = clean(self._state(layer, feature).label)
            place = (float(stand[0]), float(stand[1]))
            if text and is_arrows:
                self.labels.append(Label(text, place, way=along(shape)))
                self.kept.append(tip(shape))
                self.marks += [(x, y, half / self.inch) for x, y, half in shaft(shape)]
            elif text:
                may_cover = layer.has_frames or kind == "flows"
                self.labels.append(Label(text, place, shape, may_cover=may_cover, is_inside=kind == "edges",
                                         is_context=not layer.has_frames))  # fmt: skip

    def _filled(self, shapes: NDArray[np.object_], entry: LegendEntry | None) -> None:
        looks, outline = self.page.looks, entry is None or entry.mark == "line"
        hatch = HATCHES.get(entry.hatch) if entry is not None else None
        face = "none" if entry is None or outline else looks.ground if hatch else entry.colour
        path = path_of(shapes)
        if hatch:
            self.axes.add_artist(
                PathPatch(
                    path,
                    facecolor=face,
                    edgecolor=looks.hatch,
                    hatch=hatch,
                    linewidth=0,
                    zorder=self.level,
                )
            )
            face = "none"
        if face == "none" or is_tint(face) or self.drawing.definition.kind == "flows":
            edge = looks.outline
        else:
            edge = _LIGHT_EDGE if ink_on(face) == "#ffffff" else _DARK_EDGE
        self.axes.add_artist(PathPatch(path, facecolor=face, edgecolor=edge,
                                      linewidth=1.1 if outline else 0.7, zorder=3 if outline else self.level + 0.05))  # fmt: skip

    def _lines(self, layer: Layer) -> None:
        shapes = in_metres(layer.shapes, self.drawing.metric_crs)
        for feature, shape in zip(layer.features, shapes, strict=True):
            entry = self.entries.get(self._state(layer, feature).key)
            if entry is None:
                continue
            width = (feature.size or 3.0) * _POINTS_PER_PIXEL
            self.axes.add_collection(LineCollection(
                [shapely.get_coordinates(one) for one in shapely.get_parts(shape)],
                colors=line_colour(entry, self.page), linewidths=width, zorder=4,
                linestyles=[(0, (1, 1.5))] if entry.hatch else "solid"), autolim=False)  # fmt: skip

    def _points(self, layer: Layer) -> None:
        places = shapely.get_coordinates(in_metres(layer.shapes, self.drawing.metric_crs))
        if len(layer.features) <= _MOST_LETTERS:
            radii = np.array([max(one.size, 4) * _POINTS_PER_PIXEL / 72 for one in layer.features])
            places = side_by_side(places, radii * self.inch)
        for at, some in enumerate(self._together(layer)):
            entry = self.entries.get(self._state(layer, layer.features[some[0]]).key)
            if entry is not None:
                sizes = [layer.features[one].size for one in some]
                is_dashed = all(layer.features[one].is_dashed for one in some)
                self._marks(
                    places[some], sizes, entry, is_dashed, 5 + at * 0.9 / (len(layer.features) + 1)
                )
        for feature, place in zip(layer.features, places, strict=True):
            self.marks.append((place[0], place[1], feature.size * _POINTS_PER_PIXEL / 72))
        if layer.has_frames and len(layer.features) <= _MOST_LETTERS:
            for feature, place in zip(layer.features, places, strict=True):
                text = clean(self._state(layer, feature).label)
                self.labels.append(
                    Label(text, (place[0], place[1]), radius=feature.size * _POINTS_PER_PIXEL / 72)
                )

    def _together(self, layer: Layer) -> list[list[int]]:
        """Points to draw at once: each by itself, the largest first; of very many those of one key."""
        if len(layer.features) <= _MOST_LETTERS:
            return [
                [at]
                for at in sorted(
                    range(len(layer.features)), key=lambda at: -layer.features[at].size
                )
            ]
        by_key: dict[str, list[int]] = defaultdict(list)
        for at, feature in enumerate(layer.features):
            by_key[self._state(layer, feature).key].append(at)
        return [some for _, some in sorted(by_key.items())]

    def _marks(
        self, places: NDArray[np.float64], sizes: Sequence[float], entry: LegendEntry, is_dashed: bool, level: float,
    ) -> None:  # fmt: skip
        looks, hatch = self.page.looks, HATCHES.get(entry.hatch)
        areas = (2 * np.maximum(sizes, 4) * _POINTS_PER_PIXEL) ** 2
        star, marker = entry.mark == "star", MARKERS.get(entry.mark, "o")
        self.axes.scatter(places[:, 0], places[:, 1], s=areas * (2.4 if star else 1.25), marker=marker,
                          color=looks.ground, linewidths=0, zorder=level)  # fmt: skip
        self.axes.scatter(places[:, 0], places[:, 1], s=areas * (1.8 if star else 1), marker=marker,
                          facecolor=looks.ground if hatch else entry.colour, edgecolor=looks.outline,
                          linewidths=0.6, linestyle=(0, (2, 2)) if is_dashed else "solid", hatch=hatch, zorder=level + 1e-4)  # fmt: skip
        if not entry.letter:
            return
        ink = looks.ink if hatch else ink_on(entry.colour)
        if len(places) > 1 and len(self.drawing.rows) > _MOST_LETTERS:
            self.axes.scatter(places[:, 0], places[:, 1], s=areas * 0.3, marker=letter_mark(entry.letter[:1]),
                              color=ink, linewidths=0, zorder=level + 2e-4)  # fmt: skip
            return
        for (x, y), size in zip(places, sizes, strict=True):
            write_on(self.axes, x, y, clean(entry.letter), fontsize=min(9, max(5, size * 0.8)), fontweight="bold",
                           color=ink, ha="center", va="center_baseline", zorder=level + 2e-4, parse_math=False, clip_on=True)  # fmt: skip

    def _labels(self) -> int:
        limits = (*self.axes.get_xlim(), *self.axes.get_ylim())
        left, right, bottom, top = limits
        seen = [one for one in self.labels if left < one.at[0] < right and bottom < one.at[1] < top]
        stand = list(placed(self.labels, self.marks, self.inch, limits, self.kept))
        for text, x, y, size in stand:
            write_on(self.axes, x, y, text, linespacing=1.15, fontsize=size, fontweight="bold", color="#111111", ha="center", va="center",
                           zorder=6, parse_math=False, clip_on=True,
                           bbox={"boxstyle": "round,pad=0.15", "facecolor": "#ffffff", "edgecolor": "none", "alpha": 0.85})  # fmt: skip
        return max(0, len(seen) - len(stand))
