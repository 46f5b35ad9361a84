"""Recognition of street name columns: a full name, or a column for each part."""

import re
from collections.abc import Mapping, Sequence

from geoservice.address.vocabulary import vocabulary
from geoservice.region.columns import FileColumn, is_called

PARTS = ("premod", "predir", "pretype", "presep", "type", "postdir", "postmod")
"""Parts of a street name other than the base name, in the order of writing."""
Names = Mapping[str, Sequence[str]]
"""Publishers' column names of each field, most specific first."""
NamingFields = dict[str, str]
_HALF, _NEARLY_ALL, _FEW = 0.5, 0.9, 0.2
_BEFORE = re.compile(
    r".*(?:PRE|PFX|PREF|PR\d).*|(?:.*_)?(?:PRD|PD|ADDRPD|STP|PRT|PT)|.*FDPRE|P_?DIR"
)
_BEHIND = re.compile(
    r".*(?:SUF|SFX|POS|QUAD|DIR2).*|(?:.*_)?(?:POD|SD|ADDRSD|STS)|.*(?:PDS|SUDI|POSTD)"
)
_DIRECTION = re.compile(r".*DIR.*|NEWS")
_TYPE = (re.compile(r".*TYPE?.*|STS"), re.compile(r".*(?:SUF|SFX|POS|DESIG|DES|_TP|MODE|STRTY).*"))
_NAME = re.compile(
    r".*(?:STREET|STREE|STRT|STRD|STR|ST|RD|ROAD|ADDR|ADD|SITUS|PARSED|GSS)"
    r"_?(?:NAME|NAM|NM|NME)_?\d?"
    r"|.*(?:PROP|SITUS|SITE|ADD|ADDR|AD|P|S)_?[A-Z]*STREET|S_?NAME|S?FEANME"
)
"""Usual names of columns for parts of a street name."""
_NO_PART = re.compile(
    r".*(?:FROM|TOTYP|PARITY|SIDE|CLASS|LEFT|RIGHT|STATE|STATUS|STRUC|UNIT|NUM|ADDNO|NBR).*"
)


def naming_fields(
    whole_field: str, names: Names, columns: Sequence[FileColumn]
) -> list[NamingFields]:
    """Return the possible mappings of the street name, most likely first; may be empty.

    Parameters
    ----------
    whole_field
        The field for a full name: ``street`` or ``full_name``.
    names
        Publishers' column names of each field.
    columns
        The columns of the file.
    """
    parts = _part_columns(whole_field, names, columns)
    used = {column.name for column in parts.values()}
    listed = (*names[whole_field], *names["name"])
    candidates = [column for column in _called(listed, columns) if column.name not in used]
    lacking = {column.name: _lacking(column, parts) for column in candidates}
    complete = [column for column in candidates if not lacking[column.name]]
    bare = [column for column in candidates if lacking[column.name]]
    full_names = [{whole_field: column.name} for column in _fullest(complete)]
    from_parts = [
        {"name": column.name} | {part: parts[part].name for part in lacking[column.name]}
        for column in _fullest(_called(names["name"], bare) or bare)
    ]
    return full_names + from_parts


def _lacking(full_name: FileColumn, parts: Mapping[str, FileColumn]) -> list[str]:
    """Return the parts that a name column lacks; if it lacks any, also empty part columns."""
    filled = [part for part in PARTS if part in parts and not parts[part].is_empty]
    lacking = {part for part in filled if not _holds(full_name, parts[part])}
    empty = {part for part in parts if parts[part].is_empty} if lacking else set()
    return [part for part in PARTS if part in lacking | empty]


def _called(names: Sequence[str], columns: Sequence[FileColumn]) -> list[FileColumn]:
    """Return columns that may name a street, in the order of the names they match."""
    usable = [column for column in columns if _may_name(column)]
    listed = [column for name in names for column in usable if is_called(column, name)]
    alike = [column for column in usable if _NAME.fullmatch(_plain(column))]
    by_cells = [column for column in usable if column.street_names >= _HALF]
    return list({column.name: column for column in listed or alike or by_cells}.values())


def _may_name(column: FileColumn) -> bool:
    return (
        not column.is_empty
        and column.whole_addresses < _HALF
        and column.directions < _HALF
        and column.street_types < _NEARLY_ALL
    )


def _fullest(columns: Sequence[FileColumn]) -> list[FileColumn]:
    """Return the first column with nearly as many filled cells as the fullest column."""
    fullest = max((len(column.values) for column in columns), default=0)
    return [column for column in columns if len(column.values) >= _NEARLY_ALL * fullest][:1]


