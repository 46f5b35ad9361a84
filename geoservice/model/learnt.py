"""What a region's own address points teach about the places of its houses."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from geoservice.model.layers import Finding

FILE = "learnt.json"


@dataclass(frozen=True)
class Learnt:
    """How far houses stand from centerlines, and how far range matches are off.

    The defaults hold where a region has no points to learn from.

    Attributes
    ----------
    offset_m
        Distance of houses from the centerline, to the side of the range.
    inset_m
        Distance that the first and last house keep from the ends of the centerline.
    points
        Count of points it was learnt from.
    length_m, range_uncertainty_m
        Half-width of the 95% interval of range matches at some lengths of the centerline; linear
        between them.
    gap_m, neighbour_uncertainty_m
        The same for matches between neighbouring points, by the distance between these.
    """

    offset_m: float = 12.0
    inset_m: float = 10.0
    points: int = 0
    length_m: tuple[float, ...] = (0.0, 3000.0)
    range_uncertainty_m: tuple[float, ...] = (25.0, 475.0)
    gap_m: tuple[float, ...] = (0.0, 500.0)
    neighbour_uncertainty_m: tuple[float, ...] = (15.0, 165.0)

    def findings(self) -> list[Finding]:
        """What was learnt as a line of the quality report; none where nothing was."""
        if not self.points:
            return []
        said = (f"points teach that houses stand {self.offset_m:g} m beside the centerline and "
                f"{self.inset_m:g} m from its ends")  # fmt: skip
        return [Finding("learnt", "note", "addresses", said, self.points)]

    def to_json(self) -> str:
        """As text."""
        return json.dumps(asdict(self), indent=1)

    @staticmethod
    def from_json(text: str) -> "Learnt":
        """From the text of `to_json`."""
        stored: dict[str, Any] = json.loads(text)
        fields: dict[str, Any] = {
            key: tuple(one) if isinstance(one, list) else one for key, one in stored.items()
        }
        return Learnt(**fields)
