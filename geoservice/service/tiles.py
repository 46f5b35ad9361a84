"""Vector tiles of the regions: the offline basemap."""

from collections.abc import Callable

from geoservice.errors import NotFoundError
from geoservice.reference.once import OncePerReference
from geoservice.reference.snapshot import Reference
from geoservice.tiles.layers import LAYERS, VERSION, Polygons, Streets
from geoservice.tiles.mercator import MOST_ZOOM, TileId


class Tiles:
    """All tile layers of all regions; what they are cut from is made once for each region."""

    def __init__(self) -> None:
        self._layers: dict[str, Callable[[Reference], Streets | Polygons]] = {
            name: OncePerReference(make) for name, make in LAYERS.items()
        }

    def tile(self, layer: str, tile: TileId, reference: Reference) -> bytes:
        """One tile as MVT; empty where nothing lies in it.

        Raises
        ------
        NotFoundError
            Where there is no such layer, or no such tile.
        """
        self._refuse_unknown(layer)
        if not tile.exists:
            raise NotFoundError("There is no such tile.")
        return self._layers[layer](reference).tile(tile)

    def stamp(self, layer: str, reference: Reference) -> str:
        """Changes when any byte of the layer's tiles may."""
        return f"{reference.info.id} {reference.snapshot} {layer} {VERSION}"

    def about(self, layer: str, reference: Reference, url: str) -> dict[str, object]:
        """What TileJSON 3.0 says of a layer; ``url`` has the places of z, x and y in braces."""
        self._refuse_unknown(layer)
        fields = {"class": "Number", "name": "String"} if layer == "streets" else {
            "set": "String", "id": "String", "name": "String"}  # fmt: skip
        bounds = [round(degrees, 5) for degrees in reference.extent]
        sources = sorted({one.source or one.file for one in reference.info.sources
                          if one.dataset == layer})  # fmt: skip
        return {"tilejson": "3.0.0", "tiles": [url], "minzoom": 0, "maxzoom": MOST_ZOOM,
                "bounds": bounds, "name": f"{reference.info.name}: {layer}",
                "attribution": ", ".join(sources), "version": f"{VERSION}.0.0",
                "vector_layers": [{"id": layer, "fields": fields}]}  # fmt: skip

    def _refuse_unknown(self, layer: str) -> None:
        if layer not in self._layers:
            raise NotFoundError(f"Tile layers are: {', '.join(self._layers)}.")
