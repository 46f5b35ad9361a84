"""Readers that read texts with stand-ins for plain words, and remember these."""

from geoservice.address.delivery import MILITARY_TOWNS, Delivery, read_delivery
from geoservice.address.lastline import Segments
from geoservice.address.plain_words import Pattern, pattern_of
from geoservice.address.readings import StreetReading, readings
from geoservice.address.street import Street, read_street

_MAX_REMEMBERED = 100_000
"""Patterns in memory before they are forgotten, which limits memory."""


class DeliveryPatterns:
    """Reads street lines as `read_delivery` does, once per pattern."""

    def __init__(self) -> None:
        self._known: dict[str, Delivery] = {}

    def read(self, line: Segments, town: str) -> Delivery:
        """Return the delivery of the segments before the last line."""
        text = " , ".join([" ".join(words) for words in line])
        if not text or town in MILITARY_TOWNS:
            return read_delivery(line, town)
        pattern = pattern_of(text)
        delivery = self._remembered(pattern.text if pattern else text)
        if pattern is None:
            return delivery
        kind, number, street, unit, cross, leftover = delivery
        put_back = pattern.put_back
        return Delivery(
            kind,
            number,
            put_back(street),
            put_back(unit) if unit else "",
            put_back(cross) if cross else "",
            put_back(leftover) if leftover else "",
        )

    def _remembered(self, text: str) -> Delivery:
        delivery = self._known.get(text)
        if delivery is None:
            self._known = {} if len(self._known) > _MAX_REMEMBERED else self._known
            delivery = read_delivery([part.split() for part in text.split(" , ")], "")
            self._known[text] = delivery
        return delivery


class StreetPatterns:
    """Reads street texts as `read_street` and `readings` do, once per pattern."""

    def __init__(self) -> None:
        self._streets: dict[str, Street] = {}
        self._readings: dict[str, tuple[StreetReading, ...]] = {}

    def street(self, text: str, pattern: Pattern | None) -> Street:
        """Return the parts of a street text with this pattern."""
        if pattern is None:
            return read_street(text)
        street = self._streets.get(pattern.text)
        if street is None:
            self._streets = {} if len(self._streets) > _MAX_REMEMBERED else self._streets
            street = self._streets[pattern.text] = read_street(pattern.text)
        return _with_words(street, pattern)

    def readings(
        self, text: str, street: Street, pattern: Pattern | None
    ) -> tuple[StreetReading, ...]:
        """Return the readings of a street text with this pattern; ``street`` is the plain one."""
        if pattern is None:
            return readings(text, street)
        read = self._readings.get(pattern.text)
        if read is None:
            self._readings = {} if len(self._readings) > _MAX_REMEMBERED else self._readings
            read = self._readings[pattern.text] = readings(pattern.text)
        return tuple(
            [
                StreetReading(
                    _with_words(reading.street, pattern),
                    pattern.put_back(reading.left_out) if reading.left_out else "",
                    reading.dropped_type,
                    reading.is_moved,
                )
                for reading in read
            ]
        )


def _with_words(street: Street, pattern: Pattern) -> Street:
    """Return the street with the typed words in its name."""
    predir, pretype, name, type_, postdir, modifier = street
    return Street(predir, pretype, pattern.put_back(name), type_, postdir, modifier)
