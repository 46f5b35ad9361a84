"""Pictures of the explanations as SVG: ``python -m tools.site.pictures`` draws them anew."""

from html import escape
from pathlib import Path

from geoservice.release.perturbation import default_noise, perturbation_table

_STYLE = (
    "text{font:14px sans-serif;fill:#333}.bar{fill:#4051b5}.edge{stroke:#b5402e;stroke-width:3}"
    ".sure{fill:#4051b522;stroke:#4051b5}.doubt{fill:#b5402e22;stroke:#b5402e}"
)
_METRES = {
    "Address point": (0.0, 0.0),
    "Between two neighbors": (4.7, 11.1),
    "Range, learned from points": (9.9, 26.9),
    "Range alone": (16.1, 30.1),
}
"""Median and 90th percentile of the error on San Francisco's data, as `docs/explanation` says."""


def noise() -> str:
    """Return the probabilities of the random number, for a minimum cell size of 10."""
    rule = default_noise(10)
    shares = perturbation_table(rule)[-1]
    step, floor, height = 40, 220, 900
    parts = []
    for place, share in enumerate(shares):
        left, tall = 30 + step * place, share * height
        parts.append(
            f'<rect class="bar" x="{left}" y="{floor - tall:.1f}" width="30" height="{tall:.1f}"/>'
            f'<text x="{left + 15}" y="{floor + 18}" text-anchor="middle">{place - rule.bound:+d}</text>'
            f'<text x="{left + 15}" y="{floor - tall - 6:.1f}" text-anchor="middle">{share:.0%}</text>'
        )
    return _svg("How often each random number is added to a count", 650, 250, parts)


def position() -> str:
    """Return two homes with their uncertainty, beside a zone's edge."""
    parts = [
        '<line class="edge" x1="300" y1="10" x2="300" y2="190"/>',
        '<text x="290" y="205" text-anchor="end">Zone A</text><text x="310" y="205">Zone B</text>',
        '<circle class="sure" cx="150" cy="100" r="45"/><circle cx="150" cy="100" r="4"/>',
        '<text x="150" y="165" text-anchor="middle">inside: certain</text>',
        '<circle class="doubt" cx="270" cy="60" r="45"/><circle cx="270" cy="60" r="4"/>',
        '<text x="340" y="50">crosses the edge:</text><text x="340" y="70">zone_doubtful is true</text>',
    ]
    return _svg("Two homes with the circle of their uncertainty, and a zone edge", 520, 215, parts)


def errors() -> str:
    """Return the error of each kind of match as bars."""
    parts = []
    for line, (kind, (median, ninth)) in enumerate(_METRES.items()):
        top = 20 + 50 * line
        parts.append(
            f'<text x="200" y="{top + 20}" text-anchor="end">{escape(kind)}</text>'
            f'<rect class="sure" x="210" y="{top}" width="{ninth * 8 + 2:.0f}" height="28"/>'
            f'<rect class="bar" x="210" y="{top + 7}" width="{median * 8 + 2:.0f}" height="14"/>'
            f'<text x="{220 + ninth * 8:.0f}" y="{top + 20}">{median:g} m, {ninth:g} m</text>'
        )
    return _svg("Median error (dark) and the error of 9 in 10 addresses (light)", 600, 220, parts)


PICTURES = {
    "pictures/noise.svg": noise,
    "pictures/position.svg": position,
    "pictures/errors.svg": errors,
}
"""Paths below ``docs`` with the function that draws each."""


def _svg(title: str, width: int, height: int, parts: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def main() -> None:
    """Write the pictures; a test compares them with the program."""
    for path, draw in PICTURES.items():
        (Path("docs") / path).write_text(draw(), "utf-8")


if __name__ == "__main__":
    main()
