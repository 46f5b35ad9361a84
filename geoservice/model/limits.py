"""Limits of the service: sizes, rates and waiting times."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Each limit is a setting: ``max_rows`` is ``GEOSERVICE_MAX_ROWS``. 0 switches a rate off.

    Attributes
    ----------
    max_upload_bytes
        Size of an uploaded file.
    max_unpacked_bytes
        Unpacked size of a gzip or Parquet file, or of a workbook.
    max_unpacked_ratio
        Bytes unpacked per byte packed, for files that unpack to more than 50 MB.
    max_rows, max_columns
        Size of an uploaded table.
    max_sheet_cells
        Cells of all sheets of a workbook, from the first to the last; a cell takes some 80 bytes.
    max_json_bytes
        Size of a request body other than an upload.
    max_open_jobs
        Waiting and running jobs of one owner.
    max_rows_per_day
        Rows that one owner may send in 24 hours; 0, the default, for no limit.
    max_requests
        Concurrent requests; further requests wait for two seconds, then get 503. Half as many
        uploads run beside them.
    max_pictures
        Concurrent requests for pictures and workbooks, which take long.
    max_kept_bytes
        Size of the maps, layers, tiles and pictures that stay in memory once they are answered.
    max_connections
        Open connections; further connections are closed with 503.
    header_timeout_s
        Time for a request's headers to arrive.
    body_timeout_s
        Time without a byte of a body, sent or received.
    min_body_bytes_per_s
        Minimum speed of an upload after ``body_timeout_s``.
    requests_per_s
        Requests of one key, or of one address without a key, in network mode.
    failed_keys_per_minute
        Wrong keys or tokens of one address; after that the address must wait.
    finder_per_minute
        Look-ups of the school finder by one address without a key.
    keep_days
        Days until uploads and results of a job are deleted.
    retry_hours
        Hours that a job waits for a failed disk, database or scheduler.
    min_free_bytes
        Free disk space below which the service is not ready.
    session_idle_minutes
        Minutes without a request after which a sign-in ends.
    """

    max_upload_bytes: int = 500_000_000
    max_unpacked_bytes: int = 4_000_000_000
    max_unpacked_ratio: int = 200
    max_rows: int = 20_000_000
    max_columns: int = 1_000
    max_sheet_cells: int = 25_000_000
    max_json_bytes: int = 4_000_000
    max_open_jobs: int = 200
    max_rows_per_day: int = 0
    max_requests: int = 40
    max_pictures: int = 2
    max_kept_bytes: int = 128_000_000
    max_connections: int = 800
    header_timeout_s: int = 15
    body_timeout_s: int = 30
    min_body_bytes_per_s: int = 1_000
    requests_per_s: int = 100
    failed_keys_per_minute: int = 20
    finder_per_minute: int = 30
    keep_days: int = 30
    retry_hours: int = 24
    min_free_bytes: int = 200_000_000
    session_idle_minutes: int = 480


MAY_BE_ZERO = (
    "max_rows_per_day",
    "max_kept_bytes",
    "min_body_bytes_per_s",
    "requests_per_s",
    "failed_keys_per_minute",
    "finder_per_minute",
    "keep_days",
    "retry_hours",
    "min_free_bytes",
)
"""Limits that 0 switches off; no service works with another limit of 0."""
