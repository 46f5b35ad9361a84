"""Columns that `students add` guesses: for roles without a named column, and listed in a message."""

import polars as pl
import pytest

from geoservice.placing.guessed_options import guess_sentence, guessed_options
from geoservice.placing.options import PlaceOptions

_ROWS = pl.DataFrame(
    {
        "student_id": ["0017", "0018"],
        "grade": ["KG", "05"],
        "last_grade": ["05", "04"],
        "home_address": ["745 2nd ave, northfield", "12 oak st, northfield"],
    }
)


def guessed(riverbend, others=(), **named):
    options, guesses = guessed_options(PlaceOptions(**named), others, _ROWS, riverbend.reference)
    return options, guesses


def test_roles_without_a_column_are_guessed_and_listed(riverbend):
    options, guesses = guessed(riverbend)
    assert (options.address, options.grade, options.id) == ("home_address", "grade", "student_id")
    assert guess_sentence(guesses, _ROWS.columns).startswith(
        "Guessed columns: `home_address` for --address, `grade` for --grade, `student_id` for --id."
    )


def test_a_named_column_is_kept_and_takes_no_second_role(riverbend):
    options, guesses = guessed(riverbend, grade="LAST_GRADE", street="home_address")
    assert (options.grade, options.street, options.address) == ("LAST_GRADE", "home_address", None)
    assert set(guesses) == {"id"}


def test_an_empty_name_and_columns_of_another_purpose_are_not_guessed(riverbend):
    options, _ = guessed(riverbend, others=("grade", None), id="")
    assert options.id is None
    assert options.grade != "grade"


@pytest.mark.parametrize("cells", [["745 2nd ave", "KG", "Avery"]])
def test_a_first_line_that_may_hold_a_student_is_not_shown(cells):
    sentence = guess_sentence({"address": cells[0]}, cells)
    assert "column 1 for --address" in sentence
    assert cells[0] not in sentence
