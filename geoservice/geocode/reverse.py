"""Coordinates to the nearest address and street, for whole columns."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.model.columns import gathered
from geoservice.reference.once import OncePerReference
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
POINT_WITHIN_M = 60.0
"""An address point nearer than this is the address; else the number is told from the ranges."""
FARTHEST_M = 500.0
"""Beyond this from all streets and points a place has no address."""
REVERSE_COLUMNS = {
    "rev_address": pl.String,
    "rev_match": pl.String,
    "rev_distance_m": pl.Float64,
    "rev_street": pl.String,
    "rev_source": pl.String,
}
"""Columns of a reverse answer: address, `point` or `range`, metres to it, street, feature."""


@dataclass(frozen=True)
class _Side:
    """The range side nearest to each place; -1 without a range side."""

    place: Ints
    number: Ints
    distance_m: Floats
    segment: Ints


class ReverseGeocoder:
    """Finds the nearest addresses of a reference. Safe to share between threads."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        xy = np.stack([reference.array("point_x"), reference.array("point_y")], axis=1)
        from scipy.spatial import cKDTree  # It takes a third of a second to load.

        self._points = cKDTree(xy) if len(xy) else None
        self._lines = _lines(reference)
        self._tree = shapely.STRtree(self._lines)
        self._side_at = _sides(reference)

    def reverse(self, x: Floats, y: Floats) -> pl.DataFrame:
        """The columns `REVERSE_COLUMNS` for places in metres; null if nothing is near."""
        finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        point, point_m = self._nearest_points(x, y, finite)
        side = self._nearest_sides(x, y, finite)
        # Where no range is near, the nearest point is the best answer there is.
        reach_m = np.where(side.place >= 0, POINT_WITHIN_M, FARTHEST_M)
        by_point = np.flatnonzero(point_m <= reach_m)
        by_range = np.flatnonzero((point_m > reach_m) & (side.place >= 0))
        frame = pl.DataFrame(
            {name: [None] * len(x) for name in REVERSE_COLUMNS}, schema=REVERSE_COLUMNS
        )
        frame = frame.with_columns(rev_street=self._street_text(self._street_of(side.segment)))
        frame = _put(frame, by_range, self._of_ranges(side, by_range))
        return _put(frame, by_point, self._of_points(point[by_point], point_m[by_point]))

    def _nearest_points(self, x: Floats, y: Floats, finite: Ints) -> tuple[Ints, Floats]:
        point, distance = np.full(len(x), -1, dtype=np.int64), np.full(len(x), np.inf)
        if self._points is not None and len(finite):
            distance[finite], point[finite] = self._points.query(
                np.stack([x[finite], y[finite]], axis=1)
            )
        return point, distance

    def _nearest_sides(self, x: Floats, y: Floats, finite: Ints) -> _Side:
        place = np.full(len(x), -1, dtype=np.int64)
        number, segment = place.copy(), place.copy()
        far = np.full(len(x), np.inf)
        if len(self._lines) and len(finite):
            spots = shapely.points(x[finite], y[finite])
            (row, line), distance = self._tree.query_nearest(
                spots, max_distance=FARTHEST_M, return_distance=True, all_matches=False
            )
            rows = finite[row]
            segment[rows], far[rows] = line, distance
            along = shapely.line_locate_point(self._lines[line], spots[row], normalized=True)
            place[rows], number[rows] = self._number(line, along, x[rows], y[rows])
        return _Side(place, number, far, segment)

    def _number(self, line: Ints, along: Floats, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """Return the range side next to the place, and the nearest number of its parity."""
        position = shapely.line_interpolate_point(self._lines[line], along, normalized=True)
        ahead = np.minimum(along + 0.001, 1.0)
        position_ahead = shapely.line_interpolate_point(self._lines[line], ahead, normalized=True)
        back = shapely.line_interpolate_point(
            self._lines[line], np.maximum(along - 0.001, 0.0), normalized=True
        )
        dx, dy = (
            shapely.get_x(position_ahead) - shapely.get_x(back),
            shapely.get_y(position_ahead) - shapely.get_y(back),
        )
        cross = dx * (y - shapely.get_y(position)) - dy * (x - shapely.get_x(position))
        side = np.where(cross >= 0, 0, 1)
        side_place = self._side_at[line, side]
        place = np.where(side_place >= 0, side_place, self._side_at[line, 1 - side])
        safe_place = np.maximum(place, 0)
        start = self._reference.array("range_from")[safe_place].astype(np.int64)
        end = self._reference.array("range_to")[safe_place].astype(np.int64)
        step = np.where((end - start) % 2 == 0, 2, 1)
        number = start + step * np.round(along * (end - start) / step).astype(np.int64)
        return place, np.where(place >= 0, number, -1)

    def _street_of(self, segment: Ints) -> Ints:
        """Return the street of each centerline, or -1."""
        street = np.full(len(segment), -1, dtype=np.int64)
        is_known = segment >= 0
        street[is_known] = self._reference.array("segment_street")[segment[is_known]]
        return street

    def _street_text(self, street: Ints) -> pl.Series:
        return gathered(self._reference.street_table["display"], street)

    def _of_points(self, point: Ints, distance_m: Floats) -> pl.DataFrame:
        reference = self._reference
        street = reference.array("point_key")[point] >> 32
        texts = reference.point_text
        names = self._street_text(street)
        last_line = reference.last_lines.gather(reference.array("point_last")[point])
        address = pl.select(
            pl.concat_str(texts["number"].gather(point), pl.lit(" "), names, last_line)
        )
        return pl.DataFrame(
            {
                "rev_address": address.to_series(),
                "rev_match": ["point"] * len(point),
                "rev_distance_m": np.round(distance_m, 1),
                "rev_street": names,
                "rev_source": texts["source"].gather(point),
            },
            schema=REVERSE_COLUMNS,
        )

    def _of_ranges(self, side: _Side, rows: Ints) -> pl.DataFrame:
        reference, place = self._reference, side.place[rows]
        names = self._street_text(reference.array("range_street")[place].astype(np.int64))
        last_line = reference.last_lines.gather(reference.array("range_last")[place])
        number = pl.Series(side.number[rows]).cast(pl.String)
        address = pl.select(pl.concat_str(number, pl.lit(" "), names, last_line)).to_series()
        return pl.DataFrame(
            {
                "rev_address": address,
                "rev_match": ["range"] * len(rows),
                "rev_distance_m": np.round(side.distance_m[rows], 1),
                "rev_street": names,
                "rev_source": reference.segment_text["source"].gather(side.segment[rows]),
            },
            schema=REVERSE_COLUMNS,
        )


reverse_geocoder_of = OncePerReference(ReverseGeocoder)
"""The reverse geocoder of a reference: it builds search trees."""


def _lines(reference: Reference) -> NDArray[np.object_]:
    offset = reference.array("segment_offset").astype(np.int64)
    xy = np.stack([reference.array("vertex_x"), reference.array("vertex_y")], axis=1)
    owner = np.repeat(np.arange(len(offset) - 1), np.diff(offset))
    return (
        np.asarray(shapely.linestrings(xy, indices=owner))
        if len(xy)
        else np.array([], dtype=object)
    )


def _sides(reference: Reference) -> Ints:
    """Return the first range side on the left and right of each segment, or -1."""
    sides = np.full((len(reference.array("segment_offset")) - 1, 2), -1, dtype=np.int64)
    segment = reference.array("range_segment")[::-1].astype(np.int64)
    hand = reference.array("range_side")[::-1].astype(np.int64)
    sides[segment, hand] = np.arange(len(segment))[::-1]
    return sides


def _put(frame: pl.DataFrame, rows: Ints, part: pl.DataFrame) -> pl.DataFrame:
    if not len(rows):
        return frame
    position = np.arange(len(frame))
    position[rows] = np.arange(len(rows)) + len(frame)
    return pl.concat([frame, part])[position]
