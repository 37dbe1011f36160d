"""How does an index folder change all at once?

Engines that keep files share this: an index folder holds generations, each a whole index that never changes, and
a file ``CURRENT`` that names the one in use. A writer works in a new generation, which begins as hard links to
the files of the last one (copies, where the file system has no links), writes it to the disk and then moves
``CURRENT`` over in one step. A reader sees the old one or the new one; a crash leaves ``CURRENT`` where it was.

::

    index/
      CURRENT           the name of the generation in use
      gen-000007/       the engine's files, state.json, and a file that marks it as ours
      lock, lock.json   the writer's lock, and who holds it
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corpus_search.errors import IndexDamagedError, IndexLockedError, IndexMissingError, SearchIndexError

STATE = "state.json"
_OURS = "corpus-search-index"
_NAME = re.compile(r"gen-(\d{6,})")


class Generations:
    """The generations in `folder`, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pointer = folder / "CURRENT"

    def current(self) -> Path:
        """Return the folder of the generation in use.

        Raises `IndexMissingError` if there is none, `IndexDamagedError` if what names it is broken.
        """
        try:
            name = self._pointer.read_text("utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            raise IndexMissingError(f"{self.folder}: nothing is indexed here yet") from None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexDamagedError(f"{self._pointer}: cannot be read ({error})") from error
        if not _NAME.fullmatch(name) or not (self.folder / name).is_dir():
            raise IndexDamagedError(f"{self._pointer}: names no part of an index")
        return self.folder / name

    def state(self, generation: Path) -> dict[str, Any]:
        """Return the state kept with `generation`.

        Raises `IndexDamagedError` if it is broken, or if a file is missing or not as long as it was.
        """
        path = generation / STATE
        if not path.is_file():
            raise IndexDamagedError(f"{path}: is missing")
        try:
            state = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise IndexDamagedError(f"{path}: cannot be read ({error})") from error
        if not isinstance(state, dict) or not isinstance(state.get("parts"), dict):
            raise IndexDamagedError(f"{path}: is not what was written")
        for name, size in state["parts"].items():
            part = generation / name
            if not part.is_file() or part.stat().st_size != size:
                raise IndexDamagedError(f"{part}: is missing or cut short")
        return state

    def stamps(self, generation: Path) -> dict[str, tuple[int, int]]:
        """Return the size and time of each file of `generation`: what changes when somebody touches one."""
        found = {}
        with contextlib.suppress(OSError):
            for path in generation.iterdir():
                status = path.stat()
                found[path.name] = (status.st_size, status.st_mtime_ns)
        return found

    @contextmanager
    def lock(self, *, wait_s: float, waiting: Callable[[str], None]) -> Iterator[None]:
        """Hold the writer's lock; after a second, `waiting` is told who else does.

        Raises `IndexLockedError`, naming the holder, after `wait_s` seconds, and `SearchIndexError` when the folder
        cannot be written.
        """
        import socket

        from filelock import FileLock, Timeout

        holder = self.folder / "lock.json"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / "lock")
            try:
                lock.acquire(timeout=min(1.0, wait_s))
            except Timeout:
                waiting(f"waiting for {_holder(holder)}, which is writing {self.folder}")
                try:
                    lock.acquire(timeout=max(wait_s - 1.0, 0))
                except Timeout:
                    raise IndexLockedError(
                        f"{self.folder}: {_holder(holder)} is still writing this index after {wait_s:.0f} s; "
                        "wait for it to finish, or stop it"
                    ) from None
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            who = {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": time.strftime("%Y-%m-%d %H:%M:%S"),
            }
            with self._writing():
                _write(holder, json.dumps(who))
            yield
        finally:
            with contextlib.suppress(OSError):
                holder.unlink(missing_ok=True)
            lock.release()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> SearchIndexError:
        return SearchIndexError(
            f"{self.folder}: the index cannot be written ({error.strerror or error}); "
            "make room or give the right to, or choose another folder with --index"
        )

    @contextmanager
    def next(self, *, empty: bool) -> Iterator[Path]:
        """Give a new generation's folder, and put it in use when the block ends without an exception.

        It begins with the current generation's files, or with none if `empty`.
        """
        with self._writing():
            yield from self._next(empty=empty)

    def _next(self, *, empty: bool) -> Iterator[Path]:
        numbers = [int(m[1]) for p in self.folder.iterdir() if (m := _NAME.fullmatch(p.name))]
        made = self.folder / f"gen-{max(numbers, default=0) + 1:06}"
        made.mkdir()
        try:
            (made / _OURS).touch()
            if not empty:
                for path in self.current().iterdir():
                    if path.name not in (STATE, _OURS) and "lock" not in path.name.lower():
                        _link(path, made / path.name)
            yield made
            for path in made.iterdir():
                _sync(path)
            _sync(made)
            _write(self._pointer, made.name)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        self.remove_leftovers()

    def leftovers(self) -> list[Path]:
        """Return the generations that nobody opens any more: what a crash left, all but the last before the current."""
        try:
            current = self.current()
        except (IndexMissingError, IndexDamagedError):
            return []
        ours = {p for p in self.folder.iterdir() if _NAME.fullmatch(p.name) and (p / _OURS).exists()}
        before = sorted((p for p in ours if p.name < current.name and (p / STATE).exists()), key=lambda p: p.name)
        return sorted(ours - {current, *before[-1:]})

    def remove_leftovers(self) -> list[Path]:
        """Remove the leftovers and return them; hold the lock, or know that nobody writes."""
        found = self.leftovers()
        for path in found:
            shutil.rmtree(path, ignore_errors=True)
        return found


def write_state(generation: Path, state: Mapping[str, Any]) -> None:
    """Keep `state`, a JSON object, with `generation`, and with it how long each of its files is."""
    parts = {path.name: path.stat().st_size for path in generation.iterdir() if path.name != STATE}
    _write(generation / STATE, json.dumps({**state, "parts": parts}))


def _write(path: Path, text: str) -> None:
    """Write a small file so that it is there whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    """Have the disk keep a file or folder; where a system cannot open folders, files must do."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _holder(path: Path) -> str:
    try:
        who = json.loads(path.read_text("utf-8"))
        return f"process {who['pid']} on {who['host']} (since {who['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
