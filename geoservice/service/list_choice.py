"""The choice between lists of students: two lists of one year are never counted together."""

from collections.abc import Mapping, Sequence
from typing import Any

from geoservice.errors import ConflictError


def refuse_two_lists_of_a_year(lists: Sequence[Mapping[str, Any]]) -> None:
    """Refuse lists of which two hold the same school year.

    The newest list is not taken by itself: public figures of both lists, which mostly hold the same
    students, could be subtracted.

    Raises
    ------
    ConflictError
        Names the year, the lists and the remedies.
    """
    holders: dict[str, list[str]] = {}
    for about in lists:
        for year in about.get("years", ()):
            holders.setdefault(year, []).append(about["name"])
    shared = {year: names for year, names in holders.items() if len(names) > 1}
    if shared:
        year, names = max(shared.items())
        listed = ", ".join(f"`{name}`" for name in names)
        raise ConflictError(
            f"The lists {listed} all hold students of {year}. Name one of them: `students` in a "
            "request and in Python, `--students` on the command line. Or delete the others with "
            "`geoservice students delete`."
        )
