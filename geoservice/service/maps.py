"""Maps: the catalogue, drawings, pages and files."""

import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from geoservice.cartography.definition import Definition, find_definition, load_definitions
from geoservice.cartography.drawing import Choice, Drawing, draw, layer_json
from geoservice.cartography.page import Page, file_page, map_page
from geoservice.errors import InputError
from geoservice.measures.coverage import coverage
from geoservice.measures.release import Released, release
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.students import Students
from geoservice.tables.writing import storage_fault

FOLDER = Path(__file__).resolve().parents[2] / "maps"


class Maps:
    """All maps over the regions and students of one data folder."""

    def __init__(self, settings: Settings, folder: Path = FOLDER) -> None:
        self._students = Students(settings)
        self._folder = folder
        self._layer = lru_cache(maxsize=64)(self._drawn_layer)

    def catalogue(self) -> tuple[Definition, ...]:
        """All definitions; an error names file, line and remedy."""
        return load_definitions(self._folder)

    def drawing(
        self, map_id: str, reference: Reference, choice: Choice, students: str = ""
    ) -> Drawing:
        """The drawing of a map."""
        definition = find_definition(self._folder, map_id)
        released = None
        if definition.of_students:
            released = self._released(reference, choice, students)
        return draw(definition, choice, reference, released)

    def page(self, map_id: str, reference: Reference, choice: Choice, students: str = "") -> Page:
        """The page that fetches its layers."""
        drawing = self.drawing(map_id, reference, choice, students)
        query = {"region": reference.info.id, "areas": choice.areas, "area": choice.area,
                 "band": choice.band, "year": choice.year, "students": students}  # fmt: skip
        tail = urlencode({key: value for key, value in query.items() if value})
        urls = {one: f"/maps/{map_id}/layers/{one}.geojson?{tail}" for one in
                drawing.definition.layers}  # fmt: skip
        return map_page(drawing, reference, urls)

    def layer(
        self, map_id: str, layer: str, reference: Reference, choice: Choice, students: str = ""
    ) -> bytes:
        """One layer of a map as GeoJSON; kept in memory where no student is in it."""
        if find_definition(self._folder, map_id).of_students:
            return layer_json(self.drawing(map_id, reference, choice, students), layer, reference)
        return self._layer(map_id, layer, reference, choice)

    def file(self, map_id: str, reference: Reference, choice: Choice, students: str = "") -> str:
        """A map as the text of one self-contained file."""
        return file_page(self.drawing(map_id, reference, choice, students), reference)

    def save(
        self, map_id: str, target: Path, reference: Reference, choice: Choice, students: str = ""
    ) -> None:
        """Write a map as one self-contained file.

        Raises
        ------
        InputError
            Where the ending is not `.html`.
        """
        if target.suffix.lower() != ".html":
            raise InputError("A map is written as .html. Other forms are not offered yet.")
        text = self.file(map_id, reference, choice, students)
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            beside.write_text(text, "utf-8")
            beside.replace(target)
        except OSError as fault:
            raise storage_fault(fault, target) from fault
        finally:
            beside.unlink(missing_ok=True)

    def _drawn_layer(self, map_id: str, layer: str, reference: Reference, choice: Choice) -> bytes:
        return layer_json(self.drawing(map_id, reference, choice), layer, reference)

    def _released(self, reference: Reference, choice: Choice, students: str) -> Released:
        sets = [one.id for one in reference.info.area_sets]
        areas = choice.areas or (sets[0] if sets else "")
        if areas not in sets:
            raise InputError("The region has no such regionalisation in `areas`.")
        placed = self._students.table(reference.info.id, students)
        return release(coverage(placed, reference.zip_areas(), areas), reference.info.min_n)
