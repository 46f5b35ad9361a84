"""What a layer of a draft may be, and the schools by which zones are known."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from geoservice.region.columns import Column
from geoservice.region.school_names import bare_name, plain_name


@dataclass(frozen=True)
class SchoolKeys:
    """Ids and names of the region's schools in plain letters: what zones and ratings are joined by."""

    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    bare_names: frozenset[str] = frozenset()

    def share_of(self, column: Column) -> tuple[float, float]:
        """Share of a column's different cells that are schools: without and with the words for levels."""
        cells = set(column.values)
        loose = [
            cell for cell in cells if _no_zeros(cell) in self.ids or _bare(cell) in self.bare_names
        ]
        exact = [
            cell for cell in cells if _no_zeros(cell) in self.ids or plain_name(cell) in self.names
        ]
        count = max(1, len(cells))
        return len(loose) / count, len(exact) / count


@dataclass(frozen=True)
class Kind:
    """What a file is: its kind and the ways to read its fields, or the reason for leaving it out."""

    name: str | None
    readings: tuple[dict[str, str], ...] = ()
    reason: str = ""
    grades: str | None = None
    level: str | None = None
    remark: str = ""


def names_address(fields: Mapping[str, str]) -> bool:
    """Whether the fields say number and street, apart or together."""
    apart = "number" in fields and bool({"street", "name"} & set(fields))
    return apart or "full_address" in fields


def school_keys(fields: Mapping[str, str], frame: pl.DataFrame) -> SchoolKeys:
    """Ids and names of the schools of a file."""
    ids = frozenset(
        _no_zeros(text.upper())
        for ours in ("id", "other_id", "nces")
        if ours in fields
        for text in frame[fields[ours]].drop_nulls()
    )
    names = (
        frame[fields["name"]].drop_nulls() if "name" in fields else pl.Series([], dtype=pl.String)
    )
    return SchoolKeys(ids, frozenset(map(plain_name, names)), frozenset(map(_bare, names)))


def _no_zeros(text: str) -> str:
    return text.strip().lstrip("0") or "0"


def _bare(name: str) -> str:
    return bare_name(plain_name(name))
