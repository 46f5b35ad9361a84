"""The pages of the site that are generated from code at each build, so they are never stale."""

from collections.abc import Callable
from importlib import import_module

GENERATED = {
    "gallery.md": "gallery",
    "reference/commands.md": "commands",
    "reference/routes.md": "routes",
    "reference/definitions.md": "definitions",
    "reference/columns.md": "columns",
    "reference/errors.md": "errors",
    "reference/settings.md": "settings",
}
"""Paths below ``docs``, each with the module of this package that returns the page."""

TOP_FILES = {
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security-policy.md",
    "CHANGELOG.md": "changelog.md",
    "examples/README.md": "how-to/examples.md",
}
"""Files at the top of the checkout that are pages too, with their paths on the site."""


def generated_page(path: str) -> str:
    """Return the Markdown of a generated page."""
    page: Callable[[], str] = import_module(f"tools.site.{GENERATED[path]}").page
    return page()
