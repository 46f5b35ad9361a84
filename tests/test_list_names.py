"""Names of lists of students belong to their holder: which list a name means, and to whom."""

import pytest

from geoservice.errors import ConflictError
from geoservice.model.caller import LOCAL
from geoservice.model.students import HELD_BY
from geoservice.service.list_choice import (
    given_name,
    lists_of_name,
    outdated_lists,
    refuse_several,
    stored_name,
)


def held(name, holder=""):
    return {"name": stored_name([], name, holder), HELD_BY: holder}


OFFICE, ONE, TWO = held("fall"), held("fall", "key:one"), held("fall", "key:two")
ALL = [OFFICE, ONE, TWO]


def test_names_of_keys_are_stored_with_a_mark_and_others_as_they_are():
    assert held("fall", LOCAL)["name"] == OFFICE["name"] == "fall"
    assert len({about["name"] for about in ALL}) == 3
    assert {given_name(about["name"]) for about in ALL} == {"fall"}


def test_a_list_that_a_key_stored_without_a_mark_is_found_again():
    earlier = {"name": "fall", HELD_BY: "key:one"}
    assert stored_name([earlier], "fall", "key:one") == "fall"
    assert stored_name([earlier], "fall", "key:two") == TWO["name"]


def test_a_name_means_the_list_of_who_says_it():
    assert lists_of_name(ALL, "fall", "key:two") == [TWO]
    assert lists_of_name([OFFICE, TWO], "fall", "key:three") == [OFFICE]
    assert lists_of_name(ALL, "fall") == [OFFICE]
    assert lists_of_name(ALL, ONE["name"]) == [ONE]
    assert lists_of_name([ONE], "fall") == [ONE]
    assert lists_of_name(ALL, "spring", "key:one") == []


def test_who_sees_all_lists_chooses_by_the_stored_names():
    both = lists_of_name([ONE, TWO], "fall")
    with pytest.raises(ConflictError, match=f"{ONE['name']}.*{TWO['name']}"):
        refuse_several(both)


def test_an_error_about_outdated_lists_counts_those_of_keys():
    told = outdated_lists([ONE["name"], TWO["name"]], "town").detail
    assert "2 sent over HTTP" in told
    assert "fall" not in told
    assert "--name fall`" in outdated_lists([OFFICE["name"]], "town").detail
