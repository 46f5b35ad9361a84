"""Polygons of one id: united where everything else agrees, else told apart."""

from collections.abc import Callable

import polars as pl
import shapely

from geoservice.model.layers import Finding, Geometries


def united(
    table: pl.DataFrame, polygons: Geometries, key: str, dataset: str, findings: list[Finding]
) -> tuple[pl.DataFrame, Geometries]:
    """Rows that agree in every column become one row, their polygons one (multi)polygon."""
    groups = table.with_row_index("row").group_by(table.columns, maintain_order=True).agg("row")
    rows_of = groups["row"].to_list()
    firsts = [rows[0] for rows in rows_of]
    shapes = polygons[firsts]
    several = [place for place, rows in enumerate(rows_of) if len(rows) > 1]
    if not several:
        return table, polygons
    for place in several:  # Over ids in several pieces.
        shapes[place] = shapely.union_all(polygons[rows_of[place]])
    ids = table[firsts][several][key].unique().sort()
    text = "polygons of one id that agree in all else were put together"
    count = len(table) - len(firsts)
    findings.append(Finding("duplicate_id", "repair", dataset, text, count, tuple(ids[:10])))
    return table[firsts], shapes


def apart(
    table: pl.DataFrame,
    key: str,
    other: str,
    contradict: Callable[[pl.DataFrame], bool],
    findings: list[Finding],
) -> pl.DataFrame:
    """Rows whose id stands for different things have the text of another column added to it.

    ``contradict`` says whether rows of one set and id stand for different things. The id becomes
    ``id:other``, so that it stays the same while the row does.
    """
    is_twice = table.select("set_id", key).is_duplicated()
    wrong: list[tuple[str, str]] = []
    for (set_id, shared_id), rows in table.filter(is_twice).group_by("set_id", key):
        if contradict(rows):
            wrong.append((str(set_id), str(shared_id)))
    if not wrong:
        return table
    pairs = pl.DataFrame(wrong, schema={"set_id": pl.String, key: pl.String}, orient="row")
    marked = table.join(
        pairs.with_columns(is_wrong=True), on=["set_id", key], how="left", maintain_order="left"
    )
    longer = pl.concat_str(key, pl.lit(":"), pl.col(other).fill_null(""))
    for set_id in pairs["set_id"].unique().sort():
        ids = pairs.filter(set_id=set_id)[key].sort()
        text = f"ids stand for different polygons; `{other}` was added to each"
        findings.append(Finding("ambiguous_id", "warning", set_id, text, len(ids), tuple(ids[:10])))
    return marked.with_columns(
        pl.when(pl.col("is_wrong").is_not_null()).then(longer).otherwise(key).alias(key)
    ).drop("is_wrong")
