"""Settings of the publisher that the catalogue of public data names."""

import re
from dataclasses import dataclass

from geoservice.errors import InputError
from geoservice.model.environment import Environment

_EMAIL_SETTING = "GEOSERVICE_PUBLISHER_EMAIL"
_EMAIL = re.compile(r"[\w.%+-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,}", re.ASCII)
"""An address that may follow ``mailto:`` as it stands, as DCAT-US allows it."""


@dataclass(frozen=True)
class Publisher:
    """Each field is a setting: ``publisher_name`` is ``GEOSERVICE_PUBLISHER_NAME``.

    Attributes
    ----------
    publisher_name
        Name of the office that publishes; empty for the name of each region.
    publisher_email
        E-mail address for questions about the data; empty, the default, for none.
    """

    publisher_name: str = ""
    publisher_email: str = ""

    @property
    def remedy(self) -> str:
        """The missing settings of a complete catalogue, and how to set them; empty if complete."""
        if self.publisher_email:
            return ""
        return (
            f"{_EMAIL_SETTING} is not set. /data.json names no contact, which open data portals "
            f"require. Set {_EMAIL_SETTING} to an address such as data@district.example.org."
        )


def read_publisher(environment: Environment) -> Publisher:
    """Return the settings from environment variables.

    Raises
    ------
    InputError
        If the address is no e-mail address.
    """
    email = environment.text(_EMAIL_SETTING).removeprefix("mailto:")
    if email and not _EMAIL.fullmatch(email):
        raise InputError(
            f"{_EMAIL_SETTING} must be an e-mail address such as data@district.example.org."
        )
    return Publisher(environment.text("GEOSERVICE_PUBLISHER_NAME"), email)
