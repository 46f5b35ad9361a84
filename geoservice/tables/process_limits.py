"""Limits of a process for the reading of tables, as those of the operating system."""

from typing import ClassVar

from geoservice.model.limits import Limits


class ProcessLimits:
    """Limits that each command sets from its settings as it starts.

    Attributes
    ----------
    most_cells
        Cells of all sheets of a workbook, from the first to the last.
    """

    most_cells: ClassVar[int] = Limits.max_sheet_cells
