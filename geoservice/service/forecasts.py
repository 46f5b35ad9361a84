"""Forecasts of a region from its placed students, or from counts in a file of the district."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from geoservice.errors import ConflictError, InputError
from geoservice.forecast.backtest import LONGEST
from geoservice.forecast.counting import (
    DISTRICT,
    OWN_UNITS,
    Kind,
    Protect,
    count_students,
    kind_of,
)
from geoservice.forecast.entry import Births
from geoservice.forecast.files import (
    OWN,
    births_years,
    plain_dataset,
    read_births,
    read_counts,
    read_homes,
    read_own_forecast,
)
from geoservice.forecast.history import Floats, History, history_of
from geoservice.forecast.housing import students_of_homes
from geoservice.forecast.outcome import COLUMNS, Forecast, Layers, make_forecast, with_suppressed
from geoservice.forecast.progression import Rules
from geoservice.forecast.projection import project
from geoservice.forecast.seats import seats_of
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.region.manifest import Dataset, load_manifest
from geoservice.service.audit import Disclosures
from geoservice.service.basis import PROFILES
from geoservice.service.protection import public_counts, with_keys
from geoservice.service.students import Students
from geoservice.tables.sheets import workbook, write_atomically
from geoservice.tables.writing import TableWriter

_FORMS = (".csv", ".tsv", ".parquet", ".xlsx", ".json")


@dataclass(frozen=True)
class ForecastFiles:
    """Files that replace the region's own files in ``region.toml``."""

    history: Path | None = None
    births: Path | None = None
    homes: Path | None = None
    own_forecast: Path | None = None


@dataclass(frozen=True)
class ForecastChoice:
    """The forecast to make: units (district, school, areas, zones), years, rules, students."""

    by: str = "district"
    years: int = 5
    rules: Rules = field(default_factory=Rules)
    students: str = ""
    profile: str = "public"
    purpose: str = ""
    files: ForecastFiles = field(default_factory=ForecastFiles)

    def __post_init__(self) -> None:
        if not 1 <= self.years <= 2 * LONGEST:
            raise InputError(f"--years must be a whole number from 1 to {2 * LONGEST}.")


class Forecasts:
    """Forecasts over the students of one data folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._students = Students(settings)
        self._disclosures = Disclosures(settings)

    def forecast(self, reference: Reference, folder: Path, choice: ForecastChoice) -> Forecast:
        """Make a forecast; an internal forecast is recorded as a disclosure.

        A public forecast is computed from protected counts.

        Parameters
        ----------
        folder
            The region's folder, whose ``region.toml`` names births and planned homes.

        Raises
        ------
        InputError
            If a file or choice will not do.
        """
        kind = kind_of(reference, choice.by)
        history = self._history(reference, kind, choice)
        if kind.name == DISTRICT and history.units != (DISTRICT,):
            kind = Kind(OWN_UNITS)
        layers = _layers(history, kind, reference, folder, choice)
        forecast = make_forecast(history, kind, choice.years, choice.rules, layers)
        if choice.profile == "internal" or choice.files.history:
            return forecast
        return with_suppressed(forecast, reference.info.min_n)

    def coming(
        self,
        reference: Reference,
        folder: Path,
        zones: str,
        students: pl.DataFrame,
        protect: Protect | None,
    ) -> tuple[History, Floats]:
        """Forecast the residents of zones for the next five years, including planned homes.

        Parameters
        ----------
        zones
            The id of a set of zones.
        students
            Placed students of all years.
        protect
            Makes protected counts; None for exact ones.

        Returns
        -------
        tuple
            The counts, and the students ahead: zones x years x grades.
        """
        choice = ForecastChoice(by=f"zone_{zones}")
        kind = kind_of(reference, choice.by)
        history = count_students(students, reference, kind, protect)
        layers = _layers(history, kind, reference, folder, choice)
        ahead = project(history, choice.years, choice.rules, layers.births)
        return history, ahead + layers.homes

    def _history(self, reference: Reference, kind: Kind, choice: ForecastChoice) -> History:
        if choice.files.history:
            return _given_history(choice.files.history)
        if choice.profile not in PROFILES:
            raise InputError("The profile must be `public` or `internal`.")
        region = reference.info.id
        frame, stamp = self._students.years(region, choice.students)
        self._refuse_outdated(reference, choice.students)
        if choice.profile == "public":
            keyed = with_keys(frame, self._settings)
            return count_students(keyed, reference, kind, public_counts(reference, keyed).protect)
        self._disclosures.record(
            frame["student"],
            purpose=choice.purpose,
            endpoint="forecast",
            region=region,
            data_version=f"{stamp} {reference.snapshot}",
            filters={"by": kind.name},
        )
        return count_students(frame, reference, kind)

    def _refuse_outdated(self, reference: Reference, students: str) -> None:
        outdated = self._students.outdated(reference, students)
        if outdated:
            raise ConflictError(
                f"The region has changed since the students of {outdated[0]} were assigned to it. "
                "Assign them again: `geoservice students refresh --region "
                f"{reference.info.id} --name {outdated[0]}`."
            )


def _layers(
    history: History, kind: Kind, reference: Reference, folder: Path, choice: ForecastChoice
) -> Layers:
    """Return births, planned homes, seats and the district's own forecast."""
    files = choice.files
    datasets = {dataset.kind: dataset for dataset in load_manifest(folder).datasets}
    births = _births(_file("births", files.births, datasets), history, choice.years)
    homes = _homes(_file("housing", files.homes, datasets), history, choice, reference, kind)
    own_forecast = (
        read_own_forecast(files.own_forecast) if files.own_forecast else pl.DataFrame(schema=OWN)
    )
    return Layers(births, homes, seats_of(history.units, reference, kind), own_forecast)


