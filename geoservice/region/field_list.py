"""The fields that a file of each kind may give, and the check of names under ``fields`` and ``defaults``."""

from collections.abc import Iterable

from geoservice.errors import InputError
from geoservice.model.grades import GRADES
from geoservice.model.layers import ADDRESSES, ALIASES, SCHOOLS, SEATS, STREETS
from geoservice.region.rules import NAME, nearest

STREET_PARTS = ("premod", "predir", "pretype", "presep", "name", "type", "postdir", "postmod")
"""The parts of a street's name in the order of writing, as the FGDC's and NENA's standards have it."""
FIELDS: dict[str, tuple[str, ...]] = {
    # `city`, `state` and `zip` of streets hold for both sides.
    "streets": (
        *(name for name in STREETS if name != "source"),
        *("premod", "presep", "postmod", "city", "state", "zip"),
    ),
    "addresses": (
        *(name for name in ADDRESSES if name != "source"),
        *("number_prefix", "number_suffix", "full_address"), *STREET_PARTS,
    ),
    "aliases": tuple(ALIASES),
    "schools": tuple(SCHOOLS),
    "seats": tuple(SEATS),
    "ratings": ("school_id", "year", "value"),
    "zones": ("id", "school_id", "name", "grades"),
    "links": ("zone_id", "school_id", "grades"),
    "areas": ("id", "name"),
    # Students of a block by grade (`KG`, `01` …), or `students` of all the grades of the dataset.
    "blocks": ("id", "name", "students", *GRADES),
    "hazards": ("id", "name"),
    "births": ("year", "births", "unit"),
    "housing": ("year", "units", "yield", "type", "unit", "lon", "lat"),
}  # fmt: skip
"""Names on the left side of ``[….fields]`` by kind of file."""


def check_fields(kind: str, names: Iterable[str], table: str) -> None:
    """Refuse names that no field of this kind of file has; ``table`` is ``fields`` or ``defaults``.

    Raises
    ------
    InputError
        Names the first unknown field, the nearest known one, and all that are known.
    """
    known = FIELDS[kind]
    for name in names:
        if name not in known:
            raise InputError(
                f"`{NAME}` [{kind}.{table}] has an unknown field `{name}`.{nearest(name, known)} "
                f"Known are: {', '.join(known)}.",
                field=name,
            )
