"""What a reader is curious about: every line, its rest, every way from home to school, and what two kinds of units share."""

import itertools

import numpy as np
import polars as pl
import scipy.sparse as sp

from attacker.groups import ALL, AREAS, ZONES, Unknowns

_SHARED = (
    ("h_planning", "h_wards"),
    *itertools.product((f"h_{one}" for one in AREAS), (f"h_{one}" for one in ZONES)),
)
_WAYS = tuple(
    itertools.product((f"h_{one}" for one in (*AREAS, *ZONES)), ("school", "s_planning", "s_wards"))
)
_HEXAGONS = tuple(
    ("h_hexagons", one)
    for one in ("h_planning", "h_wards", *(f"h_{one}" for one in ZONES), "school")
)


def groups(unknown: Unknowns, lines) -> sp.csr_matrix:
    """Groups of unknowns to ask of, each once; ``lines`` are (measure, areas, table) whose rows name more."""
    found: dict[bytes, np.ndarray] = {}

    def add(mask) -> None:
        if mask.any():
            found.setdefault(np.packbits(mask).tobytes(), mask)

    table = unknown.table.with_row_index("at")
    pairs = (*_SHARED, *_WAYS, *(_HEXAGONS if unknown.has_hexagons else ()))
    for keys in (*pairs, ("at",), ("school", "h_planning"), ("h_hexagons",)):
        for bands in (["band"], []):
            named = [*keys, *bands]
            chosen = table.filter(
                pl.all_horizontal(pl.col(key).is_not_null() for key in keys if key != "h_planning")
            )
            for rows in (
                chosen.group_by(named)
                .agg("at" if "at" not in keys else pl.col("band").alias("b"))[
                    named[-1] if "at" in keys else "at"
                ]
                .to_list()
                if "at" not in keys
                else ([one] for one in chosen["at"].to_list())
            ):
                mask = np.zeros(len(unknown), dtype=bool)
                mask[rows] = True
                add(mask)
    add(unknown.where(pl.col("h_planning").is_null()))
    for measure, areas, rows in lines:
        for row in rows.select("band", "unit", "part", "to").unique().iter_rows(named=True):
            masks = unknown.line(measure, areas, row)
            if masks is not None:
                part, whole, everyone = masks
                add(whole)
                add(everyone & ~whole)
                if part is not None:
                    add(part)
                    add(whole & ~part)
    return sp.csr_matrix(np.array(list(found.values()), dtype=np.float64))
