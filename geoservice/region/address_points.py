"""Address points of a file, from separate columns, name parts or whole addresses."""

import polars as pl

from geoservice.errors import InputError
from geoservice.model.layers import ADDRESSES, Finding
from geoservice.region.field_list import STREET_PARTS
from geoservice.region.fields import (
    WHOLE,
    joined_parts,
    mapped,
    report_rows,
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
    """Return the address points of a file, schema `geoservice.model.layers.ADDRESSES`.

    Rows without number, street or coordinates are left out and reported.

    Raises
    ------
    InputError
        If no row has all three.
    """
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, tuple(ADDRESSES), findings, needed=_needed(dataset))
    if "street" not in dataset.fields and "name" in dataset.fields:
        frame = frame.with_columns(street=joined_parts(raw, dataset, STREET_PARTS))
    frame = _filled(frame.with_columns(number=_full_number(raw, dataset)), raw, dataset)
    frame = with_position(frame, raw, dataset, findings)
    number = pl.col("number").str.replace(WHOLE, "$1").str.to_uppercase()
    frame = frame.with_columns(number=number, city=town_of(pl.col("city")), source=pl.lit(source))
    good = frame.select(
        (
            pl.col("lon").is_not_null()
            & pl.col("number").is_not_null()
            & pl.col("street").is_not_null()
        ).alias("good")
    )["good"]
    report_rows(
        findings,
        "incomplete_address",
        dataset,
        raw,
        ~good.to_numpy(),
        "address [point|points] without number, street or coordinates [was|were] left out",
    )
    if len(frame) and not good.any():
        raise _no_usable_row(frame, dataset)
    return frame.filter(good).select(typed(ADDRESSES))


def _no_usable_row(frame: pl.DataFrame, dataset: Dataset) -> InputError:
    """Return the error for a file without a usable row; it names the fields that are empty."""
    empty = [name for name in ("number", "street", "lon") if frame[name].null_count() == len(frame)]
    fields = ["`lon` and `lat`" if name == "lon" else f"`{name}`" for name in empty]
    empty_fields = f"Empty in all rows: {', '.join(fields)}. " if empty else ""
    return InputError(
        f"{dataset.label}: none of its {len(frame):,} rows has number, street and coordinates. "
        f"{empty_fields}Correct [addresses.fields] in `{NAME}`."
    )


def _needed(dataset: Dataset) -> tuple[str, ...]:
    if "full_address" in dataset.fields:
        return ()
    in_parts = "street" not in dataset.fields and "name" in dataset.fields
    return ("number",) if in_parts else ("number", "street")


def _full_number(raw: RawTable, dataset: Dataset) -> pl.Series:
    """Return house numbers with their prefix and suffix: `W103B`, `12 1/2`."""
    number, suffix = (
        joined_parts(raw, dataset, parts, "") for parts in (_NUMBER_PARTS[:2], _NUMBER_PARTS[2:])
    )
    is_fraction = suffix.fill_null("").str.contains(r"^\d")
    numbers = pl.DataFrame({"number": number, "suffix": suffix, "is_fraction": is_fraction})
    ending = pl.when("is_fraction").then(" " + pl.col("suffix")).otherwise("suffix")
    return numbers.select((pl.col("number") + ending.fill_null("")).alias("number")).to_series()


def _filled(frame: pl.DataFrame, raw: RawTable, dataset: Dataset) -> pl.DataFrame:
    """Return the frame with empty fields filled from the parts of the whole address."""
    if "full_address" not in dataset.fields:
        return frame
    full_address = raw.frame.select(value_of(raw, dataset, "full_address").alias("address"))[
        "address"
    ]
    parts = parted_addresses(full_address)
    return frame.with_columns(frame[part].fill_null(parts[part]) for part in parts.columns)
