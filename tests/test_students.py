"""Data sets of students: what is kept, what is counted, what is gone. Rows on both databases."""

import datetime
import shutil
import stat
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from geoservice import Region
from geoservice.errors import ConflictError, InputError, NotFoundError, StorageError
from geoservice.model.grades import expand_grades, read_grade
from geoservice.model.students import KEPT
from geoservice.model.years import read_year, school_year_in
from geoservice.placing.options import PlaceOptions
from geoservice.service.students import RecordOptions, StudentFile, Students
from geoservice.state.database import connect
from geoservice.state.schema import DATASETS, STUDENT_PARTS
from geoservice.tables.writing import TableWriter

ABOUT = {"owner": "Research office", "agreement": "MOU-7", "expires": "2090-01-01"}
HOME = "2345 2nd Ave, Northfield, IA"
OTHER = "745 2nd Ave, Northfield, IA"


@pytest.fixture
def students(settings):
    return Students(settings)


@pytest.fixture
def add(students, riverbend, tmp_path):
    """Add rows (mappings; columns id, grade, school, address and others) under a name."""

    def run(*rows, name="trial", replace=False, about=ABOUT, place=None, **records):
        columns = {key: [row.get(key, "") for row in rows] for row in rows for key in row}
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        frame.write_csv(tmp_path / "in.csv")
        named = {"address": "address", "id": "id", "grade": "grade", "school": "school"}
        options = PlaceOptions(**{key: one for key, one in named.items() if one in columns})
        return students.take(
            StudentFile(tmp_path / "in.csv", place or options, records=RecordOptions(**records)),
            name,
            riverbend.reference,
            about,
            replace=replace,
        )

    return run


def student(id="1", grade="5", school="0101", address=HOME, **more):
    return {"id": id, "grade": grade, "school": school, "address": address, **more}


@pytest.fixture
def kept(students):
    """The rows of a data set as they are stored."""

    def run(name="trial"):
        return students._shelf.read(students.show("riverbend", name))

    return run


@pytest.mark.parametrize(
    ("written", "grade"),
    [
        ("5th YR Senior", "12"),
        ("Fifth Year Senior", "12"),
        ("Senior", "12"),
        ("freshman", "09"),
        ("Senior Kindergarten", "KG"),
        ("Junior Kindergarten", "PK"),
    ],
)
def test_names_of_high_school_classes_are_grades(written, grade):
    assert read_grade(written) == grade


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("2018-19", "2018-19"),
        ("SY18-19", "2018-19"),
        ("2019", "2018-19"),
        ("FY19", "2018-19"),
        ("2018-2019", "2018-19"),
        ("SY 2018-19", "2018-19"),
        ("18/19", "2018-19"),
        ("2018/2019", "2018-19"),
        ("2018–19", "2018-19"),
        ("FY2019", "2018-19"),
        ("SY19", "2018-19"),
        ("1819", "2018-19"),
        ("20182019", "2018-19"),
        (" 2018 - 19 ", "2018-19"),
        ("2019.0", "2018-19"),
        ("1999-00", "1999-00"),
        ("1999-2000", "1999-00"),
        ("2000", "1999-00"),
        ("2021", "2020-21"),
        ("1999", "1998-99"),
        ("98-99", "1998-99"),
        ("99-00", "1999-00"),
        ("FY'19", "2018-19"),
        ("school year 2018-19", "2018-19"),
        ("AY2018-19", "2018-19"),
        ("Academic Year 2018-19", "2018-19"),
        ("AY19", None),
        ("19", "2018-19"),
        ("2018-20", None),
        ("2018-18", None),
        ("2019-09-01", None),
        ("", None),
        ("next", None),
        ("20189", None),
        ("0000", None),
        ("18-2019", "2018-19"),
        ("FY18-19", "2018-19"),
        ("FY2018-2019", "2018-19"),
        ("2018_19", "2018-19"),
        ("2018 to 2019", "2018-19"),
        ("2018\u201119", "2018-19"),
        ("'18-'19", "2018-19"),
        ("2018-19 SY", "2018-19"),
        ("2018-19 school year", "2018-19"),
        ("SY-2018-19", "2018-19"),
        ("FY-19", "2018-19"),
        ("S.Y. 2018-19", "2018-19"),
        ("School Year: 2018-19", "2018-19"),
        ("1018-19", None),
        ("2118-19", None),
        ("1918-2019", None),
        ("1965-66", "1965-66"),
    ],
)
def test_school_years_are_read_in_all_notations(written, year):
    assert read_year(written) == year


