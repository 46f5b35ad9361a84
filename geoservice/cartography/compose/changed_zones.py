"""The part of the district that a map of proposed zones shows first."""

import polars as pl

from geoservice.cartography.figure.plans import ScenarioPlan
from geoservice.cartography.figure.shapes import Box, box_of


def changed_box(plan: ScenarioPlan) -> Box | None:
    """Return the extent of all zones that gain or lose blocks; None where no block moves.

    A board asks about these zones: at the size of the district their names do not fit.

    Returns
    -------
    Box or None
        West, south, east, north in degrees.
    """
    moved = plan.parts.filter(pl.col("before") != pl.col("after"))
    schools = [*moved["before"], *moved["after"]]
    if not schools:
        return None
    concerned = plan.parts.select(pl.col("before").is_in(schools) | pl.col("after").is_in(schools))
    return box_of(plan.polygons[concerned.to_series().to_numpy()])
