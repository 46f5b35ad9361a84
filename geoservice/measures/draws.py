"""Where the students of schools live: hexagons from which a school draws ``min_n`` students, and what that tells.

Of each such way is told that it has at least ``min_n`` students, of all grades. Their numbers would need a table of places by
schools and hexagons; so a reader is taken to know of ``min_n`` of them in which cells they are.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

_CELL = ("grade", "place", "school_id", "hexagons")


@dataclass(frozen=True)
class Draws:
    """Ways that are told.

    Attributes
    ----------
    ways
        ``school_id``, ``hexagons``: a row for each way of ``min_n`` students and more.
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
        """Students known by a column, put into the cells of their place that hold most until none are left."""
        wanted = self.known.group_by("grade", "place", name).agg(pl.col("known").sum())
        placed = groups.with_row_index("cell").join(
            wanted, on=["grade", "place", name], how="left", nulls_equal=True, maintain_order="left"
        )
        within = ["grade", "place", name]
        order = placed.sort("n", descending=True, maintain_order=True).with_columns(
            before=pl.col("n").cum_sum().over(within) - pl.col("n")
        )
        mine = order.select(
            "cell",
            floor=pl.min_horizontal("n", (pl.col("known").fill_null(0) - pl.col("before")).clip(0)),
        )
        return mine.sort("cell")["floor"].cast(pl.Float64).to_numpy()


def draws(students: pl.DataFrame, min_n: int) -> Draws:
    """The ways of some students: ``is_known_school``, ``is_matched``, and the columns of `Draws.known` but the last."""
    some = students.filter("is_known_school", "is_matched").drop_nulls("hexagons")
    cells = some.group_by(_CELL).agg(n=pl.len().cast(pl.Int64))
    way = ["school_id", "hexagons"]
    whole = cells.with_columns(whole=pl.col("n").sum().over(way))
    enough = _leaving_room(whole.filter(pl.col("whole") >= min_n), some, min_n)
    # Where most of a school's students live: parts of a student in every small cell would leave those too little room.
    most = enough.with_columns(most=pl.col("n").sum().over("grade", "place", "school_id"))
    order = most.sort("most", *_CELL, descending=[True, *(False for _ in _CELL)], nulls_last=True)
    before = order.with_columns(before=pl.col("n").cum_sum().over(way) - pl.col("n"))
    known = before.with_columns(known=pl.min_horizontal("n", (min_n - pl.col("before")).clip(0)))
    ways = enough.select(way).unique().sort(way)
    return Draws(ways, known.filter(pl.col("known") > 0).select(*_CELL, "known"))


def _leaving_room(cells: pl.DataFrame, students: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Without the smallest ways of schools of which a reader would know most students, of all or of some grades."""
    alike = (
        students.group_by("school_id", "grade").agg(size=pl.len()).filter(pl.col("size") >= min_n)
    )
    size = alike.group_by("school_id").agg(pl.col("size").min())
    ways = cells.select("school_id", "hexagons", "whole").unique().join(size, on="school_id")
    order = ways.sort("whole", "hexagons", descending=[True, False]).with_columns(
        place=pl.int_range(1, pl.len() + 1).over("school_id")
    )
    told = order.filter(pl.col("place") * min_n * 2 <= pl.col("size"))
    return cells.join(told.select("school_id", "hexagons"), on=["school_id", "hexagons"])
