"""Columns of addresses, read once per distinct template.

A template is an address with stand-ins for its plain house number and its unit's identifier:
``120 N 5TH AVE APT 4`` and ``88 N 5TH AVE APT 12`` share a template. A million rows have a few
thousand templates, so that careful reading costs little.
"""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.address.clean import clean_text
from geoservice.address.delivery import read_delivery
from geoservice.address.lastline import Gazetteer
from geoservice.address.lastlines import LastLines
from geoservice.address.patterns import DeliveryPatterns
from geoservice.address.reading import Reading, ReadsDelivery, read_cleaned
from geoservice.address.unit import may_lack_its_number
from geoservice.model.columns import coded, rows_at

_STAND_IN = "70707"
_PLAIN_STAND_IN = re.compile(rf"^{_STAND_IN}(?:$|[A-Z]$| )")
"""A number whose digits before a fraction are all in the stand-in; 28W555 is not such a number."""
_BETWEEN = "\x1f"
_MIN_TEMPLATE_ROWS = 64
"""Smaller tables have too few repeated templates to save time."""
_MAX_CACHED = 300_000
"""Templates in the cache before it is emptied, which limits memory."""
_NUMBER = r"^([1-9][0-9]{0,6})(?: [A-Za-z0-9]|[A-Za-z])"
_UNITS = "apt|apartment|unit|ste|suite|lot|rm|room"
_UNIT = rf"(?i)[ ,](?:(?:{_UNITS})\.? *#? *|# *)[1-9][0-9]{{0,4}}[a-z]?(?: *,| *$)"
"""A unit that ends the text or stands before a comma, with an identifier that begins in digits."""
_IDENTIFIER = r"(?i)^([0-9]+[a-z]?)"
_HAS_NUMBER, _HAS_UNIT = "N", "U"
_TYPED = ("line", "city", "state", "zip")


@dataclass(frozen=True)
class ReadAddresses:
    """Readings of the addresses of a table.

    Attributes
    ----------
    readings
        The distinct readings; the number of a template holds a stand-in.
    code
        Each row's index into ``readings``.
    number, unit
        Each row's number and unit as canonical text; empty for none.
    value
        Each row's plain house number that the stand-in replaces, -1 for none.
    """

    readings: list[Reading]
    code: NDArray[np.int64]
    number: pl.Series
    unit: pl.Series
    value: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.code)


class AddressReader:
    """Reads tables of addresses of a region and caches the templates."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._last_lines = LastLines(gazetteer)
        self._deliveries = DeliveryPatterns()
        self._readings: dict[str, tuple[Reading, bool]] = {}
        self._cleaned: dict[tuple[str, str, str, str], Reading] = {}

    def read(self, texts: pl.DataFrame) -> ReadAddresses:
        """Read columns ``line``, ``city``, ``state``, ``zip`` (text, no nulls), in row order."""
        if len(texts) < _MIN_TEMPLATE_ROWS:
            return self._read_untemplated(texts)
        templates = _with_stand_ins(texts)
        code, readings, fits = self._read_templates(templates)
        number, unit = _put_back(templates, code, readings)
        value = templates["number"].cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
        result = ReadAddresses(readings, code, number, unit, value)
        rows = np.flatnonzero(~fits[code])
        return (
            result
            if not len(rows)
            else _replaced(
                result, rows, self._read_untemplated(texts[rows], self._deliveries.read_once)
            )
        )

    def _read_untemplated(
        self, texts: pl.DataFrame, delivery_of: ReadsDelivery = read_delivery
    ) -> ReadAddresses:
        """Read each distinct address without a template; the readings are not cached."""
        code, distinct = _distinct(texts, *_TYPED)
        readings = [self._read(text, delivery_of) for text in distinct]
        number = _texts([reading.number for reading in readings], code)
        unit = _texts([reading.unit for reading in readings], code)
        return ReadAddresses(readings, code, number, unit, np.full(len(code), -1))

    def _read_templates(
        self, templates: pl.DataFrame
    ) -> tuple[NDArray[np.int64], list[Reading], NDArray[np.bool_]]:
        """Return codes, readings, and whether each reading has its stand-ins in the right parts."""
        code, texts = _distinct(templates, *_TYPED, "flags")
        if len(self._readings) > _MAX_CACHED:
            self._readings, self._cleaned = {}, {}
        remembered = self._readings
        read = [
            remembered.get(text) or remembered.setdefault(text, self._read_template(text))
            for text in texts
        ]
        fits = np.array([keeps for _, keeps in read], dtype=bool)
        return code, [reading for reading, _ in read], fits

    def _read(self, text: str, delivery_of: ReadsDelivery = read_delivery) -> Reading:
        line, town, state, zip_, *_ = text.split(_BETWEEN)
        if not line.strip():
            return Reading("empty")
        return read_cleaned(clean_text(line), town, state, zip_, self._last_lines, delivery_of)

    def _read_template(self, template: str) -> tuple[Reading, bool]:
        """Read a template, and say whether its stand-ins are in the right parts.

        Templates with the same cleaned text are read once.
        """
        line, *fields = template.split(_BETWEEN)
        key = (clean_text(line), fields[0], fields[1], fields[2])
        if not key[0]:
            reading = self._read(template)
            return reading, _keeps_stand_ins(reading, template)
        known = self._cleaned.get(key)
        if known is None:
            delivery_of = self._deliveries.read
            known = self._cleaned[key] = read_cleaned(*key, self._last_lines, delivery_of)
        return known, _keeps_stand_ins(known, template)


def _keeps_stand_ins(reading: Reading, template: str) -> bool:
    flags = template[template.rindex(_BETWEEN) :]
    number_fits = _HAS_NUMBER not in flags or bool(_PLAIN_STAND_IN.match(reading.number))
    if not number_fits or _HAS_UNIT not in flags:
        return number_fits
    # A number behind a street without a designator is a unit or not by its length.
    is_number = f"# {_STAND_IN}" in reading.unit
    is_undesignated = is_number and ("#" not in template or may_lack_its_number(reading.street))
    return reading.unit.count(_STAND_IN) == 1 and not is_undesignated


def _with_stand_ins(texts: pl.DataFrame) -> pl.DataFrame:
    """Return lines in upper case with stand-ins, the replaced texts, and flags for both."""
    line, number, identifier = pl.col("line"), pl.col("number"), pl.col("identifier")
    is_plain = line.str.len_bytes() == line.str.len_chars()
    upper = texts.with_columns(pl.when(is_plain).then(line.str.to_uppercase()).otherwise(line))
    safe = ~line.str.contains(_STAND_IN, literal=True)
    with_unit_stand_ins = _without_units(
        upper.with_columns(
            number=pl.when(safe).then(line.str.extract(_NUMBER)).fill_null(""),
            unit_at=pl.when(safe).then(line.str.find(_UNIT)),
        )
    )
    stand_in = pl.when(number != "").then(pl.lit(_STAND_IN)).otherwise(pl.lit(""))
    flags = (
        pl.when((number != "") & (identifier != ""))
        .then(pl.lit(_HAS_NUMBER + _HAS_UNIT))
        .when(number != "")
        .then(pl.lit(_HAS_NUMBER))
        .when(identifier != "")
        .then(pl.lit(_HAS_UNIT))
        .otherwise(pl.lit(""))
    )
    return with_unit_stand_ins.with_columns(
        line=stand_in + line.str.strip_prefix(number), flags=flags
    )


def _without_units(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with a stand-in for the unit's ``identifier``; it is empty for no unit.

    ``unit_at`` is the byte where the unit begins, null for none. Slicing bytes takes a third of the
    time of replacing by the pattern.
    """
    if lines["unit_at"].null_count() == len(lines):
        return lines.with_columns(identifier=pl.lit(""))
    line, start = pl.col("line").cast(pl.Binary), pl.col("unit_at")
    digit = line.bin.slice(start).cast(pl.String).str.find("[0-9]")
    behind = line.bin.slice(pl.col("digit_at")).cast(pl.String)
    identifier = pl.col("behind").str.extract(_IDENTIFIER)
    sliced = (
        lines.with_columns(digit_at=start + digit)
        .with_columns(before=line.bin.head(pl.col("digit_at")).cast(pl.String), behind=behind)
        .with_columns(identifier=identifier)
    )
    with_stand_in = (
        pl.col("before")
        + pl.lit(_STAND_IN)
        + pl.col("behind").str.strip_prefix(pl.col("identifier"))
    )
    return sliced.with_columns(
        line=pl.coalesce(with_stand_in, "line"),
        identifier=pl.col("identifier").str.to_uppercase().fill_null(""),
    )


