"""Why addresses are not matched: parts of coverage, and how the figure of coverage shows them."""

import httpx
import polars as pl
from released import released

from geoservice.cartography.compose.compose import draw
from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.figure.choice import Choice
from geoservice.measures.coverage import OTHER, REASONS, reason_of
from geoservice.model.shipped import shipped_folder

FOLDER = shipped_folder("maps")


def test_reasons_that_protect_somebody_are_never_named():
    codes = ["po_box", "protected", "no_current_address", None, "tie"]
    students = pl.DataFrame({"is_matched": [False] * 4 + [True], "geo_reason": codes})
    found = students.select(reason=reason_of(students))["reason"].to_list()
    assert found == ["po_box", OTHER, OTHER, OTHER, None]
    assert not {"protected", "no_current_address"} & set(REASONS)


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
        assert f"{words} {told[words].text}" in made.alternative


def test_published_reasons_hold_the_minimum_cell_size(server):
    url = f"{server.url}/v1/regions/riverbend/measures/coverage"
    lines = httpx.get(url, params={"areas": "planning", "year": "2023-24"}, timeout=600).json()[
        "items"
    ]
    reasons = [one for one in lines if one["part"].startswith("unmatched ")]
    shown = [one["numerator"] for one in reasons if one["status"] == "shown"]
    assert shown
    assert min(shown) >= 10
    assert {one["status"] for one in reasons} <= {"shown", "at_most", "suppressed"}
