"""Students of the fictional district, in batches for files of any size.

The addresses have typing errors and abbreviations. No file contains the true homes; tests
recompute them from the seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from geoservice.demo.schooling import Schooling, cell_of
from geoservice.demo.streets import (
    STATE,
    TOWNS,
    ZIPS,
    DemoStreets,
    Floats,
    Ints,
    house_numbers,
    house_places,
)

BATCH = 50_000
GRADE_NAMES = np.array(["KG", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"])
BAND_OF = np.array([0] * 6 + [1] * 3 + [2] * 4)
_FULL_TYPES = {
    "St": "Street",
    "Ave": "Avenue",
    "Rd": "Road",
    "Dr": "Drive",
    "Blvd": "Boulevard",
    "Ln": "Lane",
    "Way": "Way",
    "Cir": "Circle",
    "Pike": "Pike",
    "Ct": "Court",
}
_FULL_DIRECTIONS = {"N": "North", "S": "South", "E": "East", "W": "West", "": ""}
_ODD_LINES = (
    "",
    "UNKNOWN",
    "General Delivery",
    "homeless",
    "see office",
    "12 Nowhere Blvd, Springfield, MO 65801",
)


@dataclass(frozen=True)
class Batch:
    """A batch of students: rows of the student file, and the true values behind them.

    ``x`` and ``y`` are metres from the district's origin, NaN for students without a home
    address. ``grade`` counts from kindergarten (0). ``zone`` is the elementary zone of the home.
    ``wish`` is the random number from 0 to 1 that selects the school.
    """

    table: pl.DataFrame
    x: Floats
    y: Floats
    grade: Ints
    zone: Ints
    wish: Floats


def student_batches(
    streets: DemoStreets, schooling: Schooling, students: int, seed: int
) -> Iterator[Batch]:
    """Yield students in batches of `BATCH`; each batch depends only on seed and position."""
    for start in range(0, students, BATCH):
        random = np.random.default_rng([seed, 3, start])
        yield _batch(streets, schooling, start, min(BATCH, students - start), random)


def _batch(
    streets: DemoStreets, schooling: Schooling, start: int, rows: int, random: np.random.Generator
) -> Batch:
    houses = np.flatnonzero(streets.has_range | streets.has_points)
    segment = houses[(random.random(rows) * len(houses)).astype(np.int64)]
    side = (random.random(rows) * 2).astype(np.int64)
    place = (random.random(rows) * streets.count[segment]).astype(np.int64)
    x, y = house_places(streets, segment, side, place)
    number = house_numbers(streets, segment, side, place)
    line, homeless = _typed(streets, segment, number, random)
    grade = (random.random(rows) * 13).astype(np.int64)
    zone = schooling.cell_zone[cell_of(x, y)]
    wish = random.random(rows)
    table = pl.DataFrame(
        {
            "student_id": student_ids(np.arange(start, start + rows)),
            "grade": GRADE_NAMES[grade],
            "school": np.array(schooling.ids)[
                chosen_schools(schooling.choice, BAND_OF[grade], zone, wish)
            ],
            "address": line,
        }
    )
    x, y = (np.where(homeless, np.nan, axis) for axis in (x, y))
    return Batch(table, x, y, grade, zone, wish)


def student_ids(number: Ints) -> pl.Series:
    """Return eight-digit ids from running numbers."""
    return pl.Series((number * 7919 + 104729) % 100_000_000).cast(pl.String).str.zfill(8)


def chosen_schools(choice: Floats, band: Ints, zone: Ints, wish: Floats) -> Ints:
    """Return the index of each student's school; ``choice`` is as in `Schooling`."""
    chance = choice.cumsum(axis=2)[band, zone]
    return np.asarray(np.minimum((chance < wish[:, None]).sum(axis=1), choice.shape[2] - 1))


