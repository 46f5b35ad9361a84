"""Places near known house numbers: the best place of each row, and ties."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from geoservice.geocode.candidate_text import BETWEEN_CANDIDATES, with_coordinates
from geoservice.geocode.choose import TIE_M
from geoservice.geocode.hits import BETWEEN, NO_TOWN, NO_ZIP, Floats, Ints, RowDetails, RowStreets
from geoservice.geocode.resolve import Candidate
from geoservice.geocode.spots import Spot
from geoservice.reference.snapshot import Reference


class Search(NamedTuple):
    """Rows that need a place, with their queries and street candidates."""

    row_streets: RowStreets
    candidates: Sequence[Candidate]
    details: RowDetails
    town_text: pl.Series
    """The town of each row as typed."""


@dataclass(frozen=True)
class BesidePlaces:
    """Possible places, one entry each.

    Attributes
    ----------
    entry
        Index into the asked entries.
    layer, feature
        ``point`` or ``range``, and the index of the known point or range side beside the number:
        the place has its last line, ZIP and town.
    x, y
        Metres.
    penalty
        All penalties together.
    uncertainty_m
        Half-width in metres.
    """

    entry: Ints
    layer: str
    feature: Ints
    x: Floats
    y: Floats
    penalty: Floats
    uncertainty_m: Floats

    def at(self, index: Ints) -> "BesidePlaces":
        """Some of the places."""
        return BesidePlaces(
            self.entry[index],
            self.layer,
            self.feature[index],
            self.x[index],
            self.y[index],
            self.penalty[index],
            self.uncertainty_m[index],
        )


class Described(NamedTuple):
    """The texts of a place: the features next to it, and how its number differs."""

    source: str
    change: str


def best_of_rows(
    places: BesidePlaces, described: Sequence[Described], search: Search, reference: Reference
) -> dict[int, Spot]:
    """Return for each row the place with the smallest penalty.

    If several places have this penalty and are farther apart than `TIE_M`, the row is a tie.
    """
    row = search.row_streets.row[places.entry]
    if not len(row):
        return {}
    order = np.lexsort((places.penalty, row))
    spots: dict[int, Spot] = {}
    starts = np.flatnonzero(np.append(True, row[order][1:] != row[order][:-1]))
    for start, end in zip(starts, np.append(starts[1:], len(order)), strict=True):
        group = order[start:end]
        best = group[places.penalty[group] <= places.penalty[group[0]] + 1e-9]
        away = np.hypot(places.x[best] - places.x[best[0]], places.y[best] - places.y[best[0]])
        if away.max() > TIE_M:
            spots[int(row[group[0]])] = _tie(places.at(best), search, reference)
        else:
            best_index = int(best[0])
            spots[int(row[best_index])] = _spot(
                places, best_index, described[best_index], search, reference
            )
    return spots


def _tie(places: BesidePlaces, search: Search, reference: Reference) -> Spot:
    """Describe the places of a tie; places with the same address get their coordinates."""
    count = len(places.entry)
    texts = [_address(places, index, search, reference) for index in range(count)]
    degrees = zip(*reference.projection.to_degrees(places.x, places.y), strict=True)
    listed = [
        with_coordinates(text, float(lon), float(lat)) if texts.count(text) > 1 else text
        for text, (lon, lat) in zip(texts, degrees, strict=True)
    ]
    changes = BETWEEN_CANDIDATES.join(dict.fromkeys(listed))
    penalty = float(places.penalty[0])
    return Spot(BETWEEN, np.nan, np.nan, texts[0], "", changes, penalty, np.nan, count)


def _spot(
    places: BesidePlaces, index: int, described: Described, search: Search, reference: Reference
) -> Spot:
    entry = int(places.entry[index])
    street = search.candidates[int(search.row_streets.candidate[entry])].difference.changes
    elsewhere = _place_changes(places, index, search, reference)
    return Spot(
        BETWEEN,
        float(places.x[index]),
        float(places.y[index]),
        _address(places, index, search, reference),
        described.source,
        "; ".join((*street, described.change, *elsewhere)),
        float(places.penalty[index]),
        float(places.uncertainty_m[index]),
    )


def _address(places: BesidePlaces, index: int, search: Search, reference: Reference) -> str:
    entry = int(places.entry[index])
    name = reference.street_table["display"][int(search.row_streets.street[entry])]
    last_line = int(reference.array(f"{places.layer}_last")[places.feature[index]])
    return f"{int(search.row_streets.value[entry])} {name}{reference.last_lines[last_line]}"


def _place_changes(
    places: BesidePlaces, index: int, search: Search, reference: Reference
) -> list[str]:
    """Return the changes of ZIP and town, in the words used for points and ranges."""
    feature, row = places.feature[index], int(search.row_streets.row[places.entry[index]])
    zip_ = int(reference.array(f"{places.layer}_zip")[feature])
    town = int(reference.array(f"{places.layer}_city")[feature])
    typed_zip, typed_town = int(search.details.zip[row]), int(search.details.town[row])
    changes = []
    if NO_ZIP not in (typed_zip, zip_) and typed_zip != zip_:
        changes.append(f"zip {typed_zip:05d}>{zip_:05d}")
    if NO_TOWN not in (typed_town, town) and typed_town != town:
        changes.append(f"city {search.town_text[row]}>{reference.town_names[town]}")
    return changes
