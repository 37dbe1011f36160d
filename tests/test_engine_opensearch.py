"""OpenSearch finds what Whoosh finds: the same hits, tiers, counts and scores, whatever was changed on the way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus_search.corpus import Corpus
from corpus_search.engine import Sort
from corpus_search.query import Field
from corpus_search.results import Group
from corpus_search.search import Searcher
from tests.cluster import Cluster
from tests.conftest import SEED
from tests.test_engine_tantivy import CHARACTERS, QUERIES

MORE = [
    "战*研究", "战?同", "?略", "战*同*研", "同盟* 战略", "“的1”", "a1的", "1的", "的a1", "“1Ωé”", "战 NEAR/3 盟", "战 NEAR/2 战", "“战略” NEAR/4 “略同”",
    "a1 NEAR/5 战略", "战略 AND NOT 同盟", "doc:0 战", "doc:03 战", "author:无", "kind:body 的", "year:2023 战略", "year:1..9 战", "heading:题 -战", "，", "战略同盟研究的战略同盟",
    "*1*", "a*", "1*", "*1", "*a", "*的1", "a的*", "al*ces", "us*", "“略 同”", "note:战 OR 同盟", "NOT 战 盟", "ally~2", "econmic~", "keyword:同盟 日本", "的 的 的",
]  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[dict[str, Searcher]]:
    """The seed and made-up texts, in an index of each engine that has seen changes and deletions."""
    folder = tmp_path_factory.mktemp("both")
    rng = random.Random(11)
    names = [f"{n:02}.txt" for n in range(40)]

    def written(size: int) -> str:
        return (
            "一、题\n" + "".join(rng.choices(CHARACTERS, [9, 7, 5, 5, 3, 3, 4, 9, 2, 2, 1, 1, 1, 1, 3], k=size)) + "\n"
        )

    texts = {name: written(rng.choice((3, 30, 90, 900, 4000))) for name in names}
    texts[names[0]] = "的" * 9000  # More of one than any text has.
    texts["繁.txt"] = "一、題\n戰略同盟研究，戰略與同盟；US戰略。\n"
    changed = {name: written(200) for name in names[5:9]}
    found = {}
    for engine in ("whoosh", "opensearch"):
        corpus = Corpus(folder / f"corpus-{engine}", folder / engine, engine=engine, service=cluster.service)
        corpus.folder.mkdir()
        (corpus.folder / SEED.name).write_bytes(SEED.read_bytes())
        for name, text in texts.items():
            (corpus.folder / name).write_text(text, "utf-8")
        corpus.update()
        for name, text in changed.items():
            (corpus.folder / name).write_text(text, "utf-8")
        for name in names[10:13]:
            (corpus.folder / name).unlink()
        corpus.update()
        found[engine] = corpus.searcher()
    yield found
    for searcher in found.values():
        searcher.close()


OPTIONS: tuple[dict[str, Any], ...] = (
    {}, {"group": Group.ARTICLE}, {"exact_script": True}, {"sort": Sort.YEAR}, {"sort": Sort.POSITION},
    {"offset": 7, "limit": 5}, {"group": Group.ARTICLE, "sort": Sort.YEAR}, {"group": Group.ARTICLE, "sort": Sort.POSITION},
    {"filters": {Field.KIND: frozenset({"body"})}}, {"filters": {Field.DOC: frozenset({"03", "04"})}, "group": Group.ARTICLE},
)  # fmt: skip


@pytest.mark.parametrize("query", [*QUERIES, *MORE])
def test_hits_scores_and_facets_are_the_same(both: dict[str, Searcher], query: str) -> None:
    # Each question plain and by article, and in two of the other ways, in turns.
    turn = [*QUERIES, *MORE].index(query)
    ways = [OPTIONS[2 + (turn * 2 + n) % (len(OPTIONS) - 2)] for n in (0, 1)]
    for options in (*OPTIONS[:2], *ways):
        one, other = (searcher.search(query, explain=True, **options) for searcher in both.values())
        assert one.total == other.total, options
        assert other.incomplete is None
        for mine, theirs in zip(one.hits, other.hits, strict=True):
            assert (mine.address, mine.tier, mine.passages) == (theirs.address, theirs.tier, theirs.passages), options
            # What a term adds is the same to the last digit; terms that add the same come in no certain order.
            assert [(p.field, p.term, round(p.score, 9)) for p in mine.parts] == [
                (p.field, p.term, round(p.score, 9)) for p in theirs.parts
            ], options
            assert mine.score == pytest.approx(theirs.score, abs=1e-6, rel=1e-6), options
            assert [hit.address for hit in mine.others] == [hit.address for hit in theirs.others]
    filters = {Field.KIND: frozenset({"body"}), Field.DOC: frozenset({"03", "04"})}
    for group in Group:
        for chosen in ({}, filters):
            one_facets, other_facets = (
                searcher.facets(query, group=group, filters=chosen) for searcher in both.values()
            )
            assert one_facets == other_facets


def test_runs_stand_where_a_scan_finds_them(both: dict[str, Searcher]) -> None:
    verdict = both["opensearch"].verify(samples=200, seed=3)
    assert verdict.good, verdict.told
    assert verdict.runs == 200


def test_what_is_read_is_the_same(both: dict[str, Searcher]) -> None:
    whoosh, opensearch = both.values()
    assert whoosh.documents() == opensearch.documents()
    assert whoosh.stats()["chunks"] == opensearch.stats()["chunks"]
    for doc_id in whoosh.documents():
        assert whoosh.article(doc_id) == opensearch.article(doc_id)
        assert whoosh.about(doc_id) == opensearch.about(doc_id)
    assert opensearch.about("no such") is None
    for query in ("战略", "“的”", "a1"):
        for exact_script in (False, True):
            one, other = (s.concordance(query, exact_script=exact_script, limit=None).record() for s in both.values())
            assert one == other
    for prefix in ("战", "zhanl", "日美"):
        assert whoosh.complete(prefix) == opensearch.complete(prefix)


def test_deep_pages_are_in_the_order_of_one_long_answer(
    both: dict[str, Searcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus_search.engines.opensearch.pages._AT_ONCE", 4)
    monkeypatch.setattr("corpus_search.engines.opensearch.pages.PAGE", 3)
    for sort in Sort:
        whole = both["whoosh"].search("战略 同盟 的", limit=1000, sort=sort)
        assert whole.total > 60
        for offset in (0, 5, 31, whole.total - 3):
            page = both["opensearch"].search("战略 同盟 的", limit=7, offset=offset, sort=sort)
            wanted = [hit.address for hit in whole.hits[offset : offset + 7]]
            assert [hit.address for hit in page.hits] == wanted, (sort, offset)
            assert [hit.rank for hit in page.hits] == list(range(offset + 1, offset + 1 + len(wanted)))


def test_facets_with_more_values_than_one_answer_holds_are_counted_in_full(
    both: dict[str, Searcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = both["whoosh"].facets("的", limit=1000)
    monkeypatch.setattr("corpus_search.engines.opensearch.facets._AT_ONCE", 3)
    monkeypatch.setattr("corpus_search.engines.opensearch.facets._PAGE", 4)
    assert both["opensearch"].facets("的", limit=1000) == wanted


def test_a_question_that_has_to_be_looked_for_in_too_many_texts_says_so(
    both: dict[str, Searcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus_search.engines.opensearch.checking.MOST", 2)
    results = both["opensearch"].search("a*1")
    assert "more than 2 texts could match" in (results.incomplete or "")
    assert results.record()["complete"] is False


@pytest.mark.parametrize("path", ["a" * 300, "深" * 80 + "/" + "路" * 80], ids=["long", "deep"])
def test_long_names_are_no_trouble(path: str, tmp_path: Path, cluster: Cluster) -> None:
    corpus = Corpus(tmp_path / "corpus", tmp_path / "index", engine="opensearch", service=cluster.service)
    file = corpus.folder / f"{path[:240]}.txt"
    file.parent.mkdir(parents=True)
    file.write_text("一、海运\n论海运。\n", "utf-8")
    corpus.update()
    assert corpus.searcher().search("海运").total == 2
    assert corpus.searcher().documents() == (path[:240],)
