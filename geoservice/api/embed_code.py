"""What other pages put in to show a map: the code to copy, oEmbed answers, links for discovery."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote
from xml.etree import ElementTree

WIDTH, HEIGHT = 800, 640
_CACHE_S = 3_600
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Shown:
    """One map by its signed link: what is needed to show it elsewhere.

    ``base`` is the service's address without a slash at the end, ``picture_px`` the width and
    height of the static picture.
    """

    base: str
    token: str
    title: str
    alternative: str
    picture_px: tuple[int, int]

    @property
    def url(self) -> str:
        """The page for a frame."""
        return f"{self.base}/embed/{quote(self.token)}"

    @property
    def picture(self) -> str:
        """The static picture."""
        return f"{self.url}/picture.png"


def snippet(
    shown: Shown, width: int | None = None, height: int = HEIGHT, *, grows: bool = True
) -> str:
    """The code to copy: a frame, a picture where scripts are off, and the script that fits its height.

    ``grows`` is False where the frame must keep the height that it is given.
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
    """The oEmbed 1.0 answer of type ``rich``, no larger than asked for."""
    width, height = min(WIDTH, maxwidth or WIDTH), min(HEIGHT, maxheight or HEIGHT)
    answer: dict[str, str | int] = {
        "version": "1.0", "type": "rich", "title": shown.title,
        "provider_name": "geoservice", "provider_url": shown.base, "cache_age": _CACHE_S,
        "html": snippet(shown, width, height, grows=maxheight is None),
        "width": width, "height": height,
    }  # fmt: skip
    wide, high = shown.picture_px
    if wide <= (maxwidth or wide) and high <= (maxheight or high):
        answer |= {"thumbnail_url": shown.picture, "thumbnail_width": wide, "thumbnail_height": high}  # fmt: skip
    return answer


def oembed_xml(answer: Mapping[str, str | int]) -> bytes:
    """The same as XML, without characters that XML cannot hold."""
    root = ElementTree.Element("oembed")
    for key, value in answer.items():
        ElementTree.SubElement(root, key).text = _NO_XML.sub("", str(value))
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def discovery(base: str, url: str, title: str) -> str:
    """Links of a page's head by which others find its oEmbed answer, in both formats."""
    links = ""
    for kind, name in (("application/json", "json"), ("text/xml", "xml")):
        target = f"{base}/oembed?url={quote(url, safe='')}&format={name}"
        links += (f'<link rel="alternate" type="{kind}+oembed" href="{escape(target)}" '
                  f'title="{escape(title)}">')  # fmt: skip
    return links


def open_graph(url: str, title: str, words: str, picture: str, picture_px: tuple[int, int]) -> str:
    """Tags of a page's head that social and chat programs show it by."""
    wide, high = picture_px
    tags = {"og:type": "website", "og:site_name": "geoservice", "og:title": title, "og:url": url,
            "og:description": words, "og:image": picture, "og:image:type": "image/png",
            "og:image:width": str(wide), "og:image:height": str(high), "og:image:alt": words}  # fmt: skip
    lines = (f'<meta property="{key}" content="{escape(text)}">' for key, text in tags.items())
    return "".join(lines) + '<meta name="twitter:card" content="summary_large_image">'
