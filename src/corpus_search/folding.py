"""How are many texts folded at once?

Texts in; what `analysis.folded_texts` and `analysis.length` say of each out, several times as fast: nearly all of their
characters are folded by themselves, one to one, and alike with their script and without. A text in which one is not
goes to `analysis`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from corpus_search.analysis import closed_up, folded_alone, folded_texts, length

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MARK = "\x01"
"""What parts texts that are folded together; it is no blank, so that what is at the ends of a text stays there.

Where one of them has it itself, each is folded by itself.
"""

_NEW, _UNEVEN = 0, 0x110000
"""What the map says of a character that was not looked at yet, and of one that is not folded as said above."""

_LETTER = re.compile(r"[^\W_]")


class FoldedText(NamedTuple):
    """A text folded, and folded in everything but its script; and how long it is, see `analysis.length`."""

    text: str
    plain: str
    length: int


class _Map:
    """What each character is folded to, and whether that is a letter or digit: filled as they come."""

    def __init__(self) -> None:
        import numpy as np  # It takes a while to load, which who looks for a word need not wait for.

        self.folded: NDArray[Any] = np.zeros(_UNEVEN, dtype="<u4")
        self.letter: NDArray[Any] = np.zeros(_UNEVEN, dtype=np.uint8)
        self.folded[ord(_MARK)] = ord(_MARK)

    def learn(self, char: str) -> None:
        """Look at a character."""
        folded = folded_alone(char)
        # In this order: who sees what a character is folded to sees what it is, in another thread, too.
        self.letter[ord(char)] = bool(folded and _LETTER.match(folded))
        self.folded[ord(char)] = _UNEVEN if folded in (None, "\0") else ord(folded)


@cache
def _map() -> _Map:
    return _Map()


def folded_together(texts: Sequence[str]) -> list[FoldedText]:
    """Return each of `texts` folded, in order."""
    import numpy as np

    joined = _MARK.join((*texts, ""))
    if not texts or joined.count(_MARK) != len(texts):
        return list(map(_folded_singly, texts))
    known = _map()
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    folded = known.folded[codes]
    if not folded.all():
        for char in set(map(chr, codes[folded == _NEW].tolist())):
            known.learn(char)
        folded = known.folded[codes]
    sizes = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    starts = np.cumsum(sizes) - sizes
    uneven: set[int] = set()
    if folded.max() == _UNEVEN:
        places = np.flatnonzero(folded == _UNEVEN)
        uneven.update((np.searchsorted(starts, places, side="right") - 1).tolist())
        folded[places] = ord(" ")
    lengths = np.add.reduceat(known.letter[codes], starts, dtype=np.int64).tolist()
    # Blanks are those of one text, as none reaches beyond a mark; at its ends, nothing is left of them.
    parts = closed_up(folded.tobytes().decode("utf-32-le")).split(_MARK)
    return [
        _folded_singly(text) if number in uneven else FoldedText(part := parts[number].strip(), part, lengths[number])
        for number, text in enumerate(texts)
    ]


def _folded_singly(text: str) -> FoldedText:
    folded, plain = folded_texts(text)
    return FoldedText(folded, plain, length(folded))
