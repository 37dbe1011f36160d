"""What changed?

A corpus folder in, an index that agrees with it out: new, changed, renamed and deleted files, by content. What
did not change is not parsed again. All changes of a run become visible at once, or not at all.

The keywords of the corpus's articles teach jieba words, so one new article can change how others are segmented.
Only texts that contain a word that came or went are analysed again, from the index and without their files; the
terms are the same as if everything were indexed anew.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from corpus_search.analysis import Analyzer, fingerprint, folded_text, grams, teachable
from corpus_search.article import Article, DocId
from corpus_search.chunk import Chunk, chunks
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk, Engine
from corpus_search.engines import create_index, open_engine
from corpus_search.errors import CorpusError, FileError, IndexDamagedError, IndexMissingError
from corpus_search.folder import USERDICT, Scan, Stamp, document_ids, scan, shown, userdict
from corpus_search.formats import MAX_BYTES, SUFFIXES, extract
from corpus_search.generations import Generations
from corpus_search.parse import parse
from corpus_search.records import renamed
from corpus_search.state import Failure, File, State

_log = logging.getLogger(__name__)

FORMAT_VERSION = 6
"""Raised whenever what is stored changes its shape, so that old indexes are rebuilt."""


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
        failures = [{"path": shown(failure.path), "reason": failure.reason} for failure in self.failures]
        return {**asdict(self), "failures": failures}


def is_fresh(corpus: Path, index: Path, state: State) -> bool:
    """Tell whether the index agrees with the corpus folder, opening only files whose stamps cannot be trusted yet.

    Raises `CorpusError` when the folder is missing or not readable.
    """
    if state.corpus != str(corpus.resolve()) or state.fingerprint != _fingerprint(_words_of(corpus)[0]):
        return False
    seen = scan(corpus, exclude=index)
    known = {file.path: file for file in state.files}
    failed = {failure.path: failure.stamp for failure in state.failures if failure.path != USERDICT}
    there = {**seen.files, **dict.fromkeys(seen.unreadable)}
    kept = {path for path in known if _below(path, seen.unreadable)}
    if there.keys() | kept != known.keys() | failed.keys():
        return False
    return all(
        failed[path] == stamp if path in failed else _unchanged(corpus, known[path], stamp)
        for path, stamp in there.items()
    )


def _unchanged(corpus: Path, known: File, stamp: Stamp | None) -> bool:
    if known.stamp != stamp:
        return False
    if known.settled:
        return True
    try:
        return hashlib.sha256((corpus / known.path).read_bytes()).hexdigest() == known.sha256
    except OSError:
        return False


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _words_of(corpus: Path) -> tuple[tuple[str, ...], Failure | None]:
    """Return the words of the corpus's own dictionary, or why it cannot be read."""
    try:
        return userdict(corpus), None
    except FileError as error:
        return (), Failure(error.path, error.reason)


def _fingerprint(words: Iterable[str]) -> dict[str, str]:
    return {"format": str(FORMAT_VERSION), **fingerprint(words)}


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
    seen = scan(corpus, exclude=index)
    generations = Generations(index)
    if not (seen.files or seen.unreadable or (rebuild and _is_indexed(generations))):
        # A drive that is not mounted looks like an empty folder: what is indexed stays, unless told otherwise.
        endings = ", ".join(sorted(SUFFIXES))
        raise CorpusError(f"{corpus}: holds no article to index; put files ending in {endings} there")
    with generations.lock(wait_s=wait_s, waiting=say):
        run = _Run(corpus, index, engine, say, progress or (lambda done, total: None))
        summary = run.update(scan(corpus, exclude=index), rebuild=rebuild)
    summary.took_s = round(time.perf_counter() - started, 3)
    return summary


