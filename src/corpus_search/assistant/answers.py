"""What do the tools answer?

A `Searcher` and a tool's arguments in, a frozen answer out, bounded in hits and characters. Where there is more than
fits, `more` says how to go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corpus_search.article import Address, Article
from corpus_search.assistant.schemas import (
    Checked,
    Cited,
    Contents,
    Difference,
    Document,
    Found,
    Listed,
    NewPage,
    Passage,
    Read,
    Reading,
    Section,
    Standing,
    Supports,
)
from corpus_search.check import Change
from corpus_search.check import check_quotation as checked
from corpus_search.cite import cite as cited
from corpus_search.engine import Sort
from corpus_search.errors import AddressError, CitationError
from corpus_search.limits import check
from corpus_search.places import Block, outline_of, shown_at
from corpus_search.query import Filters
from corpus_search.results import Group, Hit
from corpus_search.search import Searcher

MOST_CHARACTERS = 20_000
"""How much of the corpus's text one answer brings at most: some twenty printed pages."""

EXCERPT = 1_000
"""How long an excerpt of a passage in a list of hits is at most; `read` has the whole."""

MOST_BLOCKS = 60
"""How many blocks of text one answer brings at most: each has its citation, which takes a while."""

MOST_HEADINGS = 200
MOST_NOTES = 50
"""How many notes a passage names; an address with more of them is read in parts anyway."""


def search(
    searcher: Searcher,
    query: str,
    *,
    limit: int,
    offset: int,
    filters: Filters,
    group: Group,
    sort: Sort,
) -> Found:
    """Return the passages that answer a query, or the articles with their best passages. Raises `QueryError`."""
    results = searcher.search(query, limit=limit, offset=offset, filters=filters, group=group, sort=sort)
    articles: dict[str, Article] = {}
    passages: list[Passage] = []
    left, shown = MOST_CHARACTERS, 0
    for hit in results:
        several = [_passage(searcher, one, articles) for one in (hit, *hit.others)]
        size = sum(len(one.excerpt) + sum(map(len, one.headings)) for one in several)
        if passages and size > left:
            break
        left -= size
        shown += 1
        passages += several
    end = offset + shown
    rest = end < results.total and shown > 0
    what = "articles" if group else "passages"
    return Found(
        query,
        str(results.query)[:EXCERPT],
        results.total,
        offset,
        tuple(passages),
        results.suggestion,
        end if rest else None,
        f"{results.total - end:,} more {what} answer: call search again with offset {end}, or narrow the query"
        if rest
        else None,
    )


def _passage(searcher: Searcher, hit: Hit, articles: dict[str, Article]) -> Passage:
    check()
    chunk = hit.chunk
    if chunk.doc_id not in articles:
        articles[chunk.doc_id] = searcher.article(chunk.doc_id)
    excerpt = hit.snippet.text[:EXCERPT]
    passage = next((one for one in chunk.passages if one.address == hit.address), None)
    whole = chunk.text[passage.start : passage.end] if passage and passage.offset == 0 else chunk.text
    return Passage(
        hit.rank,
        hit.address,
        chunk.kind,
        hit.page,
        chunk.title,
        chunk.authors,
        chunk.year,
        tuple(heading[:EXCERPT] for heading in chunk.heading_path),
        excerpt,
        excerpt == whole,
        hit.match,
        _citation(articles[chunk.doc_id], hit.address, hit.page),
        tuple(chunk.notes[:MOST_NOTES]),
        Supports(chunk.anchor.address, chunk.anchor.sentence[:EXCERPT]) if chunk.anchor else None,
    )


def _citation(article: Article, address: str, page: int | None = None) -> str | None:
    try:
        return cited(article, address, page=page).text
    except CitationError:
        return None


