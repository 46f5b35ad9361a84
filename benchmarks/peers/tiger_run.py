"""Loads the ranges into PostGIS's TIGER geocoder, as the Census's files would fill it, and asks it.

Arguments: the folder with the reference, the file of queries, the file for answers; PGHOST and
PGUSER
say where the server is. Prints the seconds of the queries alone.
"""

import io
import subprocess
import sys
from pathlib import Path

import geopandas
import pandas as pd
import shapely

folder, queries, answers = map(Path, sys.argv[1:4])
STATE, COUNTY, PLACE, COUSUB = "06", "075", "67000", "92790"
SETUP = """
CREATE EXTENSION postgis; CREATE EXTENSION fuzzystrmatch; CREATE EXTENSION postgis_tiger_geocoder;
ALTER DATABASE tiger SET search_path = public, tiger;
"""
PLACES = f"""
INSERT INTO tiger.state (statefp, stusps, name, the_geom)
  SELECT '{STATE}', 'CA', 'California', ST_Multi(ST_MakeEnvelope(-124.5, 32.5, -114, 42.1, 4269));
INSERT INTO tiger.county (statefp, countyfp, cntyidfp, name, the_geom)
  SELECT '{STATE}', '{COUNTY}', '{STATE}{COUNTY}', 'San Francisco', ST_Multi(ST_Envelope(ST_Extent(the_geom))::geometry(Polygon, 4269)) FROM tiger.edges;
INSERT INTO tiger.place (statefp, placefp, plcidfp, name, the_geom)
  SELECT '{STATE}', '{PLACE}', '{STATE}{PLACE}', 'San Francisco', the_geom FROM tiger.county;
INSERT INTO tiger.cousub (statefp, countyfp, cousubfp, cosbidfp, name, the_geom)
  SELECT '{STATE}', '{COUNTY}', '{COUSUB}', '{STATE}{COUNTY}{COUSUB}', 'San Francisco', the_geom FROM tiger.county;
INSERT INTO tiger.faces (tfid, statefp, countyfp, placefp, cousubfp, the_geom)
  SELECT 1, '{STATE}', '{COUNTY}', '{PLACE}', '{COUSUB}', the_geom FROM tiger.county;
INSERT INTO tiger.zip_lookup_base (zip, state, county, city, statefp)
  SELECT DISTINCT zip, 'California', 'San Francisco', 'San Francisco', '{STATE}' FROM tiger.addr WHERE zip > '';
INSERT INTO tiger.zip_state (zip, stusps, statefp) SELECT DISTINCT zip, 'CA', '{STATE}' FROM tiger.addr WHERE zip > '';
INSERT INTO tiger.zip_state_loc (zip, stusps, statefp, place)
  SELECT DISTINCT zip, 'CA', '{STATE}', 'San Francisco' FROM tiger.addr WHERE zip > '';
INSERT INTO tiger.place_lookup (st_code, state, pl_code, name) VALUES ({int(STATE)}, 'CA', {int(PLACE)}, 'San Francisco');
INSERT INTO tiger.county_lookup (st_code, state, co_code, name) VALUES ({int(STATE)}, 'CA', {int(COUNTY)}, 'San Francisco');
SELECT tiger.install_missing_indexes();
VACUUM ANALYZE;
"""
ASK = """
CREATE TEMP TABLE asked (row serial, address text);
\\copy asked (address) FROM {queries} WITH (FORMAT csv, HEADER)
CREATE TEMP TABLE found AS SELECT NULL::int AS row, NULL::float AS lon, NULL::float AS lat, 0.0::float AS seconds LIMIT 0;
DO $$
DECLARE start timestamptz := clock_timestamp();
BEGIN
  INSERT INTO found SELECT row, ST_X(g.geomout), ST_Y(g.geomout), 0 FROM asked
    LEFT JOIN LATERAL geocode(address, 1) AS g ON (g.addy).address IS NOT NULL AND (g.addy).streetname > '';
  INSERT INTO found VALUES (0, NULL, NULL, extract(epoch FROM clock_timestamp() - start));
END $$;
\\copy (SELECT row, lon, lat, seconds FROM found ORDER BY row) TO {answers} WITH (FORMAT csv)
"""


def sql(text: str, database: str = "tiger") -> None:
    """Run statements, the first fault ends it."""
    command = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", database]
    subprocess.run(command, input=text, text=True, check=True, stdout=subprocess.DEVNULL)


def copy(table: str, rows: pd.DataFrame) -> None:
    """Load rows into a table."""
    stream = io.StringIO()
    rows.to_csv(stream, index=False, header=False)
    columns = ", ".join(rows.columns)
    sql(f"COPY tiger.{table} ({columns}) FROM STDIN WITH (FORMAT csv);\n{stream.getvalue()}\\.\n")


def load() -> None:
    """Fill the geocoder's tables: edges, the ranges of their sides, and their names."""
    lines = geopandas.read_file(folder / "ranges.gpkg")
    lines["tlid"], lines["statefp"] = range(1, len(lines) + 1), STATE
    geometry = shapely.to_wkb(
        shapely.set_srid(shapely.multilinestrings([[one] for one in lines.geometry]), 4269),
        hex=True,
        include_srid=True,
    )
    fixed = {"countyfp": COUNTY, "tfidl": 1, "tfidr": 1, "mtfcc": "S1400"}
    edges = lines[["tlid", "statefp"]].assign(
        fullname=lines["FULLNAME"], the_geom=geometry, **fixed
    )
    copy("edges", edges)
    named = lines[["tlid", "statefp"]].assign(
        fullname=lines["FULLNAME"], name=lines["NAME"], suftypabrv=lines["SUFTYPABRV"]
    )
    copy("featnames", named)
    sides = []
    for side in "LR":
        has = lines[lines[f"{side}FROMHN"].notna()]
        numbers = {f"{end}hn": has[f"{side}{end.upper()}HN"].astype(int) for end in ("from", "to")}
        sides.append(has[["tlid", "statefp"]].assign(side=side, zip=has[f"ZIP{side}"], **numbers))
    copy("addr", pd.concat(sides))
    sql(PLACES)


def main() -> None:
    """Load once, ask, write the answers in the order of the queries."""
    done = folder / "tiger.loaded"
    if not done.exists():
        sql("CREATE DATABASE tiger", "postgres")
        sql(SETUP)
        load()
        done.touch()
    raw = answers.with_suffix(".raw")
    sql(ASK.format(queries=queries, answers=raw))
    rows = pd.read_csv(raw, names=["row", "lon", "lat", "seconds"])
    seconds = rows["seconds"].iloc[0]
    rows = rows.iloc[1:].drop_duplicates("row")
    rows[["lon", "lat"]].to_csv(answers, index=False)
    print(f"seconds {seconds}")


main()
