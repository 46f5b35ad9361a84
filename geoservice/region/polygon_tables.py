"""Polygons with the same id: merged if all columns agree, else given separate ids."""

from collections.abc import Callable

import polars as pl
import shapely

from geoservice.model.layers import Finding, Geometries


def merged_polygons(
    table: pl.DataFrame, polygons: Geometries, key: str, dataset: str, findings: list[Finding]
) -> tuple[pl.DataFrame, Geometries]:
    """Return the table with identical rows merged, and the union of their polygons."""
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
    text = "[polygon|polygons] with the same id and values [was|were] merged"
    count = len(table) - len(firsts)
    findings.append(Finding("duplicate_id", "repair", dataset, text, count, tuple(ids[:10])))
    return table[firsts], shapes


def with_distinct_ids(
    table: pl.DataFrame,
    key: str,
    label_column: str,
    contradict: Callable[[pl.DataFrame], bool],
    findings: list[Finding],
) -> pl.DataFrame:
    """Return the table with distinct ids for contradicting rows.

    ``contradict`` returns whether rows with the same set and id mean different units. Their ids
    become ``id:label`` with the text of ``label_column``, so that ids do not depend on the order
    of rows.
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
    longer = pl.concat_str(key, pl.lit(":"), pl.col(label_column).fill_null(""))
    for set_id in pairs["set_id"].unique().sort():
        ids = pairs.filter(set_id=set_id)[key].sort()
        text = f"[id is|ids are] used for different polygons; `{label_column}` was added to each"
        findings.append(Finding("ambiguous_id", "warning", set_id, text, len(ids), tuple(ids[:10])))
    return marked.with_columns(
        pl.when(pl.col("is_wrong").is_not_null()).then(longer).otherwise(key).alias(key)
    ).drop("is_wrong")
