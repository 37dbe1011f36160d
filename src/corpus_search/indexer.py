"""What changed?

A corpus folder in, an index that agrees with it out: new, changed, renamed and deleted files, by content. What
did not change is not parsed again. All changes of a run become visible at once, or not at all.

The keywords of the corpus's articles teach jieba words, so one new article can change how others are segmented.
Only texts that contain a word that came or went are analysed again, from the index and without their files; the
result is the same as indexing everything anew.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

from corpus_search.analysis import Analyzer, fingerprint, fold, grams, teachable
from corpus_search.article import Article, DocId
from corpus_search.chunk import Chunk, chunks
from corpus_search.engine import AnalyzedChunk, Engine
from corpus_search.engines import create_index, open_engine
from corpus_search.errors import (
    CorpusError,
    FileError,
    IndexDamagedError,
    IndexMissingError,
)
from corpus_search.formats import SUFFIXES, decode
from corpus_search.formats.text import MAX_BYTES
from corpus_search.generations import Generations
from corpus_search.parse import parse
from corpus_search.records import renamed

_log = logging.getLogger(__name__)

FORMAT_VERSION = 1
"""Raised whenever what is stored changes its shape, so that old indexes are rebuilt."""

USERDICT = "userdict.txt"
"""The file in a corpus folder that teaches jieba words: one a line, in jieba's format."""

_FRESH_S = 2.0


@dataclass(frozen=True, slots=True)
class File:
    """A file of the corpus as it was when it was indexed."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    doc_id: DocId
    seen_ns: int
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Summary:
    """What a run did: counts of files and of what the index holds now, failures, and seconds."""

    new: int = 0
    changed: int = 0
    renamed: int = 0
    deleted: int = 0
    unchanged: int = 0
    failures: list[Failure] = field(default_factory=list)
    documents: int = 0
    chunks: int = 0
    rebuilt: str | None = None
    took_s: float = 0.0

    @property
    def touched(self) -> bool:
        """Whether the index changed."""
        return bool(self.new or self.changed or self.renamed or self.deleted or self.rebuilt)

    def record(self) -> dict[str, Any]:
        """Return the JSON object of ``index --json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file found in the corpus folder."""

    path: str
    size: int
    mtime_ns: int


def scan(corpus: Path, *, exclude: Path | None = None) -> dict[str, _Seen]:
    """Return the files of a corpus folder that can be read, by their paths below it.

    Hidden files, editors' temporary files and links that lead out of the folder are left out, and `exclude`.

    Raises `CorpusError` when the folder is missing or not readable.
    """
    try:
        if not corpus.is_dir():
            what = "is not a folder" if corpus.exists() else "there is no such folder"
            raise CorpusError(f"{corpus}: {what}; name the folder that holds your articles")
        os.scandir(corpus).close()
    except OSError as error:
        raise CorpusError(f"{corpus}: the folder cannot be read ({error.strerror}); check its permissions") from error
    found = {}
    top = corpus.resolve()
    for folder, folders, names in os.walk(corpus, onerror=_unreadable):
        here = Path(folder)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and (here / f).resolve() != exclude)
        for name in sorted(names):
            path = here / name
            if name.startswith((".", "~")) or path.suffix.lower() not in SUFFIXES:
                continue
            relative = path.relative_to(corpus).as_posix()
            if relative == USERDICT or (path.is_symlink() and not path.resolve().is_relative_to(top)):
                continue
            try:
                stat = path.stat()
            except OSError:
                continue
            found[relative] = _Seen(relative, stat.st_size, stat.st_mtime_ns)
    return found


def _unreadable(error: OSError) -> None:
    _log.warning("%s: the folder cannot be read (%s); it is left out", error.filename, error.strerror)


def document_ids(paths: Iterable[str]) -> dict[str, DocId]:
    """Return each path's document: the path without its ending, unless two would share it."""
    plain = {path: _shown(path.rpartition(".")[0]) for path in paths}
    shared = Counter(plain.values())
    return {path: DocId(_shown(path) if shared[doc] > 1 else doc) for path, doc in plain.items()}


