"""The international mile: distances are computed in meters and published in miles."""

METRES_PER_MILE = 1609.344
