"""Where the students of schools live: hexagons from which a school draws many students, and what that tells.

Of each such way is told that it has at least ``min_n`` students, of all grades. Their numbers would need a table of places by
schools and hexagons; so a reader is taken to know of ``min_n`` of them in which cells they are.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

_CELL = ("grade", "place", "school_id", "hexagons")
_OWN = {"school_id": "nearer", "hexagons": "access"}
"""By what, beside the place, the region's own standard tells cells of a school, and of a hexagon, apart."""


@dataclass(frozen=True)
class Draws:
    """Ways that are told.

    Attributes
    ----------
    ways
        ``school_id``, ``hexagons``: a row for each way that is told.
    known
        ``grade``, ``place``, ``school_id``, ``hexagons``, ``known``: whom of them a reader is taken to know.
    """

    ways: pl.DataFrame
    known: pl.DataFrame

    @classmethod
    def none(cls) -> "Draws":
        """Of a district without hexagons."""
        known = {"grade": pl.String, "place": pl.UInt32, "school_id": pl.String, "hexagons": pl.String, "known": pl.Int64}  # fmt: skip
        ways = {"school_id": pl.String, "hexagons": pl.String}
        return cls(pl.DataFrame(schema=ways), pl.DataFrame(schema=known))

    def floors(self, groups: pl.DataFrame) -> NDArray[np.float64]:
        """How many students a reader knows of each cell: by school, and by hexagon."""
        if "hexagons" not in groups.columns:
            return np.zeros(len(groups))
        return self._by("school_id", groups) + self._by("hexagons", groups)

    def _by(self, name: str, groups: pl.DataFrame) -> NDArray[np.float64]:
        """Students known by a column, put into the cells of their place that hold most until none are left.

        Those that only another standard tells apart count as one cell, filled in their order: whom a reader is taken to know must not
        depend on the standards that are looked at, or a later one would find less room beside what an earlier one settled.
        """
        wanted = self.known.group_by("grade", "place", name).agg(pl.col("known").sum())
        placed = groups.with_row_index("cell").join(
            wanted, on=["grade", "place", name], how="left", nulls_equal=True, maintain_order="left"
        )
        within = ["grade", "place", name]
        size = pl.col("n").sum().over(*within, _OWN[name])
        order = placed.sort(size, descending=True, maintain_order=True).with_columns(
            before=pl.col("n").cum_sum().over(within) - pl.col("n")
        )
        mine = order.select(
            "cell",
            floor=pl.min_horizontal("n", (pl.col("known").fill_null(0) - pl.col("before")).clip(0)),
        )
        return mine.sort("cell")["floor"].cast(pl.Float64).to_numpy()


def draws(students: pl.DataFrame, min_n: int) -> Draws:
    """The ways of some students: ``is_known_school``, ``is_matched``, and the columns of `Draws.known` but the last.

    Told are ways of which a reader needs to know no more than half of the students of any place and school, and none of those that
    are few: else too little would be left unknown of other lines.
    """
    some = students.filter("is_known_school", "is_matched").drop_nulls("hexagons")
    cells = some.group_by(_CELL).agg(n=pl.len().cast(pl.Int64))
    many = pl.col("n").sum().over("grade", "place", "school_id") >= 2 * min_n
    room = cells.with_columns(room=pl.when(many).then(pl.col("n") // 2).otherwise(0))
    way = ["school_id", "hexagons"]
    told = room.filter(pl.col("room").sum().over(way) >= min_n)
    order = told.sort("room", *_CELL, descending=[True, *(False for _ in _CELL)], nulls_last=True)
    before = order.with_columns(before=pl.col("room").cum_sum().over(way) - pl.col("room"))
    known = before.with_columns(known=pl.min_horizontal("room", (min_n - pl.col("before")).clip(0)))
    ways = told.select(way).unique().sort(way)
    return Draws(ways, known.filter(pl.col("known") > 0).select(*_CELL, "known"))
