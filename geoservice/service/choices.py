"""The choices that a region offers: areas, bands, years, zones and schools, as ids and names."""

from typing import Any

import polars as pl

from geoservice.reference.snapshot import Reference
from geoservice.reference.yearly import years_with_data


def choices(reference: Reference, lang: str = "en") -> dict[str, Any]:
    """Return lists of ``id`` and ``name``; each set of areas has its areas as ``items``."""
    info = reference.info
    schools = reference.schools().select("id", "name").sort("name", "id").rows()
    zones = reference.zone_outlines.select("zone_id", "name", "set_id").rows()
    listed = sorted((f"{name} ({set_id})", zone) for zone, name, set_id in zones)
    return {
        "name": info.named(lang),
        "snapshot": reference.snapshot,
        "areas": [
            {
                "id": area_set.id,
                "name": area_set.named(lang),
                "items": _areas(reference, area_set.id),
            }
            for area_set in info.area_sets
        ],
        "bands": [*info.bands, "all"],
        "years": sorted(years_with_data(reference), reverse=True),
        "zones": [{"id": zone, "name": name} for name, zone in listed],
        "schools": [{"id": school_id, "name": name or school_id} for school_id, name in schools],
    }


def _areas(reference: Reference, set_id: str) -> list[dict[str, str]]:
    table = (
        reference.areas()
        .filter(set_id=set_id)
        .select(id="area_id", name=pl.coalesce("name", "area_id"))
    )
    return table.sort("name", "id").to_dicts()
