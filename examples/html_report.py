"""Write a report as one HTML file: maps as pictures with alternative texts, and a table.

python html_report.py report.html [REGION]
"""

import base64
import sys
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from geoservice import Region

MAPS = ("ratings", "utilisation")
STYLE = "body{font:16px sans-serif;max-width:60rem;margin:auto}img{width:100%}"


def figure(region: Region, name: str) -> str:
    """Return a map as a figure; its alternative text is the map in words."""
    drawn = region.map(name)
    with TemporaryDirectory() as folder:
        picture = Path(folder) / "map.svg"
        drawn.save(picture, size="figure")
        content = base64.b64encode(picture.read_bytes()).decode()
    words = drawn.drawing.alternative
    return (
        f"<h2>{escape(drawn.drawing.title)}</h2>\n<figure>"
        f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{content}">'
        f"<figcaption>{escape(words)}</figcaption></figure>"
    )


def main() -> None:
    """Write the report."""
    region = Region.open(sys.argv[2] if len(sys.argv) > 2 else "shapefiles/riverbend")
    seats = region.measure("quality_seat_share", by="planning", band="all")
    latest = seats[seats["year"] == seats["year"].max()][["unit", "value"]]
    table = latest.to_html(index=False, float_format="{:.0%}".format)
    figures = "\n".join(figure(region, name) for name in MAPS)
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Schools</title>'
        f"<style>{STYLE}</style></head><body><main><h1>Schools of the district</h1>\n{figures}\n"
        f"<h2>Share of quality seats by area</h2>\n{table}</main></body></html>\n"
    )
    Path(sys.argv[1]).write_text(page, "utf-8")


if __name__ == "__main__":
    main()
