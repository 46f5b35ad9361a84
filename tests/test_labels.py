"""Labels of pictures: the geometric rules, on every map of two regions, and the list of names."""

import html
import re
import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import shapely
from matplotlib.figure import Figure
from released import drawn
from test_san_francisco import MANIFEST, SOURCE

from geoservice import Region
from geoservice.cartography.figure.names import short_names
from geoservice.cartography.formats import format_of
from geoservice.cartography.picture.heading import draw_heading
from geoservice.cartography.picture.label_plan import ListedName
from geoservice.cartography.picture.label_search import place_labels
from geoservice.cartography.picture.layout import layout_of
from geoservice.cartography.picture.map_labels import _Labels
from geoservice.cartography.picture.map_plan import planned_map
from geoservice.cartography.picture.name_forms import name_forms
from geoservice.cartography.picture.name_list import has_room, layout_with_list
from geoservice.cartography.picture.picture import drawing_settings
from geoservice.cartography.picture.placement import (
    Label,
    Markers,
    Room,
    boxes_meet,
    marker_gaps,
    text_size,
)
from geoservice.cartography.picture.text import PicturePage
from geoservice.model.shipped import shipped_folder

MAPS = sorted(path.stem for path in shipped_folder("maps").glob("*.toml"))
LABELLED = [name for name in MAPS if name != "gaps-matrix"]
needs_city = pytest.mark.skipif(not SOURCE.is_dir(), reason="the city's public data is not here")


@pytest.fixture(scope="module")
def drawing(riverbend):
    return partial(drawn, riverbend.reference)


@pytest.fixture(scope="module")
def city(tmp_path_factory, home, riverbend):
    folder = tmp_path_factory.mktemp("labelled_city")
    for path in SOURCE.iterdir():
        shutil.copy(path, folder / path.name)
    (folder / "region.toml").write_text(MANIFEST.format(id="labelled-city", points=""))
    return partial(drawn, Region.open(folder).reference)


def plan_of(drawing, size):
    """The plan of a picture's map below the heading of the picture."""
    layout = layout_of(drawing, size)
    with drawing_settings():
        page = PicturePage(Figure(figsize=(layout.width, layout.height)), layout)
        draw_heading(page, drawing)
        return planned_map(drawing, page.layout)


def markers_of(scene):
    marks = [one for one in scene.marks.values() if len(one.places)]
    if not marks:
        return Markers()
    radii = np.concatenate([one.radii for one in marks])
    return Markers(np.vstack([one.places for one in marks]), radii * scene.sheet.inch)


def check_rules(planned):
    """The rules of places: inside of the shape, nearest to the own marker, none on another."""
    sheet, markers = planned.scene.sheet, markers_of(planned.scene)
    boxes = np.array([one.box for one in planned.labels.placed]).reshape(-1, 4)
    meets = boxes_meet(boxes, boxes)
    np.fill_diagonal(meets, False)
    assert not meets.any()
    for placed, box in zip(planned.labels.placed, boxes, strict=True):
        label = planned.labels.labels[placed.index].label
        assert sheet.left <= box[0] <= box[2] <= sheet.right
        assert sheet.bottom <= box[1] <= box[3] <= sheet.top
        if label.shape is not None and placed.leader is None:
            assert shapely.contains(label.shape, shapely.box(*box)), placed.text
        if len(markers.places) and not label.way:
            check_markers(placed, box, label, markers, sheet.inch)


def check_markers(placed, box, label, markers, inch):
    """A label covers no marker, and the own marker is the nearest: it touches, or a line leads."""
    gaps = marker_gaps(box[None], markers)[0]
    assert gaps.min() > 0, placed.text
    if label.markers and placed.leader is None:
        own = int(gaps.argmin())
        assert own in label.markers, placed.text
        if label.shape is None:
            assert gaps[own] < 0.08 * inch, placed.text
    if placed.leader is not None and not label.markers:
        assert shapely.contains_xy(label.shape, *placed.leader[2:]), placed.text
    elif placed.leader is not None:
        line = shapely.linestrings(np.array(placed.leader).reshape(2, 2))
        to_line = shapely.distance(line, shapely.points(markers.places)) - markers.radii
        assert int(to_line.argmin()) in label.markers, placed.text
        assert np.sort(to_line)[1:].min() > 0, placed.text
        assert to_line.min() == pytest.approx(0, abs=0.001 * inch)


@pytest.mark.parametrize("size", ["slide", "letter", "figure"])
@pytest.mark.parametrize("name", LABELLED)
def test_labels_of_the_fictional_district_keep_the_rules(drawing, name, size):
    planned = plan_of(drawing(name), size)
    check_rules(planned)
    if drawing(name).definition.kind == "units":
        assert planned.labels.placed


@needs_city
@pytest.mark.parametrize("size", ["slide", "square"])
@pytest.mark.parametrize("name", ["reference", "zones", "ratings", "utilisation", "quality-seats"])
def test_labels_of_a_real_city_keep_the_rules(city, name, size):
    check_rules(plan_of(city(name), size))


