"""Lines on a terminal: wide characters measured, Chinese broken as it is set."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.text import Text

from corpus_search import styled
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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "日美同盟 and more",
        "a\tb",
        "日\t本\ta",
        "first\nsecond\n",
        "bell\x07 and\x0c feed\r",
        "[bold]no markup[/] :smile:",
        "长" * 200,
    ],
)
def test_where_there_is_no_terminal_a_line_is_written_as_rich_writes_it(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    paper, console = styled.console(), styled.console(plain=False)
    assert isinstance(paper, styled.Paper)
    assert not isinstance(console, styled.Paper)
    paper.print(styled.Text(text, "bold"))
    ours = capsys.readouterr().out
    console.print(Text(text, "bold"))
    assert ours == capsys.readouterr().out


def test_a_text_becomes_rich_s_with_all_its_styles() -> None:
    ours = styled.Text("1. ", "bold") + styled.Text("同盟", "dim").append(" (2023)", "not bold")
    theirs = Text("1. ", "bold") + Text("同盟", "dim").append(" (2023)", "not bold")
    ours.stylize("red", 1, 4)
    theirs.stylize("red", 1, 4)
    assert ours.rich() == theirs
    assert ours.rich().style == theirs.style
    assert len(ours) == len(theirs)


def test_whoever_forces_colours_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not isinstance(styled.console(), styled.Paper)
