"""A synthetic town for tests: streets, points and zones in plain metres."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyproj
import shapely

from geoservice.geocode.learn import learn
from geoservice.model.layers import ADDRESSES, AREAS, RATINGS, SCHOOLS, STREETS, ZONES, RegionLayers
from geoservice.model.region import AreaSetInfo, RatingLabel, RatingScheme, RegionInfo, ZoneSetInfo
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import place
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot

CRS = "EPSG:26910"
ORIGIN = (550_000.0, 4_180_000.0)
K5 = ("KG", "01", "02", "03", "04", "05")
_counter = itertools.count()


class Town:
    """Build with `street`, `point`, `zone`; then `place` addresses in it."""

    def __init__(self) -> None:
        self.streets: list[dict[str, Any]] = []
        self.lines: list[Any] = []
        self.points: list[dict[str, Any]] = []
        self.zones: list[dict[str, Any]] = []
        self.polygons: list[Any] = []

    def street(
        self,
        name: str,
        left: str = "",
        right: str = "",
        at: list[tuple[float, float]] | None = None,
        **fields: Any,
    ) -> None:
        """A street from west to east (or along ``at``, metres), ranges as ``101-199``."""
        ends: dict[str, Any] = {}
        for side, text in (("left", left), ("right", right)):
            first, _, last = text.partition("-")
            ends[f"from_{side}"] = int(first) if first else None
            ends[f"to_{side}"] = int(last or first) if first else None
        place = {
            "city_left": "Springfield",
            "city_right": "Springfield",
            "state_left": "CA",
            "state_right": "CA",
            "zip_left": "94110",
            "zip_right": "94110",
        }
        for both in ("city", "zip"):
            if both in fields:
                value = fields.pop(both)
                place[f"{both}_left"] = place[f"{both}_right"] = value
        row = {**place, **ends, "full_name": name, "source": "streets", **fields}
        self.streets.append({"id": str(len(self.streets) + 1), **row})
        y = -1000.0 * len(self.lines)
        self.lines.append(_line(at or [(0, y), (200, y)]))

    def point(self, number: str, street: str, x: float, y: float, **fields: Any) -> None:
        """An address point at metres from the town's origin."""
        lon, lat = degrees(x, y)
        self.points.append(
            {
                "number": number,
                "street": street,
                "city": "Springfield",
                "state": "CA",
                "zip": "94110",
                "lon": lon,
                "lat": lat,
                "source": "points",
                **fields,
            }
        )

    def zone(
        self,
        zone_id: str,
        box: tuple[float, float, float, float],
        set_id: str = "elementary",
        grades: tuple[str, ...] = K5,
        school_id: str | None = None,
    ) -> None:
        """A rectangular zone, metres from the origin."""
        self.zones.append(
            {
                "set_id": set_id,
                "zone_id": zone_id,
                "name": None,
                "school_id": school_id or zone_id,
                "grades": list(grades),
            }
        )
        east, north = ORIGIN
        self.polygons.append(
            shapely.box(box[0] + east, box[1] + north, box[2] + east, box[3] + north)
        )

    def layers(self) -> RegionLayers:
        """The town as region layers."""
        sets = {one["set_id"]: tuple(one["grades"]) for one in self.zones}
        schools = [
            {"id": one, "name": f"School {one}"} for one in {z["school_id"]: 0 for z in self.zones}
        ]
        polygons = np.array(self.polygons, dtype=object)
        whole = np.array([shapely.box(0, 0, 1e7, 1e7)], dtype=object)
        return RegionLayers(
            info=RegionInfo(
                "town",
                "Town",
                CRS,
                "2023-24",
                10,
                {"K-5": K5},
                (RatingScheme("letters", "label", (RatingLabel("A"),)),),
                tuple(ZoneSetInfo(one, grades) for one, grades in sets.items()),
                (AreaSetInfo("planning", "planning"),),
            ),
            streets=pl.DataFrame(self.streets, schema=STREETS),
            street_lines=np.array(self.lines, dtype=object),
            addresses=pl.DataFrame(self.points, schema=ADDRESSES),
            schools=pl.DataFrame(schools, schema=SCHOOLS),
            ratings=pl.DataFrame(
                [
                    {
                        "school_id": s["id"],
                        "year": "2023-24",
                        "scheme": "letters",
                        "value": "A",
                        "label": "A",
                    }
                    for s in schools
                ],
                schema=RATINGS,
            ),
            zones=pl.DataFrame(self.zones, schema=ZONES),
            zone_polygons=polygons,
            areas=pl.DataFrame(
                [{"set_id": "planning", "area_id": "all", "name": "All"}], schema=AREAS
            ),
            area_polygons=whole,
            findings=(),
        )

    def reference(self, folder: Path) -> Reference:
        """The town built and opened."""
        target = folder / f"town-{next(_counter)}"
        build_snapshot(self.layers(), target, "test", finish=learn)
        return Reference(target)

    def place(self, folder: Path, frame: pl.DataFrame) -> pl.DataFrame:
        """Place a table with ``address`` and perhaps ``city``, ``zip``, ``grade``, ``school``."""
        named = {role: role for role in ("grade", "school") if role in frame.columns}
        options = resolve(PlaceOptions(address="address", **named), frame.columns)
        return place(frame, options, self.reference(folder))


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of metres from the town's origin."""
    transformer = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = transformer.transform(x + ORIGIN[0], y + ORIGIN[1])
    return lon, lat


def metres(lon: float, lat: float) -> tuple[float, float]:
    """Metres from the town's origin."""
    transformer = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    x, y = transformer.transform(lon, lat)
    return x - ORIGIN[0], y - ORIGIN[1]


def _line(vertices: list[tuple[float, float]]) -> Any:
    return shapely.LineString([(x + ORIGIN[0], y + ORIGIN[1]) for x, y in vertices])
