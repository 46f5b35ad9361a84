"""The kind of a polygon layer: attendance zones, areas, planning blocks or parcels."""

import re
from collections.abc import Mapping, Sequence

from geoservice.model.background import POLYGON
from geoservice.region.background_names import background_kind
from geoservice.region.columns import FileColumn
from geoservice.region.draft_kinds import LayerKind, NormalizedSchools, names_address
from geoservice.region.known_fields import field_readings

_ZONE = re.compile(
    r"zone|attend|catchment|boundar|feeder|elem|middle|high|secondary|school_?area|sabs"
    r"|(?:^|[^a-z])[emh]s(?:[^a-z]|$)",
    re.IGNORECASE,
)
_NO_ZONE = re.compile(
    r"neighbo|ward|tract|block_?group|zip|zcta|council|precinct|county|school_?district"
    r"|_(?:unsd|elsd|scsd)|parcel",
    re.IGNORECASE,
)
_GROUND = re.compile(
    r"(?<![a-z])(?:buildings?|footprints?|contours?|flood\w*|soils?|zoning|land_?use)(?![a-z])",
    re.IGNORECASE,
)
_WALK = re.compile(r"(?<![a-z])walk", re.IGNORECASE)
_BLOCK = re.compile(r"planning_?(?:block|unit|area|segment)|segments?|study_?areas?", re.IGNORECASE)
_MACHINE = re.compile(r"global_?id|guid|uuid|^shape|_user$|_date$|edit", re.IGNORECASE)
"""Columns that GIS programs add."""
_COUNTER = re.compile(r"^(?:object_?id|fid|oid_?|gid)", re.IGNORECASE)
_FEWEST_PARCELS = 5
_HALF = 0.5
_LEVEL_WORD = (
    r"(?:_?(?:SCH(?:OOL|OO|L)?|NAME|ZONE|ATT\w*|BDY|BOUNDARY|CODE|ID|NUM(?:BER)?|NO|NM|\d+))*"
)
_LEVELS: Mapping[str, re.Pattern[str]] = {
    "elementary": re.compile(rf"(?:ES|ELEM(?:ENTARY)?|ELM|PRIMARY){_LEVEL_WORD}", re.IGNORECASE),
    "middle": re.compile(rf"(?:MS|MID(?:DLE|D)?|JH|JR_?HIGH){_LEVEL_WORD}", re.IGNORECASE),
    "high": re.compile(rf"(?:HS|HIGH|SR_?HIGH){_LEVEL_WORD}", re.IGNORECASE),
}


def polygon_kinds(
    name: str, columns: Sequence[FileColumn], schools: NormalizedSchools, rows: int
) -> list[LayerKind]:
    """Return the kinds of a polygon layer; several if it has several uses."""
    addresses = field_readings("addresses", columns)
    speaks_of_zones = bool(_ZONE.search(name))
    if names_address(addresses[0]) and not speaks_of_zones and rows >= _FEWEST_PARCELS:
        return [
            LayerKind("addresses", addresses, remark="The center of each parcel is its position.")
        ]
    background = background_kind(name, POLYGON, columns)
    if background is not None and not speaks_of_zones:
        return [background]
    if _GROUND.search(name) and not speaks_of_zones:
        return [LayerKind(None, reason="it looks like a basemap layer, not like zones or areas")]
    if _WALK.search(name):
        return [LayerKind(None, reason="walk zones are not attendance zones")]
    zones = _zone_kinds(name, columns, schools)
    blocks = field_readings("blocks", columns)[0]
    if _BLOCK.search(name) and "id" in blocks:
        return [*zones, LayerKind("blocks", (blocks,))]
    return zones or [_area_kind(columns)]


