"""Vector tiles of the regions: the offline basemap."""

from collections.abc import Callable

from geoservice.errors import NotFoundError
from geoservice.reference.once import OncePerReference
from geoservice.reference.snapshot import Reference
from geoservice.tiles.layers import LAYERS, VERSION, TileLayer
from geoservice.tiles.mercator import MOST_ZOOM, TileId

_FIELDS = {"streets": {"class": "Number", "name": "String"}, "background": {"name": "String"}}
_UNIT_FIELDS = {"set": "String", "id": "String", "name": "String"}
_INNER_LAYERS = {"background": ("water", "streams", "parks", "railways", "places")}


class Tiles:
    """All tile layers of all regions; the input of a region's tiles is prepared once."""

    def __init__(self) -> None:
        self._layers: dict[str, Callable[[Reference], TileLayer]] = {
            name: OncePerReference(make) for name, make in LAYERS.items()
        }

    def tile(self, layer: str, tile: TileId, reference: Reference) -> bytes:
        """Return a tile as MVT; empty if it has no features.

        Raises
        ------
        NotFoundError
            If there is no such layer, or no such tile.
        """
        self._refuse_unknown(layer)
        if not tile.exists:
            raise NotFoundError("There is no such tile.")
        return self._layers[layer](reference).tile(tile)

    def stamp(self, layer: str, reference: Reference) -> str:
        """Return a text that changes whenever a byte of the layer's tiles may change."""
        return f"{reference.info.id} {reference.snapshot} {layer} {VERSION}"

    def about(self, layer: str, reference: Reference, url: str) -> dict[str, object]:
        """Return the TileJSON 3.0 of a layer; ``url`` has z, x and y in braces."""
        self._refuse_unknown(layer)
        bounds = [round(degrees, 5) for degrees in reference.extent]
        sources = sorted(
            {
                source.source or source.file
                for source in reference.info.sources
                if source.dataset == layer
            }
        )
        return {
            "tilejson": "3.0.0",
            "tiles": [url],
            "minzoom": 0,
            "maxzoom": MOST_ZOOM,
            "bounds": bounds,
            "name": f"{reference.info.name}: {layer}",
            "attribution": ", ".join(sources),
            "version": f"{VERSION}.0.0",
            "vector_layers": [
                {"id": name, "fields": _FIELDS.get(layer, _UNIT_FIELDS)}
                for name in _INNER_LAYERS.get(layer, (layer,))
            ],
        }

    def _refuse_unknown(self, layer: str) -> None:
        if layer not in self._layers:
            raise NotFoundError(f"Tile layers are: {', '.join(self._layers)}.")
