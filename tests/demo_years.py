"""The four school years of the fictional district, placed once for all tests of measures."""

import tempfile
from functools import cache
from pathlib import Path

import polars as pl

from geoservice.demo.generate import SEED, STUDENTS
from geoservice.demo.history import earlier_years, write_year
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.reference.snapshot import Reference
from geoservice.service.students import RecordOptions, StudentFile, Students

_OPTIONS = PlaceOptions(address="address", grade="grade", school="school")
_ABOUT = {"owner": "tests", "agreement": "fictional", "expires": "2099-12-31"}


@cache
def four_years(reference: Reference, folder: Path) -> pl.DataFrame:
    """Students of the three earlier years and of the district's own, side by side."""
    with tempfile.TemporaryDirectory() as home:
        students = Students(Settings(home=Path(home), database_url=f"sqlite:///{home}/g.db"))
        students.add(StudentFile(folder / "students.csv", _OPTIONS), "now", reference, _ABOUT)
        for year in earlier_years():
            path = Path(home) / "students.csv"
            write_year(path, year, STUDENTS, SEED)
            students.add(
                StudentFile(path, _OPTIONS, records=RecordOptions(school_year=year)),
                f"in-{year}",
                reference,
                _ABOUT,
            )
        return students.years(reference.info.id)[0]