def _typed(
    streets: DemoStreets, segment: Ints, number: Ints, random: np.random.Generator
) -> tuple[pl.Series, np.ndarray]:
    """Return each address as typed, and True for rows without a home address."""
    frame = _with_errors(_address_parts(streets, segment, number, random))
    draw = _draws()
    line = _address_line(draw)
    box = pl.lit("PO Box ") + pl.col("unit_number") + ", Riverbend, IA 51901"
    odd = (pl.col("d10") * 1_000_000 % len(_ODD_LINES)).cast(pl.Int64)
    odd_line = odd.replace_strict(dict(enumerate(_ODD_LINES)), return_dtype=pl.String)
    text = (
        pl.when(draw[10] < 0.012)
        .then(box)
        .when(draw[10] > 0.994)
        .then(odd_line)
        .when(draw[11] < 0.2)
        .then(line.str.to_uppercase())
        .when(draw[11] > 0.92)
        .then(line.str.to_lowercase())
        .otherwise(line)
    )
    has_no_home = ((frame["d10"] < 0.012) | (frame["d10"] > 0.994)).to_numpy()
    return frame.select(text.alias("address"))["address"], has_no_home


def _draws() -> dict[int, pl.Expr]:
    """Return the columns of random numbers (0 to 1) that decide on typing errors."""
    return {column: pl.col(f"d{column}") for column in range(3, 12)}


def _address_parts(
    streets: DemoStreets, segment: Ints, number: Ints, random: np.random.Generator
) -> pl.DataFrame:
    """Return the correct address parts of each home, with random numbers for errors."""
    draw = random.random((12, len(segment)))
    return pl.DataFrame(
        {
            "number": pl.Series(number).cast(pl.String),
            "predir": np.array(streets.predir)[segment],
            "name": np.array(streets.name)[segment],
            "type": np.array(streets.type)[segment],
            "zip": np.array(streets.zip)[segment],
            "town": np.array(TOWNS)[streets.town[segment]],
            "cut": (draw[0] * 4 + 1).astype(np.int64),
            "unit_number": pl.Series((draw[1] * 40 + 1).astype(np.int64)).cast(pl.String),
            "other_zip": np.array(ZIPS)[(draw[2] * 4).astype(np.int64)],
            **{f"d{column}": draw[column] for column in range(3, 12)},
        }
    )


def _with_errors(parts: pl.DataFrame) -> pl.DataFrame:
    """Return address parts with spelled-out words, omissions and typing errors."""
    draw = _draws()
    full_type = pl.col("type").replace_strict(_FULL_TYPES, default=pl.col("type"))
    full_direction = pl.col("predir").replace_strict(_FULL_DIRECTIONS)
    name, cut = pl.col("name"), pl.col("cut")
    misspelt = name.str.slice(0, cut) + name.str.slice(cut + 1)
    is_word = name.str.contains(r"^\D{5,}$")
    return parts.with_columns(
        predir=pl.when(draw[3] < 0.12)
        .then(full_direction)
        .when(draw[3] > 0.975)
        .then(pl.lit(""))
        .otherwise("predir"),
        name=pl.when((draw[4] < 0.025) & is_word).then(misspelt).otherwise("name"),
        type=pl.when(draw[5] < 0.2)
        .then(full_type)
        .when(draw[5] > 0.97)
        .then(pl.lit(""))
        .when(draw[5] > 0.8)
        .then(pl.col("type") + ".")
        .otherwise("type"),
        unit=pl.when(draw[6] < 0.07)
        .then(pl.lit(" Apt ") + pl.col("unit_number"))
        .when(draw[6] < 0.1)
        .then(pl.lit(" #") + pl.col("unit_number"))
        .otherwise(pl.lit("")),
        zip=pl.when(draw[7] < 0.15)
        .then(pl.lit(""))
        .when(draw[7] > 0.98)
        .then("other_zip")
        .otherwise("zip"),
        town=pl.when(draw[8] < 0.06).then(pl.lit("")).otherwise("town"),
    )


def _address_line(draw: dict[int, pl.Expr]) -> pl.Expr:
    """Return the address as a single line, without gaps for missing parts."""
    street = pl.concat_str(
        "number", pl.lit(" "), "predir", pl.lit(" "), "name", pl.lit(" "), "type", "unit"
    )
    state = pl.when(draw[9] < 0.85).then(pl.lit(STATE)).otherwise(pl.lit(""))
    line = pl.concat_str(street, pl.lit(", "), "town", pl.lit(", "), state, pl.lit(" "), "zip")
    return (
        line.str.replace_all(r" {2,}", " ")
        .str.replace_all(r"(, )+(\s*,)*", ", ")
        .str.strip_chars(" ,")
    )
