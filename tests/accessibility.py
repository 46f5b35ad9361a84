"""What axe-core finds wrong with a page in the browser."""

from axe_playwright_python.sync_playwright import Axe


def violations(page):
    """The rule and the first element of each violation."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found]
