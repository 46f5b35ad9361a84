"""Geocode student addresses locally, join them to zones and ratings, map what may be public."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geoservice.library import Region
    from geoservice.locator import LocalGeocoder

__all__ = ["LocalGeocoder", "Region"]
_MODULES = {"LocalGeocoder": "geoservice.locator", "Region": "geoservice.library"}


def __getattr__(name: str) -> object:
    """Load the library at its first use, so that the command line starts fast."""
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'geoservice' has no attribute {name!r}")
