"""Neighboring classes of each palette as Chromium shows them to people who see fewer colors."""

import io

import numpy as np
import pytest
from PIL import Image
from test_palettes import XYZ

from geoservice.cartography.definition.definition import Classes
from geoservice.cartography.figure.classes import palette

LEAST_APART = 5.0
"""CIEDE2000 of neighboring classes: five times the difference that is just noticeable side by side.

Classes of amounts are at least 6 apart; four classes about a middle are 5.7 apart in greyscale,
where their printed values tell them apart.
"""
SIGHTS = ("none", "protanopia", "deuteranopia", "tritanopia", "achromatopsia")
PALETTES = ("Blues", "Purples", "YlOrBr", "YlGnBu", "PuOr")
COUNTS = (3, 4, 5)
SIDE = 20


def lightness_and_colour(srgb):
    """CIELAB (n x 3) of colors between 0 and 1."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = linear @ XYZ.T / XYZ.sum(axis=1)
    f = np.where(seen > 0.008856, np.cbrt(seen), 7.787 * seen + 16 / 116)
    return np.column_stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])]
    )


def ciede2000(one, other):
    """The color difference of rows of CIELAB, after Sharma, Wu and Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = one.T, other.T
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))
    chroma1, chroma2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    hue1 = np.degrees(np.arctan2(b1, a1 * stretch)) % 360
    hue2 = np.degrees(np.arctan2(b2, a2 * stretch)) % 360
    is_grey = chroma1 * chroma2 < 1e-9
    turn = np.where(is_grey, 0.0, (hue2 - hue1 + 180) % 360 - 180)
    hue_step = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn / 2))
    chroma, hue = (chroma1 + chroma2) / 2, np.where(is_grey, hue1 + hue2, hue1 + turn / 2)
    light = ((l1 + l2) / 2 - 50) ** 2
    weight = 1 - 0.17 * np.cos(np.radians(hue - 30)) + 0.24 * np.cos(np.radians(2 * hue))
    weight += 0.32 * np.cos(np.radians(3 * hue + 6)) - 0.2 * np.cos(np.radians(4 * hue - 63))
    of_light = (l2 - l1) / (1 + 0.015 * light / np.sqrt(20 + light))
    of_chroma = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    of_hue = hue_step / (1 + 0.015 * chroma * weight)
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation *= np.sin(np.radians(60 * np.exp(-((((hue % 360) - 275) / 25) ** 2))))
    return np.sqrt(of_light**2 + of_chroma**2 + of_hue**2 + rotation * of_chroma * of_hue)


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_is_that_of_the_published_pairs(one, other, difference):
    pair = np.array([one], dtype=float), np.array([other], dtype=float)
    assert ciede2000(*pair)[0] == pytest.approx(difference, abs=1e-4)


@pytest.fixture(scope="module")
def swatches(browser):
    """A page with a row of squares for each palette and number of classes."""
    ramps = {
        (name, count, theme): palette(Classes(palette=name, count=count), count, theme)
        for name in PALETTES
        for count in COUNTS
        for theme in ("light", "dark")
    }
    square = f'<i style="display:inline-block;width:{SIDE}px;height:{SIDE}px;background:%s"></i>'
    rows = [
        f'<div style="height:{SIDE}px;line-height:0">{"".join(square % one for one in colours)}</div>'
        for colours in ramps.values()
    ]
    page = browser.new_page(viewport={"width": 200, "height": SIDE * len(rows)})
    page.set_content(f'<body style="margin:0">{"".join(rows)}')
    yield page, ramps
    page.close()


@pytest.mark.parametrize("sight", SIGHTS)
def test_neighboring_classes_differ_for_every_sight(swatches, sight):
    page, ramps = swatches
    wire = page.context.new_cdp_session(page)
    wire.send("Emulation.setEmulatedVisionDeficiency", {"type": sight})
    pixels = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")) / 255
    middles = pixels[SIDE // 2 :: SIDE, SIDE // 2 :: SIDE]
    close = {}
    for row, (ramp, colours) in enumerate(ramps.items()):
        seen = lightness_and_colour(middles[row, : len(colours)])
        least = ciede2000(seen[:-1], seen[1:]).min()
        if least < LEAST_APART:
            close[ramp] = round(float(least), 1)
    assert close == {}
