"""What the public figures of the fictional district show, and how far they are from the truth."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from geoservice.cartography.figure.choice import Choice
from geoservice.geometry.hexagons import LEVELS, level_of
from geoservice.measures.ground import AT_LEAST, AT_MOST, DISTRICT, HEXAGONS, SCHOOL, SHOWN
from geoservice.measures.registry import MEASURES
from geoservice.measures.ways import OTHER
from geoservice.release.audit import utility
from geoservice.release.hexagon_merging import LEAST_HOMES
from geoservice.release.hexagons import joined_cells
from geoservice.release.protected_counts import protected_counts
from geoservice.release.rules import noise_of, protection_of
from geoservice.service.maps import Maps
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures

BAND = "all"
LINE = ["unit", "part", "to"]
NUMBERS = [SHOWN, AT_LEAST, AT_MOST]
LEAST_HELD = 0.8
"""Share of a school's students in its hexagons, median over schools."""
LARGEST_HIDDEN_SHARE = 0.04
"""Share of the destinations of ten and more that the noise may hide."""
ZONES = ("elementary", "middle", "high")


@dataclass(frozen=True)
class Proof:
    """One figure beside the true one: lines of students, and those of them that are shown."""

    figure: str
    lines: int
    shown: int
    students: float
    errors: tuple[float, ...]

    def text(self) -> str:
        mean, largest = np.mean(self.errors), np.max(self.errors)
        return (
            f"{self.figure:34} {self.lines:5} {self.shown:5} {self.students:7.1%} "
            f"{mean:6.2f} {largest:4.0f}"
        )


@pytest.fixture(scope="module")
def measures(listed_district):
    return Measures(listed_district)


@pytest.fixture(scope="module")
def pair(riverbend, measures):
    """Lines of one figure for all grades: true ones, with the published ones beside them."""

    def lines(measure: str, by: str, *, least: int = 1) -> pl.DataFrame:
        public = measures.table(measure, riverbend.reference, MeasureChoice(by, BAND))
        true = measures.table(
            measure,
            riverbend.reference,
            MeasureChoice(by, BAND, profile="internal", purpose="proof"),
        )
        count = "numerator" if MEASURES[measure].unit == "students" else "denominator"
        counted = true.filter(pl.col(count) >= least, pl.col("to").fill_null("") != OTHER)
        published = public.select(*LINE, "status", "bound", number="numerator", whole="denominator")
        joined = counted.drop("status", "bound").join(
            published, on=LINE, how="left", nulls_equal=True
        )
        return joined.with_columns(
            students=pl.col(count), is_shown=pl.col("status").is_in(NUMBERS).fill_null(value=False)
        )

    return lines


@pytest.fixture(scope="module")
def draws(riverbend, measures):
    """Hexagons of every school for all grades, with the true numbers that were joined."""
    ground, info = measures.ground(riverbend.reference), riverbend.reference.info
    cells = MEASURES["school_draw"].count(ground, SCHOOL).filter(pl.col("to") != OTHER, band=BAND)
    true = joined_cells(protection_of(info), cells).select("unit", "to", true="numerator")
    public = measures.table("school_draw", riverbend.reference, MeasureChoice(SCHOOL, BAND))
    return public.filter(pl.col("to") != OTHER).join(true, on=["unit", "to"], how="left")


def proof_of(figure: str, lines: pl.DataFrame) -> Proof:
    shown = lines.filter("is_shown")
    errors = pl.concat(
        [
            (shown["number"] - shown["numerator"]).abs().drop_nulls(),
            (shown["whole"] - shown["denominator"]).abs().drop_nulls(),
        ]
    )
    part = shown["students"].sum() / lines["students"].sum()
    return Proof(figure, len(lines), len(shown), part, tuple(errors))


def test_the_table_of_all_figures(pair, draws, riverbend, capsys):
    """Of every figure the mean error is 2 students at most, and none exceeds the stated bound."""
    info = riverbend.reference.info
    figures = [
        proof_of("flows by area, 10 and more", pair("flows", "planning", least=info.min_n)),
        *(
            proof_of(f"destinations, {by}, 10 and more", pair("zone_destinations", by, least=10))
            for by in ZONES
        ),
        *(proof_of(f"participation, {by}", units(pair("participation", by))) for by in ZONES),
        *(proof_of(f"shares by rating, {by}", ratings(pair, by)) for by in ("planning", "wards")),
        *(proof_of(f"residents, {by}", pair("residents", by)) for by in ("planning", HEXAGONS)),
        Proof(
            "draws by hexagon",
            len(draws),
            len(draws),
            draws["numerator"].sum() / attending(draws).sum(),
            tuple((draws["numerator"] - draws["true"]).abs().drop_nulls()),
        ),
    ]
    with capsys.disabled():
        heading = f"{'figure':34} lines shown students error most"
        print("", heading, *(figure.text() for figure in figures), sep="\n")  # noqa: T201
    bound = noise_of(info).bound
    for figure in figures:
        assert np.mean(figure.errors) <= 2, figure.figure
        assert max(figure.errors) <= bound, figure.figure


