"""Whole columns of addresses read once per distinct template.

A template is an address with its plain house number and its unit's identifier taken out:
``120 N 5TH AVE APT 4`` and ``88 N 5TH AVE APT 12`` are read as one. A million rows have some
thousand templates, so that reading costs little and may be as careful as it likes.
"""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.address.clean import clean_text
from geoservice.address.lastline import Gazetteer
from geoservice.address.lastlines import LastLines
from geoservice.address.reading import Reading, read_cleaned
from geoservice.model.columns import at, coded

_STAND_IN = "70707"
_PLAIN_STAND_IN = re.compile(rf"^{_STAND_IN}(?:$|[A-Z]$| )")
"""A number of which all digits before a fraction were taken out: not 28W555, which is one number."""
_BETWEEN = "\x1f"
_FEWEST = 64
_REMEMBERED = 300_000
_NUMBER = r"^([1-9][0-9]{0,6})(?: [A-Za-z0-9]|[A-Za-z])"
_UNITS = "apt|apartment|unit|ste|suite|lot|rm|room"
_UNIT = rf"(?i)([ ,](?:(?:{_UNITS})\.? *#? *|# *))([1-9][0-9]{{0,4}}[a-z]?)( *,| *$)"
"""A unit that ends the text or stands before a comma, with an identifier that begins in digits."""
_HAS_NUMBER, _HAS_UNIT = "N", "U"
_TYPED = ("line", "city", "state", "zip")


@dataclass(frozen=True)
class ReadAddresses:
    """Readings of a table's addresses.

    Attributes
    ----------
    readings
        The distinct readings; where a template was read, its number holds a stand-in.
    code
        Index into ``readings`` for each row.
    number, unit
        Each row's number and unit as text, canonical; empty where there is none.
    value
        The plain house number that was taken out of each row, -1 where none was.
    """

    readings: list[Reading]
    code: NDArray[np.int64]
    number: pl.Series
    unit: pl.Series
    value: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.code)


class AddressReader:
    """Reads tables of addresses of one region and remembers the templates it read."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._last_lines = LastLines(gazetteer)
        self._known: dict[str, Reading] = {}
        self._cleaned: dict[tuple[str, str, str, str], Reading] = {}

    def read(self, texts: pl.DataFrame) -> ReadAddresses:
        """Read the columns ``line``, ``city``, ``state``, ``zip`` (text, no nulls), in row order."""
        if len(texts) < _FEWEST:
            return self._read_whole(texts)
        taken = _with_stand_ins(texts)
        code, readings, fits = self._read_templates(taken)
        number, unit = _put_back(taken, code, readings)
        value = taken["number"].cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
        read = ReadAddresses(readings, code, number, unit, value)
        rows = np.flatnonzero(~fits[code])
        return read if not len(rows) else _replaced(read, rows, self._read_whole(texts[rows]))

    def _read_whole(self, texts: pl.DataFrame) -> ReadAddresses:
        """Read each distinct address as it stands: nothing of these is remembered."""
        code, joined = _distinct(texts, *_TYPED)
        readings = [self._read(text) for text in joined]
        number = _texts([one.number for one in readings], code)
        unit = _texts([one.unit for one in readings], code)
        return ReadAddresses(readings, code, number, unit, np.full(len(code), -1))

    def _read_templates(
        self, taken: pl.DataFrame
    ) -> tuple[NDArray[np.int64], list[Reading], NDArray[np.bool_]]:
        """Codes, readings, and whether each reading kept its stand-ins where they belong."""
        code, joined = _distinct(taken, *_TYPED, "flags")
        if len(self._known) > _REMEMBERED:
            self._known, self._cleaned = {}, {}
        known = self._known
        readings = [
            known.get(text) or known.setdefault(text, self._read_template(text)) for text in joined
        ]
        fits = map(_keeps_stand_ins, readings, joined)
        return code, readings, np.fromiter(fits, dtype=bool, count=len(readings))

    def _read(self, joined: str) -> Reading:
        line, town, state, zip_, *_ = joined.split(_BETWEEN)
        if not line.strip():
            return Reading("empty")
        return read_cleaned(clean_text(line), town, state, zip_, self._last_lines)

    def _read_template(self, joined: str) -> Reading:
        """As `_read`; templates that clean to the same are read once."""
        line, *last = joined.split(_BETWEEN)
        key = (clean_text(line), last[0], last[1], last[2])
        if not key[0]:
            return self._read(joined)
        known = self._cleaned.get(key)
        if known is None:
            known = self._cleaned[key] = read_cleaned(*key, self._last_lines)
        return known


def _keeps_stand_ins(read: Reading, joined: str) -> bool:
    flags = joined[joined.rindex(_BETWEEN) :]
    number_fits = _HAS_NUMBER not in flags or bool(_PLAIN_STAND_IN.match(read.number))
    if not number_fits or _HAS_UNIT not in flags:
        return number_fits
    # A number behind a street without a designator counts as a unit by its length.
    bare = f"# {_STAND_IN}" in read.unit and "#" not in joined
    return read.unit.count(_STAND_IN) == 1 and not bare


def _with_stand_ins(texts: pl.DataFrame) -> pl.DataFrame:
    """The lines in upper case with stand-ins, what they stand for, and which of the two there are."""
    line = pl.col("line")
    is_plain = line.str.len_bytes() == line.str.len_chars()
    safe = ~line.str.contains(_STAND_IN, literal=True)
    number = pl.when(safe).then(line.str.extract(_NUMBER)).fill_null("")
    upper = texts.with_columns(pl.when(is_plain).then(line.str.to_uppercase()).otherwise("line"))
    found = upper.select("line", number=number, has_unit=safe & line.str.contains(_UNIT))
    marked, identifier = _without_units(found["line"], found["has_unit"])
    has_number = pl.col("number") != ""
    stand_in = pl.when(has_number).then(pl.lit(_STAND_IN)).otherwise(pl.lit(""))
    flags = [
        pl.when(there).then(pl.lit(flag)).otherwise(pl.lit(""))
        for there, flag in ((has_number, _HAS_NUMBER), (pl.col("identifier") != "", _HAS_UNIT))
    ]
    return upper.with_columns(
        line=marked, number=found["number"], identifier=identifier
    ).with_columns(
        line=stand_in + line.str.slice(pl.col("number").str.len_bytes()),
        flags=pl.concat_str(flags),
    )


def _without_units(line: pl.Series, has_unit: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The lines with a stand-in for the unit's identifier, and the identifiers, empty for none."""
    identifier = pl.Series("identifier", [""], dtype=pl.String).new_from_index(0, len(line))
    rows = has_unit.arg_true()
    if not len(rows):
        return line, identifier
    some = line.gather(rows)
    marked = some.str.replace(_UNIT, f"${{1}}{_STAND_IN}${{3}}")
    named = some.str.extract(_UNIT, 2).str.to_uppercase()
    return line.scatter(rows, marked), identifier.scatter(rows, named)


