"""The reference of settings: names and defaults from the program, meanings from a file of texts."""

import tomllib
from pathlib import Path

from geoservice.model.limits import Limits
from geoservice.model.settings import Settings
from tools.site.markdown import code, table

_TEXTS = Path(__file__).with_name("setting_texts.toml")
_NO_DEFAULT = ("GEOSERVICE_HOME", "GEOSERVICE_DATABASE")
"""Settings whose default depends on the machine."""
_INTRODUCTION = """\
# Settings

This page is generated from the program. Settings are environment variables. `geoservice settings` prints all
of them with their values, without secrets. If a value is wrong, the program names the setting and does
not start.
"""
_HOME = "The default data folder is `~/.local/share/geoservice`.\n"
_LIMITS = """\
## Limits

A request that passes a limit gets the answer in the last column. Answers 429 and 503 carry `Retry-After`.
"""


def page() -> str:
    """Return the page.

    Raises
    ------
    KeyError
        If a setting has no text, or a text has no setting.
    """
    texts = tomllib.loads(_TEXTS.read_text("utf-8"))
    described = {*texts["settings"], *texts["limits"]}
    if described != set(Settings.variables()):
        raise KeyError(f"settings without text: {described ^ set(Settings.variables())}")
    settings = Settings.read({"HOME": "~"}).shown()
    rows = [
        (code(name), "" if name in _NO_DEFAULT else code(settings[name]), text)
        for name, text in texts["settings"].items()
    ]
    defaults = {f"GEOSERVICE_{name.upper()}": value for name, value in vars(Limits()).items()}
    limits = [
        (code(name), f"{defaults[name]:,}", text, answer)
        for name, (text, answer) in texts["limits"].items()
    ]
    header = ("setting", "default", "meaning")
    return "\n".join(
        [
            _INTRODUCTION,
            table(header, rows),
            _HOME,
            _LIMITS,
            table((*header, "answer"), limits),
        ]
    )
