"""The fictional district with planning blocks and its four school years, made once for all tests."""

import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from geoservice.model.settings import Settings
from geoservice.service.fictional import add_fictional
from geoservice.service.regions import Regions
from geoservice.service.students import Students

SOURCE = Path(__file__).parents[1] / "shapefiles" / "riverbend"
INTERNAL = {"profile": "internal", "purpose": "test"}
CLOSE = {
    "id": "close-main",
    "name": {"en": "Close Main Elementary", "es": "Cerrar Main Elementary"},
    "region": "riverbend",
    "zones": "elementary",
    "first_year": "2024-25",
    "stay": {"grades": ["05"], "siblings": True},
    "changes": [{"close": "0101", "to": ["0102", "0103"]}],
}
"""A scenario of the district, as JSON."""


@dataclass(frozen=True)
class PlannedDistrict:
    """The district's folder, its data folder and its snapshot."""

    folder: Path
    settings: Settings

    @property
    def reference(self):
        return Regions(self.settings).open(str(self.folder))


@cache
def planned_district() -> PlannedDistrict:
    """The district; its secret is fixed, so that every run protects counts alike."""
    beside = Path(tempfile.mkdtemp(prefix="planned"))
    folder = beside / "district"
    shutil.copytree(SOURCE, folder)
    (beside / "home").mkdir(mode=0o700)
    (beside / "home" / "secret").write_text("the secret of a district that does not exist")
    settings = Settings.read({"GEOSERVICE_HOME": str(beside / "home")})
    reference = Regions(settings).open(str(folder))
    add_fictional(Students(settings), folder / "students.csv", reference)
    return PlannedDistrict(folder, settings)


def remove_planned_district() -> None:
    """Remove the district, if a test has made it."""
    if planned_district.cache_info().currsize:
        shutil.rmtree(planned_district().folder.parent)
        planned_district.cache_clear()


def toml_of_close() -> str:
    """The same scenario as a file."""
    return (
        'id = "close-main"\n'
        'name = { en = "Close Main Elementary", es = "Cerrar Main Elementary" }\n'
        'region = "riverbend"\nzones = "elementary"\nfirst_year = "2024-25"\n'
        'stay = { grades = ["05"], siblings = true }\n\n'
        '[[changes]]\nclose = "0101"\nto = ["0102", "0103"]\n'
    )
