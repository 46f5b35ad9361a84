"""The HTTP service: the application with its routes, guards and error handlers."""

import gc
import logging
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from geoservice.api import (
    census,
    data,
    directory,
    embeds,
    jobs,
    maps,
    measures,
    metrics,
    ogc,
    tiles,
    workspace,
)
from geoservice.api.access import Access
from geoservice.api.answers import Bodies, bodies
from geoservice.api.guard import Guard
from geoservice.api.metrics import Counters
from geoservice.api.plain import Packing, Plain
from geoservice.api.problems import database_away, on_http, on_invalid, on_known, on_unknown
from geoservice.api.shedding import Shedding
from geoservice.cartography.figure import Choice
from geoservice.cartography.page import Page
from geoservice.errors import GeoserviceError, InputError, UnknownRegionError
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.embeds import Embedding
from geoservice.service.expiry import Expiry
from geoservice.service.features import Features
from geoservice.service.geocoding import geocode_addresses
from geoservice.service.jobs import Jobs
from geoservice.service.kept import Kept
from geoservice.service.maps import Maps
from geoservice.service.measures import Measures
from geoservice.service.readiness import Readiness
from geoservice.service.regions import Regions
from geoservice.service.tiles import Tiles

_PACKED_FROM_BYTES = 2_000
_PAGE_BUDGET = 16_000_000
"""Characters of pages that are kept as text, beside their compressed bytes."""

_LOG = logging.getLogger("geoservice")
_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
"""Faults of a database that is away, locked or full: they pass."""
T = TypeVar("T")


@dataclass(frozen=True)
class Services:
    """What routes may call, and the ids of the regions that are offered."""

    regions: Regions
    maps: Maps
    measures: Measures
    jobs: Jobs
    offered: tuple[str, ...]
    settings: Settings
    access: Access
    tiles: Tiles = field(default_factory=Tiles)
    bodies: Bodies = field(default_factory=bodies)
    counters: Counters = field(default_factory=Counters)
    pages: Kept[Page] = field(default_factory=lambda: Kept(_PAGE_BUDGET, lambda one: len(one.html)))

    @cached_property
    def readiness(self) -> Readiness:
        """Whether the service can do its work."""
        return Readiness(self.settings, self.jobs)

    @cached_property
    def embedding(self) -> Embedding:
        """Embed links."""
        return Embedding(self.settings)

    @cached_property
    def features(self) -> Features:
        """Collections for programs of maps."""
        return Features(self.measures)

    def region(self, region: str | None) -> Reference:
        """The region of an id; optional where one region is offered."""
        if not region and len(self.offered) != 1:
            listed = ", ".join(self.offered) or "none"
            raise InputError(f"Say which `region`. There are: {listed}.")
        chosen = region or self.offered[0]
        if chosen not in self.offered:
            raise UnknownRegionError(
                f"There is no region of that name. There are: {', '.join(self.offered) or 'none'}."
            )
        return self.regions.registered(chosen)

    def of_each(self, make: Callable[[Reference], T]) -> list[T]:
        """What ``make`` returns for each offered region; without regions that have a fault."""
        results: list[T] = []
        for region in self.offered:
            with suppress(GeoserviceError):
                results.append(make(self.regions.registered(region)))
        return results


def _warm_up(services: Services) -> None:
    """Open each region and draw one page, so that no user waits for templates to compile."""
    for region in services.offered:
        try:
            reference = services.regions.registered(region)
            services.maps.page("reference", reference, Choice())
            geocode_addresses([{"address": "1 Main St"}], reference)
        except Exception as fault:
            # A fault of one region is told when somebody asks for it; the others go on.
            _LOG.warning("region %s was not warmed up: %s", region, type(fault).__name__)
    # What is loaded stays: the collector need not look at it again while somebody waits.
    gc.collect()
    gc.freeze()


def create_app(
    settings: Settings, regions: Regions, offered: Sequence[str], access: Access
) -> FastAPI:
    """The application over the regions that are offered."""
    counted = Measures(settings)
    services = Services(
        regions,
        Maps(settings, counted),
        counted,
        Jobs(settings, regions),
        tuple(offered),
        settings,
        access,
    )

    expiry = Expiry(settings, services.jobs)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        expiry.start()
        threading.Thread(target=_warm_up, args=(services,), daemon=True).start()
        yield
        expiry.stop()

    app = FastAPI(title="geoservice", version="0.1.0", lifespan=lifespan, docs_url=None,
                  redoc_url=None)  # fmt: skip
    app.openapi_version = "3.0.3"  # what the pinned documentation page can read
    app.state.services = services
    _ = services.readiness  # It holds a way to the database before that may go away.
    app.include_router(data.ROUTER)
    app.include_router(jobs.ROUTER)
    app.include_router(census.ROUTER)
    app.include_router(measures.ROUTER)
    app.include_router(directory.ROUTER)
    app.include_router(maps.ROUTER)
    app.include_router(tiles.ROUTER)
    app.include_router(ogc.ROUTER)
    app.include_router(metrics.ROUTER)
    app.include_router(embeds.ROUTER)
    app.include_router(workspace.ROUTER)
    for kind, handler in ((GeoserviceError, on_known), (RequestValidationError, on_invalid),
                          (HTTPException, on_http), (Exception, on_unknown),
                          *((away, database_away) for away in _AWAY)):  # fmt: skip
        app.add_exception_handler(kind, handler)

    app.add_middleware(Packing, minimum_size=_PACKED_FROM_BYTES)
    app.add_middleware(
        Guard, access=access, counters=services.counters
    )  # It sees every answer as it is sent.
    app.add_middleware(Shedding, limits=settings.limits, counters=services.counters)
    app.add_middleware(Plain)  # The outermost: all others see a GET.
    return app
