"""What was asked, of what, and what was the answer?

`Results` in, a `Receipt` out: a small file that says what a search found on a given day in a given corpus, so that
`replay` can tell whether it still does. It is JSON, one hit and one document a line, to be read and compared by people,
too::

    {
      "format": "corpus-search receipt", "version": 1,
      "made": "2026-11-23T09:30:00+00:00", "program": "corpus-search 0.1.0", "engine": "whoosh",
      "analysis":  what decides the terms of a text: versions of the analyzer, of jieba, of OpenCC, the taught words
      "corpus":    its fingerprint, and how many files, documents and passages it has
      "query":     the query and all its options; "parsed" is how it was read
      "total", "digest":  how many answer, and a digest over every one of them, on this page or not
      "hits":      those on the page: rank, address, page, a digest of the text, and its beginning as it was shown
      "documents": each document's content, as a digest
      "found":     each document with passages that answer: how many, and a digest over them
      "complete":  false where the corpus has too many documents to be listed: then only those of the hits are
      "seal":      a digest over all of this, which a slip of the pen breaks; it is no signature
    }

Digests are SHA-256, in part cut short. The corpus's fingerprint is over the files' paths and contents, in order of the
paths: the same files have the same one on any machine, whenever and in whatever order they came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from corpus_search import __version__
from corpus_search.article import Address, DocId, Kind
from corpus_search.chunk import Chunk
from corpus_search.engine import Sort
from corpus_search.errors import OptionError, ReceiptError
from corpus_search.folder import shown
from corpus_search.limits import MAX_RECEIPT_BYTES
from corpus_search.query import FACETS, MAX_LENGTH, Field, Filters
from corpus_search.records import Record
from corpus_search.results import Group, Hit, Question, Results
from corpus_search.search import Searcher
from corpus_search.state import State

FORMAT = "corpus-search receipt"
VERSION = 1
MAX_HITS = 1_000
"""The most hits a receipt lists; what lies beyond is in its digests."""

MAX_DOCUMENTS = 20_000
_SHORT = 16
"""How many hexadecimal digits of a digest are kept where it only has to differ: 64 bits."""

_BEGINNING = 80
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class KeptHit:
    """A hit in a receipt: `text` is a digest of its passage, `snippet` the beginning of what was shown of it."""

    rank: int
    address: Address
    page: int | None
    text: str
    snippet: str

    def record(self) -> Record:
        """Return the JSON object."""
        return {
            "rank": self.rank,
            "address": self.address,
            "page": self.page,
            "text": self.text,
            "snippet": self.snippet,
        }


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A corpus as it was indexed: a digest over its files, and how many there are; `unread` could not be read."""

    digest: str
    files: int
    documents: int
    passages: int
    unread: int

    def record(self) -> Record:
        """Return the JSON object."""
        return {
            "fingerprint": self.digest,
            "files": self.files,
            "documents": self.documents,
            "passages": self.passages,
            "unread": self.unread,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """How many passages of a document answer, and a digest over them."""

    passages: int
    digest: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a search found; see the module. `made` is an ISO 8601 time."""

    question: Question
    parsed: str
    made: str
    program: str
    engine: str
    analysis: Mapping[str, str]
    corpus: Fingerprint
    total: int
    digest: str
    hits: tuple[KeptHit, ...]
    documents: Mapping[DocId, str] = field(repr=False)
    found: Mapping[DocId, Found] = field(repr=False)
    complete: bool = True

    def record(self) -> Record:
        """Return the JSON object."""
        bare = self._record()
        return {**bare, "seal": _seal(bare)}

    def _record(self) -> Record:
        asked = self.question
        return {
            "format": FORMAT,
            "version": VERSION,
            "made": self.made,
            "program": self.program,
            "engine": self.engine,
            "analysis": dict(self.analysis),
            "corpus": self.corpus.record(),
            "query": {
                "text": asked.text,
                "limit": asked.limit,
                "offset": asked.offset,
                "filters": {str(name): sorted(values) for name, values in asked.filters.items()},
                "sort": str(asked.sort),
                "group": str(asked.group),
                "exact_script": asked.exact_script,
            },
            "parsed": self.parsed,
            "total": self.total,
            "digest": self.digest,
            "hits": [hit.record() for hit in self.hits],
            "documents": dict(self.documents),
            "found": {name: [one.passages, one.digest] for name, one in self.found.items()},
            "complete": self.complete,
        }

    def text(self) -> str:
        """Return the text of a receipt's file."""
        lines = ",\n".join(f"  {_json(name)}: {_spread(value)}" for name, value in self.record().items())
        return f"{{\n{lines}\n}}\n"


def receipt_of(results: Results, *, made: datetime | None = None, most_documents: int = MAX_DOCUMENTS) -> Receipt:
    """Return the receipt of `results`, made now if not said otherwise.

    What the index held when it answered is gone through once, however few of the hits are on the page. Raises
    `OptionError` where there are more hits than a receipt lists.
    """
    searcher, question = results.source, results.question
    if searcher is None:
        raise OptionError("these results are of no index, so that there is nothing to keep of them")
    if len(results.hits) > MAX_HITS:
        raise OptionError(f"a receipt lists {MAX_HITS:,} hits at most; ask with a limit of {MAX_HITS:,}")
    question = replace(question, text=_safe(question.text), limit=min(question.limit, MAX_HITS))
    found = {doc_id: Found(count, digest_of(chunks)) for doc_id, count, chunks in searcher.answering(question)}
    whole = sha256()
    for doc_id in sorted(found):
        whole.update(f"{_safe(doc_id)}\0{found[doc_id].passages}\0{found[doc_id].digest}\n".encode())
    documents = {
        file.doc_id: file.sha256[:_SHORT]
        for file in sorted(searcher.state.files, key=lambda file: file.doc_id)
        if not file.copy
    }
    complete = len(documents) <= most_documents
    if not complete:
        here = {hit.chunk.doc_id for hit in results.hits}
        documents = {name: content for name, content in documents.items() if name in here}
        found = {name: one for name, one in found.items() if name in here}
    return Receipt(
        question,
        _safe(str(results.query)),
        (made or datetime.now(UTC)).isoformat(timespec="seconds"),
        f"corpus-search {__version__}",
        results.engine,
        analysis_of(searcher.state),
        corpus_of(searcher),
        results.total,
        whole.hexdigest(),
        tuple(map(_kept, results.hits)),
        documents,
        {name: found[name] for name in sorted(found)},
        complete,
    )


def analysis_of(state: State) -> dict[str, str]:
    """Return what decided the terms of an index: versions, and the words taught, as a count and a digest."""
    words = sha256("\n".join(map(_safe, state.words)).encode()).hexdigest()[:_SHORT]
    return {**state.fingerprint, "words": f"{len(state.words)} {words}"}


def corpus_of(searcher: Searcher) -> Fingerprint:
    """Return the fingerprint of the corpus that an index was made from."""
    state, stats, digest = searcher.state, searcher.stats(), sha256()
    for path, content in sorted((shown(file.path), file.sha256) for file in state.files):
        digest.update(f"{path}\0{content}\n".encode())
    return Fingerprint(digest.hexdigest(), len(state.files), stats["documents"], stats["chunks"], len(state.failures))


def _kept(hit: Hit) -> KeptHit:
    texts = (hit.chunk, *(other.chunk for other in hit.others))
    return KeptHit(hit.rank, hit.address, hit.page, digest_of(texts), _safe(hit.snippet.text[:_BEGINNING]))


def digest_of(chunks: Iterable[Chunk]) -> str:
    """Return a digest over the addresses and texts of some chunks."""
    digest = sha256()
    for chunk in chunks:
        digest.update(f"{_safe(chunk.address)}\0{_safe(chunk.text)}\0".encode())
    return digest.hexdigest()[:_SHORT]


def _safe(text: str) -> str:
    """Return `text` as it can be written in UTF-8: a lone surrogate as �."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _seal(record: Record) -> str:
    bare = json.dumps(record, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return sha256(bare.encode()).hexdigest()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _spread(value: object) -> str:
    """Return JSON with each entry of a list or an object on a line of its own."""
    if isinstance(value, dict) and value:
        inside = ",\n".join(f"    {_json(name)}: {_json(entry)}" for name, entry in value.items())
        return f"{{\n{inside}\n  }}"
    if isinstance(value, list) and value:
        inside = ",\n".join(f"    {_json(entry)}" for entry in value)
        return f"[\n{inside}\n  ]"
    return _json(value)


# --- reading -------------------------------------------------------------------------------------------------

_DIGEST = re.compile(r"[0-9a-f]{16}|[0-9a-f]{64}")
_LONGEST = 4_096
"""How long a name, an address or a time may be: the longest path there can be."""


def read_receipt(text: str | bytes) -> Receipt:
    """Return the receipt that a file holds. Raises `ReceiptError`, which says what is wrong with it."""
    if len(text) > MAX_RECEIPT_BYTES:
        raise ReceiptError(f"the receipt is larger than {MAX_RECEIPT_BYTES >> 20} MB; none that was written here is")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        what = f"the receipt is damaged{place}: it is no JSON in UTF-8; use the file as it was written"
        raise ReceiptError(what) from None
    return receipt_from(record)


def receipt_from(record: object) -> Receipt:
    """Return the receipt of a JSON object; the inverse of `Receipt.record`. Raises `ReceiptError`."""
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise ReceiptError("this is no receipt of a search; `corpus-search query … --receipt FILE` writes one")
    version = record.get("version")
    if version != VERSION or isinstance(version, bool):
        raise ReceiptError(
            f"the receipt is of version {_brief(version)}, and {VERSION} is read here; use the program that wrote it"
        )
    bare = {name: value for name, value in record.items() if name != "seal"}
    try:
        made = _receipt(_Fields(bare))
        sealed = record.get("seal") == _seal(bare)
    except RecursionError:
        raise ReceiptError("the receipt is damaged: it is nested without end") from None
    if not sealed or made._record() != bare:
        raise ReceiptError("the receipt was changed after it was written: its seal is broken; use the file as it was")
    return made


def _receipt(whole: _Fields) -> Receipt:
    query, corpus, analysis = whole.object("query"), whole.object("corpus"), whole.object("analysis")
    documents, found = whole.object("documents"), whole.object("found")
    return Receipt(
        Question(
            query.text("text", longest=MAX_LENGTH),
            query.number("limit", most=MAX_HITS),
            query.number("offset"),
            _filters(query.object("filters")),
            Sort(query.one_of("sort", Sort)),
            Group(query.one_of("group", Group)),
            query.flag("exact_script"),
        ),
        whole.text("parsed", longest=MAX_RECEIPT_BYTES),
        whole.text("made"),
        whole.text("program"),
        whole.text("engine"),
        {name: analysis.text(name) for name in analysis.names(100)},
        Fingerprint(
            corpus.digest("fingerprint"),
            *(corpus.number(name) for name in ("files", "documents", "passages", "unread")),
        ),
        whole.number("total"),
        whole.digest("digest"),
        tuple(
            KeptHit(
                hit.number("rank"),
                Address(hit.text("address")),
                hit.page("page"),
                hit.digest("text"),
                hit.text("snippet"),
            )
            for hit in whole.objects("hits", MAX_HITS)
        ),
        {DocId(name): documents.digest(name) for name in documents.names(MAX_DOCUMENTS)},
        {DocId(name): _found(found, name) for name in found.names(MAX_DOCUMENTS)},
        whole.flag("complete"),
    )


def _found(found: _Fields, name: str) -> Found:
    match found.value(name):
        case [int(passages), str(digest)] if passages >= 0 and _DIGEST.fullmatch(digest):
            return Found(passages, digest)
        case _:
            raise found.error(name, "a count and a digest")


def _filters(fields: _Fields) -> Filters:
    found: dict[Field, frozenset[str]] = {}
    for name in fields.names(len(FACETS)):
        values = fields.value(name)
        if name not in FACETS:
            raise fields.error(name, f"one of {', '.join(FACETS)}")
        kinds = set(Kind) if name == Field.KIND else None
        if not isinstance(values, list) or not all(
            isinstance(value, str) and len(value) <= _LONGEST and (kinds is None or value in kinds) for value in values
        ):
            raise fields.error(name, "a list of its values")
        found[Field(name)] = frozenset(values)
    return found


class _Fields:
    """An object of a receipt, whose fields are asked for by name and kind; `path` is where it stands."""

    def __init__(self, record: Mapping[str, Any], path: str = "") -> None:
        self._record = record
        self._path = path

    def error(self, name: str, expected: str) -> ReceiptError:
        return ReceiptError(
            f"the receipt is damaged: {self._path}{_brief(name)} is not {expected}; use the file as it was written"
        )

    def names(self, most: int) -> list[str]:
        if len(self._record) > most:
            raise ReceiptError(f"the receipt is damaged: {self._path.rstrip('.')} has more than {most:,} entries")
        for name in self._record:
            if len(name) > _LONGEST:
                raise self.error(name, "a name")
        return list(self._record)

    def value(self, name: str) -> Any:
        return self._record.get(name)

    def text(self, name: str, *, longest: int = _LONGEST) -> str:
        value = self.value(name)
        if not isinstance(value, str) or len(value) > longest:
            raise self.error(name, f"a text of at most {longest:,} characters")
        return value

    def number(self, name: str, *, most: int = 10**9) -> int:
        value = self.value(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise self.error(name, f"a whole number up to {most:,}")
        return value

    def page(self, name: str) -> int | None:
        return None if self.value(name) is None else self.number(name)

    def flag(self, name: str) -> bool:
        value = self.value(name)
        if not isinstance(value, bool):
            raise self.error(name, "true or false")
        return value

    def digest(self, name: str) -> str:
        value = self.value(name)
        if not isinstance(value, str) or not _DIGEST.fullmatch(value):
            raise self.error(name, "a digest")
        return value

    def one_of(self, name: str, choices: Iterable[str]) -> str:
        value = self.value(name)
        if not isinstance(value, str) or value not in list(choices):
            raise self.error(name, f"one of {', '.join(filter(None, choices))}")
        return value

    def object(self, name: str) -> _Fields:
        value = self.value(name)
        if not isinstance(value, dict):
            raise self.error(name, "an object")
        return _Fields(value, f"{self._path}{name}.")

    def objects(self, name: str, most: int) -> list[_Fields]:
        value = self.value(name)
        if not isinstance(value, list) or len(value) > most or not all(isinstance(one, dict) for one in value):
            raise self.error(name, f"a list of at most {most:,} objects")
        return [_Fields(one, f"{self._path}{name}[{n}].") for n, one in enumerate(value)]


def _brief(value: object) -> str:
    """Return a value that a stranger wrote, short enough for a message and on one line."""
    from corpus_search.display import one_line

    return one_line(_safe(str(value)))[:60]
