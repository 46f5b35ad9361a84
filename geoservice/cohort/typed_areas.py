"""Areas for students without a matched address: the areas of the typed ZIP."""

import polars as pl

from geoservice.reference.snapshot import Reference

_ORDER = ("grade", "geo_reason", "geo_match", "record_key")
"""Rows of one ZIP are shared out in this order, so that the order of a file changes no count."""


def areas_of_typed_zips(placed: pl.DataFrame, reference: Reference, set_id: str) -> pl.Series:
    """Return the area of each student: the area of the home, or else an area of the typed ZIP.

    Unmatched rows of a ZIP are divided among all areas of the ZIP, in proportion to the region's
    addresses: row k of n gets the area that contains the part (k + 1/2) / n of the addresses. So no
    area gets all unmatched rows of its ZIP.

    Parameters
    ----------
    placed
        ``geo_status``, ``typed_zip``, ``area_<set>``, and ``year`` where there are several.

    Returns
    -------
    polars.Series
        ``c_area_<set>``, ids of areas, null if neither is known.
    """
    name = f"area_{set_id}"
    typed = placed.with_row_index("at").filter(pl.col("geo_status") != "matched")
    order = [column for column in _ORDER if column in placed.columns]
    group = [column for column in ("year", "typed_zip") if column in placed.columns]
    typed_rows = typed.filter(pl.col("typed_zip").is_not_null()).sort(*group, *order, "at")
    shared = typed_rows.select(
        "at", "typed_zip", part=(pl.int_range(pl.len()).over(group) + 0.5) / pl.len().over(group)
    )
    areas = _parts_of_zips(reference, set_id)
    assigned = shared.sort("part").join_asof(
        areas, on="part", by="typed_zip", strategy="backward", check_sortedness=False
    )
    at_home = pl.when(pl.col("geo_status") == "matched").then(pl.col(name))
    joined = placed.select(home=at_home).with_row_index("at")
    guessed = joined.join(
        assigned.select("at", "area_id"), on="at", how="left", maintain_order="left"
    )
    return guessed.select(pl.coalesce("home", "area_id").alias(f"c_{name}")).to_series()


def _parts_of_zips(reference: Reference, set_id: str) -> pl.DataFrame:
    """``typed_zip``, ``area_id`` and ``part``.

    Where the area's part of the ZIP's addresses begins, from 0 to 1.
    """
    zips = reference.zip_areas().filter(set_id=set_id).sort("zip", "area_id")
    before = pl.col("addresses").cum_sum().over("zip") - pl.col("addresses")
    return zips.select(
        "area_id", typed_zip="zip", part=before / pl.col("addresses").sum().over("zip")
    ).sort("part")
