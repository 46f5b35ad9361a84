"""Students inside and outside of walk zones, and the table of them."""

from pathlib import Path

import numpy as np
import polars as pl

from geoservice.errors import ConflictError, InputError
from geoservice.model.miles import METRES_PER_MILE
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.audit import Disclosures
from geoservice.service.students import Students
from geoservice.service.walkzones import Walk, without_hazards
from geoservice.tables.sheets import workbook, write_atomically
from geoservice.tables.writing import TableWriter

PUBLIC_REFUSAL = (
    "Numbers of students in walk zones need the internal profile, because their counts are not "
    "protected yet. Add `--profile internal --purpose TEXT`, or write the zones alone as .geojson."
)
COLUMNS = {
    "zones": "set of zones",
    "school_id": "zoned school",
    "school": "its name",
    "walking_miles": "walking distance of the level",
    "students": "students whose zoned school it is",
    "walkers": "of these, students within the walking distance along the streets",
    "bus_eligible": "students farther than it, or without a safe way",
    "cut_by_hazards": "of these, students who would walk if there were no hazards",
    "unknown": "students of a school without a place",
    "mean_miles": "mean way of the students who have one within 5 miles",
    "median_miles": "median of the same",
}
"""Columns of the table of students, with their meaning."""
_TABLES = (".csv", ".tsv", ".parquet", ".xlsx")


class WalkStudents:
    """Students inside and outside walk zones, of one data folder."""

    def __init__(self, settings: Settings) -> None:
        self._students = Students(settings)
        self._disclosures = Disclosures(settings)

    def table(
        self,
        measured: list[Walk],
        reference: Reference,
        *,
        students: str,
        profile: str,
        purpose: str,
    ) -> pl.DataFrame:
        """Return walkers and bus-eligible students by school; recorded as a disclosure.

        The columns are `COLUMNS`.
        """
        if profile != "internal":
            raise InputError(PUBLIC_REFUSAL)
        region = reference.info.id
        frame, stamp = self._students.years(region, students)
        if outdated := self._students.outdated(reference, students):
            raise ConflictError(
                f"The region has changed since the students of {outdated[0]} were assigned to it. "
                f"Assign them again: `geoservice students refresh --region {region} --name "
                f"{outdated[0]}`."
            )
        latest = frame.filter(pl.col("year") == frame["year"].max())
        self._disclosures.record(
            latest["student"],
            purpose=purpose,
            endpoint="walkzones",
            region=region,
            data_version=f"{stamp} {reference.snapshot}",
        )
        free = without_hazards(measured, reference)
        return pl.concat(
            _students_of(walk, open_walk, latest, reference)
            for walk, open_walk in zip(measured, free, strict=True)
        )


def _students_of(
    walk: Walk, free: Walk, students: pl.DataFrame, reference: Reference
) -> pl.DataFrame:
    grades = next(
        zone_set.grades for zone_set in reference.info.zone_sets if zone_set.id == walk.zones
    )
    placed = students.filter(
        pl.col("grade").is_in(list(grades)), pl.col("geo_match").is_in(["point", "range"])
    )
    school_id = placed["school_of_right"].cast(pl.String).str.split(";").list.first()
    school = school_id.replace_strict(
        list(walk.school_ids), range(len(walk.school_ids)), default=-1, return_dtype=pl.Int64
    )
    numbers = school.to_numpy().astype(np.int64)
    x, y = placed["x"].to_numpy(), placed["y"].to_numpy()
    miles = walk.reach.to_school(walk.reach.graph.positions(x, y), numbers) / METRES_PER_MILE
    open_miles = free.reach.to_school(free.reach.graph.positions(x, y), numbers) / METRES_PER_MILE
    located = pl.DataFrame({"school": numbers, "miles": miles, "open": open_miles}).filter(
        pl.col("school") >= 0
    )
    is_near, near_open = pl.col("miles") <= walk.miles, pl.col("open") <= walk.miles
    has_place = pl.col("miles").is_not_nan()
    table = located.group_by("school").agg(
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
    """Write the table of students in the format of the file's ending."""
    if str(path) != "-" and path.suffix.lower() not in _TABLES:
        raise InputError(
            f"`{path.name}` has an unknown ending. Use {', '.join(_TABLES)}, or .geojson for zones."
        )
    if path.suffix.lower() == ".xlsx":
        write_atomically(path, workbook({"walkzones": table}, [*COLUMNS.items()]))
        return
    with TableWriter(path, places=False) as writer:
        writer.write(table)
