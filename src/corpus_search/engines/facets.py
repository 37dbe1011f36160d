"""How many hits have each kind, year, author, keyword and document?

A query and the values it is limited to in; counts by facet out. A value's count is the number of hits there would be
if it were the only one chosen in its facet, with what is chosen in the others left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce
from operator import and_

from corpus_search.article import Kind
from corpus_search.engines.matching import Matching
from corpus_search.engines.snapshot import KINDS, Mask, Numbers, Snapshot
from corpus_search.query import FACETS, Field, Filters, Narrow, Query, Run, Word, narrowing

Counts = Mapping[str, int]
"""How many hits each value has; values without hits are left out."""


def count_chunks(snapshot: Snapshot, query: Query, filters: Filters) -> dict[Field, Counts]:
    """Count the chunks that answer `query`, which `filters` are not yet part of."""
    matching = Matching(snapshot, exact_script=query.exact_script)
    found = matching.match(query).mask
    limits = {node.field: matching.narrowed(node) for node in narrowing(filters)}
    counts: dict[Field, Counts] = {}
    for field in FACETS:
        mask = _within(found, (limit for other, limit in limits.items() if other is not field))
        if field is Field.KIND:
            by_code = snapshot.np.bincount(snapshot.kind[mask], minlength=max(KINDS.values()) + 1)
            counts[field] = {kind.value: int(by_code[code]) for kind, code in KINDS.items() if by_code[code]}
        else:
            by_article = snapshot.np.bincount(snapshot.article_of[mask], minlength=snapshot.size)
            counts[field] = _by_value(snapshot, field, by_article)
    return counts


def count_articles(snapshot: Snapshot, query: Query, filters: Filters) -> dict[Field, Counts]:
    """Count the articles that answer `query`, which `filters` are not yet part of."""
    known: dict[Run | Word, Numbers] = {}
    chunks = Matching(snapshot, exact_script=query.exact_script, known=known)

    def hits(kinds: Iterable[Narrow]) -> Mask:
        # Kinds limit what may answer, so what is found under one is not known from what is found without.
        asked = replace(query, required=(*query.required, *kinds))
        articles = Matching(snapshot, exact_script=query.exact_script, by_article=True, known=known)
        shown = snapshot.mask(snapshot.article_of[chunks.passages(asked)])
        return articles.match(asked).mask & shown

    nodes = narrowing(filters)
    found = hits(node for node in nodes if node.field is Field.KIND)
    limits = {
        node.field: snapshot.mask(snapshot.article_of[chunks.narrowed(node)])
        for node in nodes
        if node.field is not Field.KIND
    }
    counts: dict[Field, Counts] = {}
    for field in FACETS:
        others = [limit for other, limit in limits.items() if other is not field]
        if field is Field.KIND:
            by_kind = {
                kind: int(_within(hits([Narrow(Field.KIND, kinds=frozenset({kind}))]), others).sum()) for kind in Kind
            }
            counts[field] = {kind.value: count for kind, count in by_kind.items() if count}
        else:
            counts[field] = _by_value(snapshot, field, _within(found, others))
    return counts


def _within(mask: Mask, limits: Iterable[Mask]) -> Mask:
    return reduce(and_, limits, mask)


def _by_value(snapshot: Snapshot, field: Field, hits: Numbers) -> Counts:
    """Add up the hits of the articles that have each value; `hits` has a number for each document."""
    names, value, article = snapshot.values(field)
    totals = snapshot.np.bincount(value, weights=hits[article], minlength=len(names)).astype("int64")
    return {names[n]: int(totals[n]) for n in snapshot.np.flatnonzero(totals).tolist()}
