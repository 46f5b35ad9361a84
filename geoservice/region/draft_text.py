"""The text of ``region.toml`` for a draft, with comments on guesses and on the files."""

import re
from collections.abc import Sequence

import polars as pl

from geoservice.model.counted import counted
from geoservice.model.region import NOT_RATED
from geoservice.model.years import read_year
from geoservice.region.draft import LayerDraft, RegionDraft
from geoservice.region.field_list import STREET_NAME_FIELDS
from geoservice.region.known_fields import field_names

_ID = re.compile(r"[^a-z0-9]+")
_LONGEST_ID = 63
_TAKEN = ("school", "hexagons")
_FIELD_ORDER = ("id", "number_prefix", "number", "number_suffix", *STREET_NAME_FIELDS, "unit")
"""The fields that the documents describe at the beginning, in their order."""
_FEW_LABELS, _MOST_LABELS = 10, 20
_NOT_RATED = {
    "NR",
    "NEW",
    "N/A",
    "NA",
    "NOT RATED",
    "UNRATED",
    "INSUFFICIENT DATA",
    "*",
    "-",
    "NOT RATED: DATA",
}
_FORMATS = {
    "Census TIGER/Line ADDRFEAT": {"FULLNAME", "LFROMHN", "LTOHN", "RFROMHN", "RTOHN"},
    "Census TIGER/Line EDGES": {"TLID", "FULLNAME", "LFROMADD", "LTOADD", "MTFCC"},
    "OpenAddresses": {"NUMBER", "STREET", "HASH"},
    "National Address Database": {"ADD_NUMBER", "ST_NAME", "NATGRID"},
    "NCES EDGE school points": {"NCESSCH", "NMCNTY", "LOCALE"},
    "NCES attendance boundaries": {"NCESSCH", "SRCNAME", "GSLO", "GSHI"},
}
"""Columns that identify published formats, whose meaning is documented."""
_SCHOOL_LEVELS = (
    ("elem|primary", {"ES", "E", "EL", "ELM", "PS"}, "KG", "05"),
    ("middle|intermediate|junior", {"MS", "M", "MID", "MIDD", "JH", "JHS", "JR", "IS"}, "06", "08"),
    ("high|senior", {"HS", "H", "SH", "SHS", "SR"}, "09", "12"),
)
"""Words and codes of school levels, with the lowest and highest grade of each."""
_SPAN = re.compile(r"(PK|KG?)\s*-?\s*(\d|0\d|1[0-2])", re.IGNORECASE)
"""A level that is a grade range, such as `K-8` or `K8`."""
_TWO_WAYS = {"streets": "city_left", "addresses": "city"}


def manifest_text(draft: RegionDraft) -> str:
    """Return the text of the manifest."""
    folder = draft.folder.absolute().name
    region_id = _id_of(folder) or "region"
    year = _school_year(draft)
    lines = [
        "# Written by `geoservice region init`. Check the lines marked `# guessed`, then run",
        "# `geoservice region check` with this folder. docs/regions.md lists every field.",
        f"id = {quoted(region_id)}",
        f"name = {quoted(re.sub(r'[-_]+', ' ', folder).title() or region_id)}  # guessed",
        f"metric_crs = {quoted(draft.metric_crs)}  # guessed",
        f"school_year = {quoted(year)}  # {'guessed' if year else 'such as 2023-24'}",
        "min_n = 10",
    ]
    order = list(field_names())
    ids: set[str] = set()
    placed = [layer for layer in draft.layers if layer.kind is not None]
    for layer in sorted(placed, key=lambda layer: order.index(layer.kind or "")):
        lines += section(layer, ids)
    left_out = [layer for layer in draft.layers if layer.kind is None]
    for layer in left_out:
        lines += _section_left_out(layer)
    return "\n".join(lines) + "\n"


