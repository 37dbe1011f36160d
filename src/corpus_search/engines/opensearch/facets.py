"""How many hits have each kind, year, author, keyword and document? Counted by the cluster, every value of them.

A value's count is the number of hits there would be if it were the only one chosen in its facet, with what is chosen in
the others left as it is, see `engines.facets`. Where a facet has more values than one answer holds, all are paged
through: no count is a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from corpus_search.article import Kind
from corpus_search.engines.opensearch import schema
from corpus_search.engines.opensearch.matching import Json, Matching, every, having_chunk
from corpus_search.engines.opensearch.view import Asking, View, articles, chunks
from corpus_search.query import FACETS, Field, Filters, Narrow, Query, narrowing

_AT_ONCE = 1_000
_PAGE = 5_000

Counts = Mapping[str, int]


def count_chunks(view: View, asking: Asking, matching: Matching, query: Query, filters: Filters) -> dict[Field, Counts]:
    """Count the chunks that answer `query`, which `filters` are not yet part of."""
    found = matching.match(query)
    limits = {node.field: matching.narrowed(node) for node in narrowing(filters)}

    def hits(field: Field) -> Json:
        return chunks(view, found, *(limit for other, limit in limits.items() if other is not field))

    return _values(asking, {field: hits(field) for field in FACETS})


def count_articles(
    view: View,
    asking: Asking,
    made: Callable[..., Matching],
    query: Query,
    filters: Filters,
) -> dict[Field, Counts]:
    """Count the articles that answer `query`; `made` makes a matching for chunks or, ``by_article``, for articles."""

    def hits(kinds: Iterable[Narrow]) -> Json:
        asked = replace(query, required=(*query.required, *kinds))
        return every((made(by_article=True).match(asked), having_chunk(made().passages(asked))))

    nodes = narrowing(filters)
    found = hits(node for node in nodes if node.field is Field.KIND)
    limits = {node.field: having_chunk(made().narrowed(node)) for node in nodes if node.field is not Field.KIND}

    def within(query: Json, field: Field) -> Json:
        return articles(view, query, *(limit for other, limit in limits.items() if other is not field))

    counts: dict[Field, Counts] = {}
    by_kind = asking.count([within(hits([Narrow(Field.KIND, kinds=frozenset({kind}))]), Field.KIND) for kind in Kind])
    counts[Field.KIND] = {kind.value: count for kind, count in zip(Kind, by_kind, strict=True) if count}
    others: dict[Field, Json] = {field: within(found, field) for field in FACETS if field is not Field.KIND}
    counts |= _values(asking, others)
    return {field: counts[field] for field in FACETS}


def _values(asking: Asking, queries: Mapping[Field, Json]) -> dict[Field, Counts]:
    """Return for each facet how many of the documents that a query finds have each of its values."""
    bodies = [
        {
            "size": 0,
            "track_total_hits": False,
            "query": query,
            "aggs": {"values": {"terms": {"field": field.value, "size": _AT_ONCE}}},
        }
        for field, query in queries.items()
    ]
    counts: dict[Field, Counts] = {}
    for (field, query), answer in zip(queries.items(), asking.several(bodies), strict=True):
        values = answer.get("aggregations", {}).get("values", {"buckets": []})
        if values.get("sum_other_doc_count") or len(values["buckets"]) >= _AT_ONCE:
            found = _all_values(asking, field, query)
        else:
            found = {bucket["key"]: bucket["doc_count"] for bucket in values["buckets"]}
        counts[field] = {_name(field, value): count for value, count in found.items() if _name(field, value)}
    return counts


def _all_values(asking: Asking, field: Field, query: Json) -> dict[Any, int]:
    found: dict[Any, int] = {}
    after: Json | None = None
    while True:
        composite: Json = {"size": _PAGE, "sources": [{"value": {"terms": {"field": field.value}}}]}
        if after:
            composite["after"] = after
        body = {"size": 0, "track_total_hits": False, "query": query, "aggs": {"values": {"composite": composite}}}
        values = asking.one(body).get("aggregations", {}).get("values", {"buckets": []})
        found |= {bucket["key"]["value"]: bucket["doc_count"] for bucket in values["buckets"]}
        after = values.get("after_key")
        if after is None:
            return found


def _name(field: Field, value: Any) -> str:
    """Return a value as a user knows it; a year that is not known has no name."""
    if field is Field.DOC:
        return schema.unordered(value)
    if field is Field.YEAR:
        return str(value) if value else ""
    return str(value)
