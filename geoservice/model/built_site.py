"""The built documents: a folder of pages that the package or a checkout has."""

from pathlib import Path

from geoservice.model.shipped import shipped_folder

REMEDY = "The documents are not built. `make docs` builds them in a checkout."


def built_site() -> Path | None:
    """Return the folder of the built documents; None if they are not built."""
    folder = shipped_folder("build/site")
    return folder if (folder / "index.html").is_file() else None
