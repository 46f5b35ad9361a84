"""The tables of the service's database."""

import sqlalchemy as sa

METADATA = sa.MetaData()
JOBS = sa.Table(
    "jobs",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("region", sa.String, nullable=False),
    sa.Column("snapshot", sa.String, nullable=False),
    sa.Column("file", sa.String, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("total", sa.Integer, nullable=False, default=0),
    sa.Column("error", sa.String),
    sa.Column("idempotency_key", sa.String, unique=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("started", sa.Float),
    sa.Column("finished", sa.Float),
    sa.Column("owner", sa.String),
    sa.Column("store", sa.String),  # the folder that holds the files
    sa.Column("purpose", sa.String),
    sa.Column("upload_bytes", sa.BigInteger),
    sa.Column("upload_sha256", sa.String),
    sa.Column("chunk_count", sa.Integer),  # null until the upload is split
    sa.Column("expires", sa.Float),
    sa.Column("code", sa.String),  # of the error
    sa.Column("attempts", sa.Integer),
    sa.Column("first_fault", sa.Float),
    sa.Column("retry_at", sa.Float),
    sa.Column("served", sa.Float),  # when a worker last took a part of the job
    sa.Column("claimed_by", sa.String),
    sa.Column("lease_until", sa.Float),
)
CHUNKS = sa.Table(
    "chunks",
    METADATA,
    sa.Column("job", sa.String, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("summary", sa.JSON),
    sa.Column("checksum", sa.String),
    sa.Column("input_checksum", sa.String),
    sa.Column("claimed_by", sa.String),
    sa.Column("lease_until", sa.Float),
    sa.Column("begun", sa.Float),  # the work on the result that is on disk
    sa.Column("ended", sa.Float),
)
DEATHS = sa.Table(
    "part_deaths",
    METADATA,
    sa.Column("job", sa.String, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),  # of the chunk; -1 for other stages
    sa.Column("count", sa.Integer, nullable=False),  # workers that died while they held the part
)
RESULTS = sa.Table(
    "results",
    METADATA,
    sa.Column("job", sa.String, sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("form", sa.String, primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
)
NOTICES = sa.Table(
    "notices",  # addresses that wait for the end of a job
    METADATA,
    sa.Column("job", sa.String, primary_key=True),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due", sa.Float, nullable=False),
)
JOB_TRACES = sa.Table(
    "job_traces",  # of the requests that made the jobs; empty without GEOSERVICE_TRACES_URL
    METADATA,
    sa.Column("job", sa.String, primary_key=True),
    sa.Column("trace", sa.String, nullable=False),
)
WORKERS = sa.Table(
    "workers",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("store", sa.String, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("seen", sa.Float, nullable=False),
)
SERVICES = sa.Table(
    "services",  # processes that answer requests
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("seen", sa.Float, nullable=False),
)
SPENT_RATES = sa.Table(
    "spent_rates",  # token buckets that all services share
    METADATA,
    sa.Column("purpose", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),  # a hash of a key's id or of an address
    sa.Column("level", sa.Float, nullable=False),
    sa.Column("updated", sa.Float, nullable=False),
)
SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("hash", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("csrf", sa.String, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("seen", sa.Float, nullable=False),
)
PEOPLE = sa.Table(
    "session_people",  # sign-ins by an account of the district's identity provider
    METADATA,
    sa.Column("session", sa.String, primary_key=True),  # the hash of its cookie
    sa.Column("name", sa.String, nullable=False),
    sa.Column("groups", sa.JSON, nullable=False),
)
PROVIDER_SIGN_INS = sa.Table(
    "provider_sign_ins",  # what the identity provider said of a sign-in
    METADATA,
    sa.Column("session", sa.String, primary_key=True),  # the hash of its cookie
    sa.Column("provider_session", sa.String, nullable=False),  # a hash; empty where it has none
    sa.Column("proved", sa.Float, nullable=False),  # when the person last gave a password or so
)
PENDING_SIGN_INS = sa.Table(
    "pending_sign_ins",
    METADATA,
    sa.Column("hash", sa.String, primary_key=True),  # of the state that the provider sends back
    sa.Column("browser", sa.String, nullable=False),  # the hash of the browser's cookie
    sa.Column("nonce", sa.String, nullable=False),
    sa.Column("verifier", sa.String, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)
SCHEMA = sa.Table(
    "schema_version",
    METADATA,
    sa.Column("database", sa.String, primary_key=True),  # a random name of this database
    sa.Column("version", sa.Integer, nullable=False),
)
KEYS = sa.Table(
    "keys",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("revoked", sa.Float),
    sa.Column("expires", sa.Float),
    sa.Column("previous_hash", sa.String),  # of the secret before a rotation
    sa.Column("previous_until", sa.Float),
)
DATASETS = sa.Table(
    "student_datasets",
    METADATA,
    sa.Column("region", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("version", sa.String),  # of the rows; null until they are written
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("agreement", sa.String, nullable=False),
    sa.Column("expires", sa.String, nullable=False),  # the last day, as 2027-06-30
    sa.Column("added", sa.String, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False, default=0),
    sa.Column("snapshot", sa.String, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),  # counts, years, findings, hash: no student
)
STUDENT_PARTS = sa.Table(
    "student_parts",
    METADATA,
    sa.Column("region", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("version", sa.String, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
DISCLOSURES = sa.Table(
    "disclosures",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("time", sa.String, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False),
    sa.Column("purpose", sa.String, nullable=False),
    sa.Column("endpoint", sa.String, nullable=False),
    sa.Column("region", sa.String, nullable=False),
    sa.Column("filters", sa.Text, nullable=False),
    sa.Column("data_version", sa.String, nullable=False),
    sa.Column("students", sa.Integer, nullable=False),
    sa.Column("student_set", sa.String, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
)
STUDENT_SETS = sa.Table(
    "disclosed_students",
    METADATA,
    sa.Column("hash", sa.String, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
AUDIT_HEAD = sa.Table(
    "disclosures_head",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("seal", sa.String, nullable=False),
)
EMBEDS = sa.Table(
    "embeds",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("map", sa.String, nullable=False),
    sa.Column("region", sa.String, nullable=False),
    sa.Column("choice", sa.JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("revoked", sa.Float),
)
EMBED_OWNERS = sa.Table(
    "embed_owners",  # callers who made links; links of earlier versions have none
    METADATA,
    sa.Column("embed", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False),
)
SCENARIOS = sa.Table(
    "scenarios",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("region", sa.String, nullable=False),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)
SCENARIO_VERSIONS = sa.Table(
    "scenario_versions",
    METADATA,
    sa.Column("scenario", sa.String, sa.ForeignKey("scenarios.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("label", sa.String, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),  # the keys of a scenario file: no student
    sa.Column("saved", sa.Float, nullable=False),
)
