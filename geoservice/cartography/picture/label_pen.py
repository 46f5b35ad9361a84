"""Labels on a map: text with a halo in the color below it."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from geoservice.cartography.picture.label_plan import LabelPlan, MapLabel
from geoservice.cartography.picture.label_search import PlacedLabel
from geoservice.cartography.picture.placement import (
    LEADING,
    Rect,
    text_size,
)
from geoservice.cartography.picture.sheet import Sheet
from geoservice.cartography.picture.text import PicturePage, ink_on
from geoservice.cartography.picture.type import write_on

_HALO = 0.24
"""Width of a halo's line in sizes of the type: half of it lies outside of the letters."""
_LEVEL = 6.0
_BASELINE = 0.26
"""Height of the baseline above the bottom of a line, in sizes of the type."""


class LabelPen:
    """Draws labels into a map."""

    def __init__(self, page: PicturePage, axes: Axes, sheet: Sheet) -> None:
        self.page, self.axes, self.sheet = page, axes, sheet
        self.halos: dict[str, list[Path]] = defaultdict(list)

    def draw(self, plan: LabelPlan) -> None:
        """Draw all halos, then all labels."""
        for placed in plan.placed:
            self._label(placed, plan.labels[placed.index])
        self._leaders([placed.leader for placed in plan.placed if placed.leader])
        self._ends(
            [
                placed.leader[2:]
                for placed in plan.placed
                if placed.leader and not plan.labels[placed.index].label.markers
            ]
        )
        for colour, paths in self.halos.items():
            self.axes.add_artist(
                PathPatch(
                    Path.make_compound_path(*paths),
                    facecolor=colour,
                    edgecolor=colour,
                    linewidth=self.sheet.points * _HALO,
                    joinstyle="round",
                    zorder=_LEVEL,
                )
            )

    def _leaders(self, lines: Sequence[Rect]) -> None:
        """Draw the lines from numbers to their markers, with a halo as letters have."""
        looks = self.page.looks
        segments = [[line[:2], line[2:]] for line in lines]
        for width, colour, level in ((2.4, looks.ground, -0.05), (0.9, looks.ink, 0.05)):
            self.axes.add_collection(
                LineCollection(segments, colors=colour, linewidths=width, zorder=_LEVEL + level),
                autolim=False,
            )

    def _ends(self, places: Sequence[tuple[float, float]]) -> None:
        """Draw a dot where a line ends in a shape without a marker."""
        if not places:
            return
        x, y = zip(*places, strict=True)
        looks = self.page.looks
        dots = Line2D(
            x,
            y,
            linestyle="none",
            marker="o",
            markersize=3.5,
            markerfacecolor=looks.ink,
            markeredgecolor=looks.ground,
            markeredgewidth=0.7,
            zorder=_LEVEL + 0.06,
        )
        self.axes.add_artist(dots)

    def _label(self, placed: PlacedLabel, item: MapLabel) -> None:
        left, bottom, right, top = placed.box
        lines, points = placed.text.split("\n"), self.sheet.points
        step = points * LEADING / 72 * self.sheet.inch
        ink, halo = self._colours(item, placed.leader is not None)
        height = text_size(placed.text, points)[1] * self.sheet.inch
        lowest = (bottom + top - height) / 2
        for index, line in enumerate(reversed(lines)):
            x, y = (left + right) / 2, lowest + index * step
            y += points * (0.04 if lines[-1].isdigit() else _BASELINE) / 72 * self.sheet.inch
            self._line(line, (x, y), ink, is_bold=not item.is_quiet)
            self.halos[halo].append(self._outline(line, (x, y), is_bold=not item.is_quiet))

    def _line(self, line: str, place: tuple[float, float], ink: str, *, is_bold: bool) -> None:
        write_on(
            self.axes,
            *place,
            line,
            fontsize=self.sheet.points,
            fontweight="bold" if is_bold else "normal",
            color=ink,
            ha="center",
            va="baseline",
            zorder=_LEVEL + 0.1,
            parse_math=False,
            clip_on=True,
        )

    def _outline(self, line: str, place: tuple[float, float], *, is_bold: bool) -> Path:
        unit = self.sheet.points / 72 * self.sheet.inch
        return _letters(line, is_bold).transformed(Affine2D().scale(unit).translate(*place))

    def _colours(self, item: MapLabel, has_leader: bool) -> tuple[str, str]:
        """Return the colours of text and halo."""
        if item.is_quiet:
            return self.page.looks.soft, self.page.looks.ground
        if item.face and not has_leader:
            return ink_on(item.face), item.face
        return self.page.looks.ink, self.page.looks.ground


@lru_cache(maxsize=2048)
def _letters(line: str, is_bold: bool) -> Path:
    """Return the outlines of a line of type of size 1, centered on its baseline."""
    path = TextPath(
        (0, 0), line, size=100, prop=FontProperties(weight="bold" if is_bold else "normal")
    )
    if not len(path.vertices):
        return path
    middle = float(np.mean([path.vertices[:, 0].min(), path.vertices[:, 0].max()]))
    return path.transformed(Affine2D().translate(-middle, 0).scale(0.01))
