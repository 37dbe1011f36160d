"""How does an index change? In bulk, unseen until it is committed; see `store` for what a commit is."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from opensearchpy import TransportError

from corpus_search.article import DocId
from corpus_search.chunk import chunk_record
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.engines.opensearch import schema
from corpus_search.engines.opensearch.bulk import Bulk
from corpus_search.engines.opensearch.connection import Json
from corpus_search.engines.opensearch.lease import Lease
from corpus_search.engines.opensearch.scoring import article_terms
from corpus_search.engines.opensearch.store import Head, Store, batches, in_pieces, routing
from corpus_search.engines.writing import about, narrowing
from corpus_search.errors import CorpusSearchError, IndexLockedError
from corpus_search.generations import Generations, write_state
from corpus_search.records import article_record

_MANY_WORDS = 16
"""From how many batches of words on they are made one."""

_log = logging.getLogger(__name__)


@contextmanager
def begun(store: Store, folder: Path) -> Iterator[ClusterWriter]:
    """Give a writer of a new index, which the name stands for when the block ends without an exception."""
    service = store.connection.service
    index = store.make(shards=service.shards, replicas=service.replicas)
    try:
        lease = Lease(store.connection, index, at_least=1)
        head = Head(before=store.previous())
        writer = ClusterWriter(store, index, head, lease)
        with _cancelled_if_it_fails(writer):
            yield writer
            writer.commit()
            store.switch(index)
        lease.release()
    except BaseException:
        with suppress(CorpusSearchError):
            store.remove(index)
        raise
    _point(folder, store.name)


@contextmanager
def continued(store: Store, folder: Path) -> Iterator[ClusterWriter]:
    """Give a writer that goes on from what is committed."""
    index, head = store.current()
    lease = Lease(store.connection, index, at_least=head.generation + 1)
    try:
        index_now, head = store.current()
        if index_now != index:
            raise IndexLockedError(f"{store.name}: somebody else has made the index anew; index again")
        if head.before:
            store.remove(head.before)
        _remove_unseen(store, index, head)
        writer = ClusterWriter(store, index, head, lease)
        with _cancelled_if_it_fails(writer):
            yield writer
            writer.commit()
            if store.previous() != index:
                raise IndexLockedError(f"{store.name}: somebody else has made the index anew; index again")
        writer.purge()
    finally:
        lease.release()
    _point(folder, store.name)


@contextmanager
def _cancelled_if_it_fails(writer: ClusterWriter) -> Iterator[None]:
    try:
        yield
    except BaseException:
        writer.cancel()
        raise


def _remove_unseen(store: Store, index: str, head: Head) -> None:
    """Remove what a writer before has left behind: what it did not commit, and what it had no time to remove."""
    unseen: list[Json] = [{"range": {"born": {"gt": head.generation}}}]
    if head.dead:
        unseen.append({"terms": {"version": head.dead}})
    if head.aborted:
        unseen.append({"terms": {"born": head.aborted}})
    store.refresh(index)
    store.remove_where(index, {"bool": {"should": unseen}})


def _point(folder: Path, name: str) -> None:
    """Note in the index folder which index of the cluster is meant; no more of it is kept here."""
    generations = Generations(folder)
    with suppress(CorpusSearchError):
        kept = generations.state(generations.current())
        if (kept.get("engine"), kept.get("index")) == ("opensearch", name):
            return
    folder.mkdir(parents=True, exist_ok=True)
    with generations.next(empty=True) as made:
        write_state(made, {"engine": "opensearch", "index": name})


class ClusterWriter:
    """Changes one index, in a generation of its own."""

    def __init__(self, store: Store, index: str, head: Head, lease: Lease) -> None:
        self._store = store
        self._index = index
        self._head = head
        self._lease = lease
        self._generation = lease.generation
        self._bulk = Bulk(store.connection, index, lease.renew)
        self._state: Mapping[str, Any] = {}
        self._words = Counter[str]()
        self._number = self._generation << 32
        self._dead: set[str] = set()
        # The versions that came with this run, by document.
        self._came: dict[DocId, str] = {}

    def replace(self, analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> None:
        """Put a document in the place of the one with its `doc_id`, if there is one."""
        self._lease.renew()
        article = analyzed.article
        again = article.doc_id in self._came
        self.delete(article.doc_id)
        name = schema.key(article.doc_id)
        version = f"{name}-{self._generation}"
        if again:
            version += f"-{self._number}"
        self._came[article.doc_id] = version
        held = tuple(chunks)
        kept = about(article)
        common = {
            "born": self._generation,
            "version": version,
            "key": name,
            "doc": schema.ordered(article.doc_id),
            "year": kept["year"] or 0,
            "author": list(dict.fromkeys(map(schema.value, kept["authors"]))),
            "keyword": list(dict.fromkeys(map(schema.value, kept["keywords"]))),
        }
        self._bulk.add(version, name, {**common, **_article(analyzed, held, kept)})
        for one in held:
            self._words.update(one.terms.keys())
            made = {**common, "number": self._number, **_chunk(one)}
            made[schema.LINK] = {"name": schema.CHUNK, "parent": version}
            self._bulk.add(f"{version}-{one.chunk.order}", name, made)
            self._number += 1
        whole = schema.as_json(article_record(article))
        self._bulk.add(
            f"{version}-record", name,
            {"sort": schema.RECORD, "born": self._generation, "version": version, "key": name, "record": whole},
        )  # fmt: skip

    def delete(self, doc_id: DocId) -> None:
        """Remove a document; does nothing if there is none."""
        if doc_id in self._came:
            self._dead.add(self._came.pop(doc_id))
        if self._head.generation:
            self._dead |= self._versions(doc_id)

    def _versions(self, doc_id: DocId) -> set[str]:
        """Return the version of a document that is seen."""
        asked = [
            {"term": {"key": schema.key(doc_id)}},
            {"term": {"sort": schema.ARTICLE}},
            *self._head.visible(),
        ]
        found = self._store.connection.ask(
            "POST", f"/{self._index}/_search", {"query": {"bool": {"filter": asked}}, "size": 10, "_source": "version"},
            routing=schema.key(doc_id), allow_partial_search_results="false",
        )  # fmt: skip
        return {hit["_source"]["version"] for hit in found["hits"]["hits"]}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Keep `state`, a JSON object, with what is committed."""
        self._state = state

    def commit(self) -> None:
        """Write everything down, and let it be seen."""
        states = in_pieces(self._state)
        for piece, data in enumerate(states):
            self._keep(schema.STATE, piece, data)
        words = self._head.words
        if len(words) >= _MANY_WORDS:
            self._words.update(self._store.words(self._index, self._head))
            words = ()
        pieces = [piece for batch in batches(self._words) for piece in in_pieces(batch)]
        for piece, data in enumerate(pieces):
            self._keep(schema.WORDS, piece, data)
        self._bulk.finish()
        self._store.refresh(self._index)
        self._lease.renew(after_s=0.0)
        aborted = (*self._head.aborted, *range(self._head.generation + 1, self._generation))
        self._head = self._store.write_head(
            self._index,
            replace(
                self._head,
                generation=self._generation,
                state=len(states),
                aborted=aborted,
                dead=tuple(sorted(self._dead)),
                words=(*words, (self._generation, len(pieces))),
            ),
        )

    def _keep(self, sort: str, piece: int, data: str) -> None:
        name = f"{sort}-{self._generation}-{piece}"
        self._bulk.add(name, routing(sort, name), {"sort": sort, "born": self._generation, "data": data})

    def purge(self) -> None:
        """Remove what is dead. It is seen by nobody any more, so that this may as well be done by the next writer."""
        gone: list[Json] = [
            {"bool": {"filter": [{"term": {"sort": schema.STATE}}, {"range": {"born": {"lt": self._generation}}}]}}
        ]
        if self._head.dead:
            gone.append({"terms": {"version": self._head.dead}})
        try:
            self._store.remove_where(self._index, {"bool": {"should": gone}})
            self._head = self._store.write_head(self._index, replace(self._head, dead=(), before=""))
        except (CorpusSearchError, TransportError) as error:
            _log.warning("%s: what was replaced is not removed yet (%s); the next change does it", self._index, error)

    def cancel(self) -> None:
        """Write nothing more; what was written stays unseen, and the next writer removes it."""
        self._bulk.cancel()


