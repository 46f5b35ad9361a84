"""Names of the files that make up a reference snapshot: written by build, read by reference."""

FORMAT = 15
MANIFEST = "manifest.json"
TABLES = (
    "schools",
    "seats",
    "ratings",
    "zones",
    "zone_overlaps",
    "areas",
    "zip_areas",
    "basemap",
    "background",
    "streets",
    "last_lines",
)
"""Parquet tables. Zones and areas have ``geometry`` (WKB, WGS 84) and ``metric`` (WKB, metres).
``zone_overlaps`` holds pairs of row numbers of zones of one set, ``first`` and ``second``, and
their shared area in metres (``metric``)."""
TEXTS = ("point_text", "segment_text")
"""Arrow tables that are mapped into memory: number, source and unit of each point, source of each
segment."""
ARRAYS = (
    # street look-up: sorted 64-bit hashes of keys, and the street of each hash
    "full_hash",
    "full_street",
    "name_hash",
    "name_street",
    "delete_hash",
    "delete_name",
    # address points, sorted by key = street << 32 | number
    "point_key",
    "point_extra",
    "point_lon",
    "point_lat",
    "point_x",
    "point_y",
    "point_zip",
    "point_city",
    "point_last",
    "point_unit",
    # areas and zones of each point by layer, and metres to the zone's edge; only with zones
    "point_areas",
    "point_zones",
    "point_margin_m",
    # range sides, and the cells of numbers in which the same sides hold
    "range_street",
    "range_from",
    "range_to",
    "range_segment",
    "range_side",
    "range_zip",
    "range_city",
    "range_last",
    "cell_key",
    "cell_offset",
    "cell_range",
    # centerlines: vertices of all segments end to end, with running length
    "segment_offset",
    "vertex_x",
    "vertex_y",
    "vertex_m",
    # end nodes of centerlines, the nodes of each segment, and the segments of each street
    "node_x",
    "node_y",
    "node_last",
    "segment_node",
    "segment_street",
    "street_offset",
    "street_segment",
    # address points on each range side; only where there are such points
    "neighbour_key",
    "neighbour_point",
)
