"""The library: a region to geocode with and to draw."""

import os
from collections.abc import Hashable
from html import escape
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from geoservice.cartography.figure import Choice, Drawing
from geoservice.cartography.page import SafeMap, file_page, folium_map
from geoservice.errors import InputError
from geoservice.forecast.outcome import Forecast
from geoservice.model.layers import Finding
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.reference.snapshot import Reference
from geoservice.region.manifest import load_manifest
from geoservice.service.forecasts import ForecastChoice, Forecasts
from geoservice.service.geocoding import geocode_frame
from geoservice.service.maps import Maps
from geoservice.service.regions import Regions
from geoservice.service.scenario_result import ScenarioResult
from geoservice.service.scenarios import ScenarioChoice, Scenarios, numbers_of
from geoservice.tables.frames import Frame, checked_frame, column_name, column_names

_ROLES = ("address", "street", "city", "state", "zip", "grade", "school", "id")
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
        self, frame: Frame | pl.LazyFrame, *, replace: bool = False, **columns: Hashable
    ) -> geopandas.GeoDataFrame:
        """Geocode a table and join zones, schools and areas.

        Parameters
        ----------
        frame
            A pandas, geopandas or polars table. Its index may be of any kind, with labels that
            repeat; columns that are not named here may hold anything.
        replace
            Write result columns anew where the table has them.
        **columns
            ``address`` or ``street``, ``city``, ``state``, ``zip``; ``grade``, ``school``, ``id``:
            labels of columns.

        Returns
        -------
        geopandas.GeoDataFrame
            One row per row of the table, in its order and with its index: the columns of the table
            untouched, the result columns, and points in WGS 84 (None where a row has none). The
            points are the column ``geometry``, or ``geo_geometry`` where the table has a column of
            that name.

        Raises
        ------
        InputError
            Where a named column is missing or there twice, or result columns are there already and
            ``replace`` is not set.
        """
        given = checked_frame(frame)
        named: dict[str, Any] = {
            role: column_name(given, label) for role, label in columns.items() if label is not None
        }
        if unknown := sorted(set(named) - set(_ROLES)):
            raise InputError(f"`{unknown[0]}` names no column. Known are: {', '.join(_ROLES)}.")
        options = PlaceOptions(**named, replace=replace)
        return _with_points(given, geocode_frame(given, options, self.reference), replace=replace)

    def map(self, name: str, *, students: str = "", **choice: str) -> "RegionMap":
        """A map of the region; ``areas``, ``area``, ``band``, ``year`` and so on choose what it shows."""
        maps = Maps(self._settings)
        return RegionMap(maps.drawing(name, self.reference, Choice(**choice), students), maps)

    def forecast(self, by: str = "district", years: int = 5, **choice: Any) -> Forecast:  # noqa: ANN401 - fields of ForecastChoice
        """A forecast by ``district``, ``school`` or a set of areas or zones, with its back-test.

        Parameters
        ----------
        **choice
            Other fields of `geoservice.service.forecasts.ForecastChoice`; placed students need
            ``profile="internal"`` and a ``purpose``, which is recorded.

        .. versionadded:: 0.2
        """
        folder = Regions(self._settings).folder(self.id)
        asked = ForecastChoice(by=by, years=years, **choice)
        return Forecasts(self._settings).forecast(self.reference, folder, asked)

    def scenario(self, path: str | os.PathLike[str], **choice: str) -> ScenarioResult:
        """A boundary scenario applied to the region.

        Parameters
        ----------
        path
            The scenario's file.
        **choice
            Fields of `geoservice.service.scenarios.ScenarioChoice`; placed students need
            ``profile="internal"`` and a ``purpose``, which is recorded.

        Raises
        ------
        ScenarioError
            With every fault of the scenario.

        .. versionadded:: 0.2
        """
        folder = Regions(self._settings).folder(self.id)
        asked, files = ScenarioChoice(**choice), [Path(path)]
        outcomes = Scenarios(self._settings).outcomes(files, self.reference, folder, asked)
        numbers = numbers_of(outcomes, load_manifest(folder))
        return ScenarioResult(numbers, outcomes[0], self.reference)


def _with_points(given: Frame, table: pd.DataFrame, *, replace: bool) -> geopandas.GeoDataFrame:
    """The table with its places as points, under a name that the caller's table does not have."""
    before = set(column_names(given))
    is_taken = "geometry" in before and not (replace and "geo_geometry" not in before)
    name = "geo_geometry" if is_taken else "geometry"
    levels = table.columns.nlevels
    label: Any = name if levels == 1 else (name, *[""] * (levels - 1))
    table = table.drop(columns=[label], errors="ignore")
    lon, lat = (_last_column(table, {axis, f"geo_{axis}"}) for axis in ("lon", "lat"))
    points = geopandas.points_from_xy(lon, lat, crs="EPSG:4326")
    points[np.isnan(lon)] = None
    table[label] = points
    return geopandas.GeoDataFrame(table, geometry=label)


def _last_column(table: pd.DataFrame, names: set[str]) -> NDArray[np.float64]:
    """The last column of one of these names: result columns stand behind those of the caller."""
    first_level = table.columns.get_level_values(0).tolist()
    place = max(place for place, label in enumerate(first_level) if label in names)
    return table.iloc[:, place].to_numpy(dtype=np.float64, na_value=np.nan)


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
