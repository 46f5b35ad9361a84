"""The numbers of a scenario before and after, by school, area, grade and district."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from geoservice.planning.apply import Outcome
from geoservice.planning.ground import NO_SCHOOL, Floats, Ints, summed
from geoservice.planning.segregation import dissimilarity, exposure, isolation
from geoservice.planning.zone_shapes import zones_after, zones_before

METRES_PER_MILE = 1609.344
ALL = "all"
SPLIT_SHARE = 0.05
"""A neighbourhood or feeder is split where a second school takes at least this share of it."""
OVER, UNDER = 0.95, 0.80
COLUMNS = {
    "scenario": pl.String,
    "by": pl.String,
    "unit": pl.String,
    "name": pl.String,
    "grade": pl.String,
    "measure": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
}
MEASURES = {
    "students": "students of the zones (by school), or who live there (by area)",
    "moved_out": "students whose school of right is this one today and another afterwards",
    "moved_in": "students whose school of right is another today and this one afterwards",
    "moved": "students whose school of right changes",
    "may_stay": "of these, students who may stay at the school of today",
    "enrolled": "students who attend: who attend their school of right today go with it",
    "enrolled_first_year": "the same, with those who may stay at the school of today",
    "seats": "seats of the school",
    "utilisation": "enrolled beside seats",
    "in_quality": "students whose school of right is a quality school",
    "in_quality_share": "the same as a share",
    "distance_mean_miles": "mean distance from home to the school of right, straight line",
    "distance_median_miles": "median of the same",
    "beyond_walking": "students farther than the walking distance: eligible for a bus",
    "beyond_walking_share": "the same as a share",
    "schools": "schools of right of the area's students that take at least 5% of them",
    "split_areas": "areas with several such schools",
    "next_schools": "schools of the next level that at least 5% of the students go to",
    "split_feeders": "schools with several such schools of the next level",
    "pieces": "pieces of the zone",
    "compactness": "Polsby and Popper: 1 for a circle",
    "zones_in_pieces": "zones of more than one piece",
    "schools_over_95": "schools over 95% of their seats",
    "schools_under_80": "schools under 80% of their seats",
}
"""Measures with their meaning; ``share_…``, ``dissimilarity_…``, ``exposure_…`` and ``isolation_…``
are of subgroups."""

Row = tuple[str, str, str, str, str, float, float]


def scenario_numbers(outcome: Outcome, walking_miles: float) -> pl.DataFrame:
    """All numbers of a scenario, schema `COLUMNS`: a row per unit, grade and measure.

    Numbers that cannot be known (seats of a school that states none) are null.
    """
    view = _View(outcome, walking_miles)
    rows = [*_schools(view), *_areas(view), *_district(view)]
    table = pl.DataFrame(rows, schema=list(COLUMNS)[1:], orient="row").with_columns(
        scenario=pl.lit(outcome.scenario.id),
        before=pl.col("before").fill_nan(None),
        after=pl.col("after").fill_nan(None),
    )
    return table.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())


class _View:
    """Students by school, area and grade before and after."""

    def __init__(self, outcome: Outcome, walking_miles: float) -> None:
        self.outcome, self.residents = outcome, outcome.ground.residents
        self.schools = outcome.schools
        self.size = len(self.schools.ids)
        self.before, self.after = self.residents.right, outcome.after
        self.moved = outcome.is_moved
        self.far = [self._miles(right) for right in (self.before, self.after)]
        self.beyond = [far > walking_miles for far in self.far]
        self.nearest_first = [_ascending(far) for far in self.far]
        quality = np.append(self.schools.is_quality, False)
        self.quality = [quality[right] for right in (self.before, self.after)]
        self.area_count = len(self.residents.area_names)
        # Counts of all grades together have no grades to show.
        self.grades = [
            (place, grade) for place, grade in enumerate(self.residents.grade_names) if grade != ALL
        ]

    def _miles(self, right: Ints) -> Floats:
        x, y = np.append(self.schools.x, np.nan), np.append(self.schools.y, np.nan)
        away = np.hypot(self.residents.x - x[right], self.residents.y - y[right])
        return np.asarray(away / METRES_PER_MILE)

    def sums(
        self, keys: tuple[Ints, Ints], size: int, rows: list[np.ndarray] | None = None
    ) -> list[Floats]:
        """Students by key, before and after; of some rows alone where ``rows`` are masks."""
        masks = rows or [np.ones(len(self.moved), dtype=bool)] * 2
        return [
            summed(self.residents.count[mask], key[mask], size)
            for key, mask in zip(keys, masks, strict=True)
        ]


def _schools(view: _View) -> Iterator[Row]:
    """Numbers by school of those that have a zone before or after."""
    residents, schools, size = view.residents, view.schools, view.size
    keys = (view.before, view.after)
    cells = {"students": view.sums(keys, size)}
    out = summed(residents.count * view.moved, view.before, size)
    into = summed(residents.count * view.moved, view.after, size)
    stay = summed(residents.count * view.outcome.may_stay, view.before, size)
    none = np.full(size, np.nan)
    cells |= {"moved_out": [none, out], "moved_in": [none, into], "may_stay": [none, stay]}
    cells |= _seats(view)
    cells |= _shares("in_quality", view, keys, size, view.quality)
    cells |= _distances(view, keys, size)
    cells |= _groups(view, keys, size)
    cells["next_schools"] = [
        _takers(key, residents.next_school, residents.count, size, size) for key in keys
    ]
    zone = _zones(view)
    cells |= zone
    shown = np.flatnonzero(
        (cells["students"][0] > 0)
        | (cells["students"][1] > 0)
        | ~np.isnan(zone["pieces"][0])
        | ~np.isnan(zone["pieces"][1])
    )
    for school in shown.tolist():
        for measure, (before, after) in cells.items():
            yield (
                "school",
                schools.ids[school],
                schools.names[school],
                ALL,
                measure,
                before[school],
                after[school],
            )
    for place, grade in view.grades:
        is_grade = residents.grade == place
        before, after = view.sums(keys, size, [is_grade, is_grade])
        for school in shown.tolist():
            yield (
                "school",
                schools.ids[school],
                schools.names[school],
                grade,
                "students",
                before[school],
                after[school],
            )


def _seats(view: _View) -> dict[str, list[Floats]]:
    residents, size = view.residents, view.size
    today = np.where(residents.attends == NO_SCHOOL, residents.right, residents.attends)
    before = summed(residents.count, today, size)
    after = summed(residents.count, view.outcome.enrolled(), size)
    first = summed(residents.count, view.outcome.enrolled(first_year=True), size)
    seats_before = np.full(size, np.nan)
    seats_before[: len(view.outcome.ground.schools.ids)] = view.outcome.ground.schools.seats
    seats_after = np.where(view.schools.is_open, view.schools.seats, np.nan)
    return {
        "enrolled": [before, after],
        "enrolled_first_year": [np.full(size, np.nan), first],
        "seats": [seats_before, seats_after],
        "utilisation": [before / seats_before, after / seats_after],
    }


def _shares(
    name: str, view: _View, keys: tuple[Ints, Ints], size: int, masks: list[np.ndarray]
) -> dict[str, list[Floats]]:
    """Number and share of the students of a mask."""
    whole, part = view.sums(keys, size), view.sums(keys, size, masks)
    shares = [_ratio(some, every) for some, every in zip(part, whole, strict=True)]
    return {name: part, f"{name}_share": shares}


def _ascending(values: Floats) -> Ints:
    """The rows of finite values, the smallest first."""
    order = np.argsort(values)
    return order[: int(np.isfinite(values).sum())]


def _distances(view: _View, keys: tuple[Ints, Ints], size: int) -> dict[str, list[Floats]]:
    means, medians = [], []
    for key, far, order in zip(keys, view.far, view.nearest_first, strict=True):
        known, count = np.where(np.isfinite(far), key, -1), view.residents.count
        miles = summed(count * np.nan_to_num(far), known, size)
        means.append(_ratio(miles, summed(count, known, size)))
        medians.append(_medians(far[order], count[order], key[order], size))
    return {
        "distance_mean_miles": means,
        "distance_median_miles": medians,
        **_shares("beyond_walking", view, keys, size, view.beyond),
    }


def _medians(values: Floats, count: Floats, keys: Ints, size: int) -> Floats:
    """Weighted lower medians by key of ascending values; NaN for keys without a row."""
    found = np.full(size, np.nan)
    # Small whole numbers are sorted by their digits, which is several times as fast.
    small = keys.astype(np.int16) if size < np.iinfo(np.int16).max else keys
    order = np.argsort(small, kind="stable")
    order = order[(keys[order] >= 0) & (count[order] > 0)]
    if not len(order):
        return found
    key, running = keys[order], np.cumsum(count[order])
    firsts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    before = np.r_[0.0, running[firsts[1:] - 1]]
    totals = np.r_[running[firsts[1:] - 1], running[-1]] - before
    at = np.searchsorted(running, before + totals / 2, side="left")
    found[key[firsts]] = values[order][at]
    return found


def _groups(view: _View, keys: tuple[Ints, Ints], size: int) -> dict[str, list[Floats]]:
    cells: dict[str, list[Floats]] = {}
    whole = view.sums(keys, size)
    for name, members in view.residents.groups.items():  # Over listed subgroups.
        part = view.sums(keys, size, [members, members])
        cells[f"share_{name}"] = [
            _ratio(some, every) for some, every in zip(part, whole, strict=True)
        ]
    return cells


def _zones(view: _View) -> dict[str, list[Floats]]:
    cells = {
        name: [np.full(view.size, np.nan), np.full(view.size, np.nan)]
        for name in ("pieces", "compactness")
    }
    for when, shapes in enumerate((zones_before(view.outcome), zones_after(view.outcome))):
        known = shapes.school != NO_SCHOOL
        cells["pieces"][when][shapes.school[known]] = shapes.pieces[known]
        cells["compactness"][when][shapes.school[known]] = shapes.compactness[known]
    return cells


def _areas(view: _View) -> Iterator[Row]:
    """Numbers by area of the region's first regionalisation."""
    residents, size = view.residents, view.area_count
    keys = (residents.area, residents.area)
    moved = summed(residents.count * view.moved, residents.area, size)
    stay = summed(residents.count * view.outcome.may_stay, residents.area, size)
    none = np.full(size, np.nan)
    cells = {
        "students": view.sums(keys, size),
        "moved": [none, moved],
        "may_stay": [none, stay],
        **_shares("in_quality", view, keys, size, view.quality),
        **_distances(view, keys, size),
        "schools": [
            _takers(residents.area, right, residents.count, size, view.size)
            for right in (view.before, view.after)
        ],
    }
    for area, name in enumerate(residents.area_names):
        for measure, (before, after) in cells.items():
            yield (
                "area",
                view.outcome.ground.area_ids[area],
                name,
                ALL,
                measure,
                before[area],
                after[area],
            )


