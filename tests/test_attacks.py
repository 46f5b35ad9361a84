"""Planted attacks: each first succeeds against figures that only leave out small numbers, then fails against a release."""

import numpy as np
import polars as pl
import pytest
from planned import planned as plan
from scipy import sparse as sp
from scipy.optimize import linprog

from geoservice.measures.between import corners
from geoservice.measures.coding import HIDDEN, SHOWN
from geoservice.measures.linked import (
    ALL_GRADES,
    DISTRICT,
    FLOW,
    LINE,
    ROUGH,
    Spec,
    link,
    share,
    total,
)
from geoservice.measures.plan import Plan
from geoservice.measures.reader import Reader, Told, Wishes
from geoservice.measures.suppression import Suppression
from geoservice.measures.told_lines import ToldLines

MIN_N = 10
BANDS = {"K-5": ["03"], "6-8": ["07"], "9-12": ["10"]}


def students(**counts):
    """Counts from ``grade unit ... = n`` written as a table: one row per list."""
    rows = counts["rows"]
    return pl.DataFrame(rows, schema=["year", "grade", *counts["columns"], "n"], orient="row")


def naive(made, specs):
    """Figures of an office that leaves out every number from 1 to 9, and nothing else: by unit and part."""
    lines = {}
    for spec in specs:
        counted = made if spec.where is None else made.filter(spec.where)
        unit = pl.when(spec.key.is_not_null()).then(
            pl.lit(DISTRICT) if spec.is_sum else spec.key.cast(pl.String)
        )
        named = counted.select("n", unit=unit).drop_nulls("unit")
        for unit, n in named.group_by("unit").agg(pl.col("n").sum()).iter_rows():
            if n >= MIN_N or n == 0:
                lines[spec.units, unit, spec.part] = n
    return lines


def released(made: Plan, band=ALL_GRADES):
    """Numbers that a release shows: by kind of units, unit and part."""
    some = made.status.filter(pl.col("band") == band).drop_nulls("numerator")
    return {(u, one, part): n for u, one, part, n in
            some.select("units", "unit", "part", "numerator").iter_rows()}  # fmt: skip


def _numbers(status):
    return {(u, one, ""): n for u, one, n in status.filter(band=ALL_GRADES).select("units", "unit", "numerator").iter_rows()}  # fmt: skip


def shares_of(units, part, key, where):
    return [*total(units, key), *share(units, part, key, where)]


def test_one_hidden_zone_is_not_the_district_less_the_others():
    made = students(columns=["zone"], rows=[("2024-25", "03", "A", 40), ("2024-25", "03", "B", 4), ("2024-25", "03", "C", 55)])  # fmt: skip
    specs = total("zone", pl.col("zone"))

    def attack(shown):
        others = [shown.get(("zone", one, "")) for one in "AC"]
        whole = shown.get(("zone", DISTRICT, ""))
        return None if None in (*others, whole) else whole - sum(others)

    assert attack(naive(made, specs)) == 4
    assert attack(released(plan(made, specs, BANDS, MIN_N))) is None


def test_zone_region_and_district_are_one_table():
    rows = [("2024-25", "03", "A", "north", 40), ("2024-25", "03", "B", "north", 3), ("2024-25", "03", "C", "south", 50), ("2024-25", "03", "D", "south", 60)]  # fmt: skip
    made = students(columns=["zone", "area"], rows=rows)
    specs = (*total("zone", pl.col("zone")), *total("area", pl.col("area")))

    def attack(shown):
        """The hidden zone of the north, by its area or by the district less all that is shown."""
        north, zone_a = shown.get(("area", "north", "")), shown.get(("zone", "A", ""))
        south, whole = shown.get(("area", "south", "")), shown.get(("zone", DISTRICT, ""))
        if zone_a is None:
            return None
        if north is None and None not in (south, whole):
            north = whole - south
        return None if north is None else north - zone_a

    assert attack(naive(made, specs)) == 3
    assert attack(released(plan(made, specs, BANDS, MIN_N, units=("zone", "area")))) is None


def test_two_regionalisations_are_not_subtracted():
    rows = [("2024-25", "03", "n1", "w1", 200), ("2024-25", "03", "n1", "w2", 4), ("2024-25", "03", "n2", "w2", 300)]  # fmt: skip
    made = students(columns=["area", "ward"], rows=rows)
    specs = (*total("area", pl.col("area")), *total("ward", pl.col("ward")))

    def attack(shown):
        numbers = shown.get(("ward", "w2", "")), shown.get(("area", "n2", ""))
        other = shown.get(("area", "n1", "")), shown.get(("ward", "w1", ""))
        if None not in numbers:
            return numbers[0] - numbers[1]
        return None if None in other else other[0] - other[1]

    assert attack(naive(made, specs)) == 4
    made_plan = plan(made, specs, BANDS, MIN_N, units=("area", "ward"))
    assert attack(released(made_plan)) is None
    assert made_plan.holds


