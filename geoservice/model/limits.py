"""Limits of the service: how much it takes, how fast, and how long it waits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Each limit is a setting: ``max_rows`` is ``GEOSERVICE_MAX_ROWS``. 0 switches a rate off.

    Attributes
    ----------
    max_upload_bytes
        Size of an uploaded file.
    max_unpacked_bytes
        Size of what a gzip or XLSX file unpacks to.
    max_unpacked_ratio
        Bytes unpacked per byte packed, for files that unpack to more than 50 MB.
    max_rows, max_columns
        Size of an uploaded table.
    max_json_bytes
        Size of a body that is no upload.
    max_open_jobs
        Jobs of one owner that wait or run.
    max_requests
        Requests that are answered at the same time; more wait for two seconds, then get 503.
    max_pictures
        Requests for pictures and workbooks among them, which take long.
    max_connections
        Open connections; more are closed with 503.
    header_timeout_s
        Time for a request's headers to arrive.
    body_timeout_s
        Time without a byte of a body, in either direction.
    min_body_bytes_per_s
        Least pace of an upload after ``body_timeout_s``.
    requests_per_s
        Requests of one key, or of one address without a key, in network mode.
    failed_keys_per_minute
        Wrong keys or tokens of one address; then it waits.
    keep_days
        Days until uploads and results of a job are deleted.
    retry_hours
        Hours for which a job waits for a disk, database or scheduler to come back.
    min_free_bytes
        Room on the disk below which the service is not ready.
    session_idle_minutes
        Time without a request after which a sign-in ends.
    """

    max_upload_bytes: int = 500_000_000
    max_unpacked_bytes: int = 4_000_000_000
    max_unpacked_ratio: int = 200
    max_rows: int = 20_000_000
    max_columns: int = 1_000
    max_json_bytes: int = 4_000_000
    max_open_jobs: int = 200
    max_requests: int = 40
    max_pictures: int = 2
    max_connections: int = 800
    header_timeout_s: int = 15
    body_timeout_s: int = 30
    min_body_bytes_per_s: int = 1_000
    requests_per_s: int = 100
    failed_keys_per_minute: int = 20
    keep_days: int = 30
    retry_hours: int = 24
    min_free_bytes: int = 200_000_000
    session_idle_minutes: int = 480
