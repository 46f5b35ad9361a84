"""Colour, rank and finding of the service gap tell the same, in each band and for all grades."""

import pytest
from released import drawn

from geoservice.cartography.figure.choice import Choice
from geoservice.service.maps import Maps

BANDS = ("K-5", "6-8", "9-12", "all")


@pytest.fixture(scope="module")
def drawings(listed_district, riverbend):
    maps = Maps(listed_district)
    return {
        band: maps.drawing("service-gap", riverbend.reference, Choice(band=band)) for band in BANDS
    }


@pytest.mark.parametrize("band", BANDS)
def test_the_order_of_the_ranks_is_the_order_of_the_gaps(drawings, band):
    drawing = drawings[band]
    at = {column.id: index for index, column in enumerate(drawing.columns)}
    rows = [row.cells for row in drawing.rows[:-1]]
    gaps = [cells[at["service_gap"]].number for cells in rows]
    ranks = [cells[at["rank"]].number for cells in rows]
    assert ranks == [1 + sum(other > gap for other in gaps) for gap in gaps]


@pytest.mark.parametrize("band", BANDS)
def test_the_area_of_rank_one_is_darkest_and_is_the_area_of_the_finding(drawings, band):
    drawing = drawings[band]
    layer = next(layer for layer in drawing.layers if layer.id == "units")
    top = drawing.frame.ranking.units[0]
    state = next(one for one in layer.features if one.id == top.id).states[drawing.frame.id]
    keys = [one.states[drawing.frame.id].key for one in layer.features]
    assert state.label.startswith("rank 1")
    assert state.key == max(keys)
    assert f"the service gap is largest in {top.name}" in drawing.frame.finding


def test_all_grades_have_no_range_that_their_rank_may_lie_outside(riverbend):
    all_grades = drawn(riverbend.reference, "service-gap", band="all")
    band = drawn(riverbend.reference, "service-gap", band="K-5")
    assert not {"rank_best", "rank_worst"} & {column.id for column in all_grades.columns}
    assert {"rank", "rank_best", "rank_worst"} <= {column.id for column in band.columns}
    labels = [
        one.states[all_grades.frame.id].label
        for layer in all_grades.layers
        if layer.id == "units"
        for one in layer.features
    ]
    assert not any("(" in label for label in labels)
    assert any(label == "rank 1" for label in labels)
