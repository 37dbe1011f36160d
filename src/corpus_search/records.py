"""How is an article written down?

`Article` to the JSON of ``show DOC`` and back, without loss: the same record is what the index stores. Keys
beyond the contract's: ``affiliations``, ``issue``, ``article_number``, ``clc``, ``funding``, ``title_en``,
``authors_en``, ``matter`` (abstracts and keywords with their places), ``furniture`` (page numbers, running
heads), ``label_source`` (where a label stands), ``source`` of a marker, ``page_breaks`` of a paragraph.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from corpus_search.article import (
    Address,
    Anchor,
    Article,
    Author,
    Citation,
    DocId,
    Kind,
    Marker,
    Metadata,
    Note,
    PageBreak,
    Paragraph,
    Part,
    Problem,
    Reference,
    Section,
    Span,
)

Record = dict[str, Any]
"""A JSON object."""

_T = TypeVar("_T")


def article_record(article: Article) -> Record:
    """Return the JSON object of a whole article."""
    meta = article.metadata
    abstract, abstract_en = article.part("abstract"), article.part("abstract-en")
    return {
        "doc_id": article.doc_id,
        "source": article.path,
        "encoding": article.encoding,
        "title": meta.title,
        "authors": [author.name for author in meta.authors],
        "affiliations": [author.affiliation for author in meta.authors],
        "year": meta.year,
        "issue": meta.issue,
        "volume": meta.volume,
        "journal": meta.journal,
        "doi": meta.doi,
        "article_number": meta.article_number,
        "clc": list(meta.clc),
        "funding": list(meta.funding),
        "pages": list(meta.pages) if meta.pages else None,
        "abstract": abstract.text if abstract else None,
        "keywords": list(meta.keywords),
        "title_en": meta.title_en,
        "authors_en": list(meta.authors_en),
        "abstract_en": abstract_en.text if abstract_en else None,
        "keywords_en": list(meta.keywords_en),
        "front": [part_record(part) for part in article.front],
        "matter": [part_record(part) for part in article.matter],
        "sections": [section_record(section) for section in article.sections],
        "notes": [note_record(note) for note in article.notes],
        "references": [reference_record(reference) for reference in article.references],
        "back": [part_record(part) for part in article.back],
        "furniture": [part_record(part) for part in article.furniture],
        "problems": [{"line": problem.line, "message": problem.message} for problem in article.problems],
    }


def _spans(spans: Iterable[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def _markers(markers: Iterable[Marker]) -> list[Record]:
    return [{"address": m.note, "offset": m.offset, "source": _spans([m.source])} for m in markers]


def part_record(part: Part) -> Record:
    """Return the JSON object of a part before or after the body."""
    return {
        "address": part.address,
        "kind": part.kind,
        "label": part.label,
        "text": part.text,
        "page": part.page,
        "source": _spans(part.source),
        "label_source": _spans(part.label_source),
        "notes": _markers(part.markers),
    }


def paragraph_record(paragraph: Paragraph) -> Record:
    """Return the JSON object of a paragraph."""
    return {
        "address": paragraph.address,
        "text": paragraph.text,
        "page": paragraph.page,
        "page_breaks": [{"offset": b.offset, "page": b.page} for b in paragraph.page_breaks],
        "source": _spans(paragraph.source),
        "notes": _markers(paragraph.markers),
    }


def section_record(section: Section) -> Record:
    """Return the JSON object of a section and all below it."""
    return {
        "address": section.address,
        "level": section.level,
        "heading": section.heading,
        "page": section.page,
        "source": _spans(section.source),
        "label_source": _spans(section.label_source),
        "notes": _markers(section.markers),
        "paragraphs": [paragraph_record(paragraph) for paragraph in section.paragraphs],
        "sections": [section_record(child) for child in section.sections],
    }


def anchor_record(anchor: Anchor | None) -> Record | None:
    """Return the JSON object of a note's anchor."""
    if anchor is None:
        return None
    return {"address": anchor.address, "offset": anchor.offset, "sentence": anchor.sentence}


def note_record(note: Note) -> Record:
    """Return the JSON object of a note."""
    return {
        "address": note.address,
        "label": note.label,
        "text": note.text,
        "page": note.page,
        "source": _spans(note.source),
        "label_source": _spans(note.label_source),
        "anchor": anchor_record(note.anchor),
        "resolves_to": note.resolves_to,
    }


def reference_record(reference: Reference) -> Record:
    """Return the JSON object of a reference."""
    return {
        "address": reference.address,
        "label": reference.label,
        "text": reference.text,
        "source": _spans(reference.source),
        "label_source": _spans(reference.label_source),
        "cited_in": [{"address": c.address, "offset": c.offset} for c in reference.cited_in],
    }


def place_record(place: Section | Paragraph | Note | Reference | tuple[Part, ...]) -> Record | list[Record]:
    """Return the JSON of what stands at an address: an object, or a list where it has several blocks."""
    match place:
        case Section():
            return section_record(place)
        case Paragraph():
            return paragraph_record(place)
        case Note():
            return note_record(place)
        case Reference():
            return reference_record(place)
        case _:
            records = [part_record(part) for part in place]
            return records[0] if len(records) == 1 else records