def _district(view: _View) -> Iterator[Row]:
    """Numbers of the district, of all grades and of each."""
    residents, size = view.residents, view.size
    keys = (view.before, view.after)
    every = np.zeros(len(view.moved), dtype=np.int64)
    cells = _whole(view, every)
    by_school = _seats(view)["utilisation"]
    cells["schools_over_95"] = [float((full > OVER).sum()) for full in by_school]
    cells["schools_under_80"] = [float((full < UNDER).sum()) for full in by_school]
    areas = [
        _takers(residents.area, right, residents.count, view.area_count, size) for right in keys
    ]
    cells["split_areas"] = [float((takers > 1).sum()) for takers in areas]
    feeders = [_takers(right, residents.next_school, residents.count, size, size) for right in keys]
    cells["split_feeders"] = [float((takers > 1).sum()) for takers in feeders]
    cells["zones_in_pieces"] = [float((pieces > 1).sum()) for pieces in _zones(view)["pieces"]]
    whole = view.sums(keys, size)
    for name, members in residents.groups.items():
        part = view.sums(keys, size, [members, members])
        for measure, index in (
            ("dissimilarity", dissimilarity),
            ("exposure", exposure),
            ("isolation", isolation),
        ):
            cells[f"{measure}_{name}"] = [
                index(some, all_ - some) for some, all_ in zip(part, whole, strict=True)
            ]
    for measure, (before, after) in cells.items():
        yield ("district", "district", "", ALL, measure, before, after)
    for place, grade in view.grades:
        is_grade = np.where(residents.grade == place, 0, -1)
        for measure, (before, after) in _whole(view, is_grade).items():
            yield ("district", "district", "", grade, measure, before, after)


