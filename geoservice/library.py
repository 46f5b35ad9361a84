"""The library: geocoding, measures and maps of a region."""

import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from geoservice.cartography.figure.choice import Choice
from geoservice.errors import InputError
from geoservice.forecast.outcome import Forecast
from geoservice.model.layers import Finding
from geoservice.model.roles import ROLES
from geoservice.model.settings import Settings
from geoservice.placing.joined_columns import joined_name, names_in
from geoservice.placing.options import LINES, PlaceOptions
from geoservice.planning.blocks import read_blocks
from geoservice.planning.scenario_file import read_scenario
from geoservice.reference.snapshot import Reference
from geoservice.region.build import to_degrees
from geoservice.region.manifest import load_manifest
from geoservice.service.forecasts import ForecastChoice, Forecasts
from geoservice.service.geocoding import geocode_frame
from geoservice.service.maps import Maps
from geoservice.service.measure_choice import MeasureChoice, unit_of
from geoservice.service.measures import Measures
from geoservice.service.region_map import RegionMap, RegionScenario
from geoservice.service.regions import Regions
from geoservice.service.reports import Pack, write_pack
from geoservice.service.scenarios import ScenarioChoice, Scenarios
from geoservice.service.unit_shapes import unit_shapes
from geoservice.tables.frames import Frame, checked_frame, column_name, column_names


