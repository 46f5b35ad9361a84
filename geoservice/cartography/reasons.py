"""Why addresses are not matched: bars and columns of figures of coverage, for the district alone."""

from dataclasses import replace

from geoservice.cartography.figure import DISTRICT, SUPPRESSED, Column, Row, Value
from geoservice.cartography.ground import Composed, Ground
from geoservice.cartography.panel import WITHHELD
from geoservice.cartography.released import DISTRICT_UNIT

_MEASURE, _PART = "coverage", "unmatched "
_LAST = "other"


def with_reasons(ground: Ground, composed: Composed) -> Composed:
    """The figure with the district's unmatched by reason, where it is of coverage and they are public."""
    told = _reasons(ground)
    if not told:
        return composed
    texts = ground.texts
    columns = tuple(Column(f"unmatched_{one}", texts("column_unmatched", reason=texts(f"reason_{one}")), "students")
                    for one, _ in told)  # fmt: skip
    rows = tuple(replace(row, cells=(*row.cells, *_cells(row, told))) for row in composed.rows)
    bars = tuple((texts(f"reason_{one}"), value) for one, value in told)
    said = ", ".join(f"{text} {value.text}" for text, value in bars)
    return replace(
        composed, columns=(*composed.columns, *columns), rows=rows, bars=bars,
        bars_title=texts("bars_reasons"), says=(*composed.says, f"{texts('bars_reasons')}: {said}."),
    )  # fmt: skip


def _cells(row: Row, told: list[tuple[str, Value]]) -> tuple[Value, ...]:
    """Of the district the numbers; of areas none, as they are not public."""
    return tuple(value if row.id == DISTRICT else WITHHELD for _, value in told)


def _reasons(ground: Ground) -> list[tuple[str, Value]]:
    """Reasons and their numbers, the largest first; what is grouped comes last."""
    table = ground.released.table(_MEASURE, ground.area_set)
    if table is None or _MEASURE not in {one.measure for one in ground.definition.views}:
        return []
    some = table.filter(unit=DISTRICT_UNIT, band=ground.choice.band, year=ground.choice.year)
    found = [(str(line["part"]).removeprefix(_PART), line) for line in some.iter_rows(named=True)
             if str(line["part"]).startswith(_PART) and line["status"] != SUPPRESSED]  # fmt: skip
    found.sort(key=lambda one: (one[0] == _LAST, -one[1]["numerator"], one[0]))
    return [(one, ground.printer.value(line["numerator"], "students")) for one, line in found]
