"""Address columns as typed to address parts, for whole columns at a time.

The parts are number, street text, unit, city, state and ZIP. One line or split fields give the
same parts for the same address. The street text is read further, once per distinct text, by
`geoservice.address.street`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from geoservice.address.clean import cleaned, cleaned_zip, place_key
from geoservice.address.vocabulary import vocabulary

READING = {
    # kind: street, po_box, rural_route, military, non_address or empty.
    "kind": pl.String, "number": pl.String, "street": pl.String, "unit": pl.String,
    "city": pl.String, "state": pl.String, "zip": pl.String,
}  # fmt: skip
"""Schema of a reading: all text, canonical, empty where there is none. ``city`` is a place key."""


Exprs = list[pl.Expr]


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
    filled = texts.select(pl.col("city", "state", "zip").str.len_bytes().sum() > 0).row(0)
    whole = texts.select(_cleaned_columns(filled)).with_columns(typed=pl.col("line"))
    for step in _steps(gazetteer):
        whole = whole.with_columns(step)
    return whole.select(_finished_columns())


@lru_cache(maxsize=8)
def _cleaned_columns(filled: tuple[bool, ...]) -> Exprs:
    """The typed fields, cleaned; where a whole column is empty nothing is worked out for it."""
    fields = {
        "city_field": place_key(cleaned(pl.col("city"))),
        "state_field": cleaned(pl.col("state")),
        "zip_field": cleaned_zip(pl.col("zip")),
    }
    kept = {name: field if some else pl.lit("") for (name, field), some in
            zip(fields.items(), filled, strict=True)}  # fmt: skip
    return _named(line=cleaned(pl.col("line")), **kept)


@lru_cache(maxsize=16)
def _steps(gazetteer: Gazetteer) -> tuple[Exprs, ...]:
    """What each step works out, in order.

    Made once per gazetteer: making it takes longer than reading one address. Patterns say space,
    `0-9` and ASCII word edges, because Unicode classes take milliseconds to compile.
    """
    steps = (_take_country, _take_zip, _take_state, _take_zip_before_state, _take_city, _take_boxes,
             _street_part, _take_unit, _take_number)  # fmt: skip
    return tuple(step(gazetteer) for step in steps)


def _take_country(_: Gazetteer) -> Exprs:
    pattern = r"[, ]+(?:USA|U S A|UNITED STATES(?: OF AMERICA)?)$"
    return _named(line=pl.col("line").str.replace(pattern, ""))


def _take_zip(_: Gazetteer) -> Exprs:
    states = "|".join(sorted(vocabulary().states, key=len, reverse=True))
    full = pl.col("line").str.extract(r"[, ]([0-9]{5})(?:[- ]?[0-9]{4})?$")
    short = pl.col("line").str.extract(rf"[, ](?:{states}),? +([0-9]{{4}})$")
    found = pl.coalesce(full, pl.lit("0") + short)
    rest = pl.col("line").str.replace(r"[, ]+[0-9]{4,5}(?:[- ]?[0-9]{4})?$", "")
    return _named(
        zip=found.fill_null(""),
        line=pl.when(found.is_null()).then("line").otherwise(rest),
    )


def _take_state(gazetteer: Gazetteer) -> Exprs:
    """A state at the end: anywhere for the region's own, else behind a comma or before a ZIP."""
    states = vocabulary().states
    own = [name for name, code in states.items() if code in gazetteer.states]
    risky = vocabulary().directions.keys() | vocabulary().types.keys()
    plain = [name for name in own if name not in risky] or ["NO STATE"]
    anywhere = pl.col("line").str.extract(rf"[, ]({_either(plain)})$")
    behind = pl.col("line").str.extract(rf",(?:[^,0-9]* )?({_either(list(states))})$")
    before_zip = pl.col("line").str.extract(rf" ({_either([*own, 'NO STATE'])})$")
    with_zip = pl.when(pl.col("zip") != "").then(before_zip)
    found = pl.coalesce(anywhere, behind, with_zip)
    rest = pl.col("line").str.head(-(found.str.len_chars().cast(pl.Int64)))
    return _named(
        state=found.replace(states).fill_null(""),
        line=pl.when(found.is_null()).then("line").otherwise(_trimmed(rest)),
    )


