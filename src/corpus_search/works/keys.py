"""When are two titles the same, and when can two names be?

Printed strings in, keys out that do not differ by width, case, script, blanks and punctuation.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from corpus_search.tables import simplified

_HAN = re.compile("[\u3400-\u9fff々〇\U00020000-\U0003ffff]")
_NOT_LETTERS = re.compile(r"[\W_]+")
_FORMULA = re.compile(r"\\[a-z]+")


@cache
def _table() -> dict[int, str]:
    return {ord(char): plain for char, plain in simplified().items() if len(char) == 1}


def folded(text: str) -> str:
    """Return a text in one width, case and script."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_table())


def title_key(title: str) -> str:
    """Return the letters and characters of a title."""
    return _NOT_LETTERS.sub("", folded(_FORMULA.sub("", title)))


def name_key(name: str) -> str:
    """Return a name as it is looked up: 朱锋 for 朱 鋒, ``vapnik v n`` for Vapnik, V. N. and VAPNIK V N.

    A name in Latin whose family name is not told apart stays in its order.
    """
    plain = folded(name)
    if _HAN.search(plain):
        return _NOT_LETTERS.sub("", plain)
    words = re.findall(r"[^\W_]+", plain)
    whole = re.findall(r"[^\W_]+", name)
    long = [word for word in whole if len(word) > 1 and not _is_initials(word, whole)]
    if len(long) == 1:
        # One family name, and letters for the rest, run together or not: Smith JA, J. A. Smith.
        family = folded(long[0])
        rest = [folded(char) for word in whole if word != long[0] for char in word]
        return " ".join([family, *rest])
    return " ".join(words)


def _is_initials(word: str, words: list[str]) -> bool:
    """Tell whether a word is initials run together, beside a longer one: JA of Smith JA."""
    return word.isupper() and len(word) <= 3 and any(len(other) > len(word) for other in words)


def same_name(one: str, other: str) -> bool | None:
    """Tell whether two keys of first authors can be one person's, or None where they cannot be compared.

    Chinese names must be the same. Of Latin names, which lists shorten and scanning runs together, the beginnings must
    be, or a word of three letters.
    """
    if bool(_HAN.search(one)) != bool(_HAN.search(other)):
        return None
    if _HAN.search(one):
        return one == other
    if one == other:
        return True
    shared = {w for w in one.split() if len(w) > 2} & {w for w in other.split() if len(w) > 2}
    glued, glued_other = one.replace(" ", ""), other.replace(" ", "")
    length = min(len(glued), len(glued_other), 5)
    if shared or (length >= 3 and glued[:length] == glued_other[:length]):
        return True
    from rapidfuzz.fuzz import ratio

    return length >= 3 and glued[0] == glued_other[0] and ratio(glued, glued_other) >= _MISREAD_NAME


_MISREAD_NAME = 80
"""How alike, of 100, names are that scanning made differ: Matthews E and Mathews E."""


def same_container(one: str, other: str) -> bool:
    """Tell whether two keys of containers, words parted by blanks, can be one journal's: J Vasc Surg and its whole."""
    a, b = one.split(), other.split()
    glued, glued_other = "".join(a), "".join(b)
    if glued == glued_other:
        return True
    if _HAN.search(one) or _HAN.search(other):
        if bool(_HAN.search(one)) != bool(_HAN.search(other)):
            return True  # One journal has a name in each language.
        return glued in glued_other or glued_other in glued
    a, b = ([word for word in words if word not in _SMALL] for words in (a, b))
    short, long = sorted((a, b), key=len)
    # A container may go on with where it is from, or who publishes it.
    if short and all(map(_shortens, short, long)) and (len(short) > 1 or len(long) == 1):
        return True
    from rapidfuzz.fuzz import ratio

    return ratio(glued, glued_other) >= _MISREAD_CONTAINER


_SMALL = frozenset(("of", "the", "and", "in", "for", "on", "a", "an", "de", "la", "et", "und"))
_MISREAD_CONTAINER = 88


def _shortens(one: str, other: str) -> bool:
    """Tell whether one word is the other shortened: natl for national, acad for academy."""
    short, long = sorted((one, other), key=len)
    rest = iter(long)
    return short[0] == long[0] and all(char in rest for char in short)


def container_key(container: str) -> str:
    """Return the words of a container."""
    return " ".join(re.findall(r"[^\W_]+", folded(container)))
