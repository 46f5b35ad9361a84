"""Settings of sign-in by the district's identity provider (OpenID Connect)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from geoservice.errors import InputError
from geoservice.model.caller import SCOPES
from geoservice.model.environment import Environment

_NEEDED = ("GEOSERVICE_OIDC_CLIENT_ID", "GEOSERVICE_OIDC_SCOPES", "GEOSERVICE_PUBLIC_URL")


@dataclass(frozen=True)
class SingleSignOn:
    """Each field is a setting: ``oidc_issuer`` is ``GEOSERVICE_OIDC_ISSUER``.

    Without an issuer, single sign-on is off.

    Attributes
    ----------
    oidc_issuer
        Address of the identity provider, as its ID tokens name it.
    oidc_client_id
        Name of this service at the provider.
    oidc_client_secret_file
        File with the secret of a confidential client; None for a public client.
    oidc_ca_file
        Additional trusted certificates for the provider (PEM).
    oidc_claim
        Claim of the ID token that lists a person's groups.
    oidc_scopes
        Scopes of each group, as in ``planners=maps:read,geocode; chiefs=admin``. A person without
        a listed group is refused.
    oidc_acr
        Accepted strengths of a sign-in (``acr`` of the ID token), best first; empty accepts any.
    oidc_max_age_minutes
        Minutes since the person proved the identity at the provider; 0 accepts any.
    oidc_only
        True if browsers sign in with accounts alone, never with keys.
    """

    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: Path | None = None
    oidc_ca_file: Path | None = None
    oidc_claim: str = "groups"
    oidc_scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    oidc_acr: tuple[str, ...] = ()
    oidc_max_age_minutes: int = 0
    oidc_only: bool = False

    @property
    def is_on(self) -> bool:
        """Return whether people may sign in with an account of the district."""
        return bool(self.oidc_issuer)

    def groups_of(self, claims: Mapping[str, object]) -> tuple[str, ...]:
        """Return the groups of an ID token that the settings list."""
        value = claims.get(self.oidc_claim)
        groups = {value} if isinstance(value, str) else set()
        if isinstance(value, list):
            groups = {group for group in value if isinstance(group, str)}
        return tuple(group for group in self.oidc_scopes if group in groups)

    def scopes_of(self, groups: Collection[str]) -> tuple[str, ...]:
        """Return the scopes of some groups, in the order of `SCOPES`."""
        allowed = {scope for group in groups for scope in self.oidc_scopes.get(group, ())}
        return tuple(scope for scope in SCOPES if scope in allowed)


def read_single_sign_on(environment: Environment) -> SingleSignOn:
    """Return the settings from environment variables.

    Raises
    ------
    InputError
        If a variable is bad, or missing while an issuer is set; the error names it.
    """
    issuer = environment.address("GEOSERVICE_OIDC_ISSUER", is_secure=True)
    missing = [name for name in _NEEDED if not environment.text(name)]
    if issuer and missing:
        raise InputError(f"GEOSERVICE_OIDC_ISSUER needs {', '.join(missing)} too.")
    is_only = environment.flag("GEOSERVICE_OIDC_ONLY")
    if is_only and not issuer:
        raise InputError("GEOSERVICE_OIDC_ONLY needs GEOSERVICE_OIDC_ISSUER too.")
    return SingleSignOn(
        # A slash at the end is part of the issuer's name.
        environment.text("GEOSERVICE_OIDC_ISSUER"),
        environment.text("GEOSERVICE_OIDC_CLIENT_ID"),
        environment.file("GEOSERVICE_OIDC_CLIENT_SECRET_FILE"),
        environment.file("GEOSERVICE_OIDC_CA_FILE"),
        environment.text("GEOSERVICE_OIDC_CLAIM", "groups"),
        _group_scopes(environment.text("GEOSERVICE_OIDC_SCOPES")),
        tuple(environment.text("GEOSERVICE_OIDC_ACR").replace(",", " ").split()),
        environment.number("GEOSERVICE_OIDC_MAX_AGE_MINUTES", 0),
        is_only,
    )


def _group_scopes(text: str) -> dict[str, tuple[str, ...]]:
    """Return scopes by group from a text such as ``planners=maps:read,geocode; chiefs=admin``."""
    scopes: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        group, _, listed = part.rpartition("=")
        names = tuple(listed.replace(",", " ").split())
        if not group.strip() or not names or set(names) - set(SCOPES):
            raise InputError(
                "GEOSERVICE_OIDC_SCOPES lists groups with their scopes, as in "
                f"`planners=maps:read,geocode; chiefs=admin`. Scopes are: {', '.join(SCOPES)}."
            )
        scopes[group.strip()] = names
    return scopes
