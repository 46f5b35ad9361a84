"""The street table of a snapshot: the distinct streets and their look-up keys."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.address.clean import clean_text
from geoservice.address.keys import key_hashes, slips
from geoservice.address.street import Street, read_street
from geoservice.model.columns import each_text
from geoservice.model.layers import RegionLayers

_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/&- ")
_PARTS = ("predir", "pretype", "name", "type", "postdir")
_COLUMNS = (*_PARTS, "modifier")


class StreetIndex:
    """Distinct streets of the centerlines and address points, numbered by sorted key.

    Attributes
    ----------
    segment_street, point_street
        Index of the street of each row in the layers' streets and addresses; -1 for rows
        without a street.
    """

    def __init__(self, layers: RegionLayers) -> None:
        segment_texts = each_text(layers.streets.select(_full_name()).to_series(), _street_text)
        point_texts = each_text(layers.addresses["street"], _street_text)
        alias_texts = each_text(layers.streets["alias"], _street_text)
        table = layers.aliases.drop_nulls()
        official, alias_names = (
            each_text(table[name], _street_text) for name in ("street", "alias")
        )
        read = _read_all([segment_texts, point_texts, alias_texts, official, alias_names])
        named = {text for text in {*segment_texts.to_list(), *point_texts.to_list()} if text}
        by_key = {read[text].key: read[text] for text in sorted(named, reverse=True)}
        by_key.pop(Street().key, None)
        self._numbers = {key: number for number, key in enumerate(sorted(by_key))}
        self._streets = [by_key[key] for key in self._numbers]
        self.segment_street = self._number(segment_texts, read)
        self.point_street = self._number(point_texts, read)
        self._aliases = self._alias_pairs(alias_texts, self.segment_street, read)
        self._aliases += self._alias_pairs(alias_names, self._number(official, read), read)

    def table(self) -> pl.DataFrame:
        """Return the parts and standard text of each street, in the order of street numbers."""
        columns = {part: [getattr(street, part) for street in self._streets] for part in _COLUMNS}
        columns["display"] = [street.display() for street in self._streets]
        return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the look-up arrays: full keys, name keys, and names with one letter deleted."""
        entries = [(street, number) for number, street in enumerate(self._streets)]
        entries += self._aliases
        numbers = [number for _, number in entries]
        full = _sorted_pairs([street.key for street, _ in entries], numbers)
        names = _sorted_pairs([street.name_key for street, _ in entries], numbers)
        spellings = [
            (slip, number) for street, number in entries for slip in slips(street.name_key)
        ]
        deletes = _sorted_pairs(
            [slip for slip, _ in spellings], [number for _, number in spellings]
        )
        return {
            "full_hash": full[0],
            "full_street": full[1],
            "name_hash": names[0],
            "name_street": names[1],
            "delete_hash": deletes[0],
            "delete_name": deletes[1],
        }

    def _number(self, texts: pl.Series, read: Mapping[str, Street]) -> NDArray[np.int32]:
        unique = texts.unique().to_list()
        numbers = [self._numbers.get(read[text].key, -1) if text else -1 for text in unique]
        column = texts.replace_strict(unique, numbers, return_dtype=pl.Int32)
        return column.to_numpy().astype(np.int32)

    def _alias_pairs(
        self, texts: pl.Series, numbers: NDArray[np.int32], read: Mapping[str, Street]
    ) -> list[tuple[Street, int]]:
        pairs = {
            (read[text], int(number))
            for text, number in zip(texts.to_list(), numbers, strict=True)
            if text and number >= 0
        }
        return sorted(pairs, key=lambda pair: (pair[0].key, pair[1]))


def _full_name() -> pl.Expr:
    """Return the full name, else the joined parts, for the same parser."""
    parts = pl.concat_str(
        [pl.col(part).fill_null("") for part in _PARTS], separator=" ", ignore_nulls=True
    )
    full = pl.col("full_name").fill_null("").str.strip_chars()
    return pl.when(full != "").then(full).otherwise(parts).alias("text")


def _street_text(text: str) -> str:
    """Return a street's text in the form for `read_street`."""
    allowed = "".join(letter if letter in _ALLOWED else " " for letter in clean_text(text))
    return " ".join(allowed.split()).strip(" -/")


def _read_all(columns: list[pl.Series]) -> dict[str, Street]:
    """Return the parsed street of each distinct text (thousands to hundred thousands)."""
    texts = pl.concat(columns).unique().to_list()
    return {text: read_street(text) for text in texts if text}


def _sorted_pairs(
    keys: list[str], numbers: list[int]
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    hashes = key_hashes(keys)
    values = np.asarray(numbers, dtype=np.int32)
    order = np.lexsort((values, hashes))
    pairs = np.stack([hashes[order], values[order].astype(np.uint64)], axis=1)
    keep = np.ones(len(pairs), dtype=bool)
    keep[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return hashes[order][keep], values[order][keep]