def test_two_filters_are_not_subtracted():
    rows = [("2024-25", "03", "A", 40), ("2024-25", "07", "A", 30), ("2024-25", "10", "A", 2),
            ("2024-25", "03", "B", 70), ("2024-25", "07", "B", 50), ("2024-25", "10", "B", 90)]  # fmt: skip
    made = students(columns=["zone"], rows=rows)
    specs = total("zone", pl.col("zone"))
    by_band = {band: naive(made.filter(pl.col("grade").is_in(grades)), specs) for band, grades in BANDS.items()}  # fmt: skip
    by_band[ALL_GRADES] = naive(made, specs)

    def attack(of_band):
        key = ("zone", "A", "")
        known = [of_band[one].get(key) for one in (ALL_GRADES, "K-5", "6-8")]
        return None if None in known else known[0] - known[1] - known[2]

    assert attack(by_band) == 2
    made_plan = plan(made, specs, BANDS, MIN_N)
    assert attack({one: released(made_plan, one) for one in (*BANDS, ALL_GRADES)}) is None


def test_two_shares_of_one_total_are_not_subtracted():
    """Within a mile 45 of 90, within half a mile 40: five live between."""
    rows = [("2024-25", "03", "A", *one) for one in (("near", 40), ("between", 5), ("far", 45))]
    made = students(columns=["zone", "place"], rows=rows)
    zone, place = pl.col("zone"), pl.col("place")
    specs = [*shares_of("zone|access", "half a mile", zone, place == "near"),
             *share("zone|access", "a mile", zone, place.is_in(["near", "between"]))]  # fmt: skip

    def attack(shown):
        more, fewer = (shown.get(("zone|access", "A", one)) for one in ("a mile", "half a mile"))
        return None if None in (more, fewer) else more - fewer

    assert attack(naive(made, specs)) == 5
    made_public = plan(made, specs, BANDS, MIN_N)
    assert made_public.holds
    assert attack(released(made_public)) is None


@pytest.mark.parametrize("label", ["B", "run by parents", "along the river", "far along the river"])
def test_labels_do_not_make_a_share_one_by_another_scheme(label):
    """What two schemes leave between them may be known where settled lines tell it: not so what labels of one leave."""
    cells = pl.DataFrame({"unit": ["A"] * 3, "rated": ["first", label, "both"], "n": [40, 30, 5], "bands": [[ALL_GRADES]] * 3})  # fmt: skip
    zone, rated = pl.col("unit"), pl.col("rated")
    specs = [*total("zone|tiers", zone), *(one for part in ("first", label)
                                           for one in share("zone|tiers", part, zone, rated.is_in([part, "both"])))]  # fmt: skip
    by_standards, of_one = corners(link(cells, specs, sp.csr_matrix((0, 3)), np.zeros(3)), MIN_N)
    assert (by_standards.shape[0], of_one.shape[0]) == (0, 1)


@pytest.mark.parametrize(("units", "part"), [("zone|leaving by stars", "higher"), ("zone|leaving", "higher nearer along network")])  # fmt: skip
def test_shares_by_two_standards_are_known_by_their_names(units, part):
    cells = pl.DataFrame({"unit": ["A"] * 3, "n": [40, 30, 5], "bands": [[ALL_GRADES]] * 3})
    zone, n = pl.col("unit"), pl.col("n")
    specs = [*total("zone|leaving", zone), *(total(units, zone) if "by" in units else ()),
             *share("zone|leaving", "higher", zone, n != 30), *share(units, part, zone, n < 40)]  # fmt: skip
    by_standards, of_one = corners(link(cells, specs, sp.csr_matrix((0, 3)), np.zeros(3)), MIN_N)
    assert (by_standards.shape[0], of_one.shape[0]) == (1, 0)


