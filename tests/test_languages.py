"""Every language has all books of words, with the same keys and fields as English."""

import re
import tomllib
from pathlib import Path

import pytest

import geoservice
from geoservice.cartography.definition.definition import Wording
from geoservice.cartography.texts import LANGUAGE_NAMES, LANGUAGES

PACKAGE = Path(geoservice.__file__).parent
FIELD = re.compile(r"{\w+}")
BOOKS = ("cartography/words/", "api/words/", "api/words/finder.", "reports/words/")
TERMS = ("glossary_terms", "method_notes")


def texts(book, lang):
    """The texts of a book by table and key; tables of terms have the terms as keys: by position."""
    content = tomllib.loads((PACKAGE / f"{book}{lang}.toml").read_text("utf-8"))
    tables = {key: entries for key, entries in content.items() if isinstance(entries, dict)}
    plain = {("", key): text for key, text in content.items() if key not in tables}
    return plain | {
        (table, position if table in TERMS else key): text
        for table, entries in tables.items()
        for position, (key, text) in enumerate(entries.items())
    }


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_book_has_the_keys_and_fields_of_english(book, lang):
    english, translated = texts(book, "en"), texts(book, lang)
    assert translated.keys() == english.keys()
    fields = {key: sorted(FIELD.findall(text)) for key, text in english.items()}
    assert {key: sorted(FIELD.findall(text)) for key, text in translated.items()} == fields


@pytest.mark.parametrize("lang", LANGUAGES)
def test_captions_of_each_language_are_checked_for_neutral_words(lang):
    neutral = tomllib.loads((PACKAGE / "reports" / "words" / "neutral.toml").read_text("utf-8"))
    assert neutral[lang]["recommend"]
    assert neutral[lang]["judge"]


def test_each_language_has_a_name_of_its_own():
    assert len(set(LANGUAGE_NAMES.values())) == len(LANGUAGES)
    assert LANGUAGES[0] == "en"


def test_a_map_without_a_translation_shows_english():
    title = Wording(en="Zones", es="Zonas")
    assert title.of("es") == "Zonas"
    assert title.of("xx") == "Zones"
    with pytest.raises(ValueError, match="no language xx"):
        Wording.model_validate({"en": "Zones", "es": "Zonas", "xx": "Zonen"})
