"""The reports of a long run to its caller."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Functions that a run calls while it works.

    Attributes
    ----------
    say
        Takes a sentence, such as where the table was found and which rows were repaired.
    rows_done
        Takes the number of rows done so far.
    """

    say: Callable[[str], None] = lambda _: None
    rows_done: Callable[[int], None] = lambda _: None


SILENT = Progress()