def _zone_kinds(
    name: str, columns: Sequence[FileColumn], schools: NormalizedSchools
) -> list[LayerKind]:
    """Return the zone sets of a layer, one for each level with a school column."""
    levels = _level_columns(columns)
    zones = field_readings("zones", columns)[0]
    joined = _joined_column(columns, schools)
    named = [column for column in columns if column.school_names >= _HALF]
    is_denied = bool(_NO_ZONE.search(name))
    by_level = joined is None or _BLOCK.search(name) or _names_levels(levels, joined, schools)
    if len(levels) > 1 and by_level:
        return [_zones({"school_id": column.name}, level) for level, column in levels.items()]
    speaks_of_zones = bool(_ZONE.search(name) or named) and not is_denied
    if joined is not None and not is_denied:
        zones = {**zones, "school_id": joined.name}
    elif not speaks_of_zones and not levels:
        return []
    if joined is None and named and "school_id" not in zones:
        zones = {**zones, "school_id": named[0].name}
    if "school_id" not in zones:
        return []
    return [_zones(zones, next(iter(levels), None) or _level_in(name))]


def _zones(fields: dict[str, str], level: str | None) -> LayerKind:
    used = {
        ours: theirs
        for ours, theirs in fields.items()
        if ours != "name" or theirs != fields["school_id"]
    }
    grades = {"elementary": "TK-05", "middle": "06-08", "high": "09-12"}.get(level or "")
    return LayerKind("zones", (used,), grades=None if "grades" in fields else grades, level=level)


def _level_columns(columns: Sequence[FileColumn]) -> dict[str, FileColumn]:
    """Return the school column of each level: ids before names, the latest year first."""
    level_columns: dict[str, FileColumn] = {}
    for level, pattern in _LEVELS.items():
        named = [
            column for column in columns if pattern.fullmatch(column.name) and not column.is_empty
        ]
        named.sort(key=lambda column: (_is_name(column), -_year_in(column)))
        if named:
            level_columns[level] = named[0]
    return level_columns


def _is_name(column: FileColumn) -> bool:
    return bool(re.search("NAME|NM", column.name, re.IGNORECASE))


def _year_in(column: FileColumn) -> int:
    """Return the year at the end of a column name, such as 2016 or 1516; 0 without a year."""
    year = re.search(r"\d{4}$", column.name)
    return int(year[0]) if year else 0


def _names_levels(
    levels: Mapping[str, FileColumn], joined: FileColumn, schools: NormalizedSchools
) -> bool:
    """Return whether the joined column belongs to a level, or all level columns match schools."""
    if any(pattern.fullmatch(joined.name) for pattern in _LEVELS.values()):
        return True
    return all(schools.share_of(column)[0] >= _HALF for column in levels.values())


def _level_in(name: str) -> str | None:
    words = re.split(r"[^a-z]+", name.lower())
    for level, starts in {
        "elementary": ("elem", "primary"),
        "middle": ("middle", "intermediate", "junior"),
        "high": ("high", "senior"),
    }.items():
        short = f"{level[0]}s"
        if any(word.startswith(starts) or word == short for word in words):
            return level
    return None


def _joined_column(columns: Sequence[FileColumn], schools: NormalizedSchools) -> FileColumn | None:
    """Return the column with mostly ids or names of the region's schools."""
    shares = [(schools.share_of(column), column) for column in columns if column.distinct > 1]
    best = max(shares, key=lambda pair: sum(pair[0]), default=((0.0, 0.0), None))
    return best[1] if best[0][0] >= _HALF else None


def _area_kind(columns: Sequence[FileColumn]) -> LayerKind:
    """Return the kind of an area layer, from columns that identify most polygons."""
    usable = [
        column
        for column in columns
        if len(column.values) >= _HALF * len(column.sample) and not _MACHINE.search(column.name)
    ]
    fields = field_readings("areas", usable)[0]
    if "name" not in fields:
        words = [column for column in usable if column.letters >= _HALF]
        telling = [column for column in words if column.distinct > len(column.values) / 2]
        if telling:
            fields["name"] = telling[0].name
    keys = [column for column in usable if column.is_key and not _COUNTER.search(column.name)]
    if not fields and keys:
        fields["id"] = keys[0].name
    if not fields or _COUNTER.search(fields.get("name", fields.get("id", ""))):
        return LayerKind(None, reason="no column identifies its polygons")
    return LayerKind("areas", (fields,))