def _is_indexed(generations: Generations) -> bool:
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
        self._userdict, self._without_dictionary = _words_of(corpus)
        self._fingerprint = _fingerprint(self._userdict)

    def update(self, seen: Scan, *, rebuild: bool) -> Summary:
        old, state, why = self._open(rebuild=rebuild)
        try:
            return self._update(seen, old, state, why)
        finally:
            if old:
                old.close()

    def _open(self, *, rebuild: bool) -> tuple[Engine | None, State | None, str | None]:
        """Open what is indexed, or tell why it must be made anew."""
        if rebuild:
            return None, None, "as asked"
        try:
            engine = open_engine(self._engine, self._index)
        except IndexMissingError:
            return None, None, None
        except IndexDamagedError as error:
            return self._anew(f"{error}; rebuilding it", "damaged")
        try:
            state = State.read(engine.state)
        except IndexDamagedError as error:
            engine.close()
            return self._anew(f"{self._index}: {error}; rebuilding it", "damaged")
        differing = [
            f"{part} {state.fingerprint.get(part, 'none')} → {now}"
            for part, now in {**self._fingerprint, "engine": self._engine}.items()
            if {**state.fingerprint, "engine": state.engine}.get(part) != now
        ]
        if state.corpus == str(self._corpus.resolve()) and not differing:
            return engine, state, None
        engine.close()
        if differing:
            return self._anew(
                f"{self._index}: made by another analyzer ({', '.join(differing)}); rebuilding it", "outdated"
            )
        return self._anew(
            f"{self._index}: holds the index of {state.corpus}; rebuilding it for {self._corpus}", "another corpus"
        )

    def _anew(self, message: str, why: str) -> tuple[None, None, str]:
        self._say(message)
        return None, None, why

    def _update(self, seen: Scan, old: Engine | None, state: State | None, why: str | None) -> Summary:
        summary = Summary(rebuilt=why)
        known = {file.path: file for file in state.files} if state else {}
        ids = document_ids(seen.files)
        # What cannot be looked at is not taken for deleted.
        kept = {path: file for path, file in known.items() if _below(path, seen.unreadable)}
        gone = {file.sha256: file for path, file in known.items() if path not in seen.files and path not in kept}
        moved: dict[DocId, File] = {}
        parsed: dict[str, Article] = {}
        summary.failures += [Failure(path, reason) for path, reason in seen.unreadable.items()]
        if self._without_dictionary:
            summary.failures.append(self._without_dictionary)
        for done, (path, stamp) in enumerate(seen.files.items()):
            self._progress(done, len(seen.files))
            before = known.get(path)
            if before and before.doc_id == ids[path] and before.stamp == stamp and before.settled:
                kept[path] = before
                continue
            now = time.time_ns()
            try:
                data = self._read(path, stamp)
            except FileError as error:
                summary.failures.append(Failure(error.path, error.reason, stamp))
                if before and before.doc_id == ids[path]:
                    kept[path] = before
                continue
            try:
                entry = File(path, stamp, hashlib.sha256(data).hexdigest(), ids[path], now)
                origin = before or gone.pop(entry.sha256, None)
                if origin and origin.sha256 == entry.sha256:
                    entry = replace(entry, keywords=origin.keywords)
                    if (origin.path, origin.doc_id) == (path, entry.doc_id):
                        kept[path] = entry
                    else:
                        moved[origin.doc_id] = entry
                    continue
                article = self._parse(path, ids[path], data)
            except FileError as error:
                summary.failures.append(Failure(error.path, error.reason, stamp))
                continue
            parsed[path] = article
            kept[path] = replace(entry, keywords=article.metadata.keywords)
            if before:
                summary.changed += 1
            else:
                summary.new += 1
        self._progress(len(seen.files), len(seen.files))
        summary.renamed = len(moved)
        stale = {file.doc_id for path, file in known.items() if path not in kept or path in parsed} - set(moved)
        readdressed = {entry.path for entry in moved.values()} & known.keys()
        new_places = {entry.path for entry in moved.values()} - set(known)
        summary.deleted = sum(path not in kept for path in known.keys() - readdressed) - len(new_places)
        summary.unchanged = len(kept) - len(parsed)
        kept.update({entry.path: entry for entry in moved.values()})
        if not kept and summary.failures and old is None:
            reasons = "; ".join(f"{shown(f.path)}: {f.reason}" for f in summary.failures[:3])
            raise CorpusError(f"{self._corpus}: none of its files could be read ({reasons})")
        self._commit(summary, old, state, kept, moved, parsed, stale)
        return summary

    def _read(self, path: str, stamp: Stamp) -> bytes:
        if stamp.size > MAX_BYTES:
            size, limit = f"{stamp.size / 1e6:.1f} MB", MAX_BYTES // 1_000_000
            raise FileError(path, f"{size} is too large for one article (at most {limit} MB); split it")
        try:
            return (self._corpus / path).read_bytes()
        except FileNotFoundError:
            raise FileError(path, "vanished while it was to be read; index again if it is back") from None
        except OSError as error:
            raise FileError(path, f"cannot be read ({error.strerror}); check its permissions") from error

    @staticmethod
    def _parse(path: str, doc_id: DocId, data: bytes) -> Article:
        found = extract(data, path=path)
        return parse(
            found.text,
            doc_id=doc_id,
            path=shown(path),
            encoding=found.encoding,
            remarks=found.remarks,
            layout=found.layout,
        )

    def _commit(
        self,
        summary: Summary,
        old: Engine | None,
        before: State | None,
        kept: Mapping[str, File],
        moved: Mapping[DocId, File],
        parsed: Mapping[str, Article],
        stale: set[DocId],
    ) -> None:
        words = teachable([*self._userdict, *(word for file in kept.values() for word in file.keywords)])
        state = State(
            self._engine,
            self._fingerprint,
            str(self._corpus.resolve()),
            time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            tuple(sorted(words)),
            tuple(kept[path] for path in sorted(kept)),
            tuple(summary.failures),
        )
        if old and before and not (parsed or moved or stale) and replace(before, updated=state.updated) == state:
            summary.documents, summary.chunks = old.stats()["documents"], old.stats()["chunks"]
            return
        differing = words ^ frozenset(before.words if before else ())
        again = self._analysed_again(old, differing, {*stale, *moved, *(a.doc_id for a in parsed.values())})
        analyzer = Analyzer(words)
        with old.writer() if old else create_index(self._engine, self._index) as writer:
            for doc_id in {*stale, *moved}:
                writer.delete(doc_id)
            for article in (*parsed.values(), *self._moved(old, moved), *again):
                writer.replace(
                    analyzed_article(article), (analyzed_chunk(chunk, analyzer) for chunk in chunks(article))
                )
            writer.set_state(state.record())
        with closing(open_engine(self._engine, self._index)) as now:
            stats = now.stats()
        summary.documents, summary.chunks = stats["documents"], stats["chunks"]

    @staticmethod
    def _moved(old: Engine | None, moved: Mapping[DocId, File]) -> Iterator[Article]:
        for doc_id, entry in moved.items():
            article = old.get(doc_id) if old else None
            if article:
                yield renamed(article, doc_id=entry.doc_id, path=shown(entry.path))

    @staticmethod
    def _analysed_again(old: Engine | None, words: frozenset[str], done: set[DocId]) -> Iterator[Article]:
        """Yield the articles in which a word stands that came or went, but for those that are `done` anyway."""
        if old and words:
            for doc_id in sorted(old.holding(words) - done):
                article = old.get(doc_id)
                if article:
                    yield article


def analyzed_article(article: Article) -> AnalyzedArticle:
    """Return `article` with what it can be narrowed by, folded."""

    def lines(values: Iterable[str]) -> str:
        return "\n".join(map(folded_text, values))

    meta = article.metadata
    titles = filter(None, (meta.title, meta.title_en))
    names = (*(author.name for author in meta.authors), *meta.authors_en)
    return AnalyzedArticle(article, lines(titles), lines(names), lines((*meta.keywords, *meta.keywords_en)))


def analyzed_chunk(chunk: Chunk, analyzer: Analyzer) -> AnalyzedChunk:
    """Return `chunk` with its terms, as an engine indexes it."""
    folded = folded_text(chunk.text)

    def counts(text: str) -> Counter[str]:
        return Counter(term.text for term in analyzer.terms(text))

    headings = "\n".join(map(folded_text, chunk.heading_path))
    above = "" if chunk.is_heading else headings
    title = folded_text(chunk.title or "")
    length = sum(map(str.isalnum, folded))
    return AnalyzedChunk(chunk, folded, headings, counts(folded), counts(above), counts(title), grams(folded), length)
