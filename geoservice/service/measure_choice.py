"""The figures that a caller chooses of a measure: units, band, year, students and method."""

from dataclasses import asdict, dataclass

from geoservice.errors import InputError
from geoservice.measures.ground import HEXAGONS, SCHOOL
from geoservice.measures.registry import MEASURES
from geoservice.model.years import read_year
from geoservice.reference.snapshot import Reference
from geoservice.service.audit import NO_PURPOSE
from geoservice.service.basis import EVERYBODY, Basis, basis_of
from geoservice.students.filters import Filters


@dataclass(frozen=True)
class MeasureChoice:
    """The lines of a measure to compute, and how.

    Attributes
    ----------
    areas
        Id of a set of areas or zones, ``school`` or ``hexagons``; empty for the first set that
        the measure is counted by.
    band
        A grade band of the region or ``all``; empty for every band.
    year
        A school year such as ``2025-26``; empty for every year.
    students
        Name of a data set of students; empty for all data sets of the region.
    profile
        ``public`` for protected counts; ``internal`` for true numbers, which are recorded as a
        disclosure.
    scheme
        A rating scheme of the region; empty for its first.
    distance
        ``straight`` or ``network``; empty for the region's own rule.
    purpose
        Why internal numbers are needed. The internal profile requires a purpose.
    filters
        The students to count. The public profile accepts listed subgroups only.
    """

    areas: str = ""
    band: str = ""
    year: str = ""
    students: str = ""
    profile: str = "public"
    scheme: str = ""
    distance: str = ""
    purpose: str = ""
    filters: Filters = EVERYBODY

    @property
    def is_internal(self) -> bool:
        """True for true numbers, which are recorded as a disclosure."""
        return self.profile == "internal"

    @property
    def school_year(self) -> str:
        """The school year as students have it, or empty for every year.

        Raises
        ------
        InputError
            If the text is no school year.
        """
        year = read_year(self.year) if self.year else ""
        if year is None:
            raise InputError("A school year must look like 2025-26.")
        return year

    def basis(self, reference: Reference) -> Basis:
        """Return the population, audience, rating scheme and distance of the figures."""
        return basis_of(reference, self.profile, self.scheme, self.distance, self.filters)

    def check_band(self, reference: Reference) -> None:
        """Raise an InputError if the region has no such grade band."""
        bands = reference.info.bands
        if self.band and self.band != "all" and self.band not in bands:
            raise InputError(
                f"There is no such grade band. Grade bands are: {', '.join(bands)}, all."
            )

    def check_purpose(self) -> None:
        """Raise an InputError if the profile is internal and no purpose is stated."""
        if self.is_internal and not self.purpose.strip():
            raise InputError(NO_PURPOSE)

    def recorded(self, unit: str) -> dict[str, str]:
        """Return the entries of this choice in the record of disclosures."""
        filters = {name: text for name, text in asdict(self.filters).items() if text}
        return {"by": unit, "band": self.band, "year": self.year, **filters}


def unit_of(reference: Reference, areas: str, measure: str = "") -> str:
    """Return the column of students that holds their unit, such as ``area_planning``.

    Without a name it is the first set of areas or zones that the measure is counted by.

    Raises
    ------
    InputError
        If the region has no such set.
    """
    info = reference.info
    columns = {area_set.id: f"area_{area_set.id}" for area_set in info.area_sets}
    columns |= {zone_set.id: f"zone_{zone_set.id}" for zone_set in info.zone_sets}
    columns |= {SCHOOL: SCHOOL, HEXAGONS: HEXAGONS}
    by = MEASURES[measure].by if measure in MEASURES else frozenset(["area"])
    fitting = [name for name, column in columns.items() if column.partition("_")[0] in by]
    if not areas and not fitting:
        needed = " or ".join(f"[[{kind}s]]" for kind in ("area", "zone") if kind in by)
        raise InputError(f"The region has no {needed}: add them to `region.toml`.")
    chosen = areas or fitting[0]
    if chosen not in columns:
        raise InputError(
            f"There are no areas or zones of that name. Names are: {', '.join(columns)}."
        )
    return columns[chosen]
