"""The choice between lists of students: two lists of one year are never counted together."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from geoservice.errors import ConflictError
from geoservice.model.caller import LOCAL, WORKSPACE, Caller
from geoservice.model.digests import digest_of
from geoservice.model.students import HELD_BY

_MARK, _MARK_SIGNS = "~", 10
Holders = Collection[str] | None
"""Callers whose lists are visible; the empty text stands for the command line, None for all."""


def holders_of(caller: Caller) -> Holders:
    """Return the holders whose lists a caller may have counted by their name.

    Lists of other callers are not theirs to count. Those of the command line are the district's.
    """
    return None if caller.is_admin or caller.is_operator else ("", caller.owner)


def held_by(lists: Sequence[Mapping[str, Any]], holders: Holders) -> list[Mapping[str, Any]]:
    """Return the lists of some holders."""
    return [about for about in lists if holders is None or about.get(HELD_BY, "") in holders]


def stored_name(lists: Sequence[Mapping[str, Any]], name: str, holder: str) -> str:
    """Return the name under which a holder's list is stored, unique over all holders.

    Names of keys and of people get a mark of their holder, so that a taken name tells nothing of
    other callers. The command line and the operator share the names without a mark.
    """
    own = [about for about in lists if about["name"] == name and about.get(HELD_BY, "") == holder]
    if own or holder in ("", LOCAL, WORKSPACE):
        return name
    return f"{name}{_MARK}{digest_of(holder)[:_MARK_SIGNS]}"


def given_name(stored: str) -> str:
    """Return the name that the holder of a list has given it."""
    return stored.partition(_MARK)[0]


def outdated_lists(stored: Sequence[str], region: str) -> ConflictError:
    """Return the error for lists that are assigned to an earlier state of the region.

    It may reach any caller, so lists of keys are counted and not named.
    """
    told = named_lists([{"name": name, HELD_BY: _MARK in name} for name in stored])
    name = next((name for name in stored if _MARK not in name), "NAME")
    return ConflictError(
        f"The region has changed since the students of {told} were assigned to it. Assign them "
        f"again: `geoservice students refresh --region {region} --name {name}`. Then restart the "
        "service if it runs."
    )


def lists_of_name(
    lists: Sequence[Mapping[str, Any]], name: str, holder: str = ""
) -> Sequence[Mapping[str, Any]]:
    """Return the list of a stored or given name: that of the holder, else all that it may be."""
    exact = [about for about in lists if about["name"] == name]
    given = [about for about in lists if given_name(about["name"]) == name]
    own = [about for about in given if holder and about.get(HELD_BY) == holder]
    return own or exact or given


def refuse_several(lists: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a name that several callers gave to lists; the error reaches those who see all lists.

    Raises
    ------
    ConflictError
        Names the lists.
    """
    if len(lists) > 1:
        names = ", ".join(f"`{about['name']}`" for about in lists)
        raise ConflictError(f"Several lists have this name. Name one of them: {names}.")


def default_lists(lists: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the lists that are measured where no list is named.

    The lists of the command line come first, then those of callers over HTTP, oldest first. A
    caller's list that holds a year of an earlier one is left out: nobody may change or switch off
    what others see.
    """
    chosen = [about for about in lists if not about.get(HELD_BY)]
    years = {year for about in chosen for year in about.get("years", ())}
    sent = (about for about in lists if about.get(HELD_BY))
    for about in sorted(sent, key=lambda about: str(about.get("added", ""))):
        if years.isdisjoint(own := about.get("years", ())):
            chosen.append(about)
            years.update(own)
    return chosen


def refuse_two_lists_of_a_year(lists: Sequence[Mapping[str, Any]]) -> None:
    """Refuse lists of which two hold the same school year.

    The newest list is not taken by itself: public figures of both lists, which mostly hold the same
    students, could be subtracted.

    Raises
    ------
    ConflictError
        Names the year, the lists and the remedies.
    """
    holders: dict[str, list[str]] = {}
    for about in lists:
        for year in about.get("years", ()):
            holders.setdefault(year, []).append(about["name"])
    shared = {year: names for year, names in holders.items() if len(names) > 1}
    if shared:
        year, names = max(shared.items())
        holding = [about for about in lists if about["name"] in names]
        raise ConflictError(
            f"Several lists hold students of {year}: {named_lists(holding)}. Name one of them: "
            "`students` in a request and in Python, `--students` on the command line. Or delete "
            "the others with `geoservice students delete`."
        )


def named_lists(lists: Sequence[Mapping[str, Any]]) -> str:
    """Return the names of lists for an error.

    The error may reach any caller, so lists of callers over HTTP are counted and not named.
    """
    names = [f"`{about['name']}`" for about in lists if not about.get(HELD_BY)]
    if count := len(lists) - len(names):
        names.append(f"{count} sent over HTTP (`geoservice students list` has all names)")
    return ", ".join(names)