def _part_columns(
    whole_field: str, names: Names, columns: Sequence[FileColumn]
) -> dict[str, FileColumn]:
    """Return the column of each name part; filled columns take precedence."""
    usable = [column for column in columns if not _NO_PART.fullmatch(_plain(column))]
    directions = [column for column in usable if column.directions >= _HALF]
    types = [column for column in usable if column.street_types >= _HALF]
    others = [
        column
        for column in usable
        if not column.is_empty and column.numbers < _HALF and column not in directions
    ]
    bases = _called((*names["name"], *names[whole_field]), columns)
    parts = _direction_columns(names, directions, bases, columns)
    closing = [column for column in types if column.closing_types >= _HALF]
    for part, pool in (("type", closing), ("pretype", types), ("pretype", others)):
        if part not in parts:
            free = [column for column in pool if column not in parts.values()]
            column = _named(names[part], free) or _typed(part, free)
            parts |= {part: column} if column else {}
    for part in ("premod", "presep", "postmod"):
        column = _named(names[part], [column for column in others if column not in parts.values()])
        parts |= {part: column} if column else {}
    empty = [column for column in usable if column.is_empty]
    for part in PARTS:
        column = None if part in parts else _named(names[part], empty)
        parts |= {part: column} if column else {}
    return parts


def _direction_columns(
    names: Names,
    directions: Sequence[FileColumn],
    bases: Sequence[FileColumn],
    columns: Sequence[FileColumn],
) -> dict[str, FileColumn]:
    """Return the columns of prefix and suffix directions."""
    parts: dict[str, FileColumn] = {}
    named = [
        column
        for column in directions
        if _BEFORE.fullmatch(_plain(column))
        or _BEHIND.fullmatch(_plain(column))
        or _DIRECTION.fullmatch(_plain(column))
        or _named((*names["predir"], *names["postdir"]), [column])
    ]
    for part, written in (("predir", _BEFORE), ("postdir", _BEHIND)):
        sure = [column for column in named if written.fullmatch(_plain(column))]
        column = _named(names[part], sure) or next(iter(sure), None)
        parts |= {part: column} if column else {}
    for column in named:
        if column not in parts.values():
            side = _side(column, bases, columns)
            opposite = "postdir" if side == "predir" else "predir"
            parts.setdefault(opposite if side in parts else side, column)
    return parts


def _side(direction: FileColumn, bases: Sequence[FileColumn], columns: Sequence[FileColumn]) -> str:
    """Return the part (``predir`` or ``postdir``) of a direction column with a vague name.

    Whole addresses in another column decide, else the order of the columns.
    """
    address_columns = [column for column in columns if column.whole_addresses >= _HALF]
    for address_column in address_columns:
        ends_with_direction = [
            _standard(text).split()[-1] == _standard(word)
            for text, word in zip(address_column.sample, direction.sample, strict=True)
            if text and word
        ]
        if ends_with_direction:
            return (
                "postdir" if sum(ends_with_direction) > len(ends_with_direction) / 2 else "predir"
            )
    order = [column.name for column in columns]
    behind = bool(bases) and order.index(direction.name) > order.index(bases[0].name)
    return "postdir" if behind else "predir"


def _typed(part: str, types: Sequence[FileColumn]) -> FileColumn | None:
    """Return the first column with a usual name for street types."""
    if part == "pretype":
        types = [column for column in types if _BEFORE.fullmatch(_plain(column))]
        types = [column for column in types if column.street_types >= _FEW]
    else:
        types = [column for column in types if not _BEFORE.fullmatch(_plain(column))]
    written = [column for name in _TYPE for column in types if name.fullmatch(_plain(column))]
    return next(iter(written), None)


def _named(names: Sequence[str], columns: Sequence[FileColumn]) -> FileColumn | None:
    return next((column for name in names for column in columns if is_called(column, name)), None)


def _holds(full_name: FileColumn, part: FileColumn) -> bool:
    """Return whether full names contain the words of a part, where both are filled."""
    pairs = [
        (set(_standard(text).split()), set(_standard(word).split()))
        for text, word in zip(full_name.sample, part.sample, strict=True)
        if text and word
    ]
    return not pairs or sum(word <= text for text, word in pairs) >= _NEARLY_ALL * len(pairs)


def _standard(text: str) -> str:
    """Return a text in capitals with standard directions and street types."""
    words = vocabulary()
    plain = re.sub(r"[^A-Z0-9 ]", " ", text.upper()).split()
    return " ".join(words.directions.get(word, words.types.get(word, word)) for word in plain)


def _plain(column: FileColumn) -> str:
    """Return a column's name after its last dot, in capitals."""
    return column.name.upper().split(".")[-1].strip()
