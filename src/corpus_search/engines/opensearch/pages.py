"""Which hits are shown? A window on them, read page by page however far it lies from the first.

Hits come in streams, one for each tier, each in the cluster's own order. That is by scores of 32 bits: at the edges of
the window a few more are read on both sides, and those whose scores are next to equal are put in order by their scores
in full.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from corpus_search.engines.opensearch.view import PAGE, Asking, total

Json = dict[str, Any]

SOURCE = ["record", "folded", "words", "heading", "title", "length", "heading_length", "title_length", "number"]
"""What is read of a chunk that is shown."""

MARGIN = 8
"""How many hits are read beyond each edge of a window."""

_AT_ONCE = 1_000


class Stream(NamedTuple):
    """Hits of one tier: the query that finds and scores them."""

    tier: int
    query: Json


class Found(NamedTuple):
    """A hit, its tier, and its place in the order of all hits."""

    hit: Json
    tier: int


def window(
    asking: Asking, streams: Sequence[Stream], sort: list[Json], start: int, stop: int, *, source: Any
) -> tuple[int, int, list[Found]]:
    """Return how many hits there are in all, how many come before those returned, and a window on them.

    The streams follow one another. The window has up to `MARGIN` hits more on both sides.
    """
    low, high = max(start - MARGIN, 0), stop + MARGIN if stop > start else 0
    first = high if high <= _AT_ONCE else 0
    body: Json = {"size": first, "sort": sort, "track_total_hits": True, "_source": source}
    answers = asking.several([{**body, "query": stream.query} for stream in streams])
    totals = [total(answer) for answer in answers]
    found: list[Found] = []
    at = 0
    for stream, answer, count in zip(streams, answers, totals, strict=True):
        begin, end = max(low - at, 0), min(high - at, count)
        at += count
        if begin >= end:
            continue
        if first:
            hits = answer["hits"]["hits"][begin:end]
        else:
            hits = list(_deep(asking, stream.query, sort, begin, end, source=source))
        found += [Found(hit, stream.tier) for hit in hits]
    return sum(totals), low, found


def _deep(asking: Asking, query: Json, sort: list[Json], begin: int, end: int, *, source: Any) -> Iterator[Json]:
    """Yield the hits `begin` to `end`; those before are passed over without reading what they hold."""
    after: list[Any] | None = None
    at = 0
    while at < end:
        skipping = at < begin
        size = min(PAGE, begin - at) if skipping else min(_AT_ONCE, end - at)
        body: Json = {
            "query": query, "sort": sort, "size": size, "_source": False if skipping else source,
            "track_total_hits": False,
        }  # fmt: skip
        if after is not None:
            body["search_after"] = after
        hits = asking.one(body)["hits"]["hits"]
        if not skipping:
            yield from hits
        if len(hits) < size:
            return
        after = hits[-1]["sort"]
        at += size


def merged(
    asking: Asking,
    streams: Sequence[Stream],
    sort: list[Json],
    start: int,
    stop: int,
    *,
    place: Callable[[Json, int], tuple[Any, ...]],
    source: Any,
) -> tuple[int, int, list[Found]]:
    """Return what `window` does where the streams' hits mingle; `place` tells a hit's place among all by its sort."""
    low, high = max(start - MARGIN, 0), stop + MARGIN
    totals = asking.count([stream.query for stream in streams])

    def entries(stream: Stream) -> Iterator[tuple[tuple[Any, ...], Found]]:
        for hit in asking.walk(stream.query, sort, page=min(high + 1, PAGE)):
            yield place(hit, stream.tier), Found(hit, stream.tier)

    if stop <= start:
        return sum(totals), low, []
    ordered = heapq.merge(*map(entries, streams), key=lambda entry: entry[0])
    light = [found for _, found in islice(ordered, low, high)]
    names = [found.hit["_id"] for found in light]
    body = {"query": {"ids": {"values": names}}, "size": max(len(names), 1), "_source": source}
    kept = {hit["_id"]: hit for hit in asking.one(body)["hits"]["hits"]} if names else {}
    whole = [
        Found({**found.hit, "_source": kept[found.hit["_id"]]["_source"]}, found.tier)
        for found in light
        if found.hit["_id"] in kept
    ]
    return sum(totals), low, whole
