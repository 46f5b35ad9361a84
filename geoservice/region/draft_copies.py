"""Layers of a draft that say the same twice: one of them is used."""

from collections.abc import Sequence

from geoservice.region.draft import LayerDraft

_COMPARED_ROWS = 1_000


def with_one_school_list(drafts: Sequence[LayerDraft]) -> list[LayerDraft]:
    """Only the fullest list of schools is kept: a region has one section of schools."""
    lists = [draft for draft in drafts if draft.kind == "schools"]
    if not lists:
        return list(drafts)
    kept = max(lists, key=_fullness)
    reason = f"a region has one list of schools, and `{kept.title}` is the fuller list"
    return [draft.left_out(reason) if draft.kind == "schools" and draft is not kept else draft
            for draft in drafts]  # fmt: skip


def _fullness(draft: LayerDraft) -> tuple[int, int, int]:
    """How much a list of schools says: places and grades first, then fields, then rows."""
    has_place = draft.center is not None
    has_grades = bool({"grades", "low_grade", "level"} & set(draft.fields))
    return (has_place + has_grades, len(draft.fields), draft.rows)


def without_copies(drafts: Sequence[LayerDraft]) -> list[LayerDraft]:
    """The same list in two formats is used once: with its geometry, where one copy has it."""
    kept: list[LayerDraft] = []
    for draft in sorted(drafts, key=lambda draft: draft.raw is None or draft.raw.geometry is None):
        twin = next((other for other in kept if _is_copy(draft, other)), None)
        kept.append(draft.left_out(f"it holds the same list as `{twin.title}`") if twin else draft)
    order = {id(draft.raw): place for place, draft in enumerate(drafts)}
    return sorted(kept, key=lambda draft: order[id(draft.raw)])


def _is_copy(draft: LayerDraft, other: LayerDraft) -> bool:
    if draft.kind is None or draft.kind != other.kind or draft.path == other.path:
        return False
    stems = {layer.path.name.split(".")[0].lower() for layer in (draft, other)}
    columns = [{column.lower()[:10] for column in layer.columns} for layer in (draft, other)]
    alike = len(columns[0] & columns[1]) >= len(min(columns, key=len)) - 2
    same_rows = draft.rows == other.rows
    return same_rows and (len(stems) == 1 or (alike and _same_cells(draft, other)))


def _same_cells(draft: LayerDraft, other: LayerDraft) -> bool:
    """Whether the first rows of both have the same cells in the columns that both map alike."""
    if draft.raw is None or other.raw is None:
        return False
    shared = [name for name in draft.fields if name in other.fields and name not in ("lon", "lat")]
    heads = [
        set(
            layer.raw.frame.head(_COMPARED_ROWS)
            .select(layer.fields[name] for name in shared)
            .rows()
        )
        for layer in (draft, other)
        if layer.raw is not None
    ]
    return bool(shared) and heads[0] == heads[1]
