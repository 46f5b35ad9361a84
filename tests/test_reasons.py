"""Why addresses are not matched: what the release tells of the reasons, and how the figure of coverage shows it."""

import polars as pl
import pytest
from planned import planned
from released import released

from geoservice.cartography.compose import draw
from geoservice.cartography.definition import read_definition
from geoservice.cartography.figure import Choice
from geoservice.measures import reasons
from geoservice.measures.linked import total
from geoservice.measures.plan import STATUS
from geoservice.service.maps import FOLDER

MIN_N = 10


@pytest.fixture
def tell():
    """The reasons that are told of so many unmatched students each, by year."""

    def make(before=None, status="shown", **numbers):
        named = [code for code, n in numbers.items() for _ in range(n)]
        students = pl.DataFrame({
            "year": "2023-24", "grade": "01", "is_matched": [False] * len(named) + [True] * 900,
            "geo_reason": [*named, *[None] * 900],
        })  # fmt: skip
        counts = (
            students.with_columns(reason=reasons.reason_of(students)).drop_nulls("reason")
            .group_by("year", "grade", "reason").agg(n=pl.len().cast(pl.Int64))
        )  # fmt: skip
        whole = pl.DataFrame(
            [("2023-24", "", "area_a|coverage", "district", "unmatched", len(named), len(students), None, None, status)],
            schema=STATUS, orient="row",
        )  # fmt: skip
        base = reasons.whole_of([whole])
        made = planned(counts, total(reasons.NAME, pl.col("reason")), {}, MIN_N, base=base.select(list(STATUS)),
                       few_homes=reasons.unnamed(["2023-24"]), before=before)  # fmt: skip
        assert made.holds
        told = reasons.told(made.status, base)
        return {part.removeprefix("unmatched "): n for part, n in told.select("part", "numerator").iter_rows()}  # fmt: skip

    return make


def test_reasons_of_many_are_told_and_add_up(tell):
    assert tell(po_box=40, tie=25) == {"po_box": 40, "tie": 25}


def test_a_small_reason_takes_another_with_it(tell):
    told = tell(po_box=40, tie=25, empty=4)
    assert told == {"po_box": 40, "other": 29}


def test_what_is_grouped_is_never_small(tell):
    for small in range(1, 10):
        told = tell(po_box=60, tie=11, empty=small, no_number=small)
        assert sum(told.values()) == 71 + 2 * small
        assert min(told.values()) >= MIN_N


def test_protected_addresses_are_never_told_by_themselves(tell):
    told = tell(po_box=40, tie=25, protected=30)
    assert told == {"po_box": 40, "other": 55}
    assert "protected" not in tell(po_box=40, protected=30, no_current_address=12)


def test_nothing_is_told_where_the_number_of_unmatched_is_not(tell):
    assert tell(po_box=40, tie=25, status="high") == {}


def test_a_reason_that_changed_by_few_since_an_earlier_release_is_not_told(tell):
    before = pl.DataFrame(
        [("2023-24", "", "reasons", "po_box", "", 38.0)],
        schema=["year", "band", "units", "unit", "part", "value"], orient="row",
    )  # fmt: skip
    told = tell(before=before, po_box=40, tie=25, unreadable=30)
    assert "po_box" not in told


def test_the_figure_shows_reasons_in_bars_table_and_words(riverbend):
    definition = read_definition(FOLDER / "coverage.toml")
    for lang, words in (("en", "post office box"), ("es", "apartado postal")):
        choice = Choice(lang=lang)
        made = draw(
            definition,
            choice,
            riverbend.reference,
            released(definition, riverbend.reference, choice),
        )
        told = dict(made.bars)
        at = [one.id for one in made.columns].index("unmatched_po_box")
        assert made.rows[-1].cells[at] == told[words]
        assert {row.cells[at].status for row in made.rows[:-1]} == {"hidden"}
        assert f"{words} {told[words].text}" in made.alternative


def test_the_demo_tells_its_reasons_and_they_sum_to_the_unmatched(riverbend, server):
    import httpx

    answer = httpx.get(
        f"{server.url}/v1/regions/riverbend/measures/coverage?areas=planning&year=2023-24",
        timeout=600,
    )
    lines = answer.json()["items"] if "items" in answer.json() else answer.json()["lines"]
    mine = {one["part"]: one for one in lines if one["unit"] == "district"}
    by_reason = {
        part: one["numerator"] for part, one in mine.items() if part.startswith("unmatched ")
    }
    assert min(by_reason.values()) >= MIN_N
    assert sum(by_reason.values()) == mine["matched"]["denominator"] - mine["matched"]["numerator"]
    assert not [
        one for one in lines if one["unit"] != "district" and one["part"].startswith("unmatched ")
    ]
