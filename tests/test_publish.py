"""What is published of a list: through the service, from a file of students to tables and maps."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.formats import FORMATS
from geoservice.errors import InputError
from geoservice.measures.figures import figures
from geoservice.measures.ground import AT_LEAST, AT_MOST, SHOWN, SUPPRESSED
from geoservice.measures.measure import PART_COUNT, PART_SHARE, STATISTIC, TOTAL
from geoservice.measures.registry import MEASURES
from geoservice.model.region import ReleaseRules
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.reference.snapshot import Reference
from geoservice.release.perturbation import Noise
from geoservice.release.protected_counts import Protection
from geoservice.release.publish import STATISTIC_STEP_M, published
from geoservice.service.maps import Maps
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures
from geoservice.service.students import RecordOptions, StudentFile, Students
from geoservice.students.filters import Filters

ABOUT = {"owner": "tests", "agreement": "fictional", "expires": "2090-01-01"}
INTERNAL = {"profile": "internal", "purpose": "tests"}
OPTIONS = PlaceOptions(address="address", id="student_id", grade="grade", school="school")
PROTECTION = Protection(10, Noise(7, 2.0))


@pytest.fixture(scope="module")
def settings(riverbend, riverbend_folder, tmp_path_factory):
    """A data folder with the district's students; every third learns English."""
    home = tmp_path_factory.mktemp("published")
    (home / "releases" / "riverbend").mkdir(parents=True)
    (home / "releases" / "riverbend" / "shown.parquet").write_bytes(b"of an earlier version")
    made = Settings(home=home, database_url=f"sqlite:///{home}/g.db")
    frame = pl.read_csv(riverbend_folder / "students.csv", infer_schema=False).with_row_index()
    marked = frame.with_columns(
        el=pl.when(pl.col("index") % 3 == 0).then(pl.lit("Y")).otherwise(pl.lit("no"))
    ).drop("index")
    marked.write_csv(home / "students.csv")
    Students(made).add(
        StudentFile(home / "students.csv", OPTIONS, records=RecordOptions(subgroups=("el",))),
        "now",
        riverbend.reference,
        ABOUT,
    )
    return made


@pytest.fixture(scope="module")
def measures(settings):
    return Measures(settings)


def with_rules(reference, **rules):
    """The region with other rules of release."""
    other = Reference(reference.folder)
    other.info = replace(reference.info, release=ReleaseRules(**rules))
    return other


def numbers(table):
    return table.filter(status=SHOWN).select("unit", "part", "numerator", "denominator")


def test_folders_of_earlier_releases_are_removed(measures, settings):
    assert not (settings.home / "releases").exists()


def test_all_students_of_a_year_and_band_are_an_exact_number(measures, riverbend, settings):
    table = measures.table(
        "coverage", riverbend.reference, MeasureChoice("planning", year="2023-24")
    )
    placed = Students(settings).years("riverbend")[0]
    for band, grades in [("all", None), *riverbend.reference.info.bands.items()]:
        whole = placed if grades is None else placed.filter(pl.col("grade").is_in(list(grades)))
        line = table.filter(unit="district", band=band, part="matched")
        assert line["denominator"].to_list() == [len(whole)]


def test_published_counts_are_near_and_never_small(measures, riverbend):
    public = measures.table("residents", riverbend.reference, MeasureChoice("wards"))
    true = measures.table("residents", riverbend.reference, MeasureChoice("wards", **INTERNAL))
    away = (public["value"] - true["value"]).drop_nulls()
    assert away.abs().max() <= 7
    assert away.n_unique() > 3
    assert public["value"].min() >= 10
    assert set(public["counts"]) == {"protected"}
    assert set(true["counts"]) == {"true"}


def test_one_set_of_students_has_one_number_on_every_surface(measures, riverbend):
    reference = riverbend.reference
    residents = measures.table("residents", reference, MeasureChoice("planning")).select(
        "band", "unit", "value"
    )
    gap = measures.table("service_gap", reference, MeasureChoice("planning")).select(
        "band", "unit", "denominator"
    )
    assert residents.rename({"value": "denominator"}).equals(gap)
    again = Measures(measures.settings).table("residents", reference, MeasureChoice("planning"))
    assert again.equals(measures.table("residents", reference, MeasureChoice("planning")))


