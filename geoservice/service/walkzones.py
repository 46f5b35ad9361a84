"""Walk zones and bus eligibility of a region, along its streets."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.miles import METRES_PER_MILE
from geoservice.model.region import WalkingRules, ZoneSetInfo
from geoservice.model.rights import split_ids
from geoservice.planning.levels import walking_miles
from geoservice.reference.snapshot import Reference
from geoservice.region.manifest import Dataset, Manifest
from geoservice.region.reading import read_raw
from geoservice.region.shapes import metric_geometry
from geoservice.walking.distances import Gates, Reach, reach_of
from geoservice.walking.graph import WalkGraph, walk_graph

_MARGIN_M = 300.0
_FARTHEST_MILES = 5.0


@dataclass(frozen=True)
class Walk:
    """The schools of one set of zones and the streets around them."""

    zones: str
    miles: float
    school_ids: tuple[str, ...]
    names: tuple[str, ...]
    reach: Reach


def walks(
    reference: Reference, manifest: Manifest, zones: str = "", gates: Path | None = None
) -> list[Walk]:
    """Measure the streets around the schools of each set of zones.

    Raises
    ------
    InputError
        If the region has no streets or no such zones, or a gate is of no school.
    """
    sets = [zone_set for zone_set in reference.info.zone_sets if zones in ("", zone_set.id)]
    if not sets:
        set_ids = ", ".join(zone_set.id for zone_set in reference.info.zone_sets) or "none"
        raise InputError(f"The region has no such set of zones. Sets of zones are: {set_ids}.")
    graph = walk_graph(reference, _hazards(manifest))
    places = _gate_places(reference, gates)
    return [_walk(zone_set, reference, manifest.walking, graph, places) for zone_set in sets]


def without_hazards(measured: list[Walk], reference: Reference) -> list[Walk]:
    """Return the same walks on streets that no hazard cuts."""
    graph = walk_graph(reference)
    limit = _FARTHEST_MILES * METRES_PER_MILE
    return [replace(walk, reach=reach_of(graph, walk.reach.gates, limit)) for walk in measured]


def _walk(
    zone_set: ZoneSetInfo,
    reference: Reference,
    walking: WalkingRules,
    graph: WalkGraph,
    places: pl.DataFrame,
) -> Walk:
    named = reference.zones().filter(set_id=zone_set.id)["school_id"].drop_nulls().unique().sort()
    ids = sorted({school for text in named for school in split_ids(text)})
    gates = places.filter(pl.col("school_id").is_in(ids))
    number = gates["school_id"].replace_strict(ids, range(len(ids)), return_dtype=pl.Int64)
    x, y = reference.projection.to_metres(gates["lon"].to_numpy(), gates["lat"].to_numpy())
    names = dict(reference.schools().select("id", "name").unique("id", keep="first").iter_rows())
    miles = walking_miles(zone_set.grades, walking)
    limit = max(_FARTHEST_MILES, miles) * METRES_PER_MILE + _MARGIN_M
    reach = reach_of(graph, Gates(number.to_numpy().astype(np.int64), x, y), limit)
    return Walk(
        zone_set.id,
        miles,
        tuple(ids),
        tuple(names.get(school_id) or school_id for school_id in ids),
        reach,
    )


def _gate_places(reference: Reference, gates: Path | None) -> pl.DataFrame:
    """Return ``school_id``, ``lon``, ``lat`` of every gate.

    Schools without gates in the file have their own place.
    """
    school_places = (
        reference.schools().unique("id", keep="first").select(school_id="id", lon="lon", lat="lat")
    )
    school_places = school_places.drop_nulls().sort("school_id")
    if gates is None:
        return school_places
    raw = read_raw(Dataset(kind="gates", id="gates", path=gates, fields={})).frame
    needed = ("school_id", "lon", "lat")
    if missing := [name for name in needed if name not in raw.columns]:
        raise InputError(
            f"`{gates.name}` has no column `{missing[0]}`. It needs: {', '.join(needed)}."
        )
    table = raw.select(
        "row",
        "school_id",
        *(pl.col(axis).cast(pl.Float64, strict=False) for axis in ("lon", "lat")),
    )
    school_ids = set(reference.schools()["id"])
    for row, school, lon, lat in table.iter_rows():  # Over gates.
        if school not in school_ids:
            raise InputError(
                f"`{gates.name}` line {row + 1}: there is no such school. Use ids of the region's "
                "schools."
            )
        if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90:
            raise InputError(
                f"`{gates.name}` line {row + 1}: `lon` and `lat` must be degrees (WGS 84)."
            )
    stated = table.select("school_id", "lon", "lat")
    return pl.concat(
        [school_places.filter(~pl.col("school_id").is_in(stated["school_id"].implode())), stated]
    )


def _hazards(manifest: Manifest) -> NDArray[np.object_] | None:
    datasets = [dataset for dataset in manifest.datasets if dataset.kind == "hazards"]
    if not datasets:
        return None
    shapes = [
        metric_geometry(read_raw(dataset), dataset, manifest.info.metric_crs)[0]
        for dataset in datasets
    ]
    hazards = np.concatenate(shapes)
    return np.asarray(hazards[~(shapely.is_missing(hazards) | shapely.is_empty(hazards))])
