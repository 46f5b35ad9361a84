"""What the release of some students hides and what can be worked out of it: the audit for its owner's eyes."""

from dataclasses import dataclass

import polars as pl

from geoservice.measures.plan import COST, FINDINGS
from geoservice.measures.publish import Publication


@dataclass(frozen=True)
class Audited:
    """The audit of a release.

    Attributes
    ----------
    findings
        ``tables`` and `geoservice.measures.plan.FINDINGS`: between which numbers each line that is not shown lies for a
        reader of everything that is, and how wide that must be.
    cost
        ``tables`` and `geoservice.measures.plan.COST`.
    """

    findings: pl.DataFrame
    cost: pl.DataFrame

    @property
    def failed(self) -> pl.DataFrame:
        """Findings that are narrower than they must be: their tables are withheld whole."""
        return self.findings.filter(pl.col("high") - pl.col("low") < pl.col("needed") - 1e-3)

    def kept_share(self, tables: str) -> float:
        """Share of students who stay in lines that are shown, of some tables by unit, band and year."""
        some = self.cost.filter(tables=tables)
        whole, hidden = int(some["students"].sum()), int(some["students_hidden"].sum())
        return 1.0 - hidden / whole if whole else 1.0


def audited(publication: Publication) -> Audited:
    """Make every table of a release, and gather its audit."""
    findings, cost = [], []
    for name, kind in publication.names():
        made = publication.plan(name, kind)
        tables = pl.lit(f"{name} {kind}".strip()).alias("tables")
        findings.append(made.findings.select(tables, *FINDINGS))
        cost.append(made.cost.select(tables, *COST))
    return Audited(pl.concat(findings), pl.concat(cost))
