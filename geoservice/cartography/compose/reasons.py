"""Reasons why addresses are not matched: bars of the district, columns of every area."""

from collections.abc import Mapping
from dataclasses import replace

from geoservice.cartography.figure.cells import DISTRICT, SHOWN, Column, Row, Value
from geoservice.cartography.figure.ground import Composed, FigureGround
from geoservice.cartography.figure.released import DISTRICT_UNIT, Line
from geoservice.measures.coverage import OTHER, UNMATCHED

_MEASURE = "coverage"


def with_reasons(ground: FigureGround, composed: Composed) -> Composed:
    """Return the figure of coverage with the unmatched addresses by reason, where any is shown."""
    reasons = _shown_reasons(ground)
    if not reasons:
        return composed
    texts = ground.texts
    columns = tuple(
        Column(
            f"unmatched_{reason}",
            texts("column_unmatched", reason=texts(f"reason_{reason}")),
            "students",
        )
        for reason in reasons
    )
    rows = tuple(
        replace(row, cells=(*row.cells, *_cells(ground, row, reasons))) for row in composed.rows
    )
    bars = tuple(
        (texts(f"reason_{reason}"), _number(ground, lines.get(DISTRICT_UNIT)))
        for reason, lines in reasons.items()
    )
    listed = ", ".join(f"{text} {value.text}" for text, value in bars)
    sentence = f"{texts('bars_reasons')}: {listed}."
    return replace(
        composed,
        columns=(*composed.columns, *columns),
        rows=rows,
        bars=bars,
        bars_title=texts("bars_reasons"),
        says=(*composed.says, sentence),
    )


def _cells(
    ground: FigureGround, row: Row, reasons: Mapping[str, Mapping[str, Line]]
) -> tuple[Value, ...]:
    unit = DISTRICT_UNIT if row.id == DISTRICT else row.id
    return tuple(_number(ground, lines.get(unit)) for lines in reasons.values())


def _number(ground: FigureGround, line: Line | None) -> Value:
    if line is None:
        return ground.printer.no_data()
    if line["status"] != SHOWN:
        return ground.printer.suppressed()
    return ground.printer.value(line["numerator"], "students")


def _shown_reasons(ground: FigureGround) -> dict[str, Mapping[str, Line]]:
    """Return the lines by unit of each shown reason, the largest first, other reasons last."""
    table = ground.released.table(_MEASURE, ground.area_set)
    if table is None or _MEASURE not in {view.measure for view in ground.definition.views}:
        return {}
    band, year = ground.choice.band, ground.choice.year
    district = table.filter(unit=DISTRICT_UNIT, band=band, year=year, status=SHOWN)
    numbers = {
        str(line["part"]).removeprefix(UNMATCHED): line["numerator"]
        for line in district.iter_rows(named=True)
        if str(line["part"]).startswith(UNMATCHED)
    }
    ordered = sorted(numbers, key=lambda reason: (reason == OTHER, -numbers[reason], reason))
    return {
        reason: ground.released.lines(_MEASURE, ground.area_set, UNMATCHED + reason, band, year)
        for reason in ordered
    }
