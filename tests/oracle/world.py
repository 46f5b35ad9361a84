"""The district's own files for the slow computation: pandas and geopandas, no code of the measures."""

import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd

GRADES = ["IT", "PR", "PK", "TK", "KG", *[f"{n:02d}" for n in range(1, 14)], "PS", "UG", "Other"]


def code(grade):
    text = str(grade).strip().upper()
    return {"K": "KG"}.get(text, f"{int(text):02d}" if text.isdigit() else text)


def number(text):
    return int(text) if text else None


class World:
    """The files of a region folder."""

    def __init__(self, folder: Path):
        self.rules = tomllib.loads((folder / "region.toml").read_text())
        self.bands = {**self.rules["bands"], "all": None}
        self.crs = self.rules["metric_crs"]
        self.schools = self._schools(folder)
        scheme_id, self.scheme = next(iter(self.rules["rating_schemes"].items()))
        self.labels = [one["id"] for one in self.scheme["labels"]]
        self.quality = {one["id"] for one in self.scheme["labels"] if one.get("quality")}
        self.rating = self._ratings(folder, scheme_id)
        self.rated_years = {year for _, year in self.rating}
        self.areas = {one["id"]: self._polygons(folder, one) for one in self.rules["areas"]}
        self.zones = {one["id"]: self._polygons(folder, one) for one in self.rules["zones"]}
        self.zone_grades = {one["id"]: self._grades(one["grades"]) for one in self.rules["zones"]}
        self.served = {grade for some in self.zone_grades.values() for grade in some}
        self.seats = self._seats(folder)
        self.rows = list(self.schools.itertuples())

    def _read(self, folder, dataset):
        table = pd.read_csv(folder / dataset["file"], dtype=str, keep_default_na=False)
        return table.rename(columns={theirs: ours for ours, theirs in dataset["fields"].items()})

    def _schools(self, folder):
        table = self._read(folder, self.rules["schools"]).set_index("id")
        lonlat = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float))
        points = gpd.GeoSeries(lonlat, crs="EPSG:4326", index=table.index).to_crs(self.crs)
        table["x"], table["y"] = points.x, points.y
        table["serves"] = [
            GRADES[GRADES.index(code(low)) : GRADES.index(code(high)) + 1]
            for low, high in zip(table["low_grade"], table["high_grade"], strict=True)
        ]
        return table

    def _ratings(self, folder, scheme_id):
        found = {}
        for dataset in self.rules["ratings"]:
            if dataset["scheme"] == scheme_id:
                for row in self._read(folder, dataset).itertuples():
                    label = row.value if row.value in self.labels else None
                    found.setdefault((row.school_id, row.year), label)
        return found

    def _seats(self, folder):
        found = {}
        for dataset in self.rules.get("seats", []):
            for row in self._read(folder, dataset).itertuples():
                found[row.school_id, row.year] = (number(row.capacity), number(row.enrollment))
        return found

    def _polygons(self, folder, dataset):
        frame = gpd.read_file(folder / dataset["file"]).to_crs(self.crs)
        name = dataset["fields"].get("id") or dataset["fields"]["school_id"]
        return frame.set_index(name).geometry

    def _grades(self, text):
        low, high = (code(part) for part in text.split("-"))
        return GRADES[GRADES.index(low) : GRADES.index(high) + 1]

    def standing(self, kind, set_id):
        """The area or zone in which each school stands."""
        polygons = (self.areas if kind == "area" else self.zones)[set_id]
        points = gpd.GeoDataFrame(
            geometry=gpd.points_from_xy(self.schools.x, self.schools.y),
            index=self.schools.index,
            crs=self.crs,
        )
        joined = gpd.sjoin(
            points, gpd.GeoDataFrame(geometry=polygons, crs=self.crs), predicate="within"
        )
        right = next(one for one in joined.columns if one != "geometry")
        return joined[right].to_dict()

    def label(self, school, year):
        return self.rating.get((school, year))

    def is_quality(self, school, year, labels=None):
        return self.label(school, year) in (self.quality if labels is None else labels)

    def capacity(self, school, year):
        """Seats; None where they are not known, as are 0 and less."""
        told = self.seats.get((school, year), (None, None))[0]
        seats = number(self.schools.capacity[school]) if told is None else told
        return seats if seats and seats > 0 else None

    def enrolment(self, school, year):
        told = self.seats.get((school, year), (None, None))[1]
        if told is None and year == self.rules["school_year"]:
            return number(self.schools.enrollment[school])
        return told

    def room(self, school, year):
        """Seats less enrolment; None where either is not known."""
        seats, enrolled = self.capacity(school, year), self.enrolment(school, year)
        return None if seats is None or enrolled is None else seats - enrolled
