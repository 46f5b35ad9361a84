"""The input of every composer: the resolved choice, the region, released tables, words."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl
import shapely

from geoservice.cartography.definition.definition import Definition
from geoservice.cartography.figure.cells import Column, Row, Value
from geoservice.cartography.figure.choice import Choice, Options
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.layers import Layer
from geoservice.cartography.figure.released import Released
from geoservice.cartography.figure.shapes import Box, area_shapes, area_table, zone_table
from geoservice.cartography.figure.values import Printer
from geoservice.cartography.texts import THEMES, Texts, texts_of
from geoservice.errors import InputError, NotFoundError
from geoservice.model.region import RatingScheme, RegionInfo
from geoservice.reference.snapshot import Reference
from geoservice.reference.yearly import yearly, years_with_data

ALL, ONLY_ALL = "all", "only_all"
_MOST_LISTED = 12
"""Choices that an error lists; a district may have a hundred schools."""


@dataclass(frozen=True)
class Composed:
    """The result of a composer; captions turn it into a drawing.

    Attributes
    ----------
    schools, students
        Their numbers in the figure; students None if they are those of the area looked at.
    says
        Sentences of the alternative text, with the numbers of the figure.
    box
        What to show first where no area is chosen; None for the whole region.
    grades
        Grades that the figure counts, in words, if they are not those of the chosen band.
    ranked
        Ids of points from the largest value to the smallest, where a list of the ends is drawn.
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
    ranked: tuple[str, ...] = ()
    grades: str = ""


@dataclass(frozen=True)
class FigureGround:
    """The inputs of a figure; defaults of ``choice`` are filled in."""

    definition: Definition
    choice: Choice
    reference: Reference
    released: Released

    @cached_property
    def kept(self) -> dict[str, pl.DataFrame]:
        """Tables that several parts of a figure use."""
        return {}

    @cached_property
    def texts(self) -> Texts:
        """Words in the chosen language."""
        return texts_of(self.choice.lang)

    @cached_property
    def printer(self) -> Printer:
        """Makes values of numbers."""
        return Printer(self.texts, self.reference.info.min_n, self.choice.theme)

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
        """The first set of zones that serves a grade of the band; empty without such a set."""
        sets = self.reference.info.zone_sets
        set_id = self.choice.areas
        if any(candidate.id == set_id for candidate in sets):
            return set_id
        fitting = [
            candidate.id
            for candidate in sets
            if not self.grades or set(candidate.grades) & set(self.grades)
        ]
        return fitting[0] if fitting else ""

    @cached_property
    def area_set(self) -> str:
        """The chosen regionalisation; the first where the choice names zones or nothing."""
        sets = [candidate.id for candidate in self.reference.info.area_sets]
        return self.choice.areas if self.choice.areas in sets else next(iter(sets), "")

    @cached_property
    def area_shape(self) -> shapely.Geometry | None:
        """The area to look at, None for the whole region."""
        if not self.choice.area:
            return None
        ids = area_table(self.reference, self.area_set)["id"].to_list()
        shape: shapely.Geometry = area_shapes(self.reference, self.area_set)[
            ids.index(self.choice.area)
        ]
        return shape

    @cached_property
    def schools(self) -> pl.DataFrame:
        """Return all schools with seats, enrolment and ``is_open`` of the chosen year."""
        table, year = self.reference.schools(), self.choice.year
        if not year:
            return table.with_columns(is_open=True)
        named = table.unique("id", keep="first", maintain_order=True).rename({"id": "school_id"})
        return yearly(named, self.reference, [year]).drop("year").rename({"school_id": "id"})

    @cached_property
    def labels(self) -> dict[str, str]:
        """Rating label of each rated school in the chosen year."""
        rated = self._ratings.drop_nulls("label").unique(
            "school_id", keep="first", maintain_order=True
        )
        return dict(rated.select("school_id", "label").iter_rows())

    @cached_property
    def unrated(self) -> frozenset[str]:
        """Return the schools that the files list without a rating in the chosen year.

        Nothing is known about other schools without a rating.
        """
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
) -> FigureGround:
    """The ground of a figure.

    Raises
    ------
    NotFoundError
        If the region has no such set, area, band, year, zone or school.
    InputError
        If language or theme are unknown.
    """
    resolved_ground = _asked(definition, choice, reference, released)
    years = years_of(definition, reference, released)
    _known("year", choice.year, years)
    _known("beside", choice.beside, years)
    areas = resolved_ground.zone_set if definition.units == "zones" else resolved_ground.area_set
    year = latest(choice, reference, years)
    resolved = replace(resolved_ground.choice, areas=choice.areas or areas, year=year)
    return FigureGround(definition, resolved, reference, released)


