"""Split of whole addresses into number, street, unit, town, state and ZIP code."""

import polars as pl

_NUMBER_AND_STREET = r"^([0-9][0-9A-Za-z-]*(?: [0-9]/[0-9])?)\s+(.*\S)"
_UNIT_WORDS = r"(?:(?:apt|apartment|unit|ste|suite|rm|room|bldg|lot|spc)\b\.?\s*#?|#)"
_UNIT_BEHIND = rf"(?i)\s+({_UNIT_WORDS}\s*\S+)$"
_UNIT_PIECE = rf"(?i)^({_UNIT_WORDS}\s*\S+)(?:,|$)"
_COUNTRY = r"(?i)[\s,]+(?:USA|US|United States)\.?$"
_ZIP = r"\b([0-9]{5})(?:-[0-9]{4})?$"
_STATE = r"(?:^|[\s,])([A-Za-z]{2})$"


def parted_addresses(addresses: pl.Series) -> pl.DataFrame:
    """Return ``number``, ``street``, ``unit``, ``city``, ``state``, ``zip`` as text.

    The street ends at the first comma. Town, state and ZIP code must follow a comma, because the
    end of the street is unknown without a comma. Missing parts are null.
    """
    address = addresses.cast(pl.String).str.strip_chars().str.replace(_COUNTRY, "")
    parts = pl.DataFrame(
        {
            "line": address.str.replace(r"(?s)\s*,.*$", ""),
            "tail": address.str.extract(r"(?s),\s*(.*)$").fill_null("").str.strip_chars(", "),
        }
    )
    line, tail = pl.col("line"), pl.col("tail")
    without_unit = line.str.replace(_UNIT_BEHIND, "")
    # `204 Lot St` has no unit: otherwise its street would be empty.
    has_unit = without_unit.str.contains(_NUMBER_AND_STREET)
    unit_behind = pl.when(has_unit).then(line.str.extract(_UNIT_BEHIND))
    parts = parts.with_columns(
        unit=pl.coalesce(tail.str.extract(_UNIT_PIECE), unit_behind),
        line=pl.when(has_unit).then(without_unit).otherwise(line),
        tail=tail.str.replace(_UNIT_PIECE, "").str.strip_chars(", "),
    )
    parts = parts.with_columns(zip=tail.str.extract(_ZIP))
    parts = parts.with_columns(tail=tail.str.replace(_ZIP, "").str.strip_chars(", "))
    parts = parts.with_columns(state=tail.str.extract(_STATE).str.to_uppercase())
    town = tail.str.replace(_STATE, "").str.strip_chars(", ").str.extract(r"([^,]*)$")
    return parts.select(
        number=line.str.extract(_NUMBER_AND_STREET, 1),
        street=line.str.extract(_NUMBER_AND_STREET, 2),
        unit="unit",
        city=pl.when(town.str.strip_chars() != "").then(town.str.strip_chars()),
        state="state",
        zip="zip",
    )
