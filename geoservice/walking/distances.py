"""Walking distances from homes to schools along the streets."""

from dataclasses import dataclass

import numpy as np

from geoservice.walking.graph import Floats, Ints, StreetPositions, WalkGraph, metres_to


@dataclass(frozen=True)
class Gates:
    """Gates of schools.

    ``school`` is the index of each gate's school; ``x`` and ``y`` are in metres.
    """

    school: Ints
    x: Floats
    y: Floats


@dataclass(frozen=True)
class Reach:
    """Walking distances from the street network to the gates of schools.

    Attributes
    ----------
    graph
        The street network.
    gates
        The gates of the schools.
    gate_positions
        The position of each gate on the streets.
    crossing_distance_m
        Metres from each gate to each crossing (gates x crossings); infinite without
        a route within the limit.
    """

    graph: WalkGraph
    gates: Gates
    gate_positions: StreetPositions
    crossing_distance_m: Floats

    def along(self, gate: int, segment: Ints, along_m: Floats) -> Floats:
        """Return metres from positions on segments to a gate; infinite without a route."""
        ends, crossing_m = self.graph.ends[segment], self.crossing_distance_m[gate]
        by_start = along_m + crossing_m[ends[:, 0]]
        by_end = self.graph.length_m[segment] - along_m + crossing_m[ends[:, 1]]
        metres = np.minimum(by_start, by_end)
        metres[self.graph.is_barred[segment]] = np.inf
        gates = self.gate_positions
        is_same = segment == gates.segment[gate]
        on_segment = np.abs(along_m[is_same] - gates.along_m[gate]) + gates.offset_m[gate]
        metres[is_same] = np.minimum(metres[is_same], on_segment)
        return np.asarray(metres)

    def to_school(self, homes: StreetPositions, school: Ints) -> Floats:
        """Return metres from homes to the nearest gate of their school.

        The distance includes the straight line from each home to its street. It is infinite
        without a route within the limit, and NaN if the school is -1 or has no gate.
        """
        nearest = np.full(len(school), np.nan)
        for gate, gate_school in enumerate(self.gates.school.tolist()):  # Over gates: some dozens.
            rows = np.flatnonzero(school == gate_school)
            metres = (
                self.along(gate, homes.segment[rows], homes.along_m[rows]) + homes.offset_m[rows]
            )
            nearest[rows] = np.fmin(nearest[rows], metres)
        return nearest


def reach_of(graph: WalkGraph, gates: Gates, limit_m: float) -> Reach:
    """Return the walking distances around gates, up to a limit in metres."""
    gate_positions = graph.positions(gates.x, gates.y)
    return Reach(graph, gates, gate_positions, metres_to(graph, gates.x, gates.y, limit_m))