def section(layer: LayerDraft, ids: set[str]) -> list[str]:
    """Return the lines of a layer's section.

    ``ids`` are the ids in use by zones, areas and schemes; the section's id is added.
    """
    kind = layer.kind or ""
    lines = ["", *_seen(layer), f"[{kind}]" if kind == "schools" else f"[[{kind}]]"]
    settings = dict(layer.settings)
    if kind in ("zones", "areas"):
        lines.append(f"id = {quoted(_free_id(settings.pop('id', kind), ids))}  # guessed")
    lines.append(f"file = {quoted(layer.path.name)}")
    lines += _place_in_file(layer)
    lines += [f"{key} = {quoted(value)}  # guessed" for key, value in settings.items()]
    if kind == "streets" and "MTFCC" in layer.columns:
        lines.append("where = \"MTFCC LIKE 'S%'\"  # roads alone, by the Census's feature classes")
    if kind in _TWO_WAYS and _TWO_WAYS[kind] not in layer.fields:
        lines.append('# defaults = { city = "TOWN", state = "ST" }')
    scheme = _free_id("ratings", ids) if kind == "ratings" else ""
    if scheme:
        lines.append(f"scheme = {quoted(scheme)}  # guessed")
    lines.append(f"[{kind}.fields]")
    remark = published_format(layer.columns) or "guessed"
    lines += [f"{ours} = {quoted(theirs)}  # {remark}" for ours, theirs in sorted_fields(layer)]
    lines += _other_readings(layer)
    lines += _grades_of_levels(layer) if kind == "schools" else []
    return lines + (_scheme(layer, scheme) if scheme else [])


def sorted_fields(layer: LayerDraft) -> list[tuple[str, str]]:
    """Return the fields in the order of the documentation."""
    order = {name: place for place, name in enumerate(_FIELD_ORDER)}
    return sorted(layer.fields.items(), key=lambda pair: order.get(pair[0], len(order)))


def published_format(columns: Sequence[str]) -> str | None:
    """Return the published format with these columns; None if no format matches."""
    column_names = {column.upper() for column in columns}
    return next((name for name, needed in _FORMATS.items() if needed <= column_names), None)


def quoted(text: str) -> str:
    """Return a text as a TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\u{ord(match[0]):04x}", escaped) + '"'


def _seen(layer: LayerDraft) -> list[str]:
    """Return comments on a file: its rows and columns, never its cells."""
    rows = counted(layer.rows, "row") if layer.raw is not None else "not read"
    lines = [f"# {_on_one_line(layer.title)}: {rows}"]
    if layer.columns:
        listed = ", ".join(map(_on_one_line, layer.columns))
        lines += [f"# Columns: {listed}"]
    return lines + [f"# {_on_one_line(remark)}" for remark in layer.remarks]


def _section_left_out(layer: LayerDraft) -> list[str]:
    lines = ["", *_seen(layer), f"# Left out: {_on_one_line(layer.reason)}"]
    if not layer.columns:
        return lines
    parts = ["# [[SECTION]]", f"# file = {quoted(layer.path.name)}"]
    parts += [f"# {line}" for line in _place_in_file(layer)]
    parts += ["# [SECTION.fields]"]
    parts += [f"# {ours} = {quoted(theirs)}" for ours, theirs in layer.fields.items()]
    return lines + parts


def _place_in_file(layer: LayerDraft) -> list[str]:
    """Return the key for the layer or sheet of a file with several."""
    places = {"layer": layer.layer, "sheet": layer.sheet}
    return [f"{key} = {quoted(name)}" for key, name in places.items() if name is not None]


def _grades_of_levels(layer: LayerDraft) -> list[str]:
    """Return the section with the grades of levels, for files with levels and no grades."""
    if layer.raw is None or {"grades", "low_grade"} & set(layer.fields):
        return []
    if "level" not in layer.fields:
        return []
    levels = layer.raw.frame[layer.fields["level"]].drop_nulls().unique().sort().to_list()
    grades_of = {level: grades for level in levels if (grades := _grades_of_level(level))}
    lines = [
        f"{quoted(level)} = {quoted(grades)}  # guessed" for level, grades in grades_of.items()
    ]
    return ["[schools.grades]", *lines] if lines else []


def _grades_of_level(level: str) -> str:
    """Return the likely grades of a level: `Middle/High` and `MS/HS` are 06-12.

    A range such as `K-8` is kept. Empty for levels without recognizable words.
    """
    span = _SPAN.fullmatch(level.strip())
    if span:
        low = "PK" if span[1].upper() == "PK" else "KG"
        return f"{low}-{int(span[2]):02}"
    words = re.sub(r"(?i)junior[- ]high|jr\.? high", "junior", level)
    codes = set(re.findall(r"[A-Z]+", level.upper().replace(".", "")))
    ends = [
        (low, high)
        for word, codes_of_level, low, high in _SCHOOL_LEVELS
        if re.search(word, words, re.IGNORECASE) or codes & codes_of_level
    ]
    return f"{ends[0][0]}-{ends[-1][1]}" if ends else ""


def _other_readings(layer: LayerDraft) -> list[str]:
    """Return the other possible readings as comments."""
    lines = []
    for place, reading in enumerate(layer.readings):
        if place != layer.chosen:
            changed_fields = {k: v for k, v in reading.items() if layer.fields.get(k) != v}
            written = ", ".join(
                f"{ours} = {quoted(theirs)}" for ours, theirs in changed_fields.items()
            )
            lines.append(f"# Or: {written}")
    return [_on_one_line(line) for line in lines]


def _on_one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)


def _id_of(text: str) -> str:
    plain = _ID.sub("-", text.lower()).strip("-_")
    return plain[:_LONGEST_ID].strip("-_")


def _free_id(proposed: str, ids: set[str]) -> str:
    """Return an unused id."""
    plain = _id_of(proposed) or "set"
    plain = f"{plain}-set" if plain in _TAKEN else plain
    free, count = plain, 1
    while free in ids:
        count += 1
        free = f"{plain[: _LONGEST_ID - 4]}-{count}"
    ids.add(free)
    return free


def _school_year(draft: RegionDraft) -> str:
    """Return the latest school year of the ratings and seats; empty if unknown."""
    years = set()
    for layer in (*draft.of("ratings"), *draft.of("seats")):
        if layer.raw is not None and "year" in layer.fields:
            texts = layer.raw.frame[layer.fields["year"]].drop_nulls().unique().to_list()
            years |= {year for year in map(read_year, texts) if year}
    return max(years, default="") or max(map(_year_of_column, draft.of("ratings")), default="")


def _year_of_column(layer: LayerDraft) -> str:
    """Return the school year that ends in the year of the rating column's name."""
    named = re.search(r"\b20\d\d\b", layer.fields.get("value", ""))
    return (read_year(named[0]) or "") if named and "year" not in layer.fields else ""