def test_a_change_that_settled_lines_deny_is_none():
    """Whatever a solver says: the audit counts only what is true of all that is told."""
    cells = pl.DataFrame({"unit": ["A", "B"], "n": [40, 60], "bands": [[ALL_GRADES]] * 2})
    linked = link(cells, total("zone", pl.col("unit")), sp.csr_matrix((0, 2)), np.zeros(2))
    status = np.array(
        [SHOWN if unit == DISTRICT else HIDDEN for unit in linked.lines["unit"]], dtype=object
    )
    nothing = np.zeros(3, dtype=bool)
    lines = ToldLines(linked, MIN_N, status, status == SHOWN, nothing, sp.csr_matrix((0, 2)))
    assert not lines.change(np.array([10.0, 0.0]))
    assert not lines.high.any()
    assert lines.change(np.array([10.0, -10.0]))
    assert lines.high.max() == 10


@pytest.mark.parametrize("answer", [None, "denied"])
def test_a_program_that_fails_does_not_show_a_line_again(answer):
    """Lines hidden for others' sake are shown where they follow from what is told: a failed program is no proof of that."""
    cells = pl.DataFrame({"unit": ["A", "B"], "n": [40, 60], "bands": [[ALL_GRADES]] * 2})
    linked = link(cells, total("zone", pl.col("unit")), sp.csr_matrix((0, 2)), np.zeros(2))
    told = linked.lines["unit"].to_numpy() == DISTRICT
    status = np.where(told, SHOWN, HIDDEN).astype(object)
    lines = ToldLines(linked, MIN_N, status, told, np.zeros(3, dtype=bool), sp.csr_matrix((0, 2)))

    class Failing:
        def settled(self):
            return self

        def raised(self, *_, **__):
            return None if answer is None else np.array([10.0, 0.0])

    one = int(np.flatnonzero((lines.sums.toarray() == [1, 0]).all(axis=1))[0])
    every = np.ones(2, dtype=bool)
    block = Reader(lines.sums, linked.ties, linked.students, np.arange(2), every)
    block.knowing = lambda _: Failing()
    Suppression(lines, [[block]], MIN_N, None)._shown_again(one)
    assert (lines.status[~told] == HIDDEN).all()


def test_no_sum_gives_way_further_than_what_is_settled_of_it():
    """One line of it may be rounded, within 4 students, another is settled within 5."""
    one, end = sp.csr_matrix([[1.0]]), np.array([5.0])
    told = Told(*np.zeros((2, 1)), ease_low=-0.8 * end, ease_high=0.8 * end, last_low=-end, last_high=end, cost=np.ones(1))  # fmt: skip
    block = Reader(one, sp.csr_matrix((0, 1)), np.array([20.0]), np.arange(1), np.ones(1, dtype=bool))  # fmt: skip
    for sign in (1.0, -1.0):
        wish = Wishes(one, np.array([10.0]), np.array([sign]))
        assert block.knowing(told).raised(wish, price=1e6) == pytest.approx(sign * end)


def test_grades_outside_every_band_do_not_follow_from_all_grades():
    rows = [("2024-25", "03", "A", 40), ("2024-25", "PK", "A", 3), ("2024-25", "03", "B", 70)]
    made = students(columns=["zone"], rows=rows)
    made_plan = plan(made, total("zone", pl.col("zone")), BANDS, MIN_N, units=("zone",))
    shown = [released(made_plan, one).get(("zone", "A", "")) for one in ("K-5", ALL_GRADES)]
    assert None in shown


@pytest.mark.parametrize("many", [0, 12])
def test_all_in_one_category_is_not_told(many):
    rows = [("2024-25", "03", "A", True, many), ("2024-25", "03", "A", False, 12 - many),
            ("2024-25", "03", "B", True, 40), ("2024-25", "03", "B", False, 50)]  # fmt: skip
    made = students(columns=["zone", "stays"], rows=[row for row in rows if row[-1]])
    specs = shares_of("zone", "stay", pl.col("zone"), pl.col("stays"))

    def attack(shown):
        part, whole = shown.get(("zone", "A", "stay"), 0), shown.get(("zone", "A", ""))
        return whole is not None and part in (0, whole) and ("zone", "A", "stay") in shown

    lines = naive(made, specs)
    lines.setdefault(("zone", "A", "stay"), 0)
    assert attack(lines)
    made_plan = plan(made, specs, BANDS, MIN_N, categories=["stays"], base=_shown_totals(made, specs))  # fmt: skip
    assert not attack(released(made_plan))


