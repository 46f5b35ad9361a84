"""A region as a geopy geocoder that never uses the network."""

from collections.abc import Mapping
from typing import Any, NoReturn

import geopandas
import pandas as pd
from geopy.adapters import BaseSyncAdapter
from geopy.exc import GeocoderQueryError, GeocoderServiceError
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder
from geopy.location import Location
from geopy.point import Point

from geoservice.geocode.candidate_text import CandidatePlace, candidate_places
from geoservice.library import Region
from geoservice.service.geocoding import geocode_addresses
from geoservice.service.lookups import reverse_points

_PARTS = {
    "street": "street",
    "city": "city",
    "state": "state",
    "zip": "zip",
    "postalcode": "zip",
    "address": "address",
}


class NoNetwork(BaseSyncAdapter):  # type: ignore[misc]
    """An adapter of geopy that refuses every request."""

    def __init__(self, *, proxies: object = None, ssl_context: object = None) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)

    def get_json(self, url: str, *, timeout: float, headers: object) -> NoReturn:
        """Refuse the request."""
        raise GeocoderServiceError("This geocoder works on this machine and sends no requests.")

    def get_text(self, url: str, *, timeout: float, headers: object) -> NoReturn:
        """Refuse the request."""
        self.get_json(url, timeout=timeout, headers=headers)


class LocalGeocoder(Geocoder):  # type: ignore[misc]
    """A geopy geocoder that answers from a region.

    ``timeout`` exists for compatibility with geopy and has no effect: no answer waits for another
    machine. ``Location.raw`` holds the columns of the answer.
    """

    def __init__(self, region: Region, *, timeout: object = DEFAULT_SENTINEL) -> None:
        super().__init__(timeout=timeout, adapter_factory=NoNetwork)
        self._region = region

    def geocode(
        self,
        query: str | Mapping[str, str],
        *,
        exactly_one: bool = True,
        timeout: object = DEFAULT_SENTINEL,
    ) -> Location | list[Location] | None:
        """Return the location of an address; None if it is not matched.

        Parameters
        ----------
        query
            One line, or a mapping with ``street``, ``city``, ``state``, ``postalcode``.
        exactly_one
            False returns a list; for an ambiguous address the list holds all candidates.

        Raises
        ------
        geopy.exc.GeocoderQueryError
            If the query is neither.
        """
        (answer,) = geocode_addresses([_address_fields(query)], self._region.reference)
        if answer["geo_status"] == "matched":
            location = _location(answer)
            return location if exactly_one else [location]
        if exactly_one or answer["geo_status"] == "unmatched":
            return None
        places = [
            self._candidate(candidate) for candidate in candidate_places(str(answer["geo_changes"]))
        ]
        return [place for place in places if place is not None] or None

    def _candidate(self, candidate: CandidatePlace) -> Location | None:
        """Return a candidate of a tie as a location; None if its address is a tie, too."""
        if candidate.lat is not None:
            return Location(candidate.address, Point(candidate.lat, candidate.lon), {})
        (answer,) = geocode_addresses([{"address": candidate.address}], self._region.reference)
        return _location(answer) if answer["geo_status"] == "matched" else None

    def reverse(
        self,
        query: object,
        *,
        exactly_one: bool = True,
        timeout: object = DEFAULT_SENTINEL,
    ) -> Location | list[Location] | None:
        """Return the address nearest to a point (any input of `geopy.point.Point`), or None.

        Raises
        ------
        geopy.exc.GeocoderQueryError
            If the query is no point.
        """
        try:
            point = Point(query)
        except (TypeError, ValueError) as fault:
            raise GeocoderQueryError("The query must be a point: latitude, longitude.") from fault
        (answer,) = reverse_points([(point.longitude, point.latitude)], self._region.reference)
        if answer["rev_address"] is None:
            return None
        location = Location(answer["rev_address"], point, answer)
        return location if exactly_one else [location]

    def geocode_batch(self, frame: pd.DataFrame, **columns: str) -> geopandas.GeoDataFrame:
        """Geocode a table at once (`geoservice.Region.geocode`): much faster than row by row."""
        return self._region.geocode(frame, **columns)  # type: ignore[arg-type]


def _address_fields(query: str | Mapping[str, str]) -> dict[str, object]:
    if isinstance(query, str):
        return {"address": query}
    if not isinstance(query, Mapping) or not set(query) <= _PARTS.keys():
        raise GeocoderQueryError(
            f"The query must be one line of text, or a mapping with {', '.join(sorted(_PARTS))}."
        )
    parts: dict[str, object] = {_PARTS[key]: value for key, value in query.items()}
    if "street" not in parts and "address" not in parts:
        raise GeocoderQueryError("The query has no `street`.")
    return parts


def _location(answer: dict[str, Any]) -> Location:
    return Location(answer["geo_address"], Point(answer["lat"], answer["lon"]), answer)