def _article(analyzed: AnalyzedArticle, chunks: tuple[AnalyzedChunk, ...], kept: Mapping[str, Any]) -> Json:
    """Return what an article's document holds beside what its chunks hold, too."""
    narrowed = {name: schema.characters(text) for name, text in narrowing(analyzed).items() if text}
    doc_id = analyzed.article.doc_id
    return {
        "sort": schema.ARTICLE,
        schema.LINK: schema.ARTICLE,
        "about": schema.as_json({"doc_id": doc_id, **kept}),
        **narrowed,
        "in_doc": schema.characters(analyzed_doc(doc_id)),
        **article_terms(chunks),
    }


def analyzed_doc(doc_id: DocId) -> str:
    """Return a document's id folded, as ``doc:`` looks for it."""
    from corpus_search.analysis import fold

    return fold(doc_id).text


def _chunk(one: AnalyzedChunk) -> Json:
    """Return what a chunk's document holds."""
    chunk = one.chunk
    made: Json = {
        "sort": schema.CHUNK,
        "order": chunk.order,
        "kind": chunk.kind.value,
        "is_heading": chunk.is_heading,
        "length": one.length or None,
        "heading_length": sum(one.heading_terms.values()) or None,
        "title_length": sum(one.title_terms.values()) or None,
        "chars": schema.characters(one.folded),
        "pairs": schema.pairs(one.folded),
        "joints": schema.joints(one.folded),
        "latin": schema.latin_words(one.folded),
        "alphabetic": schema.alphabetic(one.terms),
        "words": schema.joined(one.terms),
        "heading": schema.joined(one.heading_terms),
        "title": schema.joined(one.title_terms),
        "in_headings": schema.characters(one.folded_headings),
        "folded": one.folded,
        "record": schema.as_json(chunk_record(chunk)),
    }
    if one.plain != one.folded:
        made |= {
            "has_plain": True,
            "plain": one.plain,
            "plain_chars": schema.characters(one.plain),
            "plain_pairs": schema.pairs(one.plain),
        }
    # A length that is not there is left out of the average.
    return {name: value for name, value in made.items() if value not in ("", [], None)}
