"""Is the index sound? Everything in it is read once, and compared with what the corpus folder holds.

An index folder in; findings out, each with what mends it. Mending never touches the articles: what is broken is made
anew from them, what a crash left behind is removed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from corpus_search.corpus import Corpus, counted
from corpus_search.engine import Engine
from corpus_search.engines import open_engine
from corpus_search.errors import CorpusSearchError, IndexDamagedError, IndexMissingError
from corpus_search.folder import shown
from corpus_search.freshness import is_fresh
from corpus_search.generations import Generations
from corpus_search.indexer import JOURNAL
from corpus_search.state import State


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: ``good``, ``note`` (nothing is broken) or ``broken``, and what was found."""

    level: str
    message: str

    @property
    def broken(self) -> bool:
        """Whether the index needs mending."""
        return self.level == "broken"


def examine(corpus: Corpus) -> Iterator[Finding]:
    """Look at an index from the outside in, and stop at what is broken."""
    generations = Generations(corpus.index)
    try:
        generation = generations.current()
        engine = open_engine(corpus.engine, corpus.index, corpus.service)
    except (IndexMissingError, IndexDamagedError) as error:
        yield Finding("broken", str(error))
        return
    with contextlib.closing(engine):
        yield Finding("good", f"{generation}: opens, and no file is missing or cut short")
        try:
            state = State.read(engine.state)
            yield from _contents(engine, state)
        except IndexDamagedError as error:
            yield Finding("broken", str(error))
            return
    leftovers = [path.name for path in generations.leftovers()]
    if leftovers:
        yield Finding("note", f"{', '.join(leftovers)}: left behind by a run that was ended; repairing removes it")
    if (corpus.index / JOURNAL).exists():
        yield Finding(
            "note", f"{corpus.index / JOURNAL}: a run was stopped; the next `corpus-search index` goes on from it"
        )
    yield _freshness(corpus, state)


def _contents(engine: Engine, state: State) -> Iterator[Finding]:
    """Read every document, every chunk and every posting list."""
    if hasattr(engine, "check"):
        engine.check()
    documents = engine.documents()
    wanted = sorted(file.doc_id for file in state.files if not file.copy)
    if list(documents) != wanted:
        missing, extra = set(wanted) - set(documents), set(documents) - set(wanted)
        yield Finding("broken", f"{len(missing)} documents are missing, {len(extra)} are there that should not be")
        return
    for doc_id in documents:
        if engine.get(doc_id) is None:
            yield Finding("broken", f"{shown(doc_id)}: cannot be read")
            return
    chunks = 0
    for number, text in engine.texts():
        engine.chunk(number)
        chunks += bool(text)
    terms = sum(engine.frequency(term) > 0 for term in engine.terms())
    yield Finding(
        "good",
        f"{counted(len(documents), 'document')}, {counted(chunks, 'chunk')}, {counted(terms, 'term')}: all can be read",
    )


def _freshness(corpus: Corpus, state: State) -> Finding:
    try:
        fresh = is_fresh(corpus.folder, corpus.index, state)
    except CorpusSearchError as error:
        return Finding("note", str(error))
    return (
        Finding("good", f"{corpus.folder}: is as it was indexed")
        if fresh
        else Finding("note", f"{corpus.folder}: has changed since; `corpus-search index` brings the index up to date")
    )


def repair(corpus: Corpus, findings: list[Finding]) -> Iterator[str]:
    """Mend what was found, and say what was done."""
    if any(finding.broken for finding in findings):
        summary = corpus.update(rebuild=True)
        yield f"made anew: {counted(summary.documents, 'article')} in {counted(summary.chunks, 'chunk')}"
    for path in Generations(corpus.index).remove_leftovers():
        yield f"{path.name}: removed"
