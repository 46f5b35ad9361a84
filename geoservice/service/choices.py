"""What may be chosen in a region: areas, bands, years, zones, schools, as ids and names."""

from typing import Any

import polars as pl

from geoservice.reference.snapshot import Reference
from geoservice.reference.yearly import told_years


def choices(reference: Reference) -> dict[str, Any]:
    """Lists of ``id`` and ``name``; each regionalisation with its ``items``, the areas of it."""
    info = reference.info
    schools = reference.schools().select("id", "name").sort("name", "id").rows()
    zones = reference.zone_outlines.select("zone_id", "name", "set_id").rows()
    listed = sorted((f"{name} ({set_id})", zone) for zone, name, set_id in zones)
    return {
        "name": info.name,
        "snapshot": reference.snapshot,
        "areas": [{"id": one.id, "name": one.name or one.id, "items": _areas(reference, one.id)}
                  for one in info.area_sets],
        "bands": [*info.bands, "all"],
        "years": sorted(told_years(reference), reverse=True),
        "zones": [{"id": zone, "name": name} for name, zone in listed],
        "schools": [{"id": one, "name": name or one} for one, name in schools],
    }  # fmt: skip


def _areas(reference: Reference, set_id: str) -> list[dict[str, str]]:
    table = reference.areas().filter(set_id=set_id).select(
        id="area_id", name=pl.coalesce("name", "area_id")
    )  # fmt: skip
    return table.sort("name", "id").to_dicts()
