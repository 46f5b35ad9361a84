"""Runs in addok's environment: imports the points into Redis and geocodes the queries.

Arguments: the folder with the reference, the file of queries, the file for answers. Prints the
seconds
of the queries alone. Redis is this run's own, on a port and a folder of its own.
"""

import csv
import json
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from addok.config import config

folder, queries, answers = map(Path, sys.argv[1:4])
config.load()

from addok import core  # noqa: E402 (it reads the configuration when it is imported)


def documents() -> str:
    streets = defaultdict(dict)
    with (folder / "points.csv").open() as stream:
        for row in csv.DictReader(stream):
            place = {"lat": float(row["lat"]), "lon": float(row["lon"])}
            streets[row["street"]][row["number"]] = place
    lines = []
    for number, (street, houses) in enumerate(sorted(streets.items())):
        first = next(iter(houses.values()))
        lines.append(
            json.dumps(
                {
                    "id": str(number),
                    "_id": str(number),
                    "type": "street",
                    "name": street,
                    "city": "San Francisco",
                    **first,
                    "housenumbers": houses,
                    "importance": 0.1,
                }
            )
        )
    return "\n".join(lines)


def main() -> None:
    source = folder / "addok.json"
    if not source.exists():
        source.write_text(documents())
        command = [str(Path(sys.executable).with_name("addok"))]
        subprocess.run([*command, "batch", str(source)], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*command, "ngrams"], check=True, stdout=subprocess.DEVNULL)
    with queries.open() as stream:
        asked = [row["address"] for row in csv.DictReader(stream)]
    start = time.perf_counter()
    found = []
    for text in asked:
        query = text.replace(", San Francisco, CA", " San Francisco")
        best = core.search(query, limit=1, autocomplete=False)
        is_house = bool(best) and best[0].type == "housenumber"
        found.append((best[0].lon, best[0].lat) if is_house else ("", ""))
    seconds = time.perf_counter() - start
    with answers.open("w", newline="") as stream:
        csv.writer(stream).writerows([("lon", "lat"), *found])
    print(f"seconds {seconds}")


main()