def test_a_day_lies_in_the_school_year_that_begins_in_july():
    assert [school_year_in(one) for one in ("2018-07-01", "2019-06-30 00:00:00", "2019")] == [
        "2018-19"
    ] * 3


@pytest.mark.parametrize(
    ("written", "grade"),
    [
        ("K", "KG"),
        ("0K", "KG"),
        ("1st", "01"),
        ("Pre-K", "PK"),
        ("PK3", "PK"),
        ("-1", "PK"),
        ("13", "13"),
        ("KG", "KG"),
        ("0", "KG"),
        ("05", "05"),
        ("5.0", "05"),
        ("Grade 3", "03"),
        ("12th grade", "12"),
        ("TK", "TK"),
        ("Kindergarten", "KG"),
        ("14", None),
        ("", None),
        ("x", None),
        ("1st St", None),
        ("0.0", "KG"),
        ("00.0", "KG"),
        ("-1.0", "PK"),
        ("-01", "PK"),
        ("-2.0", "PR"),
        ("Grade K", "KG"),
        ("Gr. 5", "05"),
        ("G5", "05"),
        ("Grade: 5", "05"),
        ("First Grade", "01"),
        ("T.K.", "TK"),
        ("Pre-Kindergarten", "PK"),
        ("Preschool", "PR"),
        ("PK (4)", "PK"),
        ("pk-3", "PK"),
        ("4K", "PK"),
        ("Infant", "IT"),
        ("K-5", None),
        ("9-12", None),
        ("K5", "KG"),
        ("JK", "PK"),
        ("SK", "KG"),
        ("EE", "PR"),
        ("UE", "UG"),
        ("'05", "05"),
        ("K8", None),
        ("5-Mar", None),
        ("1-2", None),
        ("1 2", None),
        ("5.5", None),
        ("-3", None),
        ("Grade", None),
        ("G", None),
    ],
)
def test_grades_are_read_as_people_write_them(written, grade):
    assert read_grade(written) == grade


@pytest.mark.parametrize(
    ("written", "grades"),
    [
        ("K to 2", "KG 01 02"),
        ("6 - 8", "06 07 08"),
        ("K \u2014 2", "KG 01 02"),
        ("K thru 2", "KG 01 02"),
        ("K & 1", "KG 01"),
        ("Pre-K-1", "PK TK KG 01"),
        ("PreK to 1st", "PK TK KG 01"),
        ("Grades K-2", "KG 01 02"),
        ("-1-1", "PK TK KG 01"),
        ("K/1/2", "KG 01 02"),
        ("TK", "TK"),
        ("9,10, 11", "09 10 11"),
        ("K-2, 5", "KG 01 02 05"),
        ("K 1 2", "KG 01 02"),
        ("EE-1", "PR PK TK KG 01"),
        ("K4-1", "PK TK KG 01"),
        ("K4, K5, 1", "PK KG 01"),
        ("JK-SK", "PK TK KG"),
        ("K6", "KG 01 02 03 04 05 06"),
        ("PK6", "PK TK KG 01 02 03 04 05 06"),
        ("'05", "05"),
        ("9/10/11", "09 10 11"),
    ],
)
def test_ranges_of_grades_are_read_as_people_write_them(written, grades):
    assert " ".join(expand_grades(written)) == grades


@pytest.mark.parametrize(
    "written",
    [
        "5-K",
        "K-",
        "K-15",
        "middle",
        "K-2-5",
        "K-5-",
        "5-Mar",
        "Mar-05",
        "3/5/2024",
        "2024-03-05",
        "2024-03-05 00:00:00",
        "1-K5x",
    ],
)
def test_what_is_no_range_of_grades_is_refused(written):
    with pytest.raises(InputError, match="grade"):
        expand_grades(written)


