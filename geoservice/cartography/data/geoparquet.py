"""A drawing as GeoParquet 1.1, with a bounding box for each row."""

import io
import json

import numpy as np
import polars as pl
import pyarrow.parquet
import shapely

from geoservice.cartography.data.exports import about, data_frame, row_shapes
from geoservice.cartography.figure.figure import Drawing
from geoservice.tables.geoparquet import box_column, geo_metadata, geometry_column


def geoparquet_file(drawing: Drawing) -> bytes:
    """Return the rows of a drawing as GeoParquet in longitude and latitude.

    Rows without a shape, such as the district, have neither geometry nor box.
    """
    shapes = np.array([*row_shapes(drawing), None], dtype=object)[:-1]
    table = data_frame(drawing).to_arrow(compat_level=pl.CompatLevel.oldest())
    table = table.append_column("bbox", box_column(shapes))
    table = table.append_column("geometry", geometry_column(shapes))
    present = shapes[~shapely.is_missing(shapes)]
    bounds = shapely.total_bounds(present).tolist() if len(present) else None
    metadata = {
        "geo": geo_metadata({shape.geom_type for shape in present}, bounds),
        "geoservice": json.dumps(dict(about(drawing))),
    }
    target = io.BytesIO()
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), target, compression="zstd")
    return target.getvalue()
