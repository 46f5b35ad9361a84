"""An earlier result read as input: rows without a match are placed again, others stay."""

from collections.abc import Iterator, Sequence

import polars as pl

from geoservice.batch.parallel import Placed
from geoservice.errors import InputError
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import added_columns, names_without_results, place
from geoservice.placing.review import Overrides
from geoservice.reference.snapshot import Reference

_STATUS = "geo_status"


def refuse_other_columns(
    columns: Sequence[str], options: PlaceOptions, reference: Reference
) -> None:
    """Refuse a file that is no result of the region with these options.

    Raises
    ------
    InputError
        If the result columns are not those that a run would add, last and in their order.
    """
    own_names = names_without_results(columns, reference)
    added = [column.name for column in added_columns(list(own_names), options, reference)]
    if [*columns] == [*own_names, *added]:
        return
    absent = next((name for name in added if name not in columns), None)
    detail = f"It has no column `{absent}`" if absent else "Its columns have another order"
    raise InputError(
        f"--retry needs a result of this region and of the same options. {detail}. "
        "Geocode the file again without --retry.",
        column=absent,
    )


def retried(
    chunks: Iterator[pl.DataFrame],
    options: PlaceOptions,
    reference: Reference,
    overrides: Overrides | None = None,
) -> Iterator[Placed]:
    """Yield each chunk of an earlier result, and the chunk with its unmatched rows placed again.

    ``options`` are resolved and replace the result columns.
    """
    for chunk in chunks:
        own_names = names_without_results(chunk.columns, reference)
        is_anew = (chunk[_STATUS] != "matched").fill_null(value=True)
        anew = place(chunk.filter(is_anew), options, reference, overrides)
        earlier = _typed(chunk.filter(~is_anew), anew.schema, own_names)
        order = pl.int_range(len(chunk), eager=True)
        positions = pl.concat([order.filter(~is_anew), order.filter(is_anew)])
        yield chunk, pl.concat([earlier, anew])[positions.arg_sort()]


def _typed(earlier: pl.DataFrame, schema: pl.Schema, own_names: Sequence[str]) -> pl.DataFrame:
    """Return the rows that stay, with the types of a run's result columns."""
    results = [name for name in schema if name not in own_names]
    typed = earlier.with_columns(_as_type(earlier[name], schema[name]) for name in results)
    return typed.select(schema.names())


def _as_type(column: pl.Series, kind: pl.DataType) -> pl.Series:
    texts = column.cast(pl.String)
    blank_as_null = texts.set(texts == "", None)
    try:
        if kind == pl.Boolean:
            return blank_as_null.str.to_lowercase().replace_strict(
                {"true": True, "false": False, "yes": True, "no": False}, return_dtype=kind
            )
        return blank_as_null.cast(kind)
    except pl.exceptions.PolarsError as fault:
        raise InputError(
            f"Column `{column.name}` of the earlier result was edited: a cell is no "
            f"{'number' if kind.is_numeric() else 'value'} of this column. Geocode the file "
            "again without --retry.",
            column=column.name,
        ) from fault
