"""Map definitions: the schema of a definition file, which editors use to complete it."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from geoservice.cartography.definition.view_rules import bars_fault, name_fault, view_fault
from geoservice.cartography.texts import LANGUAGES
from geoservice.measures.available import lacking
from geoservice.measures.measure import LIST, RATINGS, ZONES
from geoservice.measures.registry import MEASURES
from geoservice.reference.snapshot import Reference

Kind = Literal[
    "reference",
    "zones",
    "ratings",
    "utilisation",
    "units",
    "hexagons",
    "flows",
    "destinations",
    "draw",
    "edges",
    "matrix",
    "scenario",
    "forecast",
]
Group = Literal["places", "homes", "travel", "quality", "change", "planning"]
"""Groups of the catalogue, in its order."""
LayerName = Literal["areas", "zones", "streets", "schools", "quality_schools"]
Unit = Literal["share", "students", "gap", "seats", "miles", "rank", "per_100"]
Palette = Literal["YlGnBu", "Blues", "Purples", "YlOrBr", "PuOr", "Greys"]
MEASURE_IDS = tuple(MEASURES)
_MEASURES_OF = {
    "flows": ("flows",),
    "destinations": ("zone_destinations",),
    "draw": ("school_draw",),
    "utilisation": ("utilisation",),
}
"""Measures of kinds of maps that show one without a view."""
_NEEDS_OF = {
    "ratings": (RATINGS,),
    "zones": (ZONES,),
    "edges": (RATINGS, ZONES),
    "scenario": (ZONES,),
    "forecast": (ZONES,),
}
"""What kinds of maps that show no measure need."""
_SETS_OF = {"flows": "areas", "destinations": "zones", "hexagons": ""}
"""The sets of units that kinds of maps need, where these are not those of their views."""
_GROUP_OF: Mapping[str, Group] = {
    "reference": "places",
    "zones": "places",
    "hexagons": "homes",
    "flows": "travel",
    "destinations": "travel",
    "draw": "travel",
    "utilisation": "planning",
}
_OF_HOMES = ("hexagons", "flows", "destinations", "draw")
"""Kinds of maps that show where students live."""
GROUPS: tuple[Group, ...] = get_args(Group)
PLANNED = ("scenario", "forecast")
"""Kinds of maps that show years to come."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wording(BaseModel):
    """A text in English, Spanish and any other language that figures have words in."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, str]
    en: str = Field(min_length=1)
    es: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check_languages(self) -> "Wording":
        if unknown := set(self.__pydantic_extra__) - set(LANGUAGES):
            raise ValueError(f"has no language {', '.join(sorted(unknown))}")
        return self

    def of(self, lang: str) -> str:
        """Return the text in a language; in English where it has no translation."""
        return getattr(self, lang, "") or self.en


class Classes(_Strict):
    """How numbers become classes, over all years and views that share them."""

    scheme: Literal["round", "fixed", "quantiles", "fisher_jenks", "equal_interval"] = Field(
        default="round",
        description="`round` has round breaks at even steps; breaks of the others are rounded.",
    )
    count: int = Field(default=5, ge=2, le=5, description="Most classes, unless fixed.")
    breaks: tuple[float, ...] = Field(
        default=(), description="Upper ends of all classes but the last."
    )
    palette: Palette = "YlGnBu"
    reverse: bool = Field(
        default=False, description="True where small numbers get the dark end of the palette."
    )

    @model_validator(mode="after")
    def _check_breaks(self) -> "Classes":
        if self.scheme == "fixed" and (
            not 1 <= len(self.breaks) <= 4 or list(self.breaks) != sorted(set(self.breaks))
        ):
            raise ValueError("needs 1 to 4 rising `breaks` where the scheme is `fixed`")
        return self


class View(_Strict):
    """A measure to show. A figure with several views shows a view at a time."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    measure: str = Field(json_schema_extra={"enum": list(MEASURE_IDS)})
    part: str = ""
    unit: Unit
    title: Wording
    classes: Classes = Classes()
    why_counts: Wording | None = Field(
        default=None,
        description="Why areas are colored by a raw number of students or seats. Without it, "
        "numbers of students and seats are colored per square mile, and gaps are refused.",
    )
    bars: Literal["", "rating"] = Field(
        default="",
        description="`rating` adds bars, columns and card lines by rating of the school attended.",
    )

    @property
    def is_per_square_mile(self) -> bool:
        """Return True if areas are colored by the number per square mile."""
        return self.unit in ("students", "seats") and self.why_counts is None

    @field_validator("measure")
    @classmethod
    def _check_measure(cls, measure: str) -> str:
        if measure not in MEASURE_IDS:
            raise ValueError(f"no such measure; there are {', '.join(MEASURE_IDS)}")
        return measure

    @field_validator("id")
    @classmethod
    def _check_id(cls, name: str) -> str:
        if fault := name_fault(name):
            raise ValueError(fault)
        return name

    @model_validator(mode="after")
    def _check_view(self) -> "View":
        if fault := view_fault(self.measure, self.part, self.unit):
            raise ValueError(fault)
        if self.bars and (fault := bars_fault(self.measure)):
            raise ValueError(fault)
        return self