@pytest.mark.parametrize(("many", "whole", "status"), [(400, 400, "high"), (0, 400, "low"), (398, 400, "high"), (150, 400, "shown")])  # fmt: skip
def test_rates_near_none_and_all_are_coded(many, whole, status):
    rows = [("2024-25", "03", "A", True, many), ("2024-25", "03", "A", False, whole - many), ("2024-25", "03", "B", True, 90), ("2024-25", "03", "B", False, 90)]  # fmt: skip
    made = students(columns=["zone", "stays"], rows=[row for row in rows if row[-1]])
    specs = shares_of("zone", "stay", pl.col("zone"), pl.col("stays"))
    made_plan = plan(made, specs, BANDS, MIN_N, categories=["stays"], base=_shown_totals(made, specs))  # fmt: skip
    line = made_plan.status.filter(unit="A", part="stay", band=ALL_GRADES)
    assert line["status"].to_list() == [status]
    assert (line["numerator"][0] is None) == (status != "shown")


def test_a_rounded_share_is_a_number_of_two_digits():
    """19 steps of 0.05 are 0.95, and not 0.9500000000000001."""
    rows = [("2024-25", "03", zone, stays, n) for zone, stays, n in
            (("A", True, 203), ("A", False, 11), ("B", True, 3), ("B", False, 60))]  # fmt: skip
    made = students(columns=["zone", "stays"], rows=rows)
    zone, stays = pl.col("zone"), pl.col("stays")
    done = plan(made, [*total("zone", zone), *share("zone", "stay", zone, stays, ROUGH)], BANDS, MIN_N)  # fmt: skip
    values = done.status.filter(status="rounded")["value"].to_list()
    assert 0.95 in values
    assert values == [round(one, 2) for one in values]


def test_a_rate_times_its_denominator_is_no_small_number():
    rows = [("2024-25", "03", "A", True, 60), ("2024-25", "03", "A", False, 4), ("2024-25", "03", "B", True, 90), ("2024-25", "03", "B", False, 90)]  # fmt: skip
    made = students(columns=["zone", "stays"], rows=rows)
    specs = [*shares_of("zone", "stay", pl.col("zone"), pl.col("stays")), *share("zone", "leave", pl.col("zone"), ~pl.col("stays"))]  # fmt: skip

    def attack(shown):
        whole, stay = shown.get(("zone", "A", "")), shown.get(("zone", "A", "stay"))
        return None if None in (whole, stay) else whole - stay

    assert attack(naive(made, specs)) == 4
    made_plan = plan(made, specs, BANDS, MIN_N, categories=["stays"], base=_shown_totals(made, specs))  # fmt: skip
    assert attack(released(made_plan)) is None
    assert made_plan.holds


def test_the_remainder_over_hidden_schools_gives_no_flow():
    rows = [("2024-25", "03", "Z1", "s1", 60), ("2024-25", "03", "Z1", "s2", 4), ("2024-25", "03", "Z1", "s3", 25),
            ("2024-25", "03", "Z2", "s2", 70), ("2024-25", "03", "Z2", "s1", 6), ("2024-25", "03", "Z2", "s3", 30)]  # fmt: skip
    made = students(columns=["zone", "school"], rows=rows)
    zone, school = pl.col("zone"), pl.col("school")
    specs = [*total("zone", zone), *total("school", school)]
    specs += [Spec("zone", f"to {one}", pl.when(school == one).then(zone), FLOW) for one in ("s1", "s2", "s3")]  # fmt: skip

    def attack(shown):
        """The total of a zone less its flows that are shown, over the schools that are not."""
        flows = [shown.get(("zone", "Z1", f"to {one}")) for one in ("s1", "s2", "s3")]
        hidden = flows.count(None)
        rest = shown[("zone", "Z1", "")] - sum(one or 0 for one in flows)
        return rest if hidden == 1 else None

    assert attack(naive(made, specs)) == 4
    totals = _shown_totals(made, specs)
    shown = released(plan(made, specs, BANDS, MIN_N, base=totals)) | _numbers(totals)
    assert attack(shown) is None
    rest = shown[("zone", "Z1", "")] - sum(n for (u, one, part), n in shown.items() if (u, one) == ("zone", "Z1") and part)  # fmt: skip
    assert rest >= MIN_N


