"""The reference of the columns of all tables that the program writes."""

from geoservice.forecast.outcome import COLUMNS as FORECAST_COLUMNS
from geoservice.model.results import ATTENDS_COLUMN, GEOCODE_COLUMNS, SCHOOL_COLUMNS
from geoservice.planning.numbers import MEASURES as SCENARIO_MEASURES
from geoservice.service.walk_students import COLUMNS as WALK_COLUMNS
from tools.site.markdown import code, table

_INTRODUCTION = """\
# Columns

This page is generated from the program. [Maps](../maps.md#columns-of-the-data) lists the columns of
the data of maps, and [measures](../measures.md#columns) those of measures.
"""
_GEOCODING = """\
## Results of geocoding

`geoservice geocode` and batch jobs add these columns to each row. Areas and zones have one column
for each set of the region.
"""


def page() -> str:
    """Return the page."""
    geocoding = [*GEOCODE_COLUMNS, *SCHOOL_COLUMNS, ATTENDS_COLUMN]
    rows: list[tuple[object, ...]] = [
        (code(column.name), str(column.dtype()).lower(), column.meaning) for column in geocoding
    ]
    sets = [
        (code("area_SET"), "string", "the area's id, for each set of areas"),
        (code("zone_SET"), "string", "the zone's id, for each set of zones; only with a grade"),
    ]
    geocoded = table(("column", "type", "meaning"), rows[:11] + sets + rows[11:])
    return "\n".join(
        [
            _INTRODUCTION,
            f"{_GEOCODING}\n{geocoded}",
            _section("Forecasts", FORECAST_COLUMNS),
            _section("Numbers of scenarios (column `measure`)", SCENARIO_MEASURES),
            _section("Walk zones and bus eligibility", WALK_COLUMNS),
        ]
    )


def _section(title: str, columns: dict[str, str]) -> str:
    rows = [(code(name), meaning) for name, meaning in columns.items()]
    return f"## {title}\n\n{table(('column', 'meaning'), rows)}"
