"""What changed?

A corpus folder in, an index that agrees with it out: new, changed, renamed and deleted files, by content. What
did not change is not parsed again. All changes of a run become visible at once, or not at all.

The keywords of the corpus's articles teach jieba words, so one new article can change how others are segmented.
Only texts that contain a word that came or went are analysed again, from the index and without their files; the
terms are the same as if everything were indexed anew.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from corpus_search.analysis import teachable
from corpus_search.article import Article, DocId
from corpus_search.engine import Engine, Service
from corpus_search.engines import create_index, open_engine, put
from corpus_search.errors import CorpusError, FileError, IndexDamagedError, IndexMissingError, OtherEngineError
from corpus_search.folder import Scan, Stamp, document_ids, scan, shown
from corpus_search.formats import SUFFIXES
from corpus_search.freshness import below, fingerprint_of, words_of
from corpus_search.generations import Generations
from corpus_search.journal import Journal
from corpus_search.reading import Task, load, read
from corpus_search.records import article_record, packed, renamed
from corpus_search.state import Failure, File, State
from corpus_search.workers import Analyst, analyze, results, working

JOURNAL = "reading-journal"
"""The file in the index folder that keeps what was read until it is committed."""

_WORTH_A_JOURNAL = 24
_log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Told what is being done (``reading``, ``indexing``), and how many pieces of how many are."""


@dataclass(slots=True)
class Summary:
    """What a run did: counts of files and of what the index holds now, failures, and seconds.

    `identical` files are copies of others, which are indexed once. A run that was `stopped` has committed what was
    done.
    """

    new: int = 0
    changed: int = 0
    renamed: int = 0
    deleted: int = 0
    unchanged: int = 0
    failures: list[Failure] = field(default_factory=list)
    documents: int = 0
    chunks: int = 0
    identical: int = 0
    notes: int = 0
    notes_tied: int = 0
    stopped: bool = False
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


