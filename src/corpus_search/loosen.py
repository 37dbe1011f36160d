"""What is the nearest query that finds something, when one finds nothing?

A query's text in; texts of looser ones out, the nearest first. Whoever asks tries them and shows the first that finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from corpus_search.query import Field

_SIGNS = re.compile(
    r"\b(?:AND|OR|NOT|NEAR/\d*)\b|[+＋\-－](?=\S)|[\"“”„‟「」『』()（）*＊?？~～]"
    rf"|\b(?:{'|'.join(Field)})\s?[:：]|[\u4e00-\u9fff]{{2,3}}[:：]"
)
_ITEM = re.compile(r"[^\W_]+")
_LONGEST = 40
"""How much of an item is tried, in characters: the tries grow with its square."""


def loosened(text: str, stands: Callable[[str], bool]) -> Iterator[str]:
    """Yield queries looser than `text`: its words without any signs, then the longest run of it that `stands`.

    `stands` tells whether some text of the corpus has a run of characters.
    """
    bare = " ".join(_SIGNS.sub(" ", text).split())
    if bare and bare != text.strip():
        yield bare
    runs = (run for item in _ITEM.findall(bare) if (run := _longest(item[:_LONGEST], stands)))
    longest = max(runs, key=len, default="")
    if longest:
        yield f'"{longest}"'


def _longest(item: str, stands: Callable[[str], bool]) -> str:
    """Return the longest part of `item` that stands somewhere, the first of several; of Latin words the whole."""
    if item.isascii():
        return item if stands(item) else ""
    for length in range(len(item), 0, -1):
        for start in range(len(item) - length + 1):
            if stands(item[start : start + length]):
                return item[start : start + length]
    return ""