def _whole(view: _View, key: Ints) -> dict[str, list[float]]:
    """Numbers of the rows whose key is 0 together."""
    residents, keys = view.residents, (key, key)
    located = [np.where(right >= 0, key, -1) for right in (view.before, view.after)]
    cells = {
        "students": view.sums((located[0], located[1]), 1),
        "moved": [np.array([np.nan]), summed(residents.count * view.moved, key, 1)],
        "may_stay": [np.array([np.nan]), summed(residents.count * view.outcome.may_stay, key, 1)],
        **_shares("in_quality", view, keys, 1, view.quality),
        **_distances(view, keys, 1),
    }
    return {measure: [float(value[0]) for value in values] for measure, values in cells.items()}


def _takers(home: Ints, taker: Ints, count: Floats, homes: int, takers: int) -> Floats:
    """By home the number of takers that at least `SPLIT_SHARE` of its students go to."""
    known = (home >= 0) & (taker >= 0)
    pair = home[known] * takers + taker[known]
    by_home = summed(count[known], pair, homes * takers).reshape(homes, takers)
    total = by_home.sum(axis=1)
    found = (by_home >= SPLIT_SHARE * total[:, None]) & (by_home > 0)
    return np.where(total > 0, found.sum(axis=1), np.nan)


def _ratio(part: Floats, whole: Floats) -> Floats:
    shares = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return np.asarray(shares)
