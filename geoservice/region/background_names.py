"""Recognition of background files by their names: `river.shp`, `tl_2024_06075_areawater.zip`."""

import re
from collections.abc import Mapping, Sequence

from geoservice.model.background import DIMENSIONS, PARKS, PLACES, POLYGON, RAILWAYS, WATER
from geoservice.region.columns import FileColumn
from geoservice.region.draft_kinds import LayerKind
from geoservice.region.known_fields import field_readings

_WORDS: Mapping[str, re.Pattern[str]] = {
    kind: re.compile(rf"(?<![a-z])(?:{words})(?![a-z])", re.IGNORECASE)
    for kind, words in {
        WATER: r"rivers?|(?:area|linear)?water(?:s|ways?|bod(?:y|ies)|courses?|_?areas?)?|lakes?|"
        r"hydro(?:graphy)?\w*|nhd\w*|streams?|creeks?|bays?|oceans?|reservoirs?|"
        r"canals?|shorelines?",
        PARKS: r"(?:city|county|state|regional)?parks(?:_?lands?|_?and_?rec\w*)?|park(?=[\d_ -]*$)|"
        r"open_?space|green_?space|arealm|forests?|preserves?",
        RAILWAYS: r"(?:rails?|rail_?roads?|rail_?ways?|trains?)(?:_?(?:lines?|tracks?))?",
        PLACES: r"place_?names?|places|populated_?places?|towns|gnis\w*|localities|hamlets",
    }.items()
}
_OTHER = re.compile(
    r"neighbo|ward|tract|block|zip|council|precinct|district|parcel|"
    r"(?<!rail)(?<!rail_)road|street|address|school",
    re.IGNORECASE,
)
"""Words of files that are named for a lake or a park, such as `lake_county_roads.shp`."""
_PARK_CLASSES = "MTFCC LIKE 'K218%' OR MTFCC = 'K2190'"
"""Parks and forests among the area landmarks of the Census Bureau, by its feature classes."""


def background_kind(name: str, dimension: int, columns: Sequence[FileColumn]) -> LayerKind | None:
    """Return the kind of a background layer; None if the name does not indicate background.

    Parameters
    ----------
    name
        The names of file and layer.
    dimension
        Dimension of the layer's shapes, as in `model.background.DIMENSIONS`.
    columns
        The columns of the layer.
    """
    kinds = [
        kind
        for kind, words in _WORDS.items()
        if dimension in DIMENSIONS[kind] and words.search(name)
    ]
    # Polygons of places are cities and towns, which are areas.
    is_area = kinds == [PLACES] and dimension == POLYGON
    if not kinds or is_area or _OTHER.search(name):
        return None
    fields = field_readings("background", columns)[0]
    is_landmarks = kinds[0] == PARKS and "arealm" in name.lower()
    where = _PARK_CLASSES if is_landmarks and _has_classes(columns) else ""
    return LayerKind("background", (fields,), ground=kinds[0], where=where)


def _has_classes(columns: Sequence[FileColumn]) -> bool:
    return any(column.name == "MTFCC" for column in columns)
