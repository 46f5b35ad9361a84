"""The street line of an address: number, street text and unit, and what is no street at all."""

import re
from typing import NamedTuple

from geoservice.address.lastline import STRONG_TYPES, Segments
from geoservice.address.number import with_fraction_apart
from geoservice.address.routes import read_route
from geoservice.address.street import read_street
from geoservice.address.unit import joined, read_unit, split_unit, whole_unit
from geoservice.address.vocabulary import vocabulary


class Delivery(NamedTuple):
    """What the street line says. ``kind`` as in `geoservice.address.reading.Reading`.

    ``rest`` holds words behind the street that are neither street nor unit: a building's name.
    """

    kind: str
    number: str = ""
    street: str = ""
    unit: str = ""
    cross: str = ""
    rest: str = ""


_BOX = re.compile(
    r"(?<![A-Z0-9])(?:P ?O ?(?:BOX|BX|DRAWER|B)|POST OFFICE BOX|POB)(?![A-Z]) ?(?:# ?)?(?:(?:[A-Z]?[0-9]+[A-Z]?|[A-Z])(?![A-Z0-9]))?"
    r"|^BOX (?:# ?)?[0-9]+(?![A-Z0-9])"
)
_RURAL = re.compile(
    r"^(?:RR|R R|RURAL ROUTE|RURAL RT|RURAL RTE|RFD|R F D|RD|HC|HCR|HIGHWAY CONTRACT(?: ROUTE)?|STAR ROUTE)"
    r" ?(?:# ?)?[0-9]+[A-Z]?(?: .*)?$"
    r"|^(?:RT|RTE|ROUTE) ?(?:# ?)?[0-9]+[A-Z]?(?: ,)? BOX .*$"
)
_MILITARY = re.compile(r"(?<![A-Z])(?:PSC|CMR|UNIT) [0-9]+ BOX |(?<![A-Z])(?:APO|FPO|DPO)(?![A-Z])")
_GENERAL = re.compile(r"^(?:GENERAL DELIVERY|GEN DEL)(?![A-Z])")
_STREET = re.compile(r"[0-9]+[^ ]* +[^ ]*[A-Z]")
_GRID = (
    r"[NSEW][0-9]+[NSEW]?[ -]?[NSEW] ?[0-9]+[A-Z]?|[NSEW] [0-9]{1,3} [NSEW] ?[0-9]{3,}"
    r"|[NSEW][0-9]+[A-Z]?|[0-9]{1,2}[NSEW][0-9]{2,5}[A-Z]?"
)
"""Numbers by a grid: N6W23001, W204 N11912 and W6150 in Wisconsin, 28W555 and 0N450 in Illinois."""
_FRACTION = r"(?:[ -]?[1-7]/[2348])"
_NUMBER = re.compile(
    rf"^({_GRID}|[0-9]+ ?- ?[0-9]+[A-Z]?{_FRACTION}?|[0-9]+?{_FRACTION}|[0-9]+[A-Z]?|[0-9]+-[A-Z])"
    r"[ -]+(?=[^ -])(.*)$"
)
_GLUED = re.compile(r"^([0-9]+)([A-Z]{2,}.*)$")
_ORDINAL = re.compile(r"^[0-9]+(?:ST|ND|RD|TH)(?![A-Z0-9])")
_GRID_NUMBER = re.compile(rf"^(?:{_GRID})(?= )")
_INNER_NUMBER = re.compile(
    r"^(?:.*? )??([A-Z/&'@-]+) ([0-9]+(?:-[0-9]+)?[A-Z]? +(?:1/2 )?[A-Z0-9].*)$"
)
_PADDED = re.compile(r"^0+(?=[0-9])")
_GLUED_UNIT = re.compile(
    r"^(APT|APTS|APARTMENT|STE|SUITE|UNIT|RM|ROOM|BLDG|LOT|TRLR|SPC|FL)-?([0-9]+-?[A-Z]?)$"
    r"|^(APT|APARTMENT|STE|SUITE|UNIT|BLDG)-([A-Z][0-9]*)$"
)
_BEHIND_TYPE = re.compile(
    r"^([A-Z]{2,})[-/]([0-9]+[A-Z]?|[A-Z][0-9]*|(?:APT|UNIT|STE|LOT)(?:-?[0-9]+[A-Z]?)?)$"
)
_HYPHENED_ROUTE = re.compile(r"^([A-Z]{1,7})-([0-9]+[A-Z]?)$")
_LONE_UNIT = re.compile(r"^(?:[0-9]{1,5}-?[A-Z]{0,2}|[A-Z]-?[0-9]{0,4})$")
_SUFFIXES = frozenset("ABCFGH")
_INNER_MAIL = ("MAIL DROP", "MAIL STOP")
_NUMBERED_PLACES = frozenset({"PIER", "PIERS"})
_NEAR = frozenset({"@", "NEAR", "BETWEEN", "BTWN"})
_CARE_OF = frozenset({"ATTN", "ATTN:", "ATTENTION", "C/O"})
_NOT_STREET = re.compile(r"[^A-Z0-9/& -]+")
_CROSS = re.compile(r" (?:&|@|AND|AT) |(?<=[A-Z]{2}) ?/ ?(?=[A-Z0-9])")
_CORNER = re.compile(
    r"^(?:THE )?(?:(?:[NS][EW]|(?:NORTH|SOUTH) ?(?:EAST|WEST)) (?:CORNER|CNR) (?:OF )?"
    r"|(?:CORNER|INTERSECTION|CNR) OF )|^BETWEEN "
)
_WHICH_CORNER = re.compile(r" [NS]/[EW]$")


