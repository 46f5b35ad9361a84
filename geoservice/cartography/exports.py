"""A drawing as data: CSV, XLSX, GeoJSON and GeoPackage with the same columns.

Each number is followed by its status, and is empty unless that is ``shown`` or a bound. The last
columns name figure, region, school year, grades, release profile and the protection of counts.
"""

import datetime
import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import pyarrow
import pyogrio
import shapely
import xlsxwriter
from numpy.typing import NDArray

from geoservice.cartography.figure import STREETS, TILES, Column, Drawing, Value
from geoservice.tables.writing import neutralised

_FORMATS = {"share": "0.0%", "miles": "0.00", "gap": "+#,##0;-#,##0;0"}
_EPOCH = datetime.datetime(2000, 1, 1)
"""Files carry no time of writing: the same figure gives the same bytes."""


def export(drawing: Drawing, ending: str) -> bytes:
    """The data of a drawing as ``csv``, ``xlsx``, ``geojson`` or ``gpkg``."""
    return {"csv": _csv, "xlsx": _xlsx, "geojson": _geojson, "gpkg": _gpkg}[ending](drawing)


def data_frame(drawing: Drawing) -> pl.DataFrame:
    """The rows with typed columns."""
    columns: dict[str, pl.Series] = {}
    for at, column in enumerate(drawing.columns):
        cells = [row.cells[at] for row in drawing.rows]
        if column.unit:
            columns[column.id] = _numbers(cells, column)
            columns[f"{column.id}_status"] = pl.Series(
                [one.status if isinstance(one, Value) else "" for one in cells], dtype=pl.String
            )
        else:
            columns[column.id] = pl.Series([_text(one) for one in cells], dtype=pl.String)
    choice = drawing.choice
    about = {"figure": drawing.definition.id, "region": drawing.region, "school_year": choice.year,
             "grade_band": choice.band, "release_profile": drawing.profile}  # fmt: skip
    if drawing.counts:
        about["counts"] = drawing.counts
    frame = pl.DataFrame(columns)
    return frame.with_columns(**{key: pl.lit(value) for key, value in about.items()})


def about(drawing: Drawing) -> list[tuple[str, str]]:
    """What goes with the data: question, subtitle, facts, the figure in words."""
    return [("Figure", drawing.title), ("Subtitle", drawing.subtitle), *drawing.facts,
            ("Alternative text", drawing.alternative)]  # fmt: skip


def file_name(drawing: Drawing, ending: str) -> str:
    """A name that tells figure, measure, region, areas, year, the year beside it, grades and profile.

    Measure and areas are named where they are not the first ones.
    """
    choice, first = drawing.choice, next(iter(drawing.options.areas), ("", ""))[0]
    areas = choice.areas if drawing.definition.units == "areas" and choice.areas != first else ""
    parts = [drawing.definition.id, choice.view, drawing.region, areas, choice.area, choice.zone or choice.school,
             choice.year, choice.beside and f"beside_{choice.beside}", choice.band, drawing.profile]  # fmt: skip
    safe = ("".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in one)
            for one in parts if one)  # fmt: skip
    return f"{'_'.join(safe)}.{ending}"


def _numbers(cells: list[Value | str], column: Column) -> pl.Series:
    found = [one.number if isinstance(one, Value) else None for one in cells]
    series = pl.Series(found, dtype=pl.Float64)
    return series if column.unit in ("share", "miles") else series.cast(pl.Int64)


def _text(cell: Value | str) -> str:
    return cell.text if isinstance(cell, Value) else cell


def _csv(drawing: Drawing) -> bytes:
    return neutralised(data_frame(drawing)).write_csv().encode()


def _xlsx(drawing: Drawing) -> bytes:
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": drawing.title, "subject": drawing.subtitle, "created": _EPOCH,
                             "comments": drawing.alternative})  # fmt: skip
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("data")
        frame = neutralised(data_frame(drawing))
        units = {one.id: one.unit for one in drawing.columns}
        for at, name in enumerate(frame.columns):
            shown = book.add_format({"num_format": _FORMATS.get(units.get(name, ""), "#,##0")})
            sheet.set_column(at, at, 28 if at == 1 else 14)
            sheet.write_string(0, at, name, bold)
            for line, cell in enumerate(frame[name].to_list(), 1):
                if isinstance(cell, str):
                    sheet.write_string(line, at, cell[:32_767])
                elif cell is not None:
                    sheet.write_number(line, at, cell, shown)
        sheet.freeze_panes(1, 2)
        _about_sheet(book, drawing, bold)
    return target.getvalue()


def _about_sheet(book: Any, drawing: Drawing, bold: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
    sheet = book.add_worksheet("about")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 100, book.add_format({"text_wrap": True}))
    headings = [(f"Column {one.id}", f"{one.title}{f' ({one.unit})' if one.unit else ''}")
                for one in drawing.columns]  # fmt: skip
    for line, (label, text) in enumerate([*about(drawing), *headings]):
        sheet.write_string(line, 0, label, bold)
        sheet.write_string(line, 1, text[:32_767])


def _geojson(drawing: Drawing) -> bytes:
    frame, shapes = data_frame(drawing), _row_shapes(drawing)
    printed = [[(f"{column.id}_text", _text(cell)) for column, cell in
                zip(drawing.columns, row.cells, strict=True) if column.unit] for row in drawing.rows]  # fmt: skip
    features = [
        {"type": "Feature", "properties": {**properties, **dict(texts)},
         "geometry": None if shape is None else orjson.Fragment(shapely.to_geojson(shape))}
        for properties, texts, shape in zip(frame.to_dicts(), printed, shapes, strict=True)
    ]  # fmt: skip
    return orjson.dumps({"type": "FeatureCollection", "metadata": dict(about(drawing)), "features": features})  # fmt: skip


def _gpkg(drawing: Drawing) -> bytes:
    table = data_frame(drawing).to_arrow(compat_level=pl.CompatLevel.oldest())
    bytes_of = [None if one is None else shapely.to_wkb(one) for one in _row_shapes(drawing)]
    table = table.append_column("geometry", pyarrow.array(bytes_of, type=pyarrow.binary()))
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figure.gpkg"
        pyogrio.write_arrow(
            table, path, layer=drawing.definition.id, driver="GPKG", geometry_name="geometry",
            geometry_type="Unknown", crs="EPSG:4326",
            layer_metadata={label.upper().replace(" ", "_"): text for label, text in about(drawing)},
        )  # fmt: skip
        return path.read_bytes()


def _row_shapes(drawing: Drawing) -> list[Any]:
    """The shape of each row's unit, None where it has none."""
    known: dict[str, NDArray[np.object_]] = {}
    drawn = [one for one in drawing.layers if one.kind not in (STREETS, TILES)]
    for layer in sorted(drawn, key=lambda one: one.has_frames):
        known |= {one.id: shape for one, shape in
                  zip(layer.features, layer.shapes.array if layer.features else (), strict=True)}  # fmt: skip
    return [known.get(row.id) for row in drawing.rows]
