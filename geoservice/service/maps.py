"""Maps: the catalogue, and every form of a figure from its one drawing."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl
import shapely

from geoservice.cartography.compose import draw
from geoservice.cartography.config import figure_json
from geoservice.cartography.definition import (
    Definition,
    faults,
    find_definition,
    load_definitions,
    place_of,
)
from geoservice.cartography.exports import export
from geoservice.cartography.figure import Choice, Drawing
from geoservice.cartography.ground import ground, needs
from geoservice.cartography.layers import layer_json
from geoservice.cartography.page import Page, file_page, map_page
from geoservice.cartography.released import Released
from geoservice.cartography.texts import LANGUAGES
from geoservice.errors import ConflictError, InputError, NotFoundError
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.release.rules import noise_of
from geoservice.reports.wording import captions, offences
from geoservice.service.kept import Kept
from geoservice.service.measures import Measures
from geoservice.service.students import Students
from geoservice.tables.writing import storage_fault

FOLDER = Path(__file__).resolve().parents[2] / "maps"
PICTURES = ("png", "svg", "pdf")
DATA = ("csv", "xlsx", "geojson", "gpkg")
_MOST_DRAWINGS = 128
_MOST_TABLES = 32
"""Figures whose released tables are kept, for the same figure of another area: more than a report has."""
ENDINGS = ("html", *PICTURES, *DATA)


class Maps:
    """All maps over the regions and students of one data folder. Safe to share between threads."""

    def __init__(
        self, settings: Settings, measures: Measures | None = None, folder: Path = FOLDER
    ) -> None:
        self._students = Students(settings)
        self.measures = measures or Measures(settings)
        self._folder = folder
        self._drawn: Kept[Drawing] = Kept(_MOST_DRAWINGS, lambda _: 1)
        self._tables: Kept[Released] = Kept(_MOST_TABLES, lambda _: 1)

    def catalogue(self) -> tuple[Definition, ...]:
        """All maps that are well defined."""
        return load_definitions(self._folder)

    def offered(self, reference: Reference) -> tuple[Definition, ...]:
        """The maps of which a region has any data."""
        return tuple(one for one in self.catalogue() if not one.lacking(reference))

    def absent(self, reference: Reference) -> tuple[tuple[Definition, tuple[str, ...]], ...]:
        """The maps of which a region has no data, each with what would bring it to ``region.toml``."""
        every = ((one, one.lacking(reference)) for one in self.catalogue())
        return tuple((one, files) for one, files in every if files)

    def check(self) -> list[str]:
        """What is wrong with the definitions: file, line, remedy; and captions that are not neutral."""
        where = partial(place_of, self._folder)
        judging = [str(one) for lang in LANGUAGES for definition in self.catalogue()
                   for one in offences(captions(definition, lang, where), lang)]  # fmt: skip
        return faults(self._folder) + judging

    def drawing(
        self, map_id: str, reference: Reference, choice: Choice, students: str = ""
    ) -> Drawing:
        """The drawing of a map; kept until the definition, the region or the students change."""
        definition = find_definition(self._folder, map_id)
        if missing := definition.lacking(reference):
            raise NotFoundError(
                f"The region has no data for this map. Add {' and '.join(missing)} to `region.toml`."
            )
        stamp = self.stamp(map_id, reference, choice, students)
        return self._drawn.get(
            stamp, lambda: self._new_drawing(definition, reference, choice, students)
        )

    def page(
        self, map_id: str, reference: Reference, choice: Choice, students: str = "", *,
        head: str = "", base: str = "",
    ) -> Page:  # fmt: skip
        """The page that fetches its layers (`geoservice.cartography.page.map_page`)."""
        catalogue = [(one.id, one.title.of(choice.lang)) for one in self.offered(reference)]
        drawing = self.drawing(map_id, reference, choice, students)
        return map_page(drawing, catalogue, head=head, base=base)

    def figure(
        self, map_id: str, reference: Reference, choice: Choice, students: str = ""
    ) -> bytes:
        """What a page knows of its figure, as JSON: for comparing and for other programs."""
        return figure_json(self.drawing(map_id, reference, choice, students))

    def layer(
        self, map_id: str, layer: str, reference: Reference, choice: Choice, students: str = ""
    ) -> bytes:
        """One layer of a map as GeoJSON: the same for all themes."""
        same = replace(choice, theme="light")
        return layer_json(self.drawing(map_id, reference, same, students), layer)

    def export(
        self, map_id: str, ending: str, reference: Reference, choice: Choice, students: str = "",
        *, size: str = "",
    ) -> bytes:  # fmt: skip
        """A map in one of `ENDINGS`.

        Raises
        ------
        InputError
            Where the form or the size are unknown.
        """
        known = _known(ending)
        return _exported(self.drawing(map_id, reference, choice, students), known, size)

    def stamp(self, map_id: str, reference: Reference, choice: Choice, students: str = "") -> str:
        """A text that changes where any byte of the map's forms may: for ETags."""
        definition = find_definition(self._folder, map_id)
        parts = (reference.info.id, reference.snapshot, self._students_stamp(reference), students, repr(choice),
                 definition.model_dump_json())  # fmt: skip
        return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()

    def save(
        self, map_id: str, target: Path, reference: Reference, choice: Choice, students: str = "",
        *, size: str = "",
    ) -> None:  # fmt: skip
        """Write a map as the form that the file's ending names."""
        self.write(self.drawing(map_id, reference, choice, students), target, size=size)

    def write(self, drawing: Drawing, target: Path, *, size: str = "") -> None:
        """Write a drawing as the form that the file's ending names."""
        content = _exported(drawing, _known(target.suffix.lower().removeprefix(".")), size)
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            beside.write_bytes(content)
            beside.replace(target)
        except OSError as fault:
            raise storage_fault(fault, target) from fault
        finally:
            beside.unlink(missing_ok=True)

    def _new_drawing(
        self, definition: Definition, reference: Reference, choice: Choice, students: str
    ) -> Drawing:
        # What no figure can show is told before the figures are worked out; years follow from them.
        ground(definition, replace(choice, year="", beside=""), reference, Released())
        whole = replace(choice, area="")  # An area is looked at in the same tables.
        released = self._tables.get(
            self.stamp(definition.id, reference, whole, students),
            lambda: self._released(definition, reference, whole, students),
        )
        return replace(draw(definition, choice, reference, released), students=students)

    def _released(
        self, definition: Definition, reference: Reference, choice: Choice, students: str
    ) -> Released:
        """All tables that the figure needs, through the release."""
        tables: dict[tuple[str, str], pl.DataFrame] = {}
        hexagons: Mapping[str, shapely.Geometry] = {}
        for measure, units in needs(definition, choice, reference):
            try:
                tables[measure, units] = self.measures.table(measure, reference, units, students=students)  # fmt: skip
            except NotFoundError:  # No students.
                if definition.of_students or students:
                    raise
            except ConflictError:  # None that can be counted as they are.
                if definition.is_released or students:
                    raise
        if any("hexagons" in one or "school_draw" in one for one in tables):
            hexagons = self.measures.hexagons(reference, students)
        noise = noise_of(reference.info)
        if noise is None:
            return Released(tables, hexagons)
        return Released(tables, hexagons, noise_bound=noise.bound, noise_sd=noise.sd)

    def _students_stamp(self, reference: Reference) -> str:
        known = self._students.list(reference.info.id)
        return " ".join(sorted(f"{one['name']}:{one['version']}" for one in known))


def _known(ending: str) -> str:
    if ending not in ENDINGS:
        raise InputError(f"A map is written as {', '.join(ENDINGS)}.")
    return ending


def _exported(drawing: Drawing, ending: str, size: str) -> bytes:
    if ending == "html":
        return file_page(drawing).encode()
    if ending in PICTURES:
        # matplotlib takes half a second to import: only for those who want a picture.
        from geoservice.cartography.picture import picture

        return picture(drawing, ending, size)
    return export(drawing, ending)
