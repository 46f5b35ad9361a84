"""Address points of a file: number and street as columns of their own, in parts, or in one address."""

import polars as pl

from geoservice.errors import InputError
from geoservice.model.layers import ADDRESSES, Finding
from geoservice.region.field_list import STREET_PARTS
from geoservice.region.fields import (
    WHOLE,
    joined,
    mapped,
    report,
    town_of,
    typed,
    value_of,
    with_position,
)
from geoservice.region.manifest import Dataset
from geoservice.region.raw_table import RawTable
from geoservice.region.reading import read_raw
from geoservice.region.rules import NAME
from geoservice.region.whole_addresses import parted_addresses

_NUMBER_PARTS = ("number_prefix", "number", "number_suffix")


def read_address_points(dataset: Dataset, source: str, findings: list[Finding]) -> pl.DataFrame:
    """Schema `geoservice.model.layers.ADDRESSES`; rows without number, street or place are reported."""
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, tuple(ADDRESSES), findings, needed=_needed(dataset))
    if "street" not in dataset.fields and "name" in dataset.fields:
        frame = frame.with_columns(street=joined(raw, dataset, STREET_PARTS))
    frame = _filled(frame.with_columns(number=_whole_number(raw, dataset)), raw, dataset)
    frame = with_position(frame, raw, dataset, findings)
    number = pl.col("number").str.replace(WHOLE, "$1").str.to_uppercase()
    frame = frame.with_columns(number=number, city=town_of(pl.col("city")), source=pl.lit(source))
    good = frame.select(
        (pl.col("lon").is_not_null() & pl.col("number").is_not_null()
         & pl.col("street").is_not_null()).alias("good"))["good"]  # fmt: skip
    report(findings, "incomplete_address", dataset, raw, ~good.to_numpy(),
            "address points without number, street or coordinates were left out")  # fmt: skip
    if len(frame) and not good.any():
        raise _none_whole(frame, dataset)
    return frame.filter(good).select(typed(ADDRESSES))


def _none_whole(frame: pl.DataFrame, dataset: Dataset) -> InputError:
    """The error for a file of which no row can be used, with the fields that are empty in all rows."""
    empty = [name for name in ("number", "street", "lon") if frame[name].null_count() == len(frame)]
    fields = ["`lon` and `lat`" if name == "lon" else f"`{name}`" for name in empty]
    which = f"Empty in all rows: {', '.join(fields)}. " if empty else ""
    return InputError(
        f"{dataset.label}: none of its {len(frame):,} rows has number, street and coordinates. "
        f"{which}Mend [addresses.fields] in `{NAME}`."
    )


def _needed(dataset: Dataset) -> tuple[str, ...]:
    if "full_address" in dataset.fields:
        return ()
    in_parts = "street" not in dataset.fields and "name" in dataset.fields
    return ("number",) if in_parts else ("number", "street")


def _whole_number(raw: RawTable, dataset: Dataset) -> pl.Series:
    """House numbers with what stands before and behind them: `W103B`, `12 1/2`."""
    first, last = (
        joined(raw, dataset, parts, "") for parts in (_NUMBER_PARTS[:2], _NUMBER_PARTS[2:])
    )
    is_fraction = last.fill_null("").str.contains(r"^\d")
    numbers = pl.DataFrame({"first": first, "last": last, "gap": is_fraction})
    behind = pl.when("gap").then(" " + pl.col("last")).otherwise("last").fill_null("")
    return numbers.select((pl.col("first") + behind).alias("number")).to_series()


def _filled(frame: pl.DataFrame, raw: RawTable, dataset: Dataset) -> pl.DataFrame:
    """The frame with parts of the whole address where no other field says them."""
    if "full_address" not in dataset.fields:
        return frame
    whole = raw.frame.select(value_of(raw, dataset, "full_address").alias("whole"))["whole"]
    parts = parted_addresses(whole)
    return frame.with_columns(frame[part].fill_null(parts[part]) for part in parts.columns)
