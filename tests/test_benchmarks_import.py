"""The benchmarks and tools are written for the names that the package has today."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    path for name in ("benchmarks", "tools", "examples") for path in (ROOT / name).rglob("*.py")
]


def _imported(path):
    """Yield the modules of the package that a file imports from, with the names that it takes."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("geoservice"):
            yield node.module, [alias.name for alias in node.names]


@pytest.mark.parametrize("path", sorted(FILES), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_names_that_the_package_has(path):
    for module, names in _imported(path):
        loaded = importlib.import_module(module)
        for name in names:
            if not hasattr(loaded, name):
                importlib.import_module(f"{module}.{name}")
