"""Settings of the log, of traces, of webhooks and of results in PostGIS."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from geoservice.errors import InputError
from geoservice.model.environment import Environment

LOG_FORMATS = ("text", "json")
_HOST = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?|\[[0-9a-fA-F:.]+\](?::\d{1,5})?"
)
_OBJECT_STORES = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs")


@dataclass(frozen=True)
class Operations:
    """Each field is a setting: ``log_format`` is ``GEOSERVICE_LOG_FORMAT``.

    Attributes
    ----------
    log_format
        ``text``, or ``json`` for one object per line.
    log_requests
        Whether each answer is logged: request id, method, route, status, time, kind of caller.
    traces_url
        URL that receives spans by OTLP over HTTP; empty, the default, for no traces.
    webhook_hosts
        Hosts, with a port other than 443, that may be told of the end of jobs; empty for none.
    webhook_secret_file
        File with the secret that signs webhooks.
    object_store
        Folder of an object store that students' rows may come from and go to.
    job_store
        Folder of an object store that holds the files of jobs, for workers that do not share the
        data folder; empty, the default, for files in the data folder.
    postgis
        URL of the database that ``-o postgresql:TABLE`` writes into.
    """

    log_format: str = "text"
    log_requests: bool = False
    traces_url: str = ""
    webhook_hosts: tuple[str, ...] = ()
    webhook_secret_file: Path | None = None
    postgis: str = ""
    object_store: str = ""
    job_store: str = ""


def read_operations(environment: Environment) -> Operations:
    """Return the settings from environment variables.

    Raises
    ------
    InputError
        If a variable has a bad value; the error names it.
    """
    return Operations(
        environment.choice("GEOSERVICE_LOG_FORMAT", LOG_FORMATS, "text"),
        environment.flag("GEOSERVICE_LOG_REQUESTS"),
        environment.address("GEOSERVICE_TRACES_URL"),
        tuple(
            host.lower()
            for host in environment.words("GEOSERVICE_WEBHOOK_HOSTS", _HOST, "hooks.example.org")
        ),
        environment.file("GEOSERVICE_WEBHOOK_SECRET_FILE"),
        environment.connection("GEOSERVICE_POSTGIS", ("postgresql", "postgres")),
        _object_store(environment, "GEOSERVICE_OBJECT_STORE"),
        _object_store(environment, "GEOSERVICE_JOB_STORE"),
    )


def _object_store(environment: Environment, name: str) -> str:
    url = environment.text(name)
    parts = urlsplit(url)
    if url and (parts.scheme not in _OBJECT_STORES or not parts.netloc or parts.password):
        raise InputError(
            f"{name} must be a folder such as `s3://district/students`. Keys of "
            "the store belong in its own variables, such as AWS_ACCESS_KEY_ID."
        )
    return url
