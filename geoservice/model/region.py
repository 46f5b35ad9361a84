"""What a region is, apart from its data: names, year, bands, rating schemes, sets of polygons."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class RatingLabel:
    """One label of a rating scheme.

    ``min`` is the least score that earns it (schemes of kind ``score``), ``colour`` a CSS hex
    colour or None for the default of its position.
    """

    id: str
    name: str = ""
    min: float | None = None
    quality: bool = False
    colour: str | None = None


@dataclass(frozen=True)
class RatingScheme:
    """Ordered labels, which end is best, and the codes that mean not rated."""

    id: str
    kind: str
    labels: tuple[RatingLabel, ...]
    best: str = "first"
    not_rated: tuple[str, ...] = ("",)


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
