"""Background layers: read, checked, proposed, and drawn in every form of a map."""

import io
import json
import shutil

import httpx
import numpy as np
import pyogrio
import pytest
import shapely
from conftest import SHARED
from PIL import Image

from geoservice import Region
from geoservice.cartography.figure.shapes import zone_shapes
from geoservice.errors import InputError
from geoservice.geometry.colouring import coloured, neighbours
from geoservice.region.check import check_layers
from geoservice.region.layers import read_layers
from geoservice.service.first_manifest import init_region
from geoservice.tiles.background import background
from geoservice.tiles.mercator import TileId

TOP = """
id = "brook"
metric_crs = "EPSG:26915"
[[areas]]
id = "parts"
file = "parts.geojson"
[areas.fields]
name = "NAME"
"""
WATER = (185, 214, 232)
"""The color of water in light pictures."""


def collection(shapes, **columns):
    """GeoJSON text of some shapes."""
    features = [
        {
            "type": "Feature",
            "properties": {name: values[at] for name, values in columns.items()},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for at, shape in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture
def brook(tmp_path):
    """A function that writes a region of two areas with a background file."""
    squares = [shapely.box(-93.0, 42.0, -92.9, 42.1), shapely.box(-92.9, 42.0, -92.8, 42.1)]
    (tmp_path / "parts.geojson").write_text(collection(squares, NAME=["West", "East"]))

    def write(kind, shapes, fields='[background.fields]\nname = "NAME"\n'):
        names = [f"Name {at}" for at in range(len(shapes))]
        (tmp_path / "ground.geojson").write_text(collection(shapes, NAME=names))
        section = f'[[background]]\nkind = "{kind}"\nfile = "ground.geojson"\n{fields}'
        (tmp_path / "region.toml").write_text(TOP + section)
        return tmp_path

    return write


def test_shapes_of_each_kind_are_kept_with_their_names_in_the_snapshot(brook, home):
    folder = brook("water", [shapely.box(-92.95, 42.02, -92.93, 42.04)])
    reference = Region.open(folder).reference
    table = reference.background()
    assert table.select("kind", "name").rows() == [("water", "Name 0")]
    shape = shapely.from_wkb(table["geometry"][0])
    assert shape.area == pytest.approx(0.0004, rel=0.01)


def test_a_place_of_a_polygon_is_a_point_inside_of_it(brook):
    town = shapely.box(-92.95, 42.02, -92.93, 42.04)
    layers = read_layers(brook("places", [town]))
    assert shapely.get_dimensions(layers.background_shapes).tolist() == [0]


@pytest.mark.parametrize(
    ("kind", "shape", "says"),
    [
        ("parks", shapely.Point(-92.9, 42.05), 'or write `kind = "places"`'),
        ("railways", shapely.box(-92.95, 42.02, -92.93, 42.04), "has polygons, not lines"),
        ("water", shapely.Point(-92.9, 42.05), "has points, not polygons or lines"),
    ],
)
def test_shapes_that_a_kind_cannot_draw_are_an_error_with_a_remedy(brook, kind, shape, says):
    findings = read_layers(brook(kind, [shape])).findings
    (finding,) = [one for one in findings if one.code == "background_shape"]
    assert finding.severity == "error"
    assert finding.dataset == "background (ground.geojson)"
    assert says in finding.message
    assert "region.toml" in finding.message


def test_a_missing_file_and_an_unknown_kind_are_named_with_a_remedy(brook, command):
    folder = brook("water", [shapely.box(-92.95, 42.02, -92.93, 42.04)])
    (folder / "ground.geojson").unlink()
    answer = command("region", "check", folder)
    assert answer.returncode == 2
    assert "no file `ground.geojson`" in answer.stderr
    with pytest.raises(InputError, match="Did you mean `water`"):
        read_layers(brook("watr", [shapely.box(-92.95, 42.02, -92.93, 42.04)]))


def test_a_layer_of_another_place_is_an_error_and_a_county_is_cut_to_the_surroundings(brook):
    far = read_layers(brook("water", [shapely.box(10.0, 50.0, 10.1, 50.1)]))
    assert [one.code for one in far.findings] == ["layers_apart"]
    wide = read_layers(brook("water", [shapely.box(-99.0, 40.0, -90.0, 44.0)]))
    assert not wide.findings
    assert not [one for one in check_layers(wide) if one.dataset.startswith("background")]
    west, south, east, north = shapely.total_bounds(wide.background_shapes)
    assert 30_000 < east - west < 40_000
    assert 20_000 < north - south < 30_000


def test_init_proposes_files_that_are_named_for_ground(tmp_path):
    squares = [shapely.box(-93.0, 42.0, -92.9, 42.1), shapely.box(-92.9, 42.0, -92.8, 42.1)]
    line = [shapely.LineString([(-93.0, 42.05), (-92.8, 42.05)])]
    point = [shapely.Point(-92.9, 42.05)]
    files = {
        "wards.geojson": collection(squares, NAME=["West", "East"]),
        "tl_2024_19999_areawater.geojson": collection(squares, FULLNAME=["A Lk", "B Lk"]),
        "tl_2024_19999_arealm.geojson": collection(
            squares, FULLNAME=["Oak Park", "Airport"], MTFCC=["K2180", "K2457"]
        ),
        "Railroad_Lines.geojson": collection(line, RROWNER1=["XX"]),
        "place_names.geojson": collection(point, NAME=["Oldtown"]),
        "lake_county_roads.geojson": collection(line, NAME=["Main St"]),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    init_region(tmp_path)
    written = (tmp_path / "region.toml").read_text()
    kinds = dict(zip(*[iter(read_kinds(written))] * 2, strict=True))
    assert kinds == {
        "tl_2024_19999_areawater.geojson": "water",
        "tl_2024_19999_arealm.geojson": "parks",
        "Railroad_Lines.geojson": "railways",
        "place_names.geojson": "places",
    }
    table = read_layers(tmp_path).background
    assert set(table.filter(kind="parks")["name"]) == {"Oak Park"}
    assert set(table["kind"]) == {"water", "parks", "railways", "places"}


def read_kinds(text):
    """File and kind of each background section, one after the other."""
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line
        elif section == "[[background]]" and line.startswith(("file =", "kind =")):
            yield line.split('"')[1]


def test_the_river_is_in_pages_files_pictures_and_tiles(riverbend, server):
    figure = httpx.get(f"{server.url}/maps/reference/figure.json").json()
    (layer,) = [one for one in figure["layers"] if one["kind"] == "background"]
    features = httpx.get(f"{server.url}{layer['url']}").json()["features"]
    named = {one["properties"]["name"]: one for one in features}
    assert named["Bend River"]["properties"]["states"][""]["k"] == "water"
    assert features[0]["properties"]["states"][""]["k"] == "land"
    assert "Bend River" in httpx.get(f"{server.url}/maps/reference.html").text
    picture = Image.open(io.BytesIO(httpx.get(f"{server.url}/maps/reference.png").content))
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert (np.abs(pixels - WATER).max(axis=-1) < 4).sum() > 1_000
    layer = background(riverbend.reference)
    west, north, east, south = shapely.total_bounds(layer.shapes)
    at = TileId(12, int((west + east) / 2 * 4096), int((north + south) / 2 * 4096))
    tile = httpx.get(f"{server.url}/tiles/background/{at.z}/{at.x}/{at.y}.mvt").content
    assert tile
    about = httpx.get(f"{server.url}/tiles/background.json").json()
    assert "water" in [inner["id"] for inner in about["vector_layers"]]


def test_places_of_a_tile_lie_where_they_are(brook, home, tmp_path):
    place = shapely.Point(-92.87, 42.03)
    layer = background(Region.open(brook("places", [place])).reference)
    x, y = shapely.get_coordinates(layer.shapes)[0]
    at = TileId(14, int(x * (1 << 14)), int(y * (1 << 14)))
    path = tmp_path / "tile.mvt"
    path.write_bytes(layer.tile(at))
    frame = pyogrio.read_dataframe(path, X=at.x, Y=at.y, Z=at.z, layer="places")
    assert frame["name"].tolist() == ["Name 0"]
    assert frame.to_crs("EPSG:4326").geometry[0].distance(place) < 0.0001


def is_proper(shapes):
    sides = neighbours(shapes)
    colours = coloured(sides)
    assert sum(map(len, sides)) > 2 * len(sides)
    return max(colours) < 4 and all(
        colours[one] != colours[other] for one, others in enumerate(sides) for other in others
    )


def test_neighboring_zones_have_four_tints_that_differ(riverbend):
    for zone_set in ("elementary", "middle", "high"):
        assert is_proper(zone_shapes(riverbend.reference, zone_set))


def test_neighboring_zones_of_san_francisco_differ():
    source = SHARED / "regions" / "san-francisco" / "elementary_zones.zip"
    if not source.exists():
        pytest.skip("the public files of San Francisco are not here")
    frame = pyogrio.read_dataframe(source).to_crs("EPSG:26910")
    assert is_proper(np.asarray(frame.geometry.values))


def test_tints_of_shapes_in_pieces_differ_too():
    """Five areas of which each touches all others: one of them lies in two pieces."""
    sides = [{other for other in range(5) if other != one} for one in range(5)]
    assert sorted(coloured(sides)) == [0, 1, 2, 3, 4]


LAND, OUTSIDE = (244, 245, 243), (221, 226, 230)
"""The colors of land, and of what lies outside of the district, in light pictures."""


def test_a_district_without_streets_is_drawn_by_its_outline(riverbend_folder, tmp_path, home):
    folder = tmp_path / "bare"
    shutil.copytree(riverbend_folder, folder)
    first, *sections = (folder / "region.toml").read_text().split("\n[[")
    dropped = ("streets", "addresses", "background")
    kept = [section for section in sections if not section.startswith(dropped)]
    text = "\n[[".join([first.replace('id = "riverbend"', 'id = "bare"'), *kept])
    (folder / "region.toml").write_text(text)
    Region.open(folder).map("reference").save(tmp_path / "bare.png")
    pixels = np.asarray(Image.open(tmp_path / "bare.png").convert("RGB")).astype(int)
    shares = [(np.abs(pixels - colour).max(axis=-1) < 3).mean() for colour in (LAND, OUTSIDE)]
    assert shares[0] > 0.2
    assert shares[1] > 0.1


RUNS = """() => {
  const part = [[0, 0], [2048, 0], [4096, 40], [4096, 3000]];
  const features = [
    { properties: { name: "Long St", class: 1 }, parts: [part] },
    { properties: { class: 0 }, parts: [part] },
  ];
  const at = (z) => geoservice.runsOf({ x: 2, y: 3, z }, { features, extent: 4096 });
  return [at(13), at(15).map(({ x1, x2, name }) => [x1, x2, name])];
}"""


INKED = """(one) => one.getContext("2d").getImageData(0, 0, one.width, one.height).data
  .filter((value, at) => at % 4 === 3 && value > 200).length"""
LEVELS = """() => ["streets", "outlines", "lines", "ground-names"]
  .map((name) => Number(map_1.getPane(name).style.zIndex))"""


def test_names_of_streets_are_whole_pixels_above_all_lines(server, page):
    page.set_viewport_size({"width": 1200, "height": 800})
    page.goto(f"{server.url}/maps/zones#at=42.045,-93.47,15.25")
    page.wait_for_selector("body[data-ready=true]")
    page.wait_for_selector(".leaflet-tile-loaded")
    page.wait_for_timeout(500)
    canvas = page.locator("canvas.ground-names")
    assert "scale" not in canvas.evaluate(
        "(one) => one.style.transform + one.parentNode.style.transform"
    )
    ratio, size = canvas.evaluate(
        "(one) => [devicePixelRatio, [one.width, one.height, one.offsetWidth, one.offsetHeight]]"
    )
    assert size[:2] == [pixels * ratio for pixels in size[2:]]
    assert canvas.evaluate(INKED) > 1_000
    order = page.evaluate(LEVELS)
    assert order == sorted(order)
    low, high = page.evaluate(RUNS)
    assert low == []
    assert high == [[512, 768, "Long St"]]
    assert page.faults == []
