"""Address columns as typed to address parts, for whole columns at a time.

The parts are number, street text, unit, city, state and ZIP. One line or split fields give the
same parts for the same address. The street text is read further, once per distinct text, by
`geoservice.address.street`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.address.clean import cleaned, cleaned_zip, place_key
from geoservice.address.vocabulary import vocabulary

READING = {
    # kind: street, po_box, rural_route, military, non_address or empty.
    "kind": pl.String, "number": pl.String, "street": pl.String, "unit": pl.String,
    "city": pl.String, "state": pl.String, "zip": pl.String,
}  # fmt: skip
"""Schema of a reading: all text, canonical, empty where there is none. ``city`` is a place key."""


@dataclass(frozen=True)
class Gazetteer:
    """What a region knows about its places: helps to cut a line without commas.

    ``cities`` are cleaned names as a line may end with; ``states`` two-letter codes.
    """

    cities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


def read_addresses(texts: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Read the columns ``line``, ``city``, ``state`` and ``zip`` (any text or null) into parts.

    ``line`` is the whole address or its street line; filled fields win over what the line says.

    Returns
    -------
    polars.DataFrame
        Schema `READING`, one row per input row in the same order.
    """
    clean = texts.select(
        cleaned(pl.col("line")).alias("line"),
        place_key(cleaned(pl.col("city"))).alias("city_field"),
        cleaned(pl.col("state")).alias("state_field"),
        cleaned_zip(pl.col("zip")).alias("zip_field"),
    )
    whole = clean.with_columns(typed=pl.col("line"))
    steps = (_take_country, _take_zip, _take_state, _take_zip_before_state, _take_city)
    for step in steps:
        whole = step(whole, gazetteer)
    whole = _take_boxes(whole)
    whole = _take_number(_take_unit(_street_part(whole)))
    return _finish(whole)


def _take_country(frame: pl.DataFrame, _: Gazetteer) -> pl.DataFrame:
    pattern = r"[,\s]+(?:USA|U S A|UNITED STATES(?: OF AMERICA)?)$"
    return frame.with_columns(pl.col("line").str.replace(pattern, ""))


def _take_zip(frame: pl.DataFrame, _: Gazetteer) -> pl.DataFrame:
    states = "|".join(sorted(vocabulary().states, key=len, reverse=True))
    full = pl.col("line").str.extract(r"[,\s](\d{5})(?:[-\s]?\d{4})?$")
    short = pl.col("line").str.extract(rf"[,\s](?:{states}),?\s+(\d{{4}})$")
    found = pl.coalesce(full, pl.lit("0") + short)
    rest = pl.col("line").str.replace(r"[,\s]+\d{4,5}(?:[-\s]?\d{4})?$", "")
    return frame.with_columns(
        zip=found.fill_null(""),
        line=pl.when(found.is_null()).then("line").otherwise(rest),
    )


