-- Count geocoded rows and read a map with DuckDB:
--   geoservice geocode students.csv -o placed.parquet --region riverbend --address address --grade grade
--   geoservice map quality-seats -o quality-seats.parquet --region riverbend
--   duckdb < read_parquet.sql

SELECT geo_status, geo_match, count(*) AS students, round(avg(geo_score), 1) AS score
FROM read_parquet('placed.parquet')
GROUP BY geo_status, geo_match
ORDER BY students DESC;

-- The boxes of GeoParquet let DuckDB skip areas outside a window.
SELECT name, quality_seats, bbox.xmin AS west
FROM read_parquet('quality-seats.parquet')
WHERE quality_seats_status = 'shown' AND bbox.ymax > 42
ORDER BY quality_seats DESC;
