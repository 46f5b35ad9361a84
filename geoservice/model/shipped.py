"""The folders that come with the program: map definitions and the fictional district."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder(name: str) -> Path:
    """Return a folder that comes with the program.

    An installed package carries its copy inside itself; a checkout has the folder at its top.
    """
    installed = _PACKAGE / "shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