def test_two_releases_of_the_same_students_are_not_subtracted():
    first = students(
        columns=["zone"], rows=[("2024-25", "03", "A", 40), ("2024-25", "03", "B", 70)]
    )
    later = students(
        columns=["zone"], rows=[("2024-25", "03", "A", 42), ("2024-25", "03", "B", 70)]
    )
    specs = total("zone", pl.col("zone"))

    def attack(one, other):
        numbers = [shown.get(("zone", "A", "")) for shown in (one, other)]
        return None if None in numbers else numbers[1] - numbers[0]

    assert attack(naive(first, specs), naive(later, specs)) == 2
    before = plan(first, specs, BANDS, MIN_N)
    known = before.status.filter(status="shown").with_columns(value="numerator")
    after = plan(later, specs, BANDS, MIN_N, before=known)
    assert attack(released(before), released(after)) is None
    shown = released(after)
    assert ("zone", "B", "") not in shown or ("zone", DISTRICT, "") not in shown


def _of_two_lists(first, later, specs, specs_later=None):
    """The release of a list after that of an earlier one."""
    before = plan(first, specs, BANDS, MIN_N)
    known = before.status.filter(status="shown").with_columns(value="numerator")
    return plan(later, specs_later or specs, BANDS, MIN_N, before=known)


def test_a_share_that_one_student_joined_is_hidden_though_the_rest_is_known():
    first, later = (students(columns=["zone", "stays"], rows=[("2024-25", "03", "A", True, n), ("2024-25", "03", "A", False, 40)])
                    for n in (60, 61))  # fmt: skip
    zone, stays = pl.col("zone"), pl.col("stays")
    specs = [*shares_of("zone", "stay", zone, stays), *total("zone|leave", zone, where=~stays)]
    after = _of_two_lists(first, later, specs)
    assert after.holds
    shown = released(after)
    assert ("zone", "A", "stay") not in shown
    assert shown["zone|leave", "A", ""] == 40


def test_a_number_that_two_students_joined_is_hidden_under_every_name():
    """Those of a zone are the whole share of an area that the first release did not tell of."""
    first, later = (
        students(columns=["zone", "area"], rows=[("2024-25", "03", zone, area, count) for zone, area, count in
                                                 (("A", "north", n), ("B", "north", 70), ("C", "south", 90))])
        for n in (40, 42)
    )  # fmt: skip
    zones, area = total("zone", pl.col("zone")), pl.col("area")
    after = _of_two_lists(
        first, later, zones, (*zones, *shares_of("area", "in A", area, pl.col("zone") == "A"))
    )
    assert after.holds
    assert not {("zone", "A", ""), ("area", "north", "in A"), ("zone", DISTRICT, "")} & set(released(after))  # fmt: skip


def test_a_share_of_which_two_students_joined_the_rest_is_hidden():
    """A hundred students of whom 60 stay, then 160 of whom 118 do: 40 and 42 leave."""
    first, later = (students(columns=["zone", "stays"], rows=[("2024-25", "03", "A", True, stay), ("2024-25", "03", "A", False, leave)])
                    for stay, leave in ((60, 40), (118, 42)))  # fmt: skip
    zone, stays = pl.col("zone"), pl.col("stays")
    after = _of_two_lists(first, later, shares_of("zone", "stay", zone, stays))
    assert after.holds
    shown = released(after)
    assert not {("zone", "A", ""), ("zone", "A", "stay")} <= set(shown)


def test_what_another_release_hides_is_known_from_the_first():
    """Of two zones that are hidden for the sake of a small one, each is shown by one release."""
    columns, small = ["zone"], ("2024-25", "03", "A", 3)
    first, later = (
        students(columns=columns, rows=[small, *(("2024-25", "03", zone, n) for zone, n in counts)])
        for counts in ((("B", 20), ("C", 30), ("D", 40)), (("B", 31), ("C", 30), ("D", 40)))
    )
    specs = total("zone", pl.col("zone"))

    def attack(one, other):
        known = {**one, **other}
        rest = [known.get(("zone", zone, "")) for zone in "BCD"]
        whole = other.get(("zone", DISTRICT, ""))
        return None if whole is None or None in rest else whole - sum(rest)

    before = plan(first, specs, BANDS, MIN_N)
    assert attack(released(before), released(plan(later, specs, BANDS, MIN_N))) == 3
    known = before.status.filter(status="shown").with_columns(value="numerator")
    assert attack(released(before), released(plan(later, specs, BANDS, MIN_N, before=known))) != 3


def _shares_of_two_lists(*counts):
    """Zone A of so many who stay and who leave, beside a larger zone."""
    rows = [("2024-25", "03", zone, stays, n) for zone, stays, n in zip("AABB", (True, False) * 2, counts, strict=True)]  # fmt: skip
    return students(columns=["zone", "stays"], rows=rows)


