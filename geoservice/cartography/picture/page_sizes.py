"""Sizes of pictures by name: pages, their type, and what stands on them."""

from dataclasses import dataclass, replace

from geoservice.errors import InputError


@dataclass(frozen=True)
class PageSize:
    """A size of pictures.

    Attributes
    ----------
    width, height
        In inches.
    dpi
        Pixels per inch of a PNG.
    scale
        Multiplies the type of title and legend.
    label_points, footer_points
        Sizes of the type of labels on the map and of the footer.
    marks
        Multiplies the size of marks on the map.
    has_heading
        False of a picture for a document, which has a caption of its own.
    has_footer
        False of a picture in a report, which prints the facts as text.
    has_legend
        False of a thumbnail: the map alone.
    least_points
        No type but the footer is smaller; 0 where crowded parts may have smaller type.
    """

    width: float
    height: float
    dpi: int
    scale: float
    label_points: float
    footer_points: float
    marks: float = 1.0
    has_heading: bool = True
    has_footer: bool = True
    has_legend: bool = True
    least_points: float = 0.0


SIZES = {
    "slide": PageSize(40 / 3, 7.5, 150, 1.37, 12.0, 9.0, marks=1.25, least_points=12.0),
    "letter": PageSize(8.5, 11.0, 150, 1.05, 9.5, 8.0),
    "landscape": PageSize(11.0, 8.5, 150, 1.05, 9.5, 8.0),
    "figure": PageSize(6.5, 4.3, 300, 0.92, 8.0, 6.5, marks=0.8, has_heading=False),
    "square": PageSize(7.2, 7.2, 150, 1.1, 10.0, 7.5),
}
"""Sizes by name: letter is upright and landscape lies; a square has 1,080 pixels each way."""
_REPORT = PageSize(6.8, 4.3, 150, 0.92, 8.0, 6.5, marks=0.8, has_heading=False, has_footer=False)
_THUMBNAIL = replace(_REPORT, width=4.0, height=3.0, dpi=160, label_points=9.5, has_legend=False)
_OWN_SIZES = {**SIZES, "report": _REPORT, "thumbnail": _THUMBNAIL}
_OTHER_NAMES = {"": "slide", "portrait": "letter"}


def page_size(size: str) -> PageSize:
    """Return the size of a name; a slide without a name.

    Raises
    ------
    InputError
        If there is no such size.
    """
    name = _OTHER_NAMES.get(size, size)
    if name not in _OWN_SIZES:
        raise InputError(f"`size` must be one of {', '.join(SIZES)}.")
    return _OWN_SIZES[name]
