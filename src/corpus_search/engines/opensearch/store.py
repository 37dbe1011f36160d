"""Where does an index lie, and what of it is committed?

An index has a name, which is an alias of the cluster's. It points to the index proper, whose name has a part more; a
rebuild makes another one and then moves the alias, in one step. Changes are made in the index itself, where nobody
sees them until they are committed::

    corpus-search-1f6b                       the alias
    corpus-search-1f6b-20260102030405-9c2e   the index
      head                  its generation, and which versions of documents are dead
      state-7-0 …           the state of generation 7, in pieces
      words-7-0 …           words that came with generation 7, with how many chunks have them
      lock                  who is writing

A document is *born* in the generation of the writer that wrote it, and is seen by who reads that generation or a later
one. What is replaced or deleted is *dead*: named in the head, and removed once that is written. So the one write of the
head commits a run. A writer that dies leaves documents of a generation that never came to be; they are *aborted*.
"""

from __future__ import annotations

import base64
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from opensearchpy import ConflictError, NotFoundError, RequestError

from corpus_search.engines.opensearch.connection import Connection, Json
from corpus_search.engines.opensearch.lease import LOCK
from corpus_search.engines.opensearch.schema import MAPPING_VERSION, STATE, mapping, settings
from corpus_search.errors import (
    EngineUnavailableError,
    IndexDamagedError,
    IndexLockedError,
    IndexMissingError,
)
from corpus_search.records import packed, unpacked

HEAD = "head"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,150}")
PIECE_BYTES = 4 << 20
"""How long a piece of the state may be; a request may not be longer than a hundred megabytes."""

_ABANDONED_S = 24 * 3600.0
_MAKING_S = 90.0


def routing(sort: str, name: str) -> str:
    """Return what decides the shard of a piece: the state lies with the head, for neither opens an index alone."""
    return HEAD if sort == STATE else name


@dataclass(frozen=True, slots=True)
class Head:
    """What is committed of an index: its `generation`, and how many pieces its state has.

    `aborted` are generations that never came to be, `dead` the versions of documents that are replaced or deleted but
    perhaps not removed yet, `words` the generations that words came with, and in how many pieces. `before` is the index
    that this one took the place of, `place` what tells a write of the head from the next.
    """

    generation: int = 0
    state: int = 0
    aborted: tuple[int, ...] = ()
    dead: tuple[str, ...] = ()
    words: tuple[tuple[int, int], ...] = ()
    before: str = ""
    place: tuple[int, int] | None = None

    def record(self) -> Json:
        """Return the document."""
        # In an object of its own: no name in it is that of a field in which something is looked for.
        kept = {
            "mapping": MAPPING_VERSION, "generation": self.generation, "state": self.state, "aborted": self.aborted,
            "dead": self.dead, "words": self.words, "before": self.before,
        }  # fmt: skip
        return {"sort": HEAD, "committed": kept}

    def visible(self) -> list[Json]:
        """Return the filters that let through what is committed."""
        found: list[Json] = [{"range": {"born": {"lte": self.generation}}}]
        if self.aborted:
            found.append({"bool": {"must_not": {"terms": {"born": self.aborted}}}})
        if self.dead:
            found.append({"bool": {"must_not": {"terms": {"version": self.dead}}}})
        return found


