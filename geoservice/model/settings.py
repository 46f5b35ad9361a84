"""Settings of a run, read from the environment by an explicit call, never at import."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from geoservice.errors import InputError
from geoservice.model.basemap import Basemap, read_basemap
from geoservice.model.encryption import refuse_plain_connections
from geoservice.model.environment import Environment
from geoservice.model.limits import MAY_BE_ZERO, Limits
from geoservice.model.operations import Operations, read_operations
from geoservice.model.publisher import Publisher, read_publisher
from geoservice.model.single_sign_on import SingleSignOn, read_single_sign_on

_PREFIX = "GEOSERVICE_"
_NAMES = {"database_url": "GEOSERVICE_DATABASE"}
_PARTS = ("limits", "single_sign_on", "operations", "basemap", "publisher")
"""Fields that are groups of settings."""
_USERS_PASSWORD = re.compile(r"(?<=://)([^/:@\s]*):\S*@")
_SECRET_FIELD = re.compile(r"(?i)(\w*(?:passw|secret|token|key|signature|credential)\w*=)[^&\s]+")
_QUERY_FIELD = re.compile(r"(?<=[?&;])([^=&;\s]*=)?([^&;\s]*)")
_SHOWN_FIELDS = (
    *("application_name", "connect_timeout", "dbname", "host", "port", "sslmode", "sslrootcert"),
    *("endpoint_url", "region", "target_session_attrs", "user", "version"),
)
"""Fields of a URL's query that are printed; any other may be a secret, whatever its name."""
_SITE = re.compile(
    r"'self'|'none'|https?:|file:|"
    r"(?:https?://)?(?:\*|(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(?:\d{1,5}|\*))?"
)
"""A source of the directive ``frame-ancestors``; it must not begin another directive."""
_SECRETS = ("provider_options",)
"""Settings whose text may hold a secret."""


