"""Columns of public files as publishers name them: which of our fields they hold."""

import polars as pl
import pytest

from geoservice.region.columns import file_columns
from geoservice.region.known_fields import field_readings, known_fields

PART_ORDER = ("premod", "predir", "pretype", "presep", "name", "type", "postdir", "postmod")
NAMES = ["OAK", "ELM", "MAIN", "2ND"]
TYPES = ["ST", "AVE", "ST", "RD"]
BEFORE = ["N", "", "E", "S"]
BEHIND = ["", "NW", "", "SE"]


def street_of(fields: dict[str, str]) -> tuple[str | None, ...]:
    """The columns that name the street, in the order of writing."""
    whole = fields.get("street", fields.get("full_name"))
    return (whole,) if whole else tuple(fields[part] for part in PART_ORDER if part in fields)


@pytest.mark.parametrize(
    ("publisher", "number", "parts"),
    [
        (
            "Utah",
            "AddNum",
            {"PrefixDir": BEFORE, "StreetName": NAMES, "StreetType": TYPES, "SuffixDir": BEHIND},
        ),
        (
            "Trumbull OH",
            "HOUSENUM",
            {"ST_PREFIX": BEFORE, "ST_NAME": NAMES, "ST_TYPE": TYPES, "ST_SUFFIX": BEHIND},
        ),
        (
            "Portland OR",
            "address_number",
            {
                "str_predir_code": BEFORE,
                "street_name": NAMES,
                "street_type_code": TYPES,
                "str_postdir_code": BEHIND,
            },
        ),
        (
            "Alameda CA",
            "ST_NUM",
            {"DIRPRE": BEFORE, "FEANME": NAMES, "FEATYP": TYPES, "DIRSUF": BEHIND},
        ),
        (
            "New Jersey",
            "add_number",
            {"st_predir": BEFORE, "st_name": NAMES, "st_postyp": TYPES, "st_posdir": BEHIND},
        ),
        (
            "Virginia",
            "ADDRNUM",
            {
                "STREET_PREFIX": BEFORE,
                "STREET_NAME": NAMES,
                "STREET_TYPE": TYPES,
                "STREET_SUFFIX": BEHIND,
            },
        ),
        (
            "New York",
            "AddressNumber",
            {
                "PreDirectional": BEFORE,
                "StreetName": NAMES,
                "PostType": TYPES,
                "PostDirectional": BEHIND,
            },
        ),
        (
            "Minnesota",
            "anumber",
            {"st_pre_dir": BEFORE, "st_name": NAMES, "st_pos_typ": TYPES, "st_pos_dir": BEHIND},
        ),
        (
            "Chicago",
            "ADDRNOCOM",
            {"PRE_DIR": BEFORE, "STREET_NAM": NAMES, "STREET_TYP": TYPES, "SUF_DIR": BEHIND},
        ),
        (
            "Charlottesville",
            "geo_MAT_ST_NUMBER",
            {
                "geo_MAT_PREDIR": BEFORE,
                "geo_MAT_ST_NAME": NAMES,
                "geo_MAT_SUFFIX": TYPES,
                "geo_MAT_POSTDIR": BEHIND,
            },
        ),
        ("Kansas NG911", "HNO", {"PRD": BEFORE, "RD": NAMES, "STS": TYPES, "POD": BEHIND}),
        (
            "Arkansas",
            "ADDR_HN",
            {"ADDR_PD": BEFORE, "ADDR_SN": NAMES, "ADDR_ST": TYPES, "ADDR_SD": BEHIND},
        ),
        (
            "Washington DC",
            "ADDRNUM",
            {"STNAME": NAMES, "STREET_TYPE": TYPES, "QUADRANT": ["NW", "NE", "SW", "SE"]},
        ),
        (
            "a prefix that all share",
            "AM_STNUM",
            {"AM_PREDIR": BEFORE, "AM_STNAME": NAMES, "AM_STTYPE": TYPES, "AM_SUFDIR": BEHIND},
        ),
        ("a type called suffix", "ADDRNUM", {"PREFIX": BEFORE, "STREET": NAMES, "SUFFIX": TYPES}),
        (
            "a direction called suffix",
            "ADDRNUM",
            {"STREET": NAMES, "TYPE": TYPES, "SUFFIX": BEHIND},
        ),
        ("in another order", "NUMBER", {"ST_DIR": BEFORE, "ST_NAME": NAMES, "ST_TYPE": TYPES}),
    ],
)
def test_directions_and_types_are_found_as_publishers_name_them(publisher, number, parts):
    frame = pl.DataFrame({number: ["1", "22", "333", "4"], **parts, "X": [1.0, 2.0, 3.0, 4.0]})
    assert street_of(known_fields("addresses", frame)) == tuple(parts), publisher


