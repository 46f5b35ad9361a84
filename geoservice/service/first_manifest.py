"""The initial ``region.toml`` of a folder: drafted, tried on the region's addresses, written."""

from pathlib import Path

from geoservice.model.counted import counted
from geoservice.region.draft import LayerDraft, RegionDraft
from geoservice.region.drafting import draft_region
from geoservice.region.init import refuse_second_manifest, usable, write_manifest
from geoservice.region.rules import NAME
from geoservice.service.draft_trial import tried_draft


def init_region(folder: Path, *, replace: bool = False) -> list[str]:
    """Write ``region.toml`` into a folder; return lines about the files and columns it uses.

    Raises
    ------
    InputError
        If there is no such folder, no file in it that can be read, or a manifest already.
    """
    refuse_second_manifest(folder, replace=replace)
    trial = tried_draft(usable(draft_region(folder)))
    draft = trial.draft
    write_manifest(draft)
    return [*map(_summary_line, draft.layers), *_missing(draft), *trial.remarks, _next_step()]


def _summary_line(layer: LayerDraft) -> str:
    if layer.kind is None:
        return f"{layer.title}: left out, {layer.reason}"
    set_id = dict(layer.settings).get("id", "")
    return (
        f"{layer.title}: {layer.kind}{' ' if set_id else ''}{set_id}, {counted(layer.rows, 'row')}"
    )


def _missing(draft: RegionDraft) -> list[str]:
    if draft.of("streets") or draft.of("addresses"):
        return []
    return [
        "No file looks like streets with address ranges or like address points, so nothing can be "
        f"geocoded yet. `{NAME}` lists what each file holds."
    ]


def _next_step() -> str:
    return (
        f"Wrote {NAME}. Look at the lines marked `# guessed`, then run `geoservice region check`."
    )
