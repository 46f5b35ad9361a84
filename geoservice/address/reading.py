"""Parts of a typed address: number, street text, unit, town, state and ZIP.

A single line and separate fields give the same parts for the same address.
`geoservice.address.street` reads the street text; `geoservice.address.templates` reads columns.
"""

from collections.abc import Callable
from typing import NamedTuple

from geoservice.address.clean import clean_text, clean_zip, place_key
from geoservice.address.delivery import Delivery, read_delivery
from geoservice.address.lastline import Gazetteer, Segments
from geoservice.address.lastlines import LastLines
from geoservice.address.vocabulary import vocabulary

ReadsDelivery = Callable[[Segments, str], Delivery]
"""A function that reads as `read_delivery` does."""


class Reading(NamedTuple):
    """Canonical parts of an address; missing parts are empty.

    Attributes
    ----------
    kind
        ``street``, ``dual`` (a street and a box), ``intersection``, ``po_box``,
        ``rural_route``, ``military``, ``general_delivery``, ``non_address`` or ``empty``.
    street
        Text of the street; for an intersection the first street, ``cross`` is the second.
    town
        The town's place key (`geoservice.address.clean.place_key`).
    leftover
        Words behind the street that are neither street nor unit, such as a building's name.
    """

    kind: str
    number: str = ""
    street: str = ""
    unit: str = ""
    cross: str = ""
    town: str = ""
    state: str = ""
    zip: str = ""
    leftover: str = ""


def read_address(line: str, town: str, state: str, zip_: str, gazetteer: Gazetteer) -> Reading:
    """Read a full address or its street line; filled fields win over parts of the line."""
    if not (line or "").strip():
        return Reading("empty")
    return read_cleaned(clean_text(line), town, state, zip_, LastLines(gazetteer))


def read_cleaned(
    line: str,
    town: str,
    state: str,
    zip_: str,
    last_lines: LastLines,
    delivery_of: ReadsDelivery = read_delivery,
) -> Reading:
    """Read a line that is not blank and that `clean_text` has cleaned."""
    if not line.strip(" ,"):
        return Reading("non_address")
    segments, (town_read, state_read, zip_read) = last_lines.part(line)
    state_field = clean_text(state)
    last_line = (
        place_key(clean_text(town)) or town_read,
        vocabulary().states.get(state_field, state_field) or state_read,
        clean_zip(zip_) or zip_read,
    )
    if not segments:
        return Reading("non_address", "", "", "", "", *last_line)
    kind, number, street, unit, cross, leftover = delivery_of(segments, last_line[0])
    return Reading(kind, number, street, unit, cross, *last_line, leftover)
