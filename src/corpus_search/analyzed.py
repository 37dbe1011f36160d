"""What of an article does an engine get?

An article in; what it can be narrowed by, and its chunks with their terms, out. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from corpus_search.analysis import Analyzer, folded_text
from corpus_search.article import Article
from corpus_search.chunk import Chunk, chunks
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.folding import FoldedText, folded_together


def analyzed(
    article: Article, analyzer: Analyzer, *, packed: bytes = b""
) -> tuple[AnalyzedArticle, tuple[AnalyzedChunk, ...]]:
    """Return an article with its chunks, as an engine indexes them; `packed` is its record, if it is at hand."""
    pieces = chunks(article)
    folded = folded_together([chunk.text for chunk in pieces])
    # Its chunks have one title, and many of them the same headings.
    fold, counts = cache(folded_text), cache(analyzer.counts)

    def one(chunk: Chunk, text: FoldedText, terms: Mapping[str, int]) -> AnalyzedChunk:
        headings = "\n".join(map(fold, chunk.heading_path))
        return AnalyzedChunk(
            chunk,
            text.text,
            text.plain,
            headings,
            terms,
            counts("" if chunk.is_heading else headings),
            counts(fold(chunk.title or "")),
            text.length,
        )

    terms = analyzer.counts_together([text.text for text in folded])
    return analyzed_article(article, packed=packed), tuple(map(one, pieces, folded, terms))


def analyzed_article(article: Article, *, packed: bytes = b"") -> AnalyzedArticle:
    """Return `article` with what it can be narrowed by, folded."""

    def lines(values: Iterable[str]) -> str:
        return "\n".join(map(folded_text, values))

    meta = article.metadata
    titles = filter(None, (meta.title, meta.title_en))
    names = (*(author.name for author in meta.authors), *meta.authors_en)
    return AnalyzedArticle(article, lines(titles), lines(names), lines((*meta.keywords, *meta.keywords_en)), packed)
