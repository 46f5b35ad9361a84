"""The container of all service functions that routes call, and how a route gets it."""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import orjson
from fastapi import Request, Response

from geoservice.api.access import Access
from geoservice.api.answers import Bodies, bodies
from geoservice.api.lanes import Lanes
from geoservice.api.metrics import Counters, ServiceCollector
from geoservice.api.rate_sharing import RateSharing
from geoservice.api.rates import Rate
from geoservice.cartography.page.page import Page
from geoservice.errors import GeoserviceError, InputError, UnauthorizedError, UnknownRegionError
from geoservice.model.caller import Caller
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.embeds import Embedding
from geoservice.service.features import Features
from geoservice.service.finding_map import FindingMap
from geoservice.service.job_figures import JobFigures
from geoservice.service.jobs import Jobs
from geoservice.service.kept import Kept
from geoservice.service.maps import Maps
from geoservice.service.measures import Measures
from geoservice.service.plan_editor import Plans
from geoservice.service.preparing import Preparing
from geoservice.service.readiness import Readiness
from geoservice.service.region_drafts import RegionDrafts
from geoservice.service.regions import Regions
from geoservice.service.student_lists import StudentLists
from geoservice.service.table_previews import TablePreviews
from geoservice.service.thumbnails import Thumbnails
from geoservice.service.tiles import Tiles
from geoservice.state.shared_rates import RateLimit, SharedRates

_PAGE_SHARE = 8
"""An eighth of the bytes of kept answers is for pages as text, beside their compressed bytes."""
_BURST_S = 4.0
"""Seconds of requests that a caller may send at once."""
MOST_NUMBER = 2**31 - 1
"""The largest whole number in a request; databases keep no larger number."""
T = TypeVar("T")


@dataclass(frozen=True)
class Services:
    """The service functions that routes call, and the ids of the offered regions."""

    regions: Regions
    maps: Maps
    measures: Measures
    jobs: Jobs
    offered: list[str]
    settings: Settings
    access: Access
    tiles: Tiles = field(default_factory=Tiles)
    bodies: Bodies = field(default_factory=bodies)
    counters: Counters = field(default_factory=Counters)
    lanes: Lanes = field(default_factory=Lanes)
    preparing: Preparing = field(default_factory=Preparing)

    @cached_property
    def pages(self) -> Kept[Page]:
        """Pages that are kept as text, in which each answer enters its own addresses."""
        budget = self.settings.limits.max_kept_bytes // _PAGE_SHARE
        return Kept(budget, lambda page: sys.getsizeof(page.html))

    @cached_property
    def finding_map(self) -> FindingMap:
        """Places of findings about regions."""
        return FindingMap(self.regions)

    @cached_property
    def region_drafts(self) -> RegionDrafts:
        """Regions that administrators make from uploaded files."""
        return RegionDrafts(self.settings, self.regions)

    def offer(self, region: str) -> None:
        """Offer a region that was built while the service runs."""
        if region not in self.offered:
            self.offered.append(region)

    @cached_property
    def thumbnails(self) -> Thumbnails:
        """Small pictures of maps for the catalogue."""
        return Thumbnails(self.settings, self.maps)

    @cached_property
    def readiness(self) -> Readiness:
        """The check of the parts that the service needs."""
        return Readiness(self.settings, self.jobs, self.regions, self.offered)

    @cached_property
    def collector(self) -> ServiceCollector:
        """The metrics that are read at each scrape."""
        return ServiceCollector(JobFigures(self.settings, self.jobs), self.bodies)

    @cached_property
    def student_lists(self) -> StudentLists:
        """Lists of students of callers."""
        return StudentLists(self.settings, self.regions, self.jobs)

    @cached_property
    def table_previews(self) -> TablePreviews:
        """Previews of files before they are jobs."""
        return TablePreviews(self.settings)

    @cached_property
    def finder_rate(self) -> Rate:
        """The rate limit of the school finder for each address of a caller."""
        per_minute = self.settings.limits.finder_per_minute
        return Rate(RateLimit("finder", per_minute / 60.0, max(1.0, per_minute)))

    @cached_property
    def request_rate(self) -> Rate:
        """The rate limit of requests for each key, or for each address without a key."""
        per_s = self.settings.limits.requests_per_s
        return Rate(RateLimit("requests", per_s, max(1.0, _BURST_S * per_s)))

    @cached_property
    def rate_sharing(self) -> RateSharing:
        """The exchange of rate limits with the other services of the database."""
        shared = SharedRates(self.access.keys.engine)
        return RateSharing(shared, (self.request_rate, self.finder_rate))

    @cached_property
    def embedding(self) -> Embedding:
        """Embed links."""
        return Embedding(self.settings)

    @cached_property
    def features(self) -> Features:
        """Collections of features for GIS programs."""
        return Features(self.measures)

    @cached_property
    def plans(self) -> Plans:
        """Plans and stored scenarios."""
        return Plans(self.settings)

    def region(self, region: str | None) -> Reference:
        """Return the region of an id; the id is optional if the service has a single region.

        Raises
        ------
        InputError
            If several regions are offered and none is named.
        UnknownRegionError
            If the region is not offered.
        """
        if not region and len(self.offered) != 1:
            listed = ", ".join(self.offered) or "none"
            raise InputError(f"Name a `region`. There are: {listed}.")
        chosen = region or self.offered[0]
        if chosen not in self.offered:
            raise UnknownRegionError(
                f"There is no region of that name. There are: {', '.join(self.offered) or 'none'}."
            )
        return self.regions.registered(chosen)

    def of_each(self, make: Callable[[Reference], T]) -> list[T]:
        """Return the results of ``make`` for the offered regions that have no fault."""
        results: list[T] = []
        for region in self.offered:
            with suppress(GeoserviceError):
                results.append(make(self.regions.registered(region)))
        return results


def services(request: Request) -> Services:
    """Return the services of the application that a request came to."""
    container: Services = request.app.state.services
    return container


def stored_list(request: Request, reference: Reference, students: str) -> str:
    """Return the stored name of the list that a request names; empty without one.

    Raises
    ------
    NotFoundError
        If there is no such list, or the caller may not have it counted.
    """
    lists = services(request).student_lists
    return lists.named(reference.info.id, students, caller_of(request)) if students else ""


def caller_of(request: Request) -> Caller:
    """Return the caller of a request, as the guard identified them.

    Raises
    ------
    UnauthorizedError
        If the request carries no key that the route needs.
    """
    caller: Caller | None = request.state.caller
    if caller is None:
        raise UnauthorizedError("A key is needed.")
    return caller


def json_answer(content: object, status: int = 200) -> Response:
    """Return any content as a JSON response."""
    return Response(orjson.dumps(content), status, media_type="application/json")
