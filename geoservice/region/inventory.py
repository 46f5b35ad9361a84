"""The number of features of each layer of a region, in one sentence."""

import polars as pl

from geoservice.model.counted import counted
from geoservice.model.layers import RegionLayers

_SINGULAR = {
    "streets": "street",
    "addresses": "address",
    "schools": "school",
    "zones": "zone",
    "areas": "area",
    "ratings": "rating",
}


def inventory(layers: RegionLayers) -> str:
    """Return the counts as text: `11,045 addresses, 3 schools, 2 + 1 zones, no streets`."""
    zone_sets = [zone_set.id for zone_set in layers.info.zone_sets]
    area_sets = [area_set.id for area_set in layers.info.area_sets]
    parts = [
        _counted("addresses", [len(layers.addresses)]),
        _counted("schools", [len(layers.schools)]),
        _counted("zones", _of_sets(layers.zones, "zone_id", zone_sets)),
        _counted("streets", [len(layers.streets)]),
        _counted("areas", _of_sets(layers.areas, "area_id", area_sets)),
        _counted("ratings", [len(layers.ratings)]),
    ]
    if len(layers.background):
        parts.append(counted(len(layers.background), "background shape"))
    return ", ".join(parts)


def _of_sets(units: pl.DataFrame, key: str, sets: list[str]) -> list[int]:
    """Return the number of units of each set; a unit in several rows counts once."""
    return [units.filter(set_id=set_id)[key].n_unique() for set_id in sets]


def _counted(name: str, counts: list[int]) -> str:
    """Return counts with their noun: `2 + 1 zones`, `1 school`, `no streets`."""
    if not any(counts):
        return f"no {name}"
    written = " + ".join(f"{count:,}" for count in counts)
    return f"{written} {_SINGULAR[name] if counts == [1] else name}"