def test_rows_of_every_year_stand_side_by_side(add, students):
    add(student("1", year="2021-22"), student("1", year="SY22-23"), name="old", year="year")
    add(student("1"), name="new", school_year="FY24")
    frame, stamp = students.years("riverbend")
    assert sorted(frame["year"]) == ["2021-22", "2022-23", "2023-24"]
    assert frame["household"].n_unique() == 1
    assert frame["student"].n_unique() == 1
    only, other = students.years("riverbend", "old")
    assert (len(only), stamp != other) == (2, True)
    add(student("2"), name="again", school_year="2023-24")
    with pytest.raises(ConflictError):
        students.years("riverbend")


def test_the_stamp_follows_the_rows(add, students):
    add(student())
    _, before = students.years("riverbend")
    add(student(grade="6"), replace=True)
    assert students.years("riverbend")[1] != before


def test_the_only_data_set_of_a_region_needs_no_name(add, students):
    add(student("1"))
    assert len(students.table("riverbend", "")) == 1
    assert students.show("riverbend", "")["name"] == "trial"
    add(student("1"), name="other", school_year="2020-21")
    with pytest.raises(NotFoundError, match="`other`, `trial`"):
        students.show("riverbend", "")
    assert students.table("riverbend", "")["year"].to_list() == ["2023-24"]


def test_rows_held_in_memory_go_with_their_data_set(add, students, settings):
    add(student("1"))
    first, stamp = students.years("riverbend")
    assert students.years("riverbend")[1] == stamp
    assert students.years("riverbend")[0] is first
    Students(settings).delete("riverbend", "trial")
    with pytest.raises(NotFoundError):
        students.years("riverbend")
    assert students._held == {}


def test_problems_are_told_by_row_and_kept_out_of_figures(add, students, kept):
    added = add(
        student("1"),
        student("1"),
        student("1", school="0102"),
        student("2", grade="14"),
        student("3", school="nowhere"),
        student("4", school="101"),
        student("5", year="soon"),
        student(""),
        student("6", school=""),
        year="year",
    )
    told = {one["code"]: one["rows"] for one in students.show("riverbend", "trial")["problems"]}
    assert told == {
        "twice": [2],
        "twice_differing": [3],
        "no_grade": [4],
        "unknown_school": [5],
        "school_zeros": [6],
        "no_year": [7],
        "no_id": [8],
        "no_school": [9],
    }
    assert sorted(zip(*added.problems.table().select("row", "problem"), strict=True))[0] == (
        2,
        "twice",
    )
    assert len(kept()) == 9
    frame, _ = students.years("riverbend")
    assert frame["file_row"].to_list() == [1, 4, 5, 6, 8, 9]
    assert frame["school_id"].to_list() == ["0101", "0101", "nowhere", "0101", "0101", None]
    assert students.table("riverbend", "trial")["file_row"].to_list() == frame["file_row"].to_list()


def test_opted_out_rows_are_not_kept_and_leave_their_number_alone(add, students, kept):
    add(
        student("1"),
        student("2", out="Yes"),
        student("3", out="no"),
        student("4", out="signed 2023"),
        opt_out="out",
    )
    about = students.show("riverbend", "trial")
    assert (about["opted_out"], about["rows"], kept()["row"].to_list()) == (2, 2, [1, 3])


def test_the_address_of_protected_students_is_never_read(add, students):
    add(
        student("1", acp="x", zip="51903"),
        student("2", homeless="1", zip="51903"),
        student("3", acp="N", homeless="0", zip="51903"),
        protected="acp",
        no_fixed_address="homeless",
        place=PlaceOptions(address="address", id="id", grade="grade", school="school", zip="zip"),
    )
    frame, _ = students.years("riverbend")
    hidden = frame.filter(pl.col("file_row") < 3)
    assert hidden["geo_reason"].to_list() == ["protected"] * 2
    assert hidden["typed_zip"].to_list() == [""] * 2
    for column in ("lon", "lat", "x", "y", "area_planning", "zone_elementary", "school_of_right"):
        assert hidden[column].null_count() == 2
    assert frame.filter(file_row=3)["x"].null_count() == 0
    assert frame["grade"].to_list() == ["05"] * 3


def test_flags_in_words_that_nobody_knows_count_as_yes_and_are_told(add, students):
    add(student("1", acp="perhaps"), student("2", acp="0"), protected="acp")
    about = students.show("riverbend", "trial")
    assert about["protected"] == 1
    assert {"unclear_flag", "protected"} <= {one["code"] for one in about["problems"]}


