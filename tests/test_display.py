"""What is shown is the author's text, safely, and in its languages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from corpus_search.article import Span
from corpus_search.display import language, markup, visible


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("日本与北约围绕亚太的战略协调", "zh"),
        ("認知作戰：台灣資訊戰場", "zh"),
        ("日语称「インド太平洋」，是战略构想。", "zh"),
        ("辰巳由紀「さらに深化し拡大する日米同盟」", "ja"),
        ("安全保障協議委員会共同発表（仮訳）", "ja"),
        ("日米同盟", "zh"),  # Nothing in it tells.
        ("The alliance of 2023", "en"),
        ("", "en"),
    ],
)
def test_what_only_one_language_writes_tells_it(text: str, tag: str) -> None:
    assert language(text) == tag


def test_runs_in_another_language_are_tagged() -> None:
    text = "参见 Rozman, The Impact. 日语称「インド太平洋」战略，協議会の発表说法，第3页。"
    assert re.findall(r'<span lang="(\w+)">(.*?)</span>', markup(text)) == [
        ("en", "Rozman, The Impact."),
        ("ja", "インド太平洋"),
        ("ja", "協議会の発表"),
    ]


def test_marks_and_what_is_inserted_stand_within_runs() -> None:
    made = markup("称 The Impact of it 者", [Span(4, 10)], [(7, Markup("<sup>1</sup>"))], number=3)
    assert re.sub("<[^>]+>", "", made) == "称 The I1mpact of it 者"
    assert re.findall(r"<mark[^>]*>", made) == [
        '<mark id="m3">',
        "<mark>",
    ]
    assert (
        "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", made)).replace('<span lang="en">', "").replace("</span>", "")
        == "e Impa"
    )


@given(st.text(max_size=80), st.lists(st.integers(0, 80), max_size=8))
def test_nothing_is_lost_and_nothing_added(text: str, cuts: list[int]) -> None:
    edges = sorted({min(cut, len(text)) for cut in cuts})
    spans = [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False) if a < b]
    made = markup(text, spans, number=1)
    assert Markup(re.sub(r"</?(?:mark|span)[^>]*>", "", made)).unescape() == visible(text)
    ids = re.findall(r'<mark id="m(\d+)">', made)
    assert ids == [str(n) for n in range(1, len(spans) + 1)]
