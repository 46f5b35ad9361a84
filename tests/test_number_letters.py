"""A letter behind the house number, with or without a hyphen."""

import pytest

from geoservice.address.house_number import take_number


@pytest.mark.parametrize(
    ("text", "number", "street"),
    [
        ("108-A W SOUTH ST", "108A", "W SOUTH ST"),
        ("108A W SOUTH ST", "108A", "W SOUTH ST"),
        ("12-B MAIN ST", "12B", "MAIN ST"),
        ("108-W SOUTH ST", "108", "W SOUTH ST"),
        ("108-A ST", "108", "A ST"),
        ("45-12 MAIN ST", "45-12", "MAIN ST"),
    ],
)
def test_a_letter_belongs_to_the_number_unless_it_is_of_the_street(text, number, street):
    assert take_number(text) == (number, street.split())
