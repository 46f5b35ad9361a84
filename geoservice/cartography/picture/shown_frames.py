"""The frames of a drawing that its picture shows: a map for each."""

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import Frame


def frames_of_picture(drawing: Drawing) -> list[Frame]:
    """Return the frames with a map: today's and the proposed one, or the first and the last year.

    The picture of a forecast shows its last year alone. On more maps no name of a unit has room.
    """
    if drawing.definition.kind == "forecast":
        return [drawing.frame]
    if drawing.definition.kind == "scenario":
        return sorted(drawing.frames, key=lambda frame: frame.id != "today")
    by_year = frames_by_year(drawing)
    # A year without data has no ranking.
    with_data = [frame for frame in by_year if frame.ranking is not None] or by_year
    return [with_data[0], with_data[-1]] if len(with_data) > 1 else with_data


def frames_by_year(drawing: Drawing) -> list[Frame]:
    """Return the frames of the first view, the first year first."""
    shown = [frame for frame in drawing.frames if frame.view == drawing.frame.view]
    return sorted(shown, key=lambda frame: frame.year)
