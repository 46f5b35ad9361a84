"""The street directory: the schools of each street range, split at zone edges."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from geoservice.directory.numbers import Numbers, lone_points, range_numbers
from geoservice.reference.polygon_layers import PolygonLayer
from geoservice.reference.snapshot import Reference

DOUBT = {
    "edge": "homes lie closer to a zone edge than their positions are accurate",
    "overlap": "another range of the street contains some of the numbers",
    "outside": "homes lie in no zone",
    "several": "homes lie in zones of several schools",
}
"""The reasons for doubt, with their meaning."""
_BASE = ("street", "place", "low", "high", "parity", "side", "source")


def layer_names(layers: Sequence[PolygonLayer]) -> list[str]:
    """Return a name for each zone layer: its set id, plus grades if the set has several layers."""
    sets = [layer.set_id for layer in layers]
    return [
        layer.set_id
        if sets.count(layer.set_id) == 1
        else f"{layer.set_id}_{layer.grades[0]}_{layer.grades[-1]}"
        if layer.grades
        else f"{layer.set_id}_none"
        for layer in layers
    ]


def street_directory(reference: Reference) -> pl.DataFrame:
    """Return the directory of a region, sorted by street and number.

    Returns
    -------
    polars.DataFrame
        ``street``, ``place`` (town, state, ZIP), ``low`` and ``high`` number, ``parity`` (``odd``,
        ``even``, ``both``), ``side`` (``L``, ``R``; null for address points on no range),
        ``source`` (layer and feature); for each zone set ``school_<set>`` and
        ``school_<set>_name``; ``doubtful``, and ``doubt``, the reasons for doubt (`DOUBT`).
    """
    parts = [_directory_of(range_numbers(reference), reference)]
    points = lone_points(reference)
    if len(points.value):
        parts.append(_directory_of(_in_street_order(points, reference), reference))
    all_lines = pl.concat(parts)
    return all_lines.sort("street", "place", "low", "high", "side", nulls_last=True)


def _in_street_order(numbers: Numbers, reference: Reference) -> Numbers:
    """Return points sorted by street, last line, parity and number."""
    street = reference.array("point_key")[numbers.point] >> 32
    last_number = reference.array("point_last")[numbers.point]
    order = np.lexsort((numbers.value, numbers.value % 2, last_number, street))
    fields = (
        getattr(numbers, name) for name in ("side", "value", "x", "y", "uncertainty_m", "point")
    )
    return Numbers(*(field[order] for field in fields))


def _directory_of(numbers: Numbers, reference: Reference) -> pl.DataFrame:
    """Return directory lines: runs of numbers with the same schools."""
    columns = _columns(numbers, reference)
    layers = reference.zone_layers
    doubts = {
        kind: np.zeros(len(numbers.value), dtype=bool) for kind in ("edge", "outside", "several")
    }
    schools = {}
    for name, layer in zip(layer_names(layers), layers, strict=True):  # Over sets of zones.
        place = layer.index.locate(numbers.x, numbers.y)
        ids = np.array([*layer.rows["school_id"].fill_null("").to_list(), ""], dtype=object)[place]
        schools[f"school_{name}"] = pl.Series(ids.tolist(), dtype=pl.String)
        margin = layer.index.margin_m(numbers.x, numbers.y, place)
        doubts["edge"] |= (place >= 0) & (margin < numbers.uncertainty_m)
        doubts["outside"] |= place < 0
        doubts["several"] |= np.array([";" in school for school in ids.tolist()], dtype=bool)
    frame = pl.DataFrame({**columns, **schools, **doubts}).with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in schools
    )
    return _with_names(_runs(frame, list(schools)), list(schools), reference)


def _columns(numbers: Numbers, reference: Reference) -> dict[str, pl.Series]:
    """Return the street columns of the directory for each number."""
    is_range = len(numbers.side) == 0 or numbers.side[0] >= 0
    layer, row_places = ("range", numbers.side) if is_range else ("point", numbers.point)
    street = (
        reference.array("range_street")[row_places]
        if is_range
        else reference.array("point_key")[row_places] >> 32
    )
    last_number = reference.array(f"{layer}_last")[row_places]
    names = reference.street_table["display"]
    lines = reference.last_lines.str.strip_prefix(", ")
    if is_range:
        side = pl.Series(
            np.where(reference.array("range_side")[row_places] == 0, "L", "R"), dtype=pl.String
        )
        source = reference.segment_text["source"].gather(
            reference.array("range_segment")[row_places]
        )
        start, end = (reference.array(f"range_{name}")[row_places] for name in ("from", "to"))
        parity = np.where(start % 2 == end % 2, start % 2, 2)
    else:
        side = pl.Series([None] * len(row_places), dtype=pl.String)
        source = reference.point_text["source"].gather(row_places).str.replace(r":.*$", "")
        parity = numbers.value % 2
    words = pl.Series(np.array(["even", "odd", "both"])[parity], dtype=pl.String)
    return {
        "street": names.gather(street),
        "place": lines.gather(last_number),
        "side": side,
        "source": source,
        "parity": words,
        "value": pl.Series(numbers.value),
        "range": pl.Series(numbers.side),
    }


def _runs(frame: pl.DataFrame, schools: list[str]) -> pl.DataFrame:
    """Return one line for consecutive numbers of a range with the same schools.

    Address points on no range are merged if street, place, source, parity and schools agree.
    """
    same = ["street", "place", "side", "source", "parity", "range", *schools]
    run = pl.struct(same).rle_id()
    lines = (
        frame.with_columns(run=run)
        .group_by("run", maintain_order=True)
        .agg(
            pl.col(same).first(),
            low=pl.col("value").min(),
            high=pl.col("value").max(),
            **{kind: pl.col(kind).any() for kind in ("edge", "outside", "several")},
        )
    )
    return _with_doubt(lines)


def _with_doubt(lines: pl.DataFrame) -> pl.DataFrame:
    overlap = _overlaps(lines)
    kinds = ["edge", "overlap", "outside", "several"]
    lines = lines.with_columns(overlap=overlap)
    texts = [pl.when(pl.col(kind)).then(pl.lit(kind)) for kind in kinds]
    return lines.with_columns(
        doubtful=pl.any_horizontal(kinds),
        doubt=pl.concat_str(texts, separator="; ", ignore_nulls=True),
    )


def _overlaps(lines: pl.DataFrame) -> pl.Series:
    """Return True for lines that share numbers with another range of their street and parity."""
    ordered = lines.with_row_index("row").sort("street", "place", "low", "high")
    keys = ["street", "place"]
    before = pl.col("high").cum_max().shift(1).over(keys)
    after = pl.col("low").shift(-1).over(keys)
    flags = []
    for parity in ("odd", "even"):  # A line of both parities belongs to either pass.
        part = ordered.filter(pl.col("parity").is_in([parity, "both"]))
        shared = (before >= pl.col("low")) | (after <= pl.col("high"))
        flags.append(part.select("row", shared=shared.fill_null(value=False)))
    rows = pl.concat(flags).filter("shared")["row"].unique()
    return pl.Series(np.isin(np.arange(len(lines)), rows.to_numpy()))


def _with_names(lines: pl.DataFrame, schools: list[str], reference: Reference) -> pl.DataFrame:
    school_names = reference.schools().unique("id", keep="first").select("id", "name").drop_nulls()
    ids, names = school_names["id"].to_list(), school_names["name"].to_list()
    named = []
    for column in schools:
        named += [
            pl.col(column),
            pl.col(column)
            .str.split(";")
            .list.eval(pl.element().replace(ids, names))
            .list.join("; ")
            .alias(f"{column}_name"),
        ]
    return lines.select(*_BASE, *named, "doubtful", "doubt")