def _put_back(
    templates: pl.DataFrame, code: NDArray[np.int64], readings: list[Reading]
) -> tuple[pl.Series, pl.Series]:
    """Return each row's number and unit instead of the stand-ins."""
    house_number = templates["number"]
    read_number = _texts([reading.number for reading in readings], code)
    suffix = _texts([reading.number.removeprefix(_STAND_IN) for reading in readings], code)
    number = (house_number + suffix).zip_with(house_number != "", read_number)
    shape = _texts([reading.unit for reading in readings], code)
    if not (shape != "").any():
        return number, shape
    frame = pl.DataFrame({"shape": shape, "identifier": templates["identifier"]})
    with_identifier = pl.col("shape").str.replace(_STAND_IN, pl.col("identifier"), literal=True)
    unit = frame.select(
        pl.when(pl.col("identifier") != "").then(with_identifier).otherwise("shape")
    )
    return number, unit.to_series()


def _replaced(
    by_template: ReadAddresses, rows: NDArray[np.int64], by_row: ReadAddresses
) -> ReadAddresses:
    code, value = by_template.code.copy(), by_template.value.copy()
    code[rows] = by_row.code + len(by_template.readings)
    value[rows] = by_row.value
    return ReadAddresses(
        [*by_template.readings, *by_row.readings],
        code,
        by_template.number.scatter(rows, by_row.number),
        by_template.unit.scatter(rows, by_row.unit),
        value,
    )


def _distinct(texts: pl.DataFrame, *columns: str) -> tuple[NDArray[np.int64], list[str]]:
    """Return the codes of the rows, and the distinct rows as joined texts."""
    if len(texts) == 1:
        parts = [text.replace(_BETWEEN, " ") for text in texts.row(0)[: len(columns)]]
        return np.zeros(1, dtype=np.int64), [_BETWEEN.join(parts)]
    cells = [_cells(texts, column) for column in columns]
    return coded(texts.select(pl.concat_str(cells, separator=_BETWEEN)).to_series())


def _cells(texts: pl.DataFrame, column: str) -> pl.Expr:
    """Return a column without the separator in its cells; an empty column is a constant."""
    if column != _TYPED[0] and not (texts[column] != "").any():
        return pl.lit("")
    return pl.col(column).str.replace_all(_BETWEEN, " ", literal=True)


def _texts(distinct: list[str], code: NDArray[np.int64]) -> pl.Series:
    return rows_at(pl.Series(distinct, dtype=pl.String), code)
