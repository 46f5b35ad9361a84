"""The columns of a file as names and values: what a column is called and what its cells look like."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from geoservice.address.vocabulary import vocabulary
from geoservice.errors import InputError
from geoservice.model.grades import expand_grades, read_grades

_SAMPLE_ROWS = 2_000
_SHARED_BY = 3
"""A first word that so many columns share (`AM_`, `SITUS_`) may be left out of a name."""
_CUT_LETTERS = 10
_OTHER_NAMES = re.compile(
    r"^(ALT|ALIAS|AKA|OLD|FORMER|PREV|MAIL|OWN|BILL|TAX|PARENT|CROSS|INTERS|LANDM|ALSN|"
    r"A[0-9][0-9]*_|AN_)",
    re.IGNORECASE,
)
"""Columns about another name of the street, or about an owner's own address."""
_WHOLE = ("STREETNAME", "PROPERTYAD")
"""Names of ten letters that are not cut."""
_MEANINGLESS = ("CODE", "CD", "ABBR", "ABBREV", "ABRV", "TXT", "TEXT", "DESC")
_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?$")
_HOUSE_NUMBER = re.compile(r"^[NSEW]?\d[\dA-Z]*(?:[- ]\d*[A-Z]?\d*(?:/\d)?)?$")
_ADDRESS = re.compile(r"^[NSEW]?\d+[A-Z]?(?:[-/ ](?:\d+[A-Z]?|[A-Z]))*\s+.*[A-Z]{2}")
_SCHOOL_WORD = re.compile(
    r"\b(?:SCHOOL|ELEM\w*|ACADEMY|MIDDLE|HIGH|E\.?S\.?|M\.?S\.?|H\.?S\.?|K-?8)(?!\w)"
)
_NEARLY_ALL = 0.9
_ZIP = re.compile(r"^\d{4,5}(?:-?\d{4})?(?:\.0)?$")


