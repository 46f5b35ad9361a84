"""Settings as text in environment variables. A bad value is an error that names its variable."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from geoservice.errors import InputError

_FLAGS = {"": False, "false": False, "true": True}
_MOST_DIGITS = 15
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Environment:
    """Environment variables, read by the type of each setting."""

    variables: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        """Return a text; the default where the variable is absent or empty."""
        return self.variables.get(name, "").strip() or default

    def number(self, name: str, default: int, least: int = 0) -> int:
        """Return a whole number of at least ``least``.

        Raises
        ------
        InputError
            If the value is bad; the error names the variable, as in all methods of this class.
        """
        text = self.text(name, str(default))
        is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
        if not is_number or int(text) < least:
            raise InputError(f"{name} must be a whole number of at least {least}.")
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

    def folder(self, name: str) -> Path | None:
        """Return the path of an existing folder; None if the variable is absent."""
        path = self.path(name)
        if path is not None and not path.is_dir():
            raise InputError(f"{name} names a folder that does not exist.")
        return path

    def words(self, name: str, word: re.Pattern[str], example: str) -> tuple[str, ...]:
        """Return words between blanks or commas, each of a pattern."""
        words = tuple(self.text(name).replace(",", " ").split())
        if not all(word.fullmatch(text) for text in words):
            raise InputError(f"{name} must be a list such as `{example}`.")
        return words

    def connection(self, name: str, schemes: Collection[str]) -> str:
        """Return the URL of another system, of one of some schemes; empty if it is absent."""
        text = self.text(name)
        try:
            parts = urlsplit(text)
            is_whole = parts.port is None or parts.port > 0
        except ValueError:
            is_whole, parts = False, urlsplit("")
        if text and not (is_whole and parts.scheme in schemes):
            listed = " or ".join(f"{scheme}://" for scheme in schemes)
            raise InputError(f"{name} must be an address that begins with {listed}.")
        return text

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
