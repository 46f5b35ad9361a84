"""The fictional students of Riverbend as data sets: the year of their file and earlier years."""

import tempfile
from pathlib import Path

from geoservice.demo.generate import SEED, STUDENTS
from geoservice.demo.history import earlier_years, write_year
from geoservice.placing.options import PlaceOptions
from geoservice.placing.summary import Summary
from geoservice.reference.snapshot import Reference
from geoservice.service.students import RecordOptions, StudentFile, Students

NAME = "demo"
"""The data set of the file; those of earlier years have the year behind it."""
_ABOUT = {"owner": "demo", "agreement": "fictional", "expires": "2099-12-31"}
_OPTIONS = PlaceOptions(address="address", grade="grade", school="school", id="student_id")


def add_fictional(students: Students, file: Path, reference: Reference) -> Summary:
    """Add or replace the data sets of all years; return the summary of the file's own year."""
    with tempfile.TemporaryDirectory() as folder:
        for year in earlier_years():
            path = Path(folder) / "students.csv"
            write_year(path, year, STUDENTS, SEED)
            students.add(
                StudentFile(path, _OPTIONS, records=RecordOptions(school_year=year)),
                f"{NAME}-{year}",
                reference,
                _ABOUT,
                replace=True,
            )
    return students.add(StudentFile(file, _OPTIONS), NAME, reference, _ABOUT, replace=True)