class Store:
    """An index of the cluster, by its name."""

    def __init__(self, connection: Connection, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise EngineUnavailableError(
                f"{name}: is no name for an index: small letters and digits, and later - _ . too, are allowed"
            )
        self.connection = connection
        self.name = name

    # --- reading -----------------------------------------------------------------------------------------

    def current(self, *, patience_s: float | None = None) -> tuple[str, Head]:
        """Return the index that the name stands for, and its head.

        Raises `IndexMissingError`, `IndexDamagedError`.
        """
        try:
            found = self.connection.ask("GET", f"/{self.name}/_doc/{HEAD}", routing=HEAD, patience_s=patience_s)
        except NotFoundError as error:
            if error.info and isinstance(error.info, Mapping) and error.info.get("found") is False:
                raise IndexDamagedError(
                    f"{self.connection.address}: {self.name} holds no index of corpus-search; choose another name"
                ) from None
            raise IndexMissingError(f"{self.connection.address}: there is no index {self.name} yet") from None
        except RequestError as error:
            raise IndexDamagedError(f"{self.name}: cannot be read ({error.error})") from error
        return found["_index"], self._head(found)

    def _head(self, found: Json) -> Head:
        kept = found["_source"].get("committed", {})
        if kept.get("mapping") != MAPPING_VERSION:
            raise IndexDamagedError(
                f"{self.name}: was made by a corpus-search with another mapping ({kept.get('mapping')}, not "
                f"{MAPPING_VERSION})"
            )
        return Head(
            int(kept["generation"]),
            int(kept["state"]),
            tuple(kept["aborted"]),
            tuple(kept["dead"]),
            tuple((born, pieces) for born, pieces in kept["words"]),
            str(kept["before"]),
            (int(found["_seq_no"]), int(found["_primary_term"])),
        )

    def state(self, index: str, head: Head) -> Mapping[str, Any]:
        """Return the state kept with what is committed. Raises `IndexDamagedError` if a piece is missing."""
        return unpacked(self._pieces(index, "state", head.generation, head.state)) if head.state else {}

    def words(self, index: str, head: Head) -> Counter[str]:
        """Return the words of the texts, with how many chunks have them, those of deleted documents included."""
        found = Counter[str]()
        for born, pieces in head.words:
            for piece in range(pieces):
                found.update(unpacked(self._pieces(index, "words", born, 1, first=piece)))
        return found

    def _pieces(self, index: str, sort: str, generation: int, count: int, *, first: int = 0) -> bytes:
        data = b""
        for piece in range(first, first + count):
            name = f"{sort}-{generation}-{piece}"
            try:
                found = self.connection.ask("GET", f"/{index}/_doc/{name}", routing=routing(sort, name))
            except NotFoundError:
                raise IndexDamagedError(f"{self.name}: {name} is missing from the index {index}") from None
            data += base64.b64decode(found["_source"]["data"])
        return data

    # --- writing -----------------------------------------------------------------------------------------

    def make(self, *, shards: int, replicas: int) -> str:
        """Make a new index that nobody reads yet, and return its name."""
        self._remove_abandoned()
        made = f"{self.name}-{time.strftime('%Y%m%d%H%M%S')}-{secrets.token_hex(2)}"
        body = {"settings": settings(shards=shards, replicas=replicas), "mappings": mapping()}
        # All the copies that the nodes have room for are there before anything is written: else a node that is lost
        # early might have the only one.
        nodes = self.connection.ask("GET", "/_cluster/health")["number_of_data_nodes"]
        copies = max(min(1 + replicas, nodes), 1)
        try:
            self.connection.ask(
                "PUT", f"/{made}?timeout=60s&wait_for_active_shards={copies}", body, request_timeout=_MAKING_S
            )
        except RequestError as error:
            raise EngineUnavailableError(f"{made}: the index cannot be made ({_reason(error)})") from error
        if self.connection.ask("GET", f"/_cluster/health/{made}")["status"] == "red":
            self.remove(made)
            raise EngineUnavailableError(
                f"{self.connection.address}: has no room for {shards} shards; see `GET _cluster/allocation/explain`"
            )
        return made

    def shards(self, index: str) -> int:
        """Return in how many parts an index lies."""
        found = self.connection.ask("GET", f"/{index}/_settings/index.number_of_shards", flat_settings="true")
        return int(found[index]["settings"]["index.number_of_shards"])

    def write_head(self, index: str, head: Head) -> Head:
        """Commit: write the head, if nobody has written it meanwhile. Raises `IndexLockedError`."""
        params: Json = {"routing": HEAD}
        if head.place is None:
            params["op_type"] = "create"
        else:
            params |= {"if_seq_no": head.place[0], "if_primary_term": head.place[1]}
        try:
            found = self.connection.ask("PUT", f"/{index}/_doc/{HEAD}", head.record(), **params)
        except ConflictError as error:
            # What was tried twice may have been written the first time.
            there = self._there(index)
            if there and replace(there, place=None) == replace(head, place=None):
                return there
            raise IndexLockedError(f"{self.name}: somebody else has committed a change; index again") from error
        return replace(head, place=(int(found["_seq_no"]), int(found["_primary_term"])))

    def _there(self, index: str) -> Head | None:
        try:
            return self._head(self.connection.ask("GET", f"/{index}/_doc/{HEAD}", routing=HEAD))
        except NotFoundError:
            return None

    def switch(self, index: str) -> None:
        """Let the name stand for `index`, in one step."""
        actions: list[Json] = [{"remove": {"index": old, "alias": self.name}} for old in self._behind() if old != index]
        actions.append({"add": {"index": index, "alias": self.name}})
        try:
            self.connection.ask("POST", "/_aliases", {"actions": actions})
        except (RequestError, NotFoundError) as error:
            raise EngineUnavailableError(
                f"{self.name}: cannot be the name of the new index ({_reason(error)}); choose another one"
            ) from error

    def _behind(self) -> list[str]:
        """Return the indexes that the name stands for: one, or none."""
        try:
            return sorted(self.connection.ask("GET", f"/_alias/{self.name}"))
        except NotFoundError:
            return []

    def previous(self) -> str:
        """Return the index that the name stands for, or nothing."""
        return next(iter(self._behind()), "")

    def refresh(self, index: str) -> None:
        """Let all that was written be seen by who asks next, on every copy of it.

        Raises `EngineUnavailableError` if a part of the index cannot do that.
        """
        until = time.monotonic() + self.connection.service.patience_s
        while True:
            found = self.connection.ask("POST", f"/{index}/_refresh")
            if not found["_shards"]["failed"]:
                health = self.connection.ask("GET", f"/_cluster/health/{index}")
                if health["status"] != "red":
                    return
            if time.monotonic() > until:
                raise EngineUnavailableError(
                    f"{self.connection.address}: a part of the index {index} is gone; nothing was committed. "
                    "Bring the lost node back, and index again"
                )
            time.sleep(0.3)

    def remove_where(self, index: str, query: Json) -> None:
        """Remove what a query finds, whether anybody has seen it or not."""
        self.connection.ask(
            "POST", f"/{index}/_delete_by_query", {"query": query}, conflicts="proceed", refresh="true",
            request_timeout=3600,
        )  # fmt: skip

    def remove(self, index: str) -> None:
        """Remove an index; does nothing if there is none."""
        try:
            self.connection.ask("DELETE", f"/{index}", ignore_unavailable="true")
        except NotFoundError:
            return

    def remove_all(self) -> None:
        """Remove the index, and all that was left behind under its name."""
        for index in self._of_this_name():
            self.remove(index)

    def _of_this_name(self) -> dict[str, Json]:
        try:
            found: dict[str, Json] = self.connection.ask("GET", f"/{self.name}-*/_alias")
        except NotFoundError:
            return {}
        return {index: about for index, about in found.items() if _is_made(index, self.name)}

    def _remove_abandoned(self) -> None:
        """Remove what writers left behind that have died long ago."""
        for index, about in self._of_this_name().items():
            if about["aliases"]:
                continue
            try:
                lock = self.connection.ask("GET", f"/{index}/_doc/{LOCK}", routing=LOCK)["_source"]["holder"]
            except NotFoundError:
                continue
            if time.time() - float(lock["at"]) > _ABANDONED_S:
                self.remove(index)


def in_pieces(record: Any) -> list[str]:
    """Return a JSON object as text in pieces."""
    data = packed(record)
    return [base64.b64encode(data[at : at + PIECE_BYTES]).decode() for at in range(0, len(data), PIECE_BYTES)]


def batches(words: Mapping[str, int], size: int = 100_000) -> Iterable[Mapping[str, int]]:
    """Yield words with their frequencies, so many at a time."""
    listed = list(words.items())
    for at in range(0, len(listed), size):
        yield dict(listed[at : at + size])


def _is_made(index: str, name: str) -> bool:
    rest = index.removeprefix(f"{name}-").split("-")
    return len(rest) == 2 and len(rest[0]) == 14 and rest[0].isdigit()


def _reason(error: Exception) -> str:
    info = getattr(error, "info", None)
    if isinstance(info, Mapping) and isinstance(info.get("error"), Mapping):
        return f"{info['error'].get('reason', '')}"[:300]
    return f"{error}"[:300]
