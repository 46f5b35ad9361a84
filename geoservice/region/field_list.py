"""The fields of each kind of file, and the check of names in ``fields`` and ``defaults``."""

from collections.abc import Iterable

from geoservice.errors import InputError
from geoservice.model.grades import GRADES
from geoservice.model.layers import ADDRESSES, ALIASES, SCHOOLS, SEATS, STREETS
from geoservice.region.rules import NAME, nearest

STREET_PARTS = ("premod", "predir", "pretype", "presep", "name", "type", "postdir", "postmod")
"""The parts of a street name, in the order of the FGDC and NENA standards."""
STREET_NAME_FIELDS = ("full_address", "full_name", "street", *STREET_PARTS)
"""Fields that a street name can be read from: whole addresses, whole names, parts."""
FIELDS: dict[str, tuple[str, ...]] = {
    # `city`, `state` and `zip` of streets hold for both sides.
    "streets": (
        *(name for name in STREETS if name != "source"),
        *("premod", "presep", "postmod", "city", "state", "zip"),
    ),
    "addresses": (
        *(name for name in ADDRESSES if name != "source"),
        *("number_prefix", "number_suffix", "full_address"),
        *STREET_PARTS,
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
    "background": ("name",),
    "births": ("year", "births", "unit"),
    "housing": ("year", "units", "yield", "type", "unit", "lon", "lat"),
}
"""Names of fields in ``[….fields]``, by kind of file."""


def check_fields(kind: str, names: Iterable[str], table: str) -> None:
    """Raise for unknown field names; ``table`` is ``fields`` or ``defaults``.

    Raises
    ------
    InputError
        If a name is unknown; the message suggests a similar field and lists all fields.
    """
    field_names = FIELDS[kind]
    for name in names:
        if name not in field_names:
            raise InputError(
                f"`{NAME}` [{kind}.{table}] has an unknown field `{name}`."
                f"{nearest(name, field_names)} Known fields: {', '.join(field_names)}.",
                field=name,
            )
