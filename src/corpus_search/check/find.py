"""Does a quotation stand in the corpus, where, and if not, what stands there that is nearest to it?

A quotation in, a `Verdict` out. It is looked for as one run of letters; where it says that something is left out
(……, [ ]), as parts that stand in order in one paragraph. Only where neither stands is the nearest passage looked for,
and only what is within `edits_allowed` of it is called an alteration: anything else is not found.

Everything is asked of the index through the `Engine` protocol: runs first, since these are proved; then, for what may
be altered, passages ranked by the pairs of characters they share with the quotation, and passages in which a short run
of it stands. These few are compared letter by letter.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz

from corpus_search.analysis import folded_text
from corpus_search.article import Address, Article, DocId, Kind, Span
from corpus_search.check.align import Alignment, Part, Window, aligned, fewest_edits, laid_out
from corpus_search.check.asked import Asked, readings
from corpus_search.check.verdict import Mark, Place, Verdict
from corpus_search.check.writing import REFERENCE, Core, Difference, core, core_text, is_telling
from corpus_search.chunk import LIMIT, Chunk, Passage
from corpus_search.cite import cite
from corpus_search.engine import AnalyzedQuery, Clue, Engine, Sort
from corpus_search.errors import CitationError
from corpus_search.limits import check
from corpus_search.query import Field, Narrow, Query, Run, Word, Words

MOST_PLACES = 10
"""How many places of a quotation are named; the others are counted."""

_MOST_READ = 300
"""How many chunks are read, at most, for the places of one quotation, besides those of the work it is attributed to."""

_SHORT, _ALLOWED_SHORT, _ALLOWED = 13, 0.25, 0.4


def edits_allowed(letters: int) -> int:
    """Return how many edits make an alteration of a quotation with so many letters; with more, it is another text.

    Of 2,911 sentences from elsewhere, compared with 2,028 papers, those of 13 letters and more were at least 0.41 of
    their length away from every passage, 99 in 100 of them; shorter ones, which are dates and turns of phrase, come
    nearer by chance (of those with 9 to 12 letters, fewer than 5 in 100 within 0.25).
    """
    return max(1, int(letters * (_ALLOWED_SHORT if letters < _SHORT else _ALLOWED)))


# --- asking --------------------------------------------------------------------------------------------------


def _run(text: str) -> Run:
    return Run(text, text, text)


class Finder:
    """Looks for quotations in an index; what it read once, it keeps for the next."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._article = lru_cache(maxsize=64)(self._read)
        self._titles: list[tuple[str, DocId]] | None = None
        self._total = max(int(engine.stats()["chunks"]), 1)

    def _read(self, doc_id: DocId) -> Article | None:
        return self._engine.get(doc_id)

    def check(self, text: str, *, work: str = "", limit: int = MOST_PLACES) -> Verdict:
        """Return where a quotation stands; `work` is the title that it is attributed to, if it is to any."""
        quoted = core(text.strip())
        titled = self._titled(work)
        verdict = self._verdict(Verdict(text, Mark.MISSING, work=work), quoted, titled, limit)
        # Of several articles with one title, the one where it stands is meant.
        own = {place.doc_id for place in verdict.places[:1]} & titled
        return replace(verdict, found_work=min(own or titled, default=None))

    def _verdict(self, verdict: Verdict, quoted: Core, titled: frozenset[DocId], limit: int) -> Verdict:
        """Return what becomes of the `verdict` on a quotation; the documents `titled` come first."""
        if not quoted.text:
            return verdict
        meant = list(readings(quoted))
        for asked in meant:
            check()
            places, complete = self._verbatim(asked, titled)
            if places:
                cited = tuple(self._cited(place) for place in places[:limit])
                return replace(verdict, mark=Mark.VERBATIM, places=cited, total=len(places), complete=complete)
        near = [place for asked in meant if (place := self._nearest(asked, titled))]
        place = min(near, key=lambda place: place.edits, default=None)
        if place and not place.edits:
            # Found as the nearest: it may be as near elsewhere.
            return replace(verdict, mark=Mark.VERBATIM, places=(self._cited(place),), total=1, complete=False)
        apart = self._apart(meant[-1]) if len(meant) > 1 else ()
        if place is None:
            return replace(verdict, mark=Mark.ALTERED if apart else Mark.MISSING, apart=apart)
        return replace(verdict, mark=Mark.ALTERED, places=(self._cited(place),), total=1, apart=apart)

    def _titled(self, work: str) -> frozenset[DocId]:
        """Return the documents with a title, or with one that begins so: subtitles are often left out."""
        letters = core_text(work)
        if not letters:
            return frozenset()
        if self._titles is None:
            abouts = filter(None, map(self._engine.about, self._engine.documents()))
            self._titles = [(core_text(about.title or ""), about.doc_id) for about in abouts]
        whole = frozenset(doc_id for title, doc_id in self._titles if title == letters)
        if whole or len(letters) < _MAIN_TITLE:
            return whole
        return frozenset(doc_id for title, doc_id in self._titles if title.startswith(letters))

    # --- verbatim ----------------------------------------------------------------------------------------

    def _verbatim(self, asked: Asked, titled: frozenset[DocId]) -> tuple[list[Place], bool]:
        """Return the places where a quotation stands, best first, and whether these are all."""
        numbers = self._holding(asked.texts())
        complete = len(numbers) <= _MOST_READ
        if not complete:
            own = Narrow(Field.DOC, values=frozenset(map(str, titled)))
            numbers = sorted({*(self._holding(asked.texts(), own) if titled else ()), *numbers[:_MOST_READ]})
        found: list[Place] = []
        for number in numbers:
            check()
            chunk = self._engine.chunk(number)
            for passage in chunk.passages:
                # Most of what is read does not have it: telling that is cheap.
                if _in_order(asked, core_text(chunk.text[passage.start : passage.end]), 0):
                    found += self._places(asked, chunk, passage)
        if not found:
            found = list(self._across(asked))
        unique = {(place.address, place.span): place for place in found}
        return sorted(unique.values(), key=lambda place: _order(place, titled)), complete

    def _holding(self, texts: Iterable[str], *narrowed: Narrow) -> list[int]:
        """Return chunks among which are all in which the runs of letters of all `texts` stand, few if possible."""
        runs = sorted({run for text in texts for run in _runs(folded_text(text))}, key=len, reverse=True)
        found: set[int] | None = None
        for run in runs[:_MOST_RUNS]:
            there = self._engine.matching(Query("", required=(*narrowed, _run(run))))
            found = there if found is None else found & there
            if len(found) <= _FEW:
                break
        return sorted(found or ())

    def _places(self, asked: Asked, chunk: Chunk, passage: Passage) -> Iterator[Place]:
        """Yield where the parts of a quotation stand in order in a passage, as they are."""
        text = chunk.text[passage.start : passage.end]
        source = core(text)
        at = 0
        while True:
            windows = _in_order(asked, source.text, at)
            if not windows:
                return
            yield _placed(laid_out(asked.core, asked.parts, source, windows), chunk, passage, text, passage.offset)
            at = windows[0].start + 1

    def _across(self, asked: Asked) -> Iterator[Place]:
        """Yield where a quotation stands across two pieces of one very long paragraph, which are two chunks."""
        if len(asked.parts) > 1:
            return
        letters, quoted = asked.pattern, asked.core
        half = len(letters) // 2
        if len(letters) > LIMIT // 2:
            # It may hold whole chunks: what its longest run stands in is read.
            runs = _runs(folded_text(next(asked.texts())))
            for number in self._holding([max(runs, key=len)])[:_FEW]:
                chunk = self._engine.chunk(number)
                for passage in chunk.passages:
                    yield from self._in_paragraph(asked, chunk, passage)
            return
        # Of two halves, one stands in one chunk, at its edge.
        for first, last in ((0, max(half - 1, 0)), (half, -1)):
            for number in self._holding([quoted.raw[quoted.starts[first] : quoted.ends[last]]])[:_MOST_READ]:
                check()
                chunk = self._engine.chunk(number)
                text = core_text(chunk.text)
                if any(text.endswith(letters[:k]) or text.startswith(letters[-k:]) for k in range(half, len(letters))):
                    for passage in chunk.passages:
                        yield from self._in_paragraph(asked, chunk, passage)

    def _in_paragraph(self, asked: Asked, chunk: Chunk, passage: Passage) -> Iterator[Place]:
        text = self._paragraph(chunk, passage)
        source = core(text)
        windows = _in_order(asked, source.text, 0)
        if windows:
            yield _placed(laid_out(asked.core, asked.parts, source, windows), chunk, passage, text, 0)

    def _paragraph(self, chunk: Chunk, passage: Passage) -> str:
        """Return the whole text of the paragraph that a passage is of."""
        piece = chunk.text[passage.start : passage.end]
        if chunk.kind is not Kind.BODY or chunk.is_heading:
            return piece
        article = self._article(chunk.doc_id)
        paragraphs = article.paragraphs() if article else ()
        return next((one.text for one in paragraphs if one.address == passage.address), piece)

    # --- nearest -----------------------------------------------------------------------------------------

    def _nearest(self, asked: Asked, titled: frozenset[DocId]) -> Place | None:
        """Return the place that is fewest edits from a quotation, if these are few enough."""
        allowed = edits_allowed(len(asked.pattern))
        near = self._closest(asked, titled, self._ranked(asked, titled), allowed)
        if near is None or near.edits > allowed // 2:
            # Where most pairs were changed, or stand everywhere, a run that was not may lead there.
            other = self._closest(asked, titled, self._sharing(asked), allowed)
            found = [place for place in (near, other) if place]
            near = min(found, key=lambda place: (place.edits, _order(place, titled)), default=None)
        return near

    def _closest(self, asked: Asked, titled: frozenset[DocId], chunks: Iterable[Chunk], allowed: int) -> Place | None:
        """Return the place in some chunks that is fewest edits from a quotation, if these are `allowed`."""
        patterns = asked.patterns
        best: tuple[tuple[object, ...], Chunk, Passage, str, int] | None = None
        for chunk in _likely(asked, titled, chunks):
            for passage in chunk.passages:
                check()
                text, offset = chunk.text[passage.start : passage.end], passage.offset
                letters = core_text(text)
                edits = fewest_edits(patterns, letters) if letters else allowed + 1
                if edits > 2 * allowed:
                    continue
                if edits and (passage.offset or passage is chunk.passages[-1]):
                    # A piece of a very long paragraph may hold the half of it.
                    whole = self._paragraph(chunk, passage)
                    if whole != text:
                        text, offset, edits = whole, 0, fewest_edits(patterns, core_text(whole))
                if edits > allowed:
                    continue
                entry = (edits, chunk.doc_id not in titled, _KINDS.get(chunk.kind, 3), chunk.doc_id, chunk.order)
                if best is None or entry < best[0]:
                    best = entry, chunk, passage, text, offset
        if best is None:
            return None
        _, chunk, passage, text, offset = best
        found = aligned(asked.core, asked.parts, core(text))
        return _placed(found, chunk, passage, text, offset) if found and found.edits <= allowed else None

    def _ranked(self, asked: Asked, titled: frozenset[DocId]) -> Iterator[Chunk]:
        """Yield the chunks that share most pairs of letters with a quotation."""
        pairs = Counter(
            a + b for text in asked.texts() for a, b in pairwise(folded_text(text)) if a.isalnum() and b.isalnum()
        )
        if not pairs:
            return
        words = tuple(Word(pair, inside=True, plain=pair) for pair in pairs)
        ranked = (Words(_run(asked.pattern), words),)
        terms: dict[Clue, dict[str, float]] = {clue: {} for clue in Clue}
        terms[Clue.PAIRS] = dict(pairs)
        narrowed = [Query("", ranked=ranked)]
        if titled:
            narrowed.append(replace(narrowed[0], required=(Narrow(Field.DOC, values=frozenset(map(str, titled))),)))
        for query in narrowed:
            page = self._engine.search(AnalyzedQuery(query, terms), limit=_RANKED, offset=0, sort=Sort.RELEVANCE)
            yield from (hit.chunk for hit in page.hits)

    def _sharing(self, asked: Asked) -> Iterator[Chunk]:
        """Yield the chunks in which short runs of a quotation stand, those with most and the rarest of them first."""
        pieces: dict[str, None] = {}
        for text in asked.texts():
            for run in _runs(folded_text(text)):
                pieces |= dict.fromkeys(_short_runs(run))
        votes: dict[int, float] = defaultdict(float)
        for piece in list(pieces)[:_MOST_PIECES]:
            check()
            found = self._engine.matching(Query("", required=(_run(piece),)))
            if found and len(found) <= _COMMON:
                weight = math.log(self._total / len(found) + 1) * len(piece)
                for number in found:
                    votes[number] += weight
        for number in sorted(votes, key=lambda number: (-votes[number], number))[:_VOTED]:
            yield self._engine.chunk(number)

    def _apart(self, asked: Asked) -> tuple[Address, ...]:
        """Return a place of each part of a quotation, if all of them stand somewhere."""
        found = []
        for text in asked.texts():
            part = core(text)
            places, _ = self._verbatim(Asked(part, (Part(0, len(part)),)), frozenset())
            if not places:
                return ()
            found.append(places[0].address)
        return tuple(found)

    def _cited(self, place: Place) -> Place:
        article = self._article(place.doc_id)
        if article is None:
            return place
        try:
            return replace(place, citation=cite(article, place.address, page=place.page).text)
        except CitationError:
            return place


