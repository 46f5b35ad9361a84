"""Keys for users: the store of a data folder."""

from geoservice.model.settings import Settings
from geoservice.state.database import connect
from geoservice.state.keys import Keys


def keys_of(settings: Settings) -> Keys:
    """All keys of a data folder."""
    return Keys(connect(settings.database_url))
