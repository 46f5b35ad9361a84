"""Maps of scenarios and of the forecast: today and proposed side by side, in all forms and both languages."""

import io
import re

import numpy as np
import orjson
import polars as pl
import pytest
import shapely
from PIL import Image
from planned_district import CLOSE, INTERNAL, planned_district, toml_of_close

from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.formats import FORMATS
from geoservice.cartography.picture.layout import layout_of
from geoservice.cartography.picture.map_labels import label_plan
from geoservice.cartography.picture.picture import drawing_settings
from geoservice.cartography.picture.scene import Scene
from geoservice.cartography.picture.sheet import sheet_of
from geoservice.cartography.picture.shown_frames import frames_of_picture
from geoservice.cartography.texts import LANGUAGES, texts_of
from geoservice.errors import NotFoundError
from geoservice.model.settings import Settings
from geoservice.model.shipped import shipped_folder
from geoservice.planning.moves import zone_parts
from geoservice.planning.scenario import ScenarioError
from geoservice.planning.scenario_file import scenario_of
from geoservice.reports.wording import offences
from geoservice.service.maps import Maps
from geoservice.service.regions import Regions
from geoservice.service.scenarios import ScenarioChoice, Scenarios

PLANNED = sorted(path.stem for path in (shipped_folder("maps") / "planning").glob("*.toml"))
K5 = Choice(band="K-5")


@pytest.fixture(scope="module")
def district():
    made = planned_district()
    folder = made.folder / "scenarios"
    folder.mkdir(exist_ok=True)
    (folder / "close-main.toml").write_text(toml_of_close())
    return made


@pytest.fixture(scope="module")
def maps(district):
    return Maps(district.settings)


def test_planned_maps_are_offered_where_the_region_has_what_they_show(maps, district):
    offered = {definition.id for definition in maps.offered(district.reference)}
    assert set(PLANNED) <= offered
    assert maps.check() == []


def test_maps_of_scenarios_are_not_offered_before_there_are_students(district, tmp_path):
    settings = Settings.read({"GEOSERVICE_HOME": str(tmp_path)})
    reference = Regions(settings).open(str(district.folder))
    offered = {definition.id for definition in Maps(settings).offered(reference)}
    assert "ratings" in offered
    assert not offered & set(PLANNED)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PLANNED)
def test_a_planned_map_has_all_forms_in_both_languages(maps, district, name, lang):
    choice = Choice(band="K-5", lang=lang)
    for ending in FORMATS:
        content = maps.export(name, ending, district.reference, choice)
        assert len(content) > 500, ending
    text = maps.export(name, "csv", district.reference, choice).decode()
    assert text.count("\n") > 3


def test_the_map_of_proposed_zones_opens_at_the_zones_that_change(maps, district):
    drawing = maps.drawing("scenario", district.reference, K5)
    of_access = maps.drawing("scenario-access", district.reference, K5)
    layer = next(layer for layer in drawing.layers if layer.has_frames)
    moved = [feature.states["proposed"].key == "moved" for feature in layer.features]
    west, south, east, north = shapely.total_bounds(layer.shapes.array[np.array(moved)])
    left, bottom, right, top = drawing.bounds
    assert left <= west < east <= right
    assert bottom <= south < north <= top
    area = (right - left) * (top - bottom)
    left, bottom, right, top = of_access.bounds
    assert area < 0.8 * (right - left) * (top - bottom)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PLANNED)
def test_each_frame_of_a_planned_map_has_a_neutral_finding(maps, district, name, lang):
    drawing = maps.drawing(name, district.reference, Choice(band="K-5", lang=lang))
    for frame in drawing.frames:
        assert frame.finding, frame.id
        assert frame.finding.endswith(".")
        assert frame.finding in frame.alternative
        # "Proposed" names a side of the comparison and recommends nothing.
        side = texts_of(lang)("side_proposed")
        sentence = re.sub(rf"^{re.escape(side)}: ", "", frame.finding, flags=re.IGNORECASE)
        assert offences([(name, sentence)], lang) == []


