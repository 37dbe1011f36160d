"""Where and why does a chunk match?

A chunk's text and the query in; the spans that matched, the match label and a snippet out. Places are found in
the folded text and mapped back, so they cover whole characters of the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from corpus_search.analysis import LATIN, Analyzer, Place, extends, fold, is_cjk, stem
from corpus_search.article import Span
from corpus_search.frozen import dataclass
from corpus_search.limits import check
from corpus_search.query import Fuzzy, Leaf, Near, Pattern, Query, Run, Word, Words
from corpus_search.sentences import sentence_at, sentences
from corpus_search.wildcards import wildcard_places

SNIPPET_LENGTH = 120
"""How long a snippet grows before it is cut, in characters: three lines of a phone, two of a terminal."""

_CLAUSE_END = re.compile(r"[，、；：,;:。！？\s]")
_LATIN = re.compile(f"[{LATIN}]+")


@dataclass(frozen=True, slots=True)
class Match:
    """Where a query's items stand in a text: merged spans in order, and how well they match.

    `label` is ``exact`` (the query's characters stand there), ``folded`` (they do after folding) or
    ``segmented`` (only its words do).
    """

    spans: tuple[Span, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text around its best match: ``[start, end)`` of that text, and the spans inside the piece."""

    text: str
    start: int
    end: int
    spans: tuple[Span, ...]


# --- places --------------------------------------------------------------------------------------------------


def run_places(run: str, folded: str) -> Iterator[Place]:
    """Yield where the folded `run` stands, without overlaps."""
    at = folded.find(run) if run else -1
    while at >= 0:
        yield at, at + len(run)
        at = folded.find(run, at + len(run))


def bounded_places(run: str, folded: str) -> Iterator[Place]:
    """Yield where `run` stands, but not inside a longer Latin word or number: 13 is not in 2013."""
    before, after = _LATIN.match(run[:1]), _LATIN.match(run[-1:])
    if not before and not after:
        yield from run_places(run, folded)
        return
    at = folded.find(run)
    while at >= 0:
        end = at + len(run)
        inside = (before and _LATIN.match(folded[at - 1 : at])) or (after and _LATIN.match(folded[end : end + 1]))
        if inside:
            end = at + 1
        else:
            yield at, end
        at = folded.find(run, end)


def is_bounded(run: str, folded: str) -> bool:
    """Tell whether `run` stands in a text, and not inside a longer Latin word or number."""
    return any(True for _ in bounded_places(run, folded))


def edge_words(run: str) -> tuple[str, ...]:
    """Return the Latin words that `run` begins and ends with, where it does; they may be the same one."""
    words = list(_LATIN.finditer(run))
    return tuple(dict.fromkeys(word[0] for word in words if word.start() == 0 or word.end() == len(run)))


def pattern_places(pattern: Pattern, folded: str, *, plain: bool = False) -> list[Place]:
    """Return where a word with wildcards stands; `plain` says that `folded` keeps its script."""
    regex = pattern.plain_regex if plain else pattern.regex
    return list(wildcard_places(regex, folded))


def has_pattern(pattern: Pattern, folded: str, *, plain: bool = False) -> bool:
    """Tell whether a word with wildcards stands in a text, without looking for more than one place."""
    regex = pattern.plain_regex if plain else pattern.regex
    return any(True for _ in wildcard_places(regex, folded))


def near_places(near: Near, folded: str, *, plain: bool = False) -> list[Place]:
    """Return the places of both sides that stand within the distance of one of the other side."""
    left, right = (_written_places(side, folded, plain=plain) for side in (near.left, near.right))
    kept = set()
    for one in left:
        check()
        for other in right:
            gap = other[0] - one[1] if other[0] >= one[1] else one[0] - other[1]
            if one != other and gap <= near.distance:
                kept |= {one, other}
    return sorted(kept)


def _written_places(node: object, folded: str, *, plain: bool) -> list[Place]:
    """Return where `node` stands as written."""
    match node:
        case Words(run):
            return list(bounded_places(run.plain if plain else run.text, folded))
        case Run():
            return list(run_places(node.plain if plain else node.text, folded))
        case Pattern():
            return pattern_places(node, folded, plain=plain)
        case Near():
            return near_places(node, folded, plain=plain)
        case _:
            return []


def misspellings(fuzzy: Fuzzy, words: Iterable[str], *, stemmed: bool = False) -> list[str]:
    """Return those of some folded words that are, or whose stems are, within the edits that `fuzzy` allows."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    stems: dict[str, list[str]] = {}
    for word in words:
        if _LATIN.fullmatch(word) and word.isalpha():
            for form in {word} if stemmed else {word, stem(word)}:
                stems.setdefault(form, []).append(word)
    found: dict[str, None] = {}
    for asked in {fuzzy.text, stem(fuzzy.text)}:
        for form, _, _ in process.extract_iter(asked, list(stems), scorer=OSA.distance, score_cutoff=fuzzy.distance):
            found |= dict.fromkeys(stems[form])
    return list(found)


def _fuzzy_places(fuzzy: Fuzzy, folded: str) -> list[Place]:
    there = {m.span(): m[0] for m in _LATIN.finditer(folded)}
    close = set(misspellings(fuzzy, there.values()))
    return [place for place, word in there.items() if word in close]


def _as_written(node: object, piece: str) -> bool:
    """Tell whether `piece` of a text is what was written, without any folding."""
    match node:
        case Words(run) | (Run() as run):
            return piece == run.written
        case Pattern():
            return (0, len(piece)) in wildcard_places(node.plain_regex, piece)
        case Near():
            return _as_written(node.left, piece) or _as_written(node.right, piece)
        case _:
            return False


class _Sought(NamedTuple):
    """A leaf of a query, whether it ranks what is found, and its words, if it has any."""

    leaf: Leaf
    is_ranked: bool
    clues: _Shown
    """The words that count alone."""
    words: _Shown
    """All words: those that are no clue count where all of them are."""


class _Shown:
    """Words of an item that are to be shown."""

    def __init__(self, words: Iterable[Word] = ()) -> None:
        self.words = tuple(dict.fromkeys(words))
        self.plain = frozenset(word.plain for word in self.words)
        self.alone = frozenset(word.text for word in self.words if not word.inside)
        """Those that stand where the text has them as terms."""


def _sought(leaf: Leaf, *, is_ranked: bool) -> _Sought:
    clues = leaf.clues if isinstance(leaf, Words) else ()
    words = leaf.words if isinstance(leaf, Words) else ()
    return _Sought(leaf, is_ranked, _Shown(clues), _Shown((*words, *clues)))


class Matcher:
    """Finds everything of a query in texts."""

    def __init__(self, query: Query, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._plain = query.exact_script
        self._leaves = [_sought(leaf, is_ranked=leaf in query.ranked) for leaf in query.leaves()]
        self._cjk = frozenset(word.text for one in self._leaves for word in one.words.words if is_cjk(word.text))

    def match(self, text: str) -> Match:
        """Find everything of the query that stands in `text`."""
        folded = fold(text, scripts=not self._plain)
        found: list[Span] = []
        labels = {"exact"}
        for one, places, as_written in self._found(folded.text):
            spans = []
            for place in places:
                check()
                spans.append(folded.original(*place))
            found += spans
            if spans or one.is_ranked:
                labels.add(_label(one.leaf, [text[a:b] for a, b in spans]) if as_written else "segmented")
        label = next(name for name in ("segmented", "folded", "exact") if name in labels)
        return Match(_merged(found), label)

    def occurrences(self, folded: str) -> tuple[Place, ...]:
        """Return the places that `match` marks, but in a folded text, and in order.

        What overlaps is one, what touches two. The text is folded in everything but its script where the query keeps
        scripts apart.
        """
        found = {place for _, places, _ in self._found(folded) for place in places}
        apart: list[Place] = []
        for start, end in sorted(found):
            if apart and start < apart[-1][1]:
                apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
            else:
                apart.append((start, end))
        return tuple(apart)

    def _found(self, folded: str) -> Iterator[tuple[_Sought, list[Place], bool]]:
        """Yield each leaf, where it stands, and whether it does as written; or its words do, or misspellings of it."""
        written = [_written_places(one.leaf, folded, plain=self._plain) for one in self._leaves]
        shown = [
            _Shown() if places else self._shown(one, folded) for one, places in zip(self._leaves, written, strict=True)
        ]
        # The text is cut once, if it has to be.
        terms = self._analyzer.places(folded, frozenset().union(*[words.alone for words in shown]))
        for one, places, words in zip(self._leaves, written, shown, strict=True):
            if isinstance(one.leaf, Fuzzy):
                yield one, _fuzzy_places(one.leaf, folded), False
            elif places or not isinstance(one.leaf, Words):
                yield one, places, True
            else:
                yield one, self._of_words(one.leaf.words, one.clues, words, folded, terms), False

    def _shown(self, one: _Sought, folded: str) -> _Shown:
        """Return those of an item's words that count in a text: only the clues, where any of its words is missing."""
        if not one.clues.words or not isinstance(one.leaf, Words):
            return _Shown()
        missing = any(
            word.text in self._cjk and word.text not in folded and word.plain not in folded for word in one.leaf.words
        )
        return one.clues if missing else one.words

    def _of_words(
        self,
        every: tuple[Word, ...],
        clues: _Shown,
        shown: _Shown,
        folded: str,
        terms: Mapping[str, list[Place]],
    ) -> list[Place]:
        """Return where the words of an item stand that are `shown`, or only its clues, where not `every` one does."""
        places: dict[str, list[Place]] = {}
        for word in shown.words:
            if word.inside:
                places[word.text] = list(run_places(word.plain if self._plain else word.text, folded))
            elif word.text not in places:
                found = terms[word.text]
                if self._plain and word.text in self._cjk:
                    found = [(start, end) for start, end in found if folded[start:end] in shown.plain]
                places[word.text] = found
        if shown is not clues and not all(places.get(word.text) for word in every):
            shown = clues
        return [place for word in shown.words for place in places.get(word.text, ())]


def match(text: str, query: Query, analyzer: Analyzer) -> Match:
    """Find everything of `query` that stands in `text`."""
    return Matcher(query, analyzer).match(text)


def _label(leaf: Leaf, pieces: list[str]) -> str:
    """Return how well pieces of a text match, where a leaf stands as written but for its folding."""
    match leaf:
        case Words(run) | (Run() as run):
            return "exact" if run.written in pieces else "folded"
        case _:
            return "exact" if all(_as_written(leaf, piece) for piece in pieces) else "folded"


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return tuple(merged)


# --- snippets ------------------------------------------------------------------------------------------------


def snippet(text: str, spans: Sequence[Span], start: int = 0, end: int | None = None) -> Snippet:
    """Cut the best piece out of ``text[start:end]``: the sentence with most matched, and its neighbours.

    A sentence that is too long is cut at clauses around its match, or between characters if need be; never
    inside a match or a combining sequence.
    """
    end = len(text) if end is None else end
    inside = [span for span in spans if start <= span.start and span.end <= end]
    if not inside:
        inside = [Span(max(s.start, start), min(s.end, end)) for s in spans if s.start < end and s.end > start]
    pieces = [Span(s.start + start, s.end + start) for s in sentences(text[start:end])]
    if not inside:
        first = Span(pieces[0].start, pieces[0].end)
        return _snippet(text, _within(text, first, first.start), ())
    weights = [0] * len(pieces)
    firsts: list[Span | None] = [None] * len(pieces)
    for span in inside:
        place = sentence_at(tuple(pieces), span.start)
        weights[place] += span.end - span.start
        firsts[place] = firsts[place] or span
    best = max(range(len(pieces)), key=lambda i: (weights[i], -i))
    first_span = firsts[best] or inside[0]
    window = Span(pieces[best].start, max(pieces[best].end, first_span.end))
    if window.end - window.start > SNIPPET_LENGTH:
        return _snippet(text, _within(text, window, first_span.start, first_span.end), inside)
    low = high = best
    while True:
        grown = False
        if high + 1 < len(pieces) and pieces[high + 1].end - pieces[low].start <= SNIPPET_LENGTH:
            high += 1
            grown = True
        if low > 0 and pieces[high].end - pieces[low - 1].start <= SNIPPET_LENGTH:
            low -= 1
            grown = True
        if not grown:
            break
    return _snippet(text, Span(pieces[low].start, max(pieces[high].end, window.end)), inside)


def _within(text: str, window: Span, start: int, end: int | None = None) -> Span:
    """Return a part of `window` that holds ``[start, end)``, cut at clauses, no longer than need be."""
    end = start if end is None else end
    room = max(SNIPPET_LENGTH - (end - start), 0)
    low = max(window.start, start - room // 3)
    high = min(window.end, max(end, low + SNIPPET_LENGTH))
    low = max(window.start, min(low, high - SNIPPET_LENGTH))
    low = min(low, start)
    if low > window.start:
        clause = [m.end() for m in _CLAUSE_END.finditer(text, low, start)]
        low = clause[0] if clause else _boundary(text, low, -1)
    if high < window.end:
        clause = [m.end() for m in _CLAUSE_END.finditer(text, end, high)]
        high = clause[-1] if clause else _boundary(text, high, 1)
    return Span(low, high)


def _boundary(text: str, at: int, step: int) -> int:
    """Move `at` to where a character with its combining marks, or a Latin word, begins."""
    for _ in range(40):
        if not 0 < at < len(text):
            break
        before, here = text[at - 1], text[at]
        one_word = before.isascii() and here.isascii() and before.isalnum() and here.isalnum()
        if not one_word and not extends(here) and fold(before).text:
            break
        at += step
    return at


def _snippet(text: str, window: Span, spans: Sequence[Span]) -> Snippet:
    for span in spans:
        # A match at an edge is shown whole.
        if span.start < window.end < span.end:
            window = Span(window.start, span.end)
        if span.start < window.start < span.end:
            window = Span(span.start, window.end)
    piece = text[window.start : window.end]
    start = window.start + len(piece) - len(piece.lstrip())
    piece = piece.strip()
    end = start + len(piece)
    inside = tuple(
        Span(max(s.start, start) - start, min(s.end, end) - start) for s in spans if s.start < end and s.end > start
    )
    return Snippet(piece, start, end, inside)
