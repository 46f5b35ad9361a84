"""The labels of a map: names and values, their positions, and the list of other names."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import shapely

from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.layers import POINTS, POLYGONS, Feature, Layer
from geoservice.cartography.picture.arrows import along, shaft, tip
from geoservice.cartography.picture.label_plan import LabelPlan, ListedName, MapLabel
from geoservice.cartography.picture.label_search import PlacedLabel, place_labels
from geoservice.cartography.picture.map_marks import MOST_LETTERS
from geoservice.cartography.picture.name_forms import name_forms
from geoservice.cartography.picture.orientation import arrow_box, scale_bar_of
from geoservice.cartography.picture.placement import (
    Label,
    Markers,
    Rect,
    Room,
)
from geoservice.cartography.picture.scene import Scene
from geoservice.cartography.picture.shapes import in_metres, stands
from geoservice.cartography.picture.shown_frames import frames_of_picture
from geoservice.cartography.picture.text import clean, is_tint

Listing = Literal["all", "ends", "none"]
"""Which names may become numbers: all, those of the ends of a ranked map, or none."""
_LAST = 100
"""Rank of labels that are placed after all others."""
_BY_LEGEND = ("forecast", "ratings")
"""Kinds of maps whose labels are placed by the order of their legend."""
_MOST = 0.9
"""Values of hexagons are printed where this share of them has room, else none of them."""
ENDS = 8
"""So many of the largest and of the smallest values of a ranked map are listed."""


def label_plan(scene: Scene, listing: Listing) -> LabelPlan:
    """Return the labels of a map; names without room become numbers that a list explains."""
    source = _Labels(scene, listing)
    labels, sheet = list(source.labels()), scene.sheet
    limits = (sheet.left, sheet.bottom, sheet.right, sheet.top)
    room = Room(limits, sheet.inch, sheet.points, source.markers, tuple(source.blocked))
    placed = place_labels([item.label for item in labels], room)
    if len([item for item in placed if item.index in source.tiles]) < len(source.tiles) * _MOST:
        labels = [item for index, item in enumerate(labels) if index not in source.tiles]
        placed = place_labels([item.label for item in labels], room)
    seen = sum(
        sheet.left < item.label.place[0] < sheet.right
        and sheet.bottom < item.label.place[1] < sheet.top
        for item in labels
        if not item.label.is_context
    )
    listed, numbers = _numbered(scene, labels, placed) if listing != "none" else ([], {})
    placed = [replace(item, text=numbers.get(item.index, item.text)) for item in placed]
    measured = sum(not labels[item.index].label.is_context for item in placed)
    named = {item.index for item in placed if labels[item.index].name_stands_in(item.text)}
    unnamed = sum(
        bool(item.name) and not item.label.is_context and index not in named
        for index, item in enumerate(labels)
    )
    return LabelPlan(labels, placed, listed, max(0, seen - measured), unnamed)


def _numbered(
    scene: Scene, labels: Sequence[MapLabel], placed: Sequence[PlacedLabel]
) -> tuple[list[ListedName], dict[int, str]]:
    """Return the rows of the list and the number of each label, sorted by name or by rank.

    The list has the first and last units of a ranked map, even if the map shows their names.
    """
    rank = {feature_id: index for index, feature_id in enumerate(scene.drawing.ranked)}
    is_numbered = {item.index: item.is_number for item in placed}
    listed = [
        index
        for index, item in enumerate(labels)
        if is_numbered.get(index) or _is_end(rank, item.feature_id)
    ]
    listed.sort(key=lambda index: _order(labels[index], rank))
    numbered = [index for index in listed if is_numbered.get(index)]
    numbers = {index: str(number) for number, index in enumerate(numbered, 1)}
    rows = [
        ListedName(
            numbers.get(index, ""),
            labels[index].name,
            labels[index].value,
            labels[index].feature_id,
        )
        for index in listed
    ]
    return rows, numbers


def _is_end(rank: dict[str, int], feature_id: str) -> bool:
    """Return True for the largest and smallest values of a ranked map."""
    place = rank.get(feature_id)
    return place is not None and (place < ENDS or place >= len(rank) - ENDS)


def _order(item: MapLabel, rank: dict[str, int]) -> tuple[int, str, str]:
    return rank.get(item.feature_id, len(rank)), item.name, item.feature_id


class _Labels:
    """Collects the labels of a scene, the markers around them, and boxes without labels."""

    def __init__(self, scene: Scene, listing: Listing) -> None:
        self.scene, self.listing = scene, listing
        self.rank = {feature_id: index for index, feature_id in enumerate(scene.drawing.ranked)}
        self.blocked = list(_orientation(scene))
        self.first_marker: dict[str, int] = {}
        self.shafts: dict[str, tuple[int, ...]] = {}
        self.tiles: set[int] = set()
        self.markers = self._markers()
        self.marker_of = {
            feature.id: self.first_marker[layer_id] + place
            for layer_id, marks in scene.marks.items()
            for place, feature in enumerate(marks.layer.features)
        }
        most_numbers = max((len(layer.features) for layer in scene.layers), default=0)
        # Some names have room, so that fewer features become numbers.
        self.number = "0" * len(str(max(int(most_numbers * 0.9), 10)))

    def _markers(self) -> Markers:
        places, radii, count = [], [], 0
        for layer_id, marks in self.scene.marks.items():
            self.first_marker[layer_id] = count
            count += len(marks.places)
            places.append(marks.places)
            radii.append(marks.radii * self.scene.sheet.inch)
        for layer in self.scene.layers:
            if layer.kind == POLYGONS and self._has_arrows(layer):
                arrows = in_metres(layer.shapes, self.scene.drawing.metric_crs)
                for feature, arrow in zip(layer.features, arrows, strict=True):
                    middle, half_widths = shaft(arrow)
                    self.shafts[feature.id] = tuple(range(count, count + len(middle)))
                    count += len(middle)
                    places.append(middle)
                    radii.append(half_widths)
                    self.blocked.append(tip(arrow))
        if not places:
            return Markers()
        return Markers(np.vstack(places), np.concatenate(radii))

    def labels(self) -> Iterator[MapLabel]:
        """All labels, layer by layer; notes which ones are values of hexagons."""
        count = 0
        for layer in self.scene.layers:
            for label in self._of_layer(layer):
                if layer.id == "hexagons":
                    self.tiles.add(count)
                yield label
                count += 1

    def _of_layer(self, layer: Layer) -> Iterator[MapLabel]:
        if layer.kind == POLYGONS and self.scene.drawing.definition.labels != "none":
            yield from self._of_shapes(layer)
        elif layer.kind == POINTS and len(layer.features) <= MOST_LETTERS:
            yield from self._of_points(layer)

    def _of_shapes(self, layer: Layer) -> Iterator[MapLabel]:
        metric_crs = self.scene.drawing.metric_crs
        shapes, inner = in_metres(layer.shapes, metric_crs), stands(layer.shapes, metric_crs)
        is_context = not layer.has_frames and layer.id == "areas"
        has_hexagons = self.scene.drawing.definition.kind == "hexagons"
        may_number = layer.id != "areas" or (self._has_areas_alone() and not has_hexagons)
        for feature, shape, (x, y) in zip(layer.features, shapes, inner, strict=True):
            name, value = self._said(layer, feature)
            number = self._number(feature, name) if may_number else ""
            forms = self._forms(name, value, number, is_context=is_context)
            if not forms or shape.is_empty:
                continue
            if self._has_arrows(layer):
                own = self.shafts[feature.id]
                label = Label(forms, (float(x), float(y)), way=along(shape), markers=own)
                yield MapLabel(label, feature.id, name, value)
                continue
            label = Label(
                forms,
                (float(x), float(y)),
                shape,
                markers=self._own(feature, shape),
                number=number,
                is_context=is_context,
                rank=self._context_rank() if is_context else self._priority(layer, feature),
            )
            is_quiet = is_context and not has_hexagons
            yield MapLabel(label, feature.id, name, value, self._face(layer, feature), is_quiet)

    def _priority(self, layer: Layer, feature: Feature) -> int:
        """Return when a measured label is placed: what the question asks for comes first.

        These are the best ratings, and the largest changes of a forecast.
        """
        kind, key = self.scene.drawing.definition.kind, self.scene.state(layer, feature).key
        legend = self.scene.frame.legend if kind == "forecast" else self.scene.drawing.legend
        keys = [entry.key for entry in legend if not entry.is_quiet]
        if kind not in _BY_LEGEND or key not in keys:
            return 1
        place = keys.index(key)
        return 1 + (min(place, len(keys) - 1 - place) if kind == "forecast" else place)

    def _context_rank(self) -> int:
        """Return when the name of an area is placed: last, but before names of schools.

        The finding of a map of schools names areas, and a school without room becomes a number.
        """
        return _LAST if self._has_areas_alone() else 0

    def _of_points(self, layer: Layer) -> Iterator[MapLabel]:
        marks = self.scene.marks[layer.id]
        for index, (feature, (x, y)) in enumerate(zip(layer.features, marks.places, strict=True)):
            name, value = self._said(layer, feature)
            value, number = value if layer.has_frames else "", self._number(feature, name)
            forms = tuple(name_forms(name, value)) if name else ()
            if forms:
                own = (self.first_marker[layer.id] + index,)
                rank = 0 if self._changes(feature) else self._priority(layer, feature)
                label = Label(forms, (float(x), float(y)), markers=own, number=number, rank=rank)
                yield MapLabel(label, feature.id, name, value)

    def _changes(self, feature: Feature) -> bool:
        """Return True of a feature whose value differs between the maps of the picture."""
        frames = frames_of_picture(self.scene.drawing)
        return (
            len({feature.states[frame.id].label for frame in frames if frame.id in feature.states})
            > 1
        )

    def _said(self, layer: Layer, feature: Feature) -> tuple[str, str]:
        """Return the name and the value of a label; either may be empty."""
        name, text = clean(feature.short), clean(self.scene.state(layer, feature).label)
        full_name = clean(feature.name)
        if not layer.has_frames and name:
            return name, text.removeprefix(full_name).strip() if layer.kind == POLYGONS else ""
        return name, text

    def _number(self, feature: Feature, name: str) -> str:
        """Return the widest number that can replace the name; empty if no number may."""
        is_listed = self.listing == "all" or _is_end(self.rank, feature.id)
        return self.number if name and is_listed and self.listing != "none" else ""

    def _forms(self, name: str, value: str, number: str, *, is_context: bool) -> tuple[str, ...]:
        """Return the wordings: a measured value stands alone where its name has no room.

        A name around the measured features stands alone where its value has no room.
        """
        if not name:
            return (value,) if value else ()
        forms = name_forms(name, value)
        if not value or number:
            return tuple(forms)
        return (*forms, *name_forms(name)) if is_context else (*forms, value)

    def _own(self, feature: Feature, shape: shapely.Geometry) -> tuple[int, ...]:
        """Return the markers within a shape that it is named for."""
        own = [self.marker_of[name] for name in feature.markers if name in self.marker_of]
        places = self.markers.places
        return tuple(index for index in own if shapely.contains_xy(shape, *places[index]))

    def _face(self, layer: Layer, feature: Feature) -> str:
        entry = self._entry(layer, feature)
        is_plain = entry is None or entry.mark == "line" or entry.hatch or is_tint(entry.colour)
        return "" if entry is None or is_plain else entry.colour

    def _entry(self, layer: Layer, feature: Feature) -> LegendEntry | None:
        return self.scene.look(layer)(feature)

    def _has_arrows(self, layer: Layer) -> bool:
        return self.scene.drawing.definition.kind == "flows" and layer.has_frames

    def _has_areas_alone(self) -> bool:
        """True if the map names only areas."""
        return not any(
            feature.short for marks in self.scene.marks.values() for feature in marks.layer.features
        )


def _orientation(scene: Scene) -> Iterator[Rect]:
    """Yield the boxes of north arrow and scale bar."""
    sheet = scene.sheet
    if scene.has_scale:
        yield arrow_box(sheet.right, sheet.top, sheet.inch)
        corner = sheet.left, sheet.bottom
        yield scale_bar_of(*corner, sheet.box.width, sheet.inch, sheet.least_points).box
