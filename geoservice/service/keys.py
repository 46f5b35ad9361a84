"""Keys and sign-ins of a data folder, for users."""

from geoservice.model.settings import Settings
from geoservice.service.single_sign_on import SignInDesk
from geoservice.state.database import connect
from geoservice.state.keys import Keys
from geoservice.state.pending_sign_ins import PendingSignIns
from geoservice.state.sessions import Sessions

_MINUTE_S = 60.0


def keys_of(settings: Settings) -> Keys:
    """Return all keys of a data folder."""
    return Keys(connect(settings.database_url))


def sessions_of(settings: Settings) -> Sessions:
    """Return all sign-ins of browsers at the service of a data folder."""
    idle_s = settings.limits.session_idle_minutes * _MINUTE_S
    return Sessions(connect(settings.database_url), idle_s)


def desk_of(settings: Settings) -> SignInDesk | None:
    """Return the desk for sign-in with district accounts; None if no identity provider is set."""
    if not settings.single_sign_on.is_on:
        return None
    pending = PendingSignIns(connect(settings.database_url))
    return SignInDesk(settings.single_sign_on, pending, sessions_of(settings))
