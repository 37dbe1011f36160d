"""An article and a query's answer, written so that a person can review them and a diff can show them."""

from __future__ import annotations

from collections.abc import Iterator

from corpus_search.article import Address, Article, Marker, Part, Span, split_address
from corpus_search.results import Results


def article_outline(article: Article) -> str:
    """Write down all that was understood of an article, with its texts in full."""
    return "\n".join(_article_lines(article)) + "\n"


def _article_lines(article: Article) -> Iterator[str]:
    meta = article.metadata
    yield f"title: {meta.title}"
    for author in meta.authors:
        yield f"author: {author.name} | {author.affiliation}"
    for name in ("keywords", "title_en", "authors_en", "keywords_en", "year", "issue", "doi", "article_number", "clc",
                 "funding", "pages"):  # fmt: skip
        value = getattr(meta, name)
        if value:
            yield f"{name}: {' | '.join(map(str, value)) if isinstance(value, tuple) else value}"
    labels = {note.address: f"{_fragment(note.address)}" for note in article.notes}
    for part in (*article.front, *article.matter):
        yield f"[{_fragment(part.address)}]{_page(part.page)} {_spans(part)}"
        yield f"  {part.label + ' ' if part.label else ''}{_text(part.text, part.markers, labels)}"
    for _, section in article.walk():
        yield f"[{_fragment(section.address)}]{_page(section.page)} {section.heading}"
        for p in section.paragraphs:
            breaks = "".join(f" >{b.page}@{b.offset}" for b in p.page_breaks)
            yield f"[{_fragment(p.address)}]{_page(p.page)}{breaks} {_ranges(p.source)}"
            yield f"  {_text(p.text, p.markers, labels)}"
    for note in article.notes:
        same = f" = {_fragment(note.resolves_to)}" if note.resolves_to else ""
        yield f"[{_fragment(note.address)}]{_page(note.page)} {note.label}{same} {_ranges(note.source)}"
        yield f"  {note.text}"
        if note.anchor:
            yield f"  on {_fragment(note.anchor.address)}@{note.anchor.offset}: {note.anchor.sentence}"
    for reference in article.references:
        cited = ", ".join(f"{_fragment(c.address)}@{c.offset}" for c in reference.cited_in)
        yield f"[{_fragment(reference.address)}] {reference.label} {reference.text}{f' <- {cited}' if cited else ''}"
    for part in article.back:
        yield f"[back] {part.text}"
    for part in article.furniture:
        yield f"[furniture] {part.text}"
    for problem in article.problems:
        yield f"problem, line {problem.line}: {problem.message}"


def _fragment(address: Address) -> str:
    return split_address(address)[1]


def _page(page: int | None) -> str:
    return "" if page is None else f" p.{page}"


def _ranges(spans: tuple[Span, ...]) -> str:
    return " ".join(f"{a}-{b}" for a, b in spans)


def _spans(part: Part) -> str:
    return _ranges(part.source)


def _text(text: str, markers: tuple[Marker, ...], labels: dict[Address, str]) -> str:
    at, out = 0, ""
    for marker in markers:
        out += text[at : marker.offset] + "{" + labels[marker.note] + "}"
        at = marker.offset
    return out + text[at:]


def results_outline(results: Results) -> str:
    """Write down an answer: each hit's address, kind, page and label, and its snippet with the matches in 【】."""
    lines = [f"# {results.query.text}: {results.total}"]
    for hit in results.hits:
        text, at = "", 0
        for start, end in hit.snippet.spans:
            text += f"{hit.snippet.text[at:start]}【{hit.snippet.text[start:end]}】"
            at = end
        lines.append(f"{hit.rank}. {_fragment(hit.address)} {hit.chunk.kind}{_page(hit.page)} {hit.match}")
        lines.append(f"   {text}{hit.snippet.text[at:]}")
    return "\n".join(lines) + "\n"
