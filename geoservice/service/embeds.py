"""Embed links of public maps: signed, limited in time, and revocable."""

import base64
import hmac
import time
from collections.abc import Mapping

import orjson

from geoservice.errors import InputError, NotFoundError
from geoservice.model.caller import OPERATOR, Caller
from geoservice.model.digests import HASH
from geoservice.model.settings import Settings
from geoservice.state.database import connect
from geoservice.state.embeds import Embed, Embeds
from geoservice.state.secret import secret_for

DEFAULT_DAYS = 365
MOST_DAYS = 1_830
FORM, FULL = "form", "full"
"""Key and value of the choice of links to the long form; without it a link is compact."""
_DAY_S = 86_400.0
_SIGNATURE_BYTES = 24


class Embedding:
    """All embed links of a data folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._embeds = Embeds(connect(settings.database_url))

    def create(
        self,
        map_id: str,
        region: str,
        choice: Mapping[str, str],
        days: float = DEFAULT_DAYS,
        caller: Caller = OPERATOR,
    ) -> Embed:
        """Return a new link of a caller to a map. ``choice`` must be valid for the map.

        Raises
        ------
        InputError
            If the days are too many, or none.
        """
        if not 0 < days <= MOST_DAYS:
            raise InputError(f"A link must be valid for 1 to {MOST_DAYS} days.")
        expires = time.time() + days * _DAY_S
        return self._embeds.add(map_id, region, _without_defaults(choice), expires, caller.owner)

    def shared(self, map_id: str, region: str, choice: Mapping[str, str], caller: Caller) -> Embed:
        """Return a caller's link to the map that lives half of the default time, else a new one."""
        soon = time.time() + DEFAULT_DAYS * _DAY_S / 2
        embed = self._embeds.like(map_id, region, _without_defaults(choice), soon, caller)
        return embed or self.create(map_id, region, choice, caller=caller)

    def token(self, embed: Embed) -> str:
        """Return the token of a link: its id, and a signature over its map, choice and expiry."""
        content = [embed.id, embed.map, embed.region, dict(embed.choice), embed.expires]
        message = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        secret = secret_for("embed links", self._settings)
        digest = hmac.digest(secret, message, HASH)[:_SIGNATURE_BYTES]
        return f"{embed.id}.{base64.urlsafe_b64encode(digest).decode()}"

    def opened(self, token: str) -> Embed:
        """Return the link of a token.

        Raises
        ------
        NotFoundError
            If it is wrong, over, or revoked; which of these is not told.
        """
        embed = self._embeds.find(token.partition(".")[0])
        good = embed is not None and hmac.compare_digest(
            self.token(embed).encode(), token.encode("utf-8", "replace")
        )
        if not good or embed is None or self.state(embed) != "in use":
            raise NotFoundError(
                "This link is wrong, has expired, or was revoked. Ask for a new one."
            )
        return embed

    def state(self, embed: Embed) -> str:
        """Return ``in use``, ``revoked`` or ``over``."""
        if embed.revoked is not None:
            return "revoked"
        return "in use" if embed.expires > time.time() else "over"

    def list(self, caller: Caller = OPERATOR) -> list[Embed]:
        """Return the links that a caller may see, oldest first."""
        return self._embeds.list(caller)

    def revoke(self, embed_id: str, caller: Caller = OPERATOR) -> None:
        """Revoke a link at once.

        Raises
        ------
        NotFoundError
            If the caller sees no link of that id.
        """
        self._embeds.revoke(embed_id, caller)


def _without_defaults(choice: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in sorted(choice.items()) if value}
