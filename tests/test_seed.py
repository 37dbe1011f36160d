"""The seed comes out as its authors wrote it: what the printed article holds, counted by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from corpus_search.article import Article, Kind, Note
from tests.conftest import SEED, squeezed, texts_with_sources, uncovered


def test_the_seed_is_the_file_that_was_given() -> None:
    assert SEED.name == "000_c7225275e9add5be.txt"
    assert len(SEED.read_bytes()) == 46_929


def test_front_matter_is_read_as_printed(seed: Article) -> None:
    meta = seed.metadata
    assert meta.title == "乌克兰危机下的日美同盟形势与战略影响"
    assert [(a.name, a.affiliation) for a in meta.authors] == [
        ("卢昊", "中国社会科学院日本研究所副研究员、综合战略研究室主任（北京 邮编：100007）"),
        ("赵家敏", "中国社会科学院大学日本研究系硕士研究生（北京 邮编：100007）"),
    ]
    assert meta.keywords == ("日美关系", "同盟", "乌克兰危机", "日本", "中日关系")
    assert meta.funding == ("中国社会科学院智库基础研究课题“日本地缘战略研究：以‘自由开放的印太’为中心”",)
    assert meta.clc == ("D831.3", "D871.2")
    assert meta.doi == "10.19498/j.cnki.dbyxk.2023.05.002"
    assert meta.article_number == "2095-3453（2023）05-0013-17"
    assert (meta.year, meta.issue) == (2023, "05")


def test_the_abstract_has_its_whole_extent(seed: Article) -> None:
    abstract = seed.part("abstract")
    assert abstract is not None
    assert abstract.label == "内容提要："
    assert abstract.text.startswith("乌克兰危机背景下，拜登政府")
    assert abstract.text.endswith("对中日美关系影响权重上升。")


def test_the_headings_make_a_tree_of_4_and_11(seed: Article) -> None:
    outline = [(s.address.partition("#")[2], s.level, s.heading[:4]) for _, s in seed.walk()]
    assert outline == [
        ("s0", 0, ""),
        ("s1", 1, "一、乌克"), ("s1.1", 2, "（一）以"), ("s1.2", 2, "（二）以"), ("s1.3", 2, "(三) "), ("s1.4", 2, "（四）以"),
        ("s2", 1, "二、乌克"), ("s2.1", 2, "（一）乌"), ("s2.2", 2, "(二) "), ("s2.3", 2, "（三）乌"), ("s2.4", 2, "（四）乌"),
        ("s3", 1, "三、日美"), ("s3.1", 2, "（一）日"), ("s3.2", 2, "（二）日"), ("s3.3", 2, "（三）日"),
        ("s4", 1, "四、结语"),
    ]  # fmt: skip


def test_29_paragraphs_of_which_15_run_across_a_page(seed: Article) -> None:
    paragraphs = list(seed.paragraphs())
    assert len(paragraphs) == 29
    assert sum(len(p.page_breaks) for p in paragraphs) == 15
    assert all(len(p.page_breaks) <= 1 for p in paragraphs)
    # Each begins and ends as a sentence does: none is cut, and none swallowed another.
    assert all(p.text[-1] in "。”" for p in paragraphs)
    joined = {
        p.address.partition("#")[2]: p.text[p.page_breaks[0].offset - 3 :][:6] for p in paragraphs if p.page_breaks
    }
    assert joined == {
        "s0p1": "22年出台的", "s1.1p1": "提供包括“非", "s1.1p2": "洲安全“普遍", "s1.2p2": "部权限及与自", "s1.3p1": "EF的成员国",
        "s1.4p1": "安全与繁荣“", "s2p2": "战略性挑战”", "s2.1p2": "的情况下,为", "s2.2p2": "需要继续依托", "s2.3p2": "第一，在地缘",
        "s2.4p2": "取外部支持，", "s3.1p1": "华关系稳定，", "s3.2p1": "作持续推动同", "s3.3p1": "略的规划与实", "s3.3p2": "进一步加剧日",
    }  # fmt: skip


def test_37_notes_each_on_the_sentence_of_its_marker(seed: Article, seed_text: str) -> None:
    assert len(seed.notes) == 37
    assert Counter(note.label for note in seed.notes) == {"①": 12, "②": 11, "③": 7, "④": 5, "⑤": 2}
    paragraphs = {p.address: p for p in seed.paragraphs()}
    for note in seed.notes:
        assert note.anchor is not None
        paragraph = paragraphs[note.anchor.address]
        marker = next(m for m in paragraph.markers if m.note == note.address)
        assert seed_text[marker.source.start : marker.source.end] == f"^{note.label}"
        assert note.anchor.offset == marker.offset
        assert note.anchor.sentence in paragraph.text
        # The sentence holds the character before the marker, or ends there.
        assert paragraph.text[: marker.offset].endswith(note.anchor.sentence) or paragraph.text.find(
            note.anchor.sentence
        ) < marker.offset <= paragraph.text.find(note.anchor.sentence) + len(note.anchor.sentence)


@pytest.mark.parametrize(
    ("number", "starts", "sentence_ends"),
    [
        (1, "「ウクライナへ継続的に1兆円支援", "总额达76亿美元的援助。"),
        (8, "日本新版《国家安全保障战略》提出的“反击能力”", "海陆空作战体系。"),
        (15, "2022年4—5月，日本外相林芳正", "防务合作显著加强。"),
        (32, "根据笔者2023年2月对日本学习院大学教授", "对于日本的价值似乎更大。"),
        (37, "根据笔者2023年3月对日本东京大学副教授", "仍有较大疑问。"),
    ],
)
def test_notes_are_tied_to_the_right_sentence(seed: Article, number: int, starts: str, sentence_ends: str) -> None:
    note = _note(seed, number)
    assert note.text.startswith(starts)
    assert note.anchor is not None
    assert note.anchor.sentence.endswith(sentence_ends)


def _note(article: Article, number: int) -> Note:
    return next(note for note in article.notes if note.address.endswith(f"#fn{number}"))


def test_the_same_as_above_resolves_to_the_note_before(seed: Article) -> None:
    assert [n.address.partition("#")[2] for n in seed.notes if n.resolves_to] == ["fn7"]
    assert _note(seed, 7).text == "同上。"
    assert _note(seed, 7).resolves_to == _note(seed, 6).address


def test_pages_run_from_13_to_29(seed: Article) -> None:
    assert seed.metadata.pages == (13, 29)
    pages = [p.page for p in seed.paragraphs()]
    assert None not in pages
    assert pages == sorted(pages, key=lambda page: page or 0)
    ends = {p.page_at(len(p.text) - 1) for p in seed.paragraphs()}
    assert set(pages) | ends == set(range(13, 30))
    assert [s.page for _, s in seed.walk() if s.level == 1] == [14, 20, 25, 29]


def test_notes_stand_on_the_page_of_their_marker(seed: Article) -> None:
    assert [n.page for n in seed.notes] == (
        [15] * 4 + [16] * 3 + [17] * 2 + [19] * 4 + [20] * 2 + [21] * 5 + [22] * 3 + [23] * 5 + [24] * 4 + [25] * 2 + [26] + [28] * 2
    )  # fmt: skip


def test_only_its_own_english_abstract_is_the_articles(seed: Article) -> None:
    abstract, keywords = seed.part("abstract-en"), seed.part("keywords-en")
    assert abstract is not None
    assert keywords is not None
    assert abstract.text.startswith("In the context of the Russia–Ukraine conflict")
    assert keywords.text.startswith("Japan–U.S. relations; alliance")
    assert seed.metadata.keywords_en == (
        "Japan–U.S. relations", "alliance", "the Ukraine Crisis", "Japan", "Sino–Japan relations",
    )  # fmt: skip
    assert seed.metadata.authors_en == ("LU Hao", "ZHAO Jiamin")
    back = " ".join(part.text for part in seed.back)
    for foreign in ("Quasi-Trilateral", "XIANG Haoyu", "Camp David", "coalition politics", "责任编辑"):
        assert foreign in back
    own = " ".join(part.text for part in (*seed.front, *seed.matter))
    assert "Camp David" not in own
    assert {part.kind for part in seed.back} == {Kind.BACK}


def test_nothing_is_lost_or_counted_twice(seed: Article, seed_text: str) -> None:
    assert uncovered(seed_text, seed) == []
    for text, spans in texts_with_sources(seed):
        assert squeezed(text) == squeezed("".join(seed_text[a:b] for a, b in spans))


def test_the_parser_is_sure_of_the_seed(seed: Article) -> None:
    assert seed.problems == ()
