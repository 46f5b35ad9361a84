"""Catalogues for other programs: the service's interfaces (RFC 9727) and its public data (DCAT)."""

from typing import Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Request, Response

from geoservice.api.maps import base_url
from geoservice.api.services import json_answer, services
from geoservice.cartography.definition.definition import Definition
from geoservice.cartography.formats import FORMATS
from geoservice.model.publisher import Publisher
from geoservice.reference.snapshot import Reference

ROUTER = APIRouter(tags=["catalogues"])
_LINKSET = "application/linkset+json"
_PROFILE = "https://www.rfc-editor.org/info/rfc9727"
_DCAT_US = "https://project-open-data.cio.gov/v1.1/schema"
_OPENAPI, _JSON, _HTML = "application/vnd.oai.openapi+json", "application/json", "text/html"
_YEARLY = "R/P1Y"
"""ISO 8601: the data changes once a year. DCAT-US allows it as the date of change."""
_KEYWORDS = ["schools", "school district", "education"]


@ROUTER.get("/.well-known/api-catalog")
def api_catalog(request: Request) -> Response:
    """Return the service's interfaces, each with its description, documents and status."""
    root = base_url(request)
    description = [{"href": f"{root}/openapi.json", "type": _OPENAPI}]
    service = {
        "anchor": root,
        "item": [{"href": f"{root}/ogc"}],
        "service-desc": description,
        "service-doc": [{"href": f"{root}/docs", "type": _HTML}],
        "status": [{"href": f"{root}/healthz", "type": _JSON}],
    }
    features = {
        "anchor": f"{root}/ogc",
        "service-desc": description,
        "service-doc": [{"href": f"{root}/ogc?f=html", "type": _HTML}],
    }
    return Response(
        orjson.dumps({"linkset": [service, features]}),
        media_type=f'{_LINKSET}; profile="{_PROFILE}"',
        headers={"Link": f'<{root}/.well-known/api-catalog>; rel="api-catalog"'},
    )


@ROUTER.get("/data.json")
def data_catalog(request: Request) -> Response:
    """Return the public maps of all regions as data sets in the vocabulary of DCAT-US 1.1."""
    held, root = services(request), base_url(request)
    by_region = held.of_each(
        lambda reference: [
            _data_set(root, definition, reference, held.settings.publisher)
            for definition in held.maps.offered(reference)
        ]
    )
    return json_answer(
        {
            "@context": f"{_DCAT_US}/catalog.jsonld",
            "@type": "dcat:Catalog",
            "conformsTo": _DCAT_US,
            "describedBy": f"{_DCAT_US}/catalog.json",
            "dataset": [data_set for data_sets in by_region for data_set in data_sets],
        }
    )


def _data_set(
    root: str, definition: Definition, reference: Reference, publisher: Publisher
) -> dict[str, Any]:
    """Return a map of a region as a data set with a distribution for each format of data."""
    region = reference.info
    name = publisher.publisher_name or region.name
    tail = urlencode({"region": region.id})
    address = f"{root}/maps/{quote(definition.id)}"
    return {
        "@type": "dcat:Dataset",
        "identifier": f"{address}?{tail}",
        "title": f"{region.name}: {definition.title.en}",
        "description": f"{definition.question.en} {definition.method.en}",
        "keyword": _KEYWORDS,
        "modified": _YEARLY,
        "accrualPeriodicity": _YEARLY,
        "publisher": {"@type": "org:Organization", "name": name},
        **_contact(name, publisher.publisher_email),
        "accessLevel": "public",
        "language": ["en", "es"],
        "landingPage": f"{address}?{tail}",
        "distribution": [
            {
                "@type": "dcat:Distribution",
                "downloadURL": f"{address}.{output.ending}?{tail}",
                "mediaType": output.media_type.partition(";")[0],
                "format": output.label,
            }
            for output in FORMATS.values()
            if output.form == "data"
        ],
    }


def _contact(name: str, email: str) -> dict[str, Any]:
    """Return the contact; without an e-mail address none, because DCAT-US requires the address."""
    if not email:
        return {}
    return {"contactPoint": {"@type": "vcard:Contact", "fn": name, "hasEmail": f"mailto:{email}"}}