def update(
    corpus: Path,
    index: Path,
    *,
    engine: str = "whoosh",
    service: Service | None = None,
    rebuild: bool = False,
    wait_s: float = 30.0,
    say: Callable[[str], None] = _log.info,
    progress: Progress | None = None,
    workers: int = 1,
) -> Summary:
    """Bring the index in `index`, or at `service`, up to date with the folder `corpus`.

    `say` is told, in a line each, what a user should know; `progress` what is done, and how much of how much of it.
    With more than one of the `workers`, many files are read and analysed by as many processes. Interrupted, a first run
    commits what is done, and the next one goes on from there.

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
        run = _Run(corpus, index, engine, service, say, progress or (lambda what, done, total: None), workers)
        summary = run.update(scan(corpus, exclude=index), rebuild=rebuild)
    summary.took_s = round(time.perf_counter() - started, 3)
    return summary


def _is_indexed(generations: Generations) -> bool:
    try:
        generations.current()
    except (IndexMissingError, IndexDamagedError):
        return False
    return True


@dataclass(slots=True)
class _Plan:
    """What a run is to do: files that stay, files to read, documents to give another name, documents to remove."""

    kept: dict[str, File] = field(default_factory=dict)
    to_read: dict[str, File] = field(default_factory=dict)
    moved: dict[DocId, File] = field(default_factory=dict)
    stale: set[DocId] = field(default_factory=set)


class _Run:
    """One run of the indexer, with the writer's lock held."""

    def __init__(
        self,
        corpus: Path,
        index: Path,
        engine: str,
        service: Service | None,
        say: Callable[[str], None],
        progress: Progress,
        workers: int,
    ) -> None:
        self._corpus = corpus
        self._index = index
        self._engine = engine
        self._service = service
        self._say = say
        self._progress = progress
        self._workers = workers
        self._userdict, self._without_dictionary = words_of(corpus)
        self._fingerprint = fingerprint_of(self._userdict)

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
            engine = open_engine(self._engine, self._index, self._service)
        except IndexMissingError:
            return None, None, None
        except OtherEngineError as error:
            return self._anew(
                f"{self._index}: made by {error.engine}; rebuilding it with {self._engine}", "another engine"
            )
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
        summary.failures += [Failure(path, reason) for path, reason in seen.unreadable.items()]
        if self._without_dictionary:
            summary.failures.append(self._without_dictionary)
        known = {file.path: file for file in state.files} if state else {}
        plan = self._plan(seen, known, summary)
        path = self._index / JOURNAL
        kept = path.exists() or len(plan.to_read) >= _WORTH_A_JOURNAL
        journal = Journal(path if kept else None, self._fingerprint)
        try:
            self._read(plan, known, journal, summary)
            self._count(plan, known, summary)
            self._commit(summary, old, state, plan, journal)
        except BaseException:
            journal.close(keep=True)
            raise
        journal.close(keep=summary.stopped)
        return summary

    # --- what is to be done ------------------------------------------------------------------------------

    def _plan(self, seen: Scan, known: Mapping[str, File], summary: Summary) -> _Plan:
        """Find out what changed, opening only files whose stamps do not say."""
        plan = _Plan()
        ids = document_ids(seen.files)
        # What cannot be looked at is not taken for deleted.
        plan.kept = {path: file for path, file in known.items() if below(path, seen.unreadable)}
        gone = {
            file.sha256: file
            for path, file in known.items()
            if path not in seen.files and path not in plan.kept and not file.copy
        }
        # Which path stands for files of the same content: one that is indexed already, or the first.
        standing = {
            file.sha256: path
            for path, file in known.items()
            if not file.copy and (path in plan.kept or (path in seen.files and seen.files[path] == file.stamp))
        }
        for done, (path, stamp) in enumerate(seen.files.items()):
            self._progress("looking", done, len(seen.files))
            before = known.get(path)
            own = before if before and not before.copy else None
            if own and own.doc_id == ids[path] and own.stamp == stamp and own.settled:
                plan.kept[path] = own
                continue
            now = time.time_ns()
            try:
                sha256 = load(self._corpus, path).sha256
            except FileError as error:
                self._fail(plan, path, stamp, before, ids, (error.path, error.reason), summary)
                continue
            entry = File(path, stamp, sha256, ids[path], now)
            first = standing.setdefault(sha256, path)
            if first != path:
                plan.kept[path] = replace(entry, copy=True)
                continue
            origin = own if own and own.sha256 == sha256 else gone.pop(sha256, None) if not own else None
            if origin and (origin.path, origin.doc_id) == (path, entry.doc_id):
                plan.kept[path] = replace(
                    entry, keywords=origin.keywords, notes=origin.notes, tied=origin.tied, failures=origin.failures
                )
            elif origin:
                plan.moved[origin.doc_id] = replace(
                    entry, keywords=origin.keywords, notes=origin.notes, tied=origin.tied, failures=origin.failures
                )
            else:
                plan.to_read[path] = entry
        self._progress("looking", len(seen.files), len(seen.files))
        return plan

    def _fail(
        self,
        plan: _Plan,
        path: str,
        stamp: Stamp,
        before: File | None,
        ids: Mapping[str, DocId],
        failure: tuple[str, str],
        summary: Summary,
    ) -> None:
        """Remember that a file could not be opened; what is indexed of it stays."""
        summary.failures.append(Failure(*failure, stamp))
        if before and (before.copy or before.doc_id == ids[path]):
            plan.kept[path] = before

    def _read(self, plan: _Plan, known: Mapping[str, File], journal: Journal, summary: Summary) -> None:
        """Take apart what is to be read."""
        waiting = [
            Task(self._corpus, path, entry.doc_id)
            for path, entry in plan.to_read.items()
            if (path, entry.sha256) not in journal
        ]
        done = len(plan.to_read) - len(waiting)
        with working(self._workers, waiting) as pool:
            found = results(pool, read, waiting, ahead=self._workers * 4) if pool else map(read, waiting)
            for one in found:
                self._progress("reading", done, len(plan.to_read))
                done += 1
                if one.record:
                    journal.add(one)
                    # A file that changed meanwhile is what was read; its stamp tells the next run to look again.
                    plan.to_read[one.path] = replace(plan.to_read[one.path], sha256=one.sha256)
                else:
                    entry = plan.to_read.pop(one.path)
                    summary.failures += [Failure(*failure, entry.stamp) for failure in one.failures]
        self._progress("reading", done, done)
        for path, entry in plan.to_read.items():
            bare = journal.bare((path, entry.sha256))
            entry = replace(entry, keywords=bare.keywords, notes=bare.notes, tied=bare.tied, failures=bare.failures)
            plan.to_read[path] = plan.kept[path] = entry

    def _count(self, plan: _Plan, known: Mapping[str, File], summary: Summary) -> None:
        """Count what changed, and find what is to be removed."""
        own = {path: file for path, file in known.items() if not file.copy}
        moved_paths = {entry.path for entry in plan.moved.values()}
        for path in plan.to_read:
            if path in own:
                summary.changed += 1
            else:
                summary.new += 1
        plan.kept.update({entry.path: entry for entry in plan.moved.values()})
        plan.stale = {
            file.doc_id
            for path, file in own.items()
            if path not in plan.kept or path in plan.to_read or plan.kept[path].copy
        } - set(plan.moved)
        summary.renamed = len(plan.moved)
        new_places = moved_paths - set(known)
        summary.deleted = sum(path not in plan.kept for path in known) - len(new_places)
        copies = [path for path, entry in plan.kept.items() if entry.copy]
        summary.identical = len(copies)
        summary.new += sum(path not in known for path in copies)
        touched = {*plan.to_read, *moved_paths, *(path for path in copies if path not in known)}
        summary.unchanged = sum(path not in touched for path in plan.kept)

    # --- doing it ----------------------------------------------------------------------------------------

    def _commit(
        self, summary: Summary, old: Engine | None, before: State | None, plan: _Plan, journal: Journal
    ) -> None:
        if not plan.kept and summary.failures and old is None:
            reasons = "; ".join(f"{shown(f.path)}: {f.reason}" for f in summary.failures[:3])
            raise CorpusError(f"{self._corpus}: none of its files could be read ({reasons})")
        words = teachable([*self._userdict, *(word for file in plan.kept.values() for word in file.keywords)])
        for path, entry in plan.kept.items():
            summary.failures += [Failure(name, reason, None, path) for name, reason in entry.failures]
        state = State(
            self._engine,
            self._fingerprint,
            str(self._corpus.resolve()),
            time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            tuple(sorted(words)),
            tuple(plan.kept[path] for path in sorted(plan.kept)),
            tuple(summary.failures),
        )
        changes = plan.to_read or plan.moved or plan.stale
        if not (old and before and not changes and replace(before, updated=state.updated) == state):
            self._write(summary, old, before, state, plan, journal)
        with closing(open_engine(self._engine, self._index, self._service)) as now:
            stats = now.stats()
        summary.documents, summary.chunks = stats["documents"], stats["chunks"]
        held = [entry for entry in plan.kept.values() if not entry.copy]
        summary.notes, summary.notes_tied = sum(e.notes for e in held), sum(e.tied for e in held)

    def _write(
        self, summary: Summary, old: Engine | None, before: State | None, state: State, plan: _Plan, journal: Journal
    ) -> None:
        """Write all changes as one commit; if interrupted, those that are done."""
        differing = frozenset(state.words) ^ frozenset(before.words if before else ())
        read_ids = {entry.doc_id for entry in plan.to_read.values()}
        again = self._analysed_again(old, differing, {*plan.stale, *plan.moved, *read_ids})
        records = {entry.doc_id: (path, entry.sha256) for path, entry in plan.to_read.items()}

        def work() -> Iterator[bytes]:
            yield from (packed(article_record(article)) for article in self._moved(old, plan.moved))
            yield from (packed(article_record(article)) for article in again)
            yield from (journal.record(key) for key in records.values())

        total = len(plan.moved) + len(records)
        done: set[DocId] = set()
        with old.writer() if old else create_index(self._engine, self._index, self._service) as writer:
            for doc_id in {*plan.stale, *plan.moved}:
                writer.delete(doc_id)
            with working(self._workers, list(records), words=state.words, engine=self._engine) as pool:
                try:
                    if pool:
                        made = results(pool, analyze, work(), ahead=self._workers * 3)
                    else:
                        made = map(Analyst(state.words, self._engine).analyze, work())
                    for doc_id, prepared in made:
                        self._progress("indexing", len(done), max(total, len(done)))
                        put(writer, prepared)
                        done.add(doc_id)
                except KeyboardInterrupt:
                    missing = set(records) - done
                    if old or not missing or missing == set(records):
                        raise  # A change to what is indexed is made whole, or not at all.
                    summary.stopped = True
                    state = replace(state, files=tuple(f for f in state.files if f.doc_id not in missing))
            self._progress("indexing", len(done), len(done))
            writer.set_state(state.record())

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
