"""A town small enough to count by hand: two areas, two zones, five schools, fourteen students.

West of x = 2000 metres lies the area and zone of school A, east of it those of school B:

    x     0      500     1000    1500    2000    2500    3000    3500
    area  W                               E
    school       A       D       E               C               B
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely
from town import CRS, ORIGIN, degrees

from geoservice.cohort.students import cohort
from geoservice.measures.figures import figures
from geoservice.measures.ground import Ground
from geoservice.model.layers import (
    ADDRESSES,
    AREAS,
    RATINGS,
    SCHOOLS,
    SEATS,
    STREETS,
    ZONES,
    RegionLayers,
)
from geoservice.model.region import (
    AreaSetInfo,
    MeasureRules,
    RatingLabel,
    RatingScheme,
    RegionInfo,
    ZoneSetInfo,
)
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot

YEAR = "2023-24"
K5 = ("KG", "01", "02", "03", "04", "05")
BANDS = {"K-5": K5}
LETTERS = RatingScheme(
    "letters",
    "label",
    (
        RatingLabel("A", quality=True),
        RatingLabel("B", quality=True),
        RatingLabel("C"),
        RatingLabel("D"),
    ),
)
STARS = RatingScheme(
    "stars", "label", (RatingLabel("1"), RatingLabel("5", quality=True)), best="last"
)
# school: x, lowest and highest grade, seats, enrolment, programmes, last year
_SCHOOLS = {
    "A": (500, "KG", "05", 6, 6, "music: 3; chess", None),
    "B": (3500, "KG", "05", 4, 2, "", None),
    "C": (2500, "KG", "12", 26, 13, "music", None),
    "D": (1000, "KG", "05", 9, 9, "", "2021-22"),
    "E": (1500, "KG", "05", 0, 1, "", None),
}
_RATINGS = [
    ("A", YEAR, "A"),
    ("B", YEAR, "C"),
    ("C", YEAR, "B"),
    ("E", YEAR, None),
    ("ghost", YEAR, "A"),
    ("A", "2022-23", "C"),
    ("B", "2022-23", "C"),
    ("C", "2022-23", "B"),
]
# x of the home (None: no match), grade, school
STUDENTS = [
    (400, "01", "A"),
    (600, "02", "A"),
    (1500, "03", "A"),
    (1900, "04", "C"),
    (1800, "05", "B"),
    (1000, "KG", "E"),
    (1200, "01", "unheard-of"),
    (900, "01", "D"),
    (3000, "02", "B"),
    (3400, "03", "B"),
    (2600, "04", "C"),
    (2200, "05", "A"),
    (2100, "06", "C"),
    (None, "02", "A"),
]


def town(folder: Path, **rules: Any) -> Reference:
    """The town built."""
    build_snapshot(
        _layers(MeasureRules(**{"stable_years": 2, "stable_of_years": 2, "top": 1} | rules)),
        folder / "snapshot",
        "test",
    )
    return Reference(folder / "snapshot")


def town_without(folder: Path, lacking: dict[str, Any]) -> Reference:
    """The town without some of its tables (None) or columns (their names), or with other facts of its ``info``."""
    layers = _layers(MeasureRules())
    gone = {name: getattr(layers, name) for name in lacking if name != "info"}
    gone = {
        name: table.clear()
        if lacking[name] is None
        else table.with_columns(
            pl.lit(None).cast(table.schema[one]).alias(one) for one in lacking[name]
        )
        for name, table in gone.items()
    }
    if "zones" in gone:
        gone["zone_polygons"] = layers.zone_polygons[:0]
    info = replace(layers.info, **lacking.get("info", {}))
    build_snapshot(replace(layers, info=info, **gone), folder / "snapshot", "test")
    return Reference(folder / "snapshot")


def town_of_unknown_seats(folder: Path, *schools: str) -> Reference:
    """The town without the seats of some schools."""
    layers = _layers(MeasureRules())
    seats = pl.when(~pl.col("id").is_in(schools)).then("capacity").alias("capacity")
    build_snapshot(
        replace(layers, schools=layers.schools.with_columns(seats)), folder / "snapshot", "test"
    )
    return Reference(folder / "snapshot")


def placed(
    students: list[tuple[float | None, str | None, str | None]], year: str = YEAR
) -> pl.DataFrame:
    """Students as the service keeps them."""
    rows = []
    for x, grade, school in students:
        west = x is not None and x < 2000
        zoned = x is not None and grade in K5
        rows.append(
            {
                "year": year,
                "grade": grade,
                "school_id": school,
                "typed_zip": "",
                "geo_status": "unmatched" if x is None else "matched",
                "geo_match": "" if x is None else "point",
                "x": None if x is None else ORIGIN[0] + x,
                "y": None if x is None else ORIGIN[1],
                "area_halves": None if x is None else "W" if west else "E",
                "zone_elementary": ("A" if west else "B") if zoned else None,
                "school_of_right": ("A" if west else "B") if zoned else None,
            }
        )
    schema = {
        name: pl.Float64 if name in "xy" else pl.String
        for name in (
            "year",
            "grade",
            "school_id",
            "typed_zip",
            "geo_status",
            "geo_match",
            "x",
            "y",
            "area_halves",
            "zone_elementary",
            "school_of_right",
        )
    }
    return pl.DataFrame(rows, schema=schema)


def ground(reference: Reference, students: pl.DataFrame, **options: Any) -> Ground:
    """What internal figures are made of."""
    ready = cohort(students, reference, **options)
    return Ground(ready, BANDS)


class Figure:
    """The lines of one measure."""

    def __init__(self, measure: str, made: Ground, by: str = "area_halves") -> None:
        self.table = figures(measure, by, made)

    def line(
        self, unit: str, part: str = "", band: str = "all", year: str = YEAR
    ) -> dict[str, Any]:
        """One line, all columns."""
        return self.table.filter(unit=unit, part=part, band=band, year=year).row(0, named=True)

    def share(self, unit: str, part: str = "", band: str = "all") -> tuple[float, float]:
        """Numerator and denominator of one line, whose value must be their quotient."""
        found = self.line(unit, part, band)
        assert found["value"] == found["numerator"] / found["denominator"]
        return found["numerator"], found["denominator"]


def _layers(rules: MeasureRules) -> RegionLayers:
    east, north = ORIGIN
    halves = np.array(
        [
            shapely.box(east - 500, north - 500, east + 2000, north + 500),
            shapely.box(east + 2000, north - 500, east + 4500, north + 500),
        ],
        dtype=object,
    )
    schools = [
        {
            "id": name,
            "name": name,
            "low_grade": low,
            "high_grade": high,
            "capacity": seats,
            "enrollment": pupils,
            "programs": programs,
            "last_year": last,
            "lon": degrees(x, 0)[0],
            "lat": degrees(x, 0)[1],
        }
        for name, (x, low, high, seats, pupils, programs, last) in _SCHOOLS.items()
    ]
    ratings = [
        {
            "school_id": school,
            "year": year,
            "scheme": "letters",
            "value": label or "NR",
            "label": label,
        }
        for school, year, label in _RATINGS
    ]
    ratings += [
        {"school_id": school, "year": YEAR, "scheme": "stars", "value": label, "label": label}
        for school, label in (("A", "1"), ("B", "5"), ("C", "1"))
    ]
    # One long street, and one beside it that nothing joins.
    lines = [[(x, 50), (x + 500, 50)] for x in range(-500, 4500, 500)] + [[(0, 400), (300, 400)]]
    return RegionLayers(
        info=RegionInfo(
            "town",
            "Town",
            CRS,
            YEAR,
            10,
            BANDS,
            (LETTERS, STARS),
            (ZoneSetInfo("elementary", K5),),
            (AreaSetInfo("halves", "Halves"),),
            measures=rules,
        ),
        streets=pl.DataFrame(
            [
                {
                    "id": str(at),
                    "full_name": "MAIN ST",
                    "from_left": at * 100 + 1,
                    "to_left": at * 100 + 99,
                    "source": "streets",
                }
                for at in range(len(lines))
            ],
            schema=STREETS,
        ),
        street_lines=np.array(
            [shapely.LineString([(x + east, y + north) for x, y in line]) for line in lines],
            dtype=object,
        ),
        addresses=pl.DataFrame(schema=ADDRESSES),
        schools=pl.DataFrame(schools, schema=SCHOOLS),
        ratings=pl.DataFrame(ratings, schema=RATINGS),
        zones=pl.DataFrame(
            [
                {
                    "set_id": "elementary",
                    "zone_id": one,
                    "school_id": one,
                    "name": one,
                    "grades": list(K5),
                }
                for one in "AB"
            ],
            schema=ZONES,
        ),
        zone_polygons=halves,
        areas=pl.DataFrame(
            [{"set_id": "halves", "area_id": one, "name": one} for one in "WE"], schema=AREAS
        ),
        area_polygons=halves,
        findings=(),
        seats=pl.DataFrame(schema=SEATS),
    )
