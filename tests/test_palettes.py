"""Classes told apart by people who see fewer colours, and in greyscale: by colour, or else by what is printed."""

import numpy as np
import pytest
from released import released

from geoservice.cartography.compose.compose import draw
from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.definition.definition_files import read_definition
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.classes import palette
from geoservice.model.shipped import shipped_folder

FOLDER = shipped_folder("maps")

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
    "greyscale": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
APART = 10.0
"""CIELAB distance of classes told by colour alone: four times what is just seen (2.3)."""


def lab(colours, sight):
    """CIELAB (n x 3) of CSS hex colours as one sees them."""
    bytes_ = [[int(one[at : at + 2], 16) / 255 for at in (1, 3, 5)] for one in colours]
    srgb = np.array(bytes_)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ SIGHT[sight].T, 0, 1) @ XYZ.T / XYZ.sum(axis=1)
    f = np.where(seen > 0.008856, np.cbrt(seen), 7.787 * seen + 16 / 116)
    return np.column_stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])]
    )


def alike(entries, sight):
    """Pairs of a legend's classes whose colours are not apart."""
    if not entries:
        return []
    seen = lab([one.colour for one in entries], sight)
    return [
        (entries[a], entries[b])
        for a in range(len(entries))
        for b in range(a)
        if np.linalg.norm(seen[a] - seen[b]) < APART
    ]


@pytest.fixture(scope="module")
def drawings(riverbend):
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        definition = read_definition(path)
        choice = Choice(band="K-5")
        tables = released(definition, riverbend.reference, choice)
        found.append(draw(definition, choice, riverbend.reference, tables))
    return found


def coloured(entries):
    """Entries that the legend lists with a color; tints of neighboring zones have no meaning."""
    listed = [one for one in entries if one.text]
    return [one for one in listed if not one.hatch and one.mark not in ("line", "star")]


@pytest.mark.parametrize("sight", SIGHT)
def test_classes_of_every_map_are_told_apart_by_colour_letter_shape_size_or_printed_value(
    drawings, sight
):
    for made in drawings:
        for legend in [frame.legend for frame in made.frames] + [made.legend]:
            for one, other in alike(coloured(legend), sight):
                lettered = bool(one.letter) and one.letter != other.letter
                is_larger = abs(one.size - other.size) >= 1  # Of numbers of seats the size tells.
                assert (
                    lettered
                    or is_larger
                    or one.mark != other.mark
                    or printed(made, one.key)
                    or printed(made, other.key)
                ), (
                    made.definition.id,
                    one,
                    other,
                )


def printed(made, key):
    """True where all that has a class has its value printed, and stands in the table."""
    states = [
        state
        for layer in made.layers
        if layer.has_frames
        for feature in layer.features
        for state in feature.states.values()
        if state.key == key
    ]
    return bool(states) and all(state.label for state in states)


@pytest.mark.parametrize("sight", [one for one in SIGHT if one != "greyscale"])
@pytest.mark.parametrize(
    ("name", "count"),
    [("Blues", 5), ("Purples", 4), ("Purples", 5), ("YlOrBr", 5), ("YlGnBu", 5), ("PuOr", 5)],
)
def test_palettes_keep_neighbouring_classes_apart_for_every_sight(name, count, sight):
    seen = lab(palette(Classes(palette=name, count=count), count), sight)
    assert np.linalg.norm(np.diff(seen, axis=0), axis=1).min() >= APART


@pytest.mark.parametrize("name", ["Blues", "Purples", "YlOrBr", "YlGnBu"])
def test_palettes_of_amounts_darken_step_by_step_in_greyscale(name):
    lightness = lab(palette(Classes(palette=name, count=5), 5), "greyscale")[:, 0]
    assert (np.diff(lightness) <= -APART).all()


def test_the_simulation_confuses_what_colour_blind_people_confuse():
    red, green = lab(["#c0504d", "#7f7f30"], "full"), lab(["#c0504d", "#7f7f30"], "protanopia")
    assert np.linalg.norm(green[0] - green[1]) < 0.6 * np.linalg.norm(red[0] - red[1])
