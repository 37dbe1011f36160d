"""What does the index remember of the corpus?

The state that is committed with every change: which files it was made from and what they were then, what could
not be read, the words taught to jieba, the fingerprint of the analysis. A JSON object in and out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from corpus_search.article import DocId
from corpus_search.errors import IndexDamagedError
from corpus_search.folder import Stamp
from corpus_search.frozen import dataclass

_GRAIN_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class File:
    """A file of the corpus as it was when it was read, at `seen_ns`.

    A `copy` has the content of another file, and is indexed with it. `notes` counts the article's notes, `tied` those
    that are tied to a sentence; `failures` are sidecars that could not be read, with why.
    """

    path: str
    stamp: Stamp
    sha256: str
    doc_id: DocId
    seen_ns: int
    keywords: tuple[str, ...] = ()
    copy: bool = False
    notes: int = 0
    tied: int = 0
    failures: tuple[tuple[str, str], ...] = ()

    @property
    def settled(self) -> bool:
        """Whether the stamp can be trusted: a file changed just before it was read may change again unnoticed."""
        return self.seen_ns - self.stamp.changed_ns > _GRAIN_NS


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or folder that could not be read, and why; a sidecar names the file that it lies beside."""

    path: str
    reason: str
    stamp: Stamp | None = None
    beside: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """All that an index remembers; `corpus` is the folder's absolute path, `updated` an ISO 8601 time."""

    engine: str
    fingerprint: Mapping[str, str]
    corpus: str
    updated: str
    words: tuple[str, ...]
    files: tuple[File, ...]
    failures: tuple[Failure, ...]

    def record(self) -> dict[str, Any]:
        """Return the JSON object."""
        return asdict(self)

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> State:
        """Return the state that `record` holds. Raises `IndexDamagedError` if it holds none."""
        try:
            return cls(
                str(record["engine"]),
                {str(part): str(value) for part, value in record["fingerprint"].items()},
                str(record["corpus"]),
                str(record["updated"]),
                tuple(map(str, record["words"])),
                tuple(
                    File(
                        str(f["path"]), Stamp(*map(int, f["stamp"])), str(f["sha256"]), DocId(f["doc_id"]),
                        int(f["seen_ns"]), tuple(map(str, f["keywords"])), bool(f.get("copy")), int(f.get("notes", 0)),
                        int(f.get("tied", 0)),
                        tuple((str(path), str(reason)) for path, reason in f.get("failures", ())),
                    )
                    for f in record["files"]
                ),
                tuple(
                    Failure(str(f["path"]), str(f["reason"]), Stamp(*map(int, f["stamp"])) if f["stamp"] else None,
                            str(f.get("beside", "")))
                    for f in record["failures"]
                ),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise IndexDamagedError(f"the index's state is not what was written ({error!r})") from error
