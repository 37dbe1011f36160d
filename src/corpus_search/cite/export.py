"""How are results taken elsewhere?

`Results` in, the text of a file out: RIS and BibTeX with each article once, in the order of rank; CSV with a row for
each hit; JSON as `query --json` prints it.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from corpus_search.article import Article
from corpus_search.cite.formats import bibtex, ris
from corpus_search.cite.items import item
from corpus_search.errors import CitationError
from corpus_search.results import Hit, Results
from corpus_search.spreadsheet import Cell, csv_rows

EXPORTS = {
    "ris": "application/x-research-info-systems",
    "bibtex": "application/x-bibtex",
    "csv": "text/csv",
    "json": "application/json",
}
"""The formats of `export`, each with its media type."""

COLUMNS = (
    "rank", "address", "title", "authors", "year", "kind", "heading_path", "page", "match", "snippet", "text",
    "citation",
)  # fmt: skip
"""The columns of the CSV; authors are parted by semicolons, headings by ›, the citation is GB/T 7714."""


def export(results: Results, form: str, article: Callable[[str], Article]) -> str:
    """Return `results` in `form`, one of `EXPORTS`; `article` returns a document by its name (`Searcher.article`)."""
    if form == "json":
        return json.dumps(results.record(), ensure_ascii=False, indent=2) + "\n"
    hits = [one for hit in results.hits for one in (hit, *hit.others)]
    articles = {doc_id: article(doc_id) for doc_id in dict.fromkeys(hit.chunk.doc_id for hit in hits)}
    if form == "csv":
        return "".join(csv_rows(COLUMNS, (_row(hit, articles[hit.chunk.doc_id]) for hit in hits)))
    items = [item(one) for one in articles.values()]
    return ris(items) if form == "ris" else bibtex(items)


def _row(hit: Hit, article: Article) -> tuple[Cell, ...]:
    chunk = hit.chunk
    return (
        hit.rank, hit.address, chunk.title, "; ".join(chunk.authors), chunk.year, chunk.kind,
        " › ".join(chunk.heading_path), hit.page, hit.match, hit.snippet.text, chunk.text, _citation(hit, article),
    )  # fmt: skip


def _citation(hit: Hit, article: Article) -> str:
    from corpus_search.cite import cite

    try:
        return cite(article, hit.address, page=hit.page).text
    except CitationError:
        return ""
