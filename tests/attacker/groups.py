"""What a reader knows from public facts: which combinations of place, grades and school exist.

A *group* is the set of students who share home places, grade band and school. Where a school stands, how it is rated and which
school a zone belongs to are public, so every count by these is a sum over groups. The number in each group is what the reader
wants to know.
"""

from dataclasses import dataclass

import polars as pl
from scipy import sparse

from geoservice.cohort.students import Cohort

LINE = ("band", "unit", "part", "to")
_KNOWN_FACTS = (
    "is_matched",
    "is_located",
    "is_served",
    "school_id",
    "is_known_school",
    "is_placed_school",
    "label",
    "quality",
    "rank",
    "right_school",
    "right_rank",
    "right_full",
    "attends_right",
    "in_zone",
    "has_zone",
)


@dataclass(frozen=True)
class Groups:
    """The groups of one school year, with the number of students in each, which the reader does not know.

    Attributes
    ----------
    table
        A row per group: public facts, ``band``, ``group`` (its row) and ``students``.
    units
        Columns of areas and zones.
    """

    table: pl.DataFrame
    units: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.table)

    def rows_of(self, masks: list[pl.Expr]) -> sparse.csr_matrix:
        """Return a matrix with a row per mask and a 1 for each group that it holds."""
        flags = self.table.select(
            mask.fill_null(value=False).cast(pl.Float64).alias(str(at))
            for at, mask in enumerate(masks)
        )
        return sparse.csr_matrix(flags.to_numpy().T)


def groups_of(cohort: Cohort, bands: dict[str, tuple[str, ...]], year: str) -> Groups:
    """Return the groups of a year."""
    students = cohort.students.filter(pl.col("year").cast(pl.String) == year)
    names = set(students.columns)
    units = tuple(name for name in students.columns if name.startswith(("area_", "zone_")))
    facts = [name for name in _KNOWN_FACTS if name in names]
    facts += [
        name for name in students.columns if name.startswith(("s_area_", "s_zone_", "in_zone_"))
    ]
    grade = pl.col("grade").cast(pl.String)
    band = pl.lit(None, dtype=pl.String)
    for name, grades in bands.items():
        band = pl.when(grade.is_in(list(grades))).then(pl.lit(name)).otherwise(band)
    keyed = students.with_columns(band.alias("band"))
    key = list(dict.fromkeys([*units, *facts, "band"]))
    texts = [pl.col(name).cast(pl.String) for name in key if keyed[name].dtype == pl.Enum]
    counted = keyed.with_columns(texts).group_by(key, maintain_order=True).agg(students=pl.len())
    return Groups(counted.with_row_index("group"), units)
