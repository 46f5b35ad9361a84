"""Reading of addresses: the hard list, and templates against whole readings."""

import re
from xml.etree import ElementTree

import polars as pl
import pytest
from conftest import SHARED
from hypothesis import given, settings
from hypothesis import strategies as st

from geoservice.address.clean import clean_text, clean_zip, place_key
from geoservice.address.lastline import Gazetteer
from geoservice.address.lastlines import LastLines
from geoservice.address.reading import Reading, read_address
from geoservice.address.street import Street, read_street
from geoservice.address.templates import AddressReader
from geoservice.address.vocabulary import vocabulary

TOWNS = Gazetteer(("SPRINGFIELD", "LAKE PARK"), ("CA",))
HARD = SHARED / "truth" / "hard_cases.psv"


def read(line: str, gazetteer: Gazetteer = TOWNS) -> Reading:
    return read_address(line, "", "", "", gazetteer)


@pytest.mark.skipif(not HARD.is_file(), reason="the list of hard cases is not here")
def test_hard_cases_are_read_as_listed():
    table = pl.read_csv(HARD, separator="|", infer_schema=False, quote_char=None)
    wrong = {}
    for row in table.fill_null("").iter_rows(named=True):
        found = read(row["input"], Gazetteer())
        street = read_street(found.street) if found.street else Street()
        got = {
            "kind": found.kind,
            "number": found.number,
            "predir": street.predir,
            "pretype": street.pretype,
            "name": street.name,
            "suffix": street.type,
            "postdir": street.postdir,
            "unit": found.unit,
            "city": found.town,
            "state": found.state,
            "zip": found.zip,
        }
        want = {**{key: row[key] for key in got}, "city": place_key(row["city"])}
        if got != want:
            wrong[row["id"]] = {key: (want[key], got[key]) for key in got if want[key] != got[key]}
    assert not wrong


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("120 N 5th Ave Apt. 4-B", ("street", "120", "N 5TH AVE", "APT 4-B")),
        ("500, Oak St", ("street", "500", "OAK ST", "")),
        ("0120 Oak St", ("street", "120", "OAK ST", "")),
        ("12 - 14 Oak St", ("street", "12-14", "OAK ST", "")),
        ("283Oak St", ("street", "283", "OAK ST", "")),
        ("1700 O'Farrell @ Fillmore St", ("street", "1700", "OFARRELL", "")),
        ("12 Oak St near the park", ("street", "12", "OAK ST", "")),
        ("c/o A. Guardian, 12 Oak St", ("street", "12", "OAK ST", "")),
        ("Unit 4 120 N 5th Ave", ("street", "120", "N 5TH AVE", "UNIT 4")),
        ("12 B Valencia", ("street", "12B", "VALENCIA", "")),
        ("12 B St", ("street", "12", "B ST", "")),
        ("Pier 7 Oak St", ("street", "", "PIER 7 OAK ST", "")),
        ("12 Oak St, Basement (Macy's)", ("street", "12", "OAK ST", "")),
        ("12 Oak St lower level kitchen, gr. floor", ("street", "12", "OAK ST", "")),
        ("The Mill @ 12 Oak St", ("street", "12", "OAK ST", "")),
        ("12 Oak St # 4, 2nd Floor", ("street", "12", "OAK ST", "# 4 FL 2")),
        ("12 Oak St, P.O. Box 9", ("dual", "12", "OAK ST", "PO BOX 9")),
        ("POB 12", ("po_box", "", "", "PO BOX 12")),
        ("General Delivery", ("general_delivery", "", "", "")),
        ("HC 2 Box 14", ("rural_route", "", "", "HC 2 BOX 14")),
        ("CMR 480 Box 12, APO AE 09128", ("military", "", "", "CMR 480 BOX 12")),
        ("\U0001f3e0", ("non_address", "", "", "")),
        (" ", ("empty", "", "", "")),
    ],
)
def test_parts_of_a_street_line(line, parts):
    found = read(line)
    assert (found.kind, found.number, found.street, found.unit) == parts


@pytest.mark.parametrize(
    ("line", "last"),
    [
        ("12 Oak St, Springfield, CA 94110", ("SPRINGFIELD", "CA", "94110")),
        ("12 Oak St Springfield CA", ("SPRINGFIELD", "CA", "")),
        ("12 Oak St Lake Park 94110-1234", ("LAKEPARK", "", "94110")),
        ("12 Oak St Springfield 94110 CA USA", ("SPRINGFIELD", "CA", "94110")),
        ("12 Oak Ct", ("", "", "")),
        ("12 Oak Ct 06001", ("", "", "06001")),
        ("12 Springfield", ("", "", "")),
        ("12 N Springfield", ("", "", "")),
        ("12 Oak St, Boise, Idaho", ("BOISE", "ID", "")),
        ("12 Oak St, Boston, MA 2144", ("BOSTON", "MA", "02144")),
        ("12 Oak St # 94110", ("", "", "")),
        ("12 Oak St, Basement (Macy's)", ("", "", "")),
        ("12 Oak St lower level kitchen, gr. floor", ("", "", "")),
    ],
)
def test_the_last_line(line, last):
    found = read(line)
    assert (found.town, found.state, found.zip) == last


