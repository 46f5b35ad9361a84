"""Lists of students of the fictional district: without a fault, and with a fifth of the rows damaged."""

import random
import string
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

Harm = Callable[[str, random.Random], str]


def clean_students(region: Path, path: Path, students: int) -> None:
    """A list of the district's own address points as addresses without a fault."""
    _clean(region, students).write_csv(path)


def damaged_students(region: Path, path: Path, students: int) -> None:
    """The same with one fault in every fifth row: slips, lost parts, units, other cases, glued numbers."""
    table = _clean(region, students)
    drawn = random.Random(11)
    lines = table["address"].to_list()
    harms: tuple[Harm, ...] = (_slip, _slip, _unit, _lower, _no_zip, _glued, _spelled)
    for row in range(0, len(lines), 5):
        lines[row] = drawn.choice(harms)(lines[row], drawn)
    table.with_columns(address=pl.Series(lines)).write_csv(path)


def _clean(region: Path, students: int) -> pl.DataFrame:
    points = pl.concat(
        [pl.read_csv(one, infer_schema=False) for one in sorted(region.glob("addresses_*.csv"))]
    )
    drawn = np.random.default_rng(7).integers(0, len(points), students)
    line = pl.format("{} {}, {}, IA {}", "number", "street", "city", "zip")
    table = points[drawn].select(address=line).with_row_index("student_id")
    grade = (pl.col("student_id") % 12 + 1).cast(pl.String)
    return table.with_columns(grade=grade)


def _slip(line: str, drawn: random.Random) -> str:
    first, last = line.index(" ") + 1, line.index(",")
    at = drawn.randrange(first, last)
    return line[:at] + drawn.choice(string.ascii_lowercase) + line[at + drawn.randrange(2) :]


def _unit(line: str, drawn: random.Random) -> str:
    written = drawn.choice([" Apt {}", " #{}", ", Unit {}", " apt. {}b"]).format(
        drawn.randrange(1, 99)
    )
    return line.replace(",", f"{written},", 1)


def _lower(line: str, _: random.Random) -> str:
    return line.lower()


def _no_zip(line: str, _: random.Random) -> str:
    return line.rsplit(" ", 1)[0]


def _glued(line: str, _: random.Random) -> str:
    return line.replace(" ", "", 1)


def _spelled(line: str, _: random.Random) -> str:
    return line.replace(" St,", " Street,").replace(" Ave,", " Avenue,").replace(" N ", " North ")
