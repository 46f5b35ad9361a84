"""Hooks of mkdocs: they add the generated pages and the documents at the top of the checkout."""

import posixpath
import re
import shutil
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.site.pages import GENERATED, TOP_FILES, generated_page

_TOP_LINK = re.compile(r"\]\((?:\.\./)+(" + "|".join(map(re.escape, TOP_FILES)) + r")")
_BESIDE = re.compile(r"\[([a-z_.]+)\]\(\1\)", re.IGNORECASE)
"""Links of the list of examples to the programs beside it, which are no pages."""
_DOCS_LINK = re.compile(r"\]\(docs/")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that no file below ``docs`` holds."""
    for path in GENERATED:
        files.append(File.generated(config, path, content=generated_page(path)))
    for name, path in TOP_FILES.items():
        text = _DOCS_LINK.sub("](", Path(name).read_text("utf-8"))
        text = _BESIDE.sub(r"`\1`", text)
        for other, other_path in TOP_FILES.items():
            text = text.replace(f"]({other}", f"]({other_path}")
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return a page whose links to files at the top of the checkout lead to their pages."""
    folder = posixpath.dirname(page.file.src_uri) or "."

    def link(match: re.Match[str]) -> str:
        return f"]({posixpath.relpath(TOP_FILES[match[1]], folder)}"

    return _TOP_LINK.sub(link, markdown)


def on_post_build(config: MkDocsConfig) -> None:
    """Remove source maps and word lists of other languages: two thirds of the site's bytes."""
    site = Path(config.site_dir)
    for path in site.rglob("*.map"):
        path.unlink()
    shutil.rmtree(site / "assets" / "javascripts" / "lunr", ignore_errors=True)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Return a page whose search dialog has a name for screen readers."""
    dialog = 'data-md-component="search" role="dialog"'
    return output.replace(dialog, f'{dialog} aria-label="Search"')
