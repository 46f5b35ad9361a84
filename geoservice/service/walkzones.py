"""Walk zones and bus eligibility of a region, along its streets."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.errors import ConflictError, InputError
from geoservice.model.region import WalkingRules, ZoneSetInfo
from geoservice.model.rights import parted
from geoservice.model.settings import Settings
from geoservice.planning.levels import walking_miles
from geoservice.reference.snapshot import Reference
from geoservice.region.build import to_degrees
from geoservice.region.manifest import Dataset, Manifest
from geoservice.region.reading import read_raw
from geoservice.region.shapes import metric_geometry
from geoservice.service.audit import Disclosures
from geoservice.service.students import Students
from geoservice.tables.sheets import workbook, write_whole
from geoservice.tables.writing import TableWriter
from geoservice.walking.distances import METRES_PER_MILE, Gates, Reach, reach_of
from geoservice.walking.graph import WalkGraph, walk_graph
from geoservice.walking.zones import MILES, WalkZones, street_cells, walk_zones

PUBLIC_REFUSAL = (
    "Numbers of students in walk zones are of the internal profile for now: their counts are not "
    "protected yet. Add `--profile internal --purpose TEXT`, or write the zones alone as .geojson."
)
COLUMNS = {
    "zones": "set of zones",
    "school_id": "school of right",
    "school": "its name",
    "walking_miles": "walking distance of the level",
    "students": "students whose school of right it is",
    "walkers": "of these, students within the walking distance along the streets",
    "bus_eligible": "students farther than it, or without a safe way",
    "cut_by_hazards": "of these, students who would walk if there were no hazards",
    "unknown": "students of a school without a place",
    "mean_miles": "mean way of the students who have one within 5 miles",
    "median_miles": "median of the same",
}
"""Columns of the table of students, with their meaning."""
_MARGIN_M = 300.0
_FARTHEST_MILES = 5.0
_TABLES = (".csv", ".tsv", ".parquet", ".xlsx")


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
        Where the region has no streets or no such zones, or a gate is of no school.
    """
    sets = [one for one in reference.info.zone_sets if zones in ("", one.id)]
    if not sets:
        known = ", ".join(one.id for one in reference.info.zone_sets) or "none"
        raise InputError(f"The region has no such set of zones. There are: {known}.")
    graph = walk_graph(reference, _hazards(manifest))
    places = _gate_places(reference, gates)
    return [_walk(one, reference, manifest.walking, graph, places) for one in sets]


def without_hazards(made: list[Walk], reference: Reference) -> list[Walk]:
    """The same where no hazard cuts the streets."""
    graph = walk_graph(reference)
    limit = _FARTHEST_MILES * METRES_PER_MILE
    return [replace(walk, reach=reach_of(graph, walk.reach.gates, limit)) for walk in made]


def _walk(
    zone_set: ZoneSetInfo,
    reference: Reference,
    walking: WalkingRules,
    graph: WalkGraph,
    places: pl.DataFrame,
) -> Walk:
    named = reference.zones().filter(set_id=zone_set.id)["school_id"].drop_nulls().unique().sort()
    ids = sorted({school for text in named for school in parted(text)})
    gates = places.filter(pl.col("school_id").is_in(ids))
    number = gates["school_id"].replace_strict(ids, range(len(ids)), return_dtype=pl.Int64)
    x, y = reference.projection.to_metres(gates["lon"].to_numpy(), gates["lat"].to_numpy())
    names = dict(reference.schools().select("id", "name").unique("id", keep="first").iter_rows())
    miles = walking_miles(zone_set.grades, walking)
    limit = max(_FARTHEST_MILES, miles) * METRES_PER_MILE + _MARGIN_M
    reach = reach_of(graph, Gates(number.to_numpy().astype(np.int64), x, y), limit)
    return Walk(zone_set.id, miles, tuple(ids), tuple(names.get(one) or one for one in ids), reach)


def _gate_places(reference: Reference, gates: Path | None) -> pl.DataFrame:
    """``school_id``, ``lon``, ``lat`` of every gate: of the file, else the schools' own places."""
    own = (
        reference.schools().unique("id", keep="first").select(school_id="id", lon="lon", lat="lat")
    )
    own = own.drop_nulls().sort("school_id")
    if gates is None:
        return own
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
    known = set(reference.schools()["id"])
    for row, school, lon, lat in table.iter_rows():  # Over gates.
        if school not in known:
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
        [own.filter(~pl.col("school_id").is_in(stated["school_id"].implode())), stated]
    )


def _hazards(manifest: Manifest) -> NDArray[np.object_] | None:
    datasets = [dataset for dataset in manifest.datasets if dataset.kind == "hazards"]
    if not datasets:
        return None
    shapes = [metric_geometry(read_raw(one), one, manifest.info.metric_crs)[0] for one in datasets]
    every = np.concatenate(shapes)
    return np.asarray(every[~(shapely.is_missing(every) | shapely.is_empty(every))])


def write_walk_zones(
    made: list[Walk], reference: Reference, path: Path, *, hexagons: bool = False
) -> None:
    """Write walk zones of 0.5, 1, 1.5 and 2 miles and of the level's own distance as GeoJSON."""
    features = []
    for walk in made:
        cells = street_cells(walk.reach.graph)
        zones = walk_zones(walk.reach, cells, tuple(sorted({*MILES, walk.miles})))
        features += (
            _hexagon_features(walk, zones, reference)
            if hexagons
            else _features(walk, zones, reference)
        )
    write_whole(path, orjson.dumps({"type": "FeatureCollection", "features": features}))