@pytest.mark.parametrize("name", ["scenario", "scenario-utilisation", "scenario-access"])
def test_today_and_proposed_stand_side_by_side(maps, district, name):
    drawing = maps.drawing(name, district.reference, K5)
    assert [frame.id for frame in drawing.frames] == ["today", "proposed"]
    layer = next(layer for layer in drawing.layers if layer.has_frames)
    assert all(set(feature.states) == {"today", "proposed"} for feature in layer.features)
    assert "proposed" in drawing.frames[1].year
    picture = Image.open(io.BytesIO(maps.export(name, "png", district.reference, K5)))
    pixels = np.asarray(picture.convert("L")).astype(int)
    middle = pixels[300:800]
    assert middle[:, : middle.shape[1] // 3].std() > 5
    assert middle[:, middle.shape[1] // 2 : 3 * middle.shape[1] // 4].std() > 5


def test_blocks_that_move_are_hatched_and_counted(maps, district):
    drawing = maps.drawing("scenario", district.reference, K5)
    layer = next(layer for layer in drawing.layers if layer.id == "zone-parts")
    moved = [feature for feature in layer.features if feature.states["proposed"].key == "moved"]
    assert moved
    hatch = next(entry.hatch for entry in drawing.frames[0].legend if entry.key == "moved")
    assert hatch == "moved"
    reference = district.reference
    (case,) = Scenarios(district.settings).cases(
        [scenario_of(CLOSE)], reference, district.folder, ScenarioChoice(**INTERNAL)
    )
    exact = case.numbers.filter(by="district", grade="all", measure="moved", year="today")
    labels = [feature.states["today"].label for feature in moved]
    shown = [int(label.removesuffix(" move")) for label in labels if label.endswith(" move")]
    assert shown
    assert abs(sum(shown) - exact["after"].item()) <= 7 * len(moved)


def test_the_parts_of_zones_cover_them_without_overlap(district):
    reference = district.reference
    (case,) = Scenarios(district.settings).cases(
        [scenario_of(CLOSE)], reference, district.folder, ScenarioChoice()
    )
    import shapely

    parts = zone_parts(case.outcome)
    whole = shapely.union_all(case.outcome.ground.zone_polygons)
    areas = shapely.area(parts.polygons)
    assert areas.sum() == pytest.approx(whole.area, rel=1e-3)
    main = case.outcome.schools.numbers["0101"]
    assert not (parts.after == main).any()
    assert (parts.before == main).any()


def test_suppressed_numbers_of_a_scenario_are_in_no_form(maps, district):
    table = pl.read_csv(
        io.BytesIO(maps.export("scenario", "csv", district.reference, K5)), infer_schema_length=None
    )
    for name in ("students_today", "students_proposed", "moved_out_proposed"):
        shown = table.filter(pl.col(f"{name}_status") == "shown")[name]
        assert ((shown == 0) | (shown >= 10)).all()
        hidden = table.filter(pl.col(f"{name}_status") == "suppressed")[name]
        assert hidden.null_count() == len(hidden)
    assert "counts" in table.columns


def test_the_forecast_map_tells_students_and_band_of_five_years(maps, district):
    drawing = maps.drawing("forecast", district.reference, K5)
    assert len(drawing.frames) == 5
    ids = [column.id for column in drawing.columns]
    assert sum(name.startswith("students_") for name in ids) == 6
    assert sum(name.startswith("low_") for name in ids) == 5
    layer = next(layer for layer in drawing.layers if layer.has_frames)
    card = layer.features[0].states[drawing.frames[0].id].lines
    assert "(" in card[1]


@pytest.mark.parametrize("map_id", ["forecast", "scenario-utilisation", "scenario-access"])
def test_negative_numbers_have_a_minus_sign(maps, district, map_id):
    plan = {} if map_id == "forecast" else {"scenario": "move-boundary"}
    drawing = maps.drawing(map_id, district.reference, Choice(band="K-5", **plan))
    states = [
        state
        for layer in drawing.layers
        for feature in layer.features
        for state in feature.states.values()
    ]
    texts = [text for state in states for text in (state.label, *state.lines)]
    texts += [text for frame in drawing.frames for text in (frame.finding, *frame.says)]
    texts += [
        cell if isinstance(cell, str) else cell.text for row in drawing.rows for cell in row.cells
    ]
    assert not [text for text in texts if re.search(r"(?<![\w-])-\d", text)]


def test_the_picture_of_a_forecast_names_the_zones_of_its_last_year(maps, district):
    drawing = maps.drawing("forecast", district.reference, K5)
    content = maps.export("forecast", "svg", district.reference, K5).decode()
    (layer,) = (layer for layer in drawing.layers if layer.has_frames)
    assert frames_of_picture(drawing) == [drawing.frames[0]]
    assert drawing.frame.year == max(frame.year for frame in drawing.frames)
    assert drawing.frame.year in drawing.frame.district
    for feature in layer.features:
        assert feature.short in content


def test_the_picture_of_buildings_names_the_schools_that_change(maps, district):
    chosen = Choice(band="K-5", scenario="move-boundary")
    drawing = maps.drawing("scenario-utilisation", district.reference, chosen)
    planned = scene_and_plan(drawing)
    texts = [placed.text for placed in planned.placed]
    assert any(text.startswith("Locust\n") for text in texts)
    assert any(text.startswith("Valley\n") for text in texts)
    names = {item.index: planned.labels[item.index].name for item in planned.placed}
    assert all(item.text != planned.labels[item.index].value for item in planned.placed)
    assert all(names.values())


def test_a_school_that_closes_is_closed_in_the_proposal(maps, district):
    drawing = maps.drawing("scenario-utilisation", district.reference, K5)
    (layer,) = (layer for layer in drawing.layers if layer.has_frames)
    (main,) = (feature for feature in layer.features if feature.id == "0101")
    assert main.states["proposed"].label == "closed"
    assert main.states["today"].label.endswith("%")


def test_zones_of_a_scenario_have_the_names_of_their_schools(maps, district):
    drawing = maps.drawing("scenario", district.reference, K5)
    content = maps.export("scenario", "svg", district.reference, K5).decode()
    (layer,) = (layer for layer in drawing.layers if layer.id == "zone-parts")
    named = [feature.short for feature in layer.features if feature.short in content]
    assert len(named) > 4


def scene_and_plan(drawing):
    layout = layout_of(drawing, "slide")
    frame, _ = frames_of_picture(drawing)
    with drawing_settings():
        scene = Scene(drawing, frame, sheet_of(drawing, layout, layout.map), is_single=False)
        return label_plan(scene, "none")


@pytest.mark.parametrize("name", ["scenario", "scenario-utilisation", "scenario-access"])
def test_the_subtitle_of_a_scenario_tells_the_grades_of_its_zones(maps, district, name):
    subtitle = maps.drawing(name, district.reference, Choice()).subtitle
    assert subtitle.endswith("grades K-5")


def test_a_scenario_that_is_not_there_is_named(maps, district):
    with pytest.raises(NotFoundError, match="close-main"):
        maps.drawing("scenario", district.reference, Choice(scenario="other"))


def test_the_district_itself_brings_two_scenarios(maps, district):
    for name in ("close-willow", "move-boundary"):
        drawing = maps.drawing("scenario", district.reference, Choice(band="K-5", scenario=name))
        layer = next(layer for layer in drawing.layers if layer.id == "zone-parts")
        assert any(feature.states["proposed"].key == "moved" for feature in layer.features)


def test_a_map_says_why_a_scenario_is_not_for_the_public(maps, district):
    changed = toml_of_close().replace('to = ["0102", "0103"]', 'to = "nearest_with_room"')
    path = district.folder / "scenarios" / "with-room.toml"
    path.write_text(changed.replace("close-main", "with-room"))
    with pytest.raises(ScenarioError, match=r"`with-room\.toml` line 9: .* `--moves`"):
        maps.drawing("scenario", district.reference, Choice(scenario="with-room"))
    path.unlink()


def test_the_figure_of_a_page_holds_both_frames(maps, district):
    figure = orjson.loads(maps.figure("scenario", district.reference, K5))
    assert [frame["id"] for frame in figure["frames"]] == ["today", "proposed"]
    assert figure["profile"] == "public"


def test_a_page_opens_with_both_maps_and_moves_them_together(maps, district, page, tmp_path):
    path = tmp_path / "scenario.html"
    path.write_bytes(maps.export("scenario", "html", district.reference, K5))
    page.goto(f"file://{path}")
    page.wait_for_selector("body[data-compared='frame:proposed']", timeout=60_000)
    assert page.locator(".pane").count() == 2
    titles = page.locator(".pane h2").all_inner_texts()
    assert "today" in titles[0]
    assert "proposed" in titles[1]
    page.locator(".leaflet-control-zoom-in").first.click()
    page.wait_for_timeout(600)
    transforms = page.locator(".leaflet-map-pane").evaluate_all(
        "panes => panes.map(pane => getComputedStyle(pane).transform)"
    )
    assert transforms[0] == transforms[1]
    assert page.faults == []


def test_the_page_offers_every_scenario_and_shows_the_chosen_scenario(maps, district):
    names = sorted(path.stem for path in (district.folder / "scenarios").glob("*.toml"))
    assert len(names) > 1
    chosen = Choice(band="K-5", scenario=names[-1])
    drawing = maps.drawing("scenario", district.reference, chosen)
    assert drawing.options.scenario == tuple((name, name) for name in names)
    page = maps.page("scenario", district.reference, chosen).html
    assert '<select name="scenario">' in page
    assert f'<option value="{names[-1]}" selected>' in page
