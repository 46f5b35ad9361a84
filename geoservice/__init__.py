"""Geocode student addresses locally, join them to zones and ratings, map what may be public."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geoservice.library import LocalGeocoder, Region

__all__ = ["LocalGeocoder", "Region"]


def __getattr__(name: str) -> object:
    """Load the library when it is asked for, so that the command line starts fast."""
    if name in __all__:
        return getattr(import_module("geoservice.library"), name)
    raise AttributeError(f"module 'geoservice' has no attribute {name!r}")
