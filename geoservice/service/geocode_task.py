"""One file to geocode: its columns and layout, the file for the result, and the workers."""

from dataclasses import dataclass
from pathlib import Path

from geoservice.placing.options import PlaceOptions
from geoservice.tables.layout import TO_BE_FOUND, TableLayout


@dataclass(frozen=True)
class GeocodeTask:
    """A file to geocode into another file.

    Attributes
    ----------
    options
        The columns of the address, grade, school and id.
    excel
        True to write cells with leading zeros as ``="00123"``.
    encoding
        Encoding of a text file; None to detect it.
    layout
        Sheet and header row of the table in its file.
    workers
        Number of processes.
    retry
        True if the file is an earlier result, of which the rows without a match are placed again.
    scheduler
        Address of a Dask cluster that works instead of the processes.
    """

    source: Path
    target: Path
    options: PlaceOptions
    excel: bool = False
    encoding: str | None = None
    layout: TableLayout = TO_BE_FOUND
    workers: int = 1
    scheduler: str = ""
    retry: bool = False
