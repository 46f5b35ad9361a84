"""Maps of the library: drawn maps to which all of Folium can be added."""

import os
from html import escape
from pathlib import Path
from typing import Any, BinaryIO

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.page.drawn_map import DrawnMap
from geoservice.service.maps import Maps
from geoservice.service.scenario_result import ScenarioResult

_NOTEBOOK_PX = 760


class RegionMap(DrawnMap):
    """A drawn map of a region: a ``folium.Map``, so that all of Folium can be added to it.

    ``folium.Marker(...).add_to(m)``, layers, plugins, ``m.fit_bounds`` and ``m.save`` work as on
    every map of Folium. ``drawing`` is the figure.
    """

    def __init__(self, drawing: Drawing, maps: Maps) -> None:
        super().__init__(drawing)
        self._maps = maps

    @property
    def folium(self) -> "RegionMap":
        """Return the map itself, as in version 0.1."""
        return self

    def save(
        self,
        outfile: str | bytes | os.PathLike[str] | BinaryIO,
        close_file: bool = True,
        *,
        size: str = "",
        **_: Any,  # noqa: ANN401 - what Folium takes
    ) -> None:
        """Write the map as a page with everything added, or the figure in another format.

        Parameters
        ----------
        outfile
            A path whose ending gives the format, or a file that takes the bytes of the page. The
            page opens without a network. Pictures and tables show the figure alone.
        close_file
            Whether to close a file that was given.
        size
            Of pictures: ``slide``, ``letter``, ``landscape``, ``figure`` or ``square``.

        Raises
        ------
        InputError
            If a plugin or layer needs another host.
        """
        if isinstance(outfile, str | bytes | os.PathLike):
            path = Path(os.fsdecode(outfile))
            if path.suffix.lower() == ".html":
                self._maps.write_content(self.page().encode(), path)
            else:
                self._maps.write(self.drawing, path, size=size)
            return
        outfile.write(self.page().encode())
        if close_file:
            outfile.close()

    def _repr_html_(self, **_: Any) -> str:  # noqa: ANN401 - what Folium takes
        """Return the map in its own frame, separate from the notebook's styles."""
        title = escape(f"{self.drawing.title} {self.drawing.subtitle}")
        return (
            f'<iframe title="{title}" srcdoc="{escape(self.page())}" width="100%" '
            f'height="{_NOTEBOOK_PX}" style="border:0" allowfullscreen></iframe>'
        )


class RegionScenario(ScenarioResult):
    """A scenario applied: ``schools``, ``areas``, ``moves``, ``zones`` and maps."""

    def map(self, name: str = "scenario", **choice: str) -> RegionMap:
        """Return a map: ``scenario``, ``scenario-utilisation`` or ``scenario-access``."""
        return RegionMap(self.drawing(name, **choice), Maps(self.settings))
