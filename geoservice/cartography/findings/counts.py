"""Counts in words: how many of the areas, zones or buildings a sentence is about."""

from geoservice.cartography.texts import Texts

_LARGEST_WORD = 10


def number_in_words(texts: Texts, number: int) -> str:
    """Return a number up to ten as a word, a larger number in digits."""
    if number > _LARGEST_WORD:
        return f"{number:,}"
    return texts(f"number_{number}")


def part_of(texts: Texts, count: int, total: int, noun: str, *, is_shown_only: bool = False) -> str:
    """Return how many of the units there are, such as ``three of six areas``.

    Parameters
    ----------
    count, total
        The units that a sentence is about, and all units with a number.
    noun
        ``area``, ``zone`` or ``building``.
    is_shown_only
        True if other units have no published number: the words then say so.
    """
    ending = f"{noun}_shown" if is_shown_only else noun
    if count == total:
        key = f"both_{ending}" if total == 2 else f"all_{ending}"
        return texts(key, total=number_in_words(texts, total))
    words = texts(f"one_{noun}") if count == 1 else number_in_words(texts, count)
    return texts(f"some_{ending}", n=words, total=number_in_words(texts, total))


def capitalised(text: str) -> str:
    """Return a sentence with a capital first letter."""
    return text[:1].upper() + text[1:]


def uncapitalised(title: str) -> str:
    """Return a title for the middle of a sentence; abbreviations stay as they are."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title