def _take_state(frame: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """A state at the end: anywhere for the region's own, else behind a comma or before a ZIP."""
    states = vocabulary().states
    own = [name for name, code in states.items() if code in gazetteer.states]
    risky = vocabulary().directions.keys() | vocabulary().types.keys()
    plain = [name for name in own if name not in risky] or ["NO STATE"]
    anywhere = pl.col("line").str.extract(rf"[,\s]({_either(plain)})$")
    behind = pl.col("line").str.extract(rf",(?:[^,\d]*\s)?({_either(list(states))})$")
    before_zip = pl.col("line").str.extract(rf"\s({_either([*own, 'NO STATE'])})$")
    with_zip = pl.when(pl.col("zip") != "").then(before_zip)
    found = pl.coalesce(anywhere, behind, with_zip)
    rest = pl.col("line").str.head(-(found.str.len_chars().cast(pl.Int64)))
    return frame.with_columns(
        state=found.replace(states).fill_null(""),
        line=pl.when(found.is_null()).then("line").otherwise(_trimmed(rest)),
    )


def _take_zip_before_state(frame: pl.DataFrame, _: Gazetteer) -> pl.DataFrame:
    """The ZIP where it was typed before the state (45229 OH)."""
    late = pl.col("line").str.extract(r"[,\s](\d{5})$")
    use = (pl.col("zip") == "") & (pl.col("state") != "") & late.is_not_null()
    return frame.with_columns(
        zip=pl.when(use).then(late).otherwise("zip"),
        line=pl.when(use).then(_trimmed(pl.col("line").str.head(-5))).otherwise("line"),
    )


def _take_city(frame: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """A town of the region at the end, else what stands behind the last comma without a digit."""
    known = _either(sorted(gazetteer.cities, key=len, reverse=True) or ["NO CITY"])
    own = pl.col("line").str.extract(rf"[^,\s][,\s]+({known})$")
    alone = pl.col("line").str.contains(rf"^\S+\s+(?:{known})$")
    other = pl.col("line").str.extract(r",\s*([A-Z][A-Z\s-]+)$")
    unit = rf"^(?:{_either(list(vocabulary().lone_units))})$"
    numbered = rf"^(?:{_either(list(vocabulary().numbered_units))})\b"
    foreign = pl.when(~other.str.contains(unit) & ~other.str.contains(numbered)).then(other)
    found = pl.when(~alone).then(pl.coalesce(own, foreign))
    rest = pl.col("line").str.head(-(found.str.len_chars().cast(pl.Int64)))
    return frame.with_columns(
        city=place_key(found.fill_null("")),
        line=pl.when(found.is_null()).then("line").otherwise(_trimmed(rest)),
    )


def _take_boxes(frame: pl.DataFrame) -> pl.DataFrame:
    """Classes that are no street; of a dual address (box and street) the street stays."""
    box = (
        r"\b(?:P\s*O\s*(?:BOX|DRAWER|B)|POST OFFICE BOX|POB|PO BX)\s*#?\s*[A-Z]?\d*[A-Z]?\b"
        r"|^BOX\s+\d+\b"
    )
    line = pl.col("line")
    without = _trimmed(line.str.replace_all(box, "")).str.strip_chars(", ")
    has_box = line.str.contains(box)
    rural = line.str.contains(
        r"^(?:RR|R R|RURAL ROUTE|RFD|HC|HIGHWAY CONTRACT|STAR ROUTE)\s*#?\s*\d"
    )
    military = line.str.contains(r"\b(?:PSC|CMR|UNIT)\s+\d+\s+BOX\b|\b(?:APO|FPO|DPO)\b") | pl.col(
        "city"
    ).is_in(["APO", "FPO", "DPO"])
    general = line.str.contains(r"^GENERAL DELIVERY\b|^GEN DEL\b")
    has_street = without.str.contains(r"\d+\S*\s+\S*[A-Z]")
    unreadable = ~line.str.contains(r"[A-Z0-9]")
    words = rf"^(?:{_either(list(vocabulary().non_address))})\b[^0-9]*$"
    kind = (
        pl.when(pl.col("typed").fill_null("") == "").then(pl.lit("empty"))
        .when(military).then(pl.lit("military"))
        .when(rural).then(pl.lit("rural_route"))
        .when(general | (has_box & ~has_street)).then(pl.lit("po_box"))
        .when(line.str.contains(words) | unreadable).then(pl.lit("non_address"))
        .otherwise(pl.lit("street"))
    )  # fmt: skip
    return frame.with_columns(kind=kind, line=pl.when(has_box).then(without).otherwise(line))


def _street_part(frame: pl.DataFrame) -> pl.DataFrame:
    """The part of the line that starts with a number: a building or a unit may stand first."""
    units = _either(list(vocabulary().numbered_units))
    line = pl.col("line").str.replace(rf"^(?:{units})\s*#?\s*[A-Z0-9-]+\s*,\s*(\d)", "$1")
    line = line.str.replace(rf"^(?:{units})\s*#?\s*\S+\s+(\d+\s+[A-Z])", "$1")
    behind_comma = line.str.extract(r",\s*(\d+\S*\s+[^,]*[A-Z].*)$")
    behind_words = line.str.extract(r"^[A-Z][A-Z\s'&-]*\s(\d+[A-Z]?\s+[A-Z0-9].*)$")
    route = line.str.contains(
        rf"^(?:[NSEW]\s+)?(?:{_either(list(vocabulary().routes))})\s+[A-Z]?\d"
    )
    starts = line.str.contains(r"^(?:[NSEW]\s?)?\d")
    return frame.with_columns(
        line=pl.when(starts | route)
        .then(line)
        .otherwise(pl.coalesce(behind_comma, behind_words, line))
    )


def _take_unit(frame: pl.DataFrame) -> pl.DataFrame:
    vocab = vocabulary()
    numbered = _either(list(vocab.numbered_units))
    lone = _either(list(vocab.lone_units))
    pattern = (
        rf"[,\s]+((?:(?:{numbered})\s*#?\s*(?:\d[A-Z0-9-]*|[A-Z](?:-?\d+[A-Z]?)?)|#\s*[A-Z0-9-]+"
        rf"|\d+(?:ST|ND|RD|TH)\s+(?:FLOOR|FLR|FL)|(?:{lone})$)(?:[\s,/&-].*)?)$"
    )
    body = pl.col("line").str.extract(r"^(\S+\s+\S+)")
    tail = pl.col("line").str.slice(body.str.len_chars().fill_null(0))
    unit = (pl.lit(" ") + tail).str.extract(pattern)
    kept = pl.col("line").str.head(-(unit.str.len_chars().cast(pl.Int64)))
    line = pl.when(unit.is_null()).then("line").otherwise(_trimmed(kept))
    return frame.with_columns(
        unit=unit.fill_null(""), line=line.str.replace(r"^([^,]*\s[^,]*),.*$", "$1")
    )


def _take_number(frame: pl.DataFrame) -> pl.DataFrame:
    pattern = (
        r"^([NSEW]\d+\s?[NSEW]\d+|[NSEW]\d+|\d+-\d+[A-Z]?|\d+[A-Z]?(?:\s\d/\d)?|\d+-[A-Z])"
        r"\s*[,\s]\s*(\S.*)$"
    )
    glued = r"^(\d+)([A-Z]{2,}.*)$"
    line = pl.col("line").str.replace_all(r"#", " ")
    number, street = line.str.extract(pattern, 1), line.str.extract(pattern, 2)
    is_ordinal = line.str.contains(r"^\d+(?:ST|ND|RD|TH)\b")
    fused = pl.when(~is_ordinal & number.is_null())
    return frame.with_columns(
        number=pl.coalesce(number, fused.then(line.str.extract(glued, 1)))
        .fill_null("")
        .str.replace_all(r"^([NSEW]\d+)\s", "$1"),
        street=pl.coalesce(street, fused.then(line.str.extract(glued, 2)), line)
        .str.replace_all(r"[^A-Z0-9/& -]", " ")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars(" -/"),
    )


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    states = vocabulary().states
    return frame.select(
        "kind",
        "number",
        "street",
        "unit",
        _filled("city_field", "city"),
        _filled("state_field", "state").replace(states),
        _filled("zip_field", "zip"),
    ).rename({"city_field": "city", "state_field": "state", "zip_field": "zip"})


def _filled(field: str, read: str) -> pl.Expr:
    return pl.when(pl.col(field).fill_null("") != "").then(field).otherwise(read).alias(field)


def _trimmed(expression: pl.Expr) -> pl.Expr:
    return expression.str.strip_chars_end(", ")


def _either(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
