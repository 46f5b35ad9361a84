"""A release of tables that a test writes by hand, a row for each group of students alike."""

import itertools

import numpy as np
import polars as pl
import scipy.sparse as sp

from geoservice.measures.draws import Draws
from geoservice.measures.linked import ALL_GRADES
from geoservice.measures.plan import Plan, decide, joined
from geoservice.measures.release_cells import HOMES, ReleaseCells


def planned(counts, specs, bands, min_n, *, categories=(), **options) -> Plan:
    """The release of ``year``, ``grade``, whatever the specs ask for, and ``n``.

    Columns of ``categories`` may have any of their values at any place, as far as a reader knows.
    """
    parts = counts.partition_by("year", as_dict=True)
    return joined([decide(str(year), _cells(table.drop("year"), bands, categories), specs, min_n, **options)
                   for (year,), table in sorted(parts.items())])  # fmt: skip


def _cells(counts, bands, categories) -> ReleaseCells:
    grades = counts["grade"].unique().to_list()
    held = {one: [*(band for band, some in bands.items() if one in some), ALL_GRADES] for one in grades}  # fmt: skip
    groups = _possible(counts, categories).with_columns(
        bands=pl.col("grade").map_elements(held.get, return_dtype=pl.List(pl.String)), side=pl.lit(HOMES)
    )  # fmt: skip
    return ReleaseCells(groups, sp.csr_matrix((0, len(groups))), np.zeros(len(groups)), Draws.none())  # fmt: skip


def _possible(counts, categories):
    if not categories:
        return counts
    places = [name for name in counts.columns if name not in (*categories, "n")]
    values = [counts[name].unique().to_list() for name in categories]
    every = pl.DataFrame(list(itertools.product(*values)), schema=list(categories), orient="row")
    every = every.cast({name: counts.schema[name] for name in categories})
    known = counts.select(places).unique().join(every, how="cross")
    return known.join(counts, on=[*places, *categories], how="left").with_columns(pl.col("n").fill_null(0))  # fmt: skip
