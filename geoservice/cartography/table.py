"""The table of a drawing as accessible HTML: caption, headers, cells that sort by number."""

from html import escape

from geoservice.cartography.figure import DISTRICT, Drawing, Row, Value


def table_html(drawing: Drawing) -> str:
    """The table; numbers carry what they sort by, and coloured cells the key of their class."""
    shown = [at for at, one in enumerate(drawing.columns) if one.id not in ("id", "to")]
    heads = "".join(
        f'<th scope="col"{_numeric(drawing.columns[at].unit)}><button type="button">'
        f"{escape(drawing.columns[at].title)}</button></th>"
        for at in shown
    )
    body = "".join(_line(row, shown) for row in drawing.rows)
    return (
        f'<div class="table" role="region" aria-label="{escape(drawing.title)}" tabindex="0"><table>'
        f"<caption>{escape(drawing.title)} {escape(drawing.subtitle)}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _line(row: Row, shown: list[int]) -> str:
    kind = ' class="district"' if row.id == DISTRICT else ""
    first, *rest = (row.cells[at] for at in shown)
    cells = "".join(_cell(one) for one in rest)
    return f'<tr{kind}><th scope="row">{escape(_text(first))}</th>{cells}</tr>'


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
