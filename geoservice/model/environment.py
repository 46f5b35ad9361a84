"""Settings as text in environment variables. A bad value is an error that names its variable."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from geoservice.errors import InputError

_FLAGS = {"": False, "false": False, "true": True}
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Environment:
    """Environment variables, read by the type of each setting."""

    variables: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        """Return a text; the default where the variable is absent or empty."""
        return self.variables.get(name, "").strip() or default

    def number(self, name: str, default: int) -> int:
        """Return a whole number of at least 0.

        Raises
        ------
        InputError
            If the value is bad; the error names the variable, as in all methods of this class.
        """
        text = self.text(name, str(default))
        if not (text.isascii() and text.isdecimal()):
            raise InputError(f"{name} must be a whole number of at least 0.")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return ``true`` or ``false`` as a boolean; False if the variable is absent."""
        value = _FLAGS.get(self.text(name).lower())
        if value is None:
            raise InputError(f"{name} must be `true` or `false`.")
        return value

    def choice(self, name: str, choices: Collection[str], default: str) -> str:
        """Return a word of ``choices`` in lower case."""
        text = self.text(name, default).lower()
        if text not in choices:
            raise InputError(f"{name} must be one of: {', '.join(choices)}.")
        return text

    def path(self, name: str) -> Path | None:
        """Return an absolute path; None if the variable is absent."""
        text = self.text(name)
        return Path(text).expanduser().absolute() if text else None

    def file(self, name: str) -> Path | None:
        """Return the path of an existing file; None if the variable is absent."""
        path = self.path(name)
        if path is not None and not path.is_file():
            raise InputError(f"{name} names a file that does not exist.")
        return path

    def address(self, name: str, *, is_secure: bool = False) -> str:
        """Return an http or https URL without a final slash; empty if the variable is absent.

        With ``is_secure`` only https is allowed, except on this machine.
        """
        text = self.text(name).rstrip("/")
        if not text:
            return ""
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise InputError(f"{name} must be an address such as `https://maps.example.org`.")
        if is_secure and parts.scheme == "http" and parts.hostname not in _LOCAL:
            raise InputError(f"{name} must be an https address.")
        return text
