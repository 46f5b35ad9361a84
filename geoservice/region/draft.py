"""Draft of a region: every layer of a folder, its likely kind, and its possible readings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from geoservice.region.guess_crs import LonLat
from geoservice.region.raw_table import RawTable


@dataclass(frozen=True)
class LayerDraft:
    """A layer of a file, with its likely kind or the reason for its omission.

    Attributes
    ----------
    readings
        Possible mappings of fields to columns, most likely first; ``chosen`` is the index of the
        mapping for the manifest.
    settings
        Further keys of the manifest section with their values, such as ``crs``.
    remarks
        Comments for the reader of the manifest.
    center
        The middle of the layer in degrees; None without coordinates.
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
    center: LonLat | None = None
    sheet: str | None = None

    @property
    def title(self) -> str:
        """The name of the file, with the layer or sheet if the file has several."""
        part = f", layer {self.layer}" if self.layer else ""
        return self.path.name + (part or (f", sheet {self.sheet}" if self.sheet else ""))

    @property
    def fields(self) -> dict[str, str]:
        """The chosen mapping of fields to columns."""
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
        """Return the layer as left out, with the reason."""
        return replace(self, kind=None, reason=reason)


@dataclass(frozen=True)
class RegionDraft:
    """All layers of a folder, and the CRS for distances."""

    folder: Path
    layers: tuple[LayerDraft, ...]
    metric_crs: str

    def of(self, kind: str) -> list[LayerDraft]:
        """Return the layers of a kind."""
        return [layer for layer in self.layers if layer.kind == kind]

    def with_layers(self, layers: Sequence[LayerDraft]) -> "RegionDraft":
        """Return the draft with other layers."""
        return replace(self, layers=tuple(layers))