def _put_back(
    taken: pl.DataFrame, code: NDArray[np.int64], readings: list[Reading]
) -> tuple[pl.Series, pl.Series]:
    """Each row's own number and unit in place of the stand-ins."""
    own = taken["number"]
    typed = _texts([one.number for one in readings], code)
    rest = _texts([one.number.removeprefix(_STAND_IN) for one in readings], code)
    number = (own + rest).zip_with(own != "", typed)
    shape = _texts([one.unit for one in readings], code)
    if not (shape != "").any():
        return number, shape
    frame = pl.DataFrame({"shape": shape, "identifier": taken["identifier"]})
    whole = pl.col("shape").str.replace(_STAND_IN, pl.col("identifier"), literal=True)
    unit = frame.select(pl.when(pl.col("identifier") != "").then(whole).otherwise("shape"))
    return number, unit.to_series()


def _replaced(read: ReadAddresses, rows: NDArray[np.int64], anew: ReadAddresses) -> ReadAddresses:
    code, value = read.code.copy(), read.value.copy()
    code[rows] = anew.code + len(read.readings)
    value[rows] = anew.value
    return ReadAddresses(
        [*read.readings, *anew.readings],
        code,
        read.number.scatter(rows, anew.number),
        read.unit.scatter(rows, anew.unit),
        value,
    )


def _distinct(texts: pl.DataFrame, *columns: str) -> tuple[NDArray[np.int64], list[str]]:
    """Codes of the rows and the distinct rows of the columns, joined."""
    if len(texts) == 1:
        parts = [text.replace(_BETWEEN, " ") for text in texts.row(0)[: len(columns)]]
        return np.zeros(1, dtype=np.int64), [_BETWEEN.join(parts)]
    cells = [_cells(texts, one) for one in columns]
    return coded(texts.select(pl.concat_str(cells, separator=_BETWEEN)).to_series())


def _cells(texts: pl.DataFrame, column: str) -> pl.Expr:
    """A column whose cells do not hold the separator; one of empty cells is one constant."""
    if column != _TYPED[0] and not (texts[column] != "").any():
        return pl.lit("")
    return pl.col(column).str.replace_all(_BETWEEN, " ", literal=True)


def _texts(distinct: list[str], code: NDArray[np.int64]) -> pl.Series:
    return at(pl.Series(distinct, dtype=pl.String), code)
