"""Forecasts of a region: of its placed students, or of counts that the district gives."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from geoservice.errors import ConflictError, InputError
from geoservice.forecast.backtest import LONGEST
from geoservice.forecast.counting import DISTRICT, OWN_UNITS, Kind, count_students, kind_of
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
from geoservice.forecast.outcome import COLUMNS, Forecast, Layers, make_forecast
from geoservice.forecast.progression import Rules
from geoservice.forecast.seats import seats_of
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.region.manifest import Dataset, load_manifest
from geoservice.service.audit import Disclosures
from geoservice.service.students import Students
from geoservice.tables.sheets import workbook, write_whole
from geoservice.tables.writing import TableWriter

PUBLIC_REFUSAL = (
    "Forecasts of placed students are numbers of the internal profile for now: their counts are "
    "not "
    "protected yet. Add `--profile internal --purpose TEXT`, or forecast counts of your own with "
    "`--history FILE`."
)
_FORMS = (".csv", ".tsv", ".parquet", ".xlsx", ".json")


@dataclass(frozen=True)
class ForecastFiles:
    """Files beside the region's; each takes the place of that in ``region.toml``."""

    history: Path | None = None
    births: Path | None = None
    homes: Path | None = None
    own: Path | None = None


@dataclass(frozen=True)
class ForecastChoice:
    """What is forecast: ``by`` district, school, or a set of areas or zones; years ahead; rules."""

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
        self._students = Students(settings)
        self._disclosures = Disclosures(settings)

    def forecast(self, reference: Reference, folder: Path, choice: ForecastChoice) -> Forecast:
        """Make a forecast; one of placed students is recorded as a disclosure.

        Parameters
        ----------
        folder
            The region's folder, whose ``region.toml`` names births and planned homes.

        Raises
        ------
        InputError
            Where a file or choice will not do, or the public profile is asked for numbers of
            placed students.
        """
        kind = kind_of(reference, choice.by)
        history = self._history(reference, kind, choice)
        if kind.name == DISTRICT and history.units != (DISTRICT,):
            kind = Kind(OWN_UNITS)
        datasets = {dataset.kind: dataset for dataset in load_manifest(folder).datasets}
        births = _births(_file("births", choice.files.births, datasets), history, choice.years)
        homes = _homes(
            _file("housing", choice.files.homes, datasets), history, choice, reference, kind
        )
        own = read_own_forecast(choice.files.own) if choice.files.own else pl.DataFrame(schema=OWN)
        layers = Layers(births, homes, seats_of(history.units, reference, kind), own)
        return make_forecast(history, kind, choice.years, choice.rules, layers)

    def _history(self, reference: Reference, kind: Kind, choice: ForecastChoice) -> History:
        if choice.files.history:
            return _given_history(choice.files.history)
        if choice.profile != "internal":
            raise InputError(PUBLIC_REFUSAL)
        region = reference.info.id
        frame, stamp = self._students.years(region, choice.students)
        self._refuse_outdated(reference, choice.students)
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
                "The region has changed since students were assigned to it: "
                f"{', '.join(outdated)}. "
                f"Assign them anew: `geoservice students refresh --region {reference.info.id} "
                "--name "
                f"{outdated[0]}`."
            )


def write_forecast(made: Forecast, reference: Reference, path: Path) -> None:
    """Write a forecast as its file's ending says; workbook and JSON hold the back-test."""
    ending = path.suffix.lower()
    if str(path) != "-" and ending not in _FORMS:
        raise InputError(
            f"`{path.name}` has an unknown ending for a forecast. Use {', '.join(_FORMS)}."
        )
    if ending == ".json":
        write_whole(path, orjson.dumps(forecast_content(made, reference)))
    elif ending == ".xlsx":
        sheets = {"forecast": made.table, "back-test": made.errors}
        write_whole(path, workbook(sheets, _about(made, reference)))
    else:
        with TableWriter(path, places=False) as writer:
            writer.write(made.table)


def forecast_content(made: Forecast, reference: Reference) -> dict[str, Any]:
    """A forecast as JSON: rows without empty cells, the back-test, and how it was made."""
    rows = [
        {name: cell for name, cell in row.items() if cell is not None}
        for row in made.table.to_dicts()
    ]
    return {
        "region": reference.info.id,
        "snapshot": reference.snapshot,
        "by": made.kind.name,
        "rules": asdict(made.rules),
        "items": rows,
        "back_test": made.errors.to_dicts(),
        "not_in_forecast": list(made.unmatched_own),
        "next": None,
    }


def _about(made: Forecast, reference: Reference) -> list[tuple[str, str]]:
    rules = made.rules
    mean = "weighted mean, later years more," if rules.weighted else "mean"
    return [
        ("region", reference.info.name),
        ("snapshot", reference.snapshot),
        ("by", made.kind.name),
        ("method", f"grade progression: {mean} of the last {rules.ratios} yearly ratios"),
        ("shrinkage", f"a ratio of {rules.shrinkage:g} students weighs as much as its area's"),
        *((f"column {name}", meaning) for name, meaning in COLUMNS.items()),
    ]


def _file(kind: str, given: Path | None, datasets: Mapping[str, Dataset]) -> Dataset | None:
    return plain_dataset(kind, given) if given else datasets.get(kind)


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
    """Counts that the district gives, by its own units."""
    counts = read_counts(plain_dataset("history", path))
    names = counts.select("unit", "name").unique("unit", keep="first").sort("unit")
    units = names.with_columns(group=pl.lit(None, dtype=pl.String))
    return history_of(counts, units)
