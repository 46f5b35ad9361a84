"""The layers of a map: features, their shapes, and how each feature looks in each frame."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

POLYGONS, POINTS, LINES, STREETS, TILES = "polygons", "points", "lines", "streets", "tiles"
BACKGROUND = "background"
ONLY = ""
"""The frame of layers and figures that have a single frame."""


@dataclass(frozen=True)
class FeatureState:
    """The look of a feature in a frame.

    Attributes
    ----------
    key
        Key of its legend entry.
    label
        Text that is printed on the feature.
    card
        Lines of its card, or a function that makes them. Only the bytes of layers hold cards, so
        a page does not wait for them.
    """

    key: str
    label: str = ""
    card: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Lines of its card."""
        return self.card() if callable(self.card) else self.card

    def __reduce__(self) -> tuple[type["FeatureState"], tuple[str, str, tuple[str, ...]]]:
        """Pickle the lines of the card, not the function that makes them."""
        return FeatureState, (self.key, self.label, self.lines)


@dataclass(frozen=True)
class Feature:
    """A polygon, point or line of a layer; its shape has the same index in `Layer.shapes`.

    Attributes
    ----------
    states
        State by frame; in layers without frames, the only key is `ONLY`.
    size
        Radius of points, width of lines, in pixels.
    is_dashed
        True for a point whose size is unknown.
    short
        The name as it is printed on the map; empty if the map does not name the feature.
    markers
        Ids of the points that the feature is named for, such as the schools of a zone.
    """

    id: str
    name: str
    states: Mapping[str, FeatureState]
    size: float = 0.0
    is_dashed: bool = False
    short: str = ""
    markers: tuple[str, ...] = ()


class Shapes:
    """Geometries that are made at first use, because a page needs none of them."""

    def __init__(self, load: Callable[[], NDArray[np.object_]]) -> None:
        self._load = load

    def __reduce__(self) -> tuple[Callable[[bytes], "Shapes"], tuple[bytes]]:
        """Pickle the geometries, not the function that loads them."""
        return _loaded, (shapely.to_wkb(shapely.geometrycollections(self.array)),)

    @cached_property
    def array(self) -> NDArray[np.object_]:
        """Return a shape per feature, or per line of streets: WGS 84, simplified for display."""
        return self._load()


@lru_cache(maxsize=64)
def _loaded(packed: bytes) -> Shapes:
    """Return the shapes that another process sent; the same bytes give the same object."""
    array = np.asarray(shapely.get_parts(shapely.from_wkb(packed)), dtype=object)
    return Shapes(lambda: array)


NO_SHAPES = Shapes(lambda: np.array([], dtype=object))


@dataclass(frozen=True)
class Layer:
    """Features of the same kind, drawn and switched together.

    Attributes
    ----------
    kind
        ``polygons``, ``points``, ``lines``, ``streets`` (context without cards), ``tiles``,
        ``background`` (the ground beneath all others, without cards).
    has_frames
        True if the states depend on the chosen frame.
    is_on
        False if the reader must switch the layer on.
    url
        Address of the tiles; empty for other kinds.
    most_seats
        Seats of the largest point, where points are sized by seats; else 0.
    """

    id: str
    title: str
    kind: str
    features: tuple[Feature, ...] = ()
    shapes: Shapes = NO_SHAPES
    has_frames: bool = False
    is_on: bool = True
    url: str = ""
    most_seats: float = 0.0
