"""Files of earlier versions that nothing reads any more."""

import shutil
from pathlib import Path

_UNUSED = ("releases",)
"""Folders of the data folder: version 0.1 kept there what it had released."""


def remove_leftovers(home: Path) -> None:
    """Remove what earlier versions kept in a data folder and this one does not use; what cannot be removed stays."""
    for name in _UNUSED:
        if (home / name).is_dir():
            shutil.rmtree(home / name, ignore_errors=True)