@pytest.mark.parametrize(
    ("line", "streets"),
    [
        ("Clark & Addison", ("CLARK", "ADDISON")),
        ("5th Ave @ E 42nd St, Springfield", ("5TH AVE", "E 42ND ST")),
        ("Corner of Oak St and Elm St", ("OAK ST", "ELM ST")),
        ("NW corner Oak at Elm St (N/W)", ("OAK", "ELM ST")),
        ("North West Corner of Oak & Elm", ("OAK", "ELM")),
        ("Oak/Elm", ("OAK", "ELM")),
    ],
)
def test_two_streets_are_an_intersection(line, streets):
    found = read(line)
    assert (found.kind, found.street, found.cross) == ("intersection", *streets)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    st.lists(
        st.sampled_from(
            ["12", "9TH", "N", "US", "HWY", "OAK", "ST", "FL", "#", "4", ",", "CA", "APT"]
        ),
        max_size=6,
    ).map(lambda words: ["E", *words]),
    st.lists(
        st.sampled_from(["LAKE", "PARK", "SPRINGFIELD", "NE", "2", "APT", "OAK"]),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["CA", "CT", "FL", "IN", "FM", "XX"]),
)
def test_a_remembered_last_line_reads_as_one_met_first(street, town, state):
    reader = LastLines(TOWNS)
    usual = f"{' '.join(town)} , {state} 94110"
    reader.part(f"77 ELM ST , {usual}")
    line = clean_text(f"12 {' '.join(street)} , {usual}")
    # ZIP+4 is never remembered, and says the same.
    assert reader.part(line) == reader.part(f"{line}-1234")


def test_fields_and_one_line_agree():
    line = read("12 Oak St Apt 3, Springfield, CA 94110")
    assert read_address("12 Oak St Apt 3", "Springfield", "California", "94110-1234", TOWNS) == line


@pytest.mark.parametrize(
    ("typed", "zip_"),
    [
        ("2144", "02144"),
        ("606372745", "60637"),
        ("94110.0", "94110"),
        ("6.0637E+04", "60637"),
        ("6.06372745E+08", "60637"),
        ("501", "00501"),
        ("9411", "09411"),
        ("x", ""),
        ("", ""),
        ("1234567", ""),
    ],
)
def test_damaged_zips_are_mended(typed, zip_):
    assert clean_zip(typed) == zip_


PIECES = st.sampled_from(
    [
        "12",
        "7",
        "70707",
        "12Oak",
        "12th",
        "12S",
        "12B",
        "5th",
        "N",
        "Oak",
        "St",
        "St.",
        "Ave",
        "Apt",
        "#",
        "4B",
        "9",
        "unit 12",
        ",",
        ", ",
        "Springfield",
        "CA",
        "94110",
        "PO Box 7",
        "and",
        "&",
        "RR 2",
        "c/o",
        "Lot",
        "1/2",
        "-",
        ".",
        "'",
        "\x00",
        "\u202e",
        "é",
        "\U0001f600",
        "Suite 100",
        "\t",
        "\x1f",
    ]
)
LINES = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=10).map(" ".join)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(LINES, min_size=64, max_size=90))
def test_templates_and_whole_readings_agree(lines):
    table = pl.DataFrame({"line": lines, "city": "", "state": "", "zip": ""})
    whole = AddressReader(TOWNS).read(table)
    for at, line in enumerate(lines):
        one = AddressReader(TOWNS).read(table[at : at + 1])
        mine, alone = whole.readings[whole.code[at]], one.readings[0]
        assert mine._replace(number="", unit="") == alone._replace(number="", unit=""), line
        assert (whole.number[at], whole.unit[at]) == (one.number[0], one.unit[0]), line
        if whole.value[at] >= 0:
            assert whole.number[at].startswith(str(whole.value[at])), line


@given(st.text())
def test_any_text_can_be_cleaned(text):
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned


LABELLED = SHARED / "truth" / "usaddress_labeled.xml"
STREET_LABELS = (
    "StreetNamePreDirectional",
    "StreetNamePreModifier",
    "StreetNamePreType",
    "StreetName",
    "StreetNamePostType",
    "StreetNamePostDirectional",
    "StreetNamePostModifier",
)


def labelled():
    """Addresses of the labelled list that have a number and a street, and all its towns."""
    parts = [
        [(one.tag, one.text) for one in line] for line in ElementTree.parse(LABELLED).getroot()
    ]
    towns = {" ".join(text for tag, text in line if tag == "PlaceName") for line in parts}
    cleaned = {" ".join(clean_text(town).replace(",", " ").split()) for town in towns} - {""}
    streets = [
        line
        for line in parts
        if {"AddressNumber", "StreetName"} <= {tag for tag, _ in line}
        and "IntersectionSeparator" not in {tag for tag, _ in line}
    ]
    return streets, Gazetteer(tuple(sorted(cleaned)))


def number_key(text):
    words = clean_text(text).replace(",", " ").strip()
    return vocabulary().number_words.get(words, re.sub("[ #-]", "", words).lstrip("0"))


@pytest.mark.skipif(not LABELLED.is_file(), reason="the labelled addresses are not here")
def test_labelled_addresses_agree_on_number_name_type_and_directions():
    streets, towns = labelled()
    agree = 0
    for line in streets:
        found = read(" ".join(text for _, text in line), towns)
        named = clean_text(" ".join(text for tag, text in line if tag in STREET_LABELS))
        number = " ".join(text for tag, text in line if tag.startswith("AddressNumber"))
        street = read_street(" ".join(named.replace(",", " ").split()).strip(" -/"))
        mine = read_street(found.street) if found.street else Street()
        agree += (mine, number_key(found.number)) == (street, number_key(number))
    assert agree / len(streets) >= 0.95


@pytest.mark.parametrize("line", ["#-#\x18X#N#L\x00\x8a#N*", "#-# N", "# N #", "N#", "#N#N"])
def test_marks_without_a_street_are_read_without_a_fault(line):
    assert read(line) is not None
