"""Refusal of columns that cannot be read or written as they are."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from geoservice.errors import InputError

_MOST_NAMED = 10


def refuse_repeated(
    table: str,
    columns: Sequence[str],
    repeated: Mapping[str, Sequence[int]],
    columns_to_read: Iterable[str | None],
) -> None:
    """Refuse columns to read whose name is ambiguous.

    Columns that are not read may share a name; a number makes them unique.

    Parameters
    ----------
    table
        The name of the table, for the error.
    repeated
        Positions from 1 of the columns that share a name, by that name in lower case.

    Raises
    ------
    InputError
        If several columns share a name; the error names their positions.
    """
    for name in columns_to_read:
        places = repeated.get(name.lower(), ()) if name is not None else ()
        if not places:
            continue
        listed = f"{', '.join(map(str, places[:-1]))} and {places[-1]}"
        both_or_all = "both" if len(places) == 2 else "all"
        column = columns[places[0] - 1]
        suggestion = f", or take the second as `{column}_2`" if f"{column}_2" in columns else ""
        raise InputError(
            f"`{table}`: columns {listed} are {both_or_all} called `{column}`. Rename all "
            f"but one in the header line{suggestion}.",
            column=column,
        )


def refuse_nested(table: str, columns: Sequence[str], nested: Collection[str]) -> None:
    """Refuse a table with columns of lists, structures or bytes, which texts cannot hold.

    Raises
    ------
    InputError
        If ``nested`` names any column; the error has positions and names.
    """
    places = [f"{at} (`{name}`)" for at, name in enumerate(columns, 1) if name in nested]
    if not places:
        return
    more = f" and {len(places) - _MOST_NAMED} more" if len(places) > _MOST_NAMED else ""
    raise InputError(
        f"`{table}` has columns of lists, structures or bytes: "
        f"{', '.join(places[:_MOST_NAMED])}{more}. Leave them out, or write them as text."
    )