def test_the_audit_has_lines_of_net_flow_and_claims_no_error_that_it_did_not_measure(
    measures, riverbend
):
    ground = measures.ground(riverbend.reference)
    net = utility("net_flow", "area_planning", ground)
    assert net.lines > 20
    assert 0 < net.mean_error < 4
    assert net.largest_error <= 2 * noise_of(riverbend.reference.info).bound
    draws = utility("school_draw", SCHOOL, ground)
    assert draws.shown > 500
    assert draws.mean_error is None


def units(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(pl.col("unit") != DISTRICT)


def ratings(pair, by: str) -> pl.DataFrame:
    """Students by the rating of their school, by area."""
    lines = units(pair("tier_table", by))
    return lines.filter(pl.col("part").str.starts_with("students "))


def attending(draws: pl.DataFrame) -> pl.Series:
    """Students of each school, from its public lines."""
    return draws.group_by("unit").agg(pl.col("denominator").max())["denominator"]


def test_flows_of_ten_and_more_are_shown(pair):
    """The district has 30 such flows: 31 when the proof was first asked for."""
    flows = pair("flows", "planning", least=10)
    assert len(flows) >= 30
    assert flows["is_shown"].sum() >= 28


def test_destinations_of_ten_and_more_are_shown(pair, measures, riverbend, capsys):
    """Every destination whose protected count is ten and more is shown, in all bands.

    A true count of ten and more whose protected count is below ten cannot be shown: its true
    count is then less than ten and the bound of the noise.
    """
    info = riverbend.reference.info
    lines = pl.concat([pair("zone_destinations", by, least=info.min_n) for by in ZONES])
    hidden = lines.filter(~pl.col("is_shown"))["numerator"].sort()
    for by in ZONES:
        assert missing_destinations(measures, riverbend.reference, by).is_empty(), by
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{len(lines)} destinations of {info.min_n} and more, {len(hidden)} of them hidden "
            f"by the noise: true counts {hidden.to_list()}"
        )
    assert len(lines) >= 95
    assert len(hidden) <= LARGEST_HIDDEN_SHARE * len(lines)
    assert (hidden < info.min_n + noise_of(info).bound).all()


def missing_destinations(measures, reference, by: str) -> pl.DataFrame:
    """Destinations with a protected count of ten and more that are not published."""
    ground, info = measures.ground(reference), reference.info
    cells = MEASURES["zone_destinations"].count(ground, f"zone_{by}")
    each = cells.filter(pl.col("to") != OTHER)
    counts = protected_counts(
        each["numerator"].to_numpy(), each["numerator_key"].to_numpy(), protection_of(info)
    )
    has_homes = (pl.col("homes") >= LEAST_HOMES).fill_null(value=True)
    wanted = each.filter(pl.Series(counts >= info.min_n), has_homes)
    public = measures.table("zone_destinations", reference, MeasureChoice(by)).filter(
        pl.col("status").is_in(NUMBERS)
    )
    key = ["band", "unit", "to"]
    assert len(wanted)
    return wanted.join(public, on=key, how="anti")


def test_participation_of_every_zone_is_shown(pair):
    zones = {by: units(pair("participation", by)) for by in ZONES}
    numbers = {by: (len(lines), lines["is_shown"].sum()) for by, lines in zones.items()}
    assert numbers == {"elementary": (36, 36), "middle": (10, 10), "high": (6, 6)}


def test_shares_by_rating_are_shown_of_all_areas(pair, riverbend):
    areas = riverbend.reference.areas()
    for by in ("planning", "wards"):
        lines = ratings(pair, by)
        assert lines["is_shown"].all()
        with_schools = set(units(pair("attenders", by))["unit"])
        assert set(lines["unit"]) == with_schools
        assert with_schools <= set(areas.filter(set_id=by)["area_id"])


def test_hexagons_hold_most_students_of_a_school(draws, listed_district, riverbend, capsys):
    """Median over schools; those drawn, without the largest hexagons, hold the share as well."""
    held = draws.group_by("unit").agg(
        share=pl.col("numerator").sum() / pl.col("denominator").max(), hexagons=pl.len()
    )
    maps, drawn = Maps(listed_district), []
    for school in sorted(held["unit"]):
        drawing = maps.drawing("school-draw", riverbend.reference, Choice(school=school))
        hexagons = next(layer for layer in drawing.layers if layer.id == "hexagons").features
        numbers = {row.id: row.cells[2].number or 0 for row in drawing.rows}
        whole = float(dict(drawing.facts)["Students"].replace(",", ""))
        drawn.append(sum(numbers[hexagon.id] for hexagon in hexagons) / whole)
    sizes = draws["to"].map_elements(level_of, return_dtype=pl.Int64)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nhexagons hold {held['share'].median():.0%} of a school's students (median), drawn "
            f"ones {np.median(drawn):.0%}; {held['hexagons'].median():.0f} hexagons a school, "
            f"{(sizes == LEVELS - 1).mean():.0%} of them of the largest size"
        )
    assert held["share"].median() >= LEAST_HELD
    assert np.median(drawn) >= LEAST_HELD
