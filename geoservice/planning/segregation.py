"""How unevenly a group is spread over schools: dissimilarity, exposure and isolation.

Formulas of Massey and Denton, *The Dimensions of Residential Segregation* (1988).
"""

import numpy as np

from geoservice.planning.ground import Floats


def dissimilarity(group: Floats, others: Floats) -> float:
    """Share of the group that would have to change schools to be spread as the others are.

    Parameters
    ----------
    group, others
        Students of the group and all other students, by school.
    """
    if not group.sum() or not others.sum():
        return float("nan")
    return float(np.abs(group / group.sum() - others / others.sum()).sum() / 2)


def exposure(group: Floats, others: Floats) -> float:
    """Mean share of other students in the school of a member of the group."""
    return _met(group, others, others)


def isolation(group: Floats, others: Floats) -> float:
    """Mean share of the group in the school of a member of the group."""
    return _met(group, others, group)


def _met(group: Floats, others: Floats, met: Floats) -> float:
    total = group + others
    if not group.sum():
        return float("nan")
    share = np.divide(met, total, out=np.zeros_like(met), where=total > 0)
    return float((group / group.sum() * share).sum())
