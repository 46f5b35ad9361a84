"""Classes of maps: round breaks, none too narrow, raw counts per square mile, dark ramps."""

import numpy as np
import pytest
from released import released

from geoservice.cartography.compose.compose import draw
from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.figure.breaks import round_breaks, snapped_breaks, wide_enough
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.classes import palette, scale
from geoservice.cartography.figure.values import Printer, number_text
from geoservice.cartography.texts import texts_of
from geoservice.errors import InputError

PRINTER = Printer(texts_of("en"), 10)
COUNTS = """
kind = "units"
layers = []
title = { en = "T", es = "T" }
question = { en = "Q?", es = "Q?" }
method = { en = "The method.", es = "El método." }
[[views]]
id = "v"
measure = "MEASURE"
part = "PART"
unit = "UNIT"
title = { en = "Residents", es = "Residentes" }
"""


@pytest.mark.parametrize("seed", range(20))
def test_classes_are_at_most_five_and_none_is_narrower_than_the_uncertainty(seed):
    random = np.random.default_rng(seed)
    numbers = random.normal(0.6, 0.1, 30) if seed % 2 else random.lognormal(4, 1.5, 40)
    width = 0.07 if seed % 2 else 8.0
    for breaks in (
        round_breaks(numbers, 5, width),
        snapped_breaks(numbers, np.percentile(numbers, [20, 40, 60, 80]).tolist(), width),
    ):
        ends = [breaks.low, *breaks.tops, breaks.high]
        assert len(ends) <= 6
        assert ends[0] <= numbers.min()
        assert ends[-1] >= numbers.max()
        assert (np.diff(ends) >= width - 1e-9).all()


@pytest.mark.parametrize(
    ("numbers", "tops"),
    [
        ([0.888, 0.9, 0.95, 0.99], (0.9, 0.92, 0.94, 0.96, 0.98)),
        ([0.82, 0.88], ()),
        ([11.0, 40.0, 90.0, 460.0], (20.0, 50.0, 100.0, 200.0)),
    ],
)
def test_breaks_are_round(numbers, tops):
    least = {0.82: 0.1}.get(numbers[0], 0.0)
    assert round_breaks(np.array(numbers), 6, least).tops == tops


def test_fixed_breaks_closer_than_the_uncertainty_are_left_out():
    assert wide_enough((0.9, 0.95, 0.98, 0.99), 0.03) == (0.9, 0.95, 0.98)


def test_texts_of_classes_say_each_unit_once():
    values = [PRINTER.value(share, "share") for share in (0.21, 0.35, 0.58)]
    texts = [entry.text for entry in scale(values, Classes(), "share", PRINTER).entries]
    assert texts[:4] == ["20 to 30%", "30 to 40%", "40 to 50%", "50 to 60%"]


def test_low_numbers_are_dark_on_a_dark_ground():
    light, dark = (palette(Classes(palette="Blues"), 5, theme) for theme in ("light", "dark"))
    assert dark == light[::-1]


def test_negative_numbers_have_a_minus_sign_and_distances_one_decimal():
    assert number_text(-1234.0, "gap") == "\N{MINUS SIGN}1,234"
    assert number_text(0.8, "miles") == "0.8"


def written(folder, measure, part, unit, tail=""):
    text = COUNTS.replace("MEASURE", measure).replace("PART", part).replace("UNIT", unit)
    (folder / "counts.toml").write_text(text + tail)
    return read_definition(folder / "counts.toml")


def test_a_raw_count_is_colored_per_square_mile_and_printed_as_it_is(tmp_path, riverbend):
    definition = written(tmp_path, "residents", "", "students")
    tables = released(definition, riverbend.reference)
    drawing = draw(definition, Choice(), riverbend.reference, tables)
    assert drawing.frame.legend_title == "Residents (students per square mile; labels: students)"
    labels = {state.label for one in drawing.layers[0].features for state in one.states.values()}
    assert labels <= {cell.text for row in drawing.rows for cell in row.cells[2:]}


def test_a_map_of_a_raw_gap_says_why(tmp_path):
    with pytest.raises(InputError, match="why_counts"):
        written(tmp_path, "service_gap", "", "gap")
    why = 'why_counts = { en = "It is the number needed.", es = "Es el número necesario." }'
    definition = written(tmp_path, "service_gap", "", "gap", why)
    assert definition.method_in("en") == "The method. It is the number needed."


def test_the_same_rise_and_fall_are_in_classes_of_the_same_size():
    rule = Classes(scheme="fixed", breaks=(-0.1, -0.03, 0.03, 0.1))
    changes = [-0.2, -0.1, -0.03, 0.03, 0.1, 0.2]
    values = [PRINTER.value(change, "share") for change in changes]
    keys = [scale(values, rule, "share", PRINTER).key(value) for value in values]
    assert keys == ["c0", "c1", "c2", "c2", "c3", "c4"]