def _take_zip_before_state(_: Gazetteer) -> Exprs:
    """The ZIP where it was typed before the state (45229 OH)."""
    late = pl.col("line").str.extract(r"[, ]([0-9]{5})$")
    use = (pl.col("zip") == "") & (pl.col("state") != "") & late.is_not_null()
    return _named(
        zip=pl.when(use).then(late).otherwise("zip"),
        line=pl.when(use).then(_trimmed(pl.col("line").str.head(-5))).otherwise("line"),
    )


def _take_city(gazetteer: Gazetteer) -> Exprs:
    """A town of the region at the end, else what stands behind the last comma without a digit."""
    known = _either(sorted(gazetteer.cities, key=len, reverse=True) or ["NO CITY"])
    own = pl.col("line").str.extract(rf"[^, ][, ]+({known})$")
    alone = pl.col("line").str.contains(rf"^[^ ]+ +(?:{known})$")
    other = pl.col("line").str.extract(r", *([A-Z][A-Z -]+)$")
    unit = rf"^(?:{_either(list(vocabulary().lone_units))})$"
    numbered = rf"^(?:{_either(list(vocabulary().numbered_units))})(?-u:\b)"
    foreign = pl.when(~other.str.contains(unit) & ~other.str.contains(numbered)).then(other)
    found = pl.when(~alone).then(pl.coalesce(own, foreign))
    rest = pl.col("line").str.head(-(found.str.len_chars().cast(pl.Int64)))
    return _named(
        city=place_key(found.fill_null("")),
        line=pl.when(found.is_null()).then("line").otherwise(_trimmed(rest)),
    )


def _take_boxes(_: Gazetteer) -> Exprs:
    """Classes that are no street; of a dual address (box and street) the street stays."""
    box = (
        r"(?-u:\b)(?:P *O *(?:BOX|DRAWER|B)|POST OFFICE BOX|POB|PO BX) *#? *[A-Z]?[0-9]*[A-Z]?(?-u:\b)"
        r"|^BOX +[0-9]+(?-u:\b)"
    )
    line = pl.col("line")
    without = _trimmed(line.str.replace_all(box, "")).str.strip_chars(", ")
    has_box = line.str.contains(box)
    rural = line.str.contains(
        r"^(?:RR|R R|RURAL ROUTE|RFD|HC|HIGHWAY CONTRACT|STAR ROUTE) *#? *[0-9]"
    )
    military = line.str.contains(
        r"(?-u:\b)(?:PSC|CMR|UNIT) +[0-9]+ +BOX(?-u:\b)|(?-u:\b)(?:APO|FPO|DPO)(?-u:\b)"
    ) | pl.col("city").is_in(["APO", "FPO", "DPO"])
    general = line.str.contains(r"^GENERAL DELIVERY(?-u:\b)|^GEN DEL(?-u:\b)")
    has_street = without.str.contains(r"[0-9]+[^ ]* +[^ ]*[A-Z]")
    unreadable = ~line.str.contains(r"[A-Z0-9]")
    words = rf"^(?:{_either(list(vocabulary().non_address))})(?-u:\b)[^0-9]*$"
    kind = (
        pl.when(pl.col("typed").fill_null("") == "").then(pl.lit("empty"))
        .when(military).then(pl.lit("military"))
        .when(rural).then(pl.lit("rural_route"))
        .when(general | (has_box & ~has_street)).then(pl.lit("po_box"))
        .when(line.str.contains(words) | unreadable).then(pl.lit("non_address"))
        .otherwise(pl.lit("street"))
    )  # fmt: skip
    return _named(kind=kind, line=pl.when(has_box).then(without).otherwise(line))


