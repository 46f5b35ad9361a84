"""Coverage-guided fuzzing of the readers with atheris: ``python -m tools.fuzz_coverage [-runs=N]``.

The first byte of an input chooses the reader: of addresses, or of a file by its ending. With
``FUZZ_ADDRESSES=1`` all inputs are addresses, which are read much faster than files. A reader may
refuse its input with a sentence (`GeoserviceError`); any other exception ends the run, and atheris
writes the input into the current folder. `make fuzz-coverage` installs atheris, which the lock of the
project does not name, and runs this.
"""

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

with atheris.instrument_imports(include=["geoservice.address", "geoservice.tables"]):
    from geoservice.address.lastline import Gazetteer
    from geoservice.address.reading import read_address
    from geoservice.tables.reading import read_table

from geoservice.errors import GeoserviceError

ENDINGS = (
    ".csv",
    ".tsv",
    ".txt",
    ".geojson",
    ".xlsx",
    ".parquet",
    ".csv.gz",
    ".zip",
    ".html",
    ".ods",
)
ONLY_ADDRESSES = os.environ.get("FUZZ_ADDRESSES") == "1"
TOWNS = Gazetteer(("SPRINGFIELD", "LAKE PARK"), ("CA",))


def fuzz_one(content: bytes) -> None:
    """Read one input as an address or as a file."""
    choice, body = content[:1], content[1:]
    reader = choice[0] % (2 * len(ENDINGS)) if choice else 0
    if ONLY_ADDRESSES or reader < len(ENDINGS):
        read_address(body.decode("utf-8", "surrogateescape"), "", "", "", TOWNS)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"fuzzed{ENDINGS[reader - len(ENDINGS)]}")
        path.write_bytes(body)
        with suppress(GeoserviceError):
            read_table(path)


def main() -> None:
    """Fuzz until the runs are used up or a reader fails."""
    atheris.Setup(sys.argv, fuzz_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
