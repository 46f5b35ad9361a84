"""From a definition, a choice and released tables to a drawing."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from geoservice.cartography.compose.destinations import destinations_figure
from geoservice.cartography.compose.draws import draw_figure
from geoservice.cartography.compose.edges import edges_figure
from geoservice.cartography.compose.flows import flows_figure
from geoservice.cartography.compose.forecasts import forecast_figure
from geoservice.cartography.compose.hexagons import hexagons_figure
from geoservice.cartography.compose.matrix import matrix_figure
from geoservice.cartography.compose.places import (
    ratings_figure,
    reference_figure,
    zones_figure,
)
from geoservice.cartography.compose.reasons import with_reasons
from geoservice.cartography.compose.scenarios import scenario_figure
from geoservice.cartography.compose.units import units_figure
from geoservice.cartography.compose.utilisation import utilisation_figure
from geoservice.cartography.definition.definition import Definition
from geoservice.cartography.figure.background import background
from geoservice.cartography.figure.captions import alternative, counts_note, facts, subtitle
from geoservice.cartography.figure.choice import Choice, Options
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.ground import (
    ALL,
    ONLY_ALL,
    Composed,
    FigureGround,
    ground,
    years_of,
)
from geoservice.cartography.figure.legends import (
    context_legend_title,
    seat_entries,
    with_used_looks,
)
from geoservice.cartography.figure.names import with_short_names
from geoservice.cartography.figure.ratings import NO_RATING, NOT_RATED
from geoservice.cartography.figure.released import Released
from geoservice.cartography.figure.shapes import (
    Box,
    area_boxes,
    area_table,
    at_least_seen,
    box_of,
    whole_box,
)
from geoservice.cartography.texts import undirected
from geoservice.reference.snapshot import Reference

_COMPOSERS: Mapping[str, Callable[[FigureGround], Composed]] = {
    "reference": reference_figure,
    "zones": zones_figure,
    "ratings": ratings_figure,
    "utilisation": utilisation_figure,
    "units": units_figure,
    "hexagons": hexagons_figure,
    "flows": flows_figure,
    "destinations": destinations_figure,
    "draw": draw_figure,
    "edges": edges_figure,
    "matrix": matrix_figure,
    "scenario": scenario_figure,
    "forecast": forecast_figure,
}


def draw(
    definition: Definition, choice: Choice, reference: Reference, released: Released
) -> Drawing:
    """The drawing of a map for a choice.

    Raises
    ------
    NotFoundError
        If the region has no such regionalisation, area, band, year, zone or school.
    """
    resolved = ground(definition, choice, reference, released)
    composed = with_reasons(resolved, _COMPOSERS[definition.kind](resolved))
    lang = choice.lang
    frames = tuple(
        replace(frame, alternative=alternative(resolved, composed, frame))
        for frame in with_used_looks(composed)
    )
    layers, names_note = with_short_names(resolved, composed.layers)
    return Drawing(
        definition=definition,
        choice=resolved.choice,
        region=reference.info.id,
        region_name=undirected(reference.info.named(lang)),
        snapshot=reference.snapshot,
        metric_crs=reference.info.metric_crs,
        profile=released.profile,
        min_n=reference.info.min_n,
        title=definition.question.of(lang),
        subtitle=subtitle(resolved, composed),
        layers=(*layers, *background(resolved)),
        names_note=names_note,
        ranked=composed.ranked,
        frames=frames,
        legend=_legend(resolved, composed),
        legend_title=context_legend_title(composed, resolved.texts),
        columns=composed.columns,
        rows=composed.rows,
        facts=facts(resolved, composed),
        alternative=frames[0].alternative,
        notes=composed.notes,
        bars_title=composed.bars_title,
        bars=composed.bars,
        bars_most=composed.bars_most,
        method=definition.method_in(lang),
        counts=counts_note(resolved),
        bounds=_bounds(resolved, composed.box),
        options=_options(resolved, composed.options),
    )


def _legend(resolved: FigureGround, composed: Composed) -> tuple[LegendEntry, ...]:
    """Return the legend of layers without frames; schools without a rating only where any are."""
    used = {
        state.key
        for layer in composed.layers
        for feature in layer.features
        for state in feature.states.values()
    } | {value.key for _, value in composed.bars}
    entries = (
        entry
        for entry in composed.legend
        if entry.key in used or entry.key not in (NOT_RATED, NO_RATING)
    )
    return (*entries, *seat_entries(composed.layers, resolved.texts))


def _bounds(resolved: FigureGround, box: Box | None) -> Box:
    shape = resolved.area_shape
    if shape is None:
        return at_least_seen(box or whole_box(resolved.reference))
    return at_least_seen(box_of([shape]))


def _options(resolved: FigureGround, further_options: Options) -> Options:
    info, texts = resolved.reference.info, resolved.texts
    only_all = resolved.definition.band == ONLY_ALL
    bands = [] if only_all else [(band, band) for band in info.bands]
    all_grades = [(ALL, texts("all_grades"))] if resolved.definition.units == "areas" else []
    sets = [(area_set.id, area_set.named(resolved.choice.lang)) for area_set in info.area_sets]
    years = years_of(resolved.definition, resolved.reference, resolved.released)
    return replace(
        further_options,
        areas=tuple(sets),
        band=(*all_grades, *bands),
        year=tuple((school_year, school_year) for school_year in years),
        area=tuple(
            area_table(resolved.reference, resolved.area_set).select("id", "name").iter_rows()
        ),
        boxes=area_boxes(resolved.reference, resolved.area_set),
    )
