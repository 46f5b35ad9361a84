"""A folder for all temporary files of a test run: what tests leave there is listed, then removed."""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_VARIABLE, _PREFIX = "TESTS_RUN_FOLDER", "gs-run-"
_DAY_S = 86_400.0


def open_run_folder() -> bool:
    """Send temporary files of this run to a folder; return whether this process has made it.

    Processes of the run inherit it. The folders of pytest stay where they are: pytest keeps those
    of the last failures.
    """
    if _VARIABLE in os.environ:
        return False
    common = tempfile.gettempdir()
    _remove_abandoned(Path(common))
    # Sockets lie in it: their path has at most 107 characters. PostgreSQL's user passes it.
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(0o711)
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", common)
    os.environ[_VARIABLE] = os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None
    return True


def _remove_abandoned(common: Path) -> None:
    """Remove the folders of killed runs: no run takes a day."""
    for path in common.glob(f"{_PREFIX}*"):
        with suppress(FileNotFoundError):  # Another run may end just now.
            about = path.lstat()
            if about.st_uid == os.getuid() and time.time() - about.st_mtime > _DAY_S:
                shutil.rmtree(path, ignore_errors=True)


def run_folder() -> Path:
    """Return the folder of this run."""
    return Path(os.environ[_VARIABLE])


def leftovers() -> list[str]:
    """Return the names of all files and folders that tests of this run left."""
    return sorted(path.name for path in run_folder().iterdir())


def close_run_folder() -> None:
    """Remove the folder of this run."""
    shutil.rmtree(run_folder(), ignore_errors=True)
