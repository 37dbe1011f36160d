"""The tantivy engine, behind the protocol of `corpus_search.engine`."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import tantivy

from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.engines.arrays import SnapshotEngine
from corpus_search.engines.snapshot import Snapshot
from corpus_search.engines.tantivy.schema import registered
from corpus_search.engines.tantivy.snapshot import TantivySnapshot
from corpus_search.engines.tantivy.writer import Prepared, TantivyWriter, prepare, written
from corpus_search.generations import Generations


class TantivyEngine(SnapshotEngine):
    """The index in a folder, kept by tantivy."""

    name = "tantivy"

    def _open(self, generation: Path) -> Snapshot:
        return TantivySnapshot(registered(tantivy.Index.open(str(generation))), generation)

    def check(self) -> None:
        """Read what no document shows. Raises `IndexDamagedError` where it is not what was written."""
        with self._reading() as snapshot:
            cast("TantivySnapshot", snapshot).check()

    @staticmethod
    def _is_damage(error: BaseException) -> bool:
        # Where Rust panics over a broken file, what comes is no Exception, and its class has no name to import.
        return isinstance(error, Exception) or type(error).__module__ == "pyo3_runtime"

    @staticmethod
    def prepare(analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> Prepared:
        """Return what a writer's ``put`` puts into the index; see `engine.EngineClass`."""
        return prepare(analyzed, chunks)

    def writer(self) -> AbstractContextManager[TantivyWriter]:
        """Return a writer that goes on from what is indexed."""
        return written(self._generations, empty=False)

    @staticmethod
    def create(folder: Path) -> AbstractContextManager[TantivyWriter]:
        """Return a writer that begins anew, whatever `folder` holds."""
        return written(Generations(folder), empty=True)