@pytest.mark.parametrize("by", ["planning", "wards", "elementary", "high"])
def test_net_flow_is_the_difference_of_two_published_numbers(measures, riverbend, by):
    net, leave, enter = (
        measures.table(measure, riverbend.reference, MeasureChoice(by))
        for measure in ("net_flow", "leave", "enter")
    )
    key = ["year", "band", "unit"]
    both = net.join(leave, on=key, suffix="_leave").join(enter, on=key, suffix="_enter")
    difference = both["value_enter"] - both["value_leave"]
    assert len(both) == len(net)
    assert both["value"].to_list() == difference.to_list()
    assert (both["status"] == SHOWN).to_list() == difference.is_not_null().to_list()
    assert (both["status"] == SHOWN).any()


SAME_SETS = [
    ("stay", "planning", "numerator", "capture", "planning", "numerator"),
    ("stay", "planning", "denominator", "leave", "planning", "denominator"),
    ("stay", "planning", "denominator", "attendance_type", "planning", "denominator"),
    ("residents", "middle", "numerator", "zone_destinations", "middle", "denominator"),
    ("residents", "planning", "numerator", "flows", "planning", "denominator"),
    ("attenders", "school", "numerator", "school_draw", "school", "denominator"),
    ("residents", "planning", "numerator", "service_level", "planning", "denominator"),
]


@pytest.mark.parametrize(("one", "by", "count", "other", "other_by", "other_count"), SAME_SETS)
def test_measures_of_the_same_students_have_the_same_numbers(
    measures, riverbend, one, by, count, other, other_by, other_count
):
    key = ["year", "band", "unit"]
    first, second = (
        measures.table(measure, riverbend.reference, MeasureChoice(areas))
        .select(*key, number=column)
        .unique()
        for measure, areas, column in ((one, by, count), (other, other_by, other_count))
    )
    both = first.join(second, on=key, suffix="_other").drop_nulls()
    assert len(both) > 3
    assert both["number"].to_list() == both["number_other"].to_list()


def test_who_stays_in_an_area_is_its_flow_to_itself(measures, riverbend):
    key = ["year", "band", "unit"]
    stay = measures.table("stay", riverbend.reference, MeasureChoice("planning")).drop_nulls(
        "value"
    )
    flows = measures.table("flows", riverbend.reference, MeasureChoice("planning"))
    itself = flows.filter(pl.col("unit") == pl.col("to")).drop_nulls("value")
    both = stay.join(itself, on=key, suffix="_flow")
    assert len(both) > 10
    assert both["value"].to_list() == both["value_flow"].to_list()


def test_exact_counts_are_those_of_the_internal_profile_from_the_minimum_on(measures, riverbend):
    exact = with_rules(riverbend.reference, counts="exact")
    public = Measures(measures.settings).table("stay", exact, MeasureChoice("wards"))
    true = measures.table("stay", exact, MeasureChoice("wards", **INTERNAL))
    both = public.join(true, on=["year", "band", "unit", "part"], suffix="_true")
    shown = both.filter(status=SHOWN)
    assert len(shown)
    assert shown["value"].to_list() == shown["value_true"].to_list()
    assert both.filter(status=SUPPRESSED)["value_true"].to_list() == [
        value for value in both.filter(status=SUPPRESSED)["value_true"] if value < 10
    ]
    assert set(public["counts"]) == {"exact"}


def test_listed_subgroups_are_public_and_others_are_not(measures, riverbend):
    listed = with_rules(riverbend.reference, subgroups=("EL",))
    found = Measures(measures.settings)
    some = found.table("residents", listed, MeasureChoice("planning", filters=Filters("el")))
    true = measures.table(
        "residents", listed, MeasureChoice("planning", filters=Filters("el"), **INTERNAL)
    )
    assert (some["value"] - true["value"]).drop_nulls().abs().max() <= 7
    whole = found.table("residents", listed, MeasureChoice("planning"))
    assert (
        some.filter(unit="district", band="all")["value"].item()
        < whole.filter(unit="district", band="all")["value"].item()
    )
    with pytest.raises(InputError, match=r"\[release\] subgroups"):
        found.table("residents", riverbend.reference, MeasureChoice(filters=Filters("el")))
    with pytest.raises(InputError, match="one at a time"):
        found.table("residents", listed, MeasureChoice(filters=Filters("el", "music")))


@pytest.mark.parametrize("distance", ["straight", "network"])
def test_other_distances_are_public(measures, riverbend, distance):
    table = measures.table(
        "access", riverbend.reference, MeasureChoice("planning", distance=distance)
    )
    assert table.filter(status=SHOWN).height


@pytest.mark.parametrize("ending", FORMATS)
def test_a_new_measure_is_drawn_in_every_form(settings, riverbend, ending):
    assert Maps(settings).export("nearest-school", ending, riverbend.reference, Choice())


