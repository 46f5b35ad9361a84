"""Documents for lawyers and security officers: each test that they name is there."""

import ast
import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_FILE = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_LINE = re.compile(r"^\|.*\|$", re.MULTILINE)


def functions(path):
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", ["privacy", "security", "asvs"])
def test_every_test_that_a_document_names_is_there(name):
    text = (_ROOT / f"docs/{name}.md").read_text("utf-8")
    named = _FILE.findall(text)
    assert len(named) > 6
    for path, function in named:
        assert (_ROOT / path).is_file(), path
        assert not function or function in functions(_ROOT / path), f"{path}::{function}"


def test_each_line_of_the_privacy_tables_names_its_proof():
    text = (_ROOT / "docs/privacy.md").read_text("utf-8")
    rows = [row for row in _LINE.findall(text) if "---" not in row]
    lines = [row for row in rows if not row.rstrip(" |").endswith("proof")]
    assert len(lines) > 20
    for line in lines:
        assert _FILE.search(line.split("|")[-2]), line


def test_each_requirement_of_asvs_is_met_with_a_test_or_says_why_not():
    text = (_ROOT / "docs/asvs.md").read_text("utf-8")
    rows = [row.strip("|").split("|") for row in _LINE.findall(text)]
    requirements = [row for row in rows if re.match(r"\s*\d+\.\d+\.\d+", row[0])]
    assert len(requirements) > 100
    for number, _, state, why in (map(str.strip, row) for row in requirements):
        assert state in ("met", "open", "not applicable"), number
        assert len(why) > 3, number
