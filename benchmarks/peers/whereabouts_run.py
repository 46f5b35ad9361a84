"""Runs in the environment of whereabouts: builds its DuckDB of the points and geocodes the queries.

Arguments: the folder with the reference, the file of queries, the file for answers. Prints the
seconds
of the queries alone.
"""

import csv
import os
import sys
import time
from pathlib import Path

import yaml

folder, queries, answers = (Path(one).absolute() for one in sys.argv[1:4])
os.chdir(folder)


def build() -> None:
    from whereabouts.utils import remove_database, setup_geocoder

    remove_database("peers")
    with (folder / "points.csv").open() as stream, (folder / "where.csv").open("w") as made:
        writer = csv.writer(made)
        writer.writerow(["id", "label", "site", "city", "zip", "state", "lat", "lon"])
        for row in csv.DictReader(stream):
            label = f"{row['number']} {row['street']} SAN FRANCISCO CA"
            writer.writerow(
                [row["id"], label, "", "SAN FRANCISCO", "", "CA", row["lat"], row["lon"]]
            )
    schema = {
        "addr_id": "id",
        "address_label": "label",
        "address_site_name": "site",
        "locality_name": "city",
        "postcode": "zip",
        "state": "state",
        "latitude": "lat",
        "longitude": "lon",
    }
    details = {
        "data": {
            "db_name": "peers",
            "folder": str(folder / "where_db"),
            "filepath": str(folder / "where.csv"),
            "sep": ",",
        },
        "geocoder": {"states": [], "matchers": ["standard"]},
        "schema": schema,
    }
    (folder / "where.yml").write_text(yaml.safe_dump(details))
    setup_geocoder(str(folder / "where.yml"))


def main() -> None:
    if not (folder / "where.yml").exists():
        build()
    from whereabouts.Matcher import Matcher

    matcher = Matcher("peers")
    with queries.open() as stream:
        asked = [row["address"] for row in csv.DictReader(stream)]
    start = time.perf_counter()
    found = {}
    for first in range(0, len(asked), 1000):
        for one in matcher.geocode(asked[first : first + 1000]):
            if one["similarity"] >= matcher.threshold and one["latitude"] == one["latitude"]:
                found[first + one["address_id"] - 1] = (one["longitude"], one["latitude"])
    seconds = time.perf_counter() - start
    with answers.open("w", newline="") as stream:
        rows = [found.get(at, ("", "")) for at in range(len(asked))]
        csv.writer(stream).writerows([("lon", "lat"), *rows])
    print(f"seconds {seconds}")


main()
