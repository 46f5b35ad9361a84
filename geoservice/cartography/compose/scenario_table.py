"""The table of a scenario: the numbers of each school, today and proposed."""

from geoservice.cartography.compose.scenario_ground import SIDES, ScenarioGround
from geoservice.cartography.figure.cells import Column, Row, Value

_COLUMNS = (
    ("students", "students", "before"),
    ("students", "students", "after"),
    ("moved_out", "students", "after"),
    ("moved_in", "students", "after"),
    ("may_stay", "students", "after"),
    ("seats", "seats", "after"),
    ("utilisation", "share", "before"),
    ("utilisation", "share", "after"),
    ("distance_mean_miles", "mean", "before"),
    ("distance_mean_miles", "mean", "after"),
    ("beyond_walking", "students", "before"),
    ("beyond_walking", "students", "after"),
)
"""Measures of the table by school: measure, unit, side."""
_TITLES = {
    "students": "column_students",
    "moved_out": "column_moved_out",
    "moved_in": "column_moved_in",
    "may_stay": "column_may_stay",
    "seats": "column_seats",
    "utilisation": "column_utilisation",
    "distance_mean_miles": "column_distance_mean_miles",
    "beyond_walking": "column_beyond_walking",
}
"""Words of the measures."""
_FRAMES = {side: frame for frame, side in SIDES.items()}


def scenario_table(ground: ScenarioGround) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Return the columns, and a row per school, sorted by name."""
    texts = ground.figure.texts
    columns = [Column("id", texts("column_id")), Column("name", texts("column_school"))]
    for measure, unit, side in _COLUMNS:
        frame = _FRAMES[side]
        title = f"{texts(_TITLES[measure])}, {ground.side_title(frame)}"
        columns.append(Column(f"{measure}_{frame}", title, "miles" if unit == "mean" else unit))
    rows = [
        Row(school, (school, name, *_school_cells(ground, school)))
        for school, name in ground.plan.schools.sort("name").select("id", "name").iter_rows()
    ]
    return tuple(columns), tuple(rows)


def _school_cells(ground: ScenarioGround, school: str) -> list[Value]:
    return [ground.school(school, measure, side, unit) for measure, unit, side in _COLUMNS]
