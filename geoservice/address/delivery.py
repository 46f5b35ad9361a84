"""The street line of an address: number, street text and unit, or a box, a route, no address."""

import re
from itertools import pairwise
from typing import NamedTuple

from geoservice.address.glued_words import split_glued_words
from geoservice.address.house_number import from_number, street_segment, take_number
from geoservice.address.lastline import Segments
from geoservice.address.street import read_street
from geoservice.address.unit import join_words, read_unit, split_unit, whole_unit
from geoservice.address.vocabulary import vocabulary


class Delivery(NamedTuple):
    """Parts of the street line; the fields mean the same as in `Reading`."""

    kind: str
    number: str = ""
    street: str = ""
    unit: str = ""
    cross: str = ""
    leftover: str = ""


MILITARY_TOWNS = frozenset({"APO", "FPO", "DPO"})
_BOX = re.compile(
    r"(?<![A-Z0-9])(?:P ?O ?(?:BOX|BX|DRAWER|B)|POST OFFICE BOX|POB)(?![A-Z]) ?(?:# ?)?"
    r"(?:(?:[A-Z]?[0-9]+[A-Z]?|[A-Z])(?![A-Z0-9]))?"
    r"|^BOX (?:# ?)?[0-9]+(?![A-Z0-9])"
)
_RURAL = re.compile(
    r"^(?:RR|R R|RURAL ROUTE|RURAL RT|RURAL RTE|RFD|R F D|RD|HC|HCR"
    r"|HIGHWAY CONTRACT(?: ROUTE)?|STAR ROUTE)"
    r" ?(?:# ?)?[0-9]+[A-Z]?(?: .*)?$"
    r"|^(?:RT|RTE|ROUTE) ?(?:# ?)?[0-9]+[A-Z]?(?: ,)? BOX .*$"
)
_MILITARY = re.compile(r"(?<![A-Z])(?:PSC|CMR|UNIT) [0-9]+ BOX |(?<![A-Z])(?:APO|FPO|DPO)(?![A-Z])")
_GENERAL = re.compile(r"^(?:GENERAL DELIVERY|GEN DEL)(?![A-Z])")
_STREET = re.compile(r"[0-9]+[^ ]* +[^ ]*[A-Z]")
_LONE_UNIT = re.compile(r"^(?:[0-9]{1,5}-?[A-Z]{0,2}|[A-Z]-?[0-9]{0,4})$")
_INNER_MAIL = ("MAIL DROP", "MAIL STOP")
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
    """Read the segments before the last line; APO, FPO and DPO as ``town`` are military."""
    line = _without_care_of(line)
    text = " , ".join(" ".join(words) for words in line)
    if town in MILITARY_TOWNS or ("O" in text and _MILITARY.search(text)):
        return Delivery("military", unit=text.replace(" ,", ""))
    if not any("A" <= character <= "Z" or "0" <= character <= "9" for character in text):
        return Delivery("non_address")
    if _GENERAL.match(text):
        return Delivery("general_delivery")
    box = _BOX.search(text) if "B" in text or "DRAWER" in text else None
    if box:
        street_text = _trimmed(text[: box.start()] + " " + text[box.end() :])
        if not _STREET.search(street_text):
            return Delivery("po_box", unit=_box_text(box[0]))
        return _street_and_box(street_text, _box_text(box[0]))
    if text[0] in "RHS" and (rural := _RURAL.match(text)):
        return Delivery("rural_route", unit=rural[0].replace(" ,", ""))
    if _is_non_address(line):
        return Delivery("non_address")
    return _street_line(line)


def _without_care_of(line: Segments) -> Segments:
    """Return the line up to an ATTN or C/O that follows other words."""
    if all(map(_CARE_OF.isdisjoint, line)):
        return line
    before: Segments = []
    for segment, words in enumerate(line):
        is_care_of = (
            index for index, word in enumerate(words) if word in _CARE_OF and (index or segment)
        )
        cut = next(is_care_of, None)
        if cut != 0:
            before.append(words[:cut])
        if cut is not None:
            break
    return before or line


def _street_and_box(street_text: str, box: str) -> Delivery:
    line = [words for part in street_text.split(",") if (words := part.split())]
    street = _street_line(line)
    return street._replace(kind="dual", unit=join_words(street.unit, box))


def _street_line(line: Segments) -> Delivery:
    line = [split_glued_words(words) for words in _with_lone_number(line)]
    index = street_segment(line)
    if index is None:
        return _without_number(line)
    number, words = take_number(" ".join(from_number(line[index])))
    near = (place for place, word in enumerate(words) if place and word in _NEAR)
    street, unit, leftover = split_unit(words[: next(near, len(words))])
    if len(line) == 1 and not leftover:
        return Delivery("street", number, _street_text(street), _units(unit))
    before, behind = line[:index], [_read_segment(words) for words in line[index + 1 :]]
    street = [*street, *(word for words in before if _is_direction(words) for word in words)]
    street += [word for segment in behind for word in segment.direction]
    leftovers = [leftover, *(segment.leftover for segment in behind)]
    directions, other_words = _directions_of(leftovers, street)
    units = [_segment_unit(words) for words in before if not _is_direction(words)]
    units += [segment.unit for segment in behind]
    return Delivery(
        "street",
        number,
        _street_text([*street, *directions]),
        _units(unit, *units),
        leftover=_street_text(other_words),
    )


