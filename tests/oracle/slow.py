"""An independent slow computation of the measures: plain pandas and loops, from the formulas in words.

It reads the district's own files, not the snapshot, and shares no code with the measures. Its
answers are keyed by
measure, year, band, unit and part: value, numerator, denominator.
"""

import math
import re

import pandas as pd

from oracle.world import GRADES, World

MILE_M = 1609.344
MILES = {"0.5 mi": 0.5, "1 mi": 1, "2 mi": 2, "3 mi": 3}
COARSE = ("street", "zip", "intersection")
DISTRICT = "district"


class Slow:
    """All measures of placed students (pandas) in a world, by one kind of units."""

    def __init__(self, world: World, students: pd.DataFrame, kind: str, set_id: str):
        self.world, self.kind = world, kind
        self.stands = world.standing(kind, set_id)
        polygons = (world.areas if kind == "area" else world.zones)[set_id]
        self.units = sorted(set(polygons.index))
        self.grades = set(GRADES) if kind == "area" else set(world.zone_grades[set_id])
        self.students = self._prepared(students.copy(), set_id)
        self.years = sorted(students.year.unique())
        self.answers = {}

    def _prepared(self, t, set_id):
        w = self.world
        names = [
            "year",
            "grade",
            "school_id",
            "geo_status",
            "geo_match",
            "geo_reason",
            "school_of_right",
            "x",
            "y",
        ]
        t = t[[*names, f"{self.kind}_{set_id}", *(["shown_area"] if "shown_area" in t else [])]]
        t = t.astype({name: object for name in t.columns if name not in ("x", "y")})
        t["home"] = t[f"{self.kind}_{set_id}"].where(t.geo_status == "matched")
        t["placed"] = t.geo_status == "matched"
        t["known"] = t.school_id.isin(w.schools.index)
        serves = t.grade.isin(self.grades) if self.kind == "zone" else pd.Series(True, t.index)
        t["at"] = t.school_id.map(self.stands).where(serves & t.known)
        # whether it is known in which unit the home lies
        t["located"] = t.placed & (self.kind == "area" or ~t.geo_match.isin(COARSE))
        if self.kind == "zone":  # the zone's own school; ids of zones are those of their schools
            t["right"] = t.home
        else:
            t["right"] = t.school_of_right
        t["label"] = [w.label(s, y) for s, y in zip(t.school_id, t.year, strict=True)]
        t["right_label"] = [w.label(s, y) for s, y in zip(t.right, t.year, strict=True)]
        t["q"] = t.label.isin(w.quality)
        for whose, ids in (("s", t.school_id), ("r", t.right)):
            t[f"{whose}x"], t[f"{whose}y"] = ids.map(w.schools.x), ids.map(w.schools.y)
        t["far"] = ((t.x - t.sx) ** 2 + (t.y - t.sy) ** 2) ** 0.5
        t["right_far"] = ((t.x - t.rx) ** 2 + (t.y - t.ry) ** 2) ** 0.5
        t["near"] = self._nearest(t, lambda room: True)
        t["near_room"] = self._nearest(t, lambda room: room is not None and room > 0)
        t["near_unknown"] = self._nearest(t, lambda room: room is None)
        t["near_any"] = self._nearest(t, lambda room: True, quality_only=False)
        return t

    def _nearest(self, t, counts, quality_only=True):
        """Distance to the nearest quality school that serves the grade and whose unfilled seats, None where unknown, count."""
        w, found = self.world, pd.Series(float("nan"), t.index)
        for (year, grade), some in t[t.placed & t.grade.notna()].groupby(["year", "grade"]):
            best = pd.Series(float("inf"), some.index)
            for school in w.schools.index:
                if grade not in w.schools.serves[school] or (
                    quality_only and not w.is_quality(school, year)
                ):
                    continue
                if not counts(w.room(school, year)):
                    continue
                away = (
                    (some.x - w.schools.x[school]) ** 2 + (some.y - w.schools.y[school]) ** 2
                ) ** 0.5
                best = best.where(best <= away, away)
            found[some.index] = best
        return found

    def run(self):
        for year in self.years:
            for band, grades in self.world.bands.items():
                served = self.grades if grades is None else self.grades & set(grades)
                if not served:
                    continue
                t = self.students[self.students.year == year]
                if grades is not None:
                    t = t[t.grade.isin(grades)]
                homes, schools = dict(list(t.groupby("home"))), dict(list(t.groupby("at")))
                none = t.iloc[:0]
                pairs = {u: (homes.get(u, none), schools.get(u, none)) for u in self.units}
                pairs[DISTRICT] = (t[t.home.isin(self.units)], t[t["at"].isin(self.units)])
                for unit, (home, school) in pairs.items():
                    self._key = (year, band, unit)
                    self._counts(home, school)
                    self._shares(home, school)
                    self._leavers(home)
                    self._metres(home)
                    self._seats(home, served, year, unit)
                    if self.kind == "area":
                        self._coverage(t, unit)
        self._ranks()
        return self.answers

    def _put(self, measure, part, value, numerator=None, denominator=None):
        self.answers[(measure, *self._key, part)] = (value, numerator, denominator)

    def _share(self, measure, part, numerator, denominator):
        value = numerator / denominator if denominator else None
        self._put(measure, part, value, numerator, denominator)

    def _counts(self, home, school):
        self._put("residents", "", len(home), len(home), len(home))
        self._put("attenders", "", len(school), len(school), len(school))
        stay = int((home["at"] == home["home"]).sum())
        leave = int((home.known & (home["at"] != home["home"])).sum())
        seen = school[school.located]
        enter = int((seen["home"] != seen["at"]).sum())
        self._put("stay", "stay", stay, stay, stay + leave)
        self._put("leave", "leave", leave, leave, stay + leave)
        self._put("enter", "enter", enter, enter, len(seen))
        self._put("net_flow", "", enter - leave, enter - leave, None)

    def _shares(self, home, school):
        w, year = self.world, self._key[0]
        known = home[home.known]
        zoned = known.school_id == known.right
        inside = known["at"] == known["home"]
        self._share("capture", "stay", int(inside.sum()), len(known))
        self._share("attendance_type", "zoned", int(zoned.sum()), len(known))
        self._share("attendance_type", "other_in_area", int((~zoned & inside).sum()), len(known))
        self._share("attendance_type", "out_of_area", int((~zoned & ~inside).sum()), len(known))
        served = known.grade.isin(w.served)  # Of a grade that some zone serves.
        self._share("participation", "zoned", int(zoned.sum()), int(served.sum()))
        served = known[known.near_any.notna() & (known.near_any < math.inf)]
        nearest = (served.far.astype(float) - served.near_any).abs() < 0.01
        self._share("nearest_school", "nearest", int(nearest.sum()), len(served))
        if year not in w.rated_years:
            return
        self._share("in_quality", "residence", int(known.q.sum()), len(known))
        self._share("in_quality", "attendance", int(school.q.sum()), len(school))
        for label in w.labels:
            self._share(
                "tier_table", f"students {label}", int((school.label == label).sum()), len(school)
            )
        self._share("tier_table", "students not rated", int(school.label.isna().sum()), len(school))
        graded = home[home.grade.notna()]
        for name, miles in MILES.items():
            self._share("access", name, int((graded.near <= miles * MILE_M).sum()), len(graded))
            # With room, without, or not known: a school in reach may have some.
            within = graded.near_room <= miles * MILE_M
            sure = within | (graded.near_unknown > miles * MILE_M)
            self._share("access", f"{name} with room", int(within.sum()), int(sure.sum()))

    def _leavers(self, home):
        w, year = self.world, self._key[0]
        if year not in w.rated_years:
            return
        gone = home[home.known & (home["at"] != home["home"]) & home.right.notna()]
        tally = dict.fromkeys(("higher", "same", "lower", "not rated"), 0)
        tally |= {f"{one} {why}": 0 for one in tally for why in ("nearer", "right_full")}
        tally |= {"nearer": 0, "right_full": 0}
        sure = 0  # Of those who leave: seats and enrolment of the school of right are known.
        for row in gone.itertuples():
            if pd.isna(row.label) or pd.isna(row.right_label):
                word = "not rated"
            else:
                mine, right = w.labels.index(row.label), w.labels.index(row.right_label)
                word = "higher" if mine < right else "same" if mine == right else "lower"
            tally[word] += 1
            if row.far < row.right_far:
                tally["nearer"] += 1
                tally[f"{word} nearer"] += 1
            room = w.room(row.right, year)
            sure += room is not None
            if room is not None and room <= 0:
                tally["right_full"] += 1
                tally[f"{word} right_full"] += 1
        for part, n in tally.items():
            self._share("leave_reason", part, n, sure if part.endswith("right_full") else len(gone))

    def _metres(self, home):
        def both(measure, prefix, column):
            for how in ("median", "mean"):
                value = getattr(column, how)() if len(column) else None
                self._put(measure, f"{prefix}{how}", value, None, len(column))

        far = home[home.far.notna() & home.known]
        both("distance", "", far.far.astype(float))
        if self._key[0] not in self.world.rated_years:
            return
        for label in self.world.labels:
            both("distance", f"{label} ", far[far.label == label].far.astype(float))
        both("distance", "not rated ", far[far.label.isna()].far.astype(float))
        near = home[home.near.notna() & (home.near < math.inf)]
        both("nearest_quality", "", near.near)
        known = near[near.known & near.far.notna()]
        both("nearest_quality", "excess ", known.far.astype(float) - known.near)

    def _seats(self, home, served, year, unit):
        w = self.world
        pupils = seats = good = seats_of_known = empty = 0.0
        lasting = 0.0
        tiers = dict.fromkeys([*w.labels, "not rated"], 0)
        programmes = {}
        variants = {"declared": w.quality, "narrow": {w.labels[0]}}
        last = max(w.labels.index(one) for one in w.quality)
        variants["wide"] = set(w.labels[: last + 2])
        supply = dict.fromkeys([*variants, "unrated"], 0.0)
        start = int(year[:4])
        window = [f"{one}-{(one + 1) % 100:02d}" for one in range(start - 3, start + 1)]
        for row in w.rows:
            school, at = row.Index, self.stands.get(row.Index)
            if at is None or (unit != DISTRICT and at != unit):
                continue
            part = len(set(row.serves) & served) / len(row.serves)
            if part == 0:
                continue
            capacity, enrolled = w.capacity(school, year), w.enrolment(school, year)
            tiers[w.label(school, year) or "not rated"] += 1
            if capacity is None:  # A school without known seats offers none that could be counted.
                continue
            seats += capacity * part
            good += capacity * part * w.is_quality(school, year)
            for rule, labels in variants.items():
                supply[rule] += capacity * part * (w.label(school, year) in labels)
            unrated = w.label(school, year) is None
            supply["unrated"] += capacity * part * (unrated or w.is_quality(school, year))
            lasting += capacity * part * (sum(w.is_quality(school, one) for one in window) >= 3)
            for name in filter(None, re.split(r";\s*", row.programs)):
                programmes[name] = programmes.get(name, 0) + capacity * part
            if enrolled is not None:
                pupils += enrolled * part
                seats_of_known += capacity * part
                empty += max(0, capacity - enrolled) * part
        if not sum(tiers.values()):
            self._put("unfilled_seats", "", 0, 0, 0)
        if seats_of_known:
            self._share("utilisation", "", pupils, seats_of_known)
            self._put("unfilled_seats", "", empty, empty, seats_of_known)
        every = {
            name for text in w.schools.programs for name in filter(None, re.split(r";\s*", text))
        }
        for name in every:
            number = programmes.get(name, 0)
            value = 100 * number / len(home) if len(home) else None
            self._put("programme_density", name, value, number, len(home))
        if all(one in w.rated_years for one in window):
            self._share("rating_stability", "3 of 4 years", lasting, seats)
        if year not in w.rated_years:
            return
        for label, n in tiers.items():
            self._share("tier_table", f"schools {label}", n, sum(tiers.values()))
        self._share("quality_seat_share", "", good, seats)
        self._put("service_gap", "", len(home) - good, len(home) - good, len(home))
        self._share("service_level", "", min(good, len(home)), len(home))
        self._gap = getattr(self, "_gap", {})
        if len(home) and unit != DISTRICT:
            for rule in supply:
                self._gap.setdefault((rule, year, self._key[1]), {})[unit] = (
                    len(home) - supply[rule]
                )

    def _ranks(self):
        """Rank 1 has the largest gap; equal gaps share the better rank."""
        ranks = {
            key: {u: 1 + sum(other > mine for other in gaps.values()) for u, mine in gaps.items()}
            for key, gaps in getattr(self, "_gap", {}).items()
        }
        rules = ("declared", "narrow", "wide", "unrated")
        for year in self.years:
            bands = [b for b in self.world.bands if b != "all" and ("declared", year, b) in ranks]
            for band in bands:
                self._rank_rows(year, band, {rule: ranks[rule, year, band] for rule in rules})
            self._mean_rows(year, [(year, b) for b in bands], ranks, rules)
        every = [(y, b) for rule, y, b in ranks if rule == "declared" and b != "all"]
        self._mean_rows("all years", every, ranks, rules)

    def _mean_rows(self, year, keys, ranks, rules):
        units = {u for y, b in keys for u in ranks["declared", y, b]}
        means = {}
        for rule in rules:
            means[rule] = {}
            for u in units:
                mine = [ranks[rule, y, b][u] for y, b in keys if u in ranks[rule, y, b]]
                means[rule][u] = sum(mine) / len(mine)
        places = {
            rule: {u: 1 + sum(o < m - 1e-9 for o in found.values()) for u, m in found.items()}
            for rule, found in means.items()
        }
        self._rank_rows(year, "all", places)
        for u in units:
            self._key = (year, "all", u)
            self._put("need_rank", "mean_rank", means["declared"][u])

    def _rank_rows(self, year, band, by_rule, top=3):
        for u, rank in by_rule["declared"].items():
            self._key = (year, band, u)
            every = [by_rule[rule][u] for rule in by_rule]
            self._put("need_rank", "rank", rank)
            self._put("need_rank", "best", min(every))
            self._put("need_rank", "worst", max(every))
            self._put("need_rank", "in_top", int(max(every) <= top))

    def _coverage(self, t, unit):
        some = t if unit == DISTRICT else t[t.shown_area == unit]
        self._share("coverage", "matched", int(some.placed.sum()), len(some))
        for how in ("point", "range", "intersection", "street", "zip"):
            self._share("coverage", how, int((some.geo_match == how).sum()), len(some))
        known = (
            "empty",
            "no_number",
            "unknown_street",
            "out_of_range",
            "po_box",
            "rural_route",
            "military",
            "outside_region",
            "tie",
            "unreadable",
        )
        lost = some[~some.placed]
        for why in known:
            self._share(
                "coverage", f"unmatched {why}", int((lost.geo_reason == why).sum()), len(some)
            )
        rest = int((~lost.geo_reason.isin(known)).sum())
        self._share("coverage", "unmatched other", rest, len(some))


def in_boundary(world, students):
    """By school: its students who live in its zone, over its students of the grades for which it has one."""
    answers = {}
    t = students[students.school_id.isin(world.schools.index) & (students.geo_status == "matched")]
    t = t[~t.geo_match.isin(COARSE)]
    zone_of = {}
    for set_id, polygons in world.zones.items():
        for zone in polygons.index:
            zone_of.setdefault(zone, {}).update(dict.fromkeys(world.zone_grades[set_id], set_id))
    t["zone"] = [
        getattr(row, f"zone_{zone_of[row.school_id][row.grade]}")
        if row.grade in zone_of.get(row.school_id, ())
        else None
        for row in t.itertuples()
    ]
    t = t[[row.grade in zone_of.get(row.school_id, ()) for row in t.itertuples()]]
    for (year, school), some in t.groupby(["year", "school_id"]):
        for band, grades in world.bands.items():
            mine = some if grades is None else some[some.grade.isin(grades)]
            answers[year, band, school] = (int((mine.zone == school).sum()), len(mine))
    return answers
