"""How is an index read? As it was when it was opened, and never with less of it than one is told.

A point in time holds what one reads still, whatever is committed or removed meanwhile. It is bound to copies of the
index on certain nodes; when one of them is lost, another point in time is taken on those that are left, as long as the
same generation is in force. Where no copy of a part is left, or time is up, there is less to be found than there is:
whoever asked learns that from `Asking.missing`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from opensearchpy import NotFoundError, RequestError, TransportError

from corpus_search.engines.opensearch import schema
from corpus_search.engines.opensearch.connection import Connection, Json, refused
from corpus_search.engines.opensearch.store import Head, Store
from corpus_search.errors import CorpusSearchError, EngineUnavailableError
from corpus_search.limits import check, left_s

KEPT = "10m"
"""How long a point in time is kept after the last search in it."""

_RETRY_S = 8.0
"""How long a search waits for other copies to take the place of those that a lost node had."""

PAGE = 5_000
"""How many hits are asked for at once where all of them are wanted."""


class View:
    """The chunks, articles and records of an index that are committed."""

    def __init__(self, store: Store, index: str, head: Head) -> None:
        self.connection: Connection = store.connection
        self.index = index
        self.head = head
        self._store = store
        self._lock = threading.Lock()
        self._point = ""
        self._lacking = ""
        # Whether a part was gone when it was last asked: then nobody waits for it again.
        self._degraded = False
        self._is_clean = False
        self._shards = store.shards(index)
        self._renew("")

    def close(self) -> None:
        """Release the point in time."""
        with self._lock:
            if self._point:
                with suppress(CorpusSearchError, TransportError):
                    body = {"pit_id": [self._point]}
                    self.connection.ask("DELETE", "/_search/point_in_time", body, patience_s=1.0)
                self._point = ""

    def _renew(self, broken: str) -> None:
        """Take a point in time, unless another thread has taken one in the place of the `broken`."""
        with self._lock:
            if self._point != broken:
                return
            if broken:
                index, head = self._store.current()
                if (index, head.generation) != (self.index, self.head.generation):
                    raise EngineUnavailableError(f"{self._store.name}: was changed while it was asked; ask again")
            try:
                found = self.connection.ask("POST", f"/{self.index}/_search/point_in_time", keep_alive=KEPT)
            except (NotFoundError, RequestError) as error:
                self.connection.fail(error)
            self._point = found["pit_id"]
            # What no node has is not in the point in time at all: a search in it would not miss it.
            lost = self._shards - found["_shards"]["successful"]
            self._lacking = _lacking(lost, self._shards) if lost else ""
            self._is_clean = self._all_is_visible()

    def _all_is_visible(self) -> bool:
        """Tell whether all that the point in time has is committed, so that nothing need be left out."""
        head = self.head
        if head.aborted or head.dead:
            return False
        asked = {"size": 1, "query": {"range": {"born": {"gt": head.generation}}}, "_source": False}
        (found,) = self._several([asked])
        return not found["hits"]["hits"] and not _failures(found)

    def visible(self) -> list[Json]:
        """Return the filters that let through what is committed."""
        return [] if self._is_clean else self.head.visible()

    @contextmanager
    def asking(self) -> Iterator[Asking]:
        """Give what searches go through that belong together."""
        yield Asking(self)

    @contextmanager
    def whole(self) -> Iterator[Asking]:
        """Give what searches go through that are worth nothing unless they are complete.

        Raises `EngineUnavailableError` if one was not.
        """
        asking = Asking(self)
        yield asking
        asking.demand()

    # --- asking ------------------------------------------------------------------------------------------

    def search(self, bodies: Sequence[Json]) -> tuple[list[Json], str]:
        """Return the answers to some searches, and what they lack, or nothing."""
        check()
        until = time.monotonic() + (0.0 if self._degraded else _RETRY_S)
        pause_s = 0.1
        renewed = False
        while True:
            point = self._point
            answers = self._several(bodies)
            failures = [failure for answer in answers for failure in _failures(answer)]
            lacking = next((failure for failure in failures if failure), "") or self._lacking
            late = any(answer.get("timed_out") for answer in answers)
            if not lacking:
                self._degraded = False
                return answers, "not all of the index could be searched in the time allowed" if late else ""
            if time.monotonic() > until and renewed:
                self._degraded = True
                return answers, lacking
            renewed = True
            self._renew(point)
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, 1.0)
            check()

    def _several(self, bodies: Sequence[Json]) -> list[Json]:
        """Ask once; an answer that failed altogether has no hits and says so in ``_shards``."""
        # The nodes stop a little before the time is up, so that what they have found arrives.
        timeout_ms = max(int(left_s(self.connection.service.timeout_s) * 900), 1)
        common = {"pit": {"id": self._point, "keep_alive": KEPT}, "timeout": f"{timeout_ms}ms"}
        made: list[tuple[Json, Json]] = [({}, {**body, **common}) for body in bodies]
        answers = self.connection.multi(made)
        found = []
        for answer in answers:
            if "error" in answer:
                error: Mapping[str, Any] = answer["error"]
                if answer.get("status", 500) in (400, 403):
                    raise refused(error, self.connection.address)
                found.append(
                    {"_shards": {"total": 1, "failed": 1}, "hits": {"total": {"value": 0}, "hits": []}, "lost": True}
                )
            else:
                found.append(answer)
        return found


class Asking:
    """Searches that belong together; `missing` gathers what they lack."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.missing: list[str] = []

    def told(self) -> str | None:
        """Return what the answer lacks, or None if it is complete."""
        return "; ".join(dict.fromkeys(self.missing)) or None

    def demand(self) -> None:
        """Raise `EngineUnavailableError` if anything is missing."""
        missing = self.told()
        if missing:
            raise EngineUnavailableError(
                f"{self._view.connection.address}: cannot answer in full: {missing}. See how the cluster is, and ask "
                "again"
            )

    def several(self, bodies: Sequence[Json]) -> list[Json]:
        """Return the answers to some searches."""
        if not bodies:
            return []
        answers, missing = self._view.search(bodies)
        if missing:
            self.missing.append(missing)
        return answers

    def one(self, body: Json) -> Json:
        """Return the answer to a search."""
        return self.several([body])[0]

    def count(self, queries: Sequence[Json]) -> list[int]:
        """Return how many documents each of some queries finds."""
        bodies = [{"size": 0, "track_total_hits": True, "query": query} for query in queries]
        found: list[int] = []
        for at in range(0, len(bodies), 200):
            found += [total(answer) for answer in self.several(bodies[at : at + 200])]
        return found

    def walk(self, query: Json, sort: list[Json], *, source: Any = False, page: int = PAGE) -> Iterator[Json]:
        """Yield all hits of a query in order, page by page, each after the last of the one before."""
        after: list[Any] | None = None
        while True:
            body = {"query": query, "sort": sort, "size": page, "_source": source, "track_total_hits": False}
            if after is not None:
                body["search_after"] = after
            hits = self.one(body)["hits"]["hits"]
            yield from hits
            if len(hits) < page:
                return
            after = hits[-1]["sort"]


def chunks(view: View, *queries: Json) -> Json:
    """Return a query for the chunks that some queries find."""
    return {"bool": {"filter": [{"term": {"sort": schema.CHUNK}}, *view.visible(), *queries]}}


def articles(view: View, *queries: Json) -> Json:
    """Return a query for the articles that some queries find."""
    return {"bool": {"filter": [{"term": {"sort": schema.ARTICLE}}, *view.visible(), *queries]}}


def total(answer: Json) -> int:
    """Return how many hits there are in all."""
    return int(answer["hits"]["total"]["value"])


def _failures(answer: Json) -> list[str]:
    shards = answer["_shards"]
    if answer.get("lost"):
        return ["no part of the index answers"]
    return [_lacking(shards["failed"], shards["total"])] if shards["failed"] else []


def _lacking(failed: int, of: int) -> str:
    return f"{failed} of {of} parts of the index do not answer"
