"""The HTTP service: the application with its routes, guards and error handlers."""

import gc
import logging
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from geoservice.api import (
    catalogues,
    census,
    data,
    directory,
    embeds,
    finder,
    forecasts,
    jobs,
    manual,
    map_catalogue,
    maps,
    measures,
    ogc,
    previews,
    region_drafts,
    reports,
    reviews,
    scenarios,
    sign_ins,
    single_sign_on,
    students,
    tiles,
    workspace,
)
from geoservice.api.access import Access
from geoservice.api.answers import bodies
from geoservice.api.document import document_of
from geoservice.api.guard import Guard
from geoservice.api.memory import Trimming
from geoservice.api.observing import Observer
from geoservice.api.parameters import refuse_unknown_parameters
from geoservice.api.plain import Packing, Panics, Plain
from geoservice.api.problems import (
    database_away,
    on_cut_off,
    on_http,
    on_invalid,
    on_known,
    on_unknown,
)
from geoservice.api.services import Services
from geoservice.api.shedding import Shedding
from geoservice.cartography.figure.choice import Choice
from geoservice.errors import GeoserviceError
from geoservice.model.settings import Settings
from geoservice.service.expiry import Expiry
from geoservice.service.geocoding import geocode_addresses
from geoservice.service.jobs import Jobs
from geoservice.service.maps import Maps
from geoservice.service.measures import Measures
from geoservice.service.regions import Regions

_ROUTES = (
    data,
    region_drafts,
    # Before `jobs`, whose pattern of one job takes /v1/jobs/preview as well.
    previews,
    jobs,
    reviews,
    students,
    census,
    measures,
    directory,
    scenarios,
    forecasts,
    map_catalogue,
    reports,
    maps,
    tiles,
    ogc,
    catalogues,
    embeds,
    finder,
    workspace,
    manual,
    sign_ins,
    single_sign_on,
)
"""The modules of routes, in the order in which the router tries them."""
_PACKED_FROM_BYTES = 2_000
_LOG = logging.getLogger("geoservice")
_HANDLERS = (
    (GeoserviceError, on_known),
    (RequestValidationError, on_invalid),
    (HTTPException, on_http),
    (ClientDisconnect, on_cut_off),
    (Exception, on_unknown),
    # Faults of a database that is unavailable, locked or full; a later request may succeed.
    (OperationalError, database_away),
    (InterfaceError, database_away),
    (PoolTimeoutError, database_away),
)


def _warm_up(services: Services) -> None:
    """Open each region and draw one page, so that no user waits for templates to compile."""
    for region in services.offered:
        try:
            reference = services.regions.registered(region)
            services.maps.page("reference", reference, Choice())
            geocode_addresses([{"address": "1 Main St"}], reference)
        except Exception as fault:
            # A request for this region will report its fault; the other regions work.
            _LOG.warning("region %s was not warmed up: %s", region, type(fault).__name__)
    # The loaded objects stay, so the garbage collector need not scan them during requests.
    gc.collect()
    gc.freeze()


def create_app(
    settings: Settings, regions: Regions, offered: Sequence[str], access: Access
) -> FastAPI:
    """Return the application for the offered regions."""
    services = _services(settings, regions, offered, access)
    observer = Observer(services.counters, settings.operations)
    app = FastAPI(
        title="geoservice",
        version=version("geoservice"),
        lifespan=_lifespan(services, observer),
        docs_url=None,
        redoc_url=None,
    )
    app.openapi = partial(document_of, app)  # type: ignore[method-assign]
    app.state.services = services
    # Create them now: they need the database, which may be unavailable at the first request.
    _ = services.readiness, services.collector, services.rate_sharing, access.guesses
    for module in _ROUTES:
        app.include_router(module.ROUTER, dependencies=[Depends(refuse_unknown_parameters)])
    for kind, handler in _HANDLERS:
        app.add_exception_handler(kind, handler)
    app.add_middleware(Panics)
    app.add_middleware(Packing, minimum_size=_PACKED_FROM_BYTES)
    # The guard is outside the compression, so that it sees every answer as it is sent.
    app.add_middleware(Guard, access=access, observer=observer, rate=services.request_rate)
    app.add_middleware(Shedding, limits=settings.limits, counters=services.counters)
    app.add_middleware(Plain)  # The outermost layer: all others see a GET.
    return app


def _services(
    settings: Settings, regions: Regions, offered: Sequence[str], access: Access
) -> Services:
    figures = Measures(settings)
    return Services(
        regions,
        Maps(settings, figures),
        figures,
        Jobs(settings, regions),
        list(offered),
        settings,
        access,
        bodies=bodies(settings.limits.max_kept_bytes),
    )


def _lifespan(
    services: Services, observer: Observer
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return the tasks of an application from its start to its end."""
    expiry, trimming = Expiry(services.settings, services.jobs), Trimming()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        expiry.start()
        trimming.start()
        services.rate_sharing.start()
        threading.Thread(target=_warm_up, args=(services,), daemon=True).start()
        yield
        expiry.stop()
        trimming.stop()
        services.rate_sharing.stop()
        observer.traces.close()

    return lifespan
