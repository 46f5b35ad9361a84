"""Queries with known answers: clean ones, damaged ones, and addresses as inspectors typed them."""

import random
import string
from collections.abc import Callable
from pathlib import Path

import polars as pl

from benchmarks.peers.city import city_points

Harm = Callable[[str, str, random.Random], str]


def clean(city: Path, rows: int) -> pl.DataFrame:
    """``address``, ``lon``, ``lat`` of some of the city's points."""
    some = city_points(city).sample(rows, seed=1)
    return some.select(
        address=_line(pl.col("number") + " " + pl.col("street")), lon="lon", lat="lat"
    )


def damaged(city: Path, rows: int) -> pl.DataFrame:
    """The same points with one fault each: a slip, letters swapped, no type, a unit, a glued number."""
    some = city_points(city).sample(rows, seed=1)
    drawn = random.Random(2)
    harms: tuple[Harm, ...] = (_slip, _swap, _untyped, _unit, _glued)
    texts = [
        drawn.choice(harms)(number, street.lstrip("0"), drawn)
        for number, street in some.select("number", "street").iter_rows()
    ]
    return some.select(address=_line(pl.Series(texts)), lon="lon", lat="lat")


def messy(city: Path, typed: Path) -> pl.DataFrame:
    """Addresses as typed whose number and street the city's points hold, with that point."""
    words = pl.col("street").str.replace_all("'", "").str.replace(r"^0+", "")
    points = city_points(city).select(key=pl.col("number") + " " + words, lon="lon", lat="lat")
    table = pl.read_csv(typed, infer_schema=False).select(address=pl.col("address").fill_null(""))
    text = pl.col("address").str.to_uppercase().str.replace_all("[',]", "")
    parts = text.str.strip_chars().str.split(" ").list.eval(pl.element().filter(pl.element() != ""))
    keyed = table.with_row_index("row").with_columns(parts=parts)
    found = []
    for words_ in range(5, 1, -1):
        street = pl.col("parts").list.slice(1, words_ - 1).list.join(" ").str.replace(r"^0+", "")
        key = pl.col("parts").list.first() + " " + street
        one = keyed.filter(pl.col("parts").list.len() >= words_).with_columns(key=key)
        found.append(one.join(points.unique("key", keep="first", maintain_order=True), on="key"))
    judged = pl.concat(found).unique("row", keep="first", maintain_order=True).sort("row")
    return judged.select(address=_line(pl.col("address").str.strip_chars()), lon="lon", lat="lat")


def no_addresses(typed: Path) -> pl.DataFrame:
    """Typed texts that name no place: no geocoder should find one."""
    table = pl.read_csv(typed, infer_schema=False).select(address=pl.col("address").fill_null(""))
    some = table.filter(pl.col("address").str.contains("OFF THE GRID|OTG|VARIOUS|LOCATIONS"))
    return some.select(
        address=_line(pl.col("address").str.strip_chars()),
        lon=pl.lit(None, dtype=pl.Float64),
        lat=pl.lit(None, dtype=pl.Float64),
    )


def _line(text: pl.Expr | pl.Series) -> pl.Expr:
    return (
        pl.lit(text) + ", San Francisco, CA"
        if isinstance(text, pl.Series)
        else text + ", San Francisco, CA"
    )


def _slip(number: str, street: str, drawn: random.Random) -> str:
    name, *rest = street.split(" ", 1)
    at, letter = drawn.randrange(len(name)), drawn.choice(string.ascii_uppercase)
    harmed = drawn.choice([name[:at] + name[at + 1 :], name[:at] + letter + name[at:]])
    # A numbered street with another number is another street: nobody can tell.
    return " ".join([number, name if any(map(str.isdigit, name)) else harmed, *rest])


def _swap(number: str, street: str, drawn: random.Random) -> str:
    name, *rest = street.split(" ", 1)
    at = drawn.randrange(max(len(name) - 1, 1))
    swapped = name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]
    return " ".join([number, name if any(map(str.isdigit, name)) else swapped, *rest])


def _untyped(number: str, street: str, _: random.Random) -> str:
    return f"{number} {street.rsplit(' ', 1)[0]}"


def _unit(number: str, street: str, drawn: random.Random) -> str:
    return f"{number} {street} {drawn.choice(['APT', 'STE', '#', 'UNIT'])} {drawn.randrange(1, 40)}"


def _glued(number: str, street: str, _: random.Random) -> str:
    return f"{number}{street}"
