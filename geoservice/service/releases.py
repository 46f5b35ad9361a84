"""What the release of some students hides and what can be worked out of it: the audit for its owner's eyes."""

from dataclasses import dataclass

import polars as pl

from geoservice.measures.plan import COST, FINDINGS
from geoservice.measures.publish import Publication
from geoservice.measures.release_tables import STAGES

_TABLES = pl.concat_str([
    pl.col("units").str.extract(r"\|(.*)").str.replace("|", ", ", literal=True).fill_null(pl.when(pl.col("units").str.starts_with("s_") | (pl.col("units") == "school"))
    .then(pl.lit("attenders")).otherwise(pl.lit("residents"))),
    pl.col("units").str.extract(r"^(?:s_)?([^|]*)"),
], separator=" by ").alias("tables")  # fmt: skip
"""Names of tables for people: what they tell, and by which kind of units."""


@dataclass(frozen=True)
class Audited:
    """The audit of a release.

    Attributes
    ----------
    findings
        ``tables`` and `geoservice.measures.plan.FINDINGS`: between which numbers each line that is not shown lies for a
        reader of everything that is, and how wide that must be.
    cost
        ``tables`` and `geoservice.measures.plan.COST`, of units and bands.
    """

    findings: pl.DataFrame
    cost: pl.DataFrame

    @property
    def failed(self) -> pl.DataFrame:
        """Findings that are narrower than they must be: their stage is withheld whole."""
        return self.findings.filter(pl.col("high") - pl.col("low") < pl.col("needed") - 1e-3)

    def kept_share(self, tables: str) -> float:
        """Share of students who stay in lines that are shown, of some tables by unit, band and year."""
        some = self.cost.filter(tables=tables)
        whole, hidden = int(some["students"].sum()), int(some["students_hidden"].sum())
        return 1.0 - hidden / whole if whole else 1.0


def audited(publication: Publication) -> Audited:
    """Make every stage of a release, and gather its audit."""
    findings, cost = [], []
    for stage in STAGES:
        made = publication.plan(stage)
        findings.append(made.findings.select(pl.lit(stage).alias("tables"), *FINDINGS))
        cost.append(made.cost.select(_TABLES, *COST))
    return Audited(pl.concat(findings), pl.concat(cost))
