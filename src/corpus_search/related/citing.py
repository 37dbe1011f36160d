"""Which articles cite which works, and where? Read from all articles once for each state of the index."""

from __future__ import annotations

import contextlib
import json
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from corpus_search.article import Address, Article, DocId
from corpus_search.limits import check
from corpus_search.related.works import Cited, cited
from corpus_search.search import Searcher

_log = logging.getLogger(__name__)
_NAME = "citing-"
FORMAT = 1
"""Raised whenever the same articles would give other keys."""


@dataclass(frozen=True, slots=True)
class Citing:
    """What all articles cite.

    `of` has for each document the keys of the works it cites, each with the places of the text that do; `by` for each
    work the documents; `titles` what works are called.
    """

    of: Mapping[DocId, Mapping[str, tuple[Address, ...]]]
    by: Mapping[str, tuple[DocId, ...]]
    titles: Mapping[str, str]


def citing(searcher: Searcher, folder: Path) -> Citing:
    """Return what the articles of an index cite: as it is kept in its `folder`, or read from them and kept there."""
    path = folder / f"{_NAME}{searcher.version}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        record = json.loads(path.read_text("utf-8"))
        if record["format"] == FORMAT:
            return _made(record["of"], record["titles"])
    of: dict[str, dict[str, list[str]]] = {}
    titles: dict[str, str] = {}
    for doc_id in searcher.documents():
        check()
        article = searcher.article(doc_id)
        found = cited(article)
        works: dict[str, list[str]] = defaultdict(list)
        for address, places in _places(article, found).items():
            one = found[address]
            titles.setdefault(one.key, one.title)
            works[one.key] += [place for place in places if place not in works[one.key]]
        if works:
            of[doc_id] = dict(works)
    _keep(path, {"format": FORMAT, "of": of, "titles": titles})
    return _made(of, titles)


def _made(of: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str]) -> Citing:
    by: dict[str, list[DocId]] = defaultdict(list)
    for doc_id, works in of.items():
        for key in works:
            by[key].append(DocId(doc_id))
    return Citing(
        {DocId(doc): {key: tuple(map(Address, places)) for key, places in works.items()} for doc, works in of.items()},
        {key: tuple(docs) for key, docs in by.items()},
        titles,
    )


def _places(article: Article, found: Mapping[Address, Cited]) -> dict[Address, tuple[Address, ...]]:
    """Return for each entry or note that cites a work where in the text it is called; a note is a place itself."""
    places: dict[Address, tuple[Address, ...]] = {}
    for reference in article.references:
        if reference.address in found:
            places[reference.address] = tuple(dict.fromkeys(one.address for one in reference.cited_in))
    for note in article.notes:
        if note.address in found:
            places[note.address] = (note.address, *((note.anchor.address,) if note.anchor else ()))
    return places


def _keep(path: Path, record: Mapping[str, Any]) -> None:
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        beside.write_text(json.dumps(record, ensure_ascii=False), "utf-8", errors="surrogatepass")
        beside.replace(path)
        for old in path.parent.glob(f"{_NAME}*.json"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("%s: what is cited cannot be kept there (%s); it is read each time", path.parent, error)