def test_an_empty_row_is_no_student_and_is_told(add, students, kept):
    add(
        student("1", out=""),
        student("", grade="", school=" ", address="", out=""),
        student("", address="", out=""),
        student("2", out="y"),
        opt_out="out",
    )
    about = students.show("riverbend", "trial")
    assert (kept()["row"].to_list(), about["opted_out"]) == ([1, 3], 1)
    told = {one["code"]: one["rows"] for one in about["problems"]}
    assert (told["blank"], told["no_id"]) == ([2], [3])


def test_who_opted_out_in_one_row_is_out_in_all(add, students, kept):
    add(
        student("1", out=""),
        student("1", out="Y", address=OTHER),
        student("2", out="", year="2022"),
        student("2.0", out="x", year="2023"),
        student("3", out=""),
        student("", out="Y"),
        student("", out=""),
        opt_out="out",
        year="year",
    )
    about = students.show("riverbend", "trial")
    assert (about["opted_out"], kept()["row"].to_list()) == (5, [5, 7])


def test_who_is_protected_in_one_row_is_protected_in_all(add, students):
    rows = [
        dated("1", HOME, "home", acp=""),
        dated("1", OTHER, "mailing", acp="Y"),
        dated("1", HOME, acp="", year="2022-23"),
    ]
    add(*rows, dated("2", HOME, acp=""), address_type="kind", protected="acp", year="year")
    frame, _ = students.years("riverbend")
    assert sorted(frame["geo_reason"].fill_null("").to_list()) == ["", "protected", "protected"]


def test_who_has_no_fixed_address_in_one_row_has_none_in_that_year(add, students):
    rows = [
        student("1", none=""),
        student("1", none="Y", address=OTHER),
        student("1", none="", year="2022-23"),
    ]
    add(*rows, no_fixed_address="none", year="year")
    frame, _ = students.years("riverbend")
    assert dict(frame.select("year", "geo_reason").rows()) == {
        "2023-24": "protected",
        "2022-23": None,
    }


def test_of_protected_students_neither_the_stated_zone_nor_the_row_is_told(add, students, kept):
    added = add(
        student("1", acp="Y", zone="0101"),
        student("2", none="Y", zone="0101"),
        student("3", zone="0101"),
        protected="acp",
        no_fixed_address="none",
        reported_zone="zone",
    )
    assert kept()["reported_zone"].to_list() == ["", "", "0101"]
    told = {
        one["code"]: (one["count"], one["rows"])
        for one in students.show("riverbend", "trial")["problems"]
    }
    assert told["protected"] == told["no_fixed_address"] == (1, [])
    assert "protected" not in added.problems.table()["problem"].to_list()


def dated(id, address, kind="", first="", last="", **more):
    return student(id, address=address, kind=kind, first=first, last=last, **more)


def taken(add, kept, *rows, **options):
    add(*rows, address_type="kind", valid_from="first", valid_to="last", replace=True, **options)
    return kept()["row"].to_list()


def test_of_several_addresses_the_one_that_holds_and_then_the_type_decides(add, kept, students):
    assert taken(add, kept, dated("1", HOME, "Mailing"), dated("1", OTHER, "Home Address")) == [2]
    assert taken(add, kept, dated("1", HOME, "Mailing"), dated("1", OTHER, "boat")) == [2]
    assert taken(
        add, kept, dated("1", HOME, "Home", last="2023-09-30"), dated("1", OTHER, "Mailing")
    ) == [2]
    assert taken(
        add, kept, dated("1", HOME, "Home", last="10/01/2023"), dated("1", OTHER, "Mailing")
    ) == [1]
    assert taken(
        add, kept, dated("1", HOME, "Home", last="6/30/24"), dated("1", OTHER, "Mailing")
    ) == [1]
    assert taken(
        add, kept, dated("1", HOME, "Home", first="11/1/23"), dated("1", OTHER, "Mailing")
    ) == [2]
    assert taken(
        add, kept, dated("1", HOME, "Home", first="08-15-2023"), dated("1", OTHER, "Mailing")
    ) == [1]
    later = dated("1", HOME, first="2022-01-01"), dated("1", OTHER, first="2023-01-01 00:00:00")
    assert taken(add, kept, *later) == [2]
    assert taken(add, kept, *later, as_of="2022-06-01") == [1]
    home_first = dated("1", HOME, "home"), dated("1", OTHER, "mailing")
    assert taken(add, kept, *home_first, type_order=("mailing", "home")) == [2]
    assert len(students.years("riverbend")[0]) == 1


