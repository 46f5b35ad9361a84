"""The choices of a reader for a figure, and the available options."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """The reader's choices as ids; an empty text is the default.

    Attributes
    ----------
    areas, area
        A set of areas or zones, and the area of it to show.
    band, year
        A grade band of the region or ``all``, and a school year.
    lang, theme
        ``en`` or ``es``; ``light``, ``dark`` or ``print``.
    zone, school
        For figures about a zone or a school.
    view
        The view of the figure that is shown first and drawn in pictures.
    beside
        Another school year to compare with; both years then share the same classes.
    scenario
        For figures of a scenario: the name of its file beside the region, without the ending.
    """

    areas: str = ""
    area: str = ""
    band: str = ""
    year: str = ""
    lang: str = "en"
    theme: str = "light"
    zone: str = ""
    school: str = ""
    view: str = ""
    beside: str = ""
    scenario: str = ""


@dataclass(frozen=True)
class Options:
    """The choices of a figure, as ids and names; empty if a choice does not apply.

    ``boxes`` are west, south, east, north of each area.
    """

    areas: tuple[tuple[str, str], ...] = ()
    area: tuple[tuple[str, str], ...] = ()
    band: tuple[tuple[str, str], ...] = ()
    year: tuple[tuple[str, str], ...] = ()
    zone: tuple[tuple[str, str], ...] = ()
    school: tuple[tuple[str, str], ...] = ()
    scenario: tuple[tuple[str, str], ...] = ()
    boxes: tuple[tuple[str, tuple[float, float, float, float]], ...] = ()
