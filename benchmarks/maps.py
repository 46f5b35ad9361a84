"""Forms of a map over 300 zones of 300 vertices, 700 schools and 20,000 streets, from tables already released."""

import gzip
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import shapely

from geoservice.cartography.figure.choice import Choice
from geoservice.geocode.learn import learn
from geoservice.model.layers import ADDRESSES, AREAS, RATINGS, SCHOOLS, STREETS, ZONES, RegionLayers
from geoservice.model.region import AreaSetInfo, RatingLabel, RatingScheme, RegionInfo, ZoneSetInfo
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot
from geoservice.service.maps import Maps

ACROSS, DOWN, SIDE, STEP = 20, 15, 75, 1500.0
CRS, EAST, NORTH, YEAR = "EPSG:26915", 450_000.0, 4_650_000.0, "2023-24"
GRADES = ("KG", "01", "02", "03", "04", "05")
FORMS = ("png", "svg", "pdf", "csv", "xlsx", "geojson", "gpkg", "html")


def zone_polygons() -> np.ndarray:
    """A grid whose edges wander: each zone has 4 x 75 vertices, shared with its neighbours."""
    random = np.random.default_rng(3)
    t = np.linspace(0, 1, SIDE + 1)
    fade = np.sin(np.pi * t) * STEP * 0.08
    flat = [[_edge(t, fade, random, x, y, (1, 0)) for x in range(ACROSS)] for y in range(DOWN + 1)]
    steep = [[_edge(t, fade, random, x, y, (0, 1)) for x in range(ACROSS + 1)] for y in range(DOWN)]
    return np.array(
        [
            shapely.Polygon(
                np.concatenate(
                    [
                        flat[y][x][:-1],
                        steep[y][x + 1][:-1],
                        flat[y + 1][x][:0:-1],
                        steep[y][x][:0:-1],
                    ]
                )
            )
            for y in range(DOWN)
            for x in range(ACROSS)
        ],
        dtype=object,
    )


def _edge(t, fade, random, x, y, way):
    start = np.array([EAST + x * STEP, NORTH + y * STEP])
    noise = np.cumsum(random.normal(0, 0.2, len(t)))
    side = (noise - np.linspace(noise[0], noise[-1], len(t))) * fade * 0.6
    return start + np.outer(t, np.array(way) * STEP) + np.outer(side, np.array(way[::-1]))


def layers() -> RegionLayers:
    random = np.random.default_rng(4)
    zones = zone_polygons()
    inside = shapely.get_coordinates(shapely.point_on_surface(zones))
    places = np.concatenate(
        [
            inside,
            np.column_stack(
                [
                    random.uniform(EAST, EAST + ACROSS * STEP, 400),
                    random.uniform(NORTH, NORTH + DOWN * STEP, 400),
                ]
            ),
        ]
    )
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(*places.T)
    ids = [f"{at:04d}" for at in range(700)]
    schools = pl.DataFrame(
        {
            "id": ids,
            "name": [f"School {one}" for one in ids],
            "low_grade": "KG",
            "high_grade": "05",
            "capacity": random.integers(200, 900, 700),
            "enrollment": random.integers(150, 900, 700),
            "lon": lon,
            "lat": lat,
        }
    )
    ratings = pl.DataFrame(
        {
            "school_id": ids,
            "year": YEAR,
            "scheme": "letters",
            "value": random.choice(list("ABCDF"), 700),
        }
    ).with_columns(label="value")
    starts = np.column_stack(
        [random.integers(0, ACROSS * 12, 20_000), random.integers(0, DOWN * 12, 20_000)]
    ) * 125.0 + [EAST, NORTH]
    ends = starts + np.where(random.random(20_000)[:, None] < 0.5, [125.0, 0.0], [0.0, 125.0])
    streets = pl.DataFrame(
        {"full_name": ["OAK ST"] * 20_000, "from_left": 1, "to_left": 99, "source": "streets"}
    )
    areas = [
        shapely.union_all(
            zones[[y * ACROSS + x for y in range(DOWN) for x in range(a * 5, a * 5 + 5)]]
        )
        for a in range(4)
    ]
    named = [f"{at:03d}" for at in range(len(zones))]
    info = RegionInfo(
        "large",
        "Large District",
        CRS,
        YEAR,
        10,
        {"K-5": GRADES},
        (
            RatingScheme(
                "letters", "label", tuple(RatingLabel(one, quality=one < "C") for one in "ABCDF")
            ),
        ),
        (ZoneSetInfo("elementary", GRADES),),
        (AreaSetInfo("planning", "Planning areas"),),
    )
    return RegionLayers(
        info=info,
        streets=_as(streets, STREETS),
        street_lines=shapely.linestrings(np.stack([starts, ends], 1)),
        addresses=pl.DataFrame(schema=ADDRESSES),
        schools=_as(schools, SCHOOLS),
        ratings=_as(ratings, RATINGS),
        zones=pl.DataFrame(
            {
                "set_id": "elementary",
                "zone_id": named,
                "school_id": ids[:300],
                "name": None,
                "grades": [list(GRADES)] * 300,
            },
            schema=ZONES,
        ),
        zone_polygons=zones,
        areas=pl.DataFrame(
            {"set_id": "planning", "area_id": list("abcd"), "name": list("ABCD")}, schema=AREAS
        ),
        area_polygons=np.array(areas, dtype=object),
        findings=(),
    )


