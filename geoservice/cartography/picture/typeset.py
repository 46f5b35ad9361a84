"""PDF by Typst: tagged as PDF/UA-1, the same bytes for the same content, without any network.

A document is a Typst template, data that the template reads as JSON, and pictures. Texts reach
Typst as data alone, so no text can be taken for markup.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import typst

_STANDARD = "ua-1"
_MAIN, _DATA = "main.typ", "data.json"


def typeset(template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes]) -> bytes:
    """Return a document as PDF.

    Parameters
    ----------
    template
        Typst markup, which reads the data with ``json("data.json")``.
    data
        What the template prints.
    pictures
        SVG files by the names that the template knows them by.
    """
    files = {
        _MAIN: template.encode(),
        _DATA: json.dumps(data, ensure_ascii=False).encode(),
        **pictures,
    }
    # The annotations of typst leave out documents that are held in memory.
    content: bytes = typst.compile(  # type: ignore[call-overload]
        files,
        format="pdf",
        font_paths=_fonts(),
        ignore_system_fonts=True,
        pdf_standards=_STANDARD,
    )
    return content


@cache
def _fonts() -> typst.Fonts:
    """Return DejaVu Sans, which comes with matplotlib, so that every machine sets the same type."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
    )