def _features(walk: Walk, zones: WalkZones, reference: Reference) -> list[dict[str, object]]:
    shapes = _geojson(zones.polygons, reference)
    return [
        _feature(walk, school, shape, miles=miles, is_walk_zone=miles == walk.miles)
        for school, miles, shape in zip(
            zones.school.tolist(), zones.miles.tolist(), shapes, strict=True
        )
    ]


def _geojson(shapes: NDArray[np.object_], reference: Reference) -> NDArray[np.object_]:
    """Shapes in metres as GeoJSON in degrees, to a tenth of a metre."""
    degrees = to_degrees(shapes, reference.info.metric_crs)
    return np.asarray(shapely.to_geojson(shapely.transform(degrees, lambda xy: np.round(xy, 6))))


def _hexagon_features(
    walk: Walk, zones: WalkZones, reference: Reference
) -> list[dict[str, object]]:
    shapes = _geojson(zones.cells(), reference)
    return [
        _feature(walk, school, shape, miles=miles)
        for school, miles, shape in zip(
            zones.cell_school.tolist(), zones.cell_miles.tolist(), shapes, strict=True
        )
    ]


def _feature(walk: Walk, school: int, shape: str, **more: object) -> dict[str, object]:
    about = {
        "zones": walk.zones,
        "school_id": walk.school_ids[school],
        "school": walk.names[school],
    }
    return {"type": "Feature", "geometry": orjson.Fragment(shape), "properties": {**about, **more}}


class WalkStudents:
    """Students inside and outside walk zones, of one data folder."""

    def __init__(self, settings: Settings) -> None:
        self._students = Students(settings)
        self._disclosures = Disclosures(settings)

    def table(
        self, made: list[Walk], reference: Reference, *, students: str, profile: str, purpose: str
    ) -> pl.DataFrame:
        """Walkers and bus-eligible students by school (`COLUMNS`); recorded as a disclosure."""
        if profile != "internal":
            raise InputError(PUBLIC_REFUSAL)
        region = reference.info.id
        frame, stamp = self._students.years(region, students)
        if outdated := self._students.outdated(reference, students):
            raise ConflictError(
                f"The region has changed since students were assigned to it: {outdated[0]}. Assign "
                f"them anew: `geoservice students refresh --region {region} --name {outdated[0]}`."
            )
        latest = frame.filter(pl.col("year") == frame["year"].max())
        self._disclosures.record(
            latest["student"],
            purpose=purpose,
            endpoint="walkzones",
            region=region,
            data_version=f"{stamp} {reference.snapshot}",
        )
        free = without_hazards(made, reference)
        return pl.concat(
            _students_of(walk, open_walk, latest, reference)
            for walk, open_walk in zip(made, free, strict=True)
        )


def _students_of(
    walk: Walk, free: Walk, students: pl.DataFrame, reference: Reference
) -> pl.DataFrame:
    grades = next(one.grades for one in reference.info.zone_sets if one.id == walk.zones)
    placed = students.filter(
        pl.col("grade").is_in(list(grades)), pl.col("geo_match").is_in(["point", "range"])
    )
    first = placed["school_of_right"].cast(pl.String).str.split(";").list.first()
    school = first.replace_strict(
        list(walk.school_ids), range(len(walk.school_ids)), default=-1, return_dtype=pl.Int64
    )
    numbers = school.to_numpy().astype(np.int64)
    x, y = placed["x"].to_numpy(), placed["y"].to_numpy()
    miles = walk.reach.to_school(walk.reach.graph.footing(x, y), numbers) / METRES_PER_MILE
    open_miles = free.reach.to_school(free.reach.graph.footing(x, y), numbers) / METRES_PER_MILE
    known = pl.DataFrame({"school": numbers, "miles": miles, "open": open_miles}).filter(
        pl.col("school") >= 0
    )
    is_near, near_open = pl.col("miles") <= walk.miles, pl.col("open") <= walk.miles
    has_place = pl.col("miles").is_not_nan()
    table = known.group_by("school").agg(
        students=pl.len().cast(pl.Int64),
        walkers=(is_near & has_place).sum().cast(pl.Int64),
        bus_eligible=(~is_near & has_place).sum().cast(pl.Int64),
        cut_by_hazards=(~is_near & near_open & has_place).sum().cast(pl.Int64),
        unknown=(~has_place).sum().cast(pl.Int64),
        mean_miles=pl.col("miles").filter(pl.col("miles").is_finite()).mean().round(3),
        median_miles=pl.col("miles").filter(pl.col("miles").is_finite()).median().round(3),
    )
    schools = pl.DataFrame(
        {"school": range(len(walk.school_ids)), "school_id": walk.school_ids, "name": walk.names},
        schema={"school": pl.Int64, "school_id": pl.String, "name": pl.String},
    )
    counts = [name for name in table.columns if table[name].dtype == pl.Int64 and name != "school"]
    joined = schools.join(table, on="school", how="left").with_columns(pl.col(counts).fill_null(0))
    named = joined.with_columns(
        zones=pl.lit(walk.zones), walking_miles=pl.lit(walk.miles), school=pl.col("name")
    )
    return named.select(*COLUMNS).sort("school_id")


def write_walk_table(table: pl.DataFrame, path: Path) -> None:
    """Write the table of students as the file's ending says."""
    if str(path) != "-" and path.suffix.lower() not in _TABLES:
        raise InputError(
            f"`{path.name}` has an unknown ending. Use {', '.join(_TABLES)}, or .geojson for zones."
        )
    if path.suffix.lower() == ".xlsx":
        write_whole(path, workbook({"walkzones": table}, [*COLUMNS.items()]))
        return
    with TableWriter(path, places=False) as writer:
        writer.write(table)
