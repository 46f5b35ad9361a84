"""The library: a region to geocode with and to draw."""

import os
from html import escape
from pathlib import Path

import geopandas
import pandas as pd
import polars as pl

from geoservice.cartography.figure import Choice, Drawing
from geoservice.cartography.page import SafeMap, file_page, folium_map
from geoservice.model.layers import Finding
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import added_columns
from geoservice.reference.snapshot import Reference
from geoservice.service.geocoding import geocode_frame
from geoservice.service.maps import Maps
from geoservice.service.regions import Regions

_NOTEBOOK_PX = 760


class Region:
    """One region, opened. Safe to share between threads.

    Attributes
    ----------
    reference : Reference
        The snapshot that answers.
    """

    def __init__(self, reference: Reference, settings: Settings) -> None:
        self.reference = reference
        self._settings = settings

    @classmethod
    def open(cls, region: str | os.PathLike[str]) -> "Region":
        """The region of a folder or a registered id, built first where that is needed."""
        settings = Settings.read(os.environ)
        return cls(Regions(settings).open(os.fspath(region)), settings)

    @property
    def id(self) -> str:
        """The region's id."""
        return self.reference.info.id

    @property
    def snapshot(self) -> str:
        """Name of the reference snapshot that answers."""
        return self.reference.snapshot

    def findings(self) -> tuple[Finding, ...]:
        """The quality report of the region as built."""
        return self.reference.findings()

    def geocode(
        self, frame: pd.DataFrame | pl.DataFrame, *, replace: bool = False, **columns: str
    ) -> geopandas.GeoDataFrame:
        """Geocode a table and join zones, schools and areas.

        Parameters
        ----------
        frame
            A pandas or polars table; pandas keeps its index.
        replace
            Write result columns anew where the table has them.
        **columns
            ``address`` or ``street``, ``city``, ``state``, ``zip``; ``grade``, ``school``, ``id``:
            names of columns.

        Returns
        -------
        geopandas.GeoDataFrame
            The columns of the table, the result columns, and points in WGS 84 (None where a row
            has none).
        """
        given = pl.from_pandas(frame) if isinstance(frame, pd.DataFrame) else frame
        options = PlaceOptions(**columns, replace=replace)  # type: ignore[arg-type]
        placed = geocode_frame(given, options, self.reference)
        added = placed.columns[-len(self._added(placed, options)) :]
        table = placed.to_pandas()
        if isinstance(frame, pd.DataFrame):
            kept = frame[[one for one in frame.columns if one not in added]]
            table = kept.join(table[added].set_index(frame.index))
        lon, lat = ("geo_lon", "geo_lat") if "geo_lon" in added else ("lon", "lat")
        points = geopandas.points_from_xy(table[lon], table[lat])
        points[table[lon].isna().to_numpy()] = None
        return geopandas.GeoDataFrame(table, geometry=points, crs="EPSG:4326")

    def map(self, name: str, *, students: str = "", **choice: str) -> "RegionMap":
        """A map of the region; ``areas``, ``area``, ``band``, ``year`` and so on choose what it shows."""
        maps = Maps(self._settings)
        return RegionMap(maps.drawing(name, self.reference, Choice(**choice), students), maps)

    def _added(self, placed: pl.DataFrame, options: PlaceOptions) -> list[str]:
        return [one.name for one in added_columns(placed.columns, options, self.reference)]


class RegionMap:
    """A drawn map: ``folium`` is the folium.Map inside, ``drawing`` the figure, `save` writes any form."""

    def __init__(self, drawing: Drawing, maps: Maps) -> None:
        self.drawing = drawing
        self._maps = maps

    @property
    def folium(self) -> SafeMap:
        """The folium.Map, without its layers' data."""
        return folium_map(self.drawing)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the map as its ending says; .html is one file that opens with no network."""
        self._maps.write(self.drawing, Path(path))

    def _repr_html_(self) -> str:
        """The whole map in a frame of its own: a notebook's styles and the map's do not meet."""
        title = escape(f"{self.drawing.title} {self.drawing.subtitle}")
        return (
            f'<iframe title="{title}" srcdoc="{escape(file_page(self.drawing))}" width="100%" '
            f'height="{_NOTEBOOK_PX}" style="border:0" allowfullscreen></iframe>'
        )
