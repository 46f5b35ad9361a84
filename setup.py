"""Build a package that carries the map definitions and the fictional district with it."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TOP = Path(__file__).resolve().parent


class BuildWithShippedFolders(build_py):
    """Copy the folders at the top of the checkout into ``geoservice/shipped`` of the package."""

    def run(self) -> None:
        """Build the modules, then add the folders; an editable installation reads the checkout."""
        super().run()
        if self.editable_mode:
            return
        shipped = Path(self.build_lib) / "geoservice" / "shipped"
        for folder in ("maps", "shapefiles/riverbend"):
            shutil.copytree(TOP / folder, shipped / folder, dirs_exist_ok=True)
        site = TOP / "build" / "site"  # The documents, where `make docs` has built them.
        if site.is_dir():
            shutil.copytree(site, shipped / "build" / "site", dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithShippedFolders})
