"""Quotations of the seed, as they are and changed in known ways, and what is said of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from corpus_search.article import Paragraph
from corpus_search.check import Change, Difference, Mark, Verdict, check_quotation
from corpus_search.check.align import fewest_edits, window
from corpus_search.check.writing import core, core_text
from corpus_search.corpus import Corpus
from corpus_search.search import Searcher
from tests.conftest import SEED as SEED_FILE
from tests.conftest import MakeCorpus

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


def test_what_is_left_out_is_lawful_where_it_is_said_and_each_part_stands_in_order(seed_searcher: Searcher) -> None:
    for quoted in (
        "对此，日本……美国的军事部署计划。",
        "对此……全力支持（……）军事部署计划",
        "对此，[日方]表示全力支持[……]的军事部署",
    ):
        verdict = check_quotation(seed_searcher, quoted)
        assert verdict.mark is Mark.VERBATIM, quoted
        assert [piece.quoted for piece in verdict.places[0].pieces if piece.change is Change.CUT]


def test_every_engine_says_the_same(seed_searcher: Searcher, tmp_path: Path) -> None:
    pytest.importorskip("tantivy")
    corpus = Corpus(SEED_FILE.parent, tmp_path / "index", engine="tantivy")
    corpus.update()
    for quoted in (
        SENTENCE,
        "对此，日本表示大力支持美国军事部署计划",
        "对此，日本……军事部署计划",
        "春眠不觉晓，处处闻啼鸟",
    ):
        told = [check_quotation(one, quoted).record() for one in (seed_searcher, corpus.searcher())]
        assert told[0] == told[1]


def test_parts_that_stand_but_not_in_order_in_one_passage_are_said_to(seed_searcher: Searcher) -> None:
    verdict = check_quotation(seed_searcher, "全力支持美国的军事部署计划……通过磋商，日本与北约明确表示")
    assert verdict.mark is Mark.ALTERED
    assert verdict.apart == (f"{SEED}#s1.2p1", f"{SEED}#fn15")


def test_an_altered_part_is_laid_beside_its_source(seed_searcher: Searcher) -> None:
    verdict = check_quotation(seed_searcher, "对此，日本表示……美国的经济部署计划")
    assert verdict.mark is Mark.ALTERED
    assert edits(verdict) == [(Change.REPLACED, "经济", "军事")]


def test_a_quotation_across_a_page_stands_on_the_page_it_begins_on(seed_searcher: Searcher) -> None:
    article = seed_searcher.article(SEED)
    crossing = next(one for one in article.paragraphs() if one.page_breaks)
    at = crossing.page_breaks[0].offset
    quoted = crossing.text[at - 12 : at + 12]
    place = check_quotation(seed_searcher, quoted).places[0]
    assert (place.address, place.page, place.text) == (crossing.address, crossing.page, quoted)


def test_all_places_of_a_quotation_are_counted_and_the_best_named(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({f"{n:02}.txt": f"第{n}篇文章。\n\n它说同一句话：天下大势分久必合。\n" for n in range(15)})
    corpus.update()
    verdict = check_quotation(corpus.searcher(), "天下大势分久必合")
    assert (verdict.total, len(verdict.places)) == (15, 10)
    assert [place.doc_id for place in verdict.places] == sorted(place.doc_id for place in verdict.places)


def test_a_number_cut_in_two_is_said_to_be(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "题目\n\n那是2013年的事情，谁都记得。\n"})
    corpus.update()
    verdict = check_quotation(corpus.searcher(), "13年的事情，谁都记得")
    assert (verdict.mark, verdict.places[0].differences) == (Mark.VERBATIM, (Difference.EDGE,))


# --- properties ----------------------------------------------------------------------------------------------

LONG = "".join(
    f"这是第{n}句话，它说的是{'甲乙丙丁戊己庚辛壬癸'[n % 10]}和{'子丑寅卯辰巳午未申酉戌亥'[n % 12]}的事情。"
    for n in range(400)
)


@cache
def _library() -> tuple[Searcher, tuple[Paragraph, ...]]:
    """Return the seed and an article of one very long paragraph, indexed, and their paragraphs."""
    folder = Path(mkdtemp())
    (folder / "corpus").mkdir()
    (folder / "corpus" / SEED_FILE.name).write_bytes(SEED_FILE.read_bytes())
    (folder / "corpus" / "long.md").write_text(f"# 题\n\n## 一\n\n短的一段。\n\n{LONG}\n", "utf-8")
    corpus = Corpus(folder / "corpus", folder / "index")
    corpus.update()
    searcher = corpus.searcher()
    found = (one for doc_id in searcher.documents() for one in searcher.article(doc_id).paragraphs())
    return searcher, tuple(one for one in found if len(core_text(one.text)) >= 12)


@st.composite
def _quotations(draw: st.DrawFn) -> tuple[Paragraph, int, int]:
    paragraph = draw(st.sampled_from(_library()[1]))
    start = draw(st.integers(0, len(paragraph.text) - 6))
    return paragraph, start, draw(st.integers(start + 6, min(start + 120, len(paragraph.text))))


def _long(start: int, end: int) -> tuple[Paragraph, int, int]:
    return next(one for one in _library()[1] if one.text == LONG), start, end


@settings(max_examples=120)
@given(_quotations())
@example(_long(900, 1100))
@example(_long(0, len(LONG)))
def test_whatever_stands_in_a_paragraph_is_verbatim_there(drawn: tuple[Paragraph, int, int]) -> None:
    paragraph, start, end = drawn
    quoted = paragraph.text[start:end].strip()
    assume(len(core_text(quoted)) >= 6)
    verdict = check_quotation(_library()[0], quoted)
    assert verdict.mark is Mark.VERBATIM
    if verdict.total <= len(verdict.places):
        assert any(place.address == paragraph.address and place.text == quoted for place in verdict.places)


def test_every_place_where_a_long_paragraph_was_cut_can_be_quoted() -> None:
    for start in range(0, len(LONG) - 40, 25):
        quoted = LONG[start : start + 40]
        verdict = check_quotation(_library()[0], quoted)
        assert [place.text for place in verdict.places] == [quoted], start
        assert LONG[slice(*verdict.places[0].span)] == quoted


@settings(max_examples=120)
@given(_quotations(), st.data())
def test_one_character_changed_is_altered_with_exactly_this_edit(
    drawn: tuple[Paragraph, int, int], data: st.DataObject
) -> None:
    paragraph, start, end = drawn
    quoted = paragraph.text[start:end].strip()
    letters = core(quoted)
    assume(len(letters) >= 6)
    at = data.draw(st.sampled_from([i for i in range(len(letters)) if letters.ends[i] - letters.starts[i] == 1]))
    place = letters.starts[at]
    changed = f"{quoted[:place]}𠮷{quoted[place + 1 :]}"
    verdict = check_quotation(_library()[0], changed)
    assert verdict.mark is Mark.ALTERED
    assert verdict.places[0].edits == 1
    ((change, there, source),) = edits(verdict)
    assert there == "𠮷"
    # Something else may be as near; and at an end nothing may stand in its place, so that it was put in.
    if verdict.places[0].text == quoted and at not in (0, len(letters) - 1):
        assert (change, source) == (Change.REPLACED, quoted[place])


@settings(max_examples=300)
@given(st.text("甲乙丙", min_size=1, max_size=8), st.text("甲乙丙", max_size=20))
def test_a_window_has_the_fewest_edits_of_all(pattern: str, text: str) -> None:
    from rapidfuzz.distance import Levenshtein

    every = [text[a:b] for a in range(len(text) + 1) for b in range(a, len(text) + 1)]
    best = min(Levenshtein.distance(pattern, one) for one in every)
    found = window(pattern, text)
    assert found.edits == best == Levenshtein.distance(pattern, text[found.start : found.end])
    assert fewest_edits([pattern], text) == best


@settings(max_examples=200)
@given(st.text("甲乙ａA１ ，。“”「」[12]ﬁ㈠é", max_size=30))
def test_a_core_is_the_same_with_its_map_and_without(text: str) -> None:
    found = core(text)
    assert found.text == core_text(text)
    assert all(0 <= a < b <= len(text) for a, b in zip(found.starts, found.ends, strict=True))
