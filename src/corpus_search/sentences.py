"""Where do sentences begin and end?

Chinese, Japanese and English text in, sentence boundaries out. A closing quotation mark or bracket belongs to
the sentence it closes. Used for the sentence a note stands on and for cutting snippets.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from corpus_search.article import Span

# It begins with a set, which is searched for much quicker than a choice; what stands before is looked at behind it.
_END = re.compile(
    r"[。！？!?….\n](?:(?<=\n)\n*|(?:(?<=[。！？!?…])[。！？!?…]*|(?<=\.)(?<![A-Z].)(?<!\b[A-Z][a-z].)(?=[\s”’\"')\]]|$))"
    r"[”’」』》）)\]\"']*[ \t\u3000]*)"
)


def sentences(text: str) -> tuple[Span, ...]:
    """Return the sentences of `text`; together they cover it all."""
    spans = []
    start = 0
    for match in _END.finditer(text):
        spans.append(Span(start, match.end()))
        start = match.end()
    if start < len(text) or not spans:
        spans.append(Span(start, len(text)))
    return tuple(spans)


def sentence_before(text: str, offset: int) -> str:
    """Return the sentence that ends at or contains the character before `offset`: the one a marker there notes."""
    spans = sentences(text)
    place = bisect_left([span.end for span in spans], max(offset, 1))
    span = spans[min(place, len(spans) - 1)]
    return text[span.start : span.end].strip()


def sentence_at(spans: tuple[Span, ...], offset: int) -> int:
    """Return the index of the sentence in `spans` that holds the character at `offset`."""
    return max(bisect_right([span.start for span in spans], offset) - 1, 0)
