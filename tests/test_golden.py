"""Golden files: what was understood and answered, whole, as a person reviewed it.

``make golden`` writes them anew; read the diff as prose before committing it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus_search.article import Article
from corpus_search.parse import parse
from corpus_search.search import Searcher
from tests.outline import article_outline, results_outline

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
ARTICLES = sorted((HERE / "corpora").glob("*/*.txt"))
QUERIES = [
    "战略能动", "反击能力", "林芳正", "友岸外包", "同上", "統合司令部", '"敌基地攻击能力"', "Rapidus", "一万",
    "日美同盟 半导体", "「战略模糊」", "ウクライナ", "ＱＵＡＤ", "force for good",
]  # fmt: skip


def _check(path: Path, now: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--rewrite-golden"):
        path.write_text(now, "utf-8")
    assert now == path.read_text("utf-8")


def test_the_seed_is_understood_as_reviewed(seed: Article, request: pytest.FixtureRequest) -> None:
    _check(GOLDEN / "seed.txt", article_outline(seed), request)


def test_queries_on_the_seed_are_answered_as_reviewed(seed_searcher: Searcher, request: pytest.FixtureRequest) -> None:
    answers = "\n".join(results_outline(seed_searcher.search(query, limit=5)) for query in QUERIES)
    _check(GOLDEN / "seed-queries.txt", answers, request)


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_small_articles_are_understood_as_reviewed(path: Path, request: pytest.FixtureRequest) -> None:
    article = parse(path.read_bytes().decode(), doc_id=path.stem)
    _check(path.with_suffix(".golden"), article_outline(article), request)