class _Segment(NamedTuple):
    """Parts of a segment behind the street: the street's direction, a unit, other words."""

    direction: list[str]
    unit: str
    leftover: list[str]


def _read_segment(words: list[str]) -> _Segment:
    """Read a segment behind the street: NW STE 700 holds a direction and a unit."""
    if len(words) == 1 and _LONE_UNIT.match(words[0]) and not _is_direction(words):
        return _Segment([], f"# {words[0]}", [])
    if " ".join(words) in vocabulary().non_address:
        return _Segment([], "", [])
    count = next((n for n in (2, 1) if len(words[0]) <= 2 and _is_direction(words[:n])), 0)
    direction, behind = words[:count], words[count:]
    unit, leftover = read_unit(behind) if behind else ("", [])
    return _Segment(direction, unit, leftover)


def _segment_unit(words: list[str]) -> str:
    """Return the unit of a segment before the street: APT 4, or 12B alone."""
    return _read_segment(words).unit


def _is_direction(words: list[str]) -> bool:
    return " ".join(words) in vocabulary().directions


def _directions_of(leftovers: Segments, street: list[str]) -> tuple[list[str], list[str]]:
    """Return the directions behind the street that belong to it, and the remaining words.

    A street without a direction takes them (12TH AVE APT 4 NW). Otherwise they belong to the unit
    or the building.
    """
    counted = [(_directions_at_end(words), words) for words in leftovers if words]
    if not any(count for count, _ in counted) or read_street(" ".join(street)).directions:
        return [], [word for _, words in counted for word in words]
    codes = vocabulary().directions
    directions = [codes[" ".join(words[-count:])] for count, words in counted if count]
    remaining = [word for count, words in counted for word in words[: len(words) - count]]
    return list(dict.fromkeys(directions)), remaining


def _directions_at_end(words: list[str]) -> int:
    """Return how many words at the end are a direction; a spelled direction must stand alone."""
    for count in (2, 1):
        if _is_direction(words[-count:]) and (count == len(words) or len(words[-1]) <= 2):
            return count
    return 0


def _without_number(line: Segments) -> Delivery:
    text = " ".join(line[0])
    crossing = _CROSS.search(text)
    if crossing:
        text = _WHICH_CORNER.sub("", _CORNER.sub("", text))
        crossing = _CROSS.search(text)
    if crossing and crossing.start() > 0 and crossing.end() < len(text):
        street_text, cross_text = text[: crossing.start()], text[crossing.end() :]
        return Delivery(
            "intersection",
            street=_street_text(street_text.split()),
            cross=_street_text(cross_text.split()),
        )
    street, unit, leftover = split_unit(line[0])
    directions, other_words = _directions_of([leftover], street)
    units = _units(unit, *map(whole_unit, line[1:]))
    return Delivery(
        "street",
        "",
        _street_text([*street, *directions]),
        units,
        leftover=_street_text(other_words),
    )


def _units(*units: str) -> str:
    """Return the units as one text, without mail stops, which are no place in the house."""
    return join_words(*(unit for unit in units if not unit.startswith(_INNER_MAIL)))


def _with_lone_number(line: Segments) -> Segments:
    """Return the line with a number before a comma (500, OAK ST) joined to its street."""
    for index, (words, following) in enumerate(pairwise(line)):
        if len(words) == 1 and words[0].isdigit() and not following[0][0].isdigit():
            return [*line[:index], [*words, *following], *line[index + 2 :]]
    return line


def _is_non_address(line: Segments) -> bool:
    if line[0][0][0].isdigit():
        return False
    text = " ".join(" ".join(words) for words in line).replace("-", " ").replace("/", "")
    text = " ".join(text.split())
    return not any(map(str.isdigit, text)) and (
        any(text == phrase or text.startswith(f"{phrase} ") for phrase in vocabulary().non_address)
    )


def _street_text(words: list[str]) -> str:
    text = _NOT_STREET.sub(" ", " ".join(words))
    return " ".join(text.split()).strip(" -/&")


def _box_text(box: str) -> str:
    number = box.rsplit(maxsplit=1)[-1] if box.split() else ""
    return f"PO BOX {number}" if any(map(str.isdigit, number)) or len(number) == 1 else "PO BOX"


def _trimmed(text: str) -> str:
    return " ".join(text.split()).strip(", ")