def latest(choice: Choice, reference: Reference, years: Sequence[str]) -> str:
    """Return the chosen year, else the region's school year if it has data, else the last year."""
    school_year = reference.info.school_year
    return choice.year or (school_year if school_year in years else (years[-1] if years else ""))


def _asked(
    definition: Definition, choice: Choice, reference: Reference, released: Released
) -> FigureGround:
    """Check the choices, except the year, and fill in the band."""
    info = reference.info
    texts_of(choice.lang)
    if choice.theme not in THEMES:
        raise InputError(f"`theme` must be one of {', '.join(THEMES)}.")
    sets = [
        *(unit_set.id for unit_set in info.area_sets),
        *(unit_set.id for unit_set in info.zone_sets),
    ]
    bands = [*info.bands, ALL]
    _known("areas", choice.areas, sets)
    _known("band", choice.band, bands)
    band = choice.band or (_first_band(info) if definition.band == "first" else ALL)
    if definition.band == ONLY_ALL:
        band = ALL
    resolved = FigureGround(definition, replace(choice, band=band), reference, released)
    _known("area", choice.area, area_table(reference, resolved.area_set)["id"].to_list())
    _known("zone", choice.zone, resolved.zones["id"].to_list())
    _known("school", choice.school, reference.schools()["id"].to_list())
    _known("view", choice.view, [view.id for view in definition.views])
    return resolved


def _first_band(info: RegionInfo) -> str:
    """Return the first grade band that a set of zones serves, else the first of all bands."""
    zoned = {grade for zone_set in info.zone_sets for grade in zone_set.grades}
    bands = [band for band, grades in info.bands.items() if zoned & set(grades)]
    return next(iter([*bands, *info.bands, ALL]))


def years_of(definition: Definition, reference: Reference, released: Released) -> list[str]:
    """School years that a figure can show, ascending."""
    return list(released.years() if definition.is_released else years_with_data(reference))


def _known(name: str, value: str, choices: list[str]) -> None:
    if value and value not in choices:
        listed = ", ".join(map(str, choices[:_MOST_LISTED])) or "none"
        further = ", …" if len(choices) > _MOST_LISTED else ""
        raise NotFoundError(
            f"The region has no such `{name}`. Choices are: {listed}{further}.", parameter=name
        )


def needs(
    definition: Definition, choice: Choice, reference: Reference
) -> tuple[tuple[str, str], ...]:
    """Return the released tables of a figure: measures, and the set of units of each.

    Raises for impossible choices, before anything is counted.
    """
    resolved = _asked(definition, choice, reference, Released())
    units = resolved.zone_set if definition.units == "zones" else resolved.area_set
    needed = [
        ("residents", _units_of_residents(resolved)),
        *((view.measure, units) for view in definition.views),
    ]
    if definition.labels == "rank":
        needed.append(("need_rank", units))
    kinds = {
        "flows": ("flows", resolved.area_set),
        "destinations": ("zone_destinations", resolved.zone_set),
        "draw": ("school_draw", "school"),
        "hexagons": ("residents", "hexagons"),
    }
    if definition.kind in kinds:
        needed.append(kinds[definition.kind])
    return tuple(dict.fromkeys(need for need in needed if need[1]))


def _units_of_residents(ground: FigureGround) -> str:
    """Return the units whose district counts all residents of the band, for the facts.

    The district of a set of zones has the grades of the zones only, so it fits their band alone.
    """
    zones = ground.zone_set if ground.choice.band != ALL else ""
    return ground.area_set or zones or "hexagons"
