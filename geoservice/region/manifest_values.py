"""Single values of ``region.toml``, with checks."""

from collections.abc import Mapping
from typing import Any

import pyproj

from geoservice.errors import InputError
from geoservice.model.background import DIMENSIONS
from geoservice.model.grades import expand_grades
from geoservice.model.years import read_year
from geoservice.region.rules import NAME, nearest

_BANDS = {"K-5": "TK-05", "6-8": "06-08", "9-12": "09-12"}


def read_metric_crs(text: str) -> str:
    """Return a projected CRS in metres as written; raise for others."""
    try:
        crs = pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as fault:
        raise InputError(
            f"`{NAME}`: `metric_crs` is not a known CRS. Write for example `EPSG:26910`."
        ) from fault
    units = {axis.unit_name for axis in crs.axis_info}
    if not crs.is_projected or units != {"metre"}:
        raise InputError(
            f"`{NAME}`: `metric_crs` must be projected and in meters, for example the UTM zone of "
            "the region."
        )
    return text


def read_school_year(text: str) -> str:
    """Return a school year in standard form; empty for an empty text."""
    year = read_year(text)
    if text and year is None:
        raise InputError(f"`{NAME}`: `school_year` must be a school year such as `2023-24`.")
    return year or ""


def read_bands(content: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the grade bands of a manifest, or the default bands."""
    bands = content.get("bands") or _BANDS
    for name in bands:
        if name.strip().lower() in ("", "all"):
            raise InputError(
                f"`{NAME}` [bands]: a band needs a name, and `all` is reserved for all grades."
            )
    return {
        name: read_listed_grades(grades, f" [bands]: `{name}`") for name, grades in bands.items()
    }


def read_listed_grades(value: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401 - what TOML holds
    """Return the grades of a text or list, in school order."""
    if not isinstance(value, str | list):
        raise InputError(f"`{NAME}`{where} must be a text or a list of grades.")
    try:
        return expand_grades(value if isinstance(value, str) else ",".join(map(str, value)))
    except InputError as fault:
        raise InputError(f"`{NAME}`{where}: {fault}") from fault


def optional_text(table: Mapping[str, Any], key: str) -> str | None:
    """Return a text or number as text (a sheet may be called 2024); None if missing."""
    value = table.get(key)
    return None if value is None else str(value)


def read_header_row(table: Mapping[str, Any], where: str) -> int | None:
    """Return the line number of the header; None if missing."""
    row = table.get("header_row")
    if row is not None and (not isinstance(row, int) or isinstance(row, bool) or row < 1):
        raise InputError(
            f"`{NAME}`{where}: `header_row` must be the number of a line, 1 for the first."
        )
    return row


def required_text(table: Mapping[str, Any], key: str, where: str) -> str:
    """Return a required value as text; raise if it is missing."""
    value = table.get(key)
    if value is None or str(value) == "":
        raise InputError(f"`{NAME}`{where}: `{key}` is missing.")
    return str(value)


def read_ground(entry: Mapping[str, Any], kind: str) -> str:
    """Return the kind of a background layer; empty for files of other sections."""
    ground = str(entry.get("kind", ""))
    if kind != "background":
        if ground:
            raise InputError(f"`{NAME}` [[{kind}]]: only [[background]] has a `kind`.")
        return ""
    if ground not in DIMENSIONS:
        raise InputError(
            f"`{NAME}` [[background]]: `kind` must be one of {', '.join(DIMENSIONS)}."
            f"{nearest(ground, DIMENSIONS)}"
        )
    return ground
