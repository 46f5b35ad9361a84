"""Suggest names of schools and public places while a user types; never suggest addresses."""

from bisect import bisect_left
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
import shapely

from geoservice.address.clean import clean_text
from geoservice.reference.once import OncePerReference
from geoservice.reference.snapshot import Reference

MOST = 10
LONGEST_QUERY = 80
_ORDER = {"school": 0, "area": 1, "town": 2}
_END = "\U0010ffff"


@dataclass(frozen=True)
class Suggestion:
    """A school, area or town; ``lon`` and ``lat`` in degrees, None without a place."""

    text: str
    kind: str
    id: str | None
    lon: float | None
    lat: float | None


class Suggester:
    """Completes names of a reference; the typed text may begin any word of a name."""

    def __init__(self, reference: Reference) -> None:
        entries = [*_schools(reference), *_areas(reference), *_towns(reference)]
        keys = []
        for entry in entries:
            words = clean_text(entry.text).split()
            keys += [
                (" ".join(words[word_index:]), word_index, entry)
                for word_index in range(len(words))
            ]
        self._keys = sorted(keys, key=lambda key: (key[0], key[1], key[2].text, key[2].kind))
        self._texts = [key[0] for key in self._keys]

    def suggest(self, typed: str, limit: int = MOST) -> list[dict[str, Any]]:
        """Up to ``most`` suggestions: names that begin so first, then schools, areas, towns."""
        prefix = clean_text(typed[:LONGEST_QUERY])
        if not prefix:
            return []
        start = bisect_left(self._texts, prefix)
        end = bisect_left(self._texts, prefix + _END)
        matches = sorted(
            self._keys[start:end],
            key=lambda key: (key[1] > 0, _ORDER[key[2].kind], key[2].text, key[2].id or ""),
        )
        distinct = dict.fromkeys(entry for _, _, entry in matches)
        return [asdict(entry) for entry in list(distinct)[:limit]]


suggester_of = OncePerReference(Suggester)
"""The suggester of a reference."""


def _schools(reference: Reference) -> list[Suggestion]:
    table = reference.schools().select("name", "id", "lon", "lat").drop_nulls("name")
    return [Suggestion(name, "school", id_, lon, lat) for name, id_, lon, lat in table.iter_rows()]


def _areas(reference: Reference) -> list[Suggestion]:
    table = reference.areas().with_columns(name=pl.coalesce("name", "area_id"))
    points = shapely.point_on_surface(shapely.from_wkb(table["geometry"].to_list()))
    return [
        Suggestion(name, "area", area, round(point.x, 6), round(point.y, 6))
        for name, area, point in zip(table["name"], table["area_id"], points, strict=True)
    ]


def _towns(reference: Reference) -> list[Suggestion]:
    return [Suggestion(name.title(), "town", None, None, None) for name in reference.town_names]