def write_forecast(forecast: Forecast, reference: Reference, path: Path) -> None:
    """Write a forecast in the format of the file's ending; workbook and JSON hold the back-test."""
    ending = path.suffix.lower()
    if str(path) != "-" and ending not in _FORMS:
        raise InputError(
            f"`{path.name}` has an unknown ending for a forecast. Use {', '.join(_FORMS)}."
        )
    if ending == ".json":
        write_atomically(path, orjson.dumps(forecast_content(forecast, reference)))
    elif ending == ".xlsx":
        sheets = {"forecast": forecast.table, "back-test": forecast.errors}
        write_atomically(path, workbook(sheets, _about(forecast, reference)))
    else:
        with TableWriter(path, places=False) as writer:
            writer.write(forecast.table)


def forecast_content(forecast: Forecast, reference: Reference) -> dict[str, Any]:
    """Return a forecast as JSON: rows without empty cells, the back-test and the method."""
    rows = [
        {name: cell for name, cell in row.items() if cell is not None}
        for row in forecast.table.to_dicts()
    ]
    return {
        "region": reference.info.id,
        "snapshot": reference.snapshot,
        "by": forecast.kind.name,
        "rules": asdict(forecast.rules),
        "items": rows,
        "back_test": forecast.errors.to_dicts(),
        "not_in_forecast": list(forecast.unmatched_own),
        "next": None,
    }


def _about(forecast: Forecast, reference: Reference) -> list[tuple[str, str]]:
    rules = forecast.rules
    mean = "weighted mean, later years more," if rules.weighted else "mean"
    return [
        ("region", reference.info.name),
        ("snapshot", reference.snapshot),
        ("by", forecast.kind.name),
        ("method", f"grade progression: {mean} of the last {rules.ratios} yearly ratios"),
        ("shrinkage", f"a ratio of {rules.shrinkage:g} students weighs as much as its area's"),
        *((f"column {name}", meaning) for name, meaning in COLUMNS.items()),
    ]


def _file(kind: str, path: Path | None, datasets: Mapping[str, Dataset]) -> Dataset | None:
    return plain_dataset(kind, path) if path else datasets.get(kind)


def _births(dataset: Dataset | None, history: History, ahead: int) -> Births:
    return read_births(dataset, births_years(history.years, ahead)) if dataset else Births()


def _homes(
    dataset: Dataset | None,
    history: History,
    choice: ForecastChoice,
    reference: Reference,
    kind: Kind,
) -> Floats:
    if dataset is None:
        return np.zeros((len(history.units), choice.years, len(history.grades)))
    homes = read_homes(dataset, history.years[-1])
    return students_of_homes(homes, history, choice.years, reference, kind)


def _given_history(path: Path) -> History:
    """Return the counts of a file of the district, by its own units."""
    counts = read_counts(plain_dataset("history", path))
    names = counts.select("unit", "name").unique("unit", keep="first").sort("unit")
    units = names.with_columns(group=pl.lit(None, dtype=pl.String))
    return history_of(counts, units)
