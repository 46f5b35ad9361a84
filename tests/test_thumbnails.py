"""Thumbnails of the catalogue show the map and nothing that is cut."""

import io

import httpx
import numpy as np
import pytest
from PIL import Image

EDGE_PX = 3


@pytest.mark.parametrize("map_id", ["reference", "service-gap", "trend", "forecast", "scenario"])
def test_a_thumbnail_is_the_map_alone(server, map_id):
    path = f"/maps/{map_id}/thumbnail.png"
    answer = httpx.get(server.url + path, timeout=600).raise_for_status()
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (320, 240)
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    # The frame of the map runs around the picture: nothing else has room, and nothing is cut.
    inner = pixels[2 * EDGE_PX : -2 * EDGE_PX, 2 * EDGE_PX : -2 * EDGE_PX]
    assert (inner != 255).any(axis=2).mean() > 0.9
    # A map of coloured areas fills most of its picture.
    assert len(np.unique(inner.reshape(-1, 3), axis=0)) > 10


def test_a_matrix_is_shown_whole(server):
    answer = httpx.get(f"{server.url}/maps/gaps-matrix/thumbnail.png", timeout=600)
    with Image.open(io.BytesIO(answer.content)) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert (pixels[:, -1] > 240).all()
