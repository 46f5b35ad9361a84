"""The background of a figure: the district's land, and water, parks, railways and places."""

from functools import lru_cache

import numpy as np
import polars as pl
import shapely

from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.layers import (
    BACKGROUND,
    NO_SHAPES,
    ONLY,
    Feature,
    FeatureState,
    Layer,
    Shapes,
)
from geoservice.cartography.figure.shapes import (
    Geometries,
    display_shapes,
    land,
    tidy,
    whole_box,
)
from geoservice.model.background import PLACES
from geoservice.reference.snapshot import Reference

LAND = "land"
"""Key of the district's land; what lies outside of it is tinted."""
_PIXELS = 3200
"""Shapes are simplified to a part in so many of the region's width: half a pixel."""


def background(ground: FigureGround) -> tuple[Layer, ...]:
    """Return the background layer; None if the region has no background.

    It is the last layer in lists of layers, and lies below all others.
    """
    features = _features(ground.reference)
    if not features:
        return ()
    return (
        Layer(
            "background",
            ground.texts("layer_background"),
            BACKGROUND,
            features,
            _shapes_of(ground.reference),
        ),
    )


@lru_cache(maxsize=8)
def _groups(reference: Reference) -> pl.DataFrame:
    """Return ``kind``, ``name`` and the shapes of each name; each place is a group of its own."""
    table = reference.background().with_row_index("row").with_columns(pl.col("name").fill_null(""))
    own = pl.when(kind=PLACES).then("row")
    return (
        table.group_by("kind", "name", own.alias("own"), maintain_order=True)
        .agg("geometry")
        .drop("own")
    )


@lru_cache(maxsize=8)
def _features(reference: Reference) -> tuple[Feature, ...]:
    groups = _groups(reference).select("kind", "name").rows()
    has_land = len(reference.areas()) + len(reference.zones()) > 0
    named = [(LAND, ""), *groups] if has_land else groups
    return tuple(
        Feature(f"{kind}-{number}", name, {ONLY: FeatureState(kind)})
        for number, (kind, name) in enumerate(named)
    )


@lru_cache(maxsize=8)
def _shapes_of(reference: Reference) -> Shapes:
    """Return the shapes of the background, one object for all figures."""
    return Shapes(lambda: _shapes(reference)) if _features(reference) else NO_SHAPES


def _shapes(reference: Reference) -> Geometries:
    outline = land(reference)
    west, _, east, _ = whole_box(reference)
    lands = [] if outline is None else [display_shapes(np.array([outline], dtype=object))[0]]
    grounds = [
        shapely.union_all(shapely.simplify(shapely.from_wkb(parts), (east - west) / _PIXELS))
        for parts in _groups(reference)["geometry"].to_list()
    ]
    shapes = np.empty(len(lands) + len(grounds), dtype=object)
    shapes[:] = [*lands, *grounds]
    return tidy(shapes)
