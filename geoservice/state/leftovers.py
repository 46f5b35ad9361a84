"""Remove files of earlier versions that this version does not read."""

import shutil
from pathlib import Path

_UNUSED = ("releases",)
"""Unused folders of the data folder: version 0.1 stored its releases there."""


def remove_leftovers(home: Path) -> None:
    """Remove the unused folders of a data folder; ignore folders that cannot be removed."""
    for name in _UNUSED:
        if (home / name).is_dir():
            shutil.rmtree(home / name, ignore_errors=True)
