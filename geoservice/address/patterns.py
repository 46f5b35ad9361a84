"""Readers that read texts with stand-ins for plain words, and remember these."""

from geoservice.address.delivery import MILITARY_TOWNS, Delivery, read_delivery
from geoservice.address.lastline import Segments
from geoservice.address.plain_words import Pattern, pattern_of
from geoservice.address.readings import StreetReading, readings
from geoservice.address.street import Street, compact, read_street

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
        return _with_typed_words(delivery, pattern) if pattern else delivery

    def read_once(self, line: Segments, town: str) -> Delivery:
        """Return the same for a line with its house number, which no other line may share.

        Only patterns without a number are remembered: 206420TH AVE is 2064 20TH AVE.
        """
        text = " , ".join([" ".join(words) for words in line])
        pattern = None if town in MILITARY_TOWNS or not text else pattern_of(text)
        if pattern is None or pattern.text.split(" ", 1)[0].isdigit():
            return read_delivery(line, town)
        return _with_typed_words(self._remembered(pattern.text), pattern)

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
        self._names: dict[str, tuple[tuple[str, str], ...]] = {}

    def street(self, text: str, pattern: Pattern | None) -> Street:
        """Return the parts of a street text with this pattern."""
        return read_street(text) if pattern is None else _with_words(self._plain(pattern), pattern)

    def readings(
        self, text: str, street: Street, pattern: Pattern | None
    ) -> tuple[StreetReading, ...]:
        """Return the readings of a street text with this pattern; ``street`` is the plain one."""
        return readings(text, street) if pattern is None else self.readings_of(pattern)

    def readings_of(self, pattern: Pattern) -> tuple[StreetReading, ...]:
        """Return the readings of a street text with this pattern."""
        return tuple(
            [
                StreetReading(
                    _with_words(reading.street, pattern),
                    pattern.put_back(reading.left_out) if reading.left_out else "",
                    reading.dropped_type,
                    reading.is_moved,
                )
                for reading in self._read(pattern)
            ]
        )

    def name_keys(self, pattern: Pattern) -> list[str]:
        """Return the name keys of the plain street and of all readings, each once."""
        names = self._names.get(pattern.text)
        if names is None:
            self._names = {} if len(self._names) > _MAX_REMEMBERED else self._names
            streets = [reading.street for reading in self._read(pattern)]
            streets.append(self._plain(pattern))
            names = tuple(
                dict.fromkeys(
                    (street.name_key.removesuffix(compact(street.name)), street.name)
                    for street in streets
                )
            )
            self._names[pattern.text] = names
        return [kind + compact(pattern.put_back(name)) for kind, name in names]

    def _plain(self, pattern: Pattern) -> Street:
        street = self._streets.get(pattern.text)
        if street is None:
            self._streets = {} if len(self._streets) > _MAX_REMEMBERED else self._streets
            street = self._streets[pattern.text] = read_street(pattern.text)
        return street

    def _read(self, pattern: Pattern) -> tuple[StreetReading, ...]:
        read = self._readings.get(pattern.text)
        if read is None:
            self._readings = {} if len(self._readings) > _MAX_REMEMBERED else self._readings
            read = self._readings[pattern.text] = readings(pattern.text)
        return read


def _with_typed_words(delivery: Delivery, pattern: Pattern) -> Delivery:
    """Return the delivery of a pattern with the typed words."""
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


def _with_words(street: Street, pattern: Pattern) -> Street:
    """Return the street with the typed words in its name."""
    predir, pretype, name, type_, postdir, modifier = street
    return Street(predir, pretype, pattern.put_back(name), type_, postdir, modifier)