def read_delivery(line: Segments, town: str) -> Delivery:
    """Read what the last line left over; ``town`` helps to know military addresses."""
    line = _without_care_of(line)
    text = " , ".join(" ".join(words) for words in line)
    if town in ("APO", "FPO", "DPO") or ("O" in text and _MILITARY.search(text)):
        return Delivery("military", unit=text.replace(" ,", ""))
    if not any("A" <= one <= "Z" or "0" <= one <= "9" for one in text):
        return Delivery("non_address")
    if _GENERAL.match(text):
        return Delivery("general_delivery")
    box = _BOX.search(text) if "B" in text or "DRAWER" in text else None
    if box:
        rest = _trimmed(text[: box.start()] + " " + text[box.end() :])
        if not _STREET.search(rest):
            return Delivery("po_box", unit=_box_text(box[0]))
        return _dual(rest, _box_text(box[0]))
    if text[0] in "RHS" and (rural := _RURAL.match(text)):
        return Delivery("rural_route", unit=rural[0].replace(" ,", ""))
    if _is_non_address(line):
        return Delivery("non_address")
    return _street_line(line)


def _without_care_of(line: Segments) -> Segments:
    """The line without what stands behind an ATTN or C/O within or after its street."""
    if all(map(_CARE_OF.isdisjoint, line)):
        return line
    kept: Segments = []
    for at, words in enumerate(line):
        cut = next((i for i, word in enumerate(words) if word in _CARE_OF and (i or at)), None)
        if cut != 0:
            kept.append(words[:cut])
        if cut is not None:
            break
    return kept or line


def _dual(rest: str, box: str) -> Delivery:
    line = [words for part in rest.split(",") if (words := part.split())]
    found = _street_line(line)
    return found._replace(kind="dual", unit=joined(found.unit, box))


def _street_line(line: Segments) -> Delivery:
    line = [_with_parted_units(words) for words in _with_lone_number(line)]
    at = _street_segment(line)
    if at is None:
        return _without_number(line)
    number, words = _split_number(" ".join(_from_number(line[at])))
    cut = next((at for at, word in enumerate(words) if at and word in _NEAR), len(words))
    street, unit, rest = split_unit(words[:cut])
    if len(line) == 1 and not rest:
        return Delivery("street", number, _street_text(street), _units(unit))
    before = [words for words in line[:at] if not _is_direction(words)]
    beside = [_read_segment(words) for words in line[at + 1 :]]
    apart = [word for words in line[:at] if _is_direction(words) for word in words]
    apart += [word for piece in beside for word in piece.direction]
    directions, left = _directions_of([rest, *(piece.rest for piece in beside)], [*street, *apart])
    units = [*map(_segment_unit, before), *(piece.unit for piece in beside)]
    return Delivery(
        "street",
        number,
        _street_text([*street, *apart, *directions]),
        _units(unit, *units),
        rest=_street_text(left),
    )


class _Piece(NamedTuple):
    """What a segment behind the street says: a direction of the street, a unit, other words."""

    direction: list[str]
    unit: str
    rest: list[str]


def _read_segment(words: list[str]) -> _Piece:
    """The direction that begins a segment behind the street (NW STE 700), its unit, its rest."""
    if len(words) == 1 and _LONE_UNIT.match(words[0]) and not _is_direction(words):
        return _Piece([], f"# {words[0]}", [])
    if " ".join(words) in vocabulary().non_address:
        return _Piece([], "", [])
    count = next((n for n in (2, 1) if len(words[0]) <= 2 and _is_direction(words[:n])), 0)
    direction, behind = words[:count], words[count:]
    unit, rest = read_unit(behind) if behind else ("", [])
    return _Piece(direction, unit, rest)


def _segment_unit(words: list[str]) -> str:
    """The unit that a segment before the street names: APT 4, or 12B alone."""
    return _read_segment(words).unit


def _is_direction(words: list[str]) -> bool:
    return " ".join(words) in vocabulary().directions


