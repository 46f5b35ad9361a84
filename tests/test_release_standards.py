"""Figures by a second rating scheme, or by other distances, of students of whom the first are public: one release."""

import shutil

import polars as pl
import pytest
from demo_years import four_years

from geoservice import Region
from geoservice.measures.cohort import cohort
from geoservice.measures.draws import Draws
from geoservice.measures.linked import LINE
from geoservice.measures.publish import Publication
from geoservice.measures.release_tables import COUNTS, MOVEMENT, RATED, RATED_FAMILIES
from geoservice.measures.standards import OWN, Standard
from geoservice.service.basis import basis_of, public_standards

YEAR = "2023-24"
MIN_N = 10
GRADES = ["KG", "01", "02", "03", "04", "05"]
SECOND = """
[[ratings]]
file = "others.csv"
scheme = "others"
[ratings.fields]
school_id = "SCHOOL_ID"
year = "YEAR"
value = "RATING"

[rating_schemes.others]
kind = "label"
labels = [{ id = "good", quality = true }, { id = "other" }]
best = "first"
not_rated = ["", "NR", "NEW"]
"""
ALONG = Standard("", "network")
OTHERS = Standard("others")
STANDARDS = (OWN, OTHERS, ALONG, Standard("others", "network"))


@pytest.fixture(scope="module")
def students(riverbend, riverbend_folder):
    """Elementary students of one year and two areas."""
    every = four_years(riverbend.reference, riverbend_folder)
    return every.filter(
        year=YEAR).filter(pl.col("area_planning").is_in(["P1", "P2"]), pl.col("grade").is_in(GRADES)
    )  # fmt: skip


def of_few(students):
    """The school that most students attend among those that few of an area or ward attend."""
    unit = pl.col("area_planning") + "|" + pl.col("area_wards")
    each = students.group_by("school_id", unit.alias("unit")).len()
    few = each.group_by("school_id").agg(
        pl.col("len").is_between(1, MIN_N - 1).sum(), n=pl.col("len").sum()
    )
    return few.sort("len", "n", "school_id").row(-1)[0]


@pytest.fixture(scope="module")
def reference(riverbend_folder, students, tmp_path_factory):
    """The district with a second scheme: the same schools are good, but for one of which few in some areas attend."""
    folder = tmp_path_factory.mktemp("two") / "riverbend"
    shutil.copytree(riverbend_folder, folder)
    is_good = pl.col("RATING").is_in(["A", "B"]) != (pl.col("SCHOOL_ID") == of_few(students))
    rated = pl.read_csv(folder / "ratings.csv", infer_schema=False)
    others = pl.when(is_good).then(pl.lit("good")).otherwise(pl.lit("other"))
    rated.with_columns(RATING=others).write_csv(folder / "others.csv")
    (folder / "region.toml").write_text((folder / "region.toml").read_text() + SECOND)
    return Region.open(folder).reference


@pytest.fixture(scope="module")
def cohorts(reference, students):
    return {one: cohort(students, reference, one.scheme, one.distance) for one in STANDARDS}


@pytest.fixture(scope="module")
def releases(cohorts, reference):
    """The release by each standard, beside those before it."""
    made, earlier = {}, None
    for standard, ready in cohorts.items():
        earlier = Publication(ready, reference.info.bands, MIN_N, None, earlier, standard)
        made[standard] = earlier
    return made


def differences(one, other, family="quality_home"):
    """Lines of both that tell few students by subtraction."""
    found = 0
    for kind in ("area_planning", "area_wards", "zone_elementary"):
        both = one.lines(family, kind).join(
            other.lines(family, kind), on=["year", *LINE[:1], *LINE[2:]], suffix="_other"
        )
        found += both.filter(
            (pl.col("numerator") - pl.col("numerator_other")).abs().is_between(1, MIN_N - 1)
        ).height
    return found


