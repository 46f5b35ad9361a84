"""A workbook whose sheets print: landscape letter paper, as wide as the page, heads on every page.

Numbers are numbers with a format. xlsxwriter has no types.
"""

import datetime
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

FORMATS = {"share": "0.0%", "miles": "0.00", "gap": "+#,##0;-#,##0;0", "index": "0.00"}
"""Number formats by unit; all other units are counts."""
COUNT = "#,##0"
MOST_TEXT = 32_767
"""Characters that a cell can hold."""
_EPOCH = datetime.datetime(2000, 1, 1)
"""Files carry no time of writing: the same content gives the same bytes."""
_LETTER, _MARGINS = 1, {"left": 0.5, "right": 0.5, "top": 0.75, "bottom": 0.6}


class PrintedBook:
    """Adds sheets to a workbook of xlsxwriter and holds its formats."""

    def __init__(self, book: Any, title: str) -> None:  # noqa: ANN401
        book.set_properties({"title": title, "created": _EPOCH})
        self._book = book
        self._formats: dict[str, Any] = {}

    def sheet(self, name: str, title: str) -> Any:  # noqa: ANN401
        """Add a sheet that prints its title above and its page below."""
        sheet = self._book.add_worksheet(_sheet_name(name))
        sheet.set_landscape()
        sheet.set_paper(_LETTER)
        sheet.set_margins(**_MARGINS)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{_header_text(title)}")
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def write_heads(
        self,
        sheet: Any,  # noqa: ANN401
        heads: Sequence[str],
        frozen_columns: int = 1,
    ) -> None:
        """Write the heading row, which stays in view and prints on every page."""
        for column, text in enumerate(heads):
            sheet.write_string(0, column, safe_text(text), self.bold)
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, frozen_columns)

    def number(self, pattern: str) -> Any:  # noqa: ANN401
        """Return the format of a number pattern."""
        if pattern not in self._formats:
            self._formats[pattern] = self._book.add_format({"num_format": pattern})
        return self._formats[pattern]

    @cached_property
    def bold(self) -> Any:  # noqa: ANN401
        """The format of headings."""
        return self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})

    @cached_property
    def right(self) -> Any:  # noqa: ANN401
        """The format of words in place of a number."""
        return self._book.add_format({"align": "right"})

    @cached_property
    def wrapped(self) -> Any:  # noqa: ANN401
        """The format of sentences."""
        return self._book.add_format({"text_wrap": True, "valign": "top"})


def safe_text(text: str) -> str:
    """Return a text that no program runs as a formula: risky texts get an apostrophe.

    Printed numbers such as -3 stay as they are.
    """
    risky = text[:1] in ("=", "@", "\t", "\r") or (
        text[:1] in ("+", "-") and not text[1:2].isdigit()
    )
    return f"'{text}" if risky else text


def _sheet_name(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", text)[:31]


def _header_text(text: str) -> str:
    """Return a text for the head of printed pages, which has at most 255 characters."""
    return text.replace("&", "&&")[:200]
