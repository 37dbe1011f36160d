"""Measuring: test collections are read, broken ones are named, and search is compared with a scan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus_search.evaluate import Collection, CollectionError, evaluate
from corpus_search.search import Searcher
from corpus_search.verify import verify
from tests.conftest import MakeCorpus

DOCUMENTS = {
    "a": "日美同盟的历史与现状。",
    "b": "半导体产业的合作。",
    "c": "乌克兰危机与能源。",
    "d": "日美半导体合作协议。",
}
QUERIES = {"1": "日美同盟", "2": "半导体合作", "3": "能源：“危机", "4": "日美合作"}
JUDGEMENTS = [("1", "a", 1), ("2", "b", 1), ("3", "c", 1), ("4", "d", 1)]


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    lines = [{"id": key, "title": f"{key}题", "text": text} for key, text in DOCUMENTS.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    asked = [{"id": key, "text": text, "exclude": "d" if key == "2" else None} for key, text in QUERIES.items()]
    (tmp_path / "queries.jsonl").write_text("\n".join(json.dumps(line) for line in asked), "utf-8")
    (tmp_path / "qrels.tsv").write_text("\n".join("\t".join(map(str, j)) for j in JUDGEMENTS), "utf-8")
    return tmp_path


def test_a_collection_is_measured(collection: Path) -> None:
    outcome = evaluate(Collection.read(collection)).record()
    assert outcome["queries"] == 4
    assert outcome["measures"] == {"nDCG@10": 1.0, "RR@10": 1.0, "R@100": 1.0}
    assert set(outcome["query_ms"]) == {"p50", "p95"}


def test_a_folder_of_articles_is_a_collection_too(collection: Path) -> None:
    (collection / "corpus.jsonl").unlink()
    (collection / "corpus").mkdir()
    for key, text in DOCUMENTS.items():
        (collection / "corpus" / f"{key}.txt").write_text(text, "utf-8")
    assert evaluate(Collection.read(collection)).measures["RR@10"] == 1.0


def test_a_document_left_out_does_not_count(collection: Path) -> None:
    (collection / "qrels.tsv").write_text("2\td\t1\n", "utf-8")
    assert evaluate(Collection.read(collection)).measures["R@100"] == 0.0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("queries.jsonl", '{"id": "1"}', r"queries\.jsonl:1: lacks text"),
        ("queries.jsonl", "{", r"queries\.jsonl:1: is no JSON object"),
        ("qrels.tsv", "1\ta\t1\n1 a 1", r"qrels\.tsv:2: wants query, document, relevance"),
        ("qrels.tsv", "", r"qrels\.tsv: holds no judgements"),
        ("queries.jsonl", "", r"queries\.jsonl: holds no queries"),
        ("queries.jsonl", '[1, "id", "text"]', r"queries\.jsonl:1: is no JSON object"),
        ("queries.jsonl", '{"id": 1, "text": null}', r"queries\.jsonl:1: its text is empty"),
    ],
)
def test_a_broken_collection_is_named_with_its_line(collection: Path, name: str, content: str, message: str) -> None:
    (collection / name).write_text(content, "utf-8")
    with pytest.raises(CollectionError, match=message):
        Collection.read(collection)


def test_a_missing_collection_is_named(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match=r"queries\.jsonl: cannot be read"):
        Collection.read(tmp_path)


def test_search_finds_what_a_scan_finds(seed_searcher: Searcher) -> None:
    verdict = seed_searcher.verify(samples=500, seed=11)
    assert verdict.runs == 500
    assert verdict.found >= 500
    assert verdict.good, verdict.told


def test_runs_of_rare_characters_are_found(make_corpus: MakeCorpus) -> None:
    text = "〇々𠮷野家と二〇二三年、㈠ﬁｶﾞ か\u3099 ＡＢＣ①，“引号”「括」\u200b零宽 𪚥𠀀 e\u0301te\u0301 Ⅳ ½。"
    corpus = make_corpus({"a.txt": text, "b.txt": text[::-1]})
    corpus.update()
    verdict = corpus.searcher().verify(samples=400, seed=5)
    assert verdict.runs == 400
    assert verdict.good, verdict.told


def test_a_search_that_lies_is_caught(seed_searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = seed_searcher._engine
    monkeypatch.setattr(engine, "matching", lambda query: set())
    verdict = verify(engine, seed_searcher._analyzer, samples=20, seed=1)
    assert not verdict.good
    assert verdict.missing >= 20
    assert verdict.told
