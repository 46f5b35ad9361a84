"""Places of the findings about a region, worked out once per snapshot."""

from dataclasses import asdict
from typing import Any

from geoservice.errors import GeoserviceError
from geoservice.reference.snapshot import Reference
from geoservice.region.finding_places import finding_places
from geoservice.region.manifest import load_manifest
from geoservice.region.source_hash import source_hash
from geoservice.service.kept import Kept
from geoservice.service.regions import Regions

_MOST_REGIONS = 16


class FindingMap:
    """Places of findings, read from the files that a region was built from."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._kept: Kept[list[dict[str, Any]]] = Kept(_MOST_REGIONS, lambda _: 1)

    def places(self, reference: Reference) -> list[dict[str, Any]]:
        """Return the places: number of the finding, row or id, longitude and latitude.

        Empty if the files are gone or have changed since the build.
        """
        key = (reference.info.id, reference.snapshot)
        return self._kept.get(key, lambda: self._read(reference))

    def _read(self, reference: Reference) -> list[dict[str, Any]]:
        try:
            manifest = load_manifest(self._regions.folder(reference.info.id))
            if source_hash(manifest) != reference.snapshot:
                return []
        except (GeoserviceError, OSError):
            return []
        return [asdict(place) for place in finding_places(manifest, reference.findings())]
