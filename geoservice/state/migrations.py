"""Numbered migration steps from the tables of earlier versions to the present tables.

A step never changes after its release, because it has already run on existing databases.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

_TO: Mapping[int, Sequence[str]] = {
    2: (  # Owners, leases, expiry and checksums of jobs; expiry and rotation of keys.
        "ALTER TABLE jobs ADD COLUMN owner VARCHAR",
        "ALTER TABLE jobs ADD COLUMN store VARCHAR",
        "ALTER TABLE jobs ADD COLUMN purpose VARCHAR",
        "ALTER TABLE jobs ADD COLUMN upload_bytes BIGINT",
        "ALTER TABLE jobs ADD COLUMN upload_sha256 VARCHAR",
        "ALTER TABLE jobs ADD COLUMN chunk_count INTEGER",
        "ALTER TABLE jobs ADD COLUMN expires FLOAT",
        "ALTER TABLE jobs ADD COLUMN code VARCHAR",
        "ALTER TABLE jobs ADD COLUMN attempts INTEGER",
        "ALTER TABLE jobs ADD COLUMN first_fault FLOAT",
        "ALTER TABLE jobs ADD COLUMN retry_at FLOAT",
        "ALTER TABLE jobs ADD COLUMN served FLOAT",
        "ALTER TABLE jobs ADD COLUMN claimed_by VARCHAR",
        "ALTER TABLE jobs ADD COLUMN lease_until FLOAT",
        "ALTER TABLE chunks ADD COLUMN input_checksum VARCHAR",
        "ALTER TABLE chunks ADD COLUMN claimed_by VARCHAR",
        "ALTER TABLE chunks ADD COLUMN lease_until FLOAT",
        "ALTER TABLE keys ADD COLUMN expires FLOAT",
        "ALTER TABLE keys ADD COLUMN previous_hash VARCHAR",
        "ALTER TABLE keys ADD COLUMN previous_until FLOAT",
        "UPDATE jobs SET owner = 'local'",
        "UPDATE jobs SET chunk_count = (SELECT COUNT(*) FROM chunks WHERE chunks.job = jobs.id)",
        "UPDATE jobs SET chunk_count = NULL WHERE chunk_count = 0",
    ),
    3: (  # Times of work on chunks.
        "ALTER TABLE chunks ADD COLUMN begun FLOAT",
        "ALTER TABLE chunks ADD COLUMN ended FLOAT",
    ),
}
LATEST = max(_TO)
"""Schema version that this program reads and writes."""


def migrate(connection: sa.Connection, version: int) -> None:
    """Run every step after a version, in order; the caller holds the lock and commits."""
    for number in sorted(_TO):
        for statement in _TO[number] if number > version else ():
            connection.exec_driver_sql(statement)
