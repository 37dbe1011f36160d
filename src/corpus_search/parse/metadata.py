"""What does an article say of itself?

Front matter in, `Metadata` out, as printed: title, authors with their affiliations, keywords, numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from corpus_search.article import Author, Metadata, Part
from corpus_search.parse import fields
from corpus_search.parse.back import is_romanised, romanised_names
from corpus_search.parse.blocks import Block
from corpus_search.parse.fields import Field
from corpus_search.parse.front import FrontMatter, clean_title
from corpus_search.parse.labels import markup_length
from corpus_search.parse.layout import LONGEST_HEADING


def _romanised(blocks: Sequence[Block], front: FrontMatter, authors: Sequence[str]) -> tuple[str, ...]:
    """Return the names on the English title page in front, where they are those of `authors`."""
    for i in front.latin[1:]:
        people = romanised_names(blocks[i].text)
        if authors and all(any(is_romanised(author, person) for person in people) for author in authors):
            return people
    return ()


def read_metadata(
    blocks: Sequence[Block], front: FrontMatter, matter: Sequence[Part], parts: Sequence[Part]
) -> Metadata:
    """Read what the front matter says, as printed."""
    values: dict[Field, list[str]] = {}
    for i, found in sorted(front.fields.items()):
        for segment in found:
            values.setdefault(segment.field, []).append(blocks[i].text[segment.value : segment.end].strip("* 　"))
    described = [a for text in values.get(Field.AUTHOR_NOTE, ()) for a in fields.described_authors(text)]
    known = [author.name for author in described]
    by_name = {author.name: author.affiliation for author in described}
    authors: list[Author] = []
    lines = [blocks[i].text[markup_length(blocks[i].text) :] for i in front.byline]
    titles = [blocks[i].text for i in front.title]
    if front.title_end is not None:
        lines.insert(0, titles[-1][front.title_end :])
        titles[-1] = titles[-1][: front.title_end]
    lines += values.get(Field.BYLINE, ())
    for text in lines:
        bracketed = re.search(r"[（(]([^（）()]+)[）)]", text)
        people = fields.names(text, known=known)
        alone = sum(map(len, people)) == len(re.sub(r"[^\u3400-\u9fff]", "", text))
        if people and (not authors or bracketed or alone):
            beside = bracketed[1].strip() if bracketed else ""
            authors += [Author(name, by_name.get(name, beside)) for name in people]
        elif authors and not people and re.match(r"[（(\d]", text):
            shared = text.strip("（）() ")
            authors = [author if author.affiliation else Author(author.name, shared) for author in authors]
    authors = authors or described
    title = "".join(map(clean_title, titles))
    if Field.ABSTRACT in values:
        title = title.rstrip("！!")  # A title above an abstract does not exclaim; its note's mark was misread.
    printed_number = next((n for part in parts if (n := fields.article_number(part.text))), None)
    doi = next((d for part in parts if (d := fields.doi(part.text))), None)
    issue = (printed_number.year, printed_number.issue) if printed_number else fields.issue_of_doi(doi or "")
    keywords = next((p for p in matter if p.address.endswith("#keywords")), None)
    return Metadata(
        title=title or None,
        authors=tuple(authors),
        keywords=fields.keywords(keywords.text) if keywords else (),
        title_en=blocks[front.latin[0]].text[markup_length(blocks[front.latin[0]].text) :] if front.latin else None,
        authors_en=_romanised(blocks, front, [author.name for author in authors]),
        year=issue[0] if issue else None,
        issue=issue[1] if issue else None,
        doi=doi,
        article_number=printed_number.printed if printed_number else None,
        clc=tuple(mark for text in values.get(Field.CLC, ()) for mark in fields.classes(text)),
        funding=tuple(values.get(Field.FUNDING, ())),
    )


def completed(metadata: Metadata, said: Mapping[str, str]) -> Metadata:
    """Complete what the text says with what its file says beside the text, under the names of `formats.layout`."""
    authors = tuple(Author(name, "") for one in _listed(said.get("authors")) if (name := _plain_name(one)))
    year = re.search(r"(?<!\d)(1[89]|20)\d\d(?!\d)", said.get("date", ""))
    title = said.get("title", "")
    return replace(
        metadata,
        title=metadata.title or (title if len(title) <= LONGEST_HEADING else None) or None,
        authors=metadata.authors or authors,
        keywords=metadata.keywords or _listed(said.get("keywords")),
        doi=metadata.doi or fields.doi(said.get("doi", "")),
        journal=said.get("journal") or None,
        year=metadata.year or (int(year.group()) if year else None),
    )


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split("[；;]", text or "") if part.strip())


def _plain_name(name: str) -> str:
    """Return a name without its romanisation in brackets."""
    return re.sub(r"\s*[（(][A-Za-z .,'-]+[）)]$", "", name).strip()
