"""From a definition, a choice and released tables to a drawing."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from geoservice.cartography.captions import alternative, counts_note, facts, subtitle
from geoservice.cartography.definition import Definition
from geoservice.cartography.destinations import destinations_figure
from geoservice.cartography.draws import draw_figure
from geoservice.cartography.edges import edges_figure
from geoservice.cartography.figure import Choice, Drawing, LegendEntry, Options
from geoservice.cartography.flows import flows_figure
from geoservice.cartography.ground import ALL, ONLY_ALL, Composed, Ground, ground, years_of
from geoservice.cartography.hexagons import hexagons_figure
from geoservice.cartography.legends import (
    context_legend_title,
    seat_entries,
    with_named_looks,
    with_used_looks,
)
from geoservice.cartography.matrix import matrix_figure
from geoservice.cartography.places import (
    ratings_figure,
    reference_figure,
    utilisation_figure,
    zones_figure,
)
from geoservice.cartography.reasons import with_reasons
from geoservice.cartography.released import Released
from geoservice.cartography.shapes import (
    Box,
    area_boxes,
    area_table,
    at_least_seen,
    box_of,
    whole_box,
)
from geoservice.cartography.texts import undirected
from geoservice.cartography.units import units_figure
from geoservice.reference.snapshot import Reference

_COMPOSERS: Mapping[str, Callable[[Ground], Composed]] = {
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
}


def draw(
    definition: Definition, choice: Choice, reference: Reference, released: Released
) -> Drawing:
    """The drawing of a map for a choice.

    Raises
    ------
    NotFoundError
        Where the region has no such regionalisation, area, band, year, zone or school.
    """
    made = ground(definition, choice, reference, released)
    composed = with_reasons(made, _COMPOSERS[definition.kind](made))
    lang = choice.lang
    return Drawing(
        definition=definition, choice=made.choice, region=reference.info.id,
        region_name=undirected(reference.info.name), snapshot=reference.snapshot,
        metric_crs=reference.info.metric_crs, profile=released.profile, min_n=reference.info.min_n,
        title=definition.question.of(lang), subtitle=subtitle(made, composed),
        layers=composed.layers, frames=with_used_looks(composed), legend=with_named_looks(replace(composed, legend=_legend(made, composed)), made.printer),
        legend_title=context_legend_title(composed, made.texts), columns=composed.columns, rows=composed.rows,
        facts=facts(made, composed), alternative=alternative(made, composed),
        notes=composed.notes, bars_title=composed.bars_title, bars=composed.bars, bars_most=composed.bars_most,
        method=definition.method.of(lang), counts=counts_note(made),
        bounds=_bounds(made, composed.box), options=_options(made, composed.options),
    )  # fmt: skip


def _legend(made: Ground, composed: Composed) -> tuple[LegendEntry, ...]:
    return (*composed.legend, *seat_entries(composed.layers, made.texts))


def _bounds(made: Ground, box: Box | None) -> Box:
    shape = made.area_shape
    if shape is None:
        return at_least_seen(box or whole_box(made.reference))
    return at_least_seen(box_of([shape]))


def _options(made: Ground, more: Options) -> Options:
    info, texts = made.reference.info, made.texts
    only_all = made.definition.band == ONLY_ALL
    bands = [] if only_all else [(one, one) for one in info.bands]
    every = [(ALL, texts("all_grades"))] if made.definition.units == "areas" else []
    sets = [(one.id, one.name or one.id) for one in info.area_sets]
    years = years_of(made.definition, made.reference, made.released)
    return replace(
        more, areas=tuple(sets), band=(*every, *bands), year=tuple((one, one) for one in years),
        area=tuple(area_table(made.reference, made.area_set).select("id", "name").iter_rows()),
        boxes=area_boxes(made.reference, made.area_set),
    )  # fmt: skip
