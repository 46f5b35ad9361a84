"""Code that shows a map in other pages: HTML to copy, oEmbed answers, discovery links."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote
from xml.etree import ElementTree

WIDTH, HEIGHT = 800, 560
"""Size of a frame. A compact embed fits into it without a script."""
PICTURE_SIZE, PICTURE_PX = "slide", (2000, 1125)
"""Size of the pictures that other pages show in place of a map."""
_CACHE_S = 3_600
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Shown:
    """A map and its signed link, for other pages.

    ``base`` is the service's address without a final slash; ``picture_px`` is the width and
    height of the static picture.
    """

    base: str
    token: str
    title: str
    alternative: str
    picture_px: tuple[int, int]

    @property
    def url(self) -> str:
        """The address of the page for a frame."""
        return f"{self.base}/embed/{quote(self.token)}"

    @property
    def picture(self) -> str:
        """The address of the static picture."""
        return f"{self.url}/picture.png"


def snippet(
    shown: Shown, width: int | None = None, height: int = HEIGHT, *, grows: bool = True
) -> str:
    """Return the HTML to copy: a frame, a picture for browsers without scripts, and a script.

    The script adapts the height of the frame. ``grows`` is False if the height must not change.
    """
    wide = "100%" if width is None else str(width)
    picture = (
        f'<noscript><a href="{escape(shown.url)}"><img src="{escape(shown.picture)}" '
        f'alt="{escape(shown.alternative)}" style="max-width:100%"></a></noscript>'
    )
    script = f'<script src="{escape(shown.base)}/static/embed.js" async></script>' if grows else ""
    return (
        f'<iframe src="{escape(shown.url)}" title="{escape(shown.title)}" width="{wide}" '
        f'height="{height}" style="border:0;max-width:100%" loading="lazy" allowfullscreen '
        f"data-geoservice></iframe>{picture}{script}"
    )


def oembed(shown: Shown, maxwidth: int | None, maxheight: int | None) -> dict[str, str | int]:
    """Return the oEmbed 1.0 answer of type ``rich``, within the maximum width and height."""
    width, height = min(WIDTH, maxwidth or WIDTH), min(HEIGHT, maxheight or HEIGHT)
    answer: dict[str, str | int] = {
        "version": "1.0",
        "type": "rich",
        "title": shown.title,
        "provider_name": "geoservice",
        "provider_url": shown.base,
        "cache_age": _CACHE_S,
        "html": snippet(shown, width, height, grows=maxheight is None),
        "width": width,
        "height": height,
    }
    wide, high = shown.picture_px
    if wide <= (maxwidth or wide) and high <= (maxheight or high):
        answer |= {
            "thumbnail_url": shown.picture,
            "thumbnail_width": wide,
            "thumbnail_height": high,
        }
    return answer


def oembed_xml(answer: Mapping[str, str | int]) -> bytes:
    """Return an oEmbed answer as XML, without characters that XML forbids."""
    root = ElementTree.Element("oembed")
    for key, value in answer.items():
        ElementTree.SubElement(root, key).text = _NO_XML.sub("", str(value))
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def discovery(base: str, url: str, title: str) -> str:
    """Return the links in a page's head to its oEmbed answer, in both formats."""
    links = ""
    for kind, name in (("application/json", "json"), ("text/xml", "xml")):
        target = f"{base}/oembed?url={quote(url, safe='')}&format={name}"
        links += (
            f'<link rel="alternate" type="{kind}+oembed" href="{escape(target)}" '
            f'title="{escape(title)}">'
        )
    return links


def open_graph(url: str, title: str, words: str, picture: str, picture_px: tuple[int, int]) -> str:
    """Return the Open Graph tags of a page's head, for previews in social media and chats."""
    wide, high = picture_px
    tags = {
        "og:type": "website",
        "og:site_name": "geoservice",
        "og:title": title,
        "og:url": url,
        "og:description": words,
        "og:image": picture,
        "og:image:type": "image/png",
        "og:image:width": str(wide),
        "og:image:height": str(high),
        "og:image:alt": words,
    }
    lines = (f'<meta property="{key}" content="{escape(text)}">' for key, text in tags.items())
    return "".join(lines) + '<meta name="twitter:card" content="summary_large_image">'