@pytest.mark.parametrize("leave", [5, 0])
def test_a_part_known_from_before_does_not_give_a_rest_that_is_few_now(leave):
    zone, stays = pl.col("zone"), pl.col("stays")
    first, later = _shares_of_two_lists(250, 150, 500, 500), _shares_of_two_lists(250, leave, 540, 520)  # fmt: skip
    after = _of_two_lists(first, later, shares_of("zone", "stay", zone, stays))
    assert after.holds
    assert ("zone", "A", "") not in released(after)


def test_a_share_that_few_joined_is_hidden_under_every_name_though_its_rest_is_few():
    zone, stays = pl.col("zone"), pl.col("stays")
    first, later = _shares_of_two_lists(250, 150, 500, 500), _shares_of_two_lists(252, 5, 540, 520)
    specs = shares_of("zone", "stay", zone, stays)
    after = _of_two_lists(first, later, specs, [*specs, *total("staying", zone, where=stays)])
    assert after.holds
    assert ("staying", "A", "") not in released(after)


def test_numbers_of_later_stages_are_known_from_before_too():
    """Two ways of a zone are what they were; its total, of an earlier stage, would give the third."""
    first, later = (
        students(columns=["zone", "school"], rows=[("2024-25", "03", "A", "s", 60), ("2024-25", "03", "A", "t", 30), ("2024-25", "03", "A", "u", n),
                                                   ("2024-25", "03", "B", "s", 100)])
        for n in (40, 3)
    )  # fmt: skip
    totals = total("zone", pl.col("zone"))
    ways = (Spec("ways", "to ", pl.col("zone"), FLOW, to=pl.col("school")),)
    known = plan(first, (*totals, *ways), BANDS, MIN_N).status.filter(status="shown").with_columns(value="numerator")  # fmt: skip
    counts = plan(later, totals, BANDS, MIN_N, ahead=ways, before=known)
    assert ("zone", "A", "") not in released(counts)
    rest = plan(later, (*totals, *ways), BANDS, MIN_N, base=counts.status, before=known)
    assert rest.holds


def test_a_release_that_asks_of_nobody_ends():
    """Of a share that few homes make up the rest is asked of: here it holds no cell, and the year is withheld."""
    made = students(
        columns=["zone", "stays"], rows=[("2024-25", "03", zone, True, 40) for zone in "AB"]
    )
    few = pl.DataFrame([("2024-25", ALL_GRADES, "zone", "A", "stay")], schema=["year", *LINE], orient="row")  # fmt: skip
    done = plan(made, shares_of("zone", "stay", pl.col("zone"), pl.col("stays")), BANDS, MIN_N, few_homes=few)  # fmt: skip
    assert not done.holds


def test_no_reader_with_a_solver_can_narrow_a_small_cell():
    """All that is shown of a table of random cells, as one linear program written here from the rules alone."""
    random = np.random.default_rng(7)
    cells = [("2024-25", grade, f"z{zone}", f"a{zone // 4}", int(n)) for grade in ("03", "07", "10")
             for zone in range(16) for n in [random.integers(0, 40)] if n]  # fmt: skip
    made = students(columns=["zone", "area"], rows=cells)
    specs = (*total("zone", pl.col("zone")), *total("area", pl.col("area")))
    done = plan(made, specs, BANDS, MIN_N, units=("zone", "area"))
    rows, sums = [], []
    for band, units, unit, n in done.status.filter(status="shown").select("band", "units", "unit", "numerator").iter_rows():  # fmt: skip
        at = {"zone": 2, "area": 3}[units]
        inside = [unit in (DISTRICT, cell[at]) and (band == ALL_GRADES or cell[1] in BANDS[band]) for cell in cells]  # fmt: skip
        rows.append(np.array(inside, dtype=float))
        sums.append(n)
    small = [at for at, cell in enumerate(cells) if cell[-1] < MIN_N]
    assert len(small) > 3
    for at in small:
        aim = np.zeros(len(cells))
        aim[at] = 1.0
        ends = [linprog(sign * aim, A_eq=np.array(rows), b_eq=sums, bounds=(0, None)) for sign in (1, -1)]  # fmt: skip
        most = np.inf if ends[1].status == 3 else -ends[1].fun
        assert most - ends[0].fun >= MIN_N - 1e-6


def _shown_totals(made, specs):
    """Totals as an earlier release shows them."""
    first = plan(made, [one for one in specs if not one.part], BANDS, MIN_N)
    assert first.status.filter(pl.col("band") == ALL_GRADES)["status"].unique().to_list() == ["shown"]  # fmt: skip
    return first.status
