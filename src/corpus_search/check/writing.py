"""What do two writings of a text have in common, and in what do they differ?

A text in; its core out: the letters, digits and characters that carry its words, folded, each with its place in the
text. Two writings with one core differ only in width, case, script, signs or blanks, and `differences` says in which.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from corpus_search.analysis import extends, fold, folded_text


class Difference(StrEnum):
    """What two writings of the same words differ in."""

    WIDTH = "width"
    CASE = "case"
    SCRIPT = "script"
    BLANKS = "blanks"
    QUOTATION_MARKS = "quotation marks"
    REFERENCE_NUMBERS = "reference numbers"
    """``[12]``, which numbers a source and says nothing itself."""
    PUNCTUATION = "punctuation"
    EDGE = "a word or number cut in two"
    """The quotation begins or ends inside a Latin word or a number: 13年 stands in 2013年."""


@dataclass(frozen=True, slots=True)
class Core:
    """The core of the text `raw`: its character ``i`` stands for ``raw[starts[i]:ends[i]]``."""

    raw: str
    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def __len__(self) -> int:
        return len(self.text)


# Signs that change what is said are no punctuation: 5% is not 5.
_TELLING = frozenset("%‰‱&@#§°℃")
_TYPOGRAPHIC = frozenset("~`^|")
REFERENCE = re.compile(r"\[\s*\d{1,3}(?:\s*[-,~]\s*\d{1,3})*\s*\]")
"""Numbers of references in a folded text."""


@lru_cache(maxsize=20_000)
def is_telling(char: str) -> bool:
    """Tell whether a folded character carries words: all do but blanks, controls and punctuation."""
    if char in _TELLING:
        return True
    return unicodedata.category(char)[0] in "LNSM" and char not in _TYPOGRAPHIC


def core(text: str) -> Core:
    """Return the core of a text."""
    folded = fold(text)
    numbers = {i for match in REFERENCE.finditer(folded.text) for i in range(*match.span())}
    kept = [i for i, char in enumerate(folded.text) if i not in numbers and is_telling(char)]
    return Core(
        text,
        "".join([folded.text[i] for i in kept]),
        [folded.starts[i] for i in kept],
        [folded.ends[i] for i in kept],
    )


def core_text(text: str) -> str:
    """Return the text of ``core(text)``, without the map and many times faster."""
    if any(map(extends, set(text))):
        return _bare(folded_text(text))
    if "[" in text or "［" in text:
        return _bare(text.translate(_FOLDED))
    return text.translate(_CORE)


def _bare(folded: str) -> str:
    return REFERENCE.sub("", folded).translate(_BARE)


class _Table(dict[int, str]):
    """What `made` makes of each character, filled as they come, for `str.translate`."""

    def __init__(self, made: Callable[[str], str]) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, code: int) -> str:
        self[code] = made = self._made(chr(code))
        return made


_BARE = _Table(lambda char: char if is_telling(char) else "")
_FOLDED = _Table(lambda char: char if char.isspace() else folded_text(char))
_CORE = _Table(lambda char: _bare(folded_text(char)))


# --- differences ---------------------------------------------------------------------------------------------

_MARKS = str.maketrans(dict.fromkeys("“”„‟″「」〝〞〟‘’‚‛′『』\"'＂＇", '"'))


def letters_differ_in(one: str, other: str) -> Difference | None:
    """Return what two writings of the same letters differ in, or None if in nothing."""
    if one == other:
        return None
    one, other = (unicodedata.normalize("NFKC", text) for text in (one, other))
    if one == other:
        return Difference.WIDTH
    return Difference.CASE if one.casefold() == other.casefold() else Difference.SCRIPT


def signs_differ_in(one: str, other: str) -> Difference | None:
    """Return what two runs of signs between letters differ in, or None: the slightest that explains it."""
    if one == other:
        return None
    one, other = (unicodedata.normalize("NFKC", text) for text in (one, other))
    if one == other:
        return Difference.WIDTH
    one, other = ("".join(text.split()) for text in (one, other))
    if one == other:
        return Difference.BLANKS
    one, other = (text.translate(_MARKS) for text in (one, other))
    if one.replace('"', "") == other.replace('"', ""):
        return Difference.QUOTATION_MARKS
    one, other = (REFERENCE.sub("", text) for text in (one, other))
    return Difference.REFERENCE_NUMBERS if one == other else Difference.PUNCTUATION
