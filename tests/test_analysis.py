"""Folding makes one writing of many and maps back; segmentation knows the corpus's words."""

from __future__ import annotations

import re
import threading
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opencc import OpenCC

from corpus_search.analysis import (
    _HAN_RUN,
    Analyzer,
    ChineseSegmenter,
    Place,
    fingerprint,
    fold,
    folded_text,
    has_script,
    stem,
    teachable,
)
from corpus_search.article import Span


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("戰略", "战略"), ("戦略", "战略"), ("國際", "国际"), ("国際", "国际"), ("反撃", "反击"), ("反擊", "反击"),
        ("経済安全保障", "经济安全保障"), ("研究概念", "研究概念"), ("芸", "芸"), ("藝術", "艺术"), ("ＷＴＯ", "wto"), ("㈠", "(一)"), ("ﬁn", "fin"), ("ｶﾞ", "ガ"), ("か\u3099", "が"),
        ("e\u0301", "é"), ("卢 昊", "卢昊"), ("卢　昊", "卢昊"), ("Japan  US", "japan us"), ("在 IPEF 中", "在ipef中"),
        ("“同盟”", '"同盟"'), ("「同盟」", '"同盟"'), ("2022—2023", "2022-2023"), ("U.S.–Japan", "u.s.-japan"),
        ("Ｔｈｅ Ｉｍｐａｃｔ", "the impact"), ("同盟\n困境", "同盟\n困境"), ("战\u200b略", "战略"), ("\u202e战略", "战略"), ("〇々𠮷", "零々𠮷"), ("二〇二三年", "二零二三年"), ("葛\U000e0100", "葛"), ("´", "´"), ("\ud800", "\ufffd"),
    ],
)  # fmt: skip
def test_one_writing_of_many(written: str, folded: str) -> None:
    assert fold(written).text == folded


def test_folded_places_map_to_whole_characters_of_the_original() -> None:
    folded = fold("前ﬁ㈠後")
    assert folded.text == "前fi(一)后"
    assert folded.original(1, 2) == Span(1, 2)
    assert folded.original(4, 5) == Span(2, 3)
    assert folded.original(0, len(folded.text)) == Span(0, 4)


def test_what_simplified_chinese_writes_is_left_alone() -> None:
    common = "".join(chr(c) for c in range(0x4E00, 0x9FA6) if chr(c).encode("gb2312", "ignore"))
    assert len(common) == 6763
    to_simplified = OpenCC("t2s")
    assert fold(common).text == "".join(map(to_simplified.convert, common))
    assert sum(a != b for a, b in zip(fold(common).text, common, strict=True)) < 20


def test_script_runs_are_taken_apart_before_jieba() -> None:
    terms = [term.text for term in Analyzer().terms(fold("ウクライナへの支援とRapidusの2nm技術").text)]
    assert terms == ["ウクライナ", "への", "支援", "と", "rapidus", "の", "2nm", "技术"]


def test_terms_say_where_they_stand() -> None:
    text = fold("日美同盟在乌克兰危机中强化").text
    assert all(text[term.start : term.end] == term.text for term in Analyzer().terms(text))


def test_words_inside_words_are_terms_too() -> None:
    terms = {term.text for term in Analyzer().terms("中华人民共和国宪法")}
    assert {"中华", "人民", "共和国", "宪法", "中华人民共和国宪法"} <= terms


def test_the_corpus_teaches_words() -> None:
    assert [t.text for t in Analyzer().words_of("友岸外包战略")] == ["友岸", "外包", "战略"]
    assert [t.text for t in Analyzer(["友岸外包"]).words_of("友岸外包战略")] == ["友岸外包", "战略"]


def test_a_taught_word_changes_only_texts_that_hold_it() -> None:
    text = fold("日本在主动强化日美同盟的同时,对于能否有效掌控局面、影响中美三边关系走势并非全无顾虑。").text
    plain = [term.text for term in Analyzer().terms(text)]
    assert [term.text for term in Analyzer(["敌基地攻击能力", "友岸外包"]).terms(text)] == plain


def test_many_threads_ask_a_new_analyzer_and_all_get_taught_words() -> None:
    analyzer = Analyzer([*(f"{a}{b}外包" for a in "友邻近远" for b in "岸国地域"), "友岸外包"])
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append([t.text for t in analyzer.words_of("友岸外包战略")]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["友岸外包", "战略"]] * 8


def test_english_words_have_their_stems() -> None:
    assert [t.text for t in Analyzer().terms("alliances allied ai rapidus nato")] == [
        "allianc",
        "alli",
        "ai",
        "rapidus",
        "nato",
    ]


def test_only_han_words_are_taught() -> None:
    assert teachable(["日美關係", "同盟", "日", "IPEF", "Sino–Japan relations"]) == {"日美关系", "同盟"}


def test_the_fingerprint_tells_dictionaries_apart() -> None:
    assert fingerprint(["甲", "乙"]) == fingerprint(["乙", "甲"])
    assert fingerprint(["甲"])["userdict"] != fingerprint([])["userdict"] == "none"


