"""What else might have been meant?

A query that finds nothing or next to nothing in; another query worth trying out, made of the corpus's own terms:
Han words for pinyin (``zhanlve nengdong``), homophones and near-homophones (站略 → 战略), and misspelt Latin words.
Offered, never applied.

Readings are pypinyin's for single characters: a term's reading is put together from its characters', which is quick
enough for every term of a library, and near enough for sounds that are compared loosely anyway.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from corpus_search.analysis import is_cjk
from corpus_search.query import Query, Words

FEW = 1
"""A query with no more hits than this is worth a suggestion."""

_SYLLABLES = re.compile(r"[a-zü]+")
# What southern and northern mouths, and hurried fingers, take for each other.
_LOOSE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))


@lru_cache(maxsize=30_000)
def _reading(char: str) -> str:
    from pypinyin import Style, pinyin

    found = pinyin(char, style=Style.NORMAL, v_to_u=False, errors="ignore")
    return str(found[0][0]) if found else ""


def reading(word: str) -> str:
    """Return the reading of a run of Han in pinyin without tones, ü as v."""
    return "".join(map(_reading, word))


def typed(text: str) -> str:
    """Return pinyin as it is typed in one spelling: lüe, lu:e, lve and lue are lve; apostrophes are nothing."""
    plain = text.lower().replace("u:", "v").replace("ü", "v").replace("'", "").replace("’", "")
    return re.sub(r"([ln])ue", r"\1ve", plain)


def _loosened(sound: str) -> str:
    for strict, loose in _LOOSE:
        sound = sound.replace(strict, loose)
    return sound


class Suggester:
    """Suggests from the `terms` of an index; `frequency` tells how many chunks have one."""

    def __init__(self, terms: Iterable[str], frequency: Callable[[str], int]) -> None:
        self._terms = frozenset(terms)
        self._frequency = frequency
        self._latin = [term for term in self._terms if term.isascii() and term.isalpha() and len(term) > 2]
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        self._by_loose_sound: dict[str, list[str]] = defaultdict(list)
        for term in self._terms:
            if len(term) > 1 and is_cjk(term) and (sound := reading(term)):
                self._by_sound[sound].append(term)
                self._by_loose_sound[_loosened(sound)].append(term)

    def suggest(self, query: Query) -> str | None:
        """Return another query worth trying, or None."""
        if query.required or query.excluded or not query.ranked:
            return None
        written = [item.run.written for item in query.ranked]
        by_pinyin = self._pinyin([typed(text) for text in written])
        if by_pinyin:
            return by_pinyin
        replaced = [self._instead(item) for item in query.ranked]
        return " ".join(replaced) if replaced != written else None

    def _best(self, terms: list[str]) -> str | None:
        return max(terms, key=lambda term: (self._frequency(term), term), default=None)

    def _pinyin(self, words: list[str]) -> str | None:
        """Read the whole query as pinyin: as one word, or as one for each word typed."""
        if not all(_SYLLABLES.fullmatch(word) for word in words):
            return None
        whole = self._best(self._by_sound.get("".join(words), []))
        if whole:
            return whole
        found = [self._best(self._by_sound.get(word, [])) for word in words]
        if all(found):
            return "".join(filter(None, found))
        return self._split("".join(words))

    def _split(self, sounds: str) -> str | None:
        """Read pinyin without blanks as the fewest words of the corpus."""
        best: list[list[str] | None] = [[]] + [None] * len(sounds)
        for end in range(1, len(sounds) + 1):
            for start in range(max(0, end - 24), end):
                before = best[start]
                word = self._best(self._by_sound.get(sounds[start:end], [])) if before is not None else None
                if before is not None and word and (best[end] is None or len(before) + 1 < len(best[end] or ())):
                    best[end] = [*before, word]
        return "".join(best[-1]) if best[-1] else None

    def _instead(self, item: Words) -> str:
        """Return what an item that is not found might have been, or the item as it was written."""
        run = item.run.text
        if is_cjk(run) and len(run) > 1:
            sound = reading(run)
            same = [t for t in self._by_sound.get(sound, []) if t != run]
            near = [t for t in self._by_loose_sound.get(_loosened(sound), []) if t != run and len(t) == len(run)]
            found = self._best(same) or self._best(near) or self._mended(run)
            return found or item.run.written
        if run.isascii() and run.isalpha() and run not in self._terms and len(run) > 3:
            close = process.extractOne(run, self._latin, scorer=OSA.distance, score_cutoff=1 if len(run) < 6 else 2)
            return close[0] if close else item.run.written
        return item.run.written

    def _mended(self, run: str) -> str | None:
        """Replace two neighbours of a longer run by a word that sounds the same."""
        for start, pair in enumerate(map("".join, pairwise(run))):
            if pair in self._terms:
                continue
            same = self._best([t for t in self._by_sound.get(reading(pair), []) if len(t) == 2])
            if same:
                return run[:start] + same + run[start + 2 :]
        return None
