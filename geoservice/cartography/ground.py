"""What every composer of a figure works with: the choice resolved, the region, released tables, words."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl
import shapely

from geoservice.cartography.definition import Definition
from geoservice.cartography.figure import (
    Choice,
    Column,
    Frame,
    Layer,
    LegendEntry,
    Options,
    Row,
    Value,
)
from geoservice.cartography.released import Released
from geoservice.cartography.shapes import Box, area_shapes, area_table, zone_table
from geoservice.cartography.texts import THEMES, Texts, texts_of
from geoservice.cartography.values import Printer
from geoservice.errors import InputError, NotFoundError
from geoservice.model.region import RatingScheme
from geoservice.reference.snapshot import Reference
from geoservice.reference.yearly import told_years, yearly

ALL, ONLY_ALL = "all", "only_all"


@dataclass(frozen=True)
class Composed:
    """What a composer makes; captions turn it into a drawing.

    Attributes
    ----------
    schools, students
        Their numbers in the figure; students None where they are those of the area looked at.
    says
        Sentences of the alternative text, with the numbers of the figure.
    box
        What to show first where no area is chosen; None for the whole region.
    """

    layers: tuple[Layer, ...]
    frames: tuple[Frame, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    schools: int
    students: Value | None = None
    legend: tuple[LegendEntry, ...] = ()
    legend_title: str = ""
    notes: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    subject: str = ""
    bars_title: str = ""
    bars: tuple[tuple[str, Value], ...] = ()
    bars_most: float = 0.0
    options: Options = field(default_factory=Options)
    box: Box | None = None


@dataclass(frozen=True)
class Ground:
    """The inputs of one figure. ``choice`` is resolved: what applies is filled in."""

    definition: Definition
    choice: Choice
    reference: Reference
    released: Released

    @cached_property
    def kept(self) -> dict[str, pl.DataFrame]:
        """Tables that several parts of a figure ask for."""
        return {}

    @cached_property
    def texts(self) -> Texts:
        """Words in the chosen language."""
        return texts_of(self.choice.lang)

    @cached_property
    def printer(self) -> Printer:
        """Makes values of numbers."""
        return Printer(self.texts, self.reference.info.min_n)

    @cached_property
    def scheme(self) -> RatingScheme | None:
        """The region's first rating scheme."""
        schemes = self.reference.info.schemes
        return schemes[0] if schemes else None

    @cached_property
    def grades(self) -> tuple[str, ...]:
        """Grades of the chosen band; empty for all."""
        return tuple(self.reference.info.bands.get(self.choice.band, ()))

    @cached_property
    def zone_set(self) -> str:
        """The first set of zones that serves a grade of the band; empty where there is none."""
        sets = self.reference.info.zone_sets
        asked = self.choice.areas
        if any(one.id == asked for one in sets):
            return asked
        fitting = [one.id for one in sets if not self.grades or set(one.grades) & set(self.grades)]
        return fitting[0] if fitting else ""

    @cached_property
    def area_set(self) -> str:
        """The chosen regionalisation; the first where the choice names zones or nothing."""
        sets = [one.id for one in self.reference.info.area_sets]
        return self.choice.areas if self.choice.areas in sets else next(iter(sets), "")

    @cached_property
    def area_shape(self) -> shapely.Geometry | None:
        """The area to look at, None for the whole region."""
        if not self.choice.area:
            return None
        ids = area_table(self.reference, self.area_set)["id"].to_list()
        found: shapely.Geometry = area_shapes(self.reference, self.area_set)[
            ids.index(self.choice.area)
        ]
        return found

    @cached_property
    def schools(self) -> pl.DataFrame:
        """All schools with the seats and the enrolment of the chosen year, and whether they are open in it (``is_open``)."""
        table, year = self.reference.schools(), self.choice.year
        if not year:
            return table.with_columns(is_open=True)
        named = table.unique("id", keep="first", maintain_order=True).rename({"id": "school_id"})
        return yearly(named, self.reference, [year]).drop("year").rename({"school_id": "id"})

    @cached_property
    def labels(self) -> dict[str, str]:
        """Rating label of each rated school in the chosen year."""
        found = self._ratings.drop_nulls("label").unique(
            "school_id", keep="first", maintain_order=True
        )
        return dict(found.select("school_id", "label").iter_rows())

    @cached_property
    def unrated(self) -> frozenset[str]:
        """Schools of which the files say that the chosen year has no rating of them: of all others without one nothing is known."""
        return frozenset(self._ratings["school_id"]) - self.labels.keys()

    @property
    def _ratings(self) -> pl.DataFrame:
        scheme = self.scheme.id if self.scheme else ""
        return self.reference.ratings().filter(year=self.choice.year, scheme=scheme)

    @cached_property
    def zones(self) -> pl.DataFrame:
        """Zones of the chosen set: ``id``, ``name``, ``school_id``."""
        return zone_table(self.reference, self.zone_set)


