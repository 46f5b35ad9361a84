"""Outside geocoders through geopy, off unless the settings name a provider.

A provider receives the addresses of unmatched rows and nothing else: no id, no grade, no school.
Its matches are marked as its own, with an uncertainty that makes zones doubtful. Addresses are not
logged; their count is.
"""

import json
from collections.abc import Callable
from typing import Any

import geopy.geocoders
import polars as pl
from geopy.exc import ConfigurationError, GeocoderNotFound, GeopyError
from geopy.extra.rate_limiter import RateLimiter

from geoservice.errors import InputError
from geoservice.model.counted import counted
from geoservice.model.settings import Settings
from geoservice.placing.review import DECISIONS, TYPED, Overrides

UNCERTAINTY_M = 150.0
_ASKED = ("no_number", "unknown_street", "out_of_range")
_PAUSE_S = 1.0
Say = Callable[[str], None]


class Provider:
    """A geocoder of geopy, by the name and the options in the settings.

    Raises
    ------
    InputError
        If geopy knows no such provider, or refuses its options.
    """

    def __init__(self, settings: Settings) -> None:
        self.name = settings.provider
        options = _options(settings)
        pause = float(options.pop("pause_s", _PAUSE_S))
        try:
            geocoder = geopy.geocoders.get_geocoder_for_service(self.name)(**options)
        except (GeocoderNotFound, ConfigurationError, TypeError) as fault:
            raise InputError(
                f"The provider `{self.name}` cannot be used ({type(fault).__name__}). Mend "
                "GEOSERVICE_PROVIDER and GEOSERVICE_PROVIDER_OPTIONS, or leave them out."
            ) from fault
        self._ask = RateLimiter(
            geocoder.geocode,
            min_delay_seconds=pause,
            max_retries=1,
            error_wait_seconds=pause,
            swallow_exceptions=False,
        )

    def decided(self, texts: pl.DataFrame, placed: pl.DataFrame, say: Say) -> Overrides:
        """Return the provider's places of unmatched addresses as overrides."""
        is_open = placed["geo_reason"].is_in(list(_ASKED)).fill_null(value=False)
        addresses = texts.select(TYPED).filter(is_open).unique(maintain_order=True)
        rows = [
            (*row, None, *place) for row in addresses.iter_rows() if (place := self._place(row))
        ]
        if len(addresses):
            sent = counted(len(addresses), "address was", "addresses were")
            found = counted(len(rows), "was", "were")
            say(f"{sent} sent to the provider {self.name}, {found} found.")
        table = pl.DataFrame(rows, schema=DECISIONS, orient="row")
        return Overrides(table, f"provider:{self.name}", UNCERTAINTY_M)

    def _place(self, typed: tuple[str, ...]) -> tuple[float, float] | None:
        try:
            location = self._ask(", ".join(part for part in typed if part))
        except GeopyError:
            return None
        return (location.longitude, location.latitude) if location else None


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider that the settings name; None without a name."""
    return Provider(settings) if settings.provider else None


def _options(settings: Settings) -> dict[str, Any]:
    try:
        options = json.loads(settings.provider_options or "{}")
    except ValueError as fault:
        raise InputError("GEOSERVICE_PROVIDER_OPTIONS must be a JSON object.") from fault
    if not isinstance(options, dict):
        raise InputError("GEOSERVICE_PROVIDER_OPTIONS must be a JSON object.")
    return options
