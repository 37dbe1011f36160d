"""What does a web page say of itself in its head?

In: a page's tree. Out: title, authors, keywords, abstract, doi, date and journal, as far as they are said in one of
the forms made for articles: Highwire's ``citation_*``, Dublin Core, JSON-LD, PRISM; and as ``shared title`` what Open
Graph says. The general ``author`` and ``keywords`` are believed from pandoc alone: elsewhere they name the site or a
machine's user.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from corpus_search.formats.markup import Element, local_name

SEPARATOR = "；"
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_PARTS = re.compile(r"\s*[;；,，、]\s*")
_ARTICLE_TYPES = ("Article", "Thesis", "Chapter", "Report", "Book")
_NAMES = {
    "title": ("citation_title", "dc.title", "dcterms.title", "prism.title"),
    "abstract": ("citation_abstract", "dcterms.abstract", "dc.description.abstract", "dc.description"),
    "doi": ("citation_doi", "prism.doi", "dc.identifier.doi", "dc.identifier", "dcterms.identifier"),
    "date": (
        "citation_publication_date", "citation_date", "citation_online_date", "citation_year", "dcterms.issued",
        "dc.date.issued", "prism.publicationdate", "dc.date", "dcterms.date", "article:published_time",
    ),
    "journal": ("citation_journal_title", "prism.publicationname", "dcterms.ispartof", "dc.source"),
}  # fmt: skip
_LISTS = {
    "authors": ("citation_author", "citation_authors", "dc.creator", "dcterms.creator", "dc.creator.personalname"),
    "keywords": ("citation_keywords", "citation_keyword", "dc.subject", "dcterms.subject", "prism.keyword"),
}


def metadata_of(root: Element) -> dict[str, str]:
    """Return what a page says of itself."""
    said = _said(root)
    if any("pandoc" in generator.lower() for generator in said.get("generator", ())):
        said.setdefault("dc.creator", said.get("author", []))
        said.setdefault("dc.subject", said.get("keywords", []))
    data = _article_data(root)
    found: dict[str, str] = {}
    for key, names in _NAMES.items():
        values = [value for name in names for value in said.get(name, ())]
        values += data.get(key, [])
        if key == "doi":
            values = [match.group() for value in values if (match := _DOI.search(value))]
        if values:
            found[key] = values[0]
    for key, names in _LISTS.items():
        several = next((said[name] for name in names if said.get(name)), data.get(key, []))
        if len(several) == 1 and (key == "keywords" or "；" in several[0] or ";" in several[0]):
            several = _PARTS.split(several[0]) if key == "keywords" else re.split(r"\s*[;；]\s*", several[0])
        if joined := join(several):
            found[key] = joined
    if said.get("og:title"):
        found["shared title"] = said["og:title"][0]
    return found


def join(values: Iterable[str]) -> str:
    """Join names or words, each once."""
    return SEPARATOR.join(dict.fromkeys(" ".join(value.split()) for value in values if value.strip()))


def doi_in(text: str) -> str:
    """Return the DOI in a text, none if there is none."""
    found = _DOI.search(text)
    return found.group() if found else ""


def _said(root: Element) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for element in root.iter():
        if isinstance(element.tag, str) and local_name(element).lower() == "meta":
            name = (element.get("name") or element.get("property") or "").strip().lower().replace("dc:", "dc.")
            value = " ".join((element.get("content") or "").split())
            if name and value:
                said.setdefault(name, []).append(value)
    return said


def _article_data(root: Element) -> dict[str, list[str]]:
    """Return what JSON-LD says of an article."""
    for element in root.iter():
        if not (isinstance(element.tag, str) and local_name(element).lower() == "script"):
            continue
        if (element.get("type") or "").strip().lower() != "application/ld+json":
            continue
        try:
            data = json.loads("".join(element.itertext()))
        except (ValueError, RecursionError):
            continue
        for thing in _things(data):
            if any(str(kind).endswith(_ARTICLE_TYPES) for kind in _list(thing.get("@type"))):
                return {key: values for key, values in _read(thing).items() if values}
    return {}


def _things(data: Any) -> Iterator[dict[str, Any]]:
    for thing in _list(data):
        if isinstance(thing, dict):
            yield thing
            yield from (each for each in _list(thing.get("@graph")) if isinstance(each, dict))


def _read(thing: dict[str, Any]) -> dict[str, list[str]]:
    identifiers = [*_values(thing.get("identifier")), *_values(thing.get("sameAs")), *_values(thing.get("@id"))]
    whole, journal = thing.get("isPartOf"), ""
    for _ in range(4):
        # An issue is part of a volume, and that of a journal.
        if not isinstance(whole, dict):
            break
        journal = next(iter(_values(whole.get("name"))), journal)
        whole = whole.get("isPartOf")
    return {
        "title": [*_values(thing.get("headline")), *_values(thing.get("name"))],
        "authors": _values(thing.get("author")),
        "keywords": _values(thing.get("keywords")),
        "abstract": _values(thing.get("abstract")),
        "doi": identifiers,
        "date": _values(thing.get("datePublished")),
        "journal": [journal] if journal else [],
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _values(value: Any) -> list[str]:
    """Return the words of a value: a string, a thing with a name or a value, or several."""
    words = []
    for each in _list(value):
        word = (
            next((each[k] for k in ("name", "value", "@value", "@id") if each.get(k)), "")
            if isinstance(each, dict)
            else each
        )
        if isinstance(word, str) and word.strip():
            words.append(" ".join(word.split()))
    return words
