"""Quotations of the seed, as they are and changed in known ways, and what is said of them."""

from __future__ import annotations

import pytest

from corpus_search.check import Change, Difference, Mark, Verdict, check_quotation
from corpus_search.search import Searcher

SEED = "000_c7225275e9add5be"
SENTENCE = "对此，日本表示全力支持美国的军事部署计划。"


def edits(verdict: Verdict) -> list[tuple[Change, str, str]]:
    assert verdict.place
    return [(piece.change, piece.quoted, piece.source) for piece in verdict.place.pieces if piece.change.is_edit]


def test_what_stands_in_the_corpus_is_verbatim_with_its_place_page_and_citation(seed_searcher: Searcher) -> None:
    verdict = check_quotation(seed_searcher, SENTENCE)
    assert (verdict.mark, verdict.total) == (Mark.VERBATIM, 1)
    place = verdict.places[0]
    assert (place.address, place.page, place.text) == (f"{SEED}#s1.2p1", 16, SENTENCE)
    assert place.exact
    assert place.citation == "卢昊, 赵家敏. 乌克兰危机下的日美同盟形势与战略影响[J]. 2023(5): 16."


@pytest.mark.parametrize(
    ("quoted", "difference"),
    [
        ("對此，日本表示全力支持美國的軍事部署計劃。", Difference.SCRIPT),
        ("对此,日本表示全力支持美国的军事部署计划。", Difference.WIDTH),
        ("对此日本表示全力支持美国的军事部署计划。", Difference.PUNCTUATION),
        ("对此，日本表示“全力支持”美国的军事部署计划。", Difference.QUOTATION_MARKS),
        ("对此，日本表示全力支持[12]美国的军事部署计划。", Difference.REFERENCE_NUMBERS),
        ("对此，日本表示全力支持 美国的军事部署计划。", Difference.BLANKS),
    ],
)
def test_what_is_only_written_otherwise_is_verbatim_and_said_to_be_so(
    seed_searcher: Searcher, quoted: str, difference: Difference
) -> None:
    verdict = check_quotation(seed_searcher, quoted)
    assert verdict.mark is Mark.VERBATIM
    assert verdict.places[0].differences == (difference,)
    assert verdict.places[0].text == SENTENCE


@pytest.mark.parametrize(
    ("quoted", "expected"),
    [
        ("对此，日本表示大力支持美国的军事部署计划。", [(Change.REPLACED, "大", "全")]),
        ("对此，日本表示全力支持美国军事部署计划。", [(Change.DROPPED, "", "的")]),
        ("对此，日本政府表示全力支持美国的军事部署计划。", [(Change.ADDED, "政府", "")]),
        ("对此，日本表示全力支持美国的军事部署计划了", [(Change.ADDED, "了", "")]),
        ("因此，日本表示全力支持美国的军事部署计划", [(Change.REPLACED, "因", "对")]),
    ],
)
def test_what_is_altered_is_shown_beside_the_source(
    seed_searcher: Searcher, quoted: str, expected: list[tuple[Change, str, str]]
) -> None:
    verdict = check_quotation(seed_searcher, quoted)
    assert verdict.mark is Mark.ALTERED
    assert edits(verdict) == expected
    assert verdict.places[0].address == f"{SEED}#s1.2p1"


def test_what_stands_nowhere_is_not_found(seed_searcher: Searcher) -> None:
    assert check_quotation(seed_searcher, "春眠不觉晓，处处闻啼鸟。").mark is Mark.MISSING
    assert check_quotation(seed_searcher, "").mark is Mark.MISSING
    assert check_quotation(seed_searcher, "，。！？……").mark is Mark.MISSING


def test_pieces_joined_are_both_texts_as_they_stand(seed_searcher: Searcher) -> None:
    quoted = "“对此日本……全力支持[了]美国之军事部署計劃！”"
    verdict = check_quotation(seed_searcher, quoted)
    place = verdict.places[0]
    assert "".join(piece.quoted for piece in place.pieces) == quoted
    assert "".join(piece.source for piece in place.pieces) == place.text
