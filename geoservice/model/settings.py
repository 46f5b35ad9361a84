"""Settings of one run, read from the environment when asked, never at import."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where state lives and what the service may do.

    ``home`` holds built regions, the database, jobs and student data sets; everything in it is
    for its owner alone (folders 0700, files 0600). ``provider`` names an outside geocoder of
    geopy for addresses that stay unmatched; empty, as by default, nothing leaves the machine.
    ``frame_ancestors`` lists who may frame pages; empty: this service its own pages, and anybody
    those of embed links, which are made for that.
    ``public_url`` is where readers reach the service, for links in pages; empty: as asked.
    ``census_get`` allows addresses in the URL of the Census geocoder's one-line look-up.
    ``warm`` makes the release of students' figures beside the first answers, so that no reader waits for it.
    ``secret_file`` holds the server's secret where it is not in ``home``: machines that share a
    database share it.
    """

    home: Path
    database_url: str
    max_upload_bytes: int = 500_000_000
    chunk_rows: int = 50_000
    frame_ancestors: str = ""
    public_url: str = ""
    provider: str = ""
    census_get: bool = False
    provider_options: str = ""
    warm: bool = True
    secret_file: Path | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings from ``GEOSERVICE_HOME``, ``GEOSERVICE_DATABASE`` and the like."""
        default = Path(environ.get("HOME", "~")).expanduser() / ".local/share/geoservice"
        home = Path(environ.get("GEOSERVICE_HOME", "") or default).absolute()
        secret = environ.get("GEOSERVICE_SECRET_FILE", "")
        return cls(
            home=home,
            database_url=environ.get("GEOSERVICE_DATABASE", f"sqlite:///{home}/geoservice.db"),
            max_upload_bytes=int(environ.get("GEOSERVICE_MAX_UPLOAD_BYTES", "500000000")),
            chunk_rows=int(environ.get("GEOSERVICE_CHUNK_ROWS", "50000")),
            public_url=environ.get("GEOSERVICE_PUBLIC_URL", "").rstrip("/"),
            provider=environ.get("GEOSERVICE_PROVIDER", ""),
            warm=environ.get("GEOSERVICE_WARM", "").lower() != "false",
            census_get=environ.get("GEOSERVICE_CENSUS_GET", "").lower() == "true",
            provider_options=environ.get("GEOSERVICE_PROVIDER_OPTIONS", ""),
            secret_file=Path(secret).absolute() if secret else None,
            frame_ancestors=environ.get("GEOSERVICE_FRAME_ANCESTORS", ""),
        )