def test_places_are_those_of_the_terms(seed_text: str) -> None:
    analyzer = Analyzer()
    folded = fold("水与火的关系，the Alliances analysed；战略能动、土地。かな 한국 allies" + seed_text).text
    every: dict[str, list[Place]] = {}
    for term in analyzer.terms(folded):
        every.setdefault(term.text, []).append((term.start, term.end))
    for word in ("水", "allianc", "战略", "战略能动", "かな", "한국", "水土", "alliances"):
        assert analyzer.places(folded, [word]) == {word: every.get(word, [])}, word
    assert analyzer.places(folded, every) == every


def test_rjieba_cuts_as_jieba_does_whatever_words_are_added(seed_text: str) -> None:
    pytest.importorskip("rjieba")
    words = {"战略能动", "两洋战略", "巴统", "研究", "安全保障", "社会发展", "㐂的战略"}
    plain, both = ChineseSegmenter(words, fast=False), ChineseSegmenter(words)
    runs = re.findall(_HAN_RUN, fold(seed_text).text)
    runs += ["々", "㐂的战略", "𠮷野家的研究", "零", "一二三", "战略能动性研究", "社会发展的安全保障"]
    both.load()
    assert both._fast is not None
    assert plain._fast is None
    for run in runs:
        assert list(both.cut(run)) == list(plain.cut(run)), run
    (found,) = both.counts_for_search([runs])
    assert found == Counter(word for run in runs for word, _, _ in plain.cut_for_search(run))
    assert [found] == plain.counts_for_search([runs])
    assert found["战略能动"] > 0


@given(st.text("自品名留光长业当水位中国人民法的一可", min_size=1, max_size=14))
@example("自自自自自自自自")
@example("品名品品品品品名留品品品品")
@example("光光长业当当业业业业业业水位")
@example("种民可民可长")
@example("可来民来民来面品以名")
@example("业同同发发同作")
def test_what_can_be_cut_in_two_ways_is_cut_in_one(run: str) -> None:
    pytest.importorskip("rjieba")
    plain, both = _SEGMENTERS
    both.load()
    assert list(both.cut(run)) == list(plain.cut(run))
    assert both.counts_for_search([[run]]) == plain.counts_for_search([[run]])


_SEGMENTERS = ChineseSegmenter(fast=False), ChineseSegmenter()


class _Panic(BaseException):
    """What stands here for what Rust raises where a sum does not go around."""


@pytest.mark.parametrize("refusal", [OverflowError, _Panic])
def test_an_rjieba_whose_sum_does_not_go_around_is_not_used(
    monkeypatch: pytest.MonkeyPatch, refusal: type[BaseException]
) -> None:
    rjieba = pytest.importorskip("rjieba")
    monkeypatch.setattr(_Panic, "__module__", "pyo3_runtime")

    class Checked:
        def add_word(self, word: str, frequency: int, tag: str) -> int:
            if frequency > 2**40:
                raise refusal
            return frequency

    monkeypatch.setattr(rjieba, "Jieba", Checked)
    segmenter = ChineseSegmenter({"战略能动"})
    segmenter.load()
    assert segmenter._fast is None
    assert [word for word, _, _ in segmenter.cut("战略能动")] == ["战略能动"]


def test_an_rjieba_that_cuts_added_words_otherwise_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    rjieba = pytest.importorskip("rjieba")

    class Other:
        def add_word(self, word: str, frequency: int, tag: str) -> int:
            return frequency

        def cut(self, text: str) -> list[str]:
            return list(text)

    monkeypatch.setattr(rjieba, "Jieba", Other)
    segmenter = ChineseSegmenter({"战略能动"})
    segmenter.load()
    assert segmenter._fast is None


@given(st.lists(st.sampled_from("aé战，、 \n\r\t\u3000\u2028ー々.")).map("".join))
def test_blanks_are_folded_alike_with_and_without_a_map(text: str) -> None:
    assert folded_text(text) == fold(text).text


def test_counts_are_those_of_the_terms(seed_text: str) -> None:
    analyzer = Analyzer({"战略能动"})
    folded = fold(seed_text + "\nAlliances of 2023年ＷＴＯ, アメリカの𠮷野家 α1").text
    assert analyzer.counts(folded) == Counter(term.text for term in analyzer.terms(folded))


@given(st.text(alphabet="战戰研略a é\u0301Ａ学學〇,。\n"))
def test_a_text_without_a_script_is_folded_alike_with_and_without(text: str) -> None:
    if not has_script(text):
        assert folded_text(text) == folded_text(text, scripts=False)


def test_stems_are_the_same_with_and_without_the_fast_extra(seed_text: str) -> None:
    pytest.importorskip("Stemmer")
    from snowballstemmer.english_stemmer import EnglishStemmer

    made = ("alliances", "allied", "generously", "skies", "dying", "communism", "aaaaeed", "yyyy", "bbbed", "news")
    plain = EnglishStemmer()
    for word in {*made, *re.findall("[a-z]{4,}", fold(seed_text).text)}:
        assert stem(word) == plain.stemWord(word), word
