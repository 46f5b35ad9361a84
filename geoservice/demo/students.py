"""Students of the fictional district, as a stream of any length.

Addresses are typed as people type them. Where a student truly lives is not in any file; tests
recompute it from the seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from geoservice.demo.ground import (
    STATE,
    TOWNS,
    ZIPS,
    Floats,
    Ground,
    Ints,
    house_numbers,
    house_places,
)
from geoservice.demo.schooling import Schooling, cell_of

BATCH = 50_000
GRADE_NAMES = np.array(["KG", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"])
BAND_OF = np.array([0] * 6 + [1] * 3 + [2] * 4)
_FULL_TYPES = {"St": "Street", "Ave": "Avenue", "Rd": "Road", "Dr": "Drive", "Blvd": "Boulevard",
               "Ln": "Lane", "Way": "Way", "Cir": "Circle", "Pike": "Pike", "Ct": "Court"}  # fmt: skip
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
    """Some students: what the district's file says, and the truth that it does not say.

    ``x`` and ``y`` are metres from the district's origin, NaN for those without a home address; ``grade`` counts from
    kindergarten, ``zone`` is the elementary zone of the home, and ``wish`` what decides the choice of a school, 0 to 1.
    """

    table: pl.DataFrame
    x: Floats
    y: Floats
    grade: Ints
    zone: Ints
    wish: Floats


def student_batches(
    ground: Ground, schooling: Schooling, students: int, seed: int
) -> Iterator[Batch]:
    """Students in batches of `BATCH`; each batch depends on the seed and its place alone."""
    for start in range(0, students, BATCH):
        random = np.random.default_rng([seed, 3, start])
        yield _batch(ground, schooling, start, min(BATCH, students - start), random)


def _batch(
    ground: Ground, schooling: Schooling, start: int, rows: int, random: np.random.Generator
) -> Batch:
    houses = np.flatnonzero(ground.has_range | ground.has_points)
    segment = houses[(random.random(rows) * len(houses)).astype(np.int64)]
    side = (random.random(rows) * 2).astype(np.int64)
    place = (random.random(rows) * ground.count[segment]).astype(np.int64)
    x, y = house_places(ground, segment, side, place)
    number = house_numbers(ground, segment, side, place)
    line, homeless = _typed(ground, segment, number, random)
    grade = (random.random(rows) * 13).astype(np.int64)
    zone = schooling.cell_zone[cell_of(x, y)]
    wish = random.random(rows)
    table = pl.DataFrame({
        "student_id": student_ids(np.arange(start, start + rows)),
        "grade": GRADE_NAMES[grade],
        "school": np.array(schooling.ids)[chosen(schooling.choice, BAND_OF[grade], zone, wish)],
        "address": line,
    })  # fmt: skip
    x, y = (np.where(homeless, np.nan, axis) for axis in (x, y))
    return Batch(table, x, y, grade, zone, wish)


def student_ids(number: Ints) -> pl.Series:
    """Ids of eight digits from running numbers."""
    return pl.Series((number * 7919 + 104729) % 100_000_000).cast(pl.String).str.zfill(8)


def chosen(choice: Floats, band: Ints, zone: Ints, wish: Floats) -> Ints:
    """The school that each student chooses: ``choice`` is bands x zones x schools, as in `Schooling`."""
    chance = choice.cumsum(axis=2)[band, zone]
    return np.asarray(np.minimum((chance < wish[:, None]).sum(axis=1), choice.shape[2] - 1))


def _typed(
    ground: Ground, segment: Ints, number: Ints, random: np.random.Generator
) -> tuple[pl.Series, np.ndarray]:
    """Each address as somebody typed it, and which are none."""
    draw = random.random((12, len(segment)))
    frame = pl.DataFrame({
        "number": pl.Series(number).cast(pl.String),
        "predir": np.array(ground.predir)[segment],
        "name": np.array(ground.name)[segment],
        "type": np.array(ground.type)[segment],
        "zip": np.array(ground.zip)[segment],
        "town": np.array(TOWNS)[ground.town[segment]],
        "cut": (draw[0] * 4 + 1).astype(np.int64),
        "unit_number": pl.Series((draw[1] * 40 + 1).astype(np.int64)).cast(pl.String),
        "other_zip": np.array(ZIPS)[(draw[2] * 4).astype(np.int64)],
        **{f"d{at}": draw[at] for at in range(3, 12)},
    })  # fmt: skip
    d = {at: pl.col(f"d{at}") for at in range(3, 12)}
    full_type = pl.col("type").replace_strict(_FULL_TYPES, default=pl.col("type"))
    full_direction = pl.col("predir").replace_strict(_FULL_DIRECTIONS)
    name, cut = pl.col("name"), pl.col("cut")
    misspelt = name.str.slice(0, cut) + name.str.slice(cut + 1)
    is_word = name.str.contains(r"^\D{5,}$")
    frame = frame.with_columns(
        predir=pl.when(d[3] < 0.12).then(full_direction)
        .when(d[3] > 0.975).then(pl.lit("")).otherwise("predir"),
        name=pl.when((d[4] < 0.025) & is_word).then(misspelt).otherwise("name"),
        type=pl.when(d[5] < 0.2).then(full_type).when(d[5] > 0.97).then(pl.lit(""))
        .when(d[5] > 0.8).then(pl.col("type") + ".").otherwise("type"),
        unit=pl.when(d[6] < 0.07).then(pl.lit(" Apt ") + pl.col("unit_number"))
        .when(d[6] < 0.1).then(pl.lit(" #") + pl.col("unit_number")).otherwise(pl.lit("")),
        zip=pl.when(d[7] < 0.15).then(pl.lit("")).when(d[7] > 0.98).then("other_zip").otherwise("zip"),
        town=pl.when(d[8] < 0.06).then(pl.lit("")).otherwise("town"),
    )  # fmt: skip
    street = pl.concat_str(
        "number", pl.lit(" "), "predir", pl.lit(" "), "name", pl.lit(" "), "type", "unit"
    )
    last = pl.when(d[9] < 0.85).then(pl.lit(STATE)).otherwise(pl.lit(""))
    line = pl.concat_str(street, pl.lit(", "), "town", pl.lit(", "), last, pl.lit(" "), "zip")
    line = (
        line.str.replace_all(r" {2,}", " ")
        .str.replace_all(r"(, )+(\s*,)*", ", ")
        .str.strip_chars(" ,")
    )
    box = pl.lit("PO Box ") + pl.col("unit_number") + ", Riverbend, IA 51901"
    odd = (pl.col("d10") * 1_000_000 % len(_ODD_LINES)).cast(pl.Int64)
    odd_line = odd.replace_strict(dict(enumerate(_ODD_LINES)), return_dtype=pl.String)
    text = (
        pl.when(d[10] < 0.012).then(box).when(d[10] > 0.994).then(odd_line)
        .when(d[11] < 0.2).then(line.str.to_uppercase())
        .when(d[11] > 0.92).then(line.str.to_lowercase()).otherwise(line)
    )  # fmt: skip
    none = ((frame["d10"] < 0.012) | (frame["d10"] > 0.994)).to_numpy()
    return frame.select(text.alias("address"))["address"], none
