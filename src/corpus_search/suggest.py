"""What else might have been meant, and what might be?

A query that finds nothing or next to nothing in; another query worth trying out, made of the corpus's own terms:
Han words for pinyin (``zhanlve nengdong``), look-alikes by Unicode's table of confusable characters (士地 → 土地),
homophones and near-homophones (站略 → 战略), and misspelt Latin words. Offered, never applied. The beginning of a
word in; the terms that it may become out.

Readings are pypinyin's for single characters: a term's reading is put together from its characters', which is quick
enough for every term of a library, and near enough for sounds that are compared loosely anyway.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise

from corpus_search.analysis import fold, is_cjk, stem
from corpus_search.query import Query, Words

_OFTEN = 3
_TONES = re.compile("[\u0300\u0301\u0304\u030c]")
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
    """Return pinyin in one spelling: lüe, lu:e, lve and lue are lve; tones and apostrophes are nothing."""
    toneless = unicodedata.normalize("NFC", _TONES.sub("", unicodedata.normalize("NFD", text)))
    plain = toneless.lower().replace("u:", "v").replace("ü", "v").replace("'", "").replace("’", "")
    return re.sub(r"([ln])ue", r"\1ve", plain)


def _loosened(sound: str) -> str:
    for strict, loose in _LOOSE:
        sound = sound.replace(strict, loose)
    return sound


@lru_cache(maxsize=10_000)
def _look_alikes(char: str) -> tuple[str, ...]:
    """Return the folded characters that look like a folded one."""
    from confusable_homoglyphs.confusables import is_confusable

    found = is_confusable(char, greedy=True) or ()
    alike = (fold(other["c"]).text for entry in found for other in entry["homoglyphs"])
    return tuple(dict.fromkeys(other for other in alike if len(other) == 1 and other != char))


def begun(prefix: str) -> tuple[str, str]:
    """Part a query at the word that is being written: what stands before it, and its folded beginning."""
    word = re.search(r"[^\s\"“「『（(:：+－-]*$", prefix)
    start = word.start() if word else len(prefix)
    return prefix[:start], fold(prefix[start:]).text


class Suggester:
    """Suggests from the `terms` of an index.

    `frequency` tells how many chunks have a term, `known` whether a dictionary does: what it does not is more often a
    slip in the segmentation.
    """

    def __init__(self, terms: Iterable[str], frequency: Callable[[str], int], *, known: Callable[[str], bool]) -> None:
        self._known = known
        self._terms = frozenset(terms)
        self._frequency = frequency
        self._latin = [term for term in self._terms if term.isascii() and term.isalpha() and len(term) > 2]
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        self._by_loose_sound: dict[str, list[str]] = defaultdict(list)
        for term in self._terms:
            if len(term) > 1 and is_cjk(term) and (sound := reading(term)):
                self._by_sound[sound].append(term)
                self._by_loose_sound[_loosened(sound)].append(term)

        self._in_order = sorted(term for term in self._terms if len(term) > 1)
        self._sounds = sorted(self._by_sound)

    def complete(self, word: str) -> list[str]:
        """Return the terms that a folded word may become, the most frequent first.

        What may be no word (a rare one that no dictionary has) is offered only where nothing else is.
        """
        sound = typed(word)
        found = dict.fromkeys(_beginning(word, self._in_order)) if word else {}
        if _SYLLABLES.fullmatch(sound) and len(sound) > 1:
            found |= dict.fromkeys(term for s in _beginning(sound, self._sounds) for term in self._by_sound[s])
        found.pop(word, None)

        often = {term: self._frequency(term) for term in found}
        words = [term for term in found if not is_cjk(term) or often[term] >= _OFTEN or self._known(term)]
        return sorted(words or found, key=lambda term: (-often[term], term))

    def pinyin(self, words: list[str]) -> str | None:
        """Return the Han that words typed in pinyin stand for, or None."""
        sounds = [typed(word) for word in words]
        return self._pinyin(sounds) if sounds else None

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
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        run = item.run.text
        if is_cjk(run) and len(run) > 1:
            sound = reading(run)
            same = [t for t in self._by_sound.get(sound, []) if t != run]
            near = [t for t in self._by_loose_sound.get(_loosened(sound), []) if t != run and len(t) == len(run)]
            found = self._looking_like(run) or self._best(same) or self._best(near) or self._mended(run)
            return found or item.run.written
        if not run.isascii() and run.isalpha():
            return self._looking_like(run) or item.run.written
        if run.isascii() and run.isalpha() and run not in self._terms and len(run) > 3:
            close = process.extractOne(run, self._latin, scorer=OSA.distance, score_cutoff=1 if len(run) < 6 else 2)
            return close[0] if close else item.run.written
        return item.run.written

    def _looking_like(self, run: str) -> str | None:
        """Replace characters by others that look the same, where that makes a term."""
        one_by_one = (run[:at] + other + run[at + 1 :] for at, char in enumerate(run) for other in _look_alikes(char))
        in_latin = "".join(
            char if char.isascii() else next((c for c in _look_alikes(char) if c.isascii() and c.isalpha()), char)
            for char in run
        )
        return self._best([c for c in (*one_by_one, in_latin, stem(in_latin)) if c != run and c in self._terms])

    def _mended(self, run: str) -> str | None:
        """Replace two neighbours of a longer run by a word that sounds the same."""
        for start, pair in enumerate(map("".join, pairwise(run))):
            if pair in self._terms:
                continue
            same = self._best([t for t in self._by_sound.get(reading(pair), []) if len(t) == 2])
            if same:
                return run[:start] + same + run[start + 2 :]
        return None


def _beginning(prefix: str, ordered: list[str]) -> list[str]:
    """Return those of `ordered` strings that begin with `prefix`."""
    start = bisect_left(ordered, prefix)
    return ordered[start : bisect_left(ordered, prefix + "\U0010ffff", lo=start)]