def _street_part(_: Gazetteer) -> Exprs:
    """The part of the line that starts with a number: a building or a unit may stand first."""
    units = _either(list(vocabulary().numbered_units))
    line = pl.col("line").str.replace(rf"^(?:{units}) *#? *[A-Z0-9-]+ *, *([0-9])", "$1")
    line = line.str.replace(rf"^(?:{units}) *#? *[^ ]+ +([0-9]+ +[A-Z])", "$1")
    behind_comma = line.str.extract(r", *([0-9]+[^ ]* +[^,]*[A-Z].*)$")
    behind_words = line.str.extract(r"^[A-Z][A-Z '&-]* ([0-9]+[A-Z]? +[A-Z0-9].*)$")
    route = line.str.contains(
        rf"^(?:[NSEW] +)?(?:{_either(list(vocabulary().routes))}) +[A-Z]?[0-9]"
    )
    starts = line.str.contains(r"^(?:[NSEW] ?)?[0-9]")
    return _named(
        line=pl.when(starts | route)
        .then(line)
        .otherwise(pl.coalesce(behind_comma, behind_words, line))
    )


def _take_unit(_: Gazetteer) -> Exprs:
    vocab = vocabulary()
    numbered = _either(list(vocab.numbered_units))
    lone = _either(list(vocab.lone_units))
    pattern = (
        rf"[, ]+((?:(?:{numbered}) *#? *(?:[0-9][A-Z0-9-]*|[A-Z](?:-?[0-9]+[A-Z]?)?)|# *[A-Z0-9-]+"
        rf"|[0-9]+(?:ST|ND|RD|TH) +(?:FLOOR|FLR|FL)|(?:{lone})$)(?:[ ,/&-].*)?)$"
    )
    body = pl.col("line").str.extract(r"^([^ ]+ +[^ ]+)")
    tail = pl.col("line").str.slice(body.str.len_chars().fill_null(0))
    unit = (pl.lit(" ") + tail).str.extract(pattern)
    kept = pl.col("line").str.head(-(unit.str.len_chars().cast(pl.Int64)))
    line = pl.when(unit.is_null()).then("line").otherwise(_trimmed(kept))
    return _named(unit=unit.fill_null(""), line=line.str.replace(r"^([^,]* [^,]*),.*$", "$1"))


def _take_number(_: Gazetteer) -> Exprs:
    pattern = (
        r"^([NSEW][0-9]+ ?[NSEW][0-9]+|[NSEW][0-9]+|[0-9]+-[0-9]+[A-Z]?|[0-9]+[A-Z]?(?: [0-9]/[0-9])?|[0-9]+-[A-Z])"
        r" *[, ] *([^ ].*)$"
    )
    glued = r"^([0-9]+)([A-Z]{2,}.*)$"
    line = pl.col("line").str.replace_all(r"#", " ")
    number, street = line.str.extract(pattern, 1), line.str.extract(pattern, 2)
    is_ordinal = line.str.contains(r"^[0-9]+(?:ST|ND|RD|TH)(?-u:\b)")
    fused = pl.when(~is_ordinal & number.is_null())
    return _named(
        number=pl.coalesce(number, fused.then(line.str.extract(glued, 1)))
        .fill_null("")
        .str.replace_all(r"^([NSEW][0-9]+) ", "$1"),
        street=pl.coalesce(street, fused.then(line.str.extract(glued, 2)), line)
        .str.replace_all(r"[^A-Z0-9/& -]", " ")
        .str.replace_all(r" +", " ")
        .str.strip_chars(" -/"),
    )


@lru_cache(maxsize=1)
def _finished_columns() -> Exprs:
    return [
        *map(pl.col, ("kind", "number", "street", "unit")),
        _filled("city_field", "city").alias("city"),
        _filled("state_field", "state").replace(vocabulary().states).alias("state"),
        _filled("zip_field", "zip").alias("zip"),
    ]


def _named(**columns: pl.Expr) -> Exprs:
    return [expression.alias(name) for name, expression in columns.items()]


def _filled(field: str, read: str) -> pl.Expr:
    return pl.when(pl.col(field).fill_null("") != "").then(field).otherwise(read).alias(field)


def _trimmed(expression: pl.Expr) -> pl.Expr:
    return expression.str.strip_chars_end(", ")


def _either(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
