"""The fictional students of Riverbend as data sets of a region: the year of their file, and the years before it."""

import tempfile
from pathlib import Path

from geoservice.demo.generate import SEED, STUDENTS
from geoservice.demo.history import earlier_years, write_year
from geoservice.placing.options import PlaceOptions
from geoservice.placing.summary import Summary
from geoservice.reference.snapshot import Reference
from geoservice.service.students import RecordOptions, Students

NAME = "demo"
"""The data set of the file; those of earlier years have the year behind it."""
_ABOUT = {"owner": "demo", "agreement": "fictional", "expires": "2099-12-31"}
_OPTIONS = PlaceOptions(address="address", grade="grade", school="school", id="student_id")


def add_fictional(students: Students, file: Path, reference: Reference) -> Summary:
    """Add all years, or replace them where they are there; what came of the file's own year."""
    with tempfile.TemporaryDirectory() as beside:
        for year in earlier_years():
            path = Path(beside) / "students.csv"
            write_year(path, year, STUDENTS, SEED)
            students.add(path, f"{NAME}-{year}", _OPTIONS, reference, _ABOUT, replace=True,
                         records=RecordOptions(school_year=year))  # fmt: skip
    return students.add(file, NAME, _OPTIONS, reference, _ABOUT, replace=True)