@dataclass(frozen=True)
class Settings:
    """Location of the service's state, and its options.

    ``home`` holds built regions, the database, jobs and student data sets; only its owner can read
    it (folders 0700, files 0600). ``provider`` names an outside geocoder of geopy for unmatched
    addresses; empty, the default, means that no address leaves the machine.
    ``frame_ancestors`` lists the sites that may frame pages; empty means that only this service
    frames its pages, and that every site may frame pages of embed links.
    ``public_url`` is the service's URL for links in pages; empty for the URL of the request.
    ``census_get`` allows addresses in the URL of the Census geocoder's one-line look-up.
    ``secret_file`` holds the server's secret outside ``home``: machines with a common database
    share it. ``proxies`` lists proxies with trusted forwarding headers; with any proxy, callers
    need keys even on loopback, as with ``require_key``. ``require_tls`` refuses unencrypted
    connections of other machines, and settings that name such connections.
    ``finder`` lists ids of regions with a public school finder.
    ``maps`` is a folder of the user's own map definitions, in addition to the shipped definitions.
    ``scheduler`` is the address of a Dask cluster that geocodes the chunks of jobs; with
    ``tls://`` the ``scheduler_`` files are the certificate authority, and the certificate and key
    of this machine.
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
    require_tls: bool = False
    scheduler: str = ""
    scheduler_ca: Path | None = None
    scheduler_cert: Path | None = None
    scheduler_key: Path | None = None
    finder: tuple[str, ...] = ()
    maps: Path | None = None
    limits: Limits = field(default_factory=Limits)
    single_sign_on: SingleSignOn = field(default_factory=SingleSignOn)
    operations: Operations = field(default_factory=Operations)
    basemap: Basemap = field(default_factory=Basemap)
    publisher: Publisher = field(default_factory=Publisher)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings from variables such as ``GEOSERVICE_HOME``.

        Raises
        ------
        InputError
            If a variable has a bad value; the error names it.
        """
        environment = Environment(environ)
        default = Path(environ.get("HOME", "~")).expanduser() / ".local/share/geoservice"
        home = environment.path("GEOSERVICE_HOME") or default.absolute()
        settings = cls(
            home=home,
            database_url=environment.text("GEOSERVICE_DATABASE", f"sqlite:///{home}/geoservice.db"),
            chunk_rows=environment.number("GEOSERVICE_CHUNK_ROWS", 50_000, least=1),
            public_url=environment.address("GEOSERVICE_PUBLIC_URL"),
            provider=environment.text("GEOSERVICE_PROVIDER"),
            census_get=environment.flag("GEOSERVICE_CENSUS_GET"),
            provider_options=_json_object(environment, "GEOSERVICE_PROVIDER_OPTIONS"),
            secret_file=environment.path("GEOSERVICE_SECRET_FILE"),
            frame_ancestors=" ".join(
                environment.words("GEOSERVICE_FRAME_ANCESTORS", _SITE, "https://www.example.org")
            ),
            proxies=tuple(environment.text("GEOSERVICE_PROXIES").replace(",", " ").split()),
            require_key=environment.flag("GEOSERVICE_REQUIRE_KEY"),
            require_tls=environment.flag("GEOSERVICE_REQUIRE_TLS"),
            scheduler=environment.connection("GEOSERVICE_SCHEDULER", ("tcp", "tls")),
            maps=environment.folder("GEOSERVICE_MAPS"),
            scheduler_ca=environment.file("GEOSERVICE_SCHEDULER_CA"),
            scheduler_cert=environment.file("GEOSERVICE_SCHEDULER_CERT"),
            scheduler_key=environment.file("GEOSERVICE_SCHEDULER_KEY"),
            finder=tuple(environment.text("GEOSERVICE_FINDER").replace(",", " ").split()),
            limits=_limits(environment),
            single_sign_on=read_single_sign_on(environment),
            operations=read_operations(environment),
            basemap=read_basemap(environment),
            publisher=read_publisher(environment),
        )
        if settings.require_tls:
            refuse_plain_connections(settings._connections())
        return settings

    def _connections(self) -> dict[str, str]:
        """Return the addresses of other systems that carry rows or keys, by variable name."""
        operations = self.operations
        return {
            "GEOSERVICE_PUBLIC_URL": self.public_url,
            "GEOSERVICE_DATABASE": self.database_url,
            "GEOSERVICE_POSTGIS": operations.postgis,
            "GEOSERVICE_SCHEDULER": self.scheduler,
            "GEOSERVICE_TRACES_URL": operations.traces_url,
            "GEOSERVICE_OBJECT_STORE": operations.object_store,
            "GEOSERVICE_JOB_STORE": operations.job_store,
        }

    def shown(self) -> dict[str, str]:
        """Return each setting as text without secrets, by variable name."""
        return {name: _shown(name, value) for name, value in self._values().items()}

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """Return the variable names of all settings."""
        return tuple(cls(Path(), "")._values())

    @classmethod
    def unknown(cls, environ: Mapping[str, str]) -> list[str]:
        """Return variables that look like settings and are none, in the order of their names."""
        return sorted(
            name for name in environ if name.startswith(_PREFIX) and name not in cls.variables()
        )

    def _values(self) -> dict[str, object]:
        """Return each setting by variable name."""
        objects = [self, *(getattr(self, part) for part in _PARTS)]
        return {
            _NAMES.get(setting.name, _PREFIX + setting.name.upper()): getattr(holder, setting.name)
            for holder in objects
            for setting in fields(holder)
            if setting.name not in _PARTS
        }


def _json_object(environment: Environment, name: str) -> str:
    """Return the text of a JSON object; empty if the variable is absent."""
    text = environment.text(name)
    try:
        is_object = not text or isinstance(json.loads(text), dict)
    except ValueError:
        is_object = False
    if not is_object:
        raise InputError(f"{name} must be a JSON object.")
    return text


def _limits(environment: Environment) -> Limits:
    default = Limits()
    return Limits(
        **{
            limit.name: environment.number(
                f"{_PREFIX}{limit.name.upper()}",
                getattr(default, limit.name),
                least=0 if limit.name in MAY_BE_ZERO else 1,
            )
            for limit in fields(Limits)
        }
    )


def _shown(name: str, value: object) -> str:
    """Return a value as text, without passwords in URLs and without secrets."""
    if name.removeprefix(_PREFIX).lower() in _SECRETS and value:
        return "(set, not shown)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{group}={','.join(scopes)}" for group, scopes in value.items())
    text = "" if value is None else str(value)
    text = _SECRET_FIELD.sub(r"\1***", _USERS_PASSWORD.sub(r"\1:***@", text))
    return _QUERY_FIELD.sub(_shown_field, text) if "://" in text else text


def _shown_field(field: re.Match[str]) -> str:
    """Return a field of a URL's query, with its value only where that is known to be no secret."""
    name, value = field[1] or "", field[2]
    is_shown = not value or name.removesuffix("=").lower() in _SHOWN_FIELDS
    return field[0] if is_shown else f"{name}***"
