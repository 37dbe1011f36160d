"""What else might have been meant: offered where nothing was found, and never in place of what was asked."""

from __future__ import annotations

import pytest

from corpus_search.search import Searcher
from corpus_search.suggest import reading, typed


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [
        ("zhanlüe nengdong", "战略能动"),
        ("zhanlve", "战略"),
        ("zhanlue", "战略"),
        ("rimei tongmeng", "日美同盟"),
        ("rimeitongmeng", "日美同盟"),
        ("bandaoti", "半导体"),
        ("站略", "战略"),
        ("合坐", "合作"),
        ("aliance", "alliance"),
        ("Rapidis", "rapidus"),
        ("一万", None),
        ("xyzzyq", None),
    ],
)
def test_a_query_that_finds_nothing_has_another_worth_trying(
    seed_searcher: Searcher, query: str, suggestion: str | None
) -> None:
    results = seed_searcher.search(query)
    assert results.total == 0
    assert results.suggestion == suggestion
    if suggestion:
        assert seed_searcher.search(suggestion).total > 0


@pytest.mark.parametrize("query", ["战略", "林芳正", "日本", "alliance"])
def test_a_query_that_finds_enough_is_left_alone(seed_searcher: Searcher, query: str) -> None:
    assert seed_searcher.search(query).suggestion is None


def test_pinyin_in_every_spelling_is_one() -> None:
    assert {typed(text) for text in ("lüe", "lve", "lue", "lu:e", "LÜE")} == {"lve"}
    assert typed("xi'an") == "xian"
    assert reading("战略") == "zhanlve"
