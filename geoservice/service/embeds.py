"""Embed links for users: signed, with an end, revocable, of public maps only."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

import orjson

from geoservice.errors import InputError, NotFoundError
from geoservice.model.settings import Settings
from geoservice.state.database import connect
from geoservice.state.embeds import Embed, Embeds
from geoservice.state.secret import secret_for

DEFAULT_DAYS = 365
MOST_DAYS = 1_830
_DAY_S = 86_400.0
_SIGNATURE_BYTES = 24


class Embedding:
    """All embed links of a data folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._embeds = Embeds(connect(settings.database_url))

    def create(
        self, map_id: str, region: str, choice: Mapping[str, str], days: float = DEFAULT_DAYS
    ) -> Embed:
        """A new link to a map. ``choice`` must be one that the map can be drawn for.

        Raises
        ------
        InputError
            Where the days are too many, or none.
        """
        if not 0 < days <= MOST_DAYS:
            raise InputError(f"A link lives for 1 to {MOST_DAYS} days.")
        return self._embeds.add(map_id, region, _said(choice), time.time() + days * _DAY_S)

    def shared(self, map_id: str, region: str, choice: Mapping[str, str]) -> Embed:
        """A link that shows the same and lives for half of the usual time at least; else a new one."""
        soon = time.time() + DEFAULT_DAYS * _DAY_S / 2
        known = self._embeds.like(map_id, region, _said(choice), soon)
        return known or self.create(map_id, region, choice)

    def token(self, embed: Embed) -> str:
        """What stands in the link: the id, and a signature over all that the link may show."""
        content = [embed.id, embed.map, embed.region, dict(embed.choice), embed.expires]
        message = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        secret = secret_for("embed links", self._settings)
        digest = hmac.new(secret, message, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
        return f"{embed.id}.{base64.urlsafe_b64encode(digest).decode()}"

    def opened(self, token: str) -> Embed:
        """The link of a token.

        Raises
        ------
        NotFoundError
            Where it is wrong, over, or revoked; which of these is not told.
        """
        found = self._embeds.find(token.partition(".")[0])
        good = found is not None and hmac.compare_digest(
            self.token(found).encode(), token.encode("utf-8", "replace")
        )
        if not good or found is None or self.state(found) != "in use":
            raise NotFoundError("This link is wrong, is over, or was revoked. Ask for a new one.")
        return found

    def state(self, embed: Embed) -> str:
        """``in use``, ``revoked`` or ``over``."""
        if embed.revoked is not None:
            return "revoked"
        return "in use" if embed.expires > time.time() else "over"

    def list(self) -> list[Embed]:
        """All links, oldest first."""
        return self._embeds.list()

    def revoke(self, embed_id: str) -> None:
        """Make a link useless from now on."""
        self._embeds.revoke(embed_id)


def _said(choice: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in sorted(choice.items()) if value}
