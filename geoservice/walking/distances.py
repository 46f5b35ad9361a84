"""Walking distances from homes to schools along the streets."""

from dataclasses import dataclass

import numpy as np

from geoservice.walking.graph import Floats, Footing, Ints, WalkGraph, metres_to

METRES_PER_MILE = 1609.344


@dataclass(frozen=True)
class Gates:
    """Gates of schools: ``school`` is the place of each gate's school, ``x`` and ``y`` metres."""

    school: Ints
    x: Floats
    y: Floats


@dataclass(frozen=True)
class Reach:
    """How far the streets are from schools.

    Attributes
    ----------
    graph
        The streets.
    gates
        The gates, and their footing on the streets.
    far_m
        Gates x crossings, infinite where no street leads within the limit.
    """

    graph: WalkGraph
    gates: Gates
    footing: Footing
    far_m: Floats

    def along(self, gate: int, segment: Ints, along_m: Floats) -> Floats:
        """Metres from places on segments to a gate; infinite where no street leads."""
        ends, far = self.graph.ends[segment], self.far_m[gate]
        first = along_m + far[ends[:, 0]]
        last = self.graph.length_m[segment] - along_m + far[ends[:, 1]]
        metres = np.minimum(first, last)
        metres[self.graph.is_barred[segment]] = np.inf
        same = segment == self.footing.segment[gate]
        here = np.abs(along_m[same] - self.footing.along_m[gate]) + self.footing.aside_m[gate]
        metres[same] = np.minimum(metres[same], here)
        return np.asarray(metres)

    def to_school(self, homes: Footing, school: Ints) -> Floats:
        """Metres from homes to their school's nearest gate, from where a home meets its street.

        Infinite where no street leads within the limit, NaN where the school is -1 or has no gate.
        """
        found = np.full(len(school), np.nan)
        for gate, of_school in enumerate(self.gates.school.tolist()):  # Over gates: some dozens.
            rows = np.flatnonzero(school == of_school)
            metres = (
                self.along(gate, homes.segment[rows], homes.along_m[rows]) + homes.aside_m[rows]
            )
            found[rows] = np.fmin(found[rows], metres)
        return found


def reach_of(graph: WalkGraph, gates: Gates, limit_m: float) -> Reach:
    """Measure the streets around gates, up to a limit."""
    footing = graph.footing(gates.x, gates.y)
    return Reach(graph, gates, footing, metres_to(graph, gates.x, gates.y, limit_m))
