"""Which columns of a file hold which of our fields, told by the names that publishers give them."""

import re
import tomllib
from functools import cache
from importlib.resources import files

import polars as pl

_NUMBER = "(?:ADDRESS|ADDR|ADD|HN|NUM|NO|HOUSE)?"
_SIDES = {"left": "(?:LEFT|LFT|LF|L)", "right": "(?:RIGHT|RGT|RT|R)"}
_ENDS = {"from": "(?:FROM|FRM|FR|F|LOW|LO|BEGIN|BEG|START|MIN)", "to": "(?:TO|T|HIGH|HI|END|MAX)"}
_FEWEST_LETTERS = 4


@cache
def field_names() -> dict[str, dict[str, list[str]]]:
    """Names that publishers give to our fields, by kind of file, most telling first."""
    text = files("geoservice.region").joinpath("field_names.toml").read_text("utf-8")
    return tomllib.loads(text)


def known_fields(kind: str, frame: pl.DataFrame) -> dict[str, str]:
    """Our fields to the columns of a file that seem to hold them."""
    columns = [column for column in reversed(frame.columns) if column != "row"]
    by_name = {column.upper(): column for column in columns}
    by_letters = {_letters(column): column for column in columns}
    found: dict[str, str] = {}
    for ours, names in field_names()[kind].items():
        theirs = _first(names, by_name) or _first(map(_letters, names), by_letters)
        if theirs is not None:
            found[ours] = theirs
    if kind == "streets":
        found |= {
            ours: theirs for ours, theirs in _range_ends(by_letters).items() if ours not in found
        }
    return _one_way_to_name(kind, found)


def _first(names: object, columns: dict[str, str]) -> str | None:
    return next((columns[one] for one in names if one in columns), None)  # type: ignore[attr-defined]


def _letters(column: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", column.upper())


def _range_ends(columns: dict[str, str]) -> dict[str, str]:
    """The four ends of ranges by how such columns are named everywhere: L_ADD_FROM, FromAddr_L, LeftLow."""
    found = {}
    for side, sides in _SIDES.items():
        for end, ends in _ENDS.items():
            written = re.compile(
                f"{sides}{_NUMBER}{ends}{_NUMBER}|{_NUMBER}{ends}{_NUMBER}{sides}{_NUMBER}"
            )
            theirs = [
                name for name in columns if len(name) >= _FEWEST_LETTERS and written.fullmatch(name)
            ]
            if len(theirs) == 1:
                found[f"{end}_{side}"] = columns[theirs[0]]
    return found if len(set(found.values())) == len(found) else {}


def _one_way_to_name(kind: str, found: dict[str, str]) -> dict[str, str]:
    """The fields with the street in parts or as one text, the number apart or in the address, not both."""
    if kind == "streets" and "name" in found and "type" in found:
        found.pop("full_name", None)
    elif "full_name" in found:
        found.pop("name", None)
    if kind == "addresses":
        apart = "name" in found and "type" in found
        for part in ("street",) if apart else ("name", "predir", "pretype", "type", "postdir"):
            found.pop(part, None)
        if "number" in found and (apart or "street" in found):
            found.pop("full_address", None)
        elif "full_address" in found:
            found.pop("number", None)
            found.pop("street", None)
    return found
