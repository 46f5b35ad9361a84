"""The kind of a layer in a draft, and the school names that identify zones."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from geoservice.region.columns import FileColumn
from geoservice.region.school_names import bare_name, plain_name


@dataclass(frozen=True)
class NormalizedSchools:
    """Normalized ids and names of the region's schools, to recognize columns with schools."""

    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    bare_names: frozenset[str] = frozenset()

    def share_of(self, column: FileColumn) -> tuple[float, float]:
        """Return the share of distinct cells that are schools, without and with level words."""
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
class LayerKind:
    """The kind of a layer with its possible readings, or the reason for its omission.

    ``ground`` is the kind of a background layer, and ``where`` selects its rows.
    """

    name: str | None
    readings: tuple[dict[str, str], ...] = ()
    reason: str = ""
    grades: str | None = None
    level: str | None = None
    remark: str = ""
    ground: str = ""
    where: str = ""


def names_address(fields: Mapping[str, str]) -> bool:
    """Return whether the fields give number and street, in separate columns or one."""
    is_separate = "number" in fields and bool({"street", "name"} & set(fields))
    return is_separate or "full_address" in fields


def normalized_schools(fields: Mapping[str, str], frame: pl.DataFrame) -> NormalizedSchools:
    """Return the normalized ids and names of the schools of a file."""
    ids = frozenset(
        _no_zeros(text.upper())
        for ours in ("id", "other_id", "nces")
        if ours in fields
        for text in frame[fields[ours]].drop_nulls()
    )
    names = (
        frame[fields["name"]].drop_nulls() if "name" in fields else pl.Series([], dtype=pl.String)
    )
    return NormalizedSchools(ids, frozenset(map(plain_name, names)), frozenset(map(_bare, names)))


def _no_zeros(text: str) -> str:
    return text.strip().lstrip("0") or "0"


def _bare(name: str) -> str:
    return bare_name(plain_name(name))