def _scheme(layer: LayerDraft, scheme: str) -> list[str]:
    """Return the rating scheme that fits the values of a rating file."""
    if layer.raw is None:
        return []
    values = layer.raw.frame[layer.fields["value"]].drop_nulls()
    scores = values.cast(pl.Float64, strict=False).drop_nulls()
    lines = ["", f"[rating_schemes.{scheme}]"]
    if len(scores) > len(values) / 2 and values.n_unique() > _FEW_LABELS:
        return [*lines, 'kind = "score"  # guessed', *_cut_points(scores)]
    texts = sorted({str(text) for text in values.unique()}, key=_best_first)[:_MOST_LABELS]
    rated = [text for text in texts if text.upper() not in _NOT_RATED and text != NOT_RATED]
    not_rated = [text for text in texts if text not in rated and text != NOT_RATED]
    return [
        *lines,
        'kind = "label"  # guessed',
        f"labels = [ {', '.join(map(quoted, rated or ['rated']))} ]  # guessed: best first",
        f"not_rated = [ {', '.join(map(quoted, ['', *not_rated]))} ]  # guessed",
    ]


def _cut_points(scores: pl.Series) -> list[str]:
    quarters = [float(scores.quantile(share, "nearest") or 0.0) for share in (0.75, 0.5, 0.25)]
    cuts = sorted(set(quarters), reverse=True)
    labels = [f'{{ id = "{name}", min = {cut:g} }}' for name, cut in zip("ABC", cuts, strict=False)]
    lowest = "ABCD"[len(cuts)]
    return [f'labels = [ {", ".join(labels)}, {{ id = "{lowest}" }} ]  # guessed: quarters']


def _best_first(label: str) -> tuple[float, str]:
    """Sort key: numbers from high to low, then texts in alphabetical order."""
    try:
        return (-float(label), "")
    except ValueError:
        return (float("inf"), label)
