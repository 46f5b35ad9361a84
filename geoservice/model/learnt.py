"""House positions relative to centerlines, estimated from a region's own address points."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from geoservice.model.layers import Finding

FILE = "learnt.json"


@dataclass(frozen=True)
class Learnt:
    """Distances of houses from centerlines, and the uncertainty of range matches.

    A region without address points uses the defaults.

    Attributes
    ----------
    offset_m
        Distance of houses from the centerline, on the side of the range.
    inset_m
        Distance that the first and last house keep from the ends of the centerline.
    points
        Number of points behind the estimates.
    length_m, range_uncertainty_m
        Half-width of the 95% interval of range matches by length of the centerline; linear between
        the listed lengths.
    gap_m, neighbour_uncertainty_m
        The same for matches between two neighbouring points, by their distance.
    """

    offset_m: float = 12.0
    inset_m: float = 10.0
    points: int = 0
    length_m: tuple[float, ...] = (0.0, 3000.0)
    range_uncertainty_m: tuple[float, ...] = (25.0, 475.0)
    gap_m: tuple[float, ...] = (0.0, 500.0)
    neighbour_uncertainty_m: tuple[float, ...] = (15.0, 165.0)

    def findings(self) -> list[Finding]:
        """Return the estimates as a line of the quality report; no line without points."""
        if not self.points:
            return []
        message = (
            f"[point shows|points show] that houses stand {self.offset_m:g} m beside "
            "the centerline and "
            f"{self.inset_m:g} m from its ends"
        )
        return [Finding("learnt", "note", "addresses", message, self.points)]

    def to_json(self) -> str:
        """Return the estimates as JSON."""
        return json.dumps(asdict(self), indent=1)

    @staticmethod
    def from_json(text: str) -> "Learnt":
        """Return the estimates from the text of `to_json`."""
        stored: dict[str, Any] = json.loads(text)
        fields: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
        }
        return Learnt(**fields)
