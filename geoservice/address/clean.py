"""Cleaning of text columns before they are read: case, accents, punctuation, spreadsheet damage."""

import polars as pl

_LONGEST = 300


def cleaned(column: pl.Expr) -> pl.Expr:
    """Upper-case text without accents, periods, apostrophes and control characters.

    Commas, hyphens, ``#``, ``/`` and ``&`` stay, as they carry meaning. Null becomes empty;
    what is longer than any address is cut.
    """
    text = column.cast(pl.String).fill_null("").str.slice(0, _LONGEST)
    text = text.str.normalize("NFKD").str.replace_all(r"\p{M}+", "")
    text = text.str.to_uppercase()
    text = text.str.replace(r"^\s*(\d+)\.0+\b", "$1").str.replace(
        r"^\s*(\d{1,3}),(\d{3})\b", "$1$2"
    )
    text = text.str.replace_all("[\u2010-\u2015\u2212]", "-")
    text = text.str.replace_all(r"[.'`\u2018\u2019\u02BC\"]", "")
    text = text.str.replace_all(r"[\s\x00-\x1F;|()\[\]]+", " ")
    return text.str.replace_all(r"\s*,[\s,]*", ", ").str.strip_chars(", ")


def cleaned_zip(column: pl.Expr) -> pl.Expr:
    """Five-digit ZIPs: ZIP+4, floats and lost leading zeros mended; empty where it is none."""
    text = column.cast(pl.String).fill_null("").str.strip_chars().str.replace(r"\.0+$", "")
    digits = text.str.replace(r"^(\d{5})-?\d{4}$", "$1").str.replace(r"^(\d{4})-\d{4}$", "$1")
    padded = pl.when(digits.str.contains(r"^\d{3,4}$")).then(digits.str.zfill(5)).otherwise(digits)
    return pl.when(padded.str.contains(r"^\d{5}$")).then(padded).otherwise(pl.lit(""))


def place_key(column: pl.Expr) -> pl.Expr:
    """The key of a town's cleaned name: letters only, SAINT, MOUNT and FORT abbreviated."""
    text = column.str.replace_all(r"\bSAINT\b", "ST").str.replace_all(r"\bSAINTE\b", "STE")
    text = text.str.replace_all(r"\bMOUNT\b", "MT").str.replace_all(r"\bFORT\b", "FT")
    return text.str.replace_all(r"[^A-Z]+", "")