def test_each_year_takes_the_address_of_its_own_october(add, students):
    rows = [dated("1", HOME, last="2022-12-31", year=year) for year in ("2022-23", "2023-24")]
    rows += [dated("1", OTHER, first="2023-01-01", year=year) for year in ("2022-23", "2023-24")]
    add(*rows, address_type="kind", valid_from="first", valid_to="last", year="year")
    frame, _ = students.years("riverbend")
    assert frame.select("year", "file_row").rows() == [("2022-23", 1), ("2023-24", 4)]


def test_who_has_no_address_on_the_day_is_kept_without_a_place(add, students):
    add(
        dated("1", HOME, first="2024-01-01"),
        dated("1", OTHER, first="soon"),
        address_type="kind",
        valid_from="first",
        valid_to="last",
    )
    frame, _ = students.years("riverbend")
    assert frame["geo_reason"].to_list() == ["no_current_address"]
    assert frame["x"].null_count() == 1
    about = students.show("riverbend", "trial")
    assert {"no_current_address", "unreadable_date"} <= {one["code"] for one in about["problems"]}


def test_dated_addresses_need_ids(add):
    with pytest.raises(InputError, match="--id"):
        add({"address": HOME, "kind": "home"}, address_type="kind")
    with pytest.raises(InputError, match="--as-of"):
        add(student(kind="home"), address_type="kind", as_of="yesterday")


def test_siblings_and_apartments_at_one_point_are_one_household(add, students):
    add(
        student("1"),
        student("2", address=HOME + " apt 4"),
        student("3", address=OTHER),
        student("4", address="PO Box 7"),
        student("5", address="PO Box 7"),
        student("", address=""),
        student("", address=""),
    )
    households = students.years("riverbend")[0]["household"].to_list()
    assert households[0] == households[1]
    assert len(set(households)) == 6


def test_listed_subgroups_and_programmes_are_kept_and_names_are_refused(add, students):
    add(student("1", ELL="Y", Prog="dual language"), subgroups=("ell",), programmes=("Prog",))
    frame, _ = students.years("riverbend")
    assert frame.select("subgroup_ell", "programme_prog").row(0) == ("Y", "dual language")
    many = [student(str(at), name=f"Name {at}") for at in range(60)]
    with pytest.raises(InputError, match="--subgroup"):
        add(*many, subgroups=("name",), name="names")
    assert [one["name"] for one in students.list()] == ["trial"]


@pytest.mark.parametrize("option", ["subgroups", "programmes"])
def test_names_of_a_short_list_are_refused_too(add, option):
    few = [student(str(at), name=f"Name {at}") for at in range(12)]
    with pytest.raises(InputError, match=option[:-1]):
        add(*few, **{option: ("name",)})
    add(*(student(str(at), name=f"Group {at % 6}") for at in range(12)), **{option: ("name",)})


def test_addresses_in_the_column_of_schools_or_zones_are_refused(add, students):
    rows = [student(str(at), school=f"{at} Main St", zone=f"{at} Main St") for at in range(60)]
    with pytest.raises(InputError, match="--school"):
        add(*rows)
    with pytest.raises(InputError, match="--reported-zone"):
        add(*[one | {"school": "0101"} for one in rows], reported_zone="zone")
    assert not students.list()
    add(*rows[:40], *(student(f"s{at}", zone="0101") for at in range(60)), reported_zone="zone")


@pytest.mark.parametrize(
    "about",
    [
        {"expires": "2001-01-01"},
        {"expires": datetime.date.today().isoformat()},
        {"expires": "soon"},
        {"expires": ""},
        {"owner": "  "},
        {"agreement": ""},
    ],
)
def test_owner_agreement_and_a_day_to_come_are_needed(add, about):
    with pytest.raises(InputError, match="--"):
        add(student(), about={**ABOUT, **about})


def everything(settings):
    """All files of the data folder, and all that the database holds of students."""
    files = [one for one in settings.home.rglob("*") if one.is_file()]
    with connect(settings.database_url).connect() as connection:
        count = sa.select(sa.func.count()).select_from(STUDENT_PARTS)
        return files, connection.execute(count).scalar()


