"""The maps of a picture: layers, printed values, north arrow, scale bar; several for several years."""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
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
from geoservice.cartography.picture_labels import Label, placed
from geoservice.cartography.picture_layout import Box, columns_of
from geoservice.cartography.picture_legend import HATCHES, line_colour
from geoservice.cartography.picture_text import Page, clean, ink_on, wide
from geoservice.geometry.projection import Projection

_MILE_M = 1609.344
_BARS_MILES = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50)
_POINTS_PER_PIXEL = 0.75
_MOST_LETTERS = 150
"""Beyond so many points their letters are drawn as marks: as text they would take seconds."""


def draw_maps(page: Page, drawing: Drawing) -> None:
    """One map, or one per year where the figure has several."""
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
            page.write(
                left,
                part.top + title,
                f"{frame.year} · {frame.district}",
                9.5,
                part.width,
                bold=True,
                lines=1,
            )
        _Chart(page, drawing, frame, part).draw()


class _Chart:
    """One map in one box. Coordinates are the region's metres."""

    def __init__(self, page: Page, drawing: Drawing, frame: Frame, box: Box) -> None:
        self.page, self.drawing, self.frame, self.box = page, drawing, frame, box
        self.projection = Projection(drawing.metric_crs)
        self.axes: Axes = page.part(box)
        self.entries = {one.key: one for one in (*frame.legend, *drawing.legend)}
        self.level = 1.0
        self.labels: list[Label] = []
        self.marks: list[tuple[float, float, float]] = []
        self.inch = self._frame()

    def draw(self) -> None:
        """All layers from the lowest, then labels, arrow and bar."""
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
        self._labels()
        self._north()
        self._scale()

    def _frame(self) -> float:
        """Set the limits; the answer is metres per inch."""
        west, south, east, north = self.drawing.bounds
        x, y = self.projection.to_metres(
            np.array([west, east, west, east]), np.array([south, south, north, north])
        )
        middle = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
        inch = (
            max((x.max() - x.min()) / self.box.width, (y.max() - y.min()) / self.box.height) * 1.04
        )
        self.axes.set_xlim(
            middle[0] - inch * self.box.width / 2, middle[0] + inch * self.box.width / 2
        )
        self.axes.set_ylim(
            middle[1] - inch * self.box.height / 2, middle[1] + inch * self.box.height / 2
        )
        self.axes.set_facecolor(self.page.looks.map)
        self.axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
        for side in self.axes.spines.values():
            side.set_edgecolor(self.page.looks.soft)
            side.set_linewidth(0.6)
        return float(inch)

    def _state(self, layer: Layer, feature: Feature) -> State:
        return feature.states.get(self.frame.id if layer.has_frames else ONLY, State(""))

    def _metric(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        def moved(places: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(self.projection.to_metres(places[:, 0], places[:, 1]))

        return np.asarray(shapely.transform(shapes, moved), dtype=object)

    def _streets(self, layer: Layer) -> None:
        lines = self._metric(layer.shapes.array)
        made = PathPatch(_path_of(lines, closed=False), facecolor="none", edgecolor=self.page.looks.street,
                         linewidth=0.35, alpha=0.7, zorder=self.level)  # fmt: skip
        made.set_rasterized(True)  # thousands of lines would make SVG and PDF large
        self.axes.add_artist(made)

    def _polygons(self, layer: Layer) -> None:
        shapes = self._metric(layer.shapes.array)
        by_key: dict[str, list[int]] = defaultdict(list)
        for at, feature in enumerate(layer.features):
            by_key[self._state(layer, feature).key].append(at)
        for key, places in sorted(by_key.items()):
            self._filled(shapes[places], self.entries.get(key))
        stands = shapely.get_coordinates(shapely.point_on_surface(shapes))
        sizes = shapely.bounds(shapes)
        for feature, stand, box in zip(layer.features, stands, sizes, strict=True):
            text = self._state(layer, feature).label
            if text and self.drawing.definition.labels != "none":
                self.labels.append(
                    Label(clean(text), (stand[0], stand[1]), (box[2] - box[0], box[3] - box[1]))
                )

    def _filled(self, shapes: NDArray[np.object_], entry: LegendEntry | None) -> None:
        looks, outline = self.page.looks, entry is None or entry.mark == "line"
        hatch = HATCHES.get(entry.hatch) if entry is not None else None
        face = "none" if entry is None or outline else looks.ground if hatch else entry.colour
        path = _path_of(shapes)
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
        self.axes.add_artist(PathPatch(path, facecolor=face, edgecolor=looks.outline,
                                      linewidth=1.1 if outline else 0.7, zorder=3 if outline else self.level + 0.05))  # fmt: skip

    def _lines(self, layer: Layer) -> None:
        shapes = self._metric(layer.shapes.array)
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
        places = shapely.get_coordinates(self._metric(layer.shapes.array))
        for at, some in enumerate(self._together(layer)):
            entry = self.entries.get(self._state(layer, layer.features[some[0]]).key)
            if entry is not None:
                sizes = [layer.features[one].size for one in some]
                self._marks(places[some], sizes, entry, 5 + at * 0.9 / (len(layer.features) + 1))
        for feature, place in zip(layer.features, places, strict=True):
            self.marks.append((place[0], place[1], feature.size * _POINTS_PER_PIXEL / 72))
        if layer.has_frames and len(layer.features) <= _MOST_LETTERS:
            for feature, place in zip(layer.features, places, strict=True):
                text = clean(self._state(layer, feature).label)
                self.labels.append(
                    Label(text, (place[0], place[1]), None, feature.size * _POINTS_PER_PIXEL / 72)
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
        self, places: NDArray[np.float64], sizes: Sequence[float], entry: LegendEntry, level: float
    ) -> None:
        looks, hatch = self.page.looks, HATCHES.get(entry.hatch)
        areas = (2 * np.maximum(sizes, 4) * _POINTS_PER_PIXEL) ** 2
        star = entry.mark == "star"
        self.axes.scatter(places[:, 0], places[:, 1], s=areas * (2.4 if star else 1.25), marker="*" if star else "o",
                          color=looks.ground, linewidths=0, zorder=level)  # fmt: skip
        self.axes.scatter(places[:, 0], places[:, 1], s=areas * (1.8 if star else 1), marker="*" if star else "o",
                          facecolor=looks.ground if hatch else entry.colour, edgecolor=looks.outline,
                          linewidths=0.6, hatch=hatch, zorder=level + 1e-4)  # fmt: skip
        if not entry.letter:
            return
        ink = looks.ink if hatch else ink_on(entry.colour)
        if len(places) > 1 and len(self.drawing.rows) > _MOST_LETTERS:
            self.axes.scatter(places[:, 0], places[:, 1], s=areas * 0.3, marker=f"${entry.letter[:1]}$",
                              color=ink, linewidths=0, zorder=level + 2e-4)  # fmt: skip
            return
        for (x, y), size in zip(places, sizes, strict=True):
            self.axes.text(x, y, clean(entry.letter), fontsize=min(9, max(5, size * 0.8)), fontweight="bold",
                           color=ink, ha="center", va="center_baseline", zorder=level + 2e-4, parse_math=False)  # fmt: skip

    def _labels(self) -> None:
        limits = (*self.axes.get_xlim(), *self.axes.get_ylim())
        for text, x, y, size in placed(self.labels, self.marks, self.inch, limits):
            self.axes.text(x, y, text, fontsize=size, fontweight="bold", color="#111111", ha="center", va="center",
                           zorder=6, parse_math=False, clip_on=True,
                           bbox={"boxstyle": "round,pad=0.15", "facecolor": "#ffffff", "edgecolor": "none", "alpha": 0.85})  # fmt: skip

    def _north(self) -> None:
        (_, right), (_, top) = self.axes.get_xlim(), self.axes.get_ylim()
        x, y, unit = right - 0.28 * self.inch, top - 0.5 * self.inch, self.inch * 0.09
        self.axes.add_artist(Polygon([(x - unit, y), (x, y + 2.8 * unit), (x + unit, y), (x, y + 0.7 * unit)],
                                    facecolor=self.page.looks.ink, edgecolor=self.page.looks.ground, linewidth=0.8, zorder=7))  # fmt: skip
        self.axes.text(x, y - 0.4 * unit, "N", fontsize=9, fontweight="bold", ha="center", va="top",
                       color=self.page.looks.ink, zorder=7)  # fmt: skip

    def _scale(self) -> None:
        fitting = [one for one in _BARS_MILES if one * _MILE_M <= 0.28 * self.box.width * self.inch]
        miles = fitting[-1] if fitting else _BARS_MILES[0]
        (left, _), (bottom, _) = self.axes.get_xlim(), self.axes.get_ylim()
        x, y, length = left + 0.16 * self.inch, bottom + 0.17 * self.inch, miles * _MILE_M
        text = f"{miles:g} mi  ({miles * 1.609344:.2g} km)"
        back = 0.08 * self.inch
        wide_all = max(length, wide(text, 8) * self.inch) + 2 * back
        self.axes.add_artist(Polygon([(x - back, y - back), (x - back, y + 0.26 * self.inch), (x - back + wide_all, y + 0.26 * self.inch),
                                     (x - back + wide_all, y - back)], facecolor=self.page.looks.ground, alpha=0.85, linewidth=0, zorder=6.5))  # fmt: skip
        tick = 0.05 * self.inch
        self.axes.plot(
            [x, x, x + length, x + length],
            [y + tick, y, y, y + tick],
            color=self.page.looks.ink,
            linewidth=1.6,
            zorder=7,
        )
        self.axes.text(
            x,
            y + 0.07 * self.inch,
            text,
            fontsize=8,
            color=self.page.looks.ink,
            va="bottom",
            zorder=7,
        )


def _path_of(shapes: NDArray[np.object_], *, closed: bool = True) -> Path:
    """One path of the rings of all polygons, or of all lines."""
    rings = shapely.get_rings(shapely.get_parts(shapes)) if closed else shapes
    places, of = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(places), Path.LINETO, dtype=Path.code_type)
    starts = np.searchsorted(of, np.arange(len(rings)))
    codes[starts] = Path.MOVETO
    if closed:
        codes[np.append(starts[1:], len(places)) - 1] = Path.CLOSEPOLY
    return Path(places, codes)
