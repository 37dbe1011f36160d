"""Texts that are folded together are folded as each is alone."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from corpus_search.analysis import fold, length
from corpus_search.folding import FoldedText, folded_together

_ODD = " \n\t\u3000\x1c\x01\0_a1AÉ戰战，。「\u3099\u0301㈠²ﬁ½〇々アｶﾞ\u200b\ufe0f\ud800𠀀\ufa6e"
"""Blanks, marks, what has a script, what becomes nothing or several characters, and what stays."""


def one_by_one(text: str) -> FoldedText:
    folded = fold(text).text
    return FoldedText(folded, fold(text, scripts=False).text, length(folded))


@given(st.lists(st.text(st.sampled_from(_ODD), max_size=8) | st.text(max_size=8), max_size=5))
@example([])
@example(["", ""])
@example(["", "a", ""])
@example(["a ", " b", "\u0301c"])
@example(["a\x01b", "战略"])
@example(["a\0b", "战略"])
@example(["戰略", "战略", " 卢 昊 ", "A  b\t\nc"])
def test_texts_are_folded_together_as_each_is_alone(texts: list[str]) -> None:
    assert folded_together(texts) == [one_by_one(text) for text in texts]


def test_a_text_that_needs_a_closer_look_leaves_the_others_alone() -> None:
    found = folded_together(["Ａ，战略", "戰略", "ﬁ", "结 束。"])
    assert [text for text, _, _ in found] == ["a,战略", "战略", "fi", "结束。"]
    assert [plain for _, plain, _ in found] == ["a,战略", "戰略", "fi", "结束。"]
    assert [number for _, _, number in found] == [3, 2, 2, 2]


def test_the_folding_of_a_seed_is_the_same(seed_text: str) -> None:
    texts = seed_text.split("\n")
    assert folded_together(texts) == [one_by_one(text) for text in texts]