def _directions_of(pieces: Segments, street: list[str]) -> tuple[list[str], list[str]]:
    """The directions among words behind the street, and the words that are left of these.

    They belong to a street that has none (12TH AVE APT 4 NW), else to the unit or the building.
    """
    found = [(_directions_at_end(words), words) for words in pieces if words]
    if not any(count for count, _ in found) or read_street(" ".join(street)).directions:
        return [], [word for _, words in found for word in words]
    known = vocabulary().directions
    directions = [known[" ".join(words[-count:])] for count, words in found if count]
    left = [word for count, words in found for word in words[: len(words) - count]]
    return list(dict.fromkeys(directions)), left


def _directions_at_end(words: list[str]) -> int:
    """How many words of a direction end the words; a spelled one counts where it stands alone."""
    for count in (2, 1):
        if _is_direction(words[-count:]) and (count == len(words) or len(words[-1]) <= 2):
            return count
    return 0


def _with_parted_units(words: list[str]) -> list[str]:
    """The words with a unit parted from what it is glued to, and no # before a house number.

    SUITE100 is SUITE 100, and COURT-298 is COURT # 298.
    """
    if words[0] == "#" and len(words) > 3:
        words = words[1:]
    if not any(
        "-" in word or "/" in word or (word[-1].isdigit() and not word.isdigit()) for word in words
    ):
        return words
    # 12 OAK - 4 is a unit behind a hyphen, 12 - 14 OAK a number of two.
    words = [word for at, word in enumerate(words) if word != "-" or at < 2]
    return [part for at, word in enumerate(words) for part in _parted_unit(words, at, word)]


def _parted_unit(words: list[str], at: int, word: str) -> list[str]:
    if glued := _GLUED_UNIT.match(word):
        return [glued[1] or glued[3], glued[2] or glued[4]]
    if at and (route := _HYPHENED_ROUTE.match(word)) and _begins_route(words[1:at], route[1]):
        return [route[1], route[2]]
    behind = _BEHIND_TYPE.match(word) if at > 1 else None
    if behind is None or behind[1] not in vocabulary().types:
        return [word]
    if behind[2] in vocabulary().unit_words or _is_kind(words[: at + 1], behind[1]):
        return [behind[1], behind[2]]
    unit = _parted_unit([], 0, behind[2])
    return [behind[1], *(unit if len(unit) > 1 else ["#", *unit])]


def _begins_route(before: list[str], kind: str) -> bool:
    """True for a kind of route behind nothing but directions and modifiers: N OLD US-17."""
    vocab = vocabulary()
    is_kind = kind in vocab.routes or kind in vocab.short_routes
    return is_kind and all(
        word in vocab.directions or word in vocab.route_modifiers for word in before
    )


def _is_kind(words: list[str], last: str) -> bool:
    """True where the words, their last one cut to ``last``, end in a kind of route (COUNTY RD-12)."""
    words = [*words[:-1], last]
    return any(" ".join(words[-count:]) in vocabulary().routes for count in (1, 2, 3))


def _without_number(line: Segments) -> Delivery:
    text = " ".join(line[0])
    crossing = _CROSS.search(text)
    if crossing:
        text = _WHICH_CORNER.sub("", _CORNER.sub("", text))
        crossing = _CROSS.search(text)
    if crossing and crossing.start() > 0 and crossing.end() < len(text):
        first, second = text[: crossing.start()], text[crossing.end() :]
        return Delivery(
            "intersection", "", _street_text(first.split()), "", _street_text(second.split())
        )
    street, unit, rest = split_unit(line[0])
    directions, left = _directions_of([rest], street)
    units = _units(unit, *map(whole_unit, line[1:]))
    return Delivery(
        "street", "", _street_text([*street, *directions]), units, rest=_street_text(left)
    )


def _units(*units: str) -> str:
    """The units as one text; where a firm sorts its own mail is no place in the house."""
    return joined(*(one for one in units if not one.startswith(_INNER_MAIL)))


def _with_lone_number(line: Segments) -> Segments:
    """The line with a number that a comma parts from its street (500, OAK ST) put to it."""
    for at in range(len(line) - 1):
        if len(line[at]) == 1 and line[at][0].isdigit() and not line[at + 1][0][0].isdigit():
            return [*line[:at], [*line[at], *line[at + 1]], *line[at + 2 :]]
    return line


def _street_segment(line: Segments) -> int | None:
    """Index of the first segment that holds a house number with a street behind it."""
    numbered = [at for at, words in enumerate(line) if _starts_with_number(words)]
    numbered = [at for at in numbered if not at or len(line[at]) > 1]
    if numbered:
        strong = (at for at in numbered if any(word in STRONG_TYPES for word in line[at][2:]))
        return next(strong, numbered[0])
    for at, words in enumerate(line):
        if not _is_route(words) and (_inner_number(words) or _units_first(words)):
            return at
    return None


