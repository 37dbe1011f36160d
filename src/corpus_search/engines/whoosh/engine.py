"""The Whoosh engine, behind the protocol of `corpus_search.engine`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from corpus_search.engines.arrays import SnapshotEngine
from corpus_search.engines.snapshot import Snapshot
from corpus_search.engines.whoosh.schema import SCHEMA
from corpus_search.engines.whoosh.snapshot import WhooshSnapshot
from corpus_search.engines.whoosh.writer import WhooshWriter, written
from corpus_search.generations import Generations


class WhooshEngine(SnapshotEngine):
    """The index in a folder, kept by Whoosh."""

    name = "whoosh"

    def _open(self, generation: Path) -> Snapshot:
        return WhooshSnapshot(FileIndex(FileStorage(str(generation)), schema=SCHEMA).searcher())

    def writer(self) -> AbstractContextManager[WhooshWriter]:
        """Return a writer that goes on from what is indexed."""
        return written(self._generations, empty=False)

    @staticmethod
    def create(folder: Path) -> AbstractContextManager[WhooshWriter]:
        """Return a writer that begins anew, whatever `folder` holds."""
        return written(Generations(folder), empty=True)
