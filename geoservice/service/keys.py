"""Keys and sign-ins for users: the stores of a data folder."""

from geoservice.model.settings import Settings
from geoservice.state.database import connect
from geoservice.state.keys import Keys
from geoservice.state.sessions import Sessions

_MINUTE_S = 60.0


def keys_of(settings: Settings) -> Keys:
    """All keys of a data folder."""
    return Keys(connect(settings.database_url))


def sessions_of(settings: Settings) -> Sessions:
    """All sign-ins of browsers at the service of a data folder."""
    idle_s = settings.limits.session_idle_minutes * _MINUTE_S
    return Sessions(connect(settings.database_url), idle_s)
