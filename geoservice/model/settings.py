"""Settings of one run, read from the environment when asked, never at import."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from geoservice.errors import InputError
from geoservice.model.limits import Limits


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
    ``secret_file`` holds the server's secret where it is not in ``home``: machines that share a
    database share it.
    ``proxies`` lists addresses of proxies whose forwarding headers are believed; where any is
    named, callers need keys even if the service listens on loopback, as with ``require_key``.
    ``scheduler`` is the address of a Dask cluster that places the chunks of jobs.
    """

    home: Path
    database_url: str
    chunk_rows: int = 50_000
    frame_ancestors: str = ""
    public_url: str = ""
    provider: str = ""
    census_get: bool = False
    provider_options: str = ""
    secret_file: Path | None = None
    proxies: tuple[str, ...] = ()
    require_key: bool = False
    scheduler: str = ""
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings from ``GEOSERVICE_HOME``, ``GEOSERVICE_DATABASE`` and the like."""
        default = Path(environ.get("HOME", "~")).expanduser() / ".local/share/geoservice"
        home = Path(environ.get("GEOSERVICE_HOME", "") or default).absolute()
        secret = environ.get("GEOSERVICE_SECRET_FILE", "")
        return cls(
            home=home,
            database_url=environ.get("GEOSERVICE_DATABASE", f"sqlite:///{home}/geoservice.db"),
            chunk_rows=_number(environ, "GEOSERVICE_CHUNK_ROWS", 50_000),
            public_url=environ.get("GEOSERVICE_PUBLIC_URL", "").rstrip("/"),
            provider=environ.get("GEOSERVICE_PROVIDER", ""),
            census_get=environ.get("GEOSERVICE_CENSUS_GET", "").lower() == "true",
            provider_options=environ.get("GEOSERVICE_PROVIDER_OPTIONS", ""),
            secret_file=Path(secret).absolute() if secret else None,
            frame_ancestors=environ.get("GEOSERVICE_FRAME_ANCESTORS", ""),
            proxies=tuple(environ.get("GEOSERVICE_PROXIES", "").replace(",", " ").split()),
            require_key=environ.get("GEOSERVICE_REQUIRE_KEY", "").lower() == "true",
            scheduler=environ.get("GEOSERVICE_SCHEDULER", ""),
            limits=_limits(environ),
        )


def _limits(environ: Mapping[str, str]) -> Limits:
    return Limits(
        **{
            limit.name: _number(environ, f"GEOSERVICE_{limit.name.upper()}", limit.default)
            for limit in fields(Limits)
        }
    )


def _number(environ: Mapping[str, str], name: str, default: object) -> int:
    """A whole number of the environment.

    Raises
    ------
    InputError
        Names the variable.
    """
    text = environ.get(name, "") or str(default)
    if not (text.isascii() and text.isdecimal()):
        raise InputError(f"{name} must be a whole number of at least 0.")
    return int(text)
