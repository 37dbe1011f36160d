"""What holds for any text: parsing never fails, nothing is lost, and spans slice back to what they name."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from corpus_search.analysis import Analyzer, _fold_by_character, fold, folded_text, grams, run_grams
from corpus_search.article import Span
from corpus_search.chunk import LIMIT, PARAGRAPH_LIMIT, chunk_from, chunk_record, chunks
from corpus_search.display import markup, visible
from corpus_search.errors import QueryError
from corpus_search.highlight import match, snippet
from corpus_search.parse import parse
from corpus_search.query import parse as parse_query
from corpus_search.records import article_from, article_record, renamed
from corpus_search.sentences import sentence_before, sentences
from tests.conftest import SEED, SHARED, squeezed, texts_with_sources, uncovered

slow = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ANALYZER = Analyzer()

# Pieces that the rules look at, strung together at random: more likely to meet a rule than random characters.
PIECES = st.sampled_from(
    [
        "一、引言", "（一）", "(三)", "第一章", "第一节", "1.", "1.1", "(1)", "①", "^①", "②", "^②", "[1]", "[2]", "〔1〕", "［1］",
        "¹", "²", "^1", "<sup>1</sup>", "[^a]", "[^a]:", "#", "##", "**", "*", "* 本文系", "目录", "摘要：", "内容提要：",
        "关键词：", "Abstract:", "Keywords:", "作者简介：", "基金项目：", "中图分类号：", "DOI：",
        "文章编号：1000-1234（2020）01-0013-02", "（责任编辑：王）", "Abstracts", "注释", "参考文献", "同上。", "同注①", "· 14 ·",
        "· 15 ·", "· 16 ·", "第15页", "《史记》", "https://a.b/c", "日本学刊", "2022年第1期", "战略", "能动", "。", "，", "；", "：",
        "？", "“", "”", "卢 昊", "赵家敏", "LU Hao and ZHAO Jiamin / 13", "The Impact", "图1", "表2", "<table>", "|", "-",
        "——以", "𠮷", "〇", "々", "㈠", "ﬁ", "\u200b", "\u0301", "\0", "\x1b", "\ufeff", "\u202e", " ", "\u3000", "\n", "\n\n",
        "\r\n", "\f", "\u2028", "\x85", "\n　　", "这是一段没有结尾的正文，它到这里就被分页切断了，因此没有句号而要接到下一页去",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join))


def _articles() -> list[str]:
    folder = SHARED / "articles"
    return [str(path) for path in sorted(folder.glob("*.md"))] if folder.is_dir() else []


def _holds(text: str) -> None:
    article = parse(text, doc_id="文/a#b")
    assert uncovered(text, article) == []
    for one, spans in texts_with_sources(article):
        assert squeezed(one) == squeezed("".join(text[a:b] for a, b in spans))
    for paragraph in article.paragraphs():
        assert all(0 <= marker.offset <= len(paragraph.text) for marker in paragraph.markers)
    for note in article.notes:
        if note.anchor:
            assert note.anchor.sentence
    assert article_from(article_record(article)) == article
    assert renamed(renamed(article, doc_id="x", path="p"), doc_id=article.doc_id, path=article.path) == article  # type: ignore[arg-type]
    for chunk in chunks(article):
        assert chunk_from(chunk_record(chunk)) == chunk
        assert chunk.text


@slow
@given(TEXTS)
@example("作者\r0")  # A label whose value is on the next line, with no character between them that is left out.
def test_any_text_is_taken_apart_without_loss(text: str) -> None:
    _holds(text)


def test_the_seed_is_taken_apart_without_loss() -> None:
    _holds(SEED.read_text("utf-8"))


@pytest.mark.skipif(not _articles(), reason="the folder of real articles is not beside this project")
@pytest.mark.parametrize("path", _articles(), ids=lambda path: path.rpartition("/")[2])
def test_real_articles_are_taken_apart_without_loss(path: str) -> None:
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123
        _holds(file.read())


@slow
@given(st.text(max_size=80))
def test_folding_maps_every_character_back(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    for i in range(len(folded.text)):
        assert 0 <= folded.starts[i] < folded.ends[i] <= len(text)
    assert list(folded.starts) == sorted(folded.starts)
    assert fold(folded.text).text == folded.text


@slow
@given(st.text(min_size=1, max_size=60), st.data())
def test_a_run_that_stands_in_a_text_is_found_by_its_grams(text: str, data: st.DataObject) -> None:
    folded = fold(text).text
    if not folded:
        return
    start = data.draw(st.integers(0, len(folded) - 1))
    run = folded[start : data.draw(st.integers(start + 1, len(folded)))]
    assert set(run_grams(run)) <= grams(folded).keys()


@slow
@given(TEXTS, st.text(min_size=1, max_size=8))
def test_spans_and_snippets_hold_what_matched(text: str, asked: str) -> None:
    quoted = re.sub(r'[“”「」『』"]', "", text)[:5]
    for query in (asked, f'"{quoted}"'):
        try:
            found = match(text, parse_query(query, ANALYZER), ANALYZER)
        except QueryError:
            continue
        assert all(0 <= a < b <= len(text) for a, b in found.spans)
        assert all(one.end < two.start for one, two in zip(found.spans, found.spans[1:], strict=False))
        cut = snippet(text, found.spans)
        assert cut.text == text[cut.start : cut.end]
        if found.spans:
            assert cut.spans
        for span in cut.spans:
            assert 0 <= span.start < span.end <= len(cut.text)


@slow
@given(TEXTS, st.data())
def test_markup_shows_the_text_and_nothing_else(text: str, data: st.DataObject) -> None:
    cuts = sorted(set(data.draw(st.lists(st.integers(0, len(text)), max_size=6))))
    spans = [Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    tagged = str(markup(text, spans))
    made = re.sub(r'<span lang="(?:en|ja)">|</span>', "", tagged)
    assert html.unescape(re.sub(r"</?mark>", "", made)).replace("\r\n", "\n") == visible(text).replace("\r\n", "\n")
    marked = [html.unescape(m) for m in re.findall(r"<mark>(.*?)</mark>", made, re.DOTALL)]
    assert "".join(marked) == "".join(visible(text)[a:b] for a, b in spans)
    assert not re.search(r"<(?!/?mark>)", made)


@slow
@given(TEXTS, st.integers(0, 300))
def test_sentences_cover_a_text(text: str, offset: int) -> None:
    assert "".join(text[a:b] for a, b in sentences(text)) == text
    assert sentence_before(text, min(offset, len(text))) in text


def test_a_section_is_split_between_paragraphs_only(seed_text: str) -> None:
    article = parse(seed_text, doc_id="D")
    for chunk in chunks(article):
        assert len(chunk.text) <= LIMIT or len(chunk.passages) == 1
        for passage in chunk.passages:
            assert passage.offset == 0
            assert chunk.text[passage.start : passage.end]


def test_only_a_very_long_paragraph_is_split_and_at_sentences() -> None:
    sentence = "这一句话有十二个字左右吧。"
    article = parse(sentence * (2 * PARAGRAPH_LIMIT // len(sentence)), doc_id="D")
    made = chunks(article)
    assert len(made) > 1
    assert all(chunk.text.endswith("。") for chunk in made)
    assert "".join(chunk.text for chunk in made) == next(article.paragraphs()).text


WRITTEN = st.text(
    st.sampled_from("戰略同〇々ガが ａＢ1 \t\n\r\u3000\u200b\u0301\ufe0f´㈠ﬁ½“」,.\ud800"), max_size=60
) | st.text(max_size=60)


@given(WRITTEN)
def test_folding_without_the_map_is_folding(text: str) -> None:
    assert folded_text(text) == fold(text).text
    assert folded_text(text, scripts=False) == fold(text, scripts=False).text


@given(WRITTEN, st.booleans())
def test_folding_all_at_once_is_folding_character_by_character(text: str, scripts: bool) -> None:
    at_once, one_by_one = fold(text, scripts=scripts), _fold_by_character(text, scripts=scripts)
    assert at_once.text == one_by_one.text
    assert list(at_once.starts) == one_by_one.starts
    assert list(at_once.ends) == one_by_one.ends
