"""Readings of addresses as numbers: what each row asks of the reference."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from geoservice.address.number import number_pattern, number_value
from geoservice.geocode.resolve import Resolution, Resolver
from geoservice.reference.snapshot import Reference

NO_TOWN, UNKNOWN_TOWN = -1, -2
NO_ZIP = -1
OTHER_PATTERN = -1
_SHORTEST_TOWN = 6


@dataclass(frozen=True)
class Queries:
    """One entry per row of the reading.

    Attributes
    ----------
    text
        Index into ``resolutions`` of the row's street text.
    value, pattern
        House number and the number of the pattern around it (`geoservice.address.number`).
    zip, town
        Typed ZIP and town as numbers; the constants of this module where there is none.
    zip_known
        True where the reference has the typed ZIP.
    foreign
        True where state, town or ZIP say that the place is not in the region.
    """

    reading: pl.DataFrame
    resolutions: list[Resolution]
    text: NDArray[np.int64]
    value: NDArray[np.int64]
    pattern: NDArray[np.int32]
    zip: NDArray[np.int32]
    town: NDArray[np.int32]
    zip_known: NDArray[np.bool_]
    foreign: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.text)


def ask(reading: pl.DataFrame, reference: Reference, resolver: Resolver) -> Queries:
    """Queries of a reading (schema `geoservice.address.reading.READING`), in its order."""
    reading = reading.with_columns(number=_single_number(reference))
    texts = reading["street"].unique().sort()
    codes = pl.Series(np.arange(len(texts)))
    text = reading["street"].replace_strict(texts, codes, return_dtype=pl.Int64)
    numbers = reading.select(
        value=number_value(pl.col("number")),
        pattern=_pattern(reference),
        zip=pl.col("zip").cast(pl.Int32, strict=False).fill_null(NO_ZIP),
    )
    zips = numbers["zip"].to_numpy()
    town = _towns(reading["city"], reference)
    zip_known = np.isin(zips, reference.known_zips)
    return Queries(
        reading=reading,
        resolutions=resolver.resolve(texts.to_list()),
        text=text.to_numpy().astype(np.int64),
        value=numbers["value"].to_numpy(),
        pattern=numbers["pattern"].to_numpy(),
        zip=zips,
        town=town,
        zip_known=zip_known,
        foreign=_foreign(reading, reference, zips, zip_known, town),
    )


def _single_number(reference: Reference) -> pl.Expr:
    """Where the region has no hyphenated numbers, ``123-125`` means the first of the two."""
    number = pl.col("number").str.replace(r"^(\d+)-([A-Z])$", "$1$2")
    if any(pattern.startswith("#-#") for pattern in reference.patterns):
        return number
    return number.str.replace(r"^(\d+)-\d+", "$1")


def _pattern(reference: Reference) -> pl.Expr:
    patterns = reference.patterns
    return number_pattern(pl.col("number")).replace_strict(
        patterns, default=OTHER_PATTERN, return_dtype=pl.Int32
    )


def _towns(column: pl.Series, reference: Reference) -> NDArray[np.int32]:
    unique = column.unique().to_list()
    numbers = {key: number for number, key in enumerate(reference.town_keys)}
    found = [_town(key, numbers) for key in unique]
    return column.replace_strict(unique, found, return_dtype=pl.Int32).to_numpy()


def _town(key: str, numbers: dict[str, int]) -> int:
    if not key:
        return NO_TOWN
    if key in numbers or len(key) < _SHORTEST_TOWN:
        return numbers.get(key, UNKNOWN_TOWN)
    alike = [known for known in numbers if OSA.distance(key, known, score_cutoff=2) <= 2]
    return numbers[alike[0]] if len(alike) == 1 else UNKNOWN_TOWN


def _foreign(
    reading: pl.DataFrame,
    reference: Reference,
    zips: NDArray[np.int32],
    zip_known: NDArray[np.bool_],
    town: NDArray[np.int32],
) -> NDArray[np.bool_]:
    states = reference.gazetteer.states
    typed = reading["state"]
    other_state = (typed != "") & ~typed.is_in(states) if states else typed != typed
    regions = np.unique(reference.known_zips // 100)
    far_zip = (zips >= 0) & ~np.isin(zips // 100, regions) & bool(len(regions))
    unknown_town = (town == UNKNOWN_TOWN) & ~zip_known & bool(len(reference.town_keys))
    return np.asarray(other_state.to_numpy() | (far_zip & (town < 0)) | unknown_town)
