"""A table as an HTML page with a search field.

The page needs no network; without JavaScript only the search is missing.
"""

from collections.abc import Mapping, Sequence
from html import escape

import polars as pl

_STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { margin: 1.5rem; max-width: 90rem; }
h1 { font-size: 1.4rem; }
label { display: block; margin: 1rem 0; }
input { font: inherit; padding: .3rem .5rem; min-width: min(24rem, 90vw); }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .4rem 0; }
th, td { text-align: left; padding: .25rem .6rem; vertical-align: top; }
th, td { border-bottom: 1px solid #8886; }
thead th { position: sticky; top: 0; background: Canvas; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
tr[hidden] { display: none; }
"""
_SCRIPT = """
const field = document.getElementById("search"), count = document.getElementById("count");
const rows = Array.from(document.querySelectorAll("tbody tr"));
const texts = rows.map(row => row.textContent.toLowerCase());
field.closest("label").hidden = false;
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  rows.forEach((row, at) => {
    row.hidden = !words.every(word => texts[at].includes(word));
    shown += row.hidden ? 0 : 1;
  });
  count.textContent = `${shown} of ${rows.length} lines`;
});
"""


def html_page(
    title: str, notes: Sequence[str], table: pl.DataFrame, headings: Mapping[str, str]
) -> bytes:
    """Return the HTML page of a table.

    Parameters
    ----------
    notes
        Paragraphs above the table.
    headings
        Heading by column; a column without a heading shows its name.
    """
    head = "".join(
        f'<th scope="col">{escape(headings.get(name, name))}</th>' for name in table.columns
    )
    numeric = [table[name].dtype.is_numeric() for name in table.columns]
    body = "\n".join(_row(cells, numeric) for cells in table.iter_rows())
    paragraphs = "".join(f"<p>{escape(note)}</p>" for note in notes)
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{paragraphs}"
        '<label hidden>Search <input id="search" type="search" autocomplete="off"></label>'
        f'<table><caption id="count" role="status">{len(table)} lines</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></main>"
        f"<script>{_SCRIPT}</script></body></html>"
    )
    return page.encode()


def _row(cells: tuple[object, ...], numeric: Sequence[bool]) -> str:
    tags = []
    for cell, is_number in zip(cells, numeric, strict=True):
        text = "" if cell is None else escape(_text(cell))
        tags.append(f'<td class="number">{text}</td>' if is_number else f"<td>{text}</td>")
    return f"<tr>{''.join(tags)}</tr>"


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else ""
    return str(cell)
