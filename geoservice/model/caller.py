"""Who calls the service: what belongs to them, and what they may do."""

from dataclasses import dataclass

LOCAL = "local"
"""Owner of what programs on this machine make without a key, on loopback."""
WORKSPACE = "workspace"
"""Owner of what is made in the workspace that was opened with the token printed at the start."""


@dataclass(frozen=True)
class Caller:
    """One caller.

    Attributes
    ----------
    owner
        Whose jobs they see and make: `LOCAL`, `WORKSPACE`, or ``key:`` with the key's id.
    name
        How the record of disclosures names them.
    scopes
        What they may do.
    """

    owner: str
    name: str
    scopes: tuple[str, ...]

    @property
    def is_admin(self) -> bool:
        """True where they see everything of everybody."""
        return "admin" in self.scopes

    @property
    def role(self) -> str:
        """How the record of disclosures names what they are."""
        return "administrator" if self.is_admin else self.owner.partition(":")[0]

    def may_see(self, owner: str) -> bool:
        """True where something of an owner may be shown to them."""
        return self.is_admin or owner == self.owner


OPERATOR = Caller(LOCAL, "operator of this machine", ("maps:read", "geocode"))
"""Whoever calls on loopback without a key."""
