"""Runs in the environment of census-lookup: its matcher over the ranges, as TIGER's ADDRFEAT has them.

Arguments: the folder with the reference, the file of queries, the file for answers. Prints the
seconds
of the queries alone.
"""

import csv
import sys
import time
from pathlib import Path

import geopandas
from census_lookup.address.matcher import TIGERAddressMatcher
from census_lookup.address.parser import AddressParseError, AddressParser

folder, queries, answers = map(Path, sys.argv[1:4])


def main() -> None:
    matcher = TIGERAddressMatcher(
        geopandas.read_file(folder / "ranges.gpkg").reset_index(drop=True)
    )
    parser = AddressParser()
    with queries.open() as stream:
        asked = [row["address"] for row in csv.DictReader(stream)]
    start = time.perf_counter()
    found = []
    for text in asked:
        try:
            one = matcher.geocode_parsed(parser.parse(text))
        except AddressParseError:
            found.append(("", ""))
            continue
        found.append((one.longitude, one.latitude) if one.is_matched else ("", ""))
    seconds = time.perf_counter() - start
    with answers.open("w", newline="") as stream:
        csv.writer(stream).writerows([("lon", "lat"), *found])
    print(f"seconds {seconds}")


main()