def test_only_the_owner_can_read_and_rows_rest_where_the_database_says(add, settings):
    add(student())
    files, parts = everything(settings)
    parquet = [one for one in files if one.suffix == ".parquet"]
    assert (len(parquet), parts) == ((1, 0) if "sqlite" in settings.database_url else (0, 1))
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    folders = [settings.home, *(one for one in settings.home.rglob("*") if one.is_dir())]
    assert {stat.S_IMODE(one.stat().st_mode) for one in folders} == {0o700}


def test_deletion_leaves_nothing_but_a_certificate(add, students, settings):
    add(student("1", year="2021-22"), student("1", year="2022-23"), year="year")
    add(student("2"), name="other")
    folder = settings.home / "students" / "riverbend"
    if folder.is_dir():
        (folder / "trial.0000.parquet.12.34.part").write_bytes(b"half written")
    digest = students.show("riverbend", "trial")["sha256"]
    certificate = students.delete("riverbend", "trial")
    assert (certificate["rows"], certificate["reason"]) == (2, "deleted")
    assert (certificate["sha256"], certificate["years"]) == (digest, ["2021-22", "2022-23"])
    assert stat.S_IMODE(Path(certificate["file"]).stat().st_mode) == 0o600
    assert certificate["certificate"] in Path(certificate["file"]).read_text()
    files, parts = everything(settings)
    assert not [one for one in files if one.name.startswith("trial.")]
    assert parts == (0 if "sqlite" in settings.database_url else 1)
    assert [one["name"] for one in students.list()] == ["other"]
    with pytest.raises(NotFoundError):
        students.delete("riverbend", "trial")
    with pytest.raises(NotFoundError):
        students.years("riverbend", "trial")


def test_what_has_expired_is_deleted_with_a_certificate(add, students, settings):
    add(student())
    with connect(settings.database_url).begin() as connection:
        connection.execute(DATASETS.update().values(expires="2020-01-01"))
    said = []
    assert Students(settings, said.append).list() == []
    assert "Certificate" in said[0]
    files, parts = everything(settings)
    assert not [one for one in files if one.suffix == ".parquet"]
    assert parts == 0
    assert list((settings.home / "certificates").glob("riverbend.trial.*.json"))


def test_rows_that_a_crash_left_belong_to_an_entry_and_expire(students, settings, add, kept):
    add(student())
    with connect(settings.database_url).begin() as connection:
        connection.execute(DATASETS.update().values(version=None))  # killed before the last step
    assert students.list() == []
    add(student("2"), student("3"))
    assert len(kept()) == 2
    files, parts = everything(settings)
    assert len([one for one in files if one.suffix == ".parquet"]) + parts == 1
    with connect(settings.database_url).begin() as connection:
        connection.execute(DATASETS.update().values(version=None, expires="2020-01-01"))
    students.expire()
    files, parts = everything(settings)
    assert len([one for one in files if one.suffix == ".parquet"]) + parts == 0


def test_a_disk_that_refuses_leaves_no_data_set(add, students, settings):
    if "sqlite" not in settings.database_url:
        pytest.skip("rows are in the database")
    settings.home.mkdir(mode=0o700)
    (settings.home / "students").write_text("in the way")
    with pytest.raises(StorageError):
        add(student())
    assert students.list() == []


def test_a_name_is_taken_once_and_replaced_with_a_certificate(add, kept):
    add(student())
    with pytest.raises(ConflictError):
        add(student())
    added = add(student("1"), student("2"), replace=True)
    assert (added.replaced["reason"], added.replaced["rows"], len(kept())) == ("replaced", 1, 2)


def written(kind, frame, folder):
    path = folder / f"odd.{kind.split('-')[0]}"
    text = frame.write_csv(
        separator="\t" if kind == "tsv" else ";" if kind == "csv-cp1252" else ","
    )
    if kind in ("xlsx", "parquet"):
        with TableWriter(path) as writer:
            writer.write(frame)
    else:
        coded = {"csv-cp1252": "cp1252", "csv-utf16": "utf-16", "csv-bom": "utf-8-sig"}
        path.write_bytes(text.encode(coded.get(kind, "utf-8")))
    return path


