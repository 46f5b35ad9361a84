"""``region.toml`` guessed from the files of a folder; every guess is marked."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pyproj
import shapely

from geoservice.errors import GeoserviceError, InputError
from geoservice.region.known_fields import field_names, known_fields
from geoservice.region.manifest import Dataset
from geoservice.region.reading import RawTable, read_raw
from geoservice.region.rules import NAME
from geoservice.region.shapes import source_crs
from geoservice.region.unpack import READABLE

_NEEDED = {"streets": ("from_left", "to_right"), "addresses": ("number", "street"),
           "schools": ("id",), "ratings": ("school_id", "value")}  # fmt: skip

_FORMATS = {
    "Census TIGER/Line ADDRFEAT": {"FULLNAME", "LFROMHN", "LTOHN", "RFROMHN", "RTOHN"},
    "Census TIGER/Line EDGES": {"TLID", "FULLNAME", "LFROMADD", "LTOADD", "MTFCC"},
    "OpenAddresses": {"NUMBER", "STREET", "HASH"},
    "National Address Database": {"ADD_NUMBER", "ST_NAME", "NATGRID"},
    "NCES EDGE school points": {"NCESSCH", "NMCNTY", "LOCALE"},
    "NCES attendance boundaries": {"NCESSCH", "SRCNAME", "GSLO", "GSHI"},
}
"""Columns by which published formats are known: what their columns mean is no guess."""
_NOT_RATED = {"NR", "NEW", "N/A", "NA", "NOT RATED", "UNRATED", "INSUFFICIENT DATA", "*", "-"}


@dataclass(frozen=True)
class Guess:
    """What a file seems to be."""

    kind: str
    path: Path
    fields: dict[str, str]
    raw: RawTable
    notes: dict[str, str] = field(default_factory=dict)


def init_region(folder: Path, *, replace: bool = False) -> list[str]:
    """Write ``region.toml`` into a folder; the answer says what was found, line by line.

    Raises
    ------
    InputError
        Where there is no such folder, no file in it that can be used, or a manifest already.
    """
    if not folder.is_dir():
        raise InputError("There is no such folder.")
    target = folder / NAME
    if target.exists() and not replace:
        raise InputError(f"The folder has a `{NAME}` already. Use --replace to overwrite it.")
    said: list[str] = []
    guesses: list[Guess] = []
    for path in sorted(folder.iterdir()):
        if path.name.lower().endswith((*READABLE, ".zip", ".gz")) and path.is_file():
            guess = _guessed(path, said)
            guesses += [guess] if guess else []
    if not any(one.kind in ("streets", "addresses") for one in guesses):
        raise InputError(
            "No file in the folder looks like streets with address ranges or address points."
        )
    target.write_text(_manifest(folder, guesses), "utf-8")
    return [*said, f"Wrote {NAME}. Look at the lines marked `# guessed`, then run `geoservice "
            "region check`."]  # fmt: skip


def _guessed(path: Path, said: list[str]) -> Guess | None:
    try:
        raw = read_raw(Dataset("", "", path, {}))
    except GeoserviceError as fault:
        said.append(f"{path.name}: left out. {fault.detail}")
        return None
    kind = _kind(raw, path)
    if kind is None:
        said.append(f"{path.name}: not recognised, left out")
        return None
    fields = known_fields(kind, raw.frame)
    said.append(f"{path.name}: {kind}, {len(raw.frame):,} rows")
    return Guess(kind, path, fields, raw)


def _kind(raw: RawTable, path: Path) -> str | None:
    fits = {kind: set(known_fields(kind, raw.frame)) for kind in field_names()}
    shape = "none" if raw.geometry is None or not len(raw.geometry) else _shape(raw.geometry)
    if shape == "line":
        return "streets" if set(_NEEDED["streets"]) <= fits["streets"] else None
    if shape == "polygon":
        zoned = re.search(r"zone|attendance|boundar|elementary|middle|high", path.name, re.I)
        return "zones" if "school_id" in fits["zones"] and zoned else "areas"
    named = {"street", "name"} & fits["addresses"]
    if (
        shape == "none"
        and {"street", "alias"} <= fits["aliases"]
        and "number" not in fits["addresses"]
    ):
        return "aliases"
    if named and "number" in fits["addresses"] and (shape == "point" or "lon" in fits["addresses"]):
        return "addresses"
    if "full_address" in fits["addresses"] and not {"low_grade", "capacity"} & fits["schools"]:
        return "addresses"
    if {"id", "low_grade"} <= fits["schools"] or ({"id", "lon"} <= fits["schools"]):
        return "schools"
    if set(_NEEDED["ratings"]) <= fits["ratings"] and shape == "none":
        return "ratings"
    return None


def _shape(geometry: np.ndarray) -> str:
    kinds = shapely.get_dimensions(geometry)
    return {0: "point", 1: "line", 2: "polygon"}.get(int(np.max(kinds)), "none")


def _manifest(folder: Path, guesses: list[Guess]) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", folder.absolute().name.lower()).strip("-") or "region"
    years = sorted({str(year) for one in guesses if one.kind == "ratings" and "year" in one.fields
                    for year in one.raw.frame[one.fields["year"]].drop_nulls()})  # fmt: skip
    lines = [
        f"id = {_quoted(name)}",
        f"name = {_quoted(folder.absolute().name.replace('-', ' ').title())}  # guessed",
        f"metric_crs = {_quoted(_utm(guesses))}  # guessed",
        f"school_year = {_quoted(years[-1] if years else '')}  # guessed",
        "min_n = 10",
    ]
    order = list(field_names())
    for one in sorted(guesses, key=lambda guess: order.index(guess.kind)):
        lines += _section(one)
    return "\n".join(lines) + "\n"


def _section(guess: Guess) -> list[str]:
    head = f"[{guess.kind}]" if guess.kind == "schools" else f"[[{guess.kind}]]"
    lines = ["", head]
    stem = re.sub(r"[^a-z0-9]+", "-", guess.path.name.split(".")[0].lower()).strip("-")
    if guess.kind in ("zones", "areas"):
        lines.append(f"id = {_quoted(stem.removesuffix('-zones'))}  # guessed")
    lines.append(f"file = {_quoted(guess.path.name)}")
    if guess.kind == "streets" and "MTFCC" in guess.raw.frame.columns:
        lines.append("where = \"MTFCC LIKE 'S%'\"  # roads alone, by the Census's feature classes")
    if guess.kind in ("streets", "addresses") and not {"city", "city_left"} & set(guess.fields):
        lines.append('# defaults = { city = "TOWN", state = "ST" }')
    if guess.kind == "zones":
        lines += _zone_grades(guess, stem)
    if guess.kind == "ratings":
        lines.append('scheme = "ratings"  # guessed')
    lines.append(f"[{guess.kind}.fields]")
    remark = _format(guess) or "guessed"
    lines += [f"{ours} = {_quoted(theirs)}  # {remark}" for ours, theirs in guess.fields.items()]
    return lines + (_scheme(guess) if guess.kind == "ratings" else [])


def _format(guess: Guess) -> str | None:
    """The published format of a file, by its columns."""
    columns = {column.upper() for column in guess.raw.frame.columns}
    return next((name for name, known in _FORMATS.items() if known <= columns), None)


def _zone_grades(guess: Guess, stem: str) -> list[str]:
    levels = {"elementary": "TK-05", "middle": "06-08", "high": "09-12"}
    level = next((grades for word, grades in levels.items() if word in stem), None)
    return [f"grades = {_quoted(level)}  # guessed"] if level else []


def _scheme(guess: Guess) -> list[str]:
    values = guess.raw.frame[guess.fields["value"]].drop_nulls()
    scores = values.cast(pl.Float64, strict=False).drop_nulls()
    lines = ["", "[rating_schemes.ratings]"]
    if len(scores) > len(values) / 2 and values.n_unique() > 10:
        cuts = [float(scores.quantile(share, "nearest") or 0.0) for share in (0.75, 0.5, 0.25)]
        labels = [
            f'{{ id = "{one}", min = {cut:g} }}' for one, cut in zip("ABC", cuts, strict=True)
        ]
        return [*lines, 'kind = "score"  # guessed',
                f'labels = [ {", ".join(labels)}, {{ id = "D" }} ]  # guessed: quarters']  # fmt: skip
    texts = [str(one) for one in sorted(values.unique())]
    rated = ", ".join(_quoted(one) for one in texts if one.upper() not in _NOT_RATED)
    other = ", ".join(_quoted(one) for one in texts if one.upper() in _NOT_RATED)
    return [
        *lines, 'kind = "label"  # guessed', f"labels = [ {rated} ]  # guessed: best first",
        f"not_rated = [ {', '.join(part for part in (_quoted(''), other) if part)} ]  # guessed",
    ]  # fmt: skip


def _utm(guesses: list[Guess]) -> str:
    """The UTM zone of the first layer with geometry or coordinates."""
    for one in guesses:
        center = _center(one)
        if center is not None:
            lon, lat = center
            zone = int((lon + 180) // 6) + 1
            return f"EPSG:{26900 + zone}" if lat > 0 and zone <= 23 else f"EPSG:{32600 + zone}"
    return "EPSG:5070"


def _center(guess: Guess) -> tuple[float, float] | None:
    if guess.raw.geometry is not None and len(guess.raw.geometry):
        try:
            crs, _ = source_crs(guess.raw, Dataset(guess.kind, "", guess.path, {}))
        except InputError:
            return None
        west, south, east, north = shapely.total_bounds(guess.raw.geometry)
        to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        lon, lat = to_degrees.transform((west + east) / 2, (south + north) / 2)
        return float(lon), float(lat)
    if {"lon", "lat"} <= set(guess.fields):
        places = guess.raw.frame.select(
            pl.col(guess.fields[axis]).cast(pl.Float64, strict=False).median().alias(axis)
            for axis in ("lon", "lat"))  # fmt: skip
        lon, lat = places.row(0)
        return None if lon is None or lat is None else (lon, lat)
    return None


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
