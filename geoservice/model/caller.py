"""The caller of a request: the owner of its data, and its permissions."""

from dataclasses import dataclass

SCOPES = ("maps:read", "geocode", "metrics:read", "students:read", "students:write", "admin")
"""All permissions of callers."""
LOCAL = "local"
"""Owner of jobs and data sets that local programs create without a key, on loopback."""
WORKSPACE = "workspace"
"""Owner of jobs and data sets of the workspace, which the token printed at the start opens."""


@dataclass(frozen=True)
class Caller:
    """The caller of a request.

    Attributes
    ----------
    owner
        Owner of the caller's jobs: `LOCAL`, `WORKSPACE`, ``key:`` with the key's id, or
        ``user:`` with a hash of the account at the identity provider.
    name
        Name of the caller in the record of disclosures.
    scopes
        Permissions of the caller.
    """

    owner: str
    name: str
    scopes: tuple[str, ...]

    @property
    def is_admin(self) -> bool:
        """Return whether the caller sees the data of all owners."""
        return "admin" in self.scopes

    @property
    def is_operator(self) -> bool:
        """Return whether the caller operates this machine: on loopback, by token or without."""
        return self.owner in (LOCAL, WORKSPACE)

    @property
    def role(self) -> str:
        """Return the caller's role for the record of disclosures."""
        return "administrator" if self.is_admin else self.owner.partition(":")[0]

    def may_see(self, owner: str) -> bool:
        """Return whether the caller may see data of an owner."""
        return self.is_admin or owner == self.owner


OPERATOR = Caller(LOCAL, "operator of this machine", ("maps:read", "geocode", "metrics:read"))
"""The caller of a request on loopback without a key."""
