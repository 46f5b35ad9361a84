"""Outside providers through geopy, off unless the settings name one.

A provider is asked for the addresses of rows that stayed unmatched, and told nothing else: no id,
no grade, no school. What it answers is marked as coming from it, with an uncertainty that makes
zones doubtful. Nothing of an address is logged; the count is.
"""

import json
from collections.abc import Callable
from typing import Any

import geopy.geocoders
import polars as pl
from geopy.exc import ConfigurationError, GeocoderNotFound, GeopyError
from geopy.extra.rate_limiter import RateLimiter

from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.placing.review import DECISIONS, TYPED, Overrides

UNCERTAINTY_M = 150.0
_ASKED = ("no_number", "unknown_street", "out_of_range")
_PAUSE_S = 1.0
Say = Callable[[str], None]


class Provider:
    """One of geopy's geocoders, by the name and the options that the settings give.

    Raises
    ------
    InputError
        Where geopy knows no such provider, or refuses its options.
    """

    def __init__(self, settings: Settings) -> None:
        self.name = settings.provider
        options = _options(settings)
        pause = float(options.pop("pause_s", _PAUSE_S))
        try:
            made = geopy.geocoders.get_geocoder_for_service(self.name)(**options)
        except (GeocoderNotFound, ConfigurationError, TypeError) as fault:
            raise InputError(
                f"The provider `{self.name}` cannot be used ({type(fault).__name__}). Mend "
                "GEOSERVICE_PROVIDER and GEOSERVICE_PROVIDER_OPTIONS, or leave them out."
            ) from fault
        self._ask = RateLimiter(made.geocode, min_delay_seconds=pause, max_retries=1,
                                error_wait_seconds=pause, swallow_exceptions=False)  # fmt: skip

    def decided(self, texts: pl.DataFrame, placed: pl.DataFrame, say: Say) -> Overrides:
        """Places of the unmatched addresses, as overrides of the addresses as typed."""
        wanted = placed["geo_reason"].is_in(list(_ASKED)).fill_null(value=False)
        asked = texts.select(TYPED).filter(wanted).unique(maintain_order=True)
        rows = [(*row, None, *found) for row in asked.iter_rows() if (found := self._place(row))]
        if len(asked):
            say(f"{len(asked):,} addresses were sent to the provider {self.name}, {len(rows):,} "
                "were found.")  # fmt: skip
        table = pl.DataFrame(rows, schema=DECISIONS, orient="row")
        return Overrides(table, f"provider:{self.name}", UNCERTAINTY_M)

    def _place(self, typed: tuple[str, ...]) -> tuple[float, float] | None:
        try:
            found = self._ask(", ".join(part for part in typed if part))
        except GeopyError:
            return None
        return (found.longitude, found.latitude) if found else None


def provider_of(settings: Settings) -> Provider | None:
    """The provider that the settings name; None where they name none."""
    return Provider(settings) if settings.provider else None


def _options(settings: Settings) -> dict[str, Any]:
    try:
        options = json.loads(settings.provider_options or "{}")
    except ValueError as fault:
        raise InputError("GEOSERVICE_PROVIDER_OPTIONS is no JSON object.") from fault
    if not isinstance(options, dict):
        raise InputError("GEOSERVICE_PROVIDER_OPTIONS is no JSON object.")
    return options