def _as(table: pl.DataFrame, schema: dict[str, object]) -> pl.DataFrame:
    return table.select(
        [
            pl.col(one).cast(kind) if one in table.columns else pl.lit(None, dtype=kind).alias(one)
            for one, kind in schema.items()
        ]
    )


class Ready:
    """Measures whose tables are already released."""

    def years(self, *_):
        return (YEAR,)

    def table(self, measure, reference, choice):
        units = {"planning": list("abcd"), "elementary": [f"{at:03d}" for at in range(300)]}[
            choice.areas
        ]
        random = np.random.default_rng(5)
        lines = [
            (band, unit, random.uniform(0.05, 0.95))
            for band in ("K-5", "all")
            for unit in [*units, "district"]
        ]
        frame = pl.DataFrame(lines, schema=["band", "unit", "value"], orient="row")
        return frame.with_columns(
            year=pl.lit(YEAR),
            part=pl.lit("zoned"),
            numerator=pl.lit(100.0),
            denominator=pl.lit(300.0),
            low=pl.col("value") - 0.05,
            high=pl.col("value") + 0.05,
            district=pl.lit(0.5),
            coverage=pl.lit(0.98),
            bound=pl.lit(None, dtype=pl.Float64),
            status=pl.when(pl.col("unit").str.ends_with("7"))
            .then(pl.lit("hidden"))
            .otherwise(pl.lit("shown")),
        )


def timed(label, make):
    start, before = time.perf_counter(), time.process_time()
    made = make()
    print(
        f"{label}: {(time.perf_counter() - start) * 1000:.0f} ms, "
        f"{(time.process_time() - before) * 1000:.0f} ms of processor time"
    )
    return made


def forms(maps, reference, word):
    chosen = ("participation", reference, Choice())
    page = timed(f"page of 300 zones, {word}", lambda: maps.page(*chosen))
    found = {"page": page.html.encode()}
    for one in maps.drawing(*chosen).layers:
        found[one.id] = timed(
            f"  layer {one.id}, {word}",
            lambda name=one.id: maps.layer("participation", name, reference, Choice()),
        )
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "snapshot"
        build_snapshot(layers(), target, "bench", finish=learn)
        settings = Settings.read({**os.environ, "GEOSERVICE_HOME": folder})
        Maps(settings, Ready()).export(
            "participation", "png", Reference(target), Choice()
        )  # imports, fonts
        reference, maps = Reference(target), Maps(settings, Ready())
        parts = {word: forms(maps, reference, word) for word in ("cold", "again")}["cold"]
        sizes = {one: len(gzip.compress(part)) for one, part in parts.items()}
        print(f"compressed: {sum(sizes.values()) / 1e3:.0f} kB in all ({sizes})")
        for form in FORMS:
            content = timed(
                f"{form}", lambda form=form: maps.export("participation", form, reference, Choice())
            )
            print(f"  {len(content) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
