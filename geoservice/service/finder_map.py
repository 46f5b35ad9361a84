"""The map of a finder's answer: paths and places in pixels, drawn without scripts or tiles."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.model.miles import METRES_PER_MILE
from geoservice.reference.once import OncePerReference
from geoservice.reference.snapshot import Reference
from geoservice.service.finder import FinderAnswer

WIDTH, HEIGHT = 640, 480
_MARGIN_PX = 40
_LEAST_WIDTH_M = 800.0
_MOST_STREETS = 2_500
"""Streets that are drawn, the longest first."""
_BARS = ((10, "10"), (5, "5"), (2, "2"), (1, "1"), (0.5, "0.5"), (0.25, "0.25"), (0.1, "0.1"))
_MOST_BAR_PX = 160
Floats = NDArray[np.float64]
_LINE, _AREA = 1, 2
_BACKGROUND = (
    ("parks", "parks", _AREA),
    ("water", "water", _AREA),
    ("streams", "water", _LINE),
    ("railways", "railways", _LINE),
)
"""Class of a path, kind of its shapes in the region, and their dimension."""
_NO_SHAPES: NDArray[np.object_] = np.empty(0, dtype=object)


@dataclass(frozen=True)
class SchoolMark:
    """A school on the map: its number in the list, and pixels."""

    label: str
    x: float
    y: float
    is_of_right: bool


@dataclass(frozen=True)
class BackgroundPath:
    """A path of the background: ``kind`` is ``parks``, ``water``, ``streams`` or ``railways``."""

    kind: str
    path: str


@dataclass(frozen=True)
class FinderMap:
    """Paths (the ``d`` of SVG) and marks; ``home`` in pixels, ``bar`` the pixels of ``miles``."""

    background: tuple[BackgroundPath, ...]
    zone: str
    streets: str
    home: tuple[float, float]
    marks: tuple[SchoolMark, ...]
    bar: float
    miles: str
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class _Window:
    """The extent of the map: its west and north in metres, and metres per pixel."""

    west: float
    north: float
    m_per_px: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        return (
            self.west,
            self.north - HEIGHT * self.m_per_px,
            self.west + WIDTH * self.m_per_px,
            self.north,
        )

    def pixels(self, places: Floats) -> Floats:
        """Pixels of rows of east and north in metres."""
        return np.column_stack(
            [
                (places[:, 0] - self.west) / self.m_per_px,
                (self.north - places[:, 1]) / self.m_per_px,
            ]
        ).round(1)


@dataclass(frozen=True)
class _Lines:
    """Streets in metres, sorted from the longest to the shortest, with the bounds of each."""

    shapes: NDArray[np.object_]
    bounds: Floats


def finder_map(answer: FinderAnswer, reference: Reference) -> FinderMap:
    """Return the map of an answer that has a home."""
    numbered = [*answer.of_right, *answer.choices]
    labels = [*("★" for _ in answer.of_right), *map(str, range(1, len(answer.choices) + 1))]
    places = np.array([[school.x, school.y] for school in numbered]).reshape(-1, 2)
    home = np.array([[answer.x, answer.y]])
    window = _window(np.vstack([home, places]))
    spots = window.pixels(places).tolist()
    marks = tuple(
        SchoolMark(label, x, y, label == "★")
        for label, (x, y) in zip(labels, spots, strict=True)
        if np.isfinite(x)
    )
    home_x, home_y = window.pixels(home)[0].tolist()
    bar, miles = _bar(window.m_per_px)
    zone = _zone_path(answer, reference, window)
    streets = _street_path(reference, window)
    background = _background_paths(reference, window)
    return FinderMap(background, zone, streets, (home_x, home_y), marks, bar, miles)


def _window(places: Floats) -> _Window:
    shown = places[np.isfinite(places).all(axis=1)]
    low, high = shown.min(axis=0), shown.max(axis=0)
    room = WIDTH - 2 * _MARGIN_PX, HEIGHT - 2 * _MARGIN_PX
    m_per_px = max(
        float((high[0] - low[0]) / room[0]),
        float((high[1] - low[1]) / room[1]),
        _LEAST_WIDTH_M / WIDTH,
    )
    middle = (low + high) / 2
    west = float(middle[0]) - WIDTH / 2 * m_per_px
    return _Window(west, float(middle[1]) + HEIGHT / 2 * m_per_px, m_per_px)


def _bar(m_per_px: float) -> tuple[float, str]:
    """Return pixels and miles of the longest round scale bar that fits."""
    for miles, text in _BARS:
        pixels = miles * METRES_PER_MILE / m_per_px
        if pixels <= _MOST_BAR_PX:
            return round(pixels, 1), text
    return round(_BARS[-1][0] * METRES_PER_MILE / m_per_px, 1), _BARS[-1][1]


def _zone_path(answer: FinderAnswer, reference: Reference, window: _Window) -> str:
    of_right = pl.DataFrame(
        list(answer.zones), schema={"set_id": pl.String, "zone_id": pl.String}, orient="row"
    )
    zones = reference.zones().filter(pl.col("grades").list.contains(answer.grade))
    chosen = zones.join(of_right, on=["set_id", "zone_id"], how="semi")
    if not len(chosen):
        return ""
    degrees = np.asarray(shapely.from_wkb(chosen["geometry"].to_list()), dtype=object)
    shapes = reference.projection.shapes_to_metres(degrees)
    west, south, east, north = window.box
    reach = 20 * window.m_per_px  # The window's own edge must not look like a boundary.
    cut = shapely.clip_by_rect(shapes, west - reach, south - reach, east + reach, north + reach)
    parts = shapely.get_parts(shapely.simplify(cut, window.m_per_px / 2))
    polygons = parts[shapely.get_type_id(parts) == 3]
    return _path(shapely.get_rings(polygons), window)


def _background_paths(reference: Reference, window: _Window) -> tuple[BackgroundPath, ...]:
    """Return the parks, water and railways that the map shows, from the lowest to the uppermost."""
    west, south, east, north = window.box
    reach = 20 * window.m_per_px  # The window's own edge must not look like a shore.
    paths = []
    for kind, source, dimension in _BACKGROUND:
        shapes = _background(reference).get(source, _NO_SHAPES)
        shapes = shapes[shapely.get_dimensions(shapes) == dimension]
        cut = shapely.clip_by_rect(shapes, west - reach, south - reach, east + reach, north + reach)
        parts = shapely.get_parts(shapely.simplify(cut, window.m_per_px / 2))
        path = _path(shapely.get_rings(parts) if dimension == _AREA else parts, window)
        if path:
            paths.append(BackgroundPath(kind, path))
    return tuple(paths)


def _street_path(reference: Reference, window: _Window) -> str:
    lines = _lines(reference)
    west, south, east, north = window.box
    bounds = lines.bounds
    is_near = (bounds[:, 2] >= west) & (bounds[:, 0] <= east)
    is_near &= (bounds[:, 3] >= south) & (bounds[:, 1] <= north)
    near = np.flatnonzero(is_near)[:_MOST_STREETS]
    cut = shapely.clip_by_rect(lines.shapes[near], *window.box)
    parts = shapely.get_parts(shapely.simplify(cut, window.m_per_px / 2))
    return _path(parts, window)


def _path(shapes: NDArray[np.object_], window: _Window) -> str:
    """Return the lines of some shapes as one path in whole pixels."""
    places, owner = shapely.get_coordinates(shapes, return_index=True)
    if not len(places):
        return ""
    pixels = window.pixels(places).round().astype(np.int64)
    is_begin = np.concatenate([[True], owner[1:] != owner[:-1]])
    return "".join(
        f"{'M' if begins else 'L'}{x} {y}"
        for (x, y), begins in zip(pixels.tolist(), is_begin.tolist(), strict=True)
    )


def _background_of(reference: Reference) -> dict[str, NDArray[np.object_]]:
    """Return the parts of the background's shapes by kind, in metres."""
    table = reference.background()
    degrees = np.asarray(shapely.from_wkb(table["geometry"].to_list()), dtype=object)
    parts, row = shapely.get_parts(
        reference.projection.shapes_to_metres(degrees), return_index=True
    )
    kinds = table["kind"].to_numpy()[row]
    return {kind: parts[kinds == kind] for kind in table["kind"].unique().to_list()}


def _lines_of(reference: Reference) -> _Lines:
    """Return centerlines joined by name, so that short paths draw a whole town."""
    table = reference.streets().drop_nulls("geometry")
    degrees = np.asarray(shapely.from_wkb(table["geometry"].to_list()), dtype=object)
    parts, owner = shapely.get_parts(
        reference.projection.shapes_to_metres(degrees), return_index=True
    )
    if not len(parts):
        return _Lines(parts, np.empty((0, 4)))
    _, number = np.unique(table["name"].fill_null("").to_numpy()[owner], return_inverse=True)
    order = np.argsort(number, kind="stable")
    of_name = shapely.multilinestrings(parts[order], indices=number[order])
    lines = shapely.get_parts(shapely.line_merge(of_name))
    lines = lines[np.argsort(-shapely.length(lines), kind="stable")]
    return _Lines(lines, np.asarray(shapely.bounds(lines)))


_lines = OncePerReference(_lines_of)
_background = OncePerReference(_background_of)
