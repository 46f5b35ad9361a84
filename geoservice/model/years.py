"""School years in one form, read from what districts write."""

import re

_SPAN = re.compile(r"^(?:SY)?\s*(\d{4}|\d{2})\s*[-/\u2013]\s*(?:\d{2})?(\d{2})$")
_END = re.compile(r"^(?:FY|SY)?\s*(?:20)?(\d{2})$")


def normal_year(text: str) -> str:
    """``2018-19`` for ``2018-2019``, ``SY18-19``, ``2018/19``; a lone 2019 or FY19 is the year that ends then."""
    written = text.strip().upper()
    span = _SPAN.match(written)
    if span:
        return f"{span[1] if len(span[1]) == 4 else '20' + span[1]}-{span[2]}"
    end = _END.match(written.removesuffix(".0"))
    if end:
        return f"20{(int(end[1]) - 1) % 100:02d}-{end[1]}"
    return text.strip()
