"""Texts with stand-ins for plain words and damaged ordinals are read as the typed texts are."""

import ast
import re
from pathlib import Path

import polars as pl
import pytest
from conftest import SHARED
from hypothesis import given
from hypothesis import strategies as st

import geoservice.address.street as readers
from geoservice.address.clean import clean_text
from geoservice.address.delivery import read_delivery
from geoservice.address.lastline import segments_of
from geoservice.address.patterns import DeliveryPatterns, StreetPatterns
from geoservice.address.plain_words import known_words, pattern_of
from geoservice.address.readings import readings
from geoservice.address.street import read_street

READERS = ("delivery", "glued_words", "house_number", "number", "readings", "routes", "street")
READERS += ("lastline", "unit")
NO_WORDS = {"ABCFGH", "AMERICA", "DF", "EW", "NS", "NSEW", "RHS", "USA", "VX"}
"""Sets of letters, and words of the last line alone."""
MESSY = SHARED / "truth" / "sf_messy_addresses.csv"
NAMES = st.sampled_from(["MAPEL", "QUJ", "ORCHRD", "BOXWOOD", "STREEET", "PARX", "ZJZ"])
OTHERS = st.one_of(st.sampled_from(sorted(known_words())), st.sampled_from([",", "#", "&", "5TH"]))
ORDINALS = st.one_of(
    st.sampled_from(["5E6TH", "K7TH", "SW32ND", "33ED", "10THPAVE", "206420TH", "20642TH", "B5TH"]),
    st.from_regex(
        r"[A-Z]{0,2}[0-9]{1,5}[A-Z]{0,2}[0-9]{0,2}(ST|ND|RD|TH|[A-Z]{1,4})", fullmatch=True
    ),
    st.sampled_from(["NG", "TS", "QX", "PO", "HC", "APO", "5APO", "2UNIT", "N5SW", "12345TH"]),
)
WORDS = st.lists(st.one_of(NAMES, OTHERS, NAMES, ORDINALS), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("N MAPEL ST", "N QJQJQ ST"),
        ("MAPEL OAKK MAPEL RD", "QJQJQ XJXJ QJQJQ RD"),
        ("N MAIN ST", "N QJQJ ST"),
        ("5TH AVE", None),
        ("HWY K7 N", None),
        ("NG MAPEL ST", "QJ XJXJX ST"),
        ("PO MAPEL ST", "PO QJQJQ ST"),
        ("70707 N 5E6TH AVE", "70707 N 7Q7QJ AVE"),
        ("70707 SW32ND AVE , LODI", "70707 QQ77QJ AVE , XJXJ"),
        ("70707 N 12TH AVE", None),
        ("70707 APT 5E6TH , B7TH ST", "70707 APT 7Q7QJ , B7TH ST"),
        ("206420TH AVE", "777777TH AVE"),
        ("206420TH FL , 5 OAK ST", "206420TH FL , 5 QJQ ST"),
        ("2042TH AVE", None),
        ("12MAPEL AVE", None),
        ("5E6TH AVE", None),
        ("70707 2UNIT 5 BOX 7", None),
        ("70707 PO B5TH", None),
        ("VAN ZANDT COUNTY ROAD 5", None),
        ("QJQ ST", None),
        ("AAA BBB CCC DDD ST", None),
    ],
)
def test_a_stand_in_has_the_length_of_its_word(text, pattern):
    found = pattern_of(text)
    assert (found.text if found else None) == pattern
    if found:
        assert found.put_back(found.text) == text


def test_a_street_may_begin_with_a_damaged_ordinal():
    assert pattern_of("5E6TH AVE", is_street=True).text == "7Q7QJ AVE"
    assert pattern_of("77TYH 7QJ7QJ", is_street=True) is None


def test_words_in_rules_of_the_readers_are_no_plain_words():
    folder = Path(readers.__file__).parent
    for module in READERS:
        tree = ast.parse((folder / f"{module}.py").read_text("utf-8"))
        sentences = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in sentences
        ]
        written = {word for text in texts for word in re.findall(r"[A-Z]{2,}", text)}
        assert not written - known_words() - NO_WORDS, module


@given(WORDS, st.sampled_from(["", "70707 ", "12 "]))
def test_texts_are_read_as_their_patterns(words, number):
    same_reading(number + " ".join(words))


@pytest.mark.skipif(not MESSY.is_file(), reason="the messy addresses are not here")
def test_messy_addresses_are_read_as_their_patterns():
    for line in pl.read_csv(MESSY, infer_schema=False)["address"].drop_nulls().unique():
        same_reading(clean_text(line))


def same_reading(cleaned: str) -> None:
    line = segments_of(cleaned)
    if not line:
        return
    read = read_delivery([list(words) for words in line], "")
    assert DeliveryPatterns().read([list(words) for words in line], "") == read
    assert DeliveryPatterns().read_once(line, "") == read
    for text in filter(None, (read.street, read.cross)):
        pattern, street = pattern_of(text, is_street=True), read_street(text)
        patterns = StreetPatterns()
        assert patterns.street(text, pattern) == street
        assert patterns.readings(text, street, pattern) == readings(text, street)
        if pattern:
            streets = [street, *(reading.street for reading in readings(text))]
            assert set(patterns.name_keys(pattern)) == {one.name_key for one in streets}
