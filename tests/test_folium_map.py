"""A region's map as a Folium map: what Folium's users write, opened in a browser without a network."""

import io

import folium
import pandas as pd
import pytest
from folium import plugins

from geoservice import Region
from geoservice.errors import InputError

MIDDLE = [42.05, -93.45]
OFFICE = [42.06, -93.43]


@pytest.fixture
def region(riverbend, listed_district):
    """The fictional district with its students."""
    return Region(riverbend.reference, listed_district)


@pytest.fixture
def map_of(region):
    """A map of the fictional district."""

    def draw(name="ratings", **choice):
        return region.map(name, areas="planning", **choice)

    return draw


@pytest.fixture
def opened(browser, tmp_path):
    """Save a map and open the file without a network; the page must ask nobody and fail nowhere."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    faults, asked = [], []
    page.on("console", lambda said: said.type in ("error", "warning") and faults.append(said.text))
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("request", lambda request: asked.append(request.url))

    def open_map(drawn):
        drawn.save(tmp_path / "map.html")
        page.goto(f"file://{tmp_path}/map.html")
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_map
    own = ("file:", "data:", "blob:", "about:")
    assert faults == []
    assert [url for url in asked if not url.startswith(own)] == []
    context.close()


def schools_are_drawn(page):
    return page.locator(".point .mark-letter").count() > 20


def test_a_marker_with_popup_tooltip_and_icon(map_of, opened):
    m = map_of()
    assert isinstance(m, folium.Map)
    folium.Marker(
        location=OFFICE,
        tooltip="District office",
        popup="<b>Board</b> meets on Mondays",
        icon=folium.Icon(color="red", icon="info-sign"),
    ).add_to(m)
    folium.Marker(MIDDLE, icon=folium.Icon(icon="school", prefix="fa")).add_to(m)
    folium.Marker([42.02, -93.45], popup="A plain marker").add_to(m)
    page = opened(m)
    page.locator(".awesome-marker-icon-red").hover()
    assert page.locator(".leaflet-tooltip", has_text="District office").is_visible()
    page.locator(".awesome-marker-icon-red").click()
    assert "meets on Mondays" in page.locator(".leaflet-popup-content").inner_text()
    plain = page.locator("img.leaflet-marker-icon")
    assert plain.evaluate("one => one.complete && one.naturalWidth") == 25
    fonts = page.evaluate("document.fonts.ready.then((all) => [...all].map((one) => one.status))")
    assert "loaded" in fonts
    assert schools_are_drawn(page)


def test_geojson_with_style_highlight_and_tooltip(map_of, opened):
    m = map_of()
    shape = {
        "type": "Polygon",
        "coordinates": [[[-93.44, 42.02], [-93.40, 42.02], [-93.40, 42.05], [-93.44, 42.02]]],
    }
    feature = {"type": "Feature", "properties": {"plan": "Growth area"}, "geometry": shape}
    folium.GeoJson(
        {"type": "FeatureCollection", "features": [feature]},
        name="Growth",
        style_function=lambda _: {"fillColor": "#ff7800", "color": "#111111", "className": "grown"},
        highlight_function=lambda _: {"weight": 6},
        tooltip=folium.GeoJsonTooltip(fields=["plan"], aliases=["Plan"]),
    ).add_to(m)
    page = opened(m)
    box = page.locator("path.grown").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7)
    assert "Growth area" in page.locator(".foliumtooltip").inner_text()
    assert page.locator("path.grown").get_attribute("fill") == "#ff7800"
    assert schools_are_drawn(page)


def test_a_choropleth_of_a_table_of_ones_own(map_of, region, opened):
    m = map_of("reference")
    areas = region.measure("quality_seat_share", "planning", geometry=True).dropna(
        subset="geometry"
    )
    areas = areas.drop_duplicates("unit")[["unit", "geometry"]]
    table = pd.DataFrame({"unit": areas["unit"], "homes": range(len(areas))})
    folium.Choropleth(
        geo_data=areas.to_json(),
        data=table,
        columns=["unit", "homes"],
        key_on="feature.properties.unit",
        fill_color="YlGn",
        legend_name="Homes planned",
    ).add_to(m)
    page = opened(m)
    assert "Homes planned" in page.locator(".legend.leaflet-control").inner_text()


def test_groups_and_our_layers_stand_in_one_control(map_of, opened):
    m = map_of()
    stops = folium.FeatureGroup(name="Bus stops").add_to(m)
    for lat in (42.03, 42.04, 42.05):
        folium.CircleMarker([lat, -93.46], radius=6, color="#aa0000", class_name="stop").add_to(
            stops
        )
    folium.LayerControl(collapsed=False).add_to(m)
    page = opened(m)
    listed = page.locator(".leaflet-control-layers-overlays label").all_inner_texts()
    assert [one.strip() for one in listed] == [
        "Streets",
        "Areas",
        "Schools",
        "Background",
        "Bus stops",
    ]
    control, panel = (
        page.locator(".leaflet-control-layers-overlays"),
        page.locator("#panel .layers"),
    )
    control.get_by_label("Schools").uncheck()
    assert page.locator(".point").count() == 0
    assert not panel.get_by_label("Schools").is_checked()
    panel.get_by_label("Schools").check()
    assert schools_are_drawn(page)
    assert control.get_by_label("Schools").is_checked()
    control.get_by_label("Bus stops").uncheck()
    assert page.locator("path.stop").count() == 0


def test_many_markers_in_clusters(map_of, opened):
    m = map_of()
    cluster = plugins.MarkerCluster(name="Requests").add_to(m)
    for number in range(40):
        folium.Marker([42.03 + number / 4000, -93.43], popup=f"Request {number}").add_to(cluster)
    page = opened(m)
    numbers = [int(one) for one in page.locator(".marker-cluster span").all_inner_texts()]
    assert sum(numbers) + page.locator("img.leaflet-marker-icon").count() == 40
    assert numbers


def test_a_heat_map_and_a_moving_line(map_of, opened):
    m = map_of()
    plugins.HeatMap([[42.03, -93.43, 0.8], [42.04, -93.44, 0.5]], radius=25).add_to(m)
    plugins.AntPath([[42.03, -93.47], [42.06, -93.42]]).add_to(m)
    page = opened(m)
    assert page.locator("canvas.leaflet-heatmap-layer").count() == 1
    assert page.locator("path.leaflet-ant-path, path[class*=ant-path]").count() >= 1


def test_vector_layers_and_fit_bounds(map_of, opened):
    m = map_of()
    route = [[42.030, -93.440], [42.035, -93.435], [42.036, -93.430]]
    folium.PolyLine(route, tooltip="Route 7", class_name="route").add_to(m)
    folium.Circle([42.033, -93.436], radius=300, fill=True, class_name="walk").add_to(m)
    folium.Rectangle([[42.031, -93.438], [42.034, -93.434]], class_name="block").add_to(m)
    m.fit_bounds([[42.029, -93.441], [42.037, -93.429]])
    page = opened(m)
    page.wait_for_timeout(600)
    seen = page.evaluate(f"{m.get_name()}.getBounds().toBBoxString()").split(",")
    assert float(seen[0]) > -93.47
    assert float(seen[2]) < -93.40
    assert page.locator("path.route, path.walk, path.block").count() == 3


def test_tools_to_draw_measure_and_point(map_of, opened):
    m = map_of()
    plugins.Draw(export=True).add_to(m)
    plugins.MeasureControl(primary_length_unit="miles").add_to(m)
    plugins.MousePosition().add_to(m)
    plugins.Fullscreen().add_to(m)
    page = opened(m)
    for name in (
        ".leaflet-draw-draw-polygon",
        ".leaflet-control-measure",
        ".leaflet-control-zoom-fullscreen",
    ):
        assert page.locator(name).first.is_visible()
        assert "url(" in page.locator(f"{name}, {name} a").first.evaluate(
            "one => getComputedStyle(one).backgroundImage + [...one.querySelectorAll('*')].map((part) => getComputedStyle(part).backgroundImage)"
        )
    page.mouse.move(400, 400)
    assert "42." in page.locator(".leaflet-control-mouseposition").inner_text()


def test_html_of_ones_own_pictures_and_tables_in_popups(map_of, opened):
    m = map_of()
    m.get_root().html.add_child(folium.Element("<h2 id='own'>Our plan for 2030</h2>"))
    table = pd.DataFrame({"year": [2026, 2027], "seats": [540, 600]})
    popup = folium.Popup(table.to_html(classes="table table-striped"), max_width=300)
    folium.Marker(OFFICE, popup=popup, icon=folium.DivIcon(html="<b class='mine'>HQ</b>")).add_to(m)
    frame = folium.IFrame("<p>Inside a frame</p>", width=200, height=80)
    folium.Marker(MIDDLE, popup=folium.Popup(frame)).add_to(m)
    page = opened(m)
    assert page.locator("#own").is_visible()
    page.locator(".mine").click()
    assert "600" in page.locator(".leaflet-popup-content table").inner_text()
    page.locator("img.leaflet-marker-icon").click()
    inner = page.frame_locator(".leaflet-popup-content iframe")
    assert inner.locator("p").inner_text() == "Inside a frame"


def test_a_frame_of_geopandas_is_explored_on_the_map(map_of, region, opened):
    m = map_of("reference")
    areas = region.measure("quality_seat_share", "planning", geometry=True).dropna(
        subset="geometry"
    )
    areas = areas.drop_duplicates("unit")[["unit", "value", "geometry"]]
    areas.explore(
        m=m, column="value", tooltip="unit", name="Seats", style_kwds={"className": "mine"}
    )
    page = opened(m)
    assert page.locator("path.mine").count() == len(areas)


def test_a_figure_around_the_map_and_the_map_in_a_notebook(map_of, browser, tmp_path):
    m = map_of()
    folium.Marker(OFFICE, tooltip="Office").add_to(m)
    figure = folium.Figure(width=900, height=600)
    figure.add_child(m)
    (tmp_path / "figure.html").write_text(figure.render(), "utf-8")
    (tmp_path / "book.html").write_text(
        f"<!DOCTYPE html><title>B</title>{m._repr_html_()}", "utf-8"
    )
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(f"file://{tmp_path}/figure.html")
    page.wait_for_selector("body[data-ready]")
    assert schools_are_drawn(page)
    page.goto(f"file://{tmp_path}/book.html")
    inner = page.frame_locator("iframe")
    inner.locator("body[data-ready]").wait_for(state="attached")
    assert inner.locator("img.leaflet-marker-icon").count() == 1
    context.close()


def test_a_map_goes_into_a_file_that_is_open_and_the_same_map_gives_the_same_bytes(
    map_of, tmp_path
):
    contents = []
    for _ in range(2):
        target = io.BytesIO()
        map_of().save(target, close_file=False)
        contents.append(target.getvalue())
    assert contents[0] == contents[1]
    m = map_of()
    m.save(tmp_path / "m.png")
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")
    assert m.folium is m


@pytest.mark.parametrize(
    "add",
    [
        lambda m: folium.TileLayer("OpenStreetMap").add_to(m),
        lambda m: plugins.MiniMap().add_to(m),
        lambda m: plugins.Terminator().add_to(m),
        lambda m: plugins.TimestampedGeoJson({"type": "FeatureCollection", "features": []}).add_to(
            m
        ),
    ],
)
def test_what_needs_another_host_is_refused_by_name(map_of, tmp_path, add):
    m = map_of()
    add(m)
    with pytest.raises(InputError, match=r"another host|the host"):
        m.save(tmp_path / "m.html")
    assert not (tmp_path / "m.html").exists()


def test_nothing_that_is_added_can_ask_another_host(map_of, browser, tmp_path):
    m = map_of()
    m.get_root().html.add_child(folium.Element('<img id="far" src="http://192.0.2.7/spy.png">'))
    m.save(tmp_path / "m.html")
    page = browser.new_page()
    blocked = []
    page.on("console", lambda said: blocked.append(said.text))
    page.goto(f"file://{tmp_path}/m.html")
    page.wait_for_selector("body[data-ready]")
    assert any("Content Security Policy" in one for one in blocked)
    page.close()
