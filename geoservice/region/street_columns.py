"""Which columns name a street: one with its whole name, or one for each of its parts."""

import re
from collections.abc import Mapping, Sequence

from geoservice.address.vocabulary import vocabulary
from geoservice.region.columns import Column, is_called

PARTS = ("premod", "predir", "pretype", "presep", "type", "postdir", "postmod")
"""Parts of a street's name beside the name itself, in the order of writing but for the name."""
Names = Mapping[str, Sequence[str]]
"""Publishers' names of each field, most telling first."""
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
    r".*(?:STREET|STREE|STRT|STRD|STR|ST|RD|ROAD|ADDR|ADD|SITUS|PARSED|GSS)_?(?:NAME|NAM|NM|NME)_?\d?"
    r"|.*(?:PROP|SITUS|SITE|ADD|ADDR|AD|P|S)_?[A-Z]*STREET|S_?NAME|S?FEANME"
)
"""How columns of a street's parts are named everywhere, in letters and underscores."""
_NO_PART = re.compile(
    r".*(?:FROM|TOTYP|PARITY|SIDE|CLASS|LEFT|RIGHT|STATE|STATUS|STRUC|UNIT|NUM|ADDNO|NBR).*"
)


def naming_fields(whole_field: str, names: Names, columns: Sequence[Column]) -> list[NamingFields]:
    """The ways to read a street's name, the likeliest first; none where no column names streets.

    Parameters
    ----------
    whole_field
        Our field for a whole name: ``street`` or ``full_name``.
    names
        Publishers' names of each field.
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
    whole = [{whole_field: column.name} for column in _fullest(complete)]
    apart = [
        {"name": column.name} | {part: parts[part].name for part in lacking[column.name]}
        for column in _fullest(_called(names["name"], bare) or bare)
    ]
    return whole + apart


def _lacking(whole: Column, parts: Mapping[str, Column]) -> list[str]:
    """The parts that a column does not hold; where it lacks any, empty columns of parts too."""
    filled = [part for part in PARTS if part in parts and not parts[part].is_empty]
    lacking = {part for part in filled if not _holds(whole, parts[part])}
    empty = {part for part in parts if parts[part].is_empty} if lacking else set()
    return [part for part in PARTS if part in lacking | empty]


def _called(names: Sequence[str], columns: Sequence[Column]) -> list[Column]:
    """Columns whose cells may name a street, in the order of the names that they answer to."""
    able = [column for column in columns if _may_name(column)]
    listed = [column for name in names for column in able if is_called(column, name)]
    alike = [column for column in able if _NAME.fullmatch(_plain(column))]
    telling = [column for column in able if column.street_names >= _HALF]
    return list({column.name: column for column in listed or alike or telling}.values())


def _may_name(column: Column) -> bool:
    return (
        not column.is_empty
        and column.whole_addresses < _HALF
        and column.directions < _HALF
        and column.street_types < _NEARLY_ALL
    )


def _fullest(columns: Sequence[Column]) -> list[Column]:
    """The first column that is filled in nearly as many rows as the best filled of all."""
    most = max((len(column.values) for column in columns), default=0)
    return [column for column in columns if len(column.values) >= _NEARLY_ALL * most][:1]


def _part_columns(whole_field: str, names: Names, columns: Sequence[Column]) -> dict[str, Column]:
    """The columns of directions, types and the words around them; filled columns first."""
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
        column = _named(names[part], [one for one in others if one not in parts.values()])
        parts |= {part: column} if column else {}
    empty = [column for column in usable if column.is_empty]
    for part in PARTS:
        column = None if part in parts else _named(names[part], empty)
        parts |= {part: column} if column else {}
    return parts


def _direction_columns(
    names: Names, directions: Sequence[Column], bases: Sequence[Column], columns: Sequence[Column]
) -> dict[str, Column]:
    """Which columns of directions stand before the name, and which behind it."""
    parts: dict[str, Column] = {}
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
            other = "postdir" if side == "predir" else "predir"
            parts.setdefault(other if side in parts else side, column)
    return parts


def _side(direction: Column, bases: Sequence[Column], columns: Sequence[Column]) -> str:
    """Where a column of directions without a telling name belongs.

    A column with whole addresses decides, else the order of the columns.
    """
    wholes = [column for column in columns if column.whole_addresses >= _HALF]
    for whole in wholes:
        last = [
            _standard(text).split()[-1] == _standard(word)
            for text, word in zip(whole.sample, direction.sample, strict=True)
            if text and word
        ]
        if last:
            return "postdir" if sum(last) > len(last) / 2 else "predir"
    order = [column.name for column in columns]
    behind = bool(bases) and order.index(direction.name) > order.index(bases[0].name)
    return "postdir" if behind else "predir"


def _typed(part: str, types: Sequence[Column]) -> Column | None:
    """The first column of types by how such columns are named."""
    if part == "pretype":
        types = [column for column in types if _BEFORE.fullmatch(_plain(column))]
        types = [column for column in types if column.street_types >= _FEW]
    else:
        types = [column for column in types if not _BEFORE.fullmatch(_plain(column))]
    written = [column for name in _TYPE for column in types if name.fullmatch(_plain(column))]
    return next(iter(written), None)


def _named(names: Sequence[str], columns: Sequence[Column]) -> Column | None:
    return next((column for name in names for column in columns if is_called(column, name)), None)


def _holds(whole: Column, part: Column) -> bool:
    """Whether the cells of one column hold the words of the other where both are filled."""
    pairs = [
        (set(_standard(text).split()), set(_standard(word).split()))
        for text, word in zip(whole.sample, part.sample, strict=True)
        if text and word
    ]
    return not pairs or sum(word <= text for text, word in pairs) >= _NEARLY_ALL * len(pairs)


def _standard(text: str) -> str:
    """A text in capitals, its directions and street types in their standard form."""
    words = vocabulary()
    plain = re.sub(r"[^A-Z0-9 ]", " ", text.upper()).split()
    return " ".join(words.directions.get(word, words.types.get(word, word)) for word in plain)


def _plain(column: Column) -> str:
    """The name of a column after the last dot, in capitals."""
    return column.name.upper().split(".")[-1].strip()
