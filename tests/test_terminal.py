"""Lines on a terminal: wide characters measured, Chinese broken as it is set."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.text import Text

from corpus_search.errors import QueryError
from corpus_search.terminal import caret, wrapped


def _lines(text: str, columns: int) -> list[str]:
    return [line.plain for line in wrapped(Text(text), columns)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("日美同盟的历史", ["日美同盟的", "历史"]),
        ("日美同盟历史，其", ["日美同盟历", "史，其"]),
        ("日美同盟“历史”", ["日美同盟", "“历史”"]),
        ("an alliance of two", ["an", "alliance", "of two"]),
        ("on: 日美同盟的历史", ["on: 日美同", "盟的历史"]),
        ("abcdefghijklmno", ["abcdefghij", "klmno"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("", [""]),
    ],
)
def test_lines_are_full_and_break_where_they_may(text: str, lines: list[str]) -> None:
    assert _lines(text, 10) == lines
    assert all(cell_len(line) <= 10 for line in lines)


def test_a_match_keeps_its_colour_across_a_break() -> None:
    text = Text("日美同盟的历史")
    text.stylize("bold red", 4, 7)
    first, second = wrapped(text, 10)
    assert [(s.start, s.end) for s in first.spans] == [(4, 5)]
    assert [(s.start, s.end) for s in second.spans] == [(0, 2)]


def test_a_caret_stands_under_its_place() -> None:
    error = QueryError("no {what}", "日美 同盟（", 5, 6, what="bracket")
    assert caret(error).splitlines() == ["no bracket", "  日美 同盟（", "           ^^"]
