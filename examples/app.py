"""A FastAPI app of your own with the whole service inside.

geoservice region build shapefiles/riverbend
uvicorn app:app --port 8000
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from geoservice.api.access import Access
from geoservice.api.app import create_app
from geoservice.model.settings import Settings
from geoservice.service.keys import keys_of
from geoservice.service.regions import Regions

settings = Settings.read(os.environ)
regions = Regions(settings, print)
access = Access(loopback=True, host="127.0.0.1", token=None, keys=keys_of(settings))
service = create_app(settings, regions, regions.ids(), access)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Start and stop the service with the app: it needs tasks of its own."""
    async with service.router.lifespan_context(service):
        yield


app = FastAPI(title="District portal", lifespan=lifespan)


@app.get("/portal")
def portal() -> dict[str, str]:
    """Answer with a route of your own. Routes of the app come before the service."""
    return {"ratings": "/maps/ratings", "workspace": "/"}


# The service checks paths, so it stands at the root, after the app's own routes.
app.mount("/", service)
