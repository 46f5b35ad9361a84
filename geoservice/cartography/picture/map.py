"""The maps of a picture, one or one per year: layers, marks, labels, arrow and scale bar."""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from numpy.typing import NDArray

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.layers import BACKGROUND, LINES, POINTS, POLYGONS, STREETS, Layer
from geoservice.cartography.picture.background import (
    GROUNDS,
    STREETS_LEVEL,
    DrawnGround,
    draw_background,
    draw_outlines,
    write_names,
)
from geoservice.cartography.picture.fills import fill_of
from geoservice.cartography.picture.label_pen import LabelPen
from geoservice.cartography.picture.label_plan import LabelPlan
from geoservice.cartography.picture.layout import Box, columns_of
from geoservice.cartography.picture.map_labels import label_plan
from geoservice.cartography.picture.map_marks import marks_to_draw
from geoservice.cartography.picture.map_plan import planned_map
from geoservice.cartography.picture.marks import draw_marks
from geoservice.cartography.picture.name_list import draw_names
from geoservice.cartography.picture.orientation import north_arrow, scale_bar
from geoservice.cartography.picture.scene import Scene
from geoservice.cartography.picture.shapes import in_metres, lines_of, path_of
from geoservice.cartography.picture.sheet import sheet_of
from geoservice.cartography.picture.shown_frames import frames_of_picture
from geoservice.cartography.picture.streets import StreetLines
from geoservice.cartography.picture.swatches import line_colour
from geoservice.cartography.picture.text import (
    PicturePage,
    TextPlace,
    TextStyle,
    ink_on,
    is_tint,
    line_height,
    wrapped,
)

_POINTS_PER_PIXEL = 0.75
_DARK_EDGE, _LIGHT_EDGE = "#2b343d", "#ffffff"
_YEAR_TITLE, _YEAR_LINES = (9.5, 6.5), 2
_SMALL_MAP_LINES = 0.45
"""Width of lines on one of several maps, as a share of their width on a single map."""
_OUTLINED = ("units", "zones", "areas")
"""Layers whose shapes are outlined above the streets."""
_ARROWS_LEVEL, _MARKS_LEVEL = 3.5, 5.0


def draw_maps(page: PicturePage, drawing: Drawing) -> int:
    """Draw a map, or a map per year; return the number of labels without a place.

    The layout of the page then has space for a list of names.
    """
    frames = frames_of_picture(drawing)
    if len(frames) > 1:
        return _draw_years(page, drawing, frames)
    planned = planned_map(drawing, page.layout)
    page.layout = planned.layout
    _Chart(page, planned.scene).draw(planned.labels)
    draw_names(page, drawing, planned.labels.listed)
    return planned.labels.missing


def draw_map_alone(page: PicturePage, drawing: Drawing) -> None:
    """Draw the last map of a picture without labels, north arrow and scale bar."""
    sheet = sheet_of(drawing, page.layout, page.layout.map, has_scale=False)
    scene = Scene(drawing, frames_of_picture(drawing)[-1], sheet, has_scale=False)
    _Chart(page, scene).draw(LabelPlan((), (), (), 0))


def _draw_years(page: PicturePage, drawing: Drawing, frames: Sequence[Frame]) -> int:
    """Draw a map per year; only the first has a north arrow and a scale bar."""
    box, unprinted = page.layout.map, 0
    across = columns_of(len(frames), box, drawing.bounds)
    wide_each, tall_each = box.width / across, box.height / math.ceil(len(frames) / across)
    headings = [_year_heading(frame) for frame in frames]
    style = _year_style(page, headings, wide_each - 0.1)
    title = style.lines * line_height(style.points * page.layout.scale) + 0.03
    for index, frame in enumerate(frames):
        left = box.left + index % across * wide_each
        top = box.top - index // across * tall_each
        part = Box(left, top - tall_each, wide_each - 0.1, tall_each - 0.1 - title)
        page.write(headings[index], TextPlace(left, part.top + title, part.width), style)
        sheet = sheet_of(drawing, page.layout, part)
        scene = Scene(drawing, frame, sheet, is_single=False, has_scale=not index)
        plan = label_plan(scene, "none")
        _Chart(page, scene).draw(plan)
        unprinted += plan.unprinted
    return unprinted


def _year_heading(frame: Frame) -> str:
    """Return the district's value with its year."""
    return frame.district if frame.year in frame.district else f"{frame.year} · {frame.district}"


def _year_style(page: PicturePage, headings: Sequence[str], width: float) -> TextStyle:
    """Return the style of the headings of several maps: one line, or two lines of the same size."""
    scale = page.layout.scale
    smallest = max(_YEAR_TITLE[1], page.layout.least_points / scale)
    sizes = (max(_YEAR_TITLE[0], smallest), smallest)
    points = min(page.fitting(text, sizes, width, _YEAR_LINES, bold=True) for text in headings)
    lines = [wrapped(text, points * scale, width, bold=True) for text in headings]
    return TextStyle(points, bold=True, lines=max(map(len, lines)))


