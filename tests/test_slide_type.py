"""The type of slides: no text below 12 points, but the footer, which has 9 points."""

from functools import partial

import pytest
from matplotlib.text import Text
from released import drawn

from geoservice.cartography.picture.layout import layout_of
from geoservice.cartography.picture.legend import fitted_legend
from geoservice.cartography.picture.picture import drawing_settings, figure_of
from geoservice.model.shipped import shipped_folder

MAPS = sorted(path.stem for path in shipped_folder("maps").glob("*.toml"))
LEAST, FOOTER = 12.0, 9.0


@pytest.fixture(scope="module")
def drawing(riverbend):
    return partial(drawn, riverbend.reference)


def drawn_texts(drawing):
    """Texts of a slide, each with its axes' place among all axes: the page is the first."""
    with drawing_settings():
        figure = figure_of(drawing, "slide")
        return [
            (text, text.axes is figure.axes[0])
            for text in figure.findobj(Text)
            if text.get_text().strip()
        ]


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("name", MAPS)
def test_every_text_of_a_slide_can_be_read_in_a_room(drawing, name, lang):
    made = drawing(name, lang=lang)
    top = layout_of(made, "slide").footer.top
    texts = drawn_texts(made)
    footer = [text for text, on_page in texts if on_page and text.get_position()[1] < top]
    others = [text for text, _ in texts if text not in footer]
    assert len(footer) >= 4
    assert {text.get_fontsize() for text in footer} == {FOOTER}
    small = [text.get_text() for text in others if text.get_fontsize() < LEAST - 0.01]
    assert small == []


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("name", MAPS)
def test_no_text_of_a_slide_lies_on_the_footer(drawing, name, lang):
    made = drawing(name, lang=lang)
    line = layout_of(made, "slide").footer.top + 0.03
    places = [text.get_position()[1] for text, on_page in drawn_texts(made) if on_page]
    assert [place for place in places if line - 0.05 < place < line + 0.05] == []


def test_a_long_legend_has_two_columns_on_a_slide(drawing):
    made = drawing("zone-edges", lang="es")
    plan = fitted_legend(layout_of(made, "slide"), made, 0)
    assert plan.layout.legend_columns == 1
    wide = fitted_legend(layout_of(made, "slide").with_wide_legend(), made, 0)
    assert wide.lowest > plan.lowest
    assert wide.fits
