"""What of an article does an engine get?

An article in; what it can be narrowed by, and its chunks with their terms, out. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from corpus_search.analysis import Analyzer, folded_text, has_script
from corpus_search.article import Article
from corpus_search.chunk import Chunk, chunks
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk


def analyzed(article: Article, analyzer: Analyzer) -> tuple[AnalyzedArticle, tuple[AnalyzedChunk, ...]]:
    """Return an article with its chunks, as an engine indexes them."""
    return analyzed_article(article), tuple(analyzed_chunk(chunk, analyzer) for chunk in chunks(article))


def analyzed_article(article: Article) -> AnalyzedArticle:
    """Return `article` with what it can be narrowed by, folded."""

    def lines(values: Iterable[str]) -> str:
        return "\n".join(map(folded_text, values))

    meta = article.metadata
    titles = filter(None, (meta.title, meta.title_en))
    names = (*(author.name for author in meta.authors), *meta.authors_en)
    return AnalyzedArticle(article, lines(titles), lines(names), lines((*meta.keywords, *meta.keywords_en)))


def analyzed_chunk(chunk: Chunk, analyzer: Analyzer) -> AnalyzedChunk:
    """Return `chunk` with its terms, as an engine indexes it."""
    folded = folded_text(chunk.text)

    counts = analyzer.counts
    headings = "\n".join(map(folded_text, chunk.heading_path))
    above = "" if chunk.is_heading else headings
    title = folded_text(chunk.title or "")
    length = sum(map(str.isalnum, folded))
    plain = folded_text(chunk.text, scripts=False) if has_script(chunk.text) else folded
    return AnalyzedChunk(chunk, folded, plain, headings, counts(folded), counts(above), counts(title), length)
