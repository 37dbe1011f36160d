"""What does a text rest on, and what rests on a note or an entry?

An `Article` in; for its passages the notes and entries of the list that they stand on, for these the sentences that
they support, and the sentence before. Pure.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from corpus_search.article import Address, Anchor, Article, Citation, Note, Reference, Span
from corpus_search.sentences import sentence_at, sentences

if TYPE_CHECKING:
    from corpus_search.chunk import Passage


class Evidence:
    """The ties between the texts of an article and its notes and references."""

    def __init__(self, article: Article) -> None:
        self._texts = {part.address: part.text for part in (*article.front, *article.matter, *article.back)}
        for _, section in article.walk():
            self._texts[section.address] = section.heading
            self._texts |= {paragraph.address: paragraph.text for paragraph in section.paragraphs}
        self._texts |= {note.address: note.text for note in article.notes}
        self._sentences: dict[Address, tuple[Span, ...]] = {}
        self._meant = {note.address: note.resolves_to for note in article.notes if note.resolves_to}
        self._cited: dict[Address, list[tuple[int, Address]]] = defaultdict(list)
        for reference in article.references:
            for citation in reference.cited_in:
                self._cited[citation.address].append((citation.offset, reference.address))

    def sources(self, notes: Iterable[Address], pieces: Iterable[tuple[Address, int, int]]) -> tuple[Address, ...]:
        """Return what a text rests on: its `notes`, those they point back to, and the entries its `pieces` cite.

        A piece is ``[start, end)`` of the text at an address.
        """
        found: dict[Address, None] = {}
        for note in notes:
            found[note] = None
            if note in self._meant:
                found[self._meant[note]] = None
        for address, start, end in pieces:
            for offset, reference in sorted(self._cited.get(address, ())):
                if start <= offset < end:
                    found[reference] = None
        return tuple(found)

    def around(self, address: Address, offset: int) -> tuple[str, str]:
        """Return the sentence that a citation at `offset` stands in, and the sentence before it."""
        text, spans = self._texts.get(address, ""), self._of(address)
        if not text:
            return "", ""
        at = sentence_at(spans, min(offset, len(text) - 1))
        # A number in brackets that begins a sentence belongs to the one before it: …显著。[3]
        if at and offset == spans[at].start and not re.search(r"[^\W\d_]", text[spans[at].start : spans[at].end]):
            at -= 1
        return self._pair(address, at)

    def before(self, anchor: Anchor) -> str:
        """Return the sentence before the one that carries a note's marker, or nothing where that begins its text."""
        spans = self._of(anchor.address)
        ends = [span.end for span in spans]
        at = min(bisect_left(ends, max(anchor.offset, 1)), len(spans) - 1)
        return self._pair(anchor.address, at)[1] if spans else ""

    def claim(self, citation: Citation) -> Anchor:
        """Return a place that cites an entry, with its sentence."""
        return Anchor(citation.address, citation.offset, self.around(citation.address, citation.offset)[0])

    def _of(self, address: Address) -> tuple[Span, ...]:
        if address not in self._sentences:
            self._sentences[address] = sentences(self._texts[address]) if self._texts.get(address) else ()
        return self._sentences[address]

    def _pair(self, address: Address, at: int) -> tuple[str, str]:
        text, spans = self._texts[address], self._of(address)
        before = spans[at - 1] if at else Span(0, 0)
        return text[spans[at].start : spans[at].end].strip(), text[before.start : before.end].strip()


def sources_within(article: Article, passages: Iterable[Passage], start: int, end: int) -> tuple[Note | Reference, ...]:
    """Return the notes whose markers stand in ``[start, end)`` of a chunk's text and the entries cited there, in order.

    `passages` are the chunk's.
    """
    places = {passage.address: passage for passage in passages}
    found: list[tuple[int, Note | Reference]] = []

    def add(one: Note | Reference, address: Address, offset: int, *, after: int) -> None:
        passage = places.get(address)
        at = passage.start + offset - passage.offset - after if passage else -1
        if passage and passage.start <= at < passage.end and start <= at < end:
            found.append((at, one))

    for note in article.notes:
        if note.anchor:
            add(note, note.anchor.address, note.anchor.offset, after=1)  # A marker notes what stands before it.
    for reference in article.references:
        for citation in reference.cited_in:
            add(reference, citation.address, citation.offset, after=0)
    found.sort(key=lambda pair: pair[0])
    return tuple(dict.fromkeys(one for _, one in found))
