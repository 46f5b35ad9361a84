"""The inventory of keys and algorithms in the documents is that of the program."""

import re
from pathlib import Path

import pytest

from geoservice.model.digests import HASH, digest_of

_ROOT = Path(__file__).parents[1]
_PACKAGE = _ROOT / "geoservice"
_HASHES = re.compile(
    r"^ *(?:import (?:hashlib|hmac|ssl)|from joserfc|from distributed\.security|"
    r"from geoservice\.model\.digests)\b.*",
    re.MULTILINE,
)
_SECRETS = re.compile(r"secrets\.token_(?:urlsafe|bytes)\(")
_COMPARES = re.compile(r"hmac\.(?!compare_digest)\w+")


def sources():
    return {
        path.relative_to(_PACKAGE).as_posix(): path.read_text("utf-8")
        for path in _PACKAGE.rglob("*.py")
    }


def uses_cryptography(text):
    """Whether a module does more than compare secrets."""
    imported = " ".join(_HASHES.findall(text))
    only_compares = imported.strip() == "import hmac" and not _COMPARES.search(text)
    return (bool(imported) and not only_compares) or bool(_SECRETS.search(text))


def inventory():
    text = (_ROOT / "docs/security.md").read_text("utf-8")
    return text.split("## Keys and algorithms")[1].split("\n## ")[0]


def test_the_inventory_names_each_module_with_cryptography_and_no_other():
    used = {name for name, text in sources().items() if uses_cryptography(text)}
    named = set(re.findall(r"`([a-z_/]+\.py)`", inventory())) - {"tests/test_cryptography.py"}
    assert len(used) > 20
    assert named == used


@pytest.mark.parametrize("weak", ["md5", "sha1", "random.random", "random.choice", "uuid1"])
def test_no_module_uses_a_weak_algorithm(weak):
    for name, text in sources().items():
        if name.startswith("demo/"):
            continue  # The fictional district needs no secrets.
        assert not re.search(rf"\b{re.escape(weak)}\b(?!\w)", text), name


def test_one_place_names_the_hash_function():
    for name, text in sources().items():
        if re.search(r"hmac\.(?:digest|new)\(", text) and name != "service/webhooks.py":
            assert '"sha256"' not in text, name
    assert HASH == "sha256"
    assert len(digest_of("a lone surrogate \ud800")) == 64