def ground(
    definition: Definition, choice: Choice, reference: Reference, released: Released
) -> Ground:
    """The ground of a figure.

    Raises
    ------
    NotFoundError
        Where the region has no such set, area, band, year, zone or school.
    InputError
        Where language or theme are unknown.
    """
    made = _asked(definition, choice, reference, released)
    years = years_of(definition, reference, released)
    _known("year", choice.year, years)
    _known("beside", choice.beside, years)
    areas = made.zone_set if definition.units == "zones" else made.area_set
    year = latest(choice, reference, years)
    resolved = replace(made.choice, areas=choice.areas or areas, year=year)
    return Ground(definition, resolved, reference, released)


def latest(choice: Choice, reference: Reference, years: Sequence[str]) -> str:
    """The year of a figure: the one chosen, else the region's own where it is among them, else the last."""
    own = reference.info.school_year
    return choice.year or (own if own in years else (years[-1] if years else ""))


def _asked(
    definition: Definition, choice: Choice, reference: Reference, released: Released
) -> Ground:
    """The ground of a choice whose band is filled in, once all but its year is known to exist."""
    info = reference.info
    texts_of(choice.lang)
    if choice.theme not in THEMES:
        raise InputError(f"`theme` must be one of {', '.join(THEMES)}.")
    sets = [*(one.id for one in info.area_sets), *(one.id for one in info.zone_sets)]
    bands = [*info.bands, ALL]
    _known("areas", choice.areas, sets)
    _known("band", choice.band, bands)
    band = choice.band or (bands[0] if definition.band == "first" else ALL)
    if definition.band == ONLY_ALL:
        band = ALL
    made = Ground(definition, replace(choice, band=band), reference, released)
    _known("area", choice.area, area_table(reference, made.area_set)["id"].to_list())
    _known("zone", choice.zone, made.zones["id"].to_list())
    _known("school", choice.school, reference.schools()["id"].to_list())
    _known("view", choice.view, [one.id for one in definition.views])
    return made


def years_of(definition: Definition, reference: Reference, released: Released) -> list[str]:
    """School years that a figure can show, ascending."""
    return list(released.years() if definition.is_released else told_years(reference))


def _known(name: str, value: str, known: list[str]) -> None:
    if value and value not in known:
        raise NotFoundError(f"The region has no such `{name}`.", parameter=name)


def needs(
    definition: Definition, choice: Choice, reference: Reference
) -> tuple[tuple[str, str], ...]:
    """The released tables that a figure is made of: measures and the set of units of each.

    What cannot be chosen is told here, before anything is counted.
    """
    made = _asked(definition, choice, reference, Released())
    units = made.zone_set if definition.units == "zones" else made.area_set
    found = [("residents", made.area_set), *((one.measure, units) for one in definition.views)]
    if definition.labels == "rank":
        found.append(("need_rank", units))
    kinds = {"flows": ("flows", made.area_set), "destinations": ("zone_destinations", made.zone_set),
             "draw": ("school_draw", "school"), "hexagons": ("residents", "hexagons")}  # fmt: skip
    if definition.kind in kinds:
        found.append(kinds[definition.kind])
    return tuple(dict.fromkeys(one for one in found if one[1]))