def test_every_measure_is_published_by_every_kind_of_units(measures, riverbend):
    info = riverbend.reference.info
    kinds = [one.id for one in info.area_sets] + [one.id for one in info.zone_sets]
    for measure in MEASURES.values():
        for by in (*kinds, "school", "hexagons"):
            kind = "area" if by in ("planning", "wards") else "zone" if by in kinds else by
            if kind in measure.by:
                table = measures.table(measure.id, riverbend.reference, MeasureChoice(by))
                assert table.filter(pl.col("status").is_in([SHOWN, AT_LEAST, AT_MOST])).height, (
                    measure.id,
                    by,
                )


def cells(*rows, homes=None, value=None):
    """Cells of numerator and denominator, with a key each."""
    keys = np.random.default_rng(len(rows)).integers(1, 2**62, (len(rows), 2), dtype=np.uint64)
    return pl.DataFrame(
        {
            "year": "2023-24",
            "band": "all",
            "unit": [str(at) for at in range(len(rows))],
            "part": "",
            "numerator": [part for part, _ in rows],
            "denominator": [whole for _, whole in rows],
            "numerator_key": keys[:, 0],
            "denominator_key": keys[:, 1],
            "left_out": 0,
            "left_out_key": pl.Series([None] * len(rows), dtype=pl.UInt64),
            "status": SHOWN,
            "homes": pl.Series([homes] * len(rows), dtype=pl.Int64),
            "value": pl.Series([value] * len(rows), dtype=pl.Float64),
            "bound": pl.Series([None] * len(rows), dtype=pl.Float64),
        }
    )


EXACT = Protection(10, None)


@pytest.mark.parametrize(
    ("part", "whole", "status", "bound"),
    [
        (5, 9, SUPPRESSED, None),
        (0, 9, SUPPRESSED, None),
        (9, 40, SUPPRESSED, None),
        (9, 50, AT_MOST, 0.2),
        (0, 1000, AT_MOST, 0.01),
        (41, 50, AT_LEAST, 0.8),
        (995, 1000, AT_LEAST, 0.99),
        (60, 60, AT_LEAST, 0.8),
        (20, 40, SHOWN, None),
    ],
)
def test_shares_of_few_or_of_all_but_few_are_coded(part, whole, status, bound):
    row = published(EXACT, cells((part, whole)), PART_SHARE).row(0, named=True)
    assert (row["status"], row["bound"]) == (status, bound)
    assert (row["numerator"] is None) == (status != SHOWN)
    assert (row["denominator"] is None) == (status == SUPPRESSED)


def test_a_number_of_which_few_are_the_rest_is_at_least_so_many():
    rows = published(EXACT, cells((95, 100), (100, 100), (50, 100), (5, 100), (15, 18)), PART_COUNT)
    assert rows["status"].to_list() == [AT_LEAST, AT_LEAST, SHOWN, SUPPRESSED, SUPPRESSED]
    assert rows["bound"].to_list()[:2] == [90, 90]


def test_cells_of_few_homes_are_suppressed():
    assert published(EXACT, cells((40, 40), homes=2), TOTAL)["status"].to_list() == [SUPPRESSED]
    assert published(EXACT, cells((40, 40), homes=3), TOTAL)["status"].to_list() == [SHOWN]


def test_medians_need_twice_the_minimum_and_are_rounded_to_a_tenth_of_a_mile():
    rows = published(EXACT, cells((20, 20), (19, 19), value=1000.0), STATISTIC)
    assert rows["status"].to_list() == [SHOWN, SUPPRESSED]
    assert rows["value"].to_list() == [pytest.approx(6 * STATISTIC_STEP_M), None]


def test_an_attacker_who_subtracts_meets_the_noise_of_both():
    keys = np.random.default_rng(1).integers(0, 2**62, 20_000, dtype=np.uint64)
    whole = np.full(len(keys), 60)
    totals = cells(*((60, 60) for _ in keys)).with_columns(denominator_key=pl.Series(keys))
    parts = totals.with_columns(
        denominator=pl.lit(57), denominator_key=pl.Series(keys - np.uint64(99))
    )
    more, fewer = (
        published(PROTECTION, one, TOTAL)["denominator"].to_numpy() for one in (totals, parts)
    )
    away = (more - fewer) - 3
    assert whole[0] == 60
    assert np.std(away) == pytest.approx(np.sqrt(8), rel=0.05)
    assert (away == 0).mean() < 0.2


def test_the_internal_profile_skips_the_release_and_nothing_else(measures, riverbend):
    ground = measures.ground(riverbend.reference)
    unprotected = replace(ground, protect=None, counts="true")
    internal = measures.table("capture", riverbend.reference, MeasureChoice("planning", **INTERNAL))
    assert figures("capture", "area_planning", unprotected).equals(internal)
