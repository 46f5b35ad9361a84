"""Removal of duplicate layers from a draft."""

from collections.abc import Sequence

from geoservice.region.columns import file_columns
from geoservice.region.draft import LayerDraft
from geoservice.region.draft_kinds import normalized_schools

_COMPARED_ROWS = 1_000
_MOSTLY = 0.5


def with_one_school_list(drafts: Sequence[LayerDraft]) -> list[LayerDraft]:
    """Return the drafts with a single school list, because a manifest has one.

    The list that matches most zone layers is kept; in a tie the most complete list.
    """
    lists = [draft for draft in drafts if draft.kind == "schools"]
    if not lists:
        return list(drafts)
    zones = [draft for draft in drafts if draft.kind == "zones"]
    chosen = max(lists, key=lambda draft: (_named_by(zones, draft), *_fullness(draft)))
    is_named = any(_named_by(zones, draft) < _named_by(zones, chosen) for draft in lists)
    advantage = "has the schools of the zones" if is_named else "is more complete"
    reason = f"a region has one list of schools, and `{chosen.title}` {advantage}"
    return [
        draft.left_out(reason) if draft.kind == "schools" and draft is not chosen else draft
        for draft in drafts
    ]


def _named_by(zones: Sequence[LayerDraft], schools: LayerDraft) -> int:
    """Return the number of zone layers whose zones mostly name schools of a list."""
    if schools.raw is None:
        return 0
    keys = normalized_schools(schools.fields, schools.raw.frame)
    named = [
        column
        for layer in zones
        if layer.raw is not None
        for column in file_columns(layer.raw.frame)
        if column.name == layer.fields.get("school_id")
    ]
    return sum(keys.share_of(column)[0] >= _MOSTLY for column in named)


def _fullness(draft: LayerDraft) -> tuple[int, int, int]:
    """Return the completeness of a school list: coordinates and grades, fields, rows."""
    has_place = draft.center is not None
    has_grades = bool({"grades", "low_grade", "level"} & set(draft.fields))
    return (has_place + has_grades, len(draft.fields), draft.rows)


def without_copies(drafts: Sequence[LayerDraft]) -> list[LayerDraft]:
    """Return the drafts without copies in another format; a copy with geometry is kept."""
    distinct: list[LayerDraft] = []
    for draft in sorted(drafts, key=lambda draft: draft.raw is None or draft.raw.geometry is None):
        twin = next((candidate for candidate in distinct if _is_copy(draft, candidate)), None)
        distinct.append(
            draft.left_out(f"it holds the same list as `{twin.title}`") if twin else draft
        )
    order = {id(draft.raw): place for place, draft in enumerate(drafts)}
    return sorted(distinct, key=lambda draft: order[id(draft.raw)])


def _is_copy(draft: LayerDraft, candidate: LayerDraft) -> bool:
    if draft.kind is None or draft.kind != candidate.kind or draft.path == candidate.path:
        return False
    stems = {layer.path.name.split(".")[0].lower() for layer in (draft, candidate)}
    columns = [{column.lower()[:10] for column in layer.columns} for layer in (draft, candidate)]
    alike = len(columns[0] & columns[1]) >= len(min(columns, key=len)) - 2
    same_rows = draft.rows == candidate.rows
    return same_rows and (len(stems) == 1 or (alike and _same_cells(draft, candidate)))


def _same_cells(draft: LayerDraft, candidate: LayerDraft) -> bool:
    """Return whether the first rows of both agree in the fields that both map."""
    if draft.raw is None or candidate.raw is None:
        return False
    shared = [
        name for name in draft.fields if name in candidate.fields and name not in ("lon", "lat")
    ]
    heads = [
        set(
            layer.raw.frame.head(_COMPARED_ROWS)
            .select(layer.fields[name] for name in shared)
            .rows()
        )
        for layer in (draft, candidate)
        if layer.raw is not None
    ]
    return bool(shared) and heads[0] == heads[1]
