"""Which words are left out of lists of words, unless they are asked for?

Function words say little of what a text is about and stand at the head of any list by frequency. They are counted like
all others: in windows, in sizes, in totals. They are only not listed, and neither is what has no letter (numbers) or
is a single Latin letter, as variables and initials are.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_LETTER = re.compile(r"[^\W\d_]")


@cache
def function_words() -> frozenset[str]:
    """Return the words in ``function_words.txt``."""
    text = resources.files("corpus_search.counting").joinpath("function_words.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() for word in line.partition("#")[0].split())


def is_functional(word: str) -> bool:
    """Tell whether a folded word is a function word, a number, or a single Latin letter."""
    return word in function_words() or not _LETTER.search(word) or (len(word) == 1 and word.isascii())