# --- and back ------------------------------------------------------------------------------------------------


def article_from(record: Mapping[str, Any]) -> Article:
    """Return the article that `record` holds; the inverse of `article_record`."""
    return Article(
        doc_id=DocId(record["doc_id"]),
        path=record["source"],
        encoding=record["encoding"],
        metadata=Metadata(
            title=record["title"],
            authors=tuple(map(Author, record["authors"], record["affiliations"])),
            keywords=tuple(record["keywords"]),
            title_en=record["title_en"],
            authors_en=tuple(record["authors_en"]),
            keywords_en=tuple(record["keywords_en"]),
            year=record["year"],
            issue=record["issue"],
            volume=record["volume"],
            journal=record["journal"],
            doi=record["doi"],
            article_number=record["article_number"],
            clc=tuple(record["clc"]),
            funding=tuple(record["funding"]),
            pages=tuple(record["pages"]) if record["pages"] else None,
        ),
        front=tuple(map(_part_from, record["front"])),
        matter=tuple(map(_part_from, record["matter"])),
        sections=tuple(map(_section_from, record["sections"])),
        notes=tuple(map(_note_from, record["notes"])),
        references=tuple(map(_reference_from, record["references"])),
        back=tuple(map(_part_from, record["back"])),
        furniture=tuple(map(_part_from, record["furniture"])),
        problems=tuple(Problem(p["line"], p["message"]) for p in record["problems"]),
    )


def _spans_from(spans: Iterable[Iterable[int]]) -> tuple[Span, ...]:
    return tuple(Span(*span) for span in spans)


def _markers_from(records: Iterable[Mapping[str, Any]]) -> tuple[Marker, ...]:
    return tuple(Marker(Address(r["address"]), r["offset"], Span(*r["source"][0])) for r in records)


def _part_from(r: Mapping[str, Any]) -> Part:
    return Part(
        Address(r["address"]), Kind(r["kind"]), r["text"], _spans_from(r["source"]), r["label"],
        _spans_from(r["label_source"]), r["page"], _markers_from(r["notes"]),
    )  # fmt: skip


def _paragraph_from(r: Mapping[str, Any]) -> Paragraph:
    return Paragraph(
        Address(r["address"]), r["text"], _spans_from(r["source"]), r["page"],
        tuple(PageBreak(b["offset"], b["page"]) for b in r["page_breaks"]), _markers_from(r["notes"]),
    )  # fmt: skip


def _section_from(r: Mapping[str, Any]) -> Section:
    return Section(
        Address(r["address"]), r["level"], r["heading"], _spans_from(r["source"]), _spans_from(r["label_source"]),
        r["page"], _markers_from(r["notes"]), tuple(map(_paragraph_from, r["paragraphs"])),
        tuple(map(_section_from, r["sections"])),
    )  # fmt: skip


def anchor_from(r: Mapping[str, Any] | None) -> Anchor | None:
    """Return the anchor that a record holds."""
    return Anchor(Address(r["address"]), r["offset"], r["sentence"]) if r else None


def _note_from(r: Mapping[str, Any]) -> Note:
    return Note(
        Address(r["address"]), r["label"], r["text"], _spans_from(r["source"]), _spans_from(r["label_source"]),
        r["page"], anchor_from(r["anchor"]), Address(r["resolves_to"]) if r["resolves_to"] else None,
    )  # fmt: skip


def _reference_from(r: Mapping[str, Any]) -> Reference:
    return Reference(
        Address(r["address"]), r["label"], r["text"], _spans_from(r["source"]), _spans_from(r["label_source"]),
        tuple(Citation(Address(c["address"]), c["offset"]) for c in r["cited_in"]),
    )  # fmt: skip


# --- as few bytes -----------------------------------------------------------------------------------------


# What is written down is made just before and holds nothing of itself, so that nobody need look for that.
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def as_json(value: Any) -> bytes:
    """Return JSON in UTF-8; what is no Unicode in it is written as the characters that stand for it are."""
    return _encode(value).encode("utf-8", "surrogatepass")


def packed(record: Record) -> bytes:
    """Return a JSON object as few bytes."""
    return zlib.compress(as_json(record), 1)


def unpacked(data: bytes) -> Mapping[str, Any]:
    """Return the JSON object that was packed."""
    record: Mapping[str, Any] = json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))
    return record


# --- renaming ------------------------------------------------------------------------------------------------

_ADDRESSES = frozenset({"address", "note", "resolves_to"})


def renamed(article: Article, *, doc_id: DocId, path: str) -> Article:
    """Return `article` as it is when its file has moved to `path`: nothing but its addresses changes."""
    moved = _renamed(article, f"{article.doc_id}#", f"{doc_id}#")
    return replace(moved, doc_id=doc_id, path=path)


def _renamed(value: _T, old: str, new: str) -> _T:
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(_renamed(item, old, new) for item in value)  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes: dict[str, Any] = {}
    for item in fields(value):
        held = getattr(value, item.name)
        if item.name in _ADDRESSES:
            changes[item.name] = new + held[len(old) :] if held and held.startswith(old) else held
        elif isinstance(held, tuple) or is_dataclass(held):
            changes[item.name] = _renamed(held, old, new)
    return replace(value, **changes)