def _shown(path: str) -> str:
    """Return a path as text that can be written anywhere: composed, and with bytes that are no text marked."""
    return normalize("NFC", path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _userdict(corpus: Path) -> tuple[str, ...]:
    """Return the dictionary's words, or none if it cannot be read."""
    try:
        return userdict(corpus)
    except FileError:
        return ()


def userdict(corpus: Path) -> tuple[str, ...]:
    """Return the words that the corpus's own dictionary lists. Raises `FileError`."""
    path = corpus / USERDICT
    if not path.is_file():
        return ()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileError(str(path), f"cannot be read ({error.strerror}); check its permissions") from error
    lines = decode(data, path=str(path)).text.splitlines()
    return tuple(line.split()[0] for line in lines if line.split() and not line.startswith("#"))


def is_fresh(corpus: Path, index: Path, state: Mapping[str, Any]) -> bool:
    """Tell, without opening a file, whether the index agrees with the corpus folder."""
    if state.get("corpus") != str(corpus.resolve()) or state.get("fingerprint") != _fingerprint(corpus):
        return False
    seen = scan(corpus, exclude=index.resolve())
    known = _files(state)
    failed = {f["path"]: (f["size"], f["mtime_ns"]) for f in state.get("failures", ())}
    return seen.keys() == known.keys() | failed.keys() and all(
        _same(known[path], file) if path in known else failed[path] == (file.size, file.mtime_ns)
        for path, file in seen.items()
    )


def _same(known: File, file: _Seen) -> bool:
    """Tell whether a file is the one that was indexed, by its size and time.

    A file changed just before it was read may change again within the clock's grain; it is read once more.
    """
    settled = known.seen_ns - known.mtime_ns > _FRESH_S * 1e9
    return settled and (known.size, known.mtime_ns) == (file.size, file.mtime_ns)


def _files(state: Mapping[str, Any]) -> dict[str, File]:
    return {
        f["path"]: File(**{**f, "doc_id": DocId(f["doc_id"]), "keywords": tuple(f["keywords"])})
        for f in state.get("files", ())
    }


def _fingerprint(corpus: Path) -> dict[str, str]:
    return {"format": str(FORMAT_VERSION), **fingerprint(_userdict(corpus))}


def update(
    corpus: Path,
    index: Path,
    *,
    engine: str = "whoosh",
    rebuild: bool = False,
    wait_s: float = 30.0,
    say: Callable[[str], None] = _log.info,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Bring the index in `index` up to date with the folder `corpus`.

    `say` is told, in a line each, what a user should know; `progress` how many files of how many are read.

    Raises `CorpusError` when the folder is missing, not readable or holds nothing to index, `SearchIndexError` when
    the index cannot be written, and `IndexLockedError` when another process still writes after `wait_s`
    seconds.
    """
    started = time.perf_counter()
    seen = scan(corpus, exclude=index.resolve())
    generations = Generations(index)
    if not seen and not (rebuild and _has_state(generations)):
        # A drive that is not mounted looks like an empty folder: what is indexed stays, unless told otherwise.
        endings = ", ".join(sorted(SUFFIXES))
        raise CorpusError(f"{corpus}: holds no article to index; put files ending in {endings} there")
    with generations.lock(wait_s=wait_s, waiting=say):
        run = _Run(corpus, index, engine, say, progress or (lambda done, total: None))
        summary = run.update(scan(corpus, exclude=index.resolve()), rebuild=rebuild)
    summary.took_s = round(time.perf_counter() - started, 3)
    return summary


def _has_state(generations: Generations) -> bool:
    try:
        generations.current()
    except (IndexMissingError, IndexDamagedError):
        return False
    return True


class _Run:
    """One run of the indexer, with the writer's lock held."""

    def __init__(
        self,
        corpus: Path,
        index: Path,
        engine: str,
        say: Callable[[str], None],
        progress: Callable[[int, int], None],
    ) -> None:
        self._corpus = corpus
        self._index = index
        self._engine = engine
        self._say = say
        self._progress = progress
        self._fingerprint = _fingerprint(corpus)
        self._userdict = _userdict(corpus)

    def update(self, seen: dict[str, _Seen], *, rebuild: bool) -> Summary:
        old, why = self._open(rebuild=rebuild)
        known = _files(old.state) if old else {}
        try:
            return self._update(seen, old, known, why)
        finally:
            if old:
                old.close()

    def _open(self, *, rebuild: bool) -> tuple[Engine | None, str | None]:
        """Open what is indexed, or tell why it must be made anew."""
        if rebuild:
            return None, "as asked"
        try:
            engine = open_engine(self._engine, self._index)
        except IndexMissingError:
            return None, None
        except IndexDamagedError as error:
            self._say(f"{error}; rebuilding it")
            return None, "damaged"
        state = engine.state
        if state.get("corpus") != str(self._corpus.resolve()):
            engine.close()
            self._say(f"{self._index}: holds the index of {state.get('corpus')}; rebuilding it for {self._corpus}")
            return None, "another corpus"
        before = state.get("fingerprint") or {}
        differing = [
            f"{part} {before.get(part, 'none')} → {now}"
            for part, now in self._fingerprint.items()
            if before.get(part) != now
        ]
        if differing or state.get("engine") != self._engine:
            engine.close()
            self._say(f"{self._index}: made with another analyzer ({', '.join(differing)}); rebuilding it")
            return None, "outdated"
        return engine, None

    def _update(self, seen: dict[str, _Seen], old: Engine | None, known: dict[str, File], why: str | None) -> Summary:
        summary = Summary(rebuilt=why)
        ids = document_ids(seen)
        gone = {file.sha256: file for path, file in known.items() if path not in seen}
        kept: dict[str, File] = {}
        moved: dict[str, File] = {}
        parsed: dict[str, Article] = {}
        failed: dict[str, _Seen] = {}
        for done, (path, file) in enumerate(seen.items()):
            self._progress(done, len(seen))
            before = known.get(path)
            if before and before.doc_id == ids[path] and _same(before, file):
                kept[path] = before
                continue
            try:
                data = self._read(file)
                digest = hashlib.sha256(data).hexdigest()
                entry = File(path, file.size, file.mtime_ns, digest, ids[path], time.time_ns())
                origin = (
                    before if before and before.sha256 == digest else gone.pop(digest, None) if not before else None
                )
                if origin:
                    entry = replace(entry, keywords=origin.keywords)
                    if origin.path == path and origin.doc_id == entry.doc_id:
                        kept[path] = entry
                    else:
                        moved[origin.doc_id] = entry
                    continue
                article = self._parse(path, ids[path], data)
            except FileError as error:
                summary.failures.append(Failure(error.path, error.reason))
                failed[path] = file
                continue
            parsed[path] = article
            kept[path] = replace(entry, keywords=article.metadata.keywords)
            if before:
                summary.changed += 1
            else:
                summary.new += 1
        self._progress(len(seen), len(seen))
        try:
            userdict(self._corpus)
        except FileError as error:
            summary.failures.append(Failure(USERDICT, error.reason))
        summary.renamed = len(moved)
        stale = {file.doc_id for path, file in known.items() if path not in kept or path in parsed} - set(moved)
        summary.deleted = sum(path not in seen for path in known) - sum(
            1 for doc, entry in moved.items() if entry.path not in known
        )
        summary.unchanged = len(kept) - len(parsed)
        kept.update({entry.path: entry for entry in moved.values()})
        if not kept and summary.failures and old is None:
            reasons = "; ".join(f"{f.path}: {f.reason}" for f in summary.failures[:3])
            raise CorpusError(f"{self._corpus}: none of its files could be read ({reasons})")
        self._commit(summary, old, kept, moved, parsed, stale, failed)
        return summary

    def _read(self, file: _Seen) -> bytes:
        if file.size > MAX_BYTES:
            size = f"{file.size / 1e6:.1f} MB"
            limit = MAX_BYTES // 1_000_000
            raise FileError(file.path, f"{size} is too large for one article (at most {limit} MB); split it")
        try:
            return (self._corpus / file.path).read_bytes()
        except FileNotFoundError:
            raise FileError(file.path, "vanished while it was to be read; index again if it is back") from None
        except OSError as error:
            raise FileError(file.path, f"cannot be read ({error.strerror}); check its permissions") from error

    @staticmethod
    def _parse(path: str, doc_id: DocId, data: bytes) -> Article:
        decoded = decode(data, path=path)
        return parse(decoded.text, doc_id=doc_id, path=_shown(path), encoding=decoded.encoding, remarks=decoded.remarks)

    def _commit(
        self,
        summary: Summary,
        old: Engine | None,
        kept: Mapping[str, File],
        moved: Mapping[str, File],
        parsed: Mapping[str, Article],
        stale: set[DocId],
        failed: Mapping[str, _Seen],
    ) -> None:
        words = teachable([*self._userdict, *(word for file in kept.values() for word in file.keywords)])
        before = frozenset(old.state.get("words", ())) if old else frozenset[str]()
        analyzer = Analyzer(words)
        state = {
            "engine": self._engine,
            "fingerprint": self._fingerprint,
            "corpus": str(self._corpus.resolve()),
            "updated": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "words": sorted(words),
            "files": [{**asdict(kept[path]), "keywords": list(kept[path].keywords)} for path in sorted(kept)],
            "failures": [
                {
                    **asdict(failure),
                    "size": failed[failure.path].size,
                    "mtime_ns": failed[failure.path].mtime_ns,
                }
                for failure in summary.failures
                if failure.path in failed
            ],
        }
        if old and not (parsed or moved or stale) and _settled(old.state, state):
            summary.documents, summary.chunks = old.stats()["documents"], old.stats()["chunks"]
            return
        again = self._analysed_again(old, words ^ before, stale, set(moved), {a.doc_id for a in parsed.values()})
        with old.writer() if old else create_index(self._engine, self._index) as writer:
            for doc_id in stale | set(moved):
                writer.delete(DocId(doc_id))
            for article in (*parsed.values(), *self._moved(old, moved), *again):
                writer.replace(article, (analyzed_chunk(chunk, analyzer) for chunk in chunks(article)))
            writer.set_state(state)
        with _closing(open_engine(self._engine, self._index)) as now:
            stats = now.stats()
        summary.documents, summary.chunks = stats["documents"], stats["chunks"]

    @staticmethod
    def _moved(old: Engine | None, moved: Mapping[str, File]) -> Iterator[Article]:
        for doc_id, entry in moved.items():
            article = old.get(DocId(doc_id)) if old else None
            if article:
                yield renamed(article, doc_id=entry.doc_id, path=_shown(entry.path))

    @staticmethod
    def _analysed_again(old: Engine | None, words: frozenset[str], *done: Iterable[str]) -> Iterator[Article]:
        """Yield the articles in which a word stands that came or went, but for those that are `done` anyway."""
        if not old or not words:
            return
        for doc_id in sorted(old.holding(words) - set().union(*done)):
            article = old.get(doc_id)
            if article:
                yield article


def _settled(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether two states differ in nothing that matters to a reader or to the next run."""
    return all(before.get(key) == now[key] for key in ("files", "failures", "words"))


class _closing(nullcontext[Engine]):  # noqa: N801
    """Closes an engine at the end of a block."""

    def __exit__(self, *_: object) -> None:
        self.enter_result.close()


def analyzed_chunk(chunk: Chunk, analyzer: Analyzer) -> AnalyzedChunk:
    """Return `chunk` with its terms, as an engine indexes it."""
    folded = fold(chunk.text).text

    def counts(text: str) -> Counter[str]:
        return Counter(term.text for term in analyzer.terms(text))

    headings = "\n".join(fold(heading).text for heading in chunk.heading_path if not chunk.is_heading)
    return AnalyzedChunk(
        chunk, folded, counts(folded), counts(headings), counts(fold(chunk.title or "").text), grams(folded)
    )