def _starts_with_number(words: list[str]) -> bool:
    first = words[0]
    if first in vocabulary().number_words:
        return len(words) > 2
    if first[0].isdigit():
        if _ORDINAL.match(first):
            return False
        return len(words) > 1 or bool(_GLUED.match(first))
    return len(words) > 1 and bool(_GRID_NUMBER.match(" ".join(words))) and not _is_route(words)


def _units_first(words: list[str]) -> int:
    """How many words of units stand before the number: APT 3 120 N 5TH AVE; 0 for none."""
    at = 0
    while len(words) > at + 3 and words[at] in vocabulary().numbered_units:
        at += 2
    is_number = words[at][0].isdigit() and not _ORDINAL.match(words[at])
    return at if is_number else 0


def _from_number(words: list[str]) -> list[str]:
    """The words from the house number on: a building, a name or a unit may stand first."""
    if _starts_with_number(words):
        return words
    if units := _units_first(words):
        return [*words[units:], *words[:units]]
    return _inner_number(words) or words


def _inner_number(words: list[str]) -> list[str]:
    """The words from a house number within them on; PIER 7 and the like are no house numbers."""
    text = " ".join(words)
    inner = _INNER_NUMBER.match(text)
    if inner is None or inner[1] in _NUMBERED_PLACES:
        return []
    before, numbered = text[: inner.start(2)].split(), inner[2].split()
    if not _is_direction(before):
        return numbered
    number, street = _number_and_rest(inner[2])
    is_read = vocabulary().directions[" ".join(before)] in read_street(street).directions
    return numbered if is_read else [number, *before, *street.split()]


def _is_route(words: list[str]) -> bool:
    """True where the words begin with a route and its number, with or without a direction."""
    route = read_route(words, vocabulary())
    return route is not None and any(map(str.isdigit, route.name))


def _split_number(text: str) -> tuple[str, list[str]]:
    first, _, rest = text.partition(" ")
    if first in vocabulary().number_words and " " in rest:
        return vocabulary().number_words[first], rest.split()
    number, street = _number_and_rest(text)
    words = street.split()
    # 17 7000 PEACHTREE RD: a unit before the number.
    if (
        len(words) > 2
        and words[0].isdigit()
        and len(words[0]) > 2
        and words[1].isalpha()
        and words[1] not in vocabulary().directions
        and words[1] not in vocabulary().types
        and words[-1] in STRONG_TYPES
    ):
        return words[0], words[1:]
    # 4922 B S CORNELL AVE: a letter that belongs to the number, not O FARRELL or C ST.
    if (
        number.isdigit()
        and len(words) > 1
        and words[0] in _SUFFIXES
        and len(words[1]) > 1
        and words[1] != "AND"
        and _may_begin_a_street(words[1:])
    ):
        return number + words[0], words[1:]
    return number, words


def _may_begin_a_street(words: list[str]) -> bool:
    """False for a type, or a direction alone, behind a letter: the letter is the street (C ST)."""
    vocab = vocabulary()
    if words[0] in vocab.directions:
        return len(words) > 1
    return words[0] not in vocab.types


def _number_and_rest(text: str) -> tuple[str, str]:
    found = _NUMBER.match(text)
    if found and not (_ORDINAL.match(text)):
        return _unpadded(_whole_number(found[1])), found[2]
    glued = None if _ORDINAL.match(text) else _GLUED.match(text)
    if glued:
        return _unpadded(glued[1]), glued[2]
    return "", text


def _whole_number(written: str) -> str:
    """A number without spaces but for the one before its fraction: W204N11912, 44-44 1/2."""
    if "/" not in written:
        written = written.replace(" ", "")
        return written.replace("-", "") if written[0].isalpha() else written
    return with_fraction_apart(written.replace(" - ", "-"))


def _unpadded(number: str) -> str:
    """The number without zeros before its first digit; those of a grid (0N450) stay."""
    return _PADDED.sub("", number) if number[0] == "0" else number


def _is_non_address(line: Segments) -> bool:
    first = line[0]
    if first[0][0].isdigit():
        return False
    text = " ".join(" ".join(words) for words in line).replace("-", " ").replace("/", "")
    text = " ".join(text.split())
    return not any(map(str.isdigit, text)) and (
        any(text == one or text.startswith(one + " ") for one in vocabulary().non_address)
    )


def _street_text(words: list[str]) -> str:
    text = _NOT_STREET.sub(" ", " ".join(words))
    return " ".join(text.split()).strip(" -/&")


def _box_text(box: str) -> str:
    number = box.rsplit(maxsplit=1)[-1] if box.split() else ""
    return f"PO BOX {number}" if any(map(str.isdigit, number)) or len(number) == 1 else "PO BOX"


def _trimmed(text: str) -> str:
    return " ".join(text.split()).strip(", ")
