"""The Whoosh engine, behind the protocol of `corpus_search.engine`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from corpus_search.engines.arrays import SnapshotEngine
from corpus_search.engines.snapshot import Snapshot
from corpus_search.engines.whoosh.schema import SCHEMA
from corpus_search.engines.whoosh.snapshot import WhooshSnapshot
from corpus_search.generations import Generations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
    from corpus_search.engines.whoosh.writer import Prepared, WhooshWriter


class WhooshEngine(SnapshotEngine):
    """The index in a folder, kept by Whoosh."""

    name = "whoosh"

    def _open(self, generation: Path) -> Snapshot:
        return WhooshSnapshot(FileIndex(FileStorage(str(generation)), schema=SCHEMA).reader())

    @staticmethod
    def prepare(analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> Prepared:
        """Return what a writer's ``put`` puts into the index; see `engine.EngineClass`."""
        from corpus_search.engines.whoosh.writer import prepare

        return prepare(analyzed, chunks)

    def writer(self) -> AbstractContextManager[WhooshWriter]:
        """Return a writer that goes on from what is indexed."""
        from corpus_search.engines.whoosh.writer import written

        return written(self._generations, empty=False)

    @staticmethod
    def create(folder: Path) -> AbstractContextManager[WhooshWriter]:
        """Return a writer that begins anew, whatever `folder` holds."""
        from corpus_search.engines.whoosh.writer import written

        return written(Generations(folder), empty=True)
