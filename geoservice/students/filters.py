"""Students of a listed subgroup or of a programme among those of a data set."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.errors import InputError
from geoservice.students.reading import group_name, marked

PUBLIC_REFUSAL = (
    "Public figures take no filters but the subgroups and programmes that `[release] subgroups` of region.toml lists, one "
    "at a time. Leave out `subgroup` and `programme`, or ask the internal profile for a purpose."
)


@dataclass(frozen=True)
class Filters:
    """Whom figures count; empty for everybody.

    Attributes
    ----------
    subgroup, programme
        The name of a column that ``students add`` was given: students whose cell is no plain no; or ``name=value``: those
        whose cell is that value, whatever its capitals.
    """

    subgroup: str = ""
    programme: str = ""

    def __bool__(self) -> bool:
        """True where not everybody counts."""
        return bool(self.subgroup or self.programme)

    def is_public(self, listed: Sequence[str]) -> bool:
        """Return whether everybody counts, or the students of one of the listed subgroups or programmes."""
        asked = [text for text in (self.subgroup, self.programme) if text]
        named = {group_name(name) for name in listed}
        return not asked or (len(asked) == 1 and group_name(asked[0].partition("=")[0]) in named)

    def of(self, frame: pl.DataFrame) -> pl.Series:
        """By row, whether the student counts, where not everybody does.

        Raises
        ------
        InputError
            Where the students carry no such subgroup or programme, or none of them counts.
        """
        wanted = {"subgroup": self.subgroup, "programme": self.programme}
        chosen = [_cells(frame, kind, asked) for kind, asked in wanted.items() if asked]
        found = frame.select(counted=pl.all_horizontal(chosen))["counted"]
        if not found.any():
            raise InputError("No student is of that subgroup or programme.")
        return found


def _cells(frame: pl.DataFrame, kind: str, asked: str) -> pl.Expr:
    name, sign, value = asked.partition("=")
    column = f"{kind}_{group_name(name)}"
    if column not in frame.columns:
        listed = sorted(one.removeprefix(f"{kind}_") for one in frame.columns if one.startswith(f"{kind}_"))  # fmt: skip
        raise InputError(
            f"The students carry no such {kind}. There are: {', '.join(listed) or 'none'}. "
            f"`students add --{kind} COL` keeps one."
        )
    cell = pl.col(column)
    if sign:
        return (cell.str.to_lowercase() == value.strip().lower()).fill_null(value=False)
    return cell.is_not_null() & marked(cell)