def test_two_schemes_subtracted_tell_of_few_where_each_is_released_alone(
    cohorts, reference, releases
):
    """Attack: the same shares by two schemes differ by the students of one school."""
    alone = Publication(cohorts[OTHERS], reference.info.bands, MIN_N)
    assert differences(releases[OWN], alone)
    assert not differences(releases[OWN], releases[OTHERS])


def test_two_distances_subtracted_tell_of_few_where_each_is_released_alone(
    cohorts, reference, releases
):
    """Attack: the same access in a straight line and along streets."""
    alone = Publication(cohorts[ALONG], reference.info.bands, MIN_N)
    assert differences(releases[OWN], alone, "access")
    assert not differences(releases[OWN], releases[ALONG], "access")


def test_each_standard_plans_what_none_before_it_did(releases):
    seen = set(releases[OWN].plan(COUNTS).status.select(*LINE).rows())
    for standard in STANDARDS[1:]:
        made = releases[standard].plan(RATED)
        assert made.holds, standard
        lines = made.status.select(*LINE).rows()
        assert lines
        assert not seen & set(lines)
        seen |= set(lines)


@pytest.mark.parametrize("family", [*RATED_FAMILIES, "residents", "balance"])
def test_what_does_not_depend_on_a_standard_is_told_alike(releases, family):
    def lines(standard):
        made = (
            releases[standard]
            .lines(family, "area_planning")
            .drop("units")
            .sort(LINE[:1] + LINE[2:])
        )
        return made.filter(~pl.col("part").str.ends_with("nearer"))

    own, by, along, both = map(lines, STANDARDS)
    assert len(own)
    assert family == "access" or own.equals(along)
    assert family == "access" or by.equals(both)
    if family in RATED_FAMILIES:
        assert (
            own.select("band", "unit").unique().height == by.select("band", "unit").unique().height
        )
    else:
        assert own.equals(by)


def test_reasons_by_other_distances_have_the_same_parts(releases):
    own, along = (
        set(releases[one].lines("leaving", "area_planning")["part"]) for one in (OWN, ALONG)
    )
    assert own == along
    assert "higher nearer" in own


def test_known_homes_are_the_same_beside_another_standard():
    """Cells of two standards are parts of those of one: were others taken to be known, settled lines would seem to tell more."""
    known = pl.DataFrame({"grade": ["03"], "place": [1], "school_id": ["A"], "hexagons": ["x"], "known": [5]},
                         schema_overrides={"place": pl.UInt32})  # fmt: skip
    found = Draws(known.select("school_id", "hexagons"), known)
    home = {"grade": "03", "place": 1, "school_id": None, "hexagons": "x", "nearer": None}
    kinds = {"place": pl.UInt32, "access": pl.Int64, "school_id": pl.String, "nearer": pl.Boolean}
    one = pl.DataFrame([{**home, "access": 1, "n": 10}, {**home, "access": 2, "n": 8}], schema_overrides=kinds)  # fmt: skip
    both = pl.DataFrame([{**home, "access": at, "n": n} for at, n in ((1, 3), (1, 7), (2, 8))], schema_overrides=kinds)  # fmt: skip
    assert found.floors(one).tolist() == [5, 0]
    assert found.floors(both).tolist() == [3, 2, 0]


def test_standards_are_planned_in_one_order(reference, riverbend):
    assert tuple(public_standards(reference)) == STANDARDS
    assert basis_of(reference, scheme="letters") == basis_of(reference)
    assert basis_of(reference, scheme="letters").standard(reference) == OWN
    assert [one.scheme for one in public_standards(riverbend.reference)] == ["", ""]


def test_what_does_not_depend_on_distances_does_not_wait_for_them(cohorts, reference):
    own = Publication(cohorts[OWN], reference.info.bands, MIN_N)
    other = Publication(cohorts[ALONG], reference.info.bands, MIN_N, None, own, ALONG)
    assert other.lines("quality_home", "area_planning").equals(
        own.lines("quality_home", "area_planning")
    )
    assert len(other.lines("leaving", "zone_elementary"))
    assert other.waits_for(RATED)
    assert own.waits_for(MOVEMENT)
