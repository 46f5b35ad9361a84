"""What a reader can ask for: every measure by all kinds of units, of what is public and, to judge by, of what is true."""

from dataclasses import replace

import polars as pl

from geoservice.errors import InputError
from geoservice.measures.catalogue import MEASURES
from geoservice.measures.cohort import cohort
from geoservice.measures.figures import Ground, figures
from geoservice.measures.hexagons import hexagons
from geoservice.measures.publish import Publication

MIN_N = 10
KINDS = {"planning": "area_planning", "wards": "area_wards", "elementary": "zone_elementary",
         "middle": "zone_middle", "high": "zone_high", "school": "school"}  # fmt: skip
KEY = ["year", "band", "unit"]


def grounds_of(placed, reference):
    """What public and internal figures of placed students are made of."""
    ready = cohort(placed, reference)
    homes = hexagons(placed, MIN_N, reference.projection).unit.alias("hexagons")
    ready = replace(
        ready,
        students=ready.students.with_columns(pl.when("is_matched").then(homes).alias("hexagons")),
    )
    bands = reference.info.bands
    return tuple(
        Ground(ready, bands, ready.labels, MIN_N, one)
        for one in (Publication(ready, bands, MIN_N), None)
    )


def tables(ground, measures=tuple(MEASURES), kinds=KINDS):
    """Tables of measures by all kinds of units that they are made by."""
    found = {}
    for measure in measures:
        for name, kind in kinds.items():
            try:
                found[measure, name] = figures(measure, kind, ground)
            except InputError:
                continue
    return found
