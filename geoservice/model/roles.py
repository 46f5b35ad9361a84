"""The roles that columns of a file of students can have."""

ROLES = ("address", "street", "city", "state", "zip", "grade", "school", "id")
"""The order of documents, forms and options; `geoservice.cli.geocode` explains each role."""
