"""Maps: the catalogue, and all formats of a figure from one drawing."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import shapely

from geoservice.cartography.compose.compose import draw
from geoservice.cartography.definition.definition import Definition
from geoservice.cartography.definition.definition_files import DefinitionFolders
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.ground import ground, needs
from geoservice.cartography.figure.plans import ForecastPlan, ScenarioPlan
from geoservice.cartography.figure.released import Released
from geoservice.cartography.formats import format_of
from geoservice.cartography.page.config import figure_json
from geoservice.cartography.page.layers import layer_json
from geoservice.cartography.texts import LANGUAGES
from geoservice.errors import ConflictError, NotFoundError
from geoservice.model.settings import Settings
from geoservice.model.shipped import shipped_folder
from geoservice.reference.snapshot import Reference
from geoservice.release.rules import noise_of
from geoservice.reports.wording import captions, offences
from geoservice.service.kept import Kept
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures
from geoservice.service.stages import stage
from geoservice.service.students import Students

if TYPE_CHECKING:  # They take half a second to load, and few runs of the command line need them.
    from geoservice.cartography.page.page import Page
    from geoservice.service.planned_maps import PlannedMaps

PLANNING = "planning"
"""The folder of maps of scenarios and forecasts, below the others."""
_MOST_DRAWINGS = 128
_MOST_TABLES = 32
"""Cached released tables, for the same figure of other areas: more than a report has."""
KEEPS_A_LIST = "geoservice students add"


class Maps:
    """All maps over the regions and students of one data folder. Safe to share between threads."""

    def __init__(
        self, settings: Settings, measures: Measures | None = None, folder: Path | None = None
    ) -> None:
        """Take the maps of ``folder``, by default the shipped folder, and of ``settings.maps``."""
        self._settings = settings
        self._students = Students(settings)
        self.measures = measures or Measures(settings)
        shipped = folder or shipped_folder("maps")
        own_folders = (settings.maps,) if settings.maps else ()
        plans = shipped / PLANNING
        self._definitions = DefinitionFolders((shipped, *own_folders))
        self._plan_definitions = DefinitionFolders((plans,) if plans.is_dir() else ())
        self._drawn: Kept[Drawing] = Kept(_MOST_DRAWINGS, lambda _: 1)
        self._tables: Kept[Released] = Kept(_MOST_TABLES, lambda _: 1)

    @cached_property
    def _planned(self) -> "PlannedMaps":
        from geoservice.service.planned_maps import PlannedMaps

        return PlannedMaps(self._settings)

    def catalogue(self) -> tuple[Definition, ...]:
        """Return all maps with a valid definition."""
        return self._definitions.definitions()

    def planned(self) -> tuple[Definition, ...]:
        """Return all maps of scenarios and forecasts."""
        return self._plan_definitions.definitions()

    def offered(self, reference: Reference) -> tuple[Definition, ...]:
        """Return the maps that a region has data for."""
        absent = {definition.id for definition, _ in self.absent(reference)}
        drawable = (definition for definition in self.catalogue() if definition.id not in absent)
        planned = (
            definition for definition in self.planned() if self._planned.has(definition, reference)
        )
        return (*drawable, *planned)

    def has_plan(self, definition: Definition, reference: Reference) -> bool:
        """Return True if a region has the scenarios or years that a map shows."""
        return self._planned.has(definition, reference)

    def absent(self, reference: Reference) -> tuple[tuple[Definition, tuple[str, ...]], ...]:
        """Return the maps that a region has no data for, and the missing inputs of each.

        Inputs are sections of ``region.toml``, or the command that stores a list of students.
        """
        is_listed = bool(self._students.list(reference.info.id))
        lacking = (
            (definition, definition.lacking(reference) or _list_of(definition, is_listed))
            for definition in self.catalogue()
        )
        return tuple((definition, files) for definition, files in lacking if files)

    def check(self) -> list[str]:
        """Return the faults of the definitions, with file, line and remedy.

        Captions that recommend or judge are faults too.
        """
        where = self._definitions.location
        judging = [
            str(offence)
            for lang in LANGUAGES
            for definition in self.catalogue()
            for offence in offences(captions(definition, lang, where), lang)
        ]
        return self._definitions.faults() + self._plan_definitions.faults() + judging

    def drawing(
        self, map_id: str, reference: Reference, choice: Choice, students: str = ""
    ) -> Drawing:
        """Return the drawing of a map, cached until definition, region or students change."""
        definition = self._definition(map_id)
        if missing := definition.lacking(reference):
            raise NotFoundError(
                "The region has no data for this map. "
                f"Add {' and '.join(missing)} to `region.toml`."
            )
        stamp = self.stamp(map_id, reference, choice, students)
        return self._drawn.get(
            stamp, lambda: self._new_drawing(definition, reference, choice, students)
        )

    def page(
        self,
        map_id: str,
        reference: Reference,
        choice: Choice,
        students: str = "",
        *,
        head: str = "",
        base: str = "",
        is_full: bool = True,
    ) -> "Page":
        """Return the page that fetches its layers (`geoservice.cartography.page.page.map_page`)."""
        from geoservice.cartography.page.page import map_page

        catalogue = [
            (definition.id, definition.title.of(choice.lang))
            for definition in self.offered(reference)
        ]
        drawing = self.drawing(map_id, reference, choice, students)
        basemap = self._settings.basemap.of_page(is_embed=bool(base))
        with stage("page"):
            return map_page(
                drawing, catalogue, head=head, base=base, basemap=basemap, is_full=is_full
            )

    def figure(
        self, map_id: str, reference: Reference, choice: Choice, students: str = ""
    ) -> bytes:
        """Return the figure of a page as JSON, for comparison and for other programs."""
        return figure_json(self.drawing(map_id, reference, choice, students))

    def layer(
        self, map_id: str, layer: str, reference: Reference, choice: Choice, students: str = ""
    ) -> bytes:
        """Return one layer of a map as GeoJSON, which is the same for all themes."""
        same = replace(choice, theme="light")
        return layer_json(self.drawing(map_id, reference, same, students), layer)

    def export(
        self,
        map_id: str,
        ending: str,
        reference: Reference,
        choice: Choice,
        students: str = "",
        *,
        size: str = "",
    ) -> bytes:
        """Return a map in a format of `geoservice.cartography.formats.FORMATS`.

        Raises
        ------
        InputError
            If the form or the size are unknown.
        """
        output_format = format_of(ending)
        return output_format.write(self.drawing(map_id, reference, choice, students), size)

    def stamp(self, map_id: str, reference: Reference, choice: Choice, students: str = "") -> str:
        """Return a text that changes whenever a byte of the map may change, for ETags."""
        definition = self._definition(map_id)
        parts = (
            reference.info.id,
            reference.snapshot,
            self._students_stamp(reference),
            students,
            repr(choice),
            definition.model_dump_json(),
            self._planned.stamp(definition, reference, choice) if definition.is_planned else "",
        )
        return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()

    def save(
        self,
        map_id: str,
        target: Path,
        reference: Reference,
        choice: Choice,
        students: str = "",
        *,
        size: str = "",
    ) -> None:
        """Write a map in the format of the file's ending."""
        self.write(self.drawing(map_id, reference, choice, students), target, size=size)

    def write(self, drawing: Drawing, target: Path, *, size: str = "") -> None:
        """Write a drawing in the format of the file's ending."""
        content = format_of(target.suffix.lower().removeprefix(".")).write(drawing, size)
        self.write_content(content, target)

    @staticmethod
    def write_content(content: bytes, target: Path) -> None:
        """Write the bytes of a map to a file; a write that fails leaves no part of it."""
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            part.write_bytes(content)
            part.replace(target)
        except OSError as fault:
            from geoservice.tables.writing import storage_fault

            raise storage_fault(fault, target) from fault
        finally:
            part.unlink(missing_ok=True)

    def scenario_drawing(
        self, map_id: str, reference: Reference, plan: ScenarioPlan, choice: Choice, profile: str
    ) -> Drawing:
        """Return the drawing of a scenario that is already computed."""
        definition = self._definition(map_id)
        released = replace(self._released_plan(plan, reference), profile=profile)
        return draw(definition, choice, reference, released)

    def _released_plan(
        self, plan: ScenarioPlan | ForecastPlan, reference: Reference, students: str = ""
    ) -> Released:
        """Return a plan with the public numbers of residents and of matched addresses."""
        noise, tables = noise_of(reference.info), {}
        if reference.info.area_sets:
            units = reference.info.area_sets[0].id
            with suppress(NotFoundError, ConflictError):
                table = self.measures.table(
                    "residents", reference, MeasureChoice(units, students=students)
                )
                tables["residents", units] = table
        if noise is None:
            return Released(tables, plan=plan)
        return Released(tables, plan=plan, noise_bound=noise.bound, noise_sd=noise.sd)

    def _definition(self, map_id: str) -> Definition:
        planned = {definition.id: definition for definition in self.planned()}
        return planned.get(map_id) or self._definitions.definition(map_id)

    def _new_drawing(
        self, definition: Definition, reference: Reference, choice: Choice, students: str
    ) -> Drawing:
        if definition.is_planned:
            plan = self._planned.plan(definition, reference, choice, students)
            released = self._released_plan(plan, reference, students)
            with stage("drawing"):
                return replace(draw(definition, choice, reference, released), students=students)
        # What no figure can show is told before the figures are worked out; years follow from them.
        ground(definition, replace(choice, year="", beside=""), reference, Released())
        whole_region = replace(choice, area="")  # An area is looked at in the same tables.
        released = self._tables.get(
            self.stamp(definition.id, reference, whole_region, students),
            lambda: self._released(definition, reference, whole_region, students),
        )
        with stage("drawing"):
            return replace(draw(definition, choice, reference, released), students=students)

    def _released(
        self, definition: Definition, reference: Reference, choice: Choice, students: str
    ) -> Released:
        """Return all released tables that the figure needs."""
        tables: dict[tuple[str, str], pl.DataFrame] = {}
        hexagons: Mapping[str, shapely.Geometry] = {}
        needed = list(needs(definition, choice, reference))
        for number, (measure, units) in enumerate(needed, start=1):
            try:
                with stage("numbers", number, len(needed)):
                    tables[measure, units] = self.measures.table(
                        measure, reference, MeasureChoice(units, students=students)
                    )
            except NotFoundError:  # No students.
                if definition.of_students or students:
                    raise
            except ConflictError:  # None that can be counted as they are.
                if definition.is_released or students:
                    raise
        if any("hexagons" in key or "school_draw" in key for key in tables):
            hexagons = self.measures.hexagons(reference, students)
        noise = noise_of(reference.info)
        if noise is None:
            return Released(tables, hexagons)
        return Released(tables, hexagons, noise_bound=noise.bound, noise_sd=noise.sd)

    def _students_stamp(self, reference: Reference) -> str:
        data_sets = self._students.list(reference.info.id)
        return " ".join(sorted(f"{about['name']}:{about['version']}" for about in data_sets))


def _list_of(definition: Definition, is_listed: bool) -> tuple[str, ...]:
    """Return the command that a map of students needs, if the region has no list of students."""
    return () if is_listed or not definition.of_students else (KEEPS_A_LIST,)
