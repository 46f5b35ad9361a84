"""What a region is, apart from its data: names, year, bands, rating schemes, sets of polygons."""

from collections.abc import Mapping
from dataclasses import dataclass

NOT_RATED = "not rated"
"""What figures call schools that a scheme does not rate; no label has it as its id."""


@dataclass(frozen=True)
class RatingLabel:
    """One label of a rating scheme.

    ``min`` is the least score that earns it (schemes of kind ``score``), ``colour`` a CSS hex
    colour or None for the default of its position, ``shape`` the letter or the name of the marker
    that tells it apart without colour; None for the label's id.
    """

    id: str
    name: str = ""
    min: float | None = None
    quality: bool = False
    colour: str | None = None
    shape: str | None = None


@dataclass(frozen=True)
class RatingScheme:
    """Ordered labels, which end is best, the codes that mean not rated, and the years it holds for.

    ``years`` are school years; empty means every year that has ratings. ``source`` says who rates.
    """

    id: str
    kind: str
    labels: tuple[RatingLabel, ...]
    best: str = "first"
    not_rated: tuple[str, ...] = ("",)
    years: tuple[str, ...] = ()
    source: str = ""

    @property
    def from_best(self) -> tuple[RatingLabel, ...]:
        """The labels, the best first."""
        return self.labels if self.best == "first" else self.labels[::-1]


@dataclass(frozen=True)
class ZoneSetInfo:
    """One set of attendance zones: its id and all grades that it serves."""

    id: str
    grades: tuple[str, ...]


@dataclass(frozen=True)
class AreaSetInfo:
    """One regionalisation: its id and a name to show."""

    id: str
    name: str


@dataclass(frozen=True)
class SourceInfo:
    """Where a dataset came from: shown under every map."""

    dataset: str
    file: str
    source: str = ""
    date: str = ""
    licence: str = ""


@dataclass(frozen=True)
class MeasureRules:
    """What a region settles about its measures.

    Attributes
    ----------
    distance
        ``straight`` or ``network``: along the region's streets.
    stable_years, stable_of_years
        A school is steady where it is a quality school in at least so many of the last so many years.
    top
        How many of the areas with the largest gaps are named.
    """

    distance: str = "straight"
    stable_years: int = 3
    stable_of_years: int = 4
    top: int = 3


@dataclass(frozen=True)
class WalkingRules:
    """Miles along the streets, by level, up to which a student walks to school."""

    elementary: float = 1.0
    middle: float = 1.5
    high: float = 2.0


EXACT_WARNING = (
    '`counts = "exact"` publishes true counts of {min_n} students and more: whoever subtracts two '
    "tables, areas, years or lists can find the exact number of a smaller group."
)
"""What exact counts do not protect against, in one sentence."""


@dataclass(frozen=True)
class ReleaseRules:
    """How public figures are protected: ``docs/release.md``.

    Attributes
    ----------
    counts
        ``protected``: counts carry noise; ``exact``: counts of the minimum cell size and more are published as they are.
    noise_sd, noise_bound
        Standard deviation and largest distance of protected counts, students; None: as the minimum cell size asks for.
    subgroups
        Columns of the student list that may be public filters.
    """

    counts: str = "protected"
    noise_sd: float | None = None
    noise_bound: int | None = None
    subgroups: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegionInfo:
    """Names and rules of one region, in the manifest's order."""

    id: str
    name: str
    metric_crs: str
    school_year: str
    min_n: int
    bands: Mapping[str, tuple[str, ...]]
    schemes: tuple[RatingScheme, ...]
    zone_sets: tuple[ZoneSetInfo, ...]
    area_sets: tuple[AreaSetInfo, ...]
    sources: tuple[SourceInfo, ...] = ()
    measures: MeasureRules = MeasureRules()
    release: ReleaseRules = ReleaseRules()
