"""Ratings as a region declares them: keys, names, colours and letters of the legend."""

import polars as pl
from branca.utilities import color_brewer

from geoservice.cartography.figure.cells import NO_DATA
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.ground import FigureGround
from geoservice.model.region import NOT_RATED as UNRATED

NOT_RATED, NO_RATING = "rating-none", "rating-no_data"
"""Keys of schools that the files say are not rated, and of those of which they say nothing."""
_LEAST, _MOST = 3, 9

_UNSIZED = {
    "legend_ratings": "legend_ratings_unsized",
    "legend_quality": "legend_quality_unsized",
    "legend_levels": "legend_levels_unsized",
    "legend_sectors": "legend_sectors_unsized",
}
"""Titles of legends of schools where no seats are known."""


def rating_key(ground: FigureGround, school: str | None) -> str:
    """Key of the legend entry of a school's rating."""
    label = ground.labels.get(school or "")
    if label is not None:
        return _key(label)
    return NOT_RATED if school in ground.unrated else NO_RATING


def rating_name(ground: FigureGround, school: str | None) -> str:
    """A school's rating in words."""
    label = ground.labels.get(school or "")
    if label is None or ground.scheme is None:
        return ground.texts("not_rated" if school in ground.unrated else "no_data")
    return next(
        (
            candidate.named(ground.choice.lang)
            for candidate in ground.scheme.labels
            if candidate.id == label
        ),
        label,
    )


def rating_rank(ground: FigureGround, label: str | None) -> int | None:
    """Place of a label in the scheme's order, 0 is best."""
    if ground.scheme is None or label is None:
        return None
    ids = [label.id for label in ground.scheme.labels]
    ids = ids if ground.scheme.best == "first" else ids[::-1]
    return ids.index(label) if label in ids else None


def quality_labels(ground: FigureGround) -> frozenset[str]:
    """Labels that count as quality."""
    labels = ground.scheme.labels if ground.scheme else ()
    return frozenset(label.id for label in labels if label.quality)


def of_quality(ground: FigureGround, schools: pl.DataFrame) -> pl.DataFrame:
    """Return the quality schools by the region's rule."""
    quality = quality_labels(ground)
    good = [school for school, label in ground.labels.items() if label in quality]
    return schools.filter(pl.col("id").is_in(good))


def context_title(ground: FigureGround, *, has_schools: bool = True) -> str:
    """Return the title of the legend of the context; it names the schools if there are any."""
    shown = ground.definition.layers
    if "schools" in shown:
        return _with_scheme(ground, legend_of_schools(ground, "legend_ratings"))
    if "quality_schools" in shown and has_schools:
        return _with_scheme(ground, legend_of_schools(ground, "legend_quality"))
    return ground.texts("legend_context")


def _with_scheme(ground: FigureGround, title: str) -> str:
    """Return a title with the name of the rating scheme, if it has a name."""
    if ground.scheme is None or not ground.scheme.name:
        return title
    return f"{title} ({ground.scheme.named(ground.choice.lang)})"


def legend_of_schools(ground: FigureGround, key: str) -> str:
    """Return the title of a legend of schools; it explains sizes if any seats are known."""
    is_sized = ground.schools["capacity"].null_count() < len(ground.schools)
    return ground.texts(key if is_sized else _UNSIZED[key])


def attended_entries(ground: FigureGround) -> tuple[tuple[str, LegendEntry], ...]:
    """Return the labels of the school attended with their looks, best first, not rated last."""
    if ground.scheme is None:
        return ()
    labels = (*(label.id for label in ground.scheme.from_best), UNRATED)
    return tuple(zip(labels, _all_entries(ground, "point"), strict=False))


def rating_entries(ground: FigureGround, mark: str) -> tuple[LegendEntry, ...]:
    """Return the legend of the scheme: ratings from best to worst, not rated, no data.

    Maps of quality schools list only the quality labels.
    """
    entries = _all_entries(ground, mark)
    shown = ground.definition.layers
    if "quality_schools" not in shown or "schools" in shown:
        return entries
    quality_keys = {_key(label) for label in quality_labels(ground)}
    return tuple(entry for entry in entries if entry.key in quality_keys)


def _all_entries(ground: FigureGround, mark: str) -> tuple[LegendEntry, ...]:
    labels = list(ground.scheme.labels) if ground.scheme else []
    if ground.scheme and ground.scheme.best != "first":
        labels.reverse()
    count = min(max(len(labels), _LEAST), _MOST)
    ramp = list(color_brewer("YlGnBu", count))[::-1]
    entries = [
        LegendEntry(
            _key(label.id),
            label.colour or ramp[min(index, count - 1)],
            label.named(ground.choice.lang),
            mark,
            letter=label.id[:3],
        )
        for index, label in enumerate(labels)
    ]
    none = LegendEntry(NOT_RATED, "#ffffff", ground.texts("not_rated"), mark, letter="–")
    unknown = LegendEntry(NO_RATING, "#ffffff", ground.texts("no_data"), mark, NO_DATA)
    return (*entries, none, unknown)


def _key(label: str) -> str:
    return f"rating-{label}"
