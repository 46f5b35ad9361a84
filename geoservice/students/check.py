"""Check of assignments: doubtful rows, rows out of place, differences from the file."""

from collections.abc import Mapping

import polars as pl

from geoservice.model.rights import SEPARATOR
from geoservice.reference.snapshot import Reference
from geoservice.students.attendance import CLOSED, UNKNOWN
from geoservice.students.refresh import assigned_zone

CHECKS: Mapping[str, str] = {
    "doubtful_zone": "nearer to the zone's edge than the place is known: the zone is doubtful",
    "grade_not_served": "the school attended does not serve the student's grade",
    "outside_region": "the address lies outside the region",
    "no_area": "the place lies in no area of the region",
    "no_zone": "the place lies in no zone that serves the grade",
    "reported_zone_differs": "the file states another zone than the place lies in",
    "reported_zone_differs_doubtful": "of these, the zone is doubtful",
    "reported_zone_unknown": "the region has no zone of the stated name",
    "reported_zone_unplaced": (
        "a zone is stated, and none could be assigned: the place is unknown, or no zone serves the "
        "grade"
    ),
    "unknown_school": "the region has no school of the id attended",
    "closed_school": "the school attended was not open in that year",
}


def failed_checks(frame: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Return a row per student and check that applies, in the order of `CHECKS`.

    Columns: ``row``, ``year``, ``grade``, ``check``, ``zone``, ``reported_zone``,
    ``school_of_right``, ``school_id``, ``zone_margin_m``, ``geo_uncertainty_m``.
    """
    rows = frame.with_columns(assigned_zone(frame).alias("zone"))
    rows = _with_agreement(_with_service(rows, reference), reference)
    columns = (
        "row",
        "year",
        "grade",
        "zone",
        "reported_zone",
        "school_of_right",
        "school_id",
        "zone_margin_m",
        "geo_uncertainty_m",
    )
    parts = [
        rows.filter(is_so.fill_null(value=False)).select(*columns, check=pl.lit(code))
        for code, is_so in _conditions(reference).items()
    ]
    return pl.concat(parts).select(*columns[:3], "check", *columns[3:])


def check_counts(findings: pl.DataFrame) -> dict[str, int]:
    """Return the number of rows of each check, including zeros."""
    counted = dict(findings.group_by("check").len().rows())
    return {code: counted.get(code, 0) for code in CHECKS}


def reported_count(frame: pl.DataFrame, reference: Reference) -> int:
    """Return the number of rows with a stated zone that can be compared."""
    rows = _with_agreement(frame.with_columns(assigned_zone(frame).alias("zone")), reference)
    return int(rows["agrees"].is_not_null().sum())


def _conditions(reference: Reference) -> dict[str, pl.Expr]:
    matched, doubtful = pl.col("geo_status") == "matched", pl.col("zone_doubtful")
    areas = [pl.col(f"area_{area_set.id}") for area_set in reference.info.area_sets]
    served = {grade for zone_set in reference.info.zone_sets for grade in zone_set.grades}
    stated, differs = pl.col("reported_zone") != "", ~pl.col("agrees")
    nowhere = pl.coalesce(*areas).is_null() if areas else pl.lit(value=False)
    return {
        "doubtful_zone": doubtful,
        "grade_not_served": ~pl.col("serves"),
        "outside_region": pl.col("geo_reason") == "outside_region",
        "no_area": matched & nowhere,
        "no_zone": matched & pl.col("zone").is_null() & pl.col("grade").is_in(sorted(served)),
        "reported_zone_differs": differs,
        "reported_zone_differs_doubtful": differs & doubtful,
        "reported_zone_unknown": stated & ~pl.col("is_zone"),
        "reported_zone_unplaced": stated & pl.col("is_zone") & pl.col("zone").is_null(),
        "unknown_school": pl.col("school_reason") == UNKNOWN,
        "closed_school": pl.col("school_reason") == CLOSED,
    }


def _with_service(frame: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Add ``serves``: the school attended serves the grade; null if either is unknown."""
    schools = reference.schools().unique("id", keep="first", maintain_order=True)
    pairs = schools.select(school_id="id", grade="grades").explode("grade").drop_nulls()
    schools_with_grades = pairs.select("school_id", is_told=pl.lit(value=True)).unique()
    joined = frame.join(
        pairs.with_columns(serves=pl.lit(value=True)),
        on=["school_id", "grade"],
        how="left",
        maintain_order="left",
    )
    joined = joined.join(schools_with_grades, on="school_id", how="left", maintain_order="left")
    can_tell = pl.col("is_told").fill_null(value=False) & pl.col("grade").is_not_null()
    return joined.with_columns(
        serves=pl.when(can_tell).then(pl.col("serves").fill_null(value=False))
    )


def _with_agreement(frame: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Add ``is_zone`` and ``agrees``.

    ``is_zone``: the region has the stated zone. ``agrees``: the stated zone is the assigned zone;
    null if either is unknown.
    """
    names = _with_shared(zone_names(reference), frame["zone"])
    stated = normalised(pl.col("reported_zone"))
    frame = frame.with_columns(stated.alias("stated"))
    pairs = names.select("zone", stated="name", agrees=pl.lit(value=True)).unique()
    zone_names_stated = names.select(stated="name", is_zone=pl.lit(value=True)).unique()
    joined = frame.join(pairs, on=["zone", "stated"], how="left", maintain_order="left")
    joined = joined.join(zone_names_stated, on="stated", how="left", maintain_order="left")
    is_zone = pl.col("is_zone").fill_null(value=False)
    can_tell = is_zone & pl.col("zone").is_not_null()
    return joined.with_columns(
        is_zone=is_zone, agrees=pl.when(can_tell).then(pl.col("agrees").fill_null(value=False))
    )


def zone_names(reference: Reference) -> pl.DataFrame:
    """Return ``zone`` and each ``name`` that files may use for it.

    Names are the zone's id and name, and the ids and names of its schools.
    """
    schools = reference.schools().unique("id", keep="first").select(school_id="id", school="name")
    zones = reference.zones().with_columns(pl.col("school_id").str.split(SEPARATOR))
    zones = zones.explode("school_id").join(schools, on="school_id", how="left")
    parts = [
        zones.select(zone="zone_id", name=normalised(pl.col(column).fill_null("")))
        for column in ("zone_id", "name", "school_id", "school")
    ]
    return pl.concat(parts).filter(pl.col("name") != "").unique()


def _with_shared(names: pl.DataFrame, zones: pl.Series) -> pl.DataFrame:
    """Return the names, plus the names of each zone for places in several zones."""
    shared = zones.drop_nulls().unique().to_frame("shared")
    shared = shared.filter(
        pl.col("shared").str.contains(SEPARATOR, literal=True)
        & ~pl.col("shared").is_in(names["zone"].implode())
    )
    parts = shared.with_columns(zone=pl.col("shared").str.split(SEPARATOR)).explode("zone")
    return pl.concat(
        [names, parts.join(names, on="zone").select("name", zone="shared").select(names.columns)]
    )


def normalised(text: pl.Expr) -> pl.Expr:
    """Return text in lower case without outer blanks, leading zeros and a spreadsheet's `.0`."""
    bare = text.str.strip_chars().str.to_lowercase().str.replace(r"^(\d+)\.0$", "$1")
    return bare.str.replace(r"^0+(.)", "$1")
