"""The gallery: every map with its question, its users and a picture of the fictional district."""

import tomllib
from pathlib import Path

from geoservice.cartography.definition.definition import Definition
from geoservice.cartography.definition.definition_files import DefinitionFolders
from tools.site.markdown import plain

PICTURES = Path("docs/pictures/maps")
"""Pictures that `python -m tools.draw_pictures` draws from a running demo."""
_TEXTS = Path(__file__).with_name("gallery.toml")
_INTRODUCTION = """\
# Gallery

Every map answers one question. The pictures show Riverbend, a fictional district. Numbers of students are
[protected](release.md). [Maps](maps.md) explains the choices of each map.
"""


def page() -> str:
    """Return the page.

    Raises
    ------
    KeyError
        If a map has no entry in the file of texts.
    """
    texts = tomllib.loads(_TEXTS.read_text("utf-8"))
    sections = [_section(definition, texts[definition.id]) for definition in definitions()]
    return "\n".join([_INTRODUCTION, *sections])


def definitions() -> tuple[Definition, ...]:
    """Return the definitions of all shipped maps, those of planning last."""
    folders = (Path("maps"), Path("maps/planning"))
    return tuple(
        definition
        for folder in folders
        for definition in DefinitionFolders((folder,)).definitions()
    )


def _section(definition: Definition, text: dict[str, str]) -> str:
    picture = PICTURES / f"{definition.id}.png"
    title, question = plain(definition.title.en), plain(definition.question.en)
    image = f"![{title} of the fictional district]({picture.relative_to('docs')})\n"
    return (
        f"## {title}\n\n**{question}**\n\n"
        f"For {text['who']}: {text['use']}.\n\n"
        f"{image if picture.is_file() else ''}\n"
        f"`geoservice map {definition.id} -o {definition.id}.png --region riverbend`\n"
    )