def test_the_directions_and_types_of_other_names_are_left_alone():
    parts = {"ST_PREFIX": BEFORE, "ST_NAME": NAMES, "ST_TYPE": TYPES}
    other = {"ALTPREFIX": BEFORE, "ALTNAME": NAMES, "ALTTYPE": TYPES, "A1_POSTDIR": BEHIND}
    more = {"ABSSIDE": ["N", "S", "N", "S"], "STATE": ["NE"] * 4, "ROADTYPE": ["S", "C", "C", "C"]}
    frame = pl.DataFrame({"HOUSENUM": [1, 2, 3, 4], **other, **more, **parts})
    assert street_of(known_fields("addresses", frame)) == tuple(parts)


def test_a_whole_name_beside_its_parts_is_taken_alone():
    whole = ["N OAK ST", "ELM AVENUE NW", "EAST MAIN ST", "S 2ND RD SE"]
    parts = {"PREDIR": BEFORE, "NAME": NAMES, "TYPE": TYPES, "POSTDIR": BEHIND}
    frame = pl.DataFrame({"ADDRNUM": [1, 2, 3, 4], **parts, "FULLNAME": whole})
    first, second = field_readings("addresses", file_columns(frame))
    assert street_of(first) == ("FULLNAME",)
    assert street_of(second) == ("PREDIR", "NAME", "TYPE", "POSTDIR")


def test_a_street_that_holds_its_type_is_not_joined_with_the_type_again():
    frame = pl.DataFrame(
        {"Number": [1, 2], "Street": ["Oak Street", "Elm Ave"], "Street_Type": ["ST", "AVE"]}
    )
    assert street_of(known_fields("addresses", frame)) == ("Street",)


def test_a_street_that_holds_its_type_is_joined_with_the_direction_that_it_lacks():
    frame = pl.DataFrame(
        {
            "Number": [1, 2],
            "Dir": ["N", "S"],
            "Street": ["Oak Street", "Elm Ave"],
            "Street_Type": ["ST", "AVE"],
        }
    )
    assert street_of(known_fields("addresses", frame)) == ("Dir", "Street")


def test_a_name_called_full_that_lacks_the_direction_is_joined_with_it():
    parts = {"PREDIR": ["N", "S"], "FULLNAME": ["OAK ST", "OAK ST"]}
    frame = pl.DataFrame({"ADDRNUM": [1, 2], **parts})
    assert street_of(known_fields("addresses", frame)) == ("PREDIR", "FULLNAME")


def test_the_words_around_the_name_are_fields_of_their_own():
    columns = (
        "St_PreMod",
        "St_PreDir",
        "St_PreTyp",
        "St_PreSep",
        "St_Name",
        "St_PosTyp",
        "St_PosDir",
        "St_PosMod",
    )
    rows = [
        ("", "", "Avenue", "of the", "Oaks", "", "", ""),
        ("Old", "", "Highway", "", "31", "", "", "Bypass"),
        ("", "North", "", "", "Elm", "Street", "", ""),
    ]
    frame = pl.DataFrame(rows, schema=list(columns), orient="row").with_columns(
        Add_Number=pl.lit("12")
    )
    fields = known_fields("addresses", frame)
    assert [fields.get(part) for part in PART_ORDER] == list(columns)


@pytest.mark.parametrize(
    ("wrong", "cells"),
    [
        ("ZIP", ["MAIN ST", "ELM ST"]),
        ("LON", ["east", "west"]),
        ("ADDRESS", ["12", "14"]),
        ("CITY", ["3", "4"]),
    ],
)
def test_a_column_whose_cells_belie_its_name_is_no_field(wrong, cells):
    frame = pl.DataFrame({"ADDRNUM": ["1", "2"], "STREET": ["OAK ST", "ELM ST"], wrong: cells})
    assert wrong not in known_fields("addresses", frame).values()


@pytest.mark.parametrize("name", ["LONG", "LNG", "Longitude", "POINT_X", "lon"])
def test_every_name_of_a_longitude_is_one(name):
    frame = pl.DataFrame({"ADDRNUM": [1, 2], "STREET": ["OAK ST", "ELM ST"], name: [-90.1, -90.2]})
    assert known_fields("addresses", frame)["lon"] == name
