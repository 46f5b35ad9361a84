"""A frame of a drawing on a sheet: its layers, their looks and their marks."""

from dataclasses import dataclass
from functools import cached_property

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.layers import ONLY, POINTS, Feature, FeatureState, Layer
from geoservice.cartography.picture.map_marks import Look, PlacedMarks, placed_marks
from geoservice.cartography.picture.sheet import Sheet


@dataclass(frozen=True, eq=False)
class Scene:
    """The content of a map of a picture.

    Attributes
    ----------
    is_single
        False of a map among those of several years.
    has_scale
        True if north arrow and scale bar stand on the map.
    """

    drawing: Drawing
    frame: Frame
    sheet: Sheet
    is_single: bool = True
    has_scale: bool = True

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that are on and have features, the lowest first."""
        return tuple(layer for layer in self.drawing.layers if layer.is_on and layer.features)

    @cached_property
    def entries(self) -> dict[str, LegendEntry]:
        """The entries of the legend by key."""
        return {entry.key: entry for entry in (*self.frame.legend, *self.drawing.legend)}

    @cached_property
    def marks(self) -> dict[str, PlacedMarks]:
        """The marks of layers of points, by the layer's id."""
        return {
            layer.id: placed_marks(layer, self.drawing, self.sheet, self.look(layer))
            for layer in self.layers
            if layer.kind == POINTS
        }

    def state(self, layer: Layer, feature: Feature) -> FeatureState:
        """Return the state of a feature in the frame."""
        return feature.states.get(self.frame.id if layer.has_frames else ONLY, FeatureState(""))

    def look(self, layer: Layer) -> Look:
        """Return the function that gives the look of the layer's features."""
        return lambda feature: self.entries.get(self.state(layer, feature).key)
