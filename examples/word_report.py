"""Write a Word document with maps, their alternative texts, and a table (python-docx).

python word_report.py report.docx [REGION]
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from docx import Document
from docx.shared import Inches

from geoservice import Region

MAPS = ("ratings", "utilisation")


def add_map(document: Document, region: Region, name: str) -> None:
    """Add a map as a picture whose alternative text Word and screen readers read."""
    drawn = region.map(name)
    document.add_heading(drawn.drawing.title, level=2)
    with TemporaryDirectory() as folder:
        picture = Path(folder) / "map.png"
        drawn.save(picture, size="figure")
        shape = document.add_picture(str(picture), width=Inches(6.5))
    properties = shape._inline.docPr  # python-docx has no public name for the alternative text
    properties.set("descr", drawn.drawing.alternative)
    properties.set("title", drawn.drawing.title)


def main() -> None:
    """Write the document."""
    region = Region.open(sys.argv[2] if len(sys.argv) > 2 else "shapefiles/riverbend")
    document = Document()
    document.add_heading("Schools of the district", level=1)
    for name in MAPS:
        add_map(document, region, name)
    seats = region.measure("quality_seat_share", by="planning", band="all")
    latest = seats[seats["year"] == seats["year"].max()]
    document.add_heading("Share of quality seats by area", level=2)
    table = document.add_table(rows=1, cols=2, style="Table Grid")
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Area", "Quality seats"
    for unit, value in zip(latest["unit"], latest["value"], strict=True):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = str(unit), f"{value:.0%}"
    document.save(sys.argv[1])


if __name__ == "__main__":
    main()
