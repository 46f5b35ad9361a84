"""Normalization of school names: case, punctuation and words for the level."""

import re
import unicodedata

_LAST_WORDS = {
    "es": "elementary",
    "el": "elementary",
    "ms": "middle",
    "hs": "high",
    "jhs": "junior high",
    "jh": "junior high",
    "jr": "junior",
    "sr": "senior",
    "shs": "senior high",
    "ps": "primary",
    "is": "intermediate",
}
"""Abbreviations of levels, except at the start of a name (`MS Smith` is a person)."""
_WORDS = {
    "elem": "elementary",
    "elemen": "elementary",
    "elementry": "elementary",
    "mid": "middle",
    "sch": "",
    "schl": "",
    "school": "",
    "schools": "",
    "the": "",
    "acad": "academy",
    "ctr": "center",
    "centre": "center",
    "st": "saint",
    "mt": "mount",
    "ft": "fort",
    "intm": "intermediate",
    "inter": "intermediate",
    "prim": "primary",
    "and": "",
}
_LEVELS = frozenset(("elementary", "middle", "high", "junior", "senior", "intermediate", "primary"))
_LETTERS_APART = re.compile(r"\b([a-z])[. ]+(?=[a-z]\b)")


def plain_name(name: str) -> str:
    """Return a school's name in lowercase, without punctuation, with its level in full.

    `Smith E.S.`, `SMITH ELEM SCH` and `Smith Elementary School` give the same name.
    """
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    text = _LETTERS_APART.sub(r"\1", text.replace("'", "").replace("&", " and "))
    words = re.findall(r"[a-z0-9]+", text)
    plain = [
        _WORDS.get(word, _LAST_WORDS.get(word, word) if place else word)
        for place, word in enumerate(words)
    ]
    return " ".join(" ".join(plain).split())


def bare_name(plain: str) -> str:
    """Return a plain name without level words, or unchanged if it has only level words."""
    return " ".join(word for word in plain.split() if word not in _LEVELS) or plain


def level_words(plain: str) -> frozenset[str]:
    """Return the level words of a plain name."""
    return _LEVELS.intersection(plain.split())
