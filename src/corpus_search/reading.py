"""How does a file become an article?

A file of the corpus in, with what lies beside it; its article, or why there is none, out. Files are read one by one or,
where there are many, by several processes; what comes out crosses between them as plain records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus_search.article import Article, DocId
from corpus_search.errors import FileError
from corpus_search.folder import shown, sidecars
from corpus_search.formats import MAX_BYTES, extract
from corpus_search.parse import parse
from corpus_search.records import article_from, article_record, packed, unpacked
from corpus_search.sidecar import overridden


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's bytes, those of the sidecars that lie beside it, and the digest of all of them."""

    data: bytes
    beside: Mapping[str, bytes]
    sha256: str


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read: its path below the corpus folder, and the document it is to be."""

    corpus: Path
    path: str
    doc_id: DocId


@dataclass(frozen=True, slots=True)
class Read:
    """What came of a file: its article as a packed record, what the indexer must know of it, or why there is none."""

    path: str
    sha256: str = ""
    record: bytes = b""
    keywords: tuple[str, ...] = ()
    notes: int = 0
    tied: int = 0
    failures: tuple[tuple[str, str], ...] = ()

    def article(self) -> Article:
        """Return the article."""
        return article_from(unpacked(self.record))


def load(corpus: Path, path: str) -> Loaded:
    """Read the bytes of a file and its sidecars. Raises `FileError`."""
    try:
        size = (corpus / path).stat().st_size
        if size > MAX_BYTES:
            limit = MAX_BYTES // 1_000_000
            raise FileError(path, f"{size / 1e6:.1f} MB is too large for one article (at most {limit} MB); split it")
        data = (corpus / path).read_bytes()
        beside = {name: (corpus / name).read_bytes() for name in sidecars(corpus, path)}
    except FileNotFoundError:
        raise FileError(path, "vanished while it was to be read; index again if it is back") from None
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror}); check its permissions") from error
    digest = hashlib.sha256(data)
    for name, content in beside.items():
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0" + content)
    return Loaded(data, beside, digest.hexdigest())


def read(task: Task) -> Read:
    """Read a file and take its article apart."""
    try:
        loaded = load(task.corpus, task.path)
        found = extract(loaded.data, path=task.path)
    except FileError as error:
        return Read(task.path, failures=((error.path, error.reason),))
    article = parse(
        found.text,
        doc_id=task.doc_id,
        path=shown(task.path),
        encoding=found.encoding,
        remarks=found.remarks,
        layout=found.layout,
    )
    failures = []
    for name, content in loaded.beside.items():
        try:
            article = overridden(article, content, path=name)
        except FileError as error:
            failures.append((error.path, error.reason))
    return Read(
        task.path,
        loaded.sha256,
        packed(article_record(article)),
        article.metadata.keywords,
        len(article.notes),
        sum(note.anchor is not None for note in article.notes),
        tuple(failures),
    )
