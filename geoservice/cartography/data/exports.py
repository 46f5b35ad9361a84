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

from geoservice.cartography.figure.cells import Column, Value
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.layers import BACKGROUND, STREETS, TILES
from geoservice.tables.writing import neutralised

_FORMATS = {"share": "0.0%", "miles": "0.00", "gap": "+#,##0;-#,##0;0"}
_FRACTIONS = ("share", "miles")
"""Units whose numbers are never whole."""
_EPOCH = datetime.datetime(2000, 1, 1)
"""Files carry no time of writing: the same figure gives the same bytes."""


def data_frame(drawing: Drawing) -> pl.DataFrame:
    """The rows with typed columns."""
    columns: dict[str, pl.Series] = {}
    for index, column in enumerate(drawing.columns):
        cells = [row.cells[index] for row in drawing.rows]
        if column.unit:
            columns[column.id] = _numbers(cells, column)
            columns[f"{column.id}_status"] = pl.Series(
                [cell.status if isinstance(cell, Value) else "" for cell in cells], dtype=pl.String
            )
        else:
            columns[column.id] = pl.Series([_text(cell) for cell in cells], dtype=pl.String)
    choice = drawing.choice
    about = {
        "figure": drawing.definition.id,
        "region": drawing.region,
        "school_year": choice.year,
        "grade_band": choice.band,
        "release_profile": drawing.profile,
    }
    if drawing.counts:
        about["counts"] = drawing.counts
    frame = pl.DataFrame(columns)
    return frame.with_columns(**{key: pl.lit(value) for key, value in about.items()})


def about(drawing: Drawing) -> list[tuple[str, str]]:
    """Return the metadata of an export: question, subtitle, facts and the figure in words."""
    return [
        ("Figure", drawing.title),
        ("Subtitle", drawing.subtitle),
        *drawing.facts,
        ("Alternative text", drawing.alternative),
    ]


def file_name(drawing: Drawing, ending: str) -> str:
    """Return a file name from figure, measure, region, areas, years, grades and profile.

    Measure and areas are named where they are not the first ones.
    """
    choice, first_areas = drawing.choice, next(iter(drawing.options.areas), ("", ""))[0]
    areas = (
        choice.areas if drawing.definition.units == "areas" and choice.areas != first_areas else ""
    )
    parts = [
        drawing.definition.id,
        choice.view,
        drawing.region,
        areas,
        choice.area,
        choice.zone or choice.school,
        choice.year,
        choice.beside and f"beside_{choice.beside}",
        choice.band,
        drawing.profile,
    ]
    safe = (
        "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in part)
        for part in parts
        if part
    )
    return f"{'_'.join(safe)}.{ending}"


def _numbers(cells: list[Value | str], column: Column) -> pl.Series:
    numbers = [cell.number if isinstance(cell, Value) else None for cell in cells]
    series = pl.Series(numbers, dtype=pl.Float64)
    # Small densities have a decimal, which whole numbers would lose.
    is_whole = (series == series.round()).all()
    return series.cast(pl.Int64) if is_whole and column.unit not in _FRACTIONS else series


def _text(cell: Value | str) -> str:
    return cell.text if isinstance(cell, Value) else cell


def csv_file(drawing: Drawing) -> bytes:
    """Return the rows of a drawing as CSV, safe from formulas."""
    return neutralised(data_frame(drawing)).write_csv().encode()


def xlsx_file(drawing: Drawing) -> bytes:
    """Return the rows of a drawing as a workbook with a sheet of notes."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties(
            {
                "title": drawing.title,
                "subject": drawing.subtitle,
                "created": _EPOCH,
                "comments": drawing.alternative,
            }
        )
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("data")
        frame = neutralised(data_frame(drawing))
        units = {item.id: item.unit for item in drawing.columns}
        for index, name in enumerate(frame.columns):
            shown = book.add_format({"num_format": _FORMATS.get(units.get(name, ""), "#,##0")})
            sheet.set_column(index, index, 28 if index == 1 else 14)
            sheet.write_string(0, index, name, bold)
            for line, cell in enumerate(frame[name].to_list(), 1):
                if isinstance(cell, str):
                    sheet.write_string(line, index, cell[:32_767])
                elif cell is not None:
                    sheet.write_number(line, index, cell, shown)
        sheet.freeze_panes(1, 2)
        _about_sheet(book, drawing, bold)
    return target.getvalue()


def _about_sheet(book: Any, drawing: Drawing, bold: Any) -> None:  # noqa: ANN401
    sheet = book.add_worksheet("about")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 100, book.add_format({"text_wrap": True}))
    headings = [
        (f"Column {column.id}", f"{column.title}{f' ({column.unit})' if column.unit else ''}")
        for column in drawing.columns
    ]
    for line, (label, text) in enumerate([*about(drawing), *headings]):
        sheet.write_string(line, 0, label, bold)
        sheet.write_string(line, 1, text[:32_767])


def geojson_file(drawing: Drawing) -> bytes:
    """Return the rows of a drawing as GeoJSON features in WGS 84."""
    frame, shapes = data_frame(drawing), row_shapes(drawing)
    printed = [
        [
            (f"{column.id}_text", _text(cell))
            for column, cell in zip(drawing.columns, row.cells, strict=True)
            if column.unit
        ]
        for row in drawing.rows
    ]
    features = [
        {
            "type": "Feature",
            "properties": {**properties, **dict(texts)},
            "geometry": None if shape is None else orjson.Fragment(shapely.to_geojson(shape)),
        }
        for properties, texts, shape in zip(frame.to_dicts(), printed, shapes, strict=True)
    ]
    return orjson.dumps(
        {"type": "FeatureCollection", "metadata": dict(about(drawing)), "features": features}
    )


def geopackage_file(drawing: Drawing) -> bytes:
    """Return the rows of a drawing as a GeoPackage in WGS 84."""
    table = data_frame(drawing).to_arrow(compat_level=pl.CompatLevel.oldest())
    bytes_of = [None if shape is None else shapely.to_wkb(shape) for shape in row_shapes(drawing)]
    table = table.append_column("geometry", pyarrow.array(bytes_of, type=pyarrow.binary()))
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figure.gpkg"
        pyogrio.write_arrow(
            table,
            path,
            layer=drawing.definition.id,
            driver="GPKG",
            geometry_name="geometry",
            geometry_type="Unknown",
            crs="EPSG:4326",
            layer_metadata={
                label.upper().replace(" ", "_"): text for label, text in about(drawing)
            },
        )
        return path.read_bytes()


def row_shapes(drawing: Drawing) -> list[Any]:
    """Return the shape of each row's unit, None without a shape."""
    shape_by_id: dict[str, NDArray[np.object_]] = {}
    drawn = [item for item in drawing.layers if item.kind not in (BACKGROUND, STREETS, TILES)]
    for layer in sorted(drawn, key=lambda item: item.has_frames):
        shape_by_id |= {
            item.id: shape
            for item, shape in zip(
                layer.features, layer.shapes.array if layer.features else (), strict=True
            )
        }
    return [shape_by_id.get(row.id) for row in drawing.rows]