class _Chart:
    """A map in a box. Coordinates are meters of the region's CRS."""

    def __init__(self, page: PicturePage, scene: Scene) -> None:
        self.page, self.scene, self.drawing = page, scene, scene.drawing
        self.axes: Axes = page.part(scene.sheet.box)
        self.level = 1.0
        self.ground: DrawnGround | None = None
        self._limits()

    def draw(self, labels: LabelPlan) -> None:
        """Draw all layers from the lowest, then arrow, bar and labels."""
        makers = {
            BACKGROUND: self._background,
            STREETS: self._streets,
            POLYGONS: self._polygons,
            LINES: self._lines,
        }
        for layer in self.scene.layers:
            self.level += 0.1
            if layer.kind == POINTS:
                self._points(layer)
            elif layer.kind in makers:
                makers[layer.kind](layer)
        if self.scene.has_scale:
            north_arrow(self.page, self.axes, self.scene.sheet.inch)
            scale_bar(self.page, self.axes, self.scene.sheet.inch)
        LabelPen(self.page, self.axes, self.scene.sheet).draw(labels)
        if self.ground is not None:
            inch = self.scene.sheet.inch
            taken = [placed.box for placed in labels.placed]
            for marks in self.scene.marks.values():
                reach = marks.radii[:, None] * inch
                boxes = np.hstack([marks.places - reach, marks.places + reach])
                taken += [(west, south, east, north) for west, south, east, north in boxes.tolist()]
            write_names(self.axes, self.ground, self.scene.sheet, taken)

    def _limits(self) -> None:
        sheet, looks = self.scene.sheet, self.page.looks
        self.axes.set_xlim(sheet.left, sheet.right)
        self.axes.set_ylim(sheet.bottom, sheet.top)
        self.axes.set_facecolor(looks.map)
        self.axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
        for side in self.axes.spines.values():
            side.set_edgecolor(looks.soft)
            side.set_linewidth(0.6)

    def _background(self, layer: Layer) -> None:
        looks = GROUNDS[self.drawing.choice.theme]
        self.ground = DrawnGround(layer, self.drawing.metric_crs, looks, self._is_coloured())
        draw_background(self.axes, self.ground)

    def _streets(self, layer: Layer) -> None:
        alpha = 0.35 if self._is_coloured() else 0.7
        path = lines_of(layer.shapes, self.drawing.metric_crs)
        self.axes.add_artist(
            StreetLines(
                path,
                facecolor="none",
                edgecolor=self.page.looks.street,
                linewidth=0.35,
                alpha=alpha,
                zorder=STREETS_LEVEL,
            )
        )

    def _is_coloured(self) -> bool:
        """True if streets lie on coloured areas, which they should not dim."""
        return any(layer.has_frames and layer.kind == POLYGONS for layer in self.drawing.layers)

    def _polygons(self, layer: Layer) -> None:
        shapes, look = in_metres(layer.shapes, self.drawing.metric_crs), self.scene.look(layer)
        by_key: dict[str, list[int]] = defaultdict(list)
        for index, feature in enumerate(layer.features):
            by_key[self.scene.state(layer, feature).key].append(index)
        is_outlined = layer.id in _OUTLINED
        outlined = list(range(len(shapes))) if is_outlined else []
        for _, places in sorted(by_key.items()):
            entry = look(layer.features[places[0]])
            if entry is None or entry.mark == "line":
                outlined += [] if is_outlined else places
            else:
                self._filled(shapes[places], entry)
        if outlined:
            casing = GROUNDS[self.drawing.choice.theme].casing
            colour, share = self.page.looks.outline, self._line_share()
            draw_outlines(self.axes, path_of(shapes[outlined]), colour, casing, share)

    def _line_share(self) -> float:
        """Return the width of outlines on a small map, as a share of their width on a large map."""
        return 1.0 if self.scene.is_single else _SMALL_MAP_LINES

    def _filled(self, shapes: NDArray[np.object_], entry: LegendEntry) -> None:
        looks, fill = self.page.looks, fill_of(entry, self.page.looks)
        is_flow = self.drawing.definition.kind == "flows"
        level = _ARROWS_LEVEL if is_flow else self.level
        face = fill.face
        path = path_of(shapes)
        if fill.hatch:
            self.axes.add_artist(
                PathPatch(
                    path,
                    facecolor=face,
                    edgecolor=fill.line,
                    hatch=fill.hatch,
                    linewidth=0,
                    zorder=level,
                )
            )
            face = "none"
        if face == "none" or is_tint(face) or is_flow:
            edge = looks.outline
        else:
            edge = _LIGHT_EDGE if ink_on(face) == "#ffffff" else _DARK_EDGE
        self.axes.add_artist(
            PathPatch(
                path,
                facecolor=face,
                edgecolor=edge,
                linewidth=0.7 * self._line_share(),
                zorder=level + 0.05,
            )
        )

    def _lines(self, layer: Layer) -> None:
        shapes, look = in_metres(layer.shapes, self.drawing.metric_crs), self.scene.look(layer)
        for feature, shape in zip(layer.features, shapes, strict=True):
            entry = look(feature)
            if entry is None:
                continue
            width = (feature.size or 3.0) * _POINTS_PER_PIXEL
            self.axes.add_collection(
                LineCollection(
                    [shapely.get_coordinates(line) for line in shapely.get_parts(shape)],
                    colors=line_colour(entry, self.page),
                    linewidths=width,
                    zorder=4,
                    linestyles=[(0, (1, 1.5))] if entry.hatch else "solid",
                ),
                autolim=False,
            )

    def _points(self, layer: Layer) -> None:
        scene, look = self.scene, self.scene.look(layer)
        placed = scene.marks[layer.id]
        marks = marks_to_draw(placed, look, scene.sheet, self.page.looks)
        draw_marks(self.axes, marks, _MARKS_LEVEL)