@pytest.mark.parametrize(
    "kind", ["csv", "tsv", "xlsx", "parquet", "csv-cp1252", "csv-utf16", "csv-bom"]
)
def test_every_form_of_a_file_gives_the_same_rows(kind, students, riverbend, tmp_path, kept):
    frame = pl.DataFrame(
        {
            "Pupil No": ["007", "008", "009"],
            "Année": ["SY22-23", "2023", "x"],
            "Gr.": ["K", "Pre-K", "9"],
            "École": ["0101", "101", ""],
            "Home Addr": [HOME, OTHER, ""],
            "Nom": ["Zoë", "Noël", "Ünal"],
        }
    )
    options = PlaceOptions(address="home addr", id="Pupil No", grade="Gr.", school="École")
    students.take(
        StudentFile(written(kind, frame, tmp_path), options, records=RecordOptions(year="année")),
        "trial",
        riverbend.reference,
        ABOUT,
    )
    rows = kept()
    assert rows["year"].to_list() == ["2022-23", "2022-23", None]
    assert rows["grade"].to_list() == ["KG", "PK", "09"]
    assert rows["school_id"].to_list() == ["0101", "0101", None]
    assert rows["geo_status"].to_list() == ["matched", "matched", "unmatched"]
    assert rows["student"].n_unique() == 3


def test_a_file_of_no_rows_is_a_data_set_of_none(add, students, tmp_path, riverbend):
    (tmp_path / "none.csv").write_text("id,address\n")
    options = PlaceOptions(address="address", id="id")
    assert (
        students.add(
            StudentFile(tmp_path / "none.csv", options), "none", riverbend.reference, ABOUT
        ).rows
        == 0
    )
    assert students.show("riverbend", "none")["years"] == []
    assert len(students.years("riverbend", "none")[0]) == 0


def test_a_region_says_when_its_schools_were_open(home, riverbend_folder, tmp_path, students):
    folder = tmp_path / "district"
    shutil.copytree(riverbend_folder, folder)
    schools = pl.read_csv(folder / "schools.csv", infer_schema=False)
    first, last = ["2019-08-20", "FY24", "then", ""], ["", "", "", "2021-22"]
    schools.with_columns(
        OPENED=pl.Series(first + [""] * (len(schools) - 4)),
        CLOSED=pl.Series(last + [""] * (len(schools) - 4)),
    ).write_csv(folder / "schools.csv")
    manifest = (folder / "region.toml").read_text().replace('id = "riverbend"', 'id = "closing"')
    manifest = manifest.replace(
        "[schools.fields]\n", '[schools.fields]\nfirst_year = "OPENED"\nlast_year = "CLOSED"\n'
    )
    (folder / "region.toml").write_text(manifest)
    region = Region.open(folder)
    assert [
        (one.count, one.rows) for one in region.reference.findings() if one.code == "unknown_year"
    ] == [(1, ("3",))]
    rows = [
        student(str(at), school=school, year=year)
        for at, (school, year) in enumerate(
            [
                ("0101", "2019-20"),
                ("0101", "2018-19"),
                ("0102", "2023-24"),
                ("0102", "2022-23"),
                ("0103", "1999-00"),
                ("0104", "2021-22"),
                ("0104", "2022-23"),
            ]
        )
    ]
    pl.DataFrame(rows).write_csv(tmp_path / "in.csv")
    options = PlaceOptions(address="address", id="id", grade="grade", school="school")
    students.take(
        StudentFile(tmp_path / "in.csv", options, records=RecordOptions(year="year")),
        "trial",
        region.reference,
        ABOUT,
    )
    (told,) = students.show("closing", "trial")["problems"]
    assert (told["code"], told["rows"]) == ("closed_school", [2, 4, 7])
    assert students.years("closing")[0].filter(school_reason="closed")["file_row"].to_list() == [
        2,
        4,
        7,
    ]


def test_nothing_is_kept_but_what_the_schema_lists(add, students):
    add(student("1", EL="y", zone="0101"), subgroups=("EL",), reported_zone="zone")
    about = students.show("riverbend", "trial")
    columns = set(students._shelf.read(about).columns)
    expected = {name for name in KEPT if not name.endswith("…")} | {
        "subgroup_el",
        "area_planning",
        "area_wards",
        "zone_elementary",
        "zone_middle",
        "zone_high",
        "zone_margin_m",
        "zone_doubtful",
    }
    assert columns == expected
    assert not {"address", "id", "geo_address", "geo_source", "geo_changes", "line"} & columns