_MAIN_TITLE = 6
"""The beginning of a title is taken for the whole from so many letters on."""
_MOST_RUNS, _FEW = 4, 20
"""Runs are looked for, the longest first, until no more than so few chunks are left to be read."""
_COMPARED = 8
"""How many chunks are compared letter by letter."""
_RANKED, _VOTED = 30, 30
"""How many chunks are looked at that share pairs, or short runs, with a quotation."""
_COMMON = 3_000
"""A run that stands in more chunks says nothing about which."""
_MOST_PIECES = 60
_HAN_RUN, _LATIN_RUN = 6, 12
"""How long a short run is: one of six characters stands in five of 156,474 chunks, by the median of sixty."""


def _runs(folded: str) -> list[str]:
    """Return the runs of letters in a folded text: Latin words with the blanks between them, and no signs."""
    found, begun = [], 0
    for at, char in enumerate((folded := REFERENCE.sub("\n", folded)) + "\n"):
        if char != " " and not is_telling(char):
            if run := folded[begun:at].strip():
                found.append(run)
            begun = at + 1
    return found


def _short_runs(run: str) -> Iterator[str]:
    """Yield the halves of a run, or short runs that cover it: an edit leaves all but one or two of them as they are."""
    size = _LATIN_RUN if run.isascii() else _HAN_RUN
    if len(run) < 2 * size:
        half = (len(run) + 1) // 2
        if half > 1:
            yield from (run[:half], run[half:]) if len(run) > size else (run,)
            yield run[half // 2 : half // 2 + half]
        return
    for at in range(0, len(run) - size + 1, size // 2 + 1):
        yield run[at : at + size]
    yield run[-size:]


def _likely(asked: Asked, titled: frozenset[DocId], chunks: Iterable[Chunk]) -> list[Chunk]:
    """Return those of some chunks that a quotation is most likely from, best first."""
    letters = asked.pattern
    scored = {}
    for chunk in chunks:
        check()
        text = core_text(chunk.text)
        score = fuzz.partial_ratio(letters, text) if len(text) >= len(letters) else fuzz.ratio(letters, text)
        scored[-score, chunk.doc_id not in titled, chunk.doc_id, chunk.order] = chunk
    return [scored[key] for key in sorted(scored)[:_COMPARED]]


def _in_order(asked: Asked, letters: str, start: int) -> list[Window]:
    """Return where all parts stand one after the other from `start` on, or nothing."""
    windows = []
    at = start
    for part in asked.parts:
        pattern = asked.core.text[part.start : part.end]
        found = letters.find(pattern, at)
        if found < 0:
            return []
        at = found + len(pattern)
        windows.append(Window(0, found, at))
    return windows


def _placed(found: Alignment, chunk: Chunk, passage: Passage, text: str, offset: int) -> Place:
    """Return a place in the text of a paragraph, of which `text` begins at `offset`."""
    start, end = found.span
    differences = found.differences
    if not found.edits and _cuts_a_word(text, found.span):
        differences = (*differences, Difference.EDGE)
    return Place(
        passage.address,
        Span(start + offset, end + offset),
        text[start:end],
        chunk.doc_id,
        chunk.title,
        chunk.authors,
        chunk.year,
        passage.page_at(start + offset - passage.offset + passage.start),
        chunk.kind,
        chunk.heading_path,
        found.pieces,
        differences,
        found.edits,
    )


def _cuts_a_word(text: str, span: Span) -> bool:
    def joined(at: int) -> bool:
        pair = text[at - 1 : at + 1] if 0 < at < len(text) else ""
        return len(pair) == 2 and all(char.isalnum() and char < "\u2e80" for char in pair)

    return joined(span.start) or joined(span.end)


_KINDS = {Kind.BODY: 0, Kind.ABSTRACT: 1, Kind.NOTE: 2}


def _order(place: Place, titled: frozenset[DocId]) -> tuple[object, ...]:
    """Return what sorts places: the attributed work first, then what stands exactly so, and text before lists."""
    return (
        place.doc_id not in titled,
        bool(place.differences),
        len(place.differences),
        _KINDS.get(place.kind, 3),
        place.address,
        place.span,
    )
