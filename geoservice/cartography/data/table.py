"""The table of a drawing as accessible HTML: caption, headers, cells that sort by number."""

from html import escape

from geoservice.cartography.figure.cells import DISTRICT, Row, Value
from geoservice.cartography.figure.figure import Drawing


def table_html(drawing: Drawing) -> str:
    """Return the table as HTML. Cells carry sort keys, and colored cells their class."""
    shown = [index for index, column in enumerate(drawing.columns) if column.id not in ("id", "to")]
    heads = "".join(
        f'<th scope="col"{_numeric(drawing.columns[index].unit)}><button type="button">'
        f"{escape(drawing.columns[index].title)}</button></th>"
        for index in shown
    )
    body = "".join(_line(row, shown) for row in drawing.rows)
    kind = "table matrix" if drawing.definition.kind == "matrix" else "table"
    title = f"{escape(drawing.title)} {escape(drawing.subtitle)}"
    return (
        f'<div class="{kind}" role="region" aria-label="{escape(drawing.title)}" tabindex="0">'
        f"<table><caption><span>{title}</span></caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _line(row: Row, shown: list[int]) -> str:
    kind = ' class="district"' if row.id == DISTRICT else ""
    name_cell, *further_cells = (row.cells[index] for index in shown)
    cells = "".join(_cell(cell) for cell in further_cells)
    return f'<tr{kind}><th scope="row">{escape(_text(name_cell))}</th>{cells}</tr>'


def _cell(cell: Value | str) -> str:
    if isinstance(cell, str):
        return f"<td>{escape(cell)}</td>"
    number = "" if cell.number is None else f' data-number="{cell.number!r}"'
    key = f' data-key="{escape(cell.key)}"' if cell.key else ""
    return f'<td class="number {cell.status}"{number}{key}>{escape(cell.text)}</td>'


def _numeric(unit: str) -> str:
    return ' class="number"' if unit else ""


def _text(cell: Value | str) -> str:
    return cell.text if isinstance(cell, Value) else cell
