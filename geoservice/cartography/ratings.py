"""Ratings as a region declares them: keys, names, colours and letters of the legend."""

import polars as pl
from branca.utilities import color_brewer

from geoservice.cartography.figure import NO_DATA, LegendEntry
from geoservice.cartography.ground import Ground
from geoservice.model.region import NOT_RATED as UNRATED

NOT_RATED, NO_RATING = "rating-none", "rating-no_data"
"""Keys of schools that the files say are not rated, and of those of which they say nothing."""
_LEAST, _MOST = 3, 9


def rating_key(ground: Ground, school: str | None) -> str:
    """Key of the legend entry of a school's rating."""
    label = ground.labels.get(school or "")
    if label is not None:
        return _key(label)
    return NOT_RATED if school in ground.unrated else NO_RATING


def rating_name(ground: Ground, school: str | None) -> str:
    """A school's rating in words."""
    label = ground.labels.get(school or "")
    if label is None or ground.scheme is None:
        return ground.texts("not_rated" if school in ground.unrated else "no_data")
    return next((one.name or one.id for one in ground.scheme.labels if one.id == label), label)


def rating_rank(ground: Ground, label: str | None) -> int | None:
    """Place of a label in the scheme's order, 0 is best."""
    if ground.scheme is None or label is None:
        return None
    ids = [one.id for one in ground.scheme.labels]
    ids = ids if ground.scheme.best == "first" else ids[::-1]
    return ids.index(label) if label in ids else None


def quality_labels(ground: Ground) -> frozenset[str]:
    """Labels that count as quality."""
    labels = ground.scheme.labels if ground.scheme else ()
    return frozenset(one.id for one in labels if one.quality)


def of_quality(ground: Ground, schools: pl.DataFrame) -> pl.DataFrame:
    """Those of some schools that are of quality by the region's rule."""
    quality = quality_labels(ground)
    good = [school for school, label in ground.labels.items() if label in quality]
    return schools.filter(pl.col("id").is_in(good))


def context_title(ground: Ground, *, has_schools: bool = True) -> str:
    """Title of the legend of what stands around a figure: it says when that are schools, where there are any."""
    shown = ground.definition.layers
    if "schools" in shown:
        return ground.texts("legend_ratings")
    return ground.texts("legend_quality" if "quality_schools" in shown and has_schools else "legend_context")  # fmt: skip


def attended_entries(ground: Ground) -> tuple[tuple[str, LegendEntry], ...]:
    """Labels as measures of the school attended name them, the best first and not rated last, with their looks."""
    if ground.scheme is None:
        return ()
    labels = (*(one.id for one in ground.scheme.from_best), UNRATED)
    return tuple(zip(labels, _all_entries(ground, "point"), strict=False))


def rating_entries(ground: Ground, mark: str) -> tuple[LegendEntry, ...]:
    """Legend of the scheme: the best first, then not rated and no data; of maps of quality schools those labels."""
    entries = _all_entries(ground, mark)
    shown = ground.definition.layers
    if "quality_schools" not in shown or "schools" in shown:
        return entries
    wanted = {_key(one) for one in quality_labels(ground)}
    return tuple(one for one in entries if one.key in wanted)


def _all_entries(ground: Ground, mark: str) -> tuple[LegendEntry, ...]:
    labels = list(ground.scheme.labels) if ground.scheme else []
    if ground.scheme and ground.scheme.best != "first":
        labels.reverse()
    count = min(max(len(labels), _LEAST), _MOST)
    ramp = list(color_brewer("YlGnBu", count))[::-1]
    entries = [
        LegendEntry(_key(one.id), one.colour or ramp[min(at, count - 1)], one.name or one.id,
                    mark, letter=one.id[:3])
        for at, one in enumerate(labels)
    ]  # fmt: skip
    none = LegendEntry(NOT_RATED, "#ffffff", ground.texts("not_rated"), mark, letter="–")
    unknown = LegendEntry(NO_RATING, "#ffffff", ground.texts("no_data"), mark, NO_DATA)
    return (*entries, none, unknown)


def _key(label: str) -> str:
    return f"rating-{label}"
