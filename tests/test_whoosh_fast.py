"""The engine's arrays answer as plain loops over chunks do: the same hits, tiers, order and scores."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from math import log
from pathlib import Path
from typing import Any

import pytest

from corpus_search.analysis import Analyzer, fold, grams
from corpus_search.article import Article, DocId, Kind, Metadata, address
from corpus_search.chunk import Chunk, Passage
from corpus_search.clues import analyzed
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk, AnalyzedQuery, Clue, Sort
from corpus_search.engines import ENGINES, create_index, few, open_engine, ranking
from corpus_search.engines.ranking import FEATURES, IDF_POWER, K1, SHORTEST, B
from corpus_search.engines.snapshot import Cost, Snapshot
from corpus_search.highlight import is_bounded
from corpus_search.query import And, Field, Node, Not, Or, Query, Run, Word, Words, parse

WORDS = [
    "日美同盟",
    "同盟",
    "半导体",
    "战略",
    "战略能动",
    "能动",
    "人工智能",
    "合作",
    "研究",
    "的",
    "与",
    "在",
    "中国",
    "方法",
    "系统",
    "数据",
    "分析",
    "乌克兰",
    "危机",
    "alliance",
    "alliances",
    "allied",
    "China",
    "chinas",
    "model",
    "models",
    "2023",
    "20",
    "b2b",
    "ACS",
]
ANALYZER = Analyzer()


def counts(text: str) -> Counter[str]:
    return Counter(term.text for term in ANALYZER.terms(text))


def made(dice: random.Random, doc_id: DocId, order: int, title: str) -> AnalyzedChunk:
    text = "".join(
        dice.choice(WORDS) + dice.choice(["", "", "，", "。", " "]) for _ in range(dice.choice([2, 5, 30, 60]))
    )
    heading = "".join(dice.choices(WORDS, k=2)) if dice.random() < 0.5 else ""
    where = address(doc_id, f"s1p{order + 1}")
    chunk = Chunk(
        doc_id,
        order,
        where,
        Kind.BODY,
        text,
        (Passage(where, 0, len(text)),),
        title,
        heading_path=(heading,) * bool(heading),
    )
    folded, headings = fold(text).text, fold(heading).text
    length = sum(map(str.isalnum, folded))
    plain = fold(text, scripts=False).text
    return AnalyzedChunk(
        chunk,
        folded,
        plain,
        headings,
        counts(folded),
        counts(headings),
        counts(fold(title).text),
        length,
    )


def library(dice: random.Random, folder: Path, name: str) -> list[AnalyzedChunk]:
    """Index random articles in a few commits, some of them replaced and deleted; return the chunks that are left."""
    folder.mkdir()
    there: dict[DocId, list[AnalyzedChunk]] = {}
    for commit in range(3):
        with create_index(name, folder) if not commit else open_engine(name, folder).writer() as writer:
            for number in dice.sample(range(30), 15):
                doc_id = DocId(f"a{number:02}")
                if doc_id in there and dice.random() < 0.3:
                    writer.delete(doc_id)
                    del there[doc_id]
                    continue
                title = "".join(dice.choices(WORDS, k=3))
                there[doc_id] = [made(dice, doc_id, order, title) for order in range(dice.randint(1, 12))]
                article = Article(doc_id, metadata=Metadata(title=title))
                writer.replace(AnalyzedArticle(article, fold(title).text, "", ""), there[doc_id])
            writer.set_state({})
    return [chunk for chunks in there.values() for chunk in chunks]


# --- the plain path ------------------------------------------------------------------------------------------


def stands(what: Run | Word, chunk: AnalyzedChunk) -> bool:
    if isinstance(what, Run):
        return is_bounded(what.text, chunk.folded)
    return what.text in chunk.folded if what.inside else what.text in chunk.terms


def has_all(item: Words, chunk: AnalyzedChunk) -> bool:
    if stands(item.run, chunk):
        return True
    return bool(item.clues) and all(stands(word, chunk) for word in item.words)


def has_some(item: Words, chunk: AnalyzedChunk) -> bool:
    return has_all(item, chunk) or any(stands(word, chunk) for word in item.clues)


def having(node: Node, chunk: AnalyzedChunk) -> bool:
    match node:
        case And(nodes):
            return all(having(one, chunk) for one in nodes)
        case Or(nodes):
            return any(having(one, chunk) for one in nodes)
        case Not():
            return not having(node.node, chunk)
        case Words():
            return has_all(node, chunk)
        case Run():
            return node.text in chunk.folded
        case _:
            raise AssertionError(node)


def found(query: Query, chunk: AnalyzedChunk) -> bool:
    if any(having(node, chunk) for node in query.excluded):
        return False
    if query.required:
        return all(having(node, chunk) for node in query.required)
    return any(has_some(item, chunk) for item in query.ranked)


def tier(query: Query, chunk: AnalyzedChunk) -> int:
    def of(item: Words) -> int:
        if stands(item.run, chunk):
            return 2
        return int(has_all(item, chunk) or item.run.text in chunk.folded_headings)

    return min(map(of, query.ranked), default=2)


def scorer(chunks: list[AnalyzedChunk]) -> Callable[[AnalyzedQuery, AnalyzedChunk], float]:
    """Return the sum of BM25 parts, worked out one by one."""
    fields: dict[str, Callable[[AnalyzedChunk], Mapping[str, int]]] = {
        "words": lambda chunk: chunk.terms,
        "grams": lambda chunk: grams(chunk.folded),
        "heading": lambda chunk: chunk.heading_terms,
        "title": lambda chunk: chunk.title_terms,
    }
    lengths: dict[str, Callable[[AnalyzedChunk], int]] = {
        "text": lambda chunk: chunk.length,
        "heading": lambda chunk: sum(chunk.heading_terms.values()),
        "title": lambda chunk: sum(chunk.title_terms.values()),
    }

    @cache
    def average(name: str) -> float:
        there = [lengths[name](chunk) for chunk in chunks if lengths[name](chunk)]
        return sum(there) / len(there) if there else 1.0

    @cache
    def idf(field: str, term: str) -> float:
        having = sum(term in fields[field](one) for one in chunks)
        return log(1 + (len(chunks) - having + 0.5) / (having + 0.5))

    def parts(asked: AnalyzedQuery, chunk: AnalyzedChunk) -> Iterator[float]:
        for feature in FEATURES:
            mean = average(feature.length)
            length = max(lengths[feature.length](chunk), SHORTEST * mean)
            for term, often in asked.terms.get(Clue(feature.clue), {}).items():
                count = fields[feature.field](chunk).get(term, 0)
                saturated = count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean))
                yield feature.weight * often * idf(feature.field, term) ** IDF_POWER * saturated

    return lambda asked, chunk: sum(parts(asked, chunk))


# --- both ----------------------------------------------------------------------------------------------------


def questions(dice: random.Random) -> Iterator[str]:
    for _ in range(12):
        words = dice.choices(WORDS, k=dice.choice([1, 1, 2, 3, 8]))
        yield dice.choice([" ".join(words), "".join(words), f'"{"".join(words[:2])}"', " OR ".join(words)])
    yield "alliance 中国"
    yield "alliances -China"
    yield "+models 数据 的"
    yield "日美同盟 AND 半导体"


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("most", [few.FEW, 0], ids=["few", "numpy"])
@pytest.mark.parametrize("one_us", [0.001, 0.1, 1, 20])
def test_the_fast_path_answers_as_the_plain_one(
    tmp_path: Path, one_us: float, most: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(few, "FEW", most)
    # However soon what is left is looked up instead of added up.
    seed = int(one_us * 10)
    monkeypatch.setattr(Snapshot, "cost", lambda self, having: Cost(1 + having, one_us))
    monkeypatch.setattr(ranking, "_DEAR_US", one_us)
    dice = random.Random(seed)
    chunks = library(dice, tmp_path / "index", name)
    engine = open_engine(name, tmp_path / "index")
    score = scorer(chunks)
    for text in questions(dice):
        query = parse(text, ANALYZER)
        asked = analyzed(query, ANALYZER)
        hits = [(tier(query, one), score(asked, one), one.chunk) for one in chunks if found(query, one)]
        hits.sort(key=lambda hit: (-hit[0], -round(hit[1], 9), hit[2].doc_id, hit[2].order))
        for limit, offset in ((10, 0), (3, 5), (1000, 0), (0, 0)):
            page = engine.search(asked, limit=limit, offset=offset, sort=Sort.RELEVANCE)
            wanted = hits[offset : offset + limit]
            assert page.total == len(hits), text
            assert [hit.tier for hit in page.hits] == [hit[0] for hit in wanted], text
            assert [hit.score for hit in page.hits] == pytest.approx([hit[1] for hit in wanted], abs=1e-6), text
            assert [hit.chunk.address for hit in page.hits] == [hit[2].address for hit in wanted], text
    engine.close()


EVERY_SORT = (
    *("战略 -数据", "日美同盟 AND (半导体 OR 合作)", "战?能动", "同盟*", "alli*", "aliance~", "中国 NEAR/20 方法"),
    *(
        "title:同盟 中国",
        "heading:战略",
        "doc:a0 的",
        "kind:body 研究",
        "数据 系统 -alliance OR 危机",
        "没有这个词",
        "，",
    ),
)


def test_few_documents_are_answered_without_numpy_as_with_it_to_the_last_digit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(7)
    library(dice, tmp_path / "index", "whoosh")
    without: Any = open_engine("whoosh", tmp_path / "index")
    assert isinstance(without._snapshot.kind, few.Row)
    monkeypatch.setattr(few, "FEW", 0)
    numpys: Any = open_engine("whoosh", tmp_path / "index")
    assert not isinstance(numpys._snapshot.kind, few.Row)
    filters = {Field.DOC: frozenset({"a01", "a02", "a07"})}
    for text in (*questions(dice), *EVERY_SORT):
        for exact_script in (False, True):
            query = parse(text, ANALYZER, exact_script=exact_script)
            asked = analyzed(query, ANALYZER)
            for sort in Sort:
                window: Any = {"limit": 20, "offset": 2, "sort": sort, "explain": True}
                assert without.search(asked, **window) == numpys.search(asked, **window), text
                window["passages"] = 3
                assert without.search_articles(asked, **window) == numpys.search_articles(asked, **window), text
            assert without.matching(query) == numpys.matching(query), text
            assert list(without.matching_texts(query)) == list(numpys.matching_texts(query)), text
            for by_article in (False, True):
                found, wanted = (one.facets(query, filters, by_article=by_article) for one in (without, numpys))
                assert found == wanted, text
    assert without.holding(["同盟", "中国"]) == numpys.holding(["同盟", "中国"])
    assert (without.stats(), without.documents()) == (numpys.stats(), numpys.documents())
    ours, theirs = without.pieces(), numpys.pieces()
    assert ours.documents == theirs.documents
    for name in ("numbers", "document", "kind", "length"):
        assert getattr(ours, name).tolist() == getattr(theirs, name).tolist()
        assert getattr(ours, name).dtype == getattr(theirs, name).dtype
    without.close()
    numpys.close()