class Definition(_Strict):
    """The definition of a map: its question, views, layers and texts."""

    id: str = Field(default="", exclude=True, description="The file's name; not written in it.")
    kind: Kind
    group: Group | None = Field(
        default=None, description="The group of the catalogue; by default that of the kind."
    )
    title: Wording
    question: Wording
    method: Wording
    layers: tuple[LayerName, ...] = Field(default=(), description="Context, the lowest first.")
    units: Literal["areas", "zones"] = "areas"
    band: Literal["first", "all", "only_all"] = Field(
        default="all",
        description="The band where none is chosen; `only_all` shows all grades always.",
    )
    years: Literal["one", "all"] = Field(default="one", description="`all` makes a frame per year.")
    labels: Literal["value", "rank", "none"] = "value"
    views: tuple[View, ...] = ()
    shows: Literal["zones", "utilisation", "access"] = Field(
        default="zones", description="What a map of a scenario shows before and after."
    )
    radius_miles: float = Field(default=1.0, gt=0, le=20, description="What counts as nearby.")

    @property
    def is_released(self) -> bool:
        """Return True if the map shows released figures: measures, or homes of students."""
        return bool(self.views) or self.kind in _OF_HOMES

    @property
    def catalogue_group(self) -> Group:
        """The group of the catalogue that the map is in."""
        if self.group is not None:
            return self.group
        if self.is_planned:
            return "planning"
        return _GROUP_OF.get(self.kind, "change" if self.years == "all" else "quality")

    @property
    def measures(self) -> tuple[str, ...]:
        """The ids of the measures that the map shows."""
        return (*_MEASURES_OF.get(self.kind, ()), *(view.measure for view in self.views))

    def lacking(self, reference: Reference) -> tuple[str, ...]:
        """Return the sections of ``region.toml`` without which the map has no data at all."""
        info = reference.info
        sets = {"areas": info.area_sets, "zones": info.zone_sets}
        by = _SETS_OF.get(self.kind, self.units if self.views else "")
        if by and not sets[by]:
            return (f"[[{by}]]",)
        missing = [lacking(MEASURES[measure].indispensable, reference) for measure in self.measures]
        kind_needs = lacking(_NEEDS_OF.get(self.kind, ()), reference)
        return kind_needs or (missing[0] if missing and all(missing) else ())

    @property
    def is_planned(self) -> bool:
        """True if the map shows a scenario or a forecast."""
        return self.kind in PLANNED

    @property
    def of_students(self) -> bool:
        """Return True if the measures of all views need students."""
        by_home = self.kind in _OF_HOMES
        return by_home or (
            bool(self.views) and all(LIST in MEASURES[view.measure].needs for view in self.views)
        )

    @model_validator(mode="after")
    def _check_views(self) -> "Definition":
        if self.kind in ("units", "matrix") and not self.views:
            raise ValueError("needs `[[views]]` for a map of this kind")
        if len({view.id for view in self.views}) != len(self.views):
            raise ValueError("has two `[[views]]` of one id")
        return self

    def method_in(self, lang: str) -> str:
        """Return the method in a language, with the reasons for colors by raw counts."""
        reasons = [view.why_counts.of(lang) for view in self.views if view.why_counts]
        return " ".join([self.method.of(lang), *dict.fromkeys(reasons)])

    @model_validator(mode="after")
    def _check_counts(self) -> "Definition":
        raw_units = {"units": ("gap",), "matrix": ("gap", "students", "seats")}.get(self.kind, ())
        for view in self.views:
            if view.unit in raw_units and view.why_counts is None:
                raise ValueError(
                    f"has the view `{view.id}`, which colors areas by a raw number; large areas "
                    "then look important. Say why in `why_counts`, or choose a share"
                )
        return self

    @model_validator(mode="after")
    def _check_hexagons(self) -> "Definition":
        for view in self.views if self.kind == "hexagons" else ():
            if not MEASURES[view.measure].is_of_homes:
                raise ValueError(
                    f"has the view `{view.id}` of `{view.measure}`, which is not counted by home; "
                    "a map of hexagons shows measures of homes alone"
                )
        return self

    @model_validator(mode="after")
    def _check_bars(self) -> "Definition":
        barred = [view for view in self.views if view.bars]
        if len(barred) > 1:
            raise ValueError("has two `[[views]]` with `bars`; leave one")
        if barred and (self.kind, self.units, self.years) != ("units", "areas", "one"):
            raise ValueError("has `bars`, which only maps of areas in one year can show")
        if barred and "schools" not in self.layers:
            raise ValueError(
                "has `bars`, whose colors the legend of schools explains; add `schools` to `layers`"
            )
        return self


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a definition's file, which editors complete by."""
    schema = Definition.model_json_schema()
    del schema["properties"]["id"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
