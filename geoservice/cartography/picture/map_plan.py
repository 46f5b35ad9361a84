"""The plan of a picture's only map: the places of its labels, and the room for their list."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.label_plan import LabelPlan
from geoservice.cartography.picture.layout import Box, Layout
from geoservice.cartography.picture.legend import fitted_legend
from geoservice.cartography.picture.map_labels import Listing, label_plan
from geoservice.cartography.picture.name_list import has_room, layout_with_list
from geoservice.cartography.picture.scene import Scene
from geoservice.cartography.picture.sheet import sheet_of
from geoservice.cartography.picture.shown_frames import frames_of_picture

_CROWDED = ((0.65, 1.7),)
"""Size of marks and their distance in the trials of a map on which some labels have no room."""
_MOST_TRIALS = 4
_LEAST_SHARES = (0.6, 0.45)
"""The least shares of its scale that a map keeps beside a list, in the trials."""


@dataclass(frozen=True, eq=False)
class PlannedMap:
    """A map with the places of its labels, and the layout that leaves room for their list."""

    layout: Layout
    scene: Scene
    labels: LabelPlan


def planned_map(drawing: Drawing, layout: Layout) -> PlannedMap:
    """Return the only map of a picture with its labels.

    Names without space are in a list. If a full list would make the map too small, a ranked map
    lists only the first and last units. Marks become smaller if this lets more features have a
    name. A list takes the place of the panel.
    """
    planned = _planned_beside(drawing, layout)
    is_named = not (planned.labels.listed or planned.labels.unnamed)
    if layout.panel is None or is_named:
        return planned
    wider = _planned_beside(drawing, layout.without_panel())
    is_better = wider.labels.listed or wider.labels.unnamed < planned.labels.unnamed
    return wider if is_better else planned


def _planned_beside(drawing: Drawing, layout: Layout) -> PlannedMap:
    """Return the map beside the list of its names, where it has one."""
    spare = cache(lambda has_unprinted: fitted_legend(layout, drawing, 10 * has_unprinted).rooms)
    trials: list[tuple[Listing, float]] = [("all", share) for share in _LEAST_SHARES]
    if drawing.ranked:
        trials = [(listing, _LEAST_SHARES[0]) for listing in ("all", "ends")]
    for listing, least_share in trials:
        search = _ListSearch(drawing, listing, spare, least_share)
        planned = search.with_fewest_unprinted(layout)
        if planned is not None:
            return planned
    return _planned(drawing, layout, "none")


@dataclass(frozen=True)
class _ListSearch:
    """The search for a map with a list of its names.

    Attributes
    ----------
    spare
        Gives what the legend leaves of its columns, with or without a sentence on labels without
        room.
    least_share
        The least share of its scale that the map keeps.
    """

    drawing: Drawing
    listing: Listing
    spare: Callable[[bool], tuple[Box, ...]]
    least_share: float

    def with_fewest_unprinted(self, layout: Layout) -> PlannedMap | None:
        """Return the best map beside its list, with smaller marks where labels have no room."""
        planned = self._with_list(layout)
        for marks, spacing in _CROWDED:
            if planned is None or not any(_faults(planned)):
                return planned
            crowded = replace(layout, marks=layout.marks * marks, spacing=spacing)
            other = self._with_list(crowded)
            if other is not None and _faults(other) < _faults(planned):
                planned = other
        return planned

    def _with_list(self, layout: Layout) -> PlannedMap | None:
        """Return the map beside its list; None where the list leaves too little room.

        A legend that says how many labels have no room leaves less room to the list below it.
        """
        planned = self._best_trial(layout, has_note=False)
        if planned is None or not planned.labels.missing:
            return planned
        return self._best_trial(layout, has_note=True)

    def _best_trial(self, layout: Layout, *, has_note: bool) -> PlannedMap | None:
        """Return the trial with the fewest labels without room.

        The list makes the map smaller, which may make the list longer.
        """
        planned = _planned(self.drawing, layout, self.listing)
        possible = []
        for _ in range(_MOST_TRIALS):
            labels = planned.labels
            if has_room(self.drawing, planned.layout, labels.listed):
                possible.append(planned)
                if not labels.unprinted:
                    break
            if not labels.listed:
                break
            spare = self.spare(has_note)
            with_list = layout_with_list(
                self.drawing, layout, labels.listed, spare, self.least_share
            )
            if with_list is None or with_list == planned.layout:
                break
            planned = _planned(self.drawing, with_list, self.listing)
        if planned.layout.names:
            possible.append(_cut(self.drawing, planned))
        return min(possible, key=_faults, default=None)


def _faults(planned: PlannedMap) -> tuple[int, int]:
    return planned.labels.missing, planned.labels.outside


def _cut(drawing: Drawing, planned: PlannedMap) -> PlannedMap:
    """Return the map without the numbers whose names have no room in its list.

    Labels that were placed last leave the list first.
    """
    labels = planned.labels
    rank = {item.feature_id: item.label.rank for item in labels.labels}
    listed = sorted(labels.listed, key=lambda name: rank[name.feature_id])
    while listed and not has_room(drawing, planned.layout, listed):
        listed.pop()
    return replace(planned, labels=labels.without(set(labels.listed) - set(listed)))


def _planned(drawing: Drawing, layout: Layout, listing: Listing) -> PlannedMap:
    frame = frames_of_picture(drawing)[0]
    scene = Scene(drawing, frame, sheet_of(drawing, layout, layout.map))
    return PlannedMap(layout, scene, label_plan(scene, listing))
