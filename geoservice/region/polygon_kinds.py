"""What kind of layer a file of polygons is: attendance zones, areas, planning blocks, parcels."""

import re
from collections.abc import Mapping, Sequence

from geoservice.region.columns import Column
from geoservice.region.draft_kinds import Kind, SchoolKeys, names_address
from geoservice.region.known_fields import field_readings

_ZONE = re.compile(
    r"zone|attend|catchment|boundar|feeder|elem|middle|high|secondary|school_?area|sabs|(?:^|[^a-z])[emh]s(?:[^a-z]|$)",
    re.IGNORECASE,
)
_NO_ZONE = re.compile(
    r"neighbo|ward|tract|block_?group|zip|zcta|council|precinct|county|school_?district|_(?:unsd|elsd|scsd)|parcel",
    re.IGNORECASE,
)
_GROUND = re.compile(
    r"(?<![a-z])(?:rivers?|water\w*|lakes|hydro\w*|streams?|creeks?|parks|rail\w*|buildings?|footprints?|"
    r"contours?|flood\w*|soils?|zoning|land_?use)(?![a-z])",
    re.IGNORECASE,
)
_WALK = re.compile(r"(?<![a-z])walk", re.IGNORECASE)
_BLOCK = re.compile(r"planning_?(?:block|unit|area|segment)|segments?|study_?areas?", re.IGNORECASE)
_MACHINE = re.compile(r"global_?id|guid|uuid|^shape|_user$|_date$|edit", re.IGNORECASE)
"""Columns that programs fill."""
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
    name: str, columns: Sequence[Column], schools: SchoolKeys, rows: int
) -> list[Kind]:
    """Zones, areas, planning blocks or parcels; several kinds where polygons serve several ends."""
    addresses = field_readings("addresses", columns)
    speaks_of_zones = bool(_ZONE.search(name))
    if names_address(addresses[0]) and not speaks_of_zones and rows >= _FEWEST_PARCELS:
        return [Kind("addresses", addresses, remark="The middle of each parcel is its place.")]
    if _GROUND.search(name) and not speaks_of_zones:
        return [Kind(None, reason="it looks like ground for maps, not like zones or areas")]
    if _WALK.search(name):
        return [Kind(None, reason="walk zones are no attendance zones")]
    zones = _zone_kinds(name, columns, schools)
    blocks = field_readings("blocks", columns)[0]
    if _BLOCK.search(name) and "id" in blocks:
        return [*zones, Kind("blocks", (blocks,))]
    return zones or [_area_kind(columns)]


def _zone_kinds(name: str, columns: Sequence[Column], schools: SchoolKeys) -> list[Kind]:
    """The sets of zones of a file, one for each level that it names schools of; often none."""
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


def _zones(fields: dict[str, str], level: str | None) -> Kind:
    used = {ours: theirs for ours, theirs in fields.items() if ours != "name" or theirs != fields["school_id"]}  # fmt: skip
    grades = {"elementary": "TK-05", "middle": "06-08", "high": "09-12"}.get(level or "")
    return Kind("zones", (used,), grades=None if "grades" in fields else grades, level=level)


def _level_columns(columns: Sequence[Column]) -> dict[str, Column]:
    """The column that names the school of each level: the id, and the latest year of several."""
    found: dict[str, Column] = {}
    for level, pattern in _LEVELS.items():
        named = [
            column for column in columns
            if pattern.fullmatch(column.name) and not column.is_empty
        ]  # fmt: skip
        named.sort(key=lambda column: (_is_name(column), -_year_in(column)))
        if named:
            found[level] = named[0]
    return found


def _is_name(column: Column) -> bool:
    return bool(re.search("NAME|NM", column.name, re.IGNORECASE))


def _year_in(column: Column) -> int:
    """The year that a column's name ends in, such as 2016 or 1516; 0 where it has none."""
    year = re.search(r"\d{4}$", column.name)
    return int(year[0]) if year else 0


def _names_levels(levels: Mapping[str, Column], joined: Column, schools: SchoolKeys) -> bool:
    """Whether the joined column is that of a level, or each level's column names schools too."""
    if any(pattern.fullmatch(joined.name) for pattern in _LEVELS.values()):
        return True
    return all(schools.share_of(column)[0] >= _HALF for column in levels.values())


def _level_in(name: str) -> str | None:
    words = re.split(r"[^a-z]+", name.lower())
    for level, starts in {
        "elementary": ("elem", "primary"), "middle": ("middle", "intermediate", "junior"),
        "high": ("high", "senior"),
    }.items():  # fmt: skip
        short = f"{level[0]}s"
        if any(word.startswith(starts) or word == short for word in words):
            return level
    return None


def _joined_column(columns: Sequence[Column], schools: SchoolKeys) -> Column | None:
    """The column whose cells are mostly ids or names of the region's schools."""
    shares = [(schools.share_of(column), column) for column in columns if column.distinct > 1]
    best = max(shares, key=lambda pair: sum(pair[0]), default=((0.0, 0.0), None))
    return best[1] if best[0][0] >= _HALF else None


def _area_kind(columns: Sequence[Column]) -> Kind:
    """Areas by the columns that name most of the polygons."""
    able = [
        column
        for column in columns
        if len(column.values) >= _HALF * len(column.sample) and not _MACHINE.search(column.name)
    ]
    fields = field_readings("areas", able)[0]
    if "name" not in fields:
        words = [column for column in able if column.letters >= _HALF]
        telling = [column for column in words if column.distinct > len(column.values) / 2]
        if telling:
            fields["name"] = telling[0].name
    keys = [column for column in able if column.is_key and not _COUNTER.search(column.name)]
    if not fields and keys:
        fields["id"] = keys[0].name
    if not fields or _COUNTER.search(fields.get("name", fields.get("id", ""))):
        return Kind(None, reason="no column names its polygons")
    return Kind("areas", (fields,))
