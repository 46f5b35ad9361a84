"""Columns of a file: the spellings of their names, and statistics of their cells."""

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
_LONGEST_CELL = 300
"""Patterns take long for long cells; what a column is shows in the first signs."""
_SHARED_BY = 3
"""A prefix that this many columns share (`AM_`, `SITUS_`) is ignored in names."""
_CUT_LETTERS = 10
_OTHER_NAMES = re.compile(
    r"^(ALT|ALIAS|AKA|OLD|FORMER|PREV|MAIL|OWN|BILL|TAX|PARENT|CROSS|INTERS|LANDM|ALSN|"
    r"A[0-9][0-9]*_|AN_)",
    re.IGNORECASE,
)
"""Columns with another name of the street, or with the address of an owner."""
_WHOLE = ("STREETNAME", "PROPERTYAD")
"""Names with ten letters that are not truncated."""
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
class FileColumn:
    """A column of a file.

    ``spellings`` are the forms of its name in capital letters and digits; ``sample`` holds cells
    from the whole file.
    """

    name: str
    spellings: tuple[str, ...]
    sample: tuple[str | None, ...]

    @property
    def is_of_another_name(self) -> bool:
        """Whether the name indicates an alternate street name or an owner."""
        return bool(_OTHER_NAMES.match(self.name))

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The non-empty cells of the sample, in capitals; of long cells the start."""
        return tuple(cell[:_LONGEST_CELL].upper() for cell in self.sample if cell)

    @property
    def filled(self) -> float:
        """Share of non-empty cells in the sample."""
        return len(self.values) / len(self.sample) if self.sample else 0.0

    @property
    def is_key(self) -> bool:
        """Whether nearly all cells are filled and distinct, as ids are."""
        return self.filled >= _NEARLY_ALL and self.distinct >= _NEARLY_ALL * len(self.values)

    @cached_property
    def school_names(self) -> float:
        """Share of the filled cells that name a school."""
        return self._share(bool(_SCHOOL_WORD.search(value)) for value in self.values)

    @property
    def is_empty(self) -> bool:
        """Whether all cells of the sample are empty."""
        return not self.values

    @cached_property
    def directions(self) -> float:
        """Share of the filled cells that are directions."""
        return self._share(value.strip(". ") in vocabulary().directions for value in self.values)

    @cached_property
    def street_types(self) -> float:
        """Share of the filled cells that are street types or kinds of routes."""
        words = vocabulary()
        type_words = words.types.keys() | words.pretypes.keys() | words.routes.keys()
        return self._share(value.strip(". ") in type_words for value in self.values)

    @cached_property
    def closing_types(self) -> float:
        """Share of the filled cells that are street types which follow a name."""
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
        """Share of the filled cells with a house number followed by words."""
        return self._share(bool(_ADDRESS.match(value)) for value in self.values)

    @cached_property
    def street_names(self) -> float:
        """Share of the filled cells with a street type among their last two words."""
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
        """First and third quartile of the numbers other than zero; None without numbers."""
        numbers = sorted(float(value) for value in self.values if _NUMBER.match(value))
        numbers = [number for number in numbers if number]
        return (numbers[len(numbers) // 4], numbers[len(numbers) * 3 // 4]) if numbers else None

    @cached_property
    def distinct(self) -> int:
        """Number of different filled cells in the sample."""
        return len(set(self.values))

    def _share(self, flags: Iterable[bool]) -> float:
        return sum(flags) / len(self.values) if self.values else 0.0


def file_columns(frame: pl.DataFrame) -> tuple[FileColumn, ...]:
    """Return the columns of a file in order; samples come from the same rows of the file."""
    step = max(1, len(frame) // _SAMPLE_ROWS)
    sample = frame.gather_every(step).head(_SAMPLE_ROWS)
    names = [name for name in frame.columns if name != "row"]
    beginnings = Counter(
        tuple(words[:count]) for words in map(_words, names) for count in range(1, len(words))
    )
    return tuple(
        FileColumn(
            name, _spellings(name, beginnings), tuple(sample[name].cast(pl.String).to_list())
        )
        for name in names
    )


def letters_of(name: str) -> str:
    """Return a name in capitals, reduced to letters and digits."""
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def is_called(column: FileColumn, name: str) -> bool:
    """Return whether a column has a name; case, punctuation, prefix and truncation may differ."""
    if letters_of(name) in column.spellings:
        return True
    cut = name[:_CUT_LETTERS].upper()  # A shapefile truncates names to ten letters.
    return len(name) > _CUT_LETTERS and column.name.upper() == cut and cut not in _WHOLE


def _is_grade_list(text: str) -> bool:
    try:
        return bool(expand_grades(text))
    except InputError:
        return False


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^A-Za-z0-9]+", name.upper()) if word]


def _spellings(name: str, beginnings: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the forms of a name: complete, without shared prefix, without generic suffix."""
    words = _words(name)
    forms = [words] + [
        words[count:]
        for count in range(1, len(words))
        if beginnings[tuple(words[:count])] >= _SHARED_BY
    ]
    forms += [form[:-1] for form in forms if len(form) > 1 and form[-1] in _MEANINGLESS]
    return tuple(dict.fromkeys("".join(form) for form in forms))