@needs_city
def test_all_zones_of_a_real_city_are_named_on_its_slide(city):
    drawing = city("zones")
    (layer,) = (one for one in drawing.layers if one.id == "zones")
    planned = plan_of(drawing, "slide")
    numbers = {one.number: one.name for one in planned.labels.listed}
    named = [numbers.get(one.text, one.text.replace("\n", " ")) for one in planned.labels.placed]
    assert sorted(named) == sorted(one.short for one in layer.features)
    assert len(named) == 58
    assert set(numbers) <= set(texts_of(drawing, "slide"))


def texts_of(drawing, size):
    content = format_of("svg").write(drawing, size).decode()
    found = re.findall(r"<text[^>]*>(.*?)</text>", content, re.S)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


@pytest.mark.parametrize("name", ["reference", "ratings"])
def test_all_schools_are_named_on_the_slide_or_in_its_list(drawing, name):
    planned = plan_of(drawing(name), "slide")
    assert planned.labels.unprinted == 0
    placed = {one.index: one for one in planned.labels.placed}
    schools = [index for index, one in enumerate(planned.labels.labels) if one.label.shape is None]
    assert len(schools) == 60
    assert all(index in placed for index in schools)


@pytest.mark.parametrize("name", ["reference", "ratings"])
def test_a_map_of_schools_names_all_areas(drawing, name):
    plan = plan_of(drawing(name), "slide").labels
    areas = {index for index, item in enumerate(plan.labels) if item.label.is_context}
    assert len(areas) == 6
    assert areas <= {placed.index for placed in plan.placed}


def test_a_slide_of_utilisation_lists_the_eight_fullest_and_emptiest_schools(drawing):
    made = drawing("utilisation")
    planned = plan_of(made, "slide")
    listed = [one.feature_id for one in planned.labels.listed]
    assert listed[:8] == list(made.ranked[:8])
    assert listed[-8:] == list(made.ranked[-8:])
    texts = texts_of(made, "slide")
    assert "Fullest" in texts
    assert "Emptiest" in texts


def test_value_maps_print_the_areas_name_above_its_value(drawing):
    planned = plan_of(drawing("quality-seats"), "slide")
    by_name = {one.name: one for one in planned.labels.labels}
    texts = [one.text for one in planned.labels.placed]
    assert f"Hillside\n{by_name['Hillside'].value}" in texts
    assert len(texts) == 6


def test_names_of_areas_stand_on_maps_of_hexagons(drawing):
    for name in ("access", "residents"):
        plan = plan_of(drawing(name), "slide").labels
        areas = {item.name for item in plan.labels if item.label.is_context}
        assert areas
        assert {item.name for item in plan.labels} == areas, "A hexagon has no label."
        assert {plan.labels[placed.index].name for placed in plan.placed} == areas


def test_numbers_of_flows_stand_where_no_other_arrow_crosses(drawing):
    planned = plan_of(drawing("flows"), "slide")
    markers = _Labels(planned.scene, "all").markers
    arrows = [
        (planned.labels.labels[placed.index].label, placed)
        for placed in planned.labels.placed
        if planned.labels.labels[placed.index].label.way
    ]
    assert len(arrows) > 5
    free = 0
    for label, placed in arrows:
        gaps = marker_gaps(np.array([placed.box]), markers)[0]
        gaps[list(label.markers)] = np.inf
        free += gaps.min() > 0
    assert free >= 0.7 * len(arrows)


def test_a_picture_of_several_years_names_areas_in_the_first_and_the_last_year(drawing):
    texts = texts_of(drawing("trend"), "slide")
    assert texts.count("Eastside") == 2
    assert texts.count("Hillside") == 2


def test_small_multiples_have_a_single_scale_bar(drawing):
    texts = texts_of(drawing("trend"), "slide")
    assert sum(one.endswith(" km)") for one in texts) == 1


def test_level_words_and_parentheses_are_dropped_once_for_all():
    names = short_names(["Main Elementary", "Carver (Dr George W) ES", "North High School"])
    assert set(names.by_name.values()) == {"Main", "Carver", "North"}
    assert set(names.dropped) == {"Elementary", "ES", "High", "School"}
    assert names.has_parentheses


def test_names_that_would_be_the_same_keep_their_words():
    names = short_names(["Main Elementary", "Main High", "Oak High"])
    assert names.by_name == {
        "Main Elementary": "Main Elementary",
        "Main High": "Main High",
        "Oak High": "Oak",
    }


def test_names_keep_no_more_words_than_tell_them_apart():
    names = short_names(
        ["EUSTIS HIGH SCHOOL", "EUSTIS MIDDLE SCHOOL", "LINCOLN", "Lincoln", "LINCOLN SCHOOL"]
    )
    assert names.by_name == {
        "EUSTIS HIGH SCHOOL": "EUSTIS HIGH",
        "EUSTIS MIDDLE SCHOOL": "EUSTIS MIDDLE",
        "LINCOLN": "LINCOLN",
        "Lincoln": "Lincoln",
        "LINCOLN SCHOOL": "LINCOLN SCHOOL",
    }
    assert names.dropped == ("SCHOOL",)