class Region:
    """An open region. Safe to share between threads.

    Attributes
    ----------
    reference : Reference
        The reference snapshot in use.
    """

    def __init__(self, reference: Reference, settings: Settings) -> None:
        self.reference = reference
        self._settings = settings

    @classmethod
    def open(cls, region: str | os.PathLike[str]) -> "Region":
        """Return the region of a folder or a registered id; build it first if needed."""
        settings = Settings.read(os.environ)
        return cls(Regions(settings).open(os.fspath(region)), settings)

    @property
    def id(self) -> str:
        """Return the region's id."""
        return self.reference.info.id

    @property
    def snapshot(self) -> str:
        """Return the name of the reference snapshot in use."""
        return self.reference.snapshot

    def findings(self) -> tuple[Finding, ...]:
        """Return the quality report of the built region."""
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
            Replace result columns that the table already has.
        **columns
            ``address`` or ``street``, ``city``, ``state``, ``zip``; ``grade``, ``school``, ``id``:
            labels of columns. An address or street in parts has joined labels, such as
            ``"House Number + Street"``.

        Returns
        -------
        geopandas.GeoDataFrame
            One row per row of the table, in its order and with its index: the columns of the table
            untouched, the result columns, and points in WGS 84 (None if a row has none). The
            points are the column ``geometry``, or ``geo_geometry`` where the table has a column of
            that name.

        Raises
        ------
        InputError
            If a named column is missing or repeated, or the table has result columns and
            ``replace`` is not set.
        """
        checked = checked_frame(frame)
        column_names_by_role: dict[str, Any] = {
            role: _name_of(checked, role, label)
            for role, label in columns.items()
            if label is not None
        }
        if unknown := sorted(set(column_names_by_role) - set(ROLES)):
            raise InputError(
                f"`{unknown[0]}` is not an option for a column. Options are: {', '.join(ROLES)}."
            )
        options = PlaceOptions(**column_names_by_role, replace=replace)
        return _with_points(
            checked, geocode_frame(checked, options, self.reference), replace=replace
        )

    def map(self, name: str, *, students: str = "", **choice: str) -> RegionMap:
        """Return a map of the region.

        ``areas``, ``area``, ``band``, ``year`` and so on choose the map's content.
        """
        maps = Maps(self._settings)
        return RegionMap(maps.drawing(name, self.reference, Choice(**choice), students), maps)

    def measure(
        self,
        name: str,
        by: str = "",
        *,
        geometry: bool = False,
        **choice: Any,  # noqa: ANN401 - fields of MeasureChoice
    ) -> pd.DataFrame:
        """Return a measure with one row per unit, grade band, school year and part.

        Figures are public, with protected counts, unless ``profile="internal"``.

        Parameters
        ----------
        name
            The measure's id, such as ``participation``; ``docs/measures.md`` lists all.
        by
            A set of areas or zones, ``school`` or ``hexagons``; without it, the first set that
            the measure is counted by.
        geometry
            True for a GeoDataFrame with the shape of each unit in WGS 84; None for the district.
        **choice
            Other fields of `geoservice.service.measure_choice.MeasureChoice`: ``year``, ``band``,
            ``students``, ``scheme``, ``distance``, ``filters``, ``profile`` and ``purpose``.
            Internal figures need a purpose, which is recorded.

        Raises
        ------
        NotFoundError
            If the region has no such measure or no students.
        InputError
            If a choice does not fit the measure or the region.

        .. versionadded:: 0.2
        """
        measures = Measures(self._settings)
        chosen = MeasureChoice(by, **choice)
        frame: pd.DataFrame = measures.table(name, self.reference, chosen).to_pandas()
        if not geometry:
            return frame
        unit = unit_of(self.reference, by, name)
        shapes = unit_shapes(unit, self.reference, measures, chosen.students)
        polygons = [shapes.get(unit_id) for unit_id in frame["unit"]]
        shaped: pd.DataFrame = geopandas.GeoDataFrame(frame, geometry=polygons, crs="EPSG:4326")
        return shaped

    def check(self) -> tuple[Finding, ...]:
        """Return the quality report of the region's files as they are now.

        The first finding says what was read; the others are ordered by severity.

        .. versionadded:: 0.2
        """
        regions = Regions(self._settings)
        return regions.check(os.fspath(regions.folder(self.id)))

    def report(self, folder: str | os.PathLike[str], *, students: str = "", **choice: str) -> Pack:
        """Write the regional report pack into a folder: HTML, PDF and a workbook.

        Parameters
        ----------
        **choice
            ``areas``, ``band``, ``year`` and ``lang`` choose what the reports show.

        Returns
        -------
        Pack
            The reports, and the titles of figures that the region has no data for.

        .. versionadded:: 0.2
        """
        print_choice = Choice(**{"theme": "print", **choice})
        return write_pack(
            Maps(self._settings), self.reference, Path(folder), print_choice, students
        )

    def forecast(
        self,
        by: str = "district",
        years: int = 5,
        **choice: Any,  # noqa: ANN401 - fields of ForecastChoice
    ) -> Forecast:
        """Return a forecast with its back-test.

        Parameters
        ----------
        by
            ``district``, ``school``, or a set of areas or zones.
        **choice
            Other fields of `geoservice.service.forecasts.ForecastChoice`; placed students need
            ``profile="internal"`` and a ``purpose``, which is recorded.

        .. versionadded:: 0.2
        """
        folder = Regions(self._settings).folder(self.id)
        forecast_choice = ForecastChoice(by=by, years=years, **choice)
        return Forecasts(self._settings).forecast(self.reference, folder, forecast_choice)

    @property
    def blocks(self) -> geopandas.GeoDataFrame:
        """Return the planning blocks: ``id``, student counts of the file, and polygons in WGS 84.

        .. versionadded:: 0.2
        """
        blocks = read_blocks(load_manifest(Regions(self._settings).folder(self.id)))
        shapes = to_degrees(blocks.polygons, self.reference.info.metric_crs)
        table = {"id": list(blocks.ids), **blocks.counts}
        return geopandas.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")

    def scenario(self, path: str | os.PathLike[str], **choice: str) -> RegionScenario:
        """Return a boundary scenario applied to the region.

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
            If the scenario has faults; the error lists all of them.

        .. versionadded:: 0.2
        """
        folder = Regions(self._settings).folder(self.id)
        scenario_choice = ScenarioChoice(**choice)
        scenarios = [read_scenario(Path(path))]
        (case,) = Scenarios(self._settings).cases(
            scenarios, self.reference, folder, scenario_choice
        )
        return RegionScenario(case, self.reference, self._settings)


def _name_of(frame: Frame, role: str, label: Hashable) -> str:
    """Return the name of a labelled column, or the joined names of the columns of an address."""
    is_joined = role in LINES and isinstance(label, str) and label not in column_names(frame)
    labels = names_in(label) if isinstance(label, str) and is_joined else (label,)
    return joined_name(column_name(frame, part) for part in labels)


def _with_points(frame: Frame, table: pd.DataFrame, *, replace: bool) -> geopandas.GeoDataFrame:
    """Return the table with points, in a column whose name the caller's table does not have."""
    column_labels = set(column_names(frame))
    is_taken = "geometry" in column_labels and not (replace and "geo_geometry" not in column_labels)
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
    """Return the last column with one of the names: result columns follow the caller's columns."""
    first_level = table.columns.get_level_values(0).tolist()
    place = max(place for place, label in enumerate(first_level) if label in names)
    return table.iloc[:, place].to_numpy(dtype=np.float64, na_value=np.nan)
