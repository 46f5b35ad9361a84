"""Attendance zones as files for student information systems: GeoJSON, KML, zipped shapefiles."""

import io
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import orjson
import polars as pl
import pyogrio
import shapely

from geoservice.errors import InputError
from geoservice.model.rights import split_ids
from geoservice.reference.snapshot import Reference
from geoservice.tables.sheets import write_atomically

FORMS = (".geojson", ".kml", ".zip")
_FIELDS = {
    "set_id": "SET_ID",
    "zone_id": "ZONE_ID",
    "school_id": "SCHOOL_ID",
    "school": "SCHOOL",
    "grades": "GRADES",
    "year": "YEAR",
}
"""Column names in a shapefile, which allows ten characters."""
_DECIMALS = 1e-7
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""A fixed date for every archive member, so that the same zones give the same bytes."""
_DBF_DATE = bytes([80, 1, 1])


def zone_export(reference: Reference, year: str, set_id: str = "") -> pl.DataFrame:
    """Return the zones of a region for export.

    Columns ``set_id``, ``zone_id``, ``school_id``, ``school``, ``grades``, ``year`` and
    ``geometry`` (WKB, WGS 84). Polygons of a zone that serve the same grades share one row.
    """
    zones = reference.zones()
    if set_id and set_id not in zones["set_id"]:
        sets = ", ".join(zone_set.id for zone_set in reference.info.zone_sets)
        raise InputError(f"--zones: this zone set does not exist. The region has: {sets}.")
    names = dict(reference.schools().select("id", "name").unique("id", keep="first").iter_rows())
    keyed = zones.filter(set_id=set_id) if set_id else zones
    rows = []
    groups = keyed.with_columns(grades=pl.col("grades").list.join(",")).group_by(
        "set_id", "zone_id", "school_id", "grades", maintain_order=True
    )
    for (zone_set, zone, school, grades), polygons in groups:  # Over zones.
        shape = shapely.union_all(shapely.from_wkb(polygons["geometry"].to_list()))
        school_names = "; ".join(
            names.get(school_id) or school_id for school_id in split_ids(str(school or ""))
        )
        rows.append((zone_set, zone, school, school_names, grades, year, shapely.to_wkb(shape)))
    schema = {**dict.fromkeys(_FIELDS, pl.String), "geometry": pl.Binary}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("set_id", "zone_id", "grades")


def write_zones(zones: pl.DataFrame, path: Path) -> None:
    """Write zones (`zone_export`) in the format of the file ending.

    A ``.zip`` file holds one shapefile per zone set.

    Raises
    ------
    InputError
        If the ending is unknown.
    """
    ending = path.suffix.lower()
    if ending not in FORMS:
        raise InputError(f"`{path.name}` has an unknown ending for zones. Use {', '.join(FORMS)}.")
    write_atomically(path, zone_file(zones, ending))


def zone_file(zones: pl.DataFrame, ending: str) -> bytes:
    """Return zones (`zone_export`) as a file in one of the formats `FORMS`."""
    return {".geojson": _geojson, ".kml": _kml, ".zip": _shapefiles}[ending](zones)


def _shapes(zones: pl.DataFrame) -> np.ndarray:
    shapes = np.asarray(shapely.from_wkb(zones["geometry"].to_list()), dtype=object)
    return np.asarray(shapely.orient_polygons(shapely.set_precision(shapes, _DECIMALS)))


def _geojson(zones: pl.DataFrame) -> bytes:
    features = [
        {"type": "Feature", "properties": row, "geometry": orjson.Fragment(shape)}
        for row, shape in zip(
            zones.drop("geometry").to_dicts(), shapely.to_geojson(_shapes(zones)), strict=True
        )
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _kml(zones: pl.DataFrame) -> bytes:
    marks = []
    for row, shape in zip(zones.drop("geometry").to_dicts(), _shapes(zones), strict=True):
        cells = "".join(
            f"<Data name={quoteattr(name)}><value>{escape(cell or '')}</value></Data>"
            for name, cell in row.items()
        )
        parts = "".join(_kml_polygon(part) for part in shapely.get_parts(shape))
        marks.append(
            f"<Placemark><name>{escape(row['school'] or row['zone_id'])}</name>"
            f"<ExtendedData>{cells}</ExtendedData>"
            f"<MultiGeometry>{parts}</MultiGeometry></Placemark>"
        )
    body = "\n".join(marks)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><name>Attendance zones</name>\n{body}\n</Document></kml>\n"
    ).encode()


def _kml_polygon(polygon: shapely.Polygon) -> str:
    rings = [("outerBoundaryIs", polygon.exterior)]
    rings += [("innerBoundaryIs", ring) for ring in polygon.interiors]
    tags = []
    for tag, ring in rings:
        places = " ".join(
            f"{lon:.7f},{lat:.7f}" for lon, lat in shapely.get_coordinates(ring).tolist()
        )
        tags.append(f"<{tag}><LinearRing><coordinates>{places}</coordinates></LinearRing></{tag}>")
    return f"<Polygon>{''.join(tags)}</Polygon>"


def _shapefiles(zones: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        tempfile.TemporaryDirectory() as name,
    ):
        for (set_id,), rows in zones.group_by("set_id", maintain_order=True):  # Over sets.
            path = Path(name) / f"{set_id}.shp"
            pyogrio.raw.write(
                path,
                geometry=shapely.to_wkb(_shapes(rows)),
                field_data=[
                    rows[column].fill_null("").to_numpy().astype(object) for column in _FIELDS
                ],
                fields=list(_FIELDS.values()),
                crs="EPSG:4326",
                encoding="UTF-8",
                geometry_type="Polygon",
                driver="ESRI Shapefile",
            )
            for part in sorted(path.parent.glob(f"{set_id}.*")):
                content = part.read_bytes()
                if part.suffix == ".dbf":
                    content = content[:1] + _DBF_DATE + content[4:]
                archive.writestr(zipfile.ZipInfo(part.name, _ZIP_DATE), content)
    return target.getvalue()
