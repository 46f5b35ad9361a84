"""Streets are found for texts with stand-ins as they are found for the texts themselves."""

import random
import string

import pytest

from geoservice.geocode import resolve
from geoservice.geocode.resolve import Resolver

TEXTS = (
    "MAPEL ST",
    "N MPLE ST",
    "206420TH AVE",
    "5E6TH AVE",
    "37HT AVE",
    "N 37TH AVQ",
    "MAPLE AEV",
    "EAST MAPEL",
    "OAK GROVEE ANNEX",
    "WILOW ST NORTH",
    "TS 21ST AVE",
)


@pytest.fixture(scope="module")
def damaged(riverbend):
    """Streets of the fictional district with up to three typing errors."""
    drawn = random.Random(4)
    signs = string.ascii_uppercase + string.digits + " "
    texts = list(TEXTS)
    for name in riverbend.reference.street_table["display"]:
        text = name
        for _ in range(drawn.choice([1, 1, 2, 3])):
            at = drawn.randrange(len(text))
            text = text[:at] + drawn.choice(signs) + text[at + drawn.randrange(2) :]
        glued = f"{drawn.randrange(1, 3000)}{name}"
        texts += [" ".join(text.split()), glued, f"{drawn.choice('NSEW')} {text}".strip()]
    return [" ".join(text.split()) for text in texts if text.strip()]


def test_the_same_streets_are_found_with_and_without_patterns(riverbend, damaged, monkeypatch):
    with_patterns = [found.tiers for found in Resolver(riverbend.reference).resolve(damaged)]
    assert sum(any(tiers) for tiers in with_patterns) > 200
    monkeypatch.setattr(resolve, "pattern_of", lambda text, is_street: None)
    plain = [found.tiers for found in Resolver(riverbend.reference).resolve(damaged)]
    assert [*zip(damaged, plain, strict=True)] == [*zip(damaged, with_patterns, strict=True)]
