"""Who cites the same works, and where?

Works that a place of the corpus cites in, each with the places elsewhere that cite it, as `Catalogue.shared` returns
them; other articles and passages out, each with the works it shares.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from corpus_search.article import Address, DocId, split_address
from corpus_search.records import Record
from corpus_search.works.catalogue import CitedWork, CitingPlace


@dataclass(frozen=True, slots=True)
class SharedWork:
    """A work that both cite: its key in the catalogue, its title, and how many articles cite it."""

    key: str
    title: str
    articles: int

    def record(self) -> Record:
        """Return the JSON object of a work."""
        return {"key": self.key, "title": self.title, "articles": self.articles}


Sharing = Sequence[SharedWork]
"""The works that two places share, the rarest first."""


def by_article(works: Iterable[CitedWork]) -> Mapping[DocId, Sharing]:
    """Return the articles that cite some works elsewhere."""
    found: dict[DocId, list[SharedWork]] = defaultdict(list)
    for work in _rarest_first(works):
        for doc_id, _ in groupby(work.places, lambda place: place.doc_id):
            found[doc_id].append(_shared(work))
    return found


def by_passage(works: Iterable[CitedWork]) -> Mapping[Address, Sharing]:
    """Return the passages that cite some works elsewhere: paragraphs, or where none does, what else has a text.

    An entry of a list that no text calls is no passage.
    """
    found: dict[Address, list[SharedWork]] = defaultdict(list)
    for work in _rarest_first(works):
        for _, places in groupby(work.places, lambda place: place.doc_id):
            texts = dict.fromkeys(filter(None, map(_text_at, places)))
            for address in [text for text in texts if "p" in split_address(text)[1]] or texts:
                found[address].append(_shared(work))
    return found


def _text_at(place: CitingPlace) -> Address | None:
    """Return the text that cites: where the citation stands, or a note that is tied to no text."""
    is_note = split_address(place.entry)[1].startswith("fn")
    return place.address or (place.entry if is_note else None)


def _rarest_first(works: Iterable[CitedWork]) -> list[CitedWork]:
    return sorted(works, key=lambda work: (work.articles, work.work.heading, work.key))


def _shared(work: CitedWork) -> SharedWork:
    return SharedWork(work.key, work.work.heading, work.articles)
