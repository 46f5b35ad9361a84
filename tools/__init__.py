"""Checks of the repository."""
