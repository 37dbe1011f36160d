"""Is the answer still the same, and what is new since?

A `Receipt` and an index in, a `Replay` out: the same question asked again, and what differs. Hits on the page are
compared one by one; of what lies beyond it, the documents are named whose passages answer otherwise than then.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from corpus_search.article import Address, DocId
from corpus_search.limits import check
from corpus_search.query import Field
from corpus_search.receipt import KeptHit, Receipt, digest_of, receipt_of
from corpus_search.records import Record
from corpus_search.search import Searcher

LISTED = 1_000
"""How many documents of a sort the JSON lists; it counts them all."""


class Why(StrEnum):
    """Why a hit is on the page that was not, or the other way round."""

    NEW = "new document"
    CHANGED = "document changed"
    GONE = "document gone"
    RANK = "rank"
    """It answers then and now, but beyond the page at one of the times."""
    ANALYSIS = "analysis"
    """Its document is as it was, but the question is answered otherwise."""
    UNKNOWN = "unknown"
    """The receipt does not list its documents."""


@dataclass(frozen=True, slots=True)
class Change:
    """A hit that is on one of both pages alone, and why."""

    hit: KeptHit
    why: Why

    def record(self) -> Record:
        """Return the JSON object."""
        return {**self.hit.record(), "why": self.why}


@dataclass(frozen=True, slots=True)
class Move:
    """A hit that is still there, with its rank then and now."""

    before: KeptHit
    now: KeptHit

    def record(self) -> Record:
        """Return the JSON object."""
        return {"address": self.now.address, "rank_before": self.before.rank, "rank_now": self.now.rank}


@dataclass(frozen=True, slots=True)
class Documents:
    """What became of the corpus's documents: `renamed` ones have their content under another name."""

    new: tuple[DocId, ...] = ()
    changed: tuple[DocId, ...] = ()
    gone: tuple[DocId, ...] = ()
    renamed: tuple[tuple[DocId, DocId], ...] = ()

    def record(self) -> Record:
        """Return the JSON object: counts, and the first `LISTED` of each sort."""
        counts = {name: len(getattr(self, name)) for name in ("new", "changed", "gone", "renamed")}
        return {
            "counts": counts,
            "new": list(self.new[:LISTED]),
            "changed": list(self.changed[:LISTED]),
            "gone": list(self.gone[:LISTED]),
            "renamed": [list(pair) for pair in self.renamed[:LISTED]],
        }


@dataclass(frozen=True, slots=True)
class Replay:
    """A search asked again.

    `same` tells whether the answer is the same to the last passage: the same total, the same hits in the same order
    with the same texts and pages, and beyond the page the same passages. Of the hits, `new` ones are on the page now
    and were not, `gone` ones were, `moved` ones have another rank, and `changed` ones another text or page. `beyond`
    are the documents without a hit on either page whose passages answer otherwise than then. `documents` is None where
    the receipt does not list them. `analysis` has what is understood otherwise now: part, then, now.
    """

    before: Receipt
    now: Receipt = field(repr=False)
    same: bool
    same_corpus: bool
    new: tuple[Change, ...]
    gone: tuple[Change, ...]
    moved: tuple[Move, ...]
    changed: tuple[Move, ...]
    beyond: tuple[DocId, ...]
    documents: Documents | None
    analysis: tuple[tuple[str, str, str], ...]

    def record(self) -> Record:
        """Return the JSON object of ``replay --json``."""
        before, now = self.before, self.now
        return {
            "same": self.same,
            "query": before.question.text,
            "made": before.made,
            "replayed": now.made,
            "total_before": before.total,
            "total_now": now.total,
            "new": [change.record() for change in self.new],
            "gone": [change.record() for change in self.gone],
            "moved": [move.record() for move in self.moved],
            "changed": [move.record() for move in self.changed],
            "beyond": {"count": len(self.beyond), "documents": list(self.beyond[:LISTED])},
            "corpus": {
                "same": self.same_corpus,
                "before": before.corpus.record(),
                "now": now.corpus.record(),
                "documents": self.documents.record() if self.documents else None,
            },
            "analysis": [{"part": part, "before": then, "now": here} for part, then, here in self.analysis],
        }


def replay(searcher: Searcher, receipt: Receipt, *, made: datetime | None = None) -> Replay:
    """Ask a receipt's question again and compare. Raises `QueryError` where it cannot be read any more."""
    results = receipt.question.ask(searcher)
    check()
    every = len(searcher.state.files)
    now = receipt_of(results, made=made, most_documents=every)
    pairs, gone, new = _paired(receipt, now)
    here = {_document(hit.address, now.documents, receipt.documents) for hit in (*receipt.hits, *now.hits)}
    altered = [
        name
        for name in sorted(receipt.found.keys() | now.found.keys())
        if receipt.found.get(name) != now.found.get(name)
    ]
    same = (receipt.total, receipt.digest, _told(receipt)) == (now.total, now.digest, _told(now))
    return Replay(
        receipt,
        now,
        same,
        receipt.corpus == now.corpus,
        tuple(Change(hit, _arrived(hit, receipt, now)) for hit in new),
        _departed(searcher, gone, receipt, now),
        tuple(Move(a, b) for a, b in pairs if a.rank != b.rank),
        tuple(Move(a, b) for a, b in pairs if (a.text, a.page) != (b.text, b.page)),
        tuple(name for name in altered if name not in here) if receipt.complete else (),
        _documents(receipt.documents, now.documents) if receipt.complete else None,
        _differing(receipt, now),
    )


