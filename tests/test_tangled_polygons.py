"""Polygons of many vertices: a tangle is told by its row within bounded memory; slips of the hand are mended as ever."""

import json
import subprocess
import sys

import numpy as np
import pytest
import shapely

from geoservice.region.tangles import MOST_CROSSINGS, tangled

_MOST_MB = 600


def ring(vertices, seed=1):
    """A polygon through random places: its edges cross by the square of their number."""
    places = np.random.default_rng(seed).random((vertices, 2)) * 5_000
    return shapely.Polygon(places)


def comb(crossings):
    """A polygon that crosses itself so often, and no more."""
    x = np.arange(2 * crossings + 1, dtype=float)
    waves = np.column_stack([x, np.where(x % 2 == 0, 1.0, -1.0)])
    return shapely.Polygon([*waves, (x[-1], -5.0), (-3.0, -5.0), (-3.0, 0.0), (x[-1] + 3, 0.0)])


@pytest.mark.parametrize("vertices", [20_000, 100_000])
def test_a_tangle_is_seen_at_once_and_in_little_memory(vertices):
    program = (
        "import re, sys; from pathlib import Path; sys.path.insert(0, 'tests'); "
        "from test_tangled_polygons import ring; from geoservice.region.tangles import tangled; "
        "import numpy as np; "
        f"assert tangled(np.array([ring({vertices})])).all(); "
        # The peak of this program alone: ru_maxrss begins with that of the process that started it.
        "print(int(re.search(r'VmHWM:\\s+([0-9]+)', Path('/proc/self/status').read_text())[1]) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < _MOST_MB


def test_outlines_that_cross_themselves_a_little_are_no_tangles():
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    shapes = np.array([bow, comb(100), shapely.MultiPolygon([bow, bow])], dtype=object)
    assert not shapely.is_valid(shapes).any()
    assert not tangled(shapes).any()
    assert tangled(np.array([comb(MOST_CROSSINGS)])).all()


def test_valid_polygons_of_many_vertices_are_kept(tmp_path):
    turns = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    reach = np.where(np.arange(20_000) % 2, 0.02, 0.005)
    star = np.column_stack([-96 + reach * np.cos(turns), 42 + reach * np.sin(turns)])
    came = built(tmp_path, [square(), shapely.Polygon(star)])
    assert came.returncode == 0, came.stderr


def test_a_region_with_a_tangled_zone_names_its_row(tmp_path):
    knot = shapely.Polygon(shapely.get_coordinates(ring(20_000)) / 1e5 + (-96, 42))
    came = built(tmp_path, [square(), knot])
    said = came.stdout + came.stderr
    assert "1 polygon crosses itself in more than 1,000 places" in said
    assert "1 zone" in said


def test_a_region_of_tangled_zones_alone_is_refused_with_a_sentence(tmp_path):
    knot = shapely.Polygon(shapely.get_coordinates(ring(20_000)) / 1e5 + (-96, 42))
    said = drafted(tmp_path, [knot])
    assert "1 polygon crosses itself" in said.stdout + said.stderr


def square():
    return shapely.box(-96.01, 41.99, -95.99, 42.01)


def drafted(folder, shapes):
    """What `region init` says of a folder with these zones."""
    features = [
        {
            "type": "Feature",
            "properties": {"NAME": f"Zone {number}"},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for number, shape in enumerate(shapes)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "zones.geojson").write_text(text)
    return region("init", folder)


def built(folder, shapes):
    """What `region check` says of a region of these zones."""
    drafted(folder, shapes)
    return region("check", folder)


def region(command, folder):
    line = [sys.executable, "-m", "geoservice.cli.main", "region", command, folder]
    return subprocess.run(line, capture_output=True, text=True, timeout=300)
