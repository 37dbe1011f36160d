"""How good is what is related? Judged by what authors say of their articles: their keywords.

python benchmarks/related.py CORPUS --index INDEX [--engine NAME] [--sample 300]

Prints how often an article and those found like it share a keyword, against pairs drawn at random (the lift), the same
for articles that cite the same works and for passages, and how many passages were left out as the same text.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterable
from pathlib import Path

from corpus_search.analysis import folded_text
from corpus_search.corpus import Corpus
from corpus_search.errors import AddressError
from corpus_search.related.alike import related
from corpus_search.search import Searcher


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--index", type=Path, default=Path("index"))
    parser.add_argument("--engine", default="whoosh")
    parser.add_argument("--sample", type=int, default=300)
    asked = parser.parse_args()
    searcher = Corpus(asked.corpus, asked.index, engine=asked.engine).searcher()
    rng = random.Random(7)
    keywords = {doc: _keywords(searcher, doc) for doc in searcher.documents()}
    known = [doc for doc in searcher.documents() if keywords[doc]]
    sample = rng.sample(known, min(asked.sample, len(known)))
    works = searcher.works()
    chance = _share((keywords[a], keywords[b]) for a, b in (rng.sample(known, 2) for _ in range(20_000)))
    print(f"{len(known):,} articles with keywords; two at random share one: {chance:.2%}")

    started = time.perf_counter()
    found = {doc: related(searcher, works, doc, limit=5) for doc in sample}
    each_ms = (time.perf_counter() - started) * 1000 / len(sample)
    for name, pairs in (
        ("like it", [(doc, one.about.doc_id) for doc in sample for one in found[doc].articles]),
        ("like it, the first", [(doc, one.about.doc_id) for doc in sample for one in found[doc].articles[:1]]),
        ("citing the same", [(doc, one.about.doc_id) for doc in sample for one in found[doc].coupled]),
    ):
        share = _share((keywords[a], keywords[b]) for a, b in pairs if keywords[b])
        print(f"articles {name}: {len(pairs):,} pairs, {share:.1%} share a keyword, {share / chance:.0f} times chance")
    print(f"{each_ms:.0f} ms each")

    pairs, same, asked_of, took = [], 0, 0, 0.0
    for doc in sample:
        paragraphs = [p for p in searcher.article(doc).paragraphs() if len(p.text) > 100]
        if not paragraphs:
            continue
        began = time.perf_counter()
        try:
            one = related(searcher, works, rng.choice(paragraphs).address, limit=5)
        except AddressError:
            continue
        took += time.perf_counter() - began
        asked_of += 1
        same += bool(one.same)
        pairs += [(doc, passage.about.doc_id) for passage in one.passages]
    share = _share((keywords[a], keywords[b]) for a, b in pairs if keywords[b])
    copies = sum(_title(searcher, a) == _title(searcher, b) for a, b in pairs)
    print(f"passages like {asked_of:,}: {len(pairs):,} pairs, {share:.1%} of their articles share a keyword, "
          f"{share / chance:.0f} times chance")  # fmt: skip
    print(f"{copies} in articles of the same title; {same} had the same text elsewhere, left out")
    print(f"{took * 1000 / asked_of:.0f} ms each")


def _keywords(searcher: Searcher, doc_id: str) -> frozenset[str]:
    about = searcher.about(doc_id)
    return frozenset(map(folded_text, about.keywords)) if about else frozenset()


def _title(searcher: Searcher, doc_id: str) -> str:
    about = searcher.about(doc_id)
    return folded_text(about.title or doc_id) if about else doc_id


def _share(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> float:
    shared = [bool(one & other) for one, other in pairs]
    return sum(shared) / len(shared) if shared else 0.0


if __name__ == "__main__":
    main()