def _told(receipt: Receipt) -> list[tuple[int, Address, int | None, str]]:
    """Return what is told of the hits; where in a passage the snippet begins is not."""
    return [(hit.rank, hit.address, hit.page, hit.text) for hit in receipt.hits]


def _paired(
    before: Receipt, now: Receipt
) -> tuple[tuple[tuple[KeptHit, KeptHit], ...], tuple[KeptHit, ...], tuple[KeptHit, ...]]:
    """Return the hits that are on both pages, by rank now, and those that are on one: of then, and of now.

    Grouped by article, a hit is an article, whichever its best passage is. Several hits may have one address, as the
    blocks before an article do: those of the same text are paired first.
    """
    group = bool(before.question.group)
    documents = (now.documents, before.documents)

    def place(hit: KeptHit) -> str:
        return _document(hit.address, *documents) if group else hit.address

    pairs: list[tuple[KeptHit, KeptHit]] = []
    left, arrived = list(before.hits), list(now.hits)
    for alike in (lambda hit: (place(hit), hit.text), lambda hit: (place(hit), "")):
        waiting: dict[Any, list[KeptHit]] = defaultdict(list)
        for hit in left:
            waiting[alike(hit)].append(hit)
        rest = []
        for hit in arrived:
            there = waiting[alike(hit)]
            if there:
                pairs.append((there.pop(0), hit))
            else:
                rest.append(hit)
        arrived, left = rest, sorted((hit for some in waiting.values() for hit in some), key=lambda hit: hit.rank)
    return tuple(sorted(pairs, key=lambda pair: pair[1].rank)), tuple(left), tuple(arrived)


def _arrived(hit: KeptHit, before: Receipt, now: Receipt) -> Why:
    """Return why a hit is on the page that was not."""
    name = _document(hit.address, now.documents)
    if not before.complete:
        return Why.UNKNOWN
    if name not in before.documents:
        return Why.NEW
    if name in before.found and before.found[name] == now.found.get(name):
        return Why.RANK
    return Why.CHANGED if before.documents[name] != now.documents[name] else Why.ANALYSIS


def _departed(searcher: Searcher, hits: tuple[KeptHit, ...], before: Receipt, now: Receipt) -> tuple[Change, ...]:
    """Return why hits were on the page that are not."""
    names = {hit: _document(hit.address, before.documents, now.documents) for hit in hits}
    here = frozenset(name for name in names.values() if name in now.documents)
    question = before.question
    # Nothing but their own documents is gone through.
    asked = replace(question, filters={**question.filters, Field.DOC: frozenset(map(str, here))})
    there: set[tuple[DocId, str]] = set()
    for name, _, chunks in searcher.answering(asked) if here else ():
        there |= {(name, "")} if question.group else {(name, digest_of([chunk])) for chunk in chunks}

    def why(hit: KeptHit) -> Why:
        name = names[hit]
        if name not in now.documents:
            return Why.GONE
        if (name, "" if question.group else hit.text) in there:
            return Why.RANK
        if name not in before.documents:
            return Why.UNKNOWN
        return Why.CHANGED if before.documents[name] != now.documents[name] else Why.ANALYSIS

    return tuple(Change(hit, why(hit)) for hit in hits)


def _document(address: Address, *documents: Mapping[DocId, str]) -> DocId:
    """Return the document of a place: a ``#`` may stand in its name."""
    name, _, _ = address.rpartition("#")
    return next((DocId(one) for known in documents for one in (name, address) if one in known), DocId(name or address))


def _documents(before: Mapping[DocId, str], now: Mapping[DocId, str]) -> Documents:
    new = [name for name in sorted(now) if name not in before]
    gone = [name for name in sorted(before) if name not in now]
    contents = Counter([*(now[name] for name in new), *(before[name] for name in gone)])
    old = {before[name]: name for name in gone}
    # A content that came once and went once went from one name to the other.
    renamed = tuple((old[now[name]], name) for name in new if now[name] in old and contents[now[name]] == 2)
    names = {name for pair in renamed for name in pair}
    return Documents(
        tuple(name for name in new if name not in names),
        tuple(name for name in sorted(now) if name in before and before[name] != now[name]),
        tuple(name for name in gone if name not in names),
        renamed,
    )


def _differing(before: Receipt, now: Receipt) -> tuple[tuple[str, str, str], ...]:
    def parts(one: Receipt) -> dict[str, str]:
        return {"program": one.program, "engine": one.engine, **one.analysis}

    then, here = parts(before), parts(now)
    return tuple(
        (part, then.get(part, "none"), here.get(part, "none"))
        for part in dict.fromkeys([*then, *here])
        if then.get(part) != here.get(part)
    )