def read(searcher: Searcher, address: str, *, offset: int, characters: int) -> Reading:
    """Return the text at an address, from the character `offset` on, `characters` of it at most.

    Raises `AddressError`.
    """
    place = shown_at(searcher, address)
    blocks = place.blocks
    total = sum(len(block.text) for block in blocks)
    if offset and offset >= total:
        raise AddressError(f"{address}: has {total:,} characters, so that nothing stands from offset {offset:,} on")
    shown = tuple(_windowed(place.article, blocks, offset, min(characters, MOST_CHARACTERS)))
    end = offset + sum(len(block.text) for block in shown)
    meta = place.article.metadata
    return Reading(
        place.address,
        meta.title,
        tuple(author.name for author in meta.authors),
        meta.year,
        _citation(place.article, place.address),
        total,
        offset,
        shown,
        end if end < total else None,
        f"{total - end:,} of {total:,} characters are left: call read again with offset {end}, or read a finer address"
        if end < total
        else None,
    )


def _windowed(article: Article, blocks: Iterable[Block], offset: int, characters: int) -> Iterator[Read]:
    """Yield what stands from `offset` on, so many `characters` and `MOST_BLOCKS` of it at most."""
    at, end, count = 0, offset + characters, 0
    for block in blocks:
        check()
        start, stop = max(offset - at, 0), max(end - at, 0)
        text = block.text[start:stop]
        at += len(block.text)
        if not text:
            continue
        pages = [one for one in block.page_breaks if one.offset <= start]
        page = pages[-1].page if pages else block.page
        yield Read(
            block.address,
            block.kind,
            page,
            tuple(NewPage(one.offset - start, one.page) for one in block.page_breaks if start < one.offset < stop),
            _citation(article, block.address, page if block.page_breaks and start else None),
            block.label,
            text,
            tuple(block.notes[:MOST_NOTES]),
            Supports(block.anchor.address, block.anchor.sentence[:EXCERPT]) if block.anchor else None,
        )
        count += 1
        if at >= end or count == MOST_BLOCKS:
            return


def outline(searcher: Searcher, address: str, *, offset: int) -> Contents:
    """Return the headings of the document at `address`, from `offset` on. Raises `AddressError`."""
    article, _ = searcher.locate(address)
    found = outline_of(article)
    window = found.headings[offset : offset + MOST_HEADINGS]
    end = offset + len(window)
    return Contents(
        found.doc_id,
        found.title,
        found.authors,
        found.year,
        _citation(article, found.doc_id),
        tuple(found.parts),
        found.notes,
        found.references,
        offset,
        tuple(Section(one.address, one.level, one.heading[:EXCERPT], one.page, one.paragraphs) for one in window),
        end if end < len(found.headings) else None,
        f"{len(found.headings) - end:,} more headings: call outline again with offset {end}"
        if end < len(found.headings)
        else None,
    )


def documents(searcher: Searcher, *, limit: int, offset: int) -> Listed:
    """Return the documents of the corpus, in order of their names."""
    names = searcher.documents()
    listed = []
    for name in names[offset : offset + limit]:
        about = searcher.about(name)
        if about:
            listed.append(Document(about.doc_id, about.title, about.authors, about.year))
    end = offset + limit
    rest = end < len(names)
    return Listed(
        len(names),
        offset,
        tuple(listed),
        end if rest else None,
        f"{len(names) - end:,} more documents: call documents again with offset {end}, or search with title: or author:"
        if rest
        else None,
    )


def cite(searcher: Searcher, address: str, *, style: str) -> Cited:
    """Return the citation of an address. Raises `AddressError`, `CitationError`."""
    article, _ = searcher.locate(address)
    made = cited(article, address, style=style)
    return Cited(Address(address), style, made.text, made.inline or None, made.pinpoint.pages or None)


MOST_PLACES = 5
"""How many places of a quotation are told; it counts them all."""


def check_quotation(searcher: Searcher, quotation: str, *, work: str = "") -> Checked:
    """Return whether a quotation stands in the corpus, and where."""
    verdict = checked(searcher, quotation, work=work)
    return Checked(
        quotation,
        verdict.mark.value,
        verdict.total,
        tuple(
            Standing(
                place.address,
                place.title,
                place.authors,
                place.year,
                place.page,
                place.text[:MOST_CHARACTERS],
                place.exact,
                tuple(
                    Difference(piece.quoted, piece.source, piece.change.value)
                    for piece in place.pieces
                    if piece.change is not Change.SAME
                ),
                place.citation,
            )
            for place in verdict.places[:MOST_PLACES]
        ),
        tuple(verdict.apart[:MOST_PLACES]),
    )
