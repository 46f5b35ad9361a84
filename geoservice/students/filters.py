"""Filters of figures: students of a subgroup or of a programme."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.errors import InputError
from geoservice.students.group_cells import group_name, marked

PUBLIC_REFUSAL = (
    "Public figures take no filters but the subgroups and programs that `[release] subgroups` of "
    "region.toml lists, one at a time. Leave out `subgroup` and `programme`, or ask the internal "
    "profile for a purpose."
)


@dataclass(frozen=True)
class Filters:
    """Filter of the students that figures count; empty for all students.

    Attributes
    ----------
    subgroup, programme
        Name of a column given to ``students add``: counts students whose cell is not a clear no.
        Or ``name=value``: counts students with that value, in upper or lower case.
    """

    subgroup: str = ""
    programme: str = ""

    def __bool__(self) -> bool:
        """Return whether the filter leaves out any students."""
        return bool(self.subgroup or self.programme)

    def is_public(self, listed: Sequence[str]) -> bool:
        """Return whether public figures may use this filter.

        Public filters are the empty filter and a single listed subgroup or programme.
        """
        filter_texts = [text for text in (self.subgroup, self.programme) if text]
        listed_names = {group_name(name) for name in listed}
        return not filter_texts or (
            len(filter_texts) == 1 and group_name(filter_texts[0].partition("=")[0]) in listed_names
        )

    def of(self, frame: pl.DataFrame) -> pl.Series:
        """Return by row whether the student counts; the filter must not be empty.

        Raises
        ------
        InputError
            If the students have no such subgroup or programme, or no student counts.
        """
        filter_texts = {"subgroup": self.subgroup, "programme": self.programme}
        conditions = [_cells(frame, kind, text) for kind, text in filter_texts.items() if text]
        is_counted = frame.select(counted=pl.all_horizontal(conditions))["counted"]
        if not is_counted.any():
            raise InputError(
                "No student has that subgroup or program. Check the name and the value."
            )
        return is_counted


def _cells(frame: pl.DataFrame, kind: str, text: str) -> pl.Expr:
    name, sign, value = text.partition("=")
    column = f"{kind}_{group_name(name)}"
    if column not in frame.columns:
        listed = sorted(
            name_of_column.removeprefix(f"{kind}_")
            for name_of_column in frame.columns
            if name_of_column.startswith(f"{kind}_")
        )
        raise InputError(
            f"The student list has no such {kind}. There are: {', '.join(listed) or 'none'}. "
            f"`students add --{kind} COL` keeps one."
        )
    cell = pl.col(column)
    if sign:
        return (cell.str.to_lowercase() == value.strip().lower()).fill_null(value=False)
    return cell.is_not_null() & marked(cell)
