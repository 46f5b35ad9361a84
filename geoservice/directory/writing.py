"""The street directory as a file: CSV, workbook, searchable page, PDF."""

from pathlib import Path

import polars as pl

from geoservice.directory.ranges import DOUBT
from geoservice.errors import InputError
from geoservice.model.region import RegionInfo
from geoservice.tables.html_table import html_page
from geoservice.tables.sheets import workbook, write_atomically
from geoservice.tables.writing import TableWriter

FORMS = (".csv", ".tsv", ".parquet", ".xlsx", ".html", ".pdf")
_HEADINGS = {
    "street": "Street",
    "place": "Place",
    "low": "From",
    "high": "To",
    "parity": "Numbers",
    "side": "Side",
    "source": "Source",
    "doubtful": "Doubtful",
    "doubt": "Why",
}
_SHARES = {"street": 3.0, "place": 3.0, "low": 0.9, "high": 0.9, "parity": 1.2, "doubt": 1.4}


def write_directory(directory: pl.DataFrame, info: RegionInfo, snapshot: str, path: Path) -> None:
    """Write the directory in the format of the file ending.

    A workbook has an extra sheet for the doubtful lines.

    Raises
    ------
    InputError
        If the ending is unknown.
    """
    ending = path.suffix.lower()
    if str(path) != "-" and ending not in FORMS:
        raise InputError(
            f"`{path.name}` has an unknown ending for a directory. Use {', '.join(FORMS)}."
        )
    title = f"Street directory, {info.name}, {info.school_year}".rstrip(", ")
    if ending == ".xlsx":
        sheets = {"directory": directory, "doubtful": directory.filter("doubtful")}
        write_atomically(path, workbook(sheets, _about(info, snapshot)))
    elif ending == ".html":
        notes = [
            f"Snapshot {snapshot}. A line is doubtful where: "
            + "; ".join(f"{meaning} ({kind})" for kind, meaning in DOUBT.items())
            + "."
        ]
        write_atomically(path, html_page(title, notes, _shown(directory), _headings(directory)))
    elif ending == ".pdf":
        write_atomically(path, _pdf(title, directory))
    else:
        with TableWriter(path, places=False) as writer:
            writer.write(directory)


def _shown(directory: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of the page and the PDF: names of schools, not ids."""
    named = [
        name for name in directory.columns if name.startswith("school_") and name.endswith("_name")
    ]
    return directory.select("street", "low", "high", "parity", "place", *named, "doubt")


def _headings(directory: pl.DataFrame) -> dict[str, str]:
    named = {
        name: _level(name)
        for name in directory.columns
        if name.startswith("school_") and name.endswith("_name")
    }
    return {**_HEADINGS, "doubt": "Doubtful", **named}


def _level(column: str) -> str:
    level = column.removeprefix("school_").removesuffix("_name").replace("_", " ")
    return level[:1].upper() + level[1:]


def _pdf(title: str, directory: pl.DataFrame) -> bytes:
    # Its fonts take a sixth of a second to import: only for this format.
    from geoservice.tables.pdf_table import PrintedColumn, pdf_table

    headings = _headings(directory)
    columns = [
        PrintedColumn(name, headings.get(name, name), _SHARES.get(name, 3.0))
        for name in _shown(directory).columns
    ]
    return pdf_table(title, directory, columns)


def _about(info: RegionInfo, snapshot: str) -> list[tuple[str, str]]:
    return [
        ("region", info.name),
        ("school year", info.school_year),
        ("snapshot", snapshot),
        ("low, high", "numbers of the range, split where the schools change"),
        ("side", "left or right of the centerline; empty for address points on no range"),
        *((f"doubt: {kind}", meaning) for kind, meaning in DOUBT.items()),
    ]
