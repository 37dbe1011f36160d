"""What has been read already, should indexing be interrupted?

Articles that were taken apart are kept in a file of the index folder until they are committed. A run that is stopped,
or whose power fails, leaves it behind, and the next run goes on from there. It is a journal, not a part of the index: a
torn end is cut off, and one of another version is not read.
"""

from __future__ import annotations

import contextlib
import io
import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO

from corpus_search.reading import Read

_LENGTHS = struct.Struct("<II")


class Journal:
    """What was read, by path and digest; in the file `path`, or in memory if there is none."""

    def __init__(self, path: Path | None, version: Mapping[str, str]) -> None:
        self._path = path
        self._head = json.dumps(dict(version)).encode() + b"\n"
        self._places: dict[tuple[str, str], tuple[Read, int, int]] = {}
        self._file: BinaryIO = io.BytesIO() if path is None else self._opened(path)

    def _opened(self, path: Path) -> BinaryIO:
        file = path.open("a+b")
        file.seek(0)
        end = len(self._head)
        if file.read(end) == self._head:
            while len(lengths := file.read(_LENGTHS.size)) == _LENGTHS.size:
                meta_length, length = _LENGTHS.unpack(lengths)
                start = end + _LENGTHS.size + meta_length
                meta = file.read(meta_length)
                if len(meta) < meta_length or len(file.read(length)) < length:
                    break
                found = _read_from(json.loads(meta))
                self._places[found.path, found.sha256] = (found, start, length)
                end = start + length
            file.truncate(end)
        else:
            file.truncate(0)
            file.write(self._head)
        file.seek(0, io.SEEK_END)
        return file

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._places

    def add(self, read: Read) -> Read:
        """Keep what was read; return it without its article, which stays here."""
        bare = replace(read, record=b"")
        meta = json.dumps({**asdict(bare), "record": ""}).encode()
        self._file.seek(0, io.SEEK_END)
        start = self._file.tell() + _LENGTHS.size + len(meta)
        self._file.write(_LENGTHS.pack(len(meta), len(read.record)) + meta + read.record)
        self._file.flush()
        self._places[read.path, read.sha256] = (bare, start, len(read.record))
        return bare

    def bare(self, key: tuple[str, str]) -> Read:
        """Return what was read of a file, without its article."""
        return self._places[key][0]

    def record(self, key: tuple[str, str]) -> bytes:
        """Return the packed article of a file."""
        _, start, length = self._places[key]
        self._file.seek(start)
        return self._file.read(length)

    def close(self, *, keep: bool) -> None:
        """Close the journal; once all is committed, it is removed."""
        self._file.close()
        if self._path and not keep:
            with contextlib.suppress(OSError):
                self._path.unlink()


def _read_from(record: Mapping[str, object]) -> Read:
    return Read(
        str(record["path"]),
        str(record["sha256"]),
        b"",
        tuple(record["keywords"]),  # type: ignore[arg-type]
        int(record["notes"]),  # type: ignore[call-overload]
        int(record["tied"]),  # type: ignore[call-overload]
        tuple((path, reason) for path, reason in record["failures"]),  # type: ignore[attr-defined]
    )
