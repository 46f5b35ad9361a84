"""Checks the documents: links lead somewhere, commands that they name exist."""

import re
import subprocess
import sys
from pathlib import Path

from tools.site.pages import GENERATED, TOP_FILES

_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_ON_SITE = {*GENERATED, *TOP_FILES.values()}
_MAKE = re.compile(r"`make ([a-z-]+)")


def broken_links(path: Path) -> list[str]:
    """Links of a document to files that do not exist."""
    links = _LINK.findall(path.read_text("utf-8"))
    local = [link for link in links if not link.startswith(("http:", "https:", "mailto:"))]
    return [link for link in local if not _exists(path.parent / link)]


def _exists(target: Path) -> bool:
    """Return True for a file, and for a page that the build of the site generates."""
    top = Path("docs").resolve()
    resolved = target.resolve()
    is_generated = resolved.is_relative_to(top) and str(resolved.relative_to(top)) in _ON_SITE
    return is_generated or target.exists()


def unknown_targets(path: Path) -> list[str]:
    """Targets of make that a document names and the Makefile lacks."""
    known = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text("utf-8"), re.MULTILINE))
    return sorted(set(_MAKE.findall(path.read_text("utf-8"))) - known)


def large_files(limit: int = 2_000_000) -> list[str]:
    """Committed files above a size."""
    names = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)
    paths = [Path(name) for name in names.stdout.splitlines()]
    return [str(path) for path in paths if path.is_file() and path.stat().st_size > limit]


def main() -> int:
    """Check all documents; prints each fault."""
    found = [f"{name}: larger than 2 MB" for name in large_files()]
    for path in [*Path().glob("*.md"), *Path("docs").rglob("*.md")]:
        found += [f"{path}: broken link {link}" for link in broken_links(path)]
        found += [f"{path}: no target `make {name}`" for name in unknown_targets(path)]
    print("\n".join(found), end="\n" if found else "")
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())