@dataclass(frozen=True)
class Column:
    """One column: its name, its name in letters and digits alone, and a sample of its cells."""

    name: str
    spellings: tuple[str, ...]
    sample: tuple[str | None, ...]

    @property
    def is_of_another_name(self) -> bool:
        """Whether the name speaks of an alternate street name or of an owner."""
        return bool(_OTHER_NAMES.match(self.name))

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The filled cells of the sample, in capitals."""
        return tuple(cell.upper() for cell in self.sample if cell)

    @property
    def filled(self) -> float:
        """Share of the cells of the sample that are filled."""
        return len(self.values) / len(self.sample) if self.sample else 0.0

    @property
    def is_key(self) -> bool:
        """Whether nearly every row has a cell of its own, as an id has."""
        return self.filled >= _NEARLY_ALL and self.distinct >= _NEARLY_ALL * len(self.values)

    @cached_property
    def school_names(self) -> float:
        """Share of the filled cells that speak of a school."""
        return self._share(bool(_SCHOOL_WORD.search(value)) for value in self.values)

    @property
    def is_empty(self) -> bool:
        """Whether no cell of the sample is filled."""
        return not self.values

    @cached_property
    def directions(self) -> float:
        """Share of the filled cells that are directions."""
        return self._share(value.strip(". ") in vocabulary().directions for value in self.values)

    @cached_property
    def street_types(self) -> float:
        """Share of the filled cells that are street types or kinds of routes."""
        words = vocabulary()
        known = words.types.keys() | words.pretypes.keys() | words.routes.keys()
        return self._share(value.strip(". ") in known for value in self.values)

    @cached_property
    def closing_types(self) -> float:
        """Share of the filled cells that are street types as they stand behind a name."""
        return self._share(value.strip(". ") in vocabulary().types for value in self.values)

    @cached_property
    def numbers(self) -> float:
        """Share of the filled cells that are numbers."""
        return self._share(bool(_NUMBER.match(value)) for value in self.values)

    @cached_property
    def house_numbers(self) -> float:
        """Share of the filled cells that are house numbers."""
        return self._share(bool(_HOUSE_NUMBER.match(value)) for value in self.values)

    @cached_property
    def whole_addresses(self) -> float:
        """Share of the filled cells that begin with a house number and go on with words."""
        return self._share(bool(_ADDRESS.match(value)) for value in self.values)

    @cached_property
    def street_names(self) -> float:
        """Share of the filled cells of several words of which one of the last two is a street type."""
        types = vocabulary().types
        words = (value.replace(".", "").split() for value in self.values)
        return self._share(
            len(name) > 1 and any(word in types for word in name[1:][-2:]) for name in words
        )

    @cached_property
    def zips(self) -> float:
        """Share of the filled cells that are ZIP codes."""
        return self._share(bool(_ZIP.match(value)) for value in self.values)

    @cached_property
    def grades(self) -> float:
        """Share of the filled cells that are single grades."""
        codes = read_grades(pl.Series(self.values, dtype=pl.String))
        return self._share((~codes.is_null()).to_list())

    @cached_property
    def grade_lists(self) -> float:
        """Share of the filled cells that are grades, ranges or lists of them: `K-6`, `K, 1, 2`."""
        is_list = {value: _is_grade_list(value) for value in set(self.values)}
        return self._share(is_list[value] for value in self.values)

    @cached_property
    def letters(self) -> float:
        """Share of the filled cells that hold a word."""
        return self._share(bool(re.search("[A-Z]{2}", value)) for value in self.values)

    @cached_property
    def bounds(self) -> tuple[float, float] | None:
        """Middle half of the numbers other than zero: first and third quartile."""
        numbers = sorted(float(value) for value in self.values if _NUMBER.match(value))
        numbers = [number for number in numbers if number]
        return (numbers[len(numbers) // 4], numbers[len(numbers) * 3 // 4]) if numbers else None

    @cached_property
    def distinct(self) -> int:
        """Number of different filled cells in the sample."""
        return len(set(self.values))

    def _share(self, signs: Iterable[bool]) -> float:
        return sum(signs) / len(self.values) if self.values else 0.0


def columns_of(frame: pl.DataFrame) -> tuple[Column, ...]:
    """The columns of a file in its order, each with cells of the same rows, spread over the file."""
    step = max(1, len(frame) // _SAMPLE_ROWS)
    sample = frame.gather_every(step).head(_SAMPLE_ROWS)
    names = [name for name in frame.columns if name != "row"]
    beginnings = Counter(
        tuple(words[:count]) for words in map(_words, names) for count in range(1, len(words))
    )
    return tuple(
        Column(name, _spellings(name, beginnings), tuple(sample[name].cast(pl.String).to_list()))
        for name in names
    )


def letters_of(name: str) -> str:
    """A name in capitals, letters and digits alone."""
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def is_called(column: Column, name: str) -> bool:
    """Whether a column has a name, whatever its capitals, underscores, shared prefix or cut."""
    if letters_of(name) in column.spellings:
        return True
    cut = name[:_CUT_LETTERS].upper()  # A shapefile keeps ten letters of a name.
    return len(name) > _CUT_LETTERS and column.name.upper() == cut and cut not in _WHOLE


def _is_grade_list(text: str) -> bool:
    try:
        return bool(expand_grades(text))
    except InputError:
        return False


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^A-Za-z0-9]+", name.upper()) if word]


def _spellings(name: str, beginnings: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    """The name's letters; without shared first words; without a last word that says nothing."""
    words = _words(name)
    forms = [words] + [
        words[count:]
        for count in range(1, len(words))
        if beginnings[tuple(words[:count])] >= _SHARED_BY
    ]
    forms += [form[:-1] for form in forms if len(form) > 1 and form[-1] in _MEANINGLESS]
    return tuple(dict.fromkeys("".join(form) for form in forms))
