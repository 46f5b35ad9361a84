"""What axe-core finds wrong with a page in the browser, and targets that are too small."""

from axe_playwright_python.sync_playwright import Axe

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""Tags of axe. By itself axe leaves out the rules of WCAG 2.2, such as the size of targets."""
_OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": list(RULES)}}
_TARGETS = """(least) => [...document.querySelectorAll(
    "button, select, summary, input:not([type=hidden]), textarea, [role=tab], .leaflet-bar a, #downloads a")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().width > 2)
  .map((one) => {
    const label = one.matches("[type=checkbox], [type=radio]") && one.closest("label");
    return [(label || one).getBoundingClientRect(), one.outerHTML.slice(0, 120)];
  })
  .filter(([box]) => box.height < least - 0.5 || box.width < Math.min(least, 24) - 0.5)
  .map(([box, html]) => `${Math.round(box.width)} x ${Math.round(box.height)} ${html}`)"""


def violations(page):
    """The rule and the first element of each violation of WCAG 2.2 AA and of best practice."""
    results = Axe().run(page, options=_OPTIONS)
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in results.response["violations"]]


def small_targets(page, least):
    """Controls that are less than ``least`` pixels high, or less than 24 pixels wide."""
    return page.evaluate(_TARGETS, least)


_TEXT_TWICE = """() => {
  const all = [...document.querySelectorAll("*")].filter((one) => !one.closest("svg, .leaflet-container"));
  const sizes = all.map((one) => parseFloat(getComputedStyle(one).fontSize));
  all.forEach((one, at) => one.style.setProperty("font-size", `${2 * sizes[at]}px`, "important"));
}"""
_CUT = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && !one.closest("svg, .leaflet-container, select, input"))
  .filter((one) => one.clientWidth > 1)  // Others are for screen readers alone.
  .filter((one) => {
    const { overflowX, overflowY } = getComputedStyle(one), hides = (way) => way === "hidden" || way === "clip";
    return (hides(overflowX) && one.scrollWidth > one.clientWidth + 1)
      || (hides(overflowY) && one.scrollHeight > one.clientHeight + 1);
  }).map((one) => `cut at twice the size of text: ${one.outerHTML.slice(0, 120)}`)"""


def cut_at_twice_the_text(page):
    """Elements that cut their text, and a page that scrolls to the side, at twice the size of text.

    The page stays enlarged. Sizes are set one by one, as browsers do that enlarge text alone.
    """
    page.evaluate(_TEXT_TWICE)
    excess = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    sideways = [f"scrolls {excess} pixels to the side at twice the size of text"]
    return page.evaluate(_CUT) + (sideways if excess > 0 else [])
