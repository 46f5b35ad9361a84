"""Description of a region without its data: names, year, bands, rating schemes, polygon sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_RATED = "not rated"
"""Name of schools without a rating in figures; no label has this id."""
Names = Mapping[str, str]
"""A displayed name by language, such as ``{"en": "Wards", "es": "Distritos electorales"}``."""


def name_in(lang: str, names: Names, name: str) -> str:
    """Return a name in a language; without a translation the name itself."""
    return names.get(lang, name)


@dataclass(frozen=True)
class RatingLabel:
    """A label of a rating scheme.

    ``min`` is the lowest score of the label (schemes of kind ``score``). ``colour`` is a CSS hex
    colour; None for the default colour of its position. ``shape`` is the letter or the name of the
    marker that distinguishes the label without colour; None for the label's id.
    """

    id: str
    name: str = ""
    min: float | None = None
    quality: bool = False
    colour: str | None = None
    shape: str | None = None
    names: Names = field(default_factory=dict, hash=False)

    def named(self, lang: str) -> str:
        """Return the displayed name in a language; the id where the label has no name."""
        return name_in(lang, self.names, self.name) or self.id


@dataclass(frozen=True)
class RatingScheme:
    """Ordered labels, the best end, the codes for not rated, and the valid school years.

    Empty ``years`` means all years with ratings. ``source`` names the publisher of the ratings.
    """

    id: str
    kind: str
    labels: tuple[RatingLabel, ...]
    best: str = "first"
    not_rated: tuple[str, ...] = ("",)
    years: tuple[str, ...] = ()
    source: str = ""
    name: str = ""
    names: Names = field(default_factory=dict, hash=False)

    def named(self, lang: str) -> str:
        """Return the displayed name in a language; the id where the scheme has no name."""
        return name_in(lang, self.names, self.name) or self.id

    @property
    def from_best(self) -> tuple[RatingLabel, ...]:
        """The labels, the best first."""
        return self.labels if self.best == "first" else self.labels[::-1]


@dataclass(frozen=True)
class ZoneSetInfo:
    """A set of attendance zones: its id, all grades that it serves and its display name."""

    id: str
    grades: tuple[str, ...]
    name: str = ""
    names: Names = field(default_factory=dict, hash=False)

    def named(self, lang: str) -> str:
        """Return the displayed name in a language; the id where the set has no name."""
        return name_in(lang, self.names, self.name) or self.id


@dataclass(frozen=True)
class AreaSetInfo:
    """A set of areas: its id and its display name."""

    id: str
    name: str
    names: Names = field(default_factory=dict, hash=False)

    def named(self, lang: str) -> str:
        """Return the displayed name in a language; the id where the set has no name."""
        return name_in(lang, self.names, self.name) or self.id


@dataclass(frozen=True)
class SourceInfo:
    """Source of a dataset; shown under each map."""

    dataset: str
    file: str
    source: str = ""
    date: str = ""
    licence: str = ""


@dataclass(frozen=True)
class MeasureRules:
    """Rules of a region for its measures.

    Attributes
    ----------
    distance
        ``straight`` or ``network``: along the region's streets.
    stable_years, stable_of_years
        A school is a steady quality school if it is a quality school in ``stable_years`` of the
        last ``stable_of_years`` years.
    top
        Number of areas with the largest gaps that are named.
    """

    distance: str = "straight"
    stable_years: int = 3
    stable_of_years: int = 4
    top: int = 3


@dataclass(frozen=True)
class WalkingRules:
    """Maximum walking distance to school by level, in miles along the streets."""

    elementary: float = 1.0
    middle: float = 1.5
    high: float = 2.0


EXACT_WARNING = (
    '`counts = "exact"` publishes true counts of {min_n} students and more: whoever subtracts two '
    "tables, areas, years or lists can find the exact number of a smaller group."
)
"""The risk of exact counts, in one sentence."""


@dataclass(frozen=True)
class ReleaseRules:
    """Protection of public figures, explained in ``docs/release.md``.

    Attributes
    ----------
    counts
        ``protected``: counts carry noise; ``exact``: counts of the minimum cell size and more are
        published as they are.
    noise_sd, noise_bound
        Standard deviation and maximum of the noise, in students; None for the values that follow
        from the minimum cell size.
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
    names: Names = field(default_factory=dict, hash=False)

    def named(self, lang: str) -> str:
        """Return the displayed name in a language."""
        return name_in(lang, self.names, self.name)