def test_a_dropped_word_is_told_in_its_most_frequent_spelling():
    names = short_names(["A SCHOOL", "B SCHOOL", "C School", "D School", "E School"])
    assert names.dropped == ("School",)


def test_the_last_word_of_all_names_is_dropped():
    names = short_names(["North Planning Area", "South Planning Area", "East Planning Area"])
    assert names.by_name["North Planning Area"] == "North Planning"
    assert short_names(["North Area", "South Area"]).by_name["North Area"] == "North Area"


def test_a_name_breaks_at_spaces_and_slashes_and_its_value_stands_below():
    assert name_forms("Old Town West", "≥ 95%") == [
        "Old Town West\n≥ 95%",
        "Old Town\nWest\n≥ 95%",
        "Old\nTown\nWest\n≥ 95%",
    ]
    assert "Bayview/\nHunters Point" in name_forms("Bayview/Hunters Point")


def room(markers=Markers(), half=1000.0):  # noqa: B008 - immutable
    return Room((-half, -half, half, half), 500.0, 9.0, markers)


def test_printed_values_do_not_lie_on_one_another():
    labels = [
        Label((f"{at}.5%",), (x, 0.0), shapely.box(x - 200, -200, x + 200, 200))
        for at, x in enumerate(np.arange(20) * 100.0 - 1000)
    ]
    boxes = np.array([one.box for one in place_labels(labels, room(half=2000.0))])
    meets = boxes_meet(boxes, boxes)
    np.fill_diagonal(meets, False)
    assert len(boxes) > 3
    assert not meets.any()


def test_a_number_without_room_in_its_shape_has_a_line_to_a_place_inside():
    small = shapely.box(0, 0, 40, 40)
    (placed,) = place_labels([Label(("Saint Clair",), (20.0, 20.0), small, number="00")], room())
    assert placed.is_number
    assert placed.leader[2:] == (20.0, 20.0)


def test_a_number_stands_on_its_arrow_beside_the_crossing():
    way = [(float(x), 0.0) for x in sorted(range(-500, 501, 100), key=abs)]
    crossing = Markers(np.array([[0.0, y] for y in range(-500, 501, 20)]), np.full(51, 10.0))
    (placed,) = place_labels([Label(("454",), (0.0, 0.0), way=way)], room(crossing))
    assert marker_gaps(np.array([placed.box]), crossing).min() > 0


def test_a_label_without_room_inside_of_its_shape_becomes_a_number():
    width, _ = (length * 500 for length in text_size("Saint Clair", 9.0))
    narrow = shapely.box(0, 0, width * 0.5, 800)
    label = Label(("Saint Clair",), (10.0, 400.0), narrow, number="00")
    (placed,) = place_labels([label], room())
    assert placed.is_number
    assert shapely.contains(narrow, shapely.box(*placed.box))
    assert place_labels([Label(("Saint Clair",), (10.0, 400.0), narrow)], room()) == []


def test_a_label_stands_nearer_to_its_own_marker_than_to_another():
    markers = Markers(np.array([[0.0, 0.0], [120.0, 0.0]]), np.array([50.0, 50.0]))
    label = Label(("Main",), (0.0, 0.0), markers=(0,))
    (placed,) = place_labels([label], room(markers))
    own, other = marker_gaps(np.array([placed.box]), markers)[0]
    assert 0 < own < other


def test_a_number_without_room_has_a_line_to_its_marker_and_does_not_cover_it():
    markers = Markers(np.array([(0.0, 0.0)]), np.array([40.0]))
    label = Label(("Saint Clair",), (0.0, 0.0), markers=(0,), number="7")
    fence = ((-60, 42, 60, 60), (-60, -60, 60, -42), (-60, -60, -42, 60), (42, 6, 60, 60))
    with_gate = replace(room(markers), blocked=(*fence, (42, -60, 60, -6)))
    (placed,) = place_labels([label], with_gate)
    assert placed.text == "7"
    assert marker_gaps(np.array([placed.box]), markers).min() > 18
    assert placed.leader[2:] == pytest.approx((40.0, 0.0))


def test_what_is_measured_is_printed_before_the_names_around_it():
    width, height = (length * 500 for length in text_size("81.4%", 9.0))
    square = shapely.box(-width, -height * 0.7, width, height * 0.7)
    name = Label(("North",), (0.0, 0.0), square, is_context=True, rank=2)
    value = Label(("81.4%",), (0.0, 0.0), square)
    assert [one.text for one in place_labels([name, value], room())] == ["81.4%"]


def test_a_list_whose_value_is_wider_than_its_columns_has_no_room(drawing):
    figure = drawing("nearest-school")
    short = [ListedName("1", "Oak", "59%", "1")]
    long = [*short, ListedName("2", "Elm", "withheld to protect privacy", "2")]
    layout = layout_of(figure, "slide")
    with drawing_settings():
        made = layout_with_list(figure, layout, short, (), 0.1)
        assert has_room(figure, made, short)
        tall = replace(made, names=tuple(replace(box, height=9.0) for box in made.names))
        assert has_room(figure, tall, short)
        assert not has_room(figure, tall, long)
