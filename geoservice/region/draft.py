"""A region as its folder shows it: every layer, what it seems to be, and the ways to read it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from geoservice.region.guess_crs import Place
from geoservice.region.raw_table import RawTable


@dataclass(frozen=True)
class LayerDraft:
    """One layer of a file: what it seems to be, or why it is left out.

    Attributes
    ----------
    readings
        Ways to map our fields to its columns, the likeliest first; ``chosen`` is the place of the
        reading that the manifest will have.
    settings
        Further keys of its section and their values, such as ``crs``.
    remarks
        What the reader of the manifest should know.
    center
        The middle of the layer in degrees; None where it has no place.
    """

    path: Path
    layer: str | None
    kind: str | None
    reason: str = ""
    readings: tuple[dict[str, str], ...] = ()
    chosen: int = 0
    settings: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    raw: RawTable | None = None
    center: Place | None = None
    sheet: str | None = None

    @property
    def title(self) -> str:
        """The file's name, and the layer's or sheet's where the file has several."""
        part = f", layer {self.layer}" if self.layer else ""
        return self.path.name + (part or (f", sheet {self.sheet}" if self.sheet else ""))

    @property
    def fields(self) -> dict[str, str]:
        """The chosen reading."""
        return self.readings[self.chosen] if self.readings else {}

    @property
    def rows(self) -> int:
        """Number of rows of the file."""
        return 0 if self.raw is None else len(self.raw.frame)

    @property
    def columns(self) -> list[str]:
        """The columns of the file."""
        return (
            [] if self.raw is None else [name for name in self.raw.frame.columns if name != "row"]
        )

    def left_out(self, reason: str) -> "LayerDraft":
        """The layer, left out for a reason."""
        return replace(self, kind=None, reason=reason)


@dataclass(frozen=True)
class RegionDraft:
    """All layers of a folder, and the CRS that distances are measured in."""

    folder: Path
    layers: tuple[LayerDraft, ...]
    metric_crs: str

    def of(self, kind: str) -> list[LayerDraft]:
        """The layers of a kind."""
        return [layer for layer in self.layers if layer.kind == kind]

    def with_layers(self, layers: Sequence[LayerDraft]) -> "RegionDraft":
        """The draft with other layers."""
        return replace(self, layers=tuple(layers))
