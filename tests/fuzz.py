"""Fuzzes the query reader and the highlighter by coverage: ``pip install atheris``, then ``python tests/fuzz.py``.

Takes libFuzzer's options: ``python tests/fuzz.py -max_total_time=600``. What it finds is kept in `tests/test_query.py`.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["corpus_search"]):
    from corpus_search.analysis import Analyzer, fold
    from corpus_search.clues import analyzed
    from corpus_search.errors import QueryError
    from corpus_search.highlight import match, snippet
    from corpus_search.query import parse

ANALYZER = Analyzer()
ALPHABET = (
    '日美同盟戰略能动的法〇々𠮷ガが "“”「」『』()（）+-－*?~～:：/.,。；！\n\t\u200b\u202e\u0301\ufe0f㈠ﬁ½Ⅳ①ＡＢab19'
    "\ud800\x00"
)
WORDS = (
    " AND ", " OR ", " NOT ", " NEAR/10 ", " NEAR/0 ", "title:", "作者：", "note:", "year:", "2020..2023", "kind:note",
    "heading:", "“同盟”", "alliance~", "战*", "?能动", "doc:",
)  # fmt: skip


def one_input(data: bytes) -> None:
    """Read a query, and mark it in a text."""
    provider = atheris.FuzzedDataProvider(data)
    pieces = []
    for _ in range(provider.ConsumeIntInRange(0, 30)):
        if provider.ConsumeBool():
            pieces.append(WORDS[provider.ConsumeIntInRange(0, len(WORDS) - 1)])
        else:
            pieces.append(ALPHABET[provider.ConsumeIntInRange(0, len(ALPHABET) - 1)])
    text = "".join(ALPHABET[provider.ConsumeIntInRange(0, len(ALPHABET) - 1)] for _ in range(40))
    text += provider.ConsumeUnicode(40)
    try:
        query = parse("".join(pieces), ANALYZER, exact_script=provider.ConsumeBool())
    except QueryError as error:
        assert 0 <= error.start <= error.end <= len(error.query) + 1, error  # noqa: PT017
        return
    str(query)
    analyzed(query, ANALYZER)
    found = match(text, query, ANALYZER)
    at = 0
    for span in found.spans:
        assert at <= span.start < span.end <= len(text), found
        assert fold(text[span.start : span.end]).text.strip(), found
        at = span.end
    if found.spans:
        cut = snippet(text, found.spans, 0, len(text))
        assert cut.spans, cut
        assert cut.text == text[cut.start : cut.end], cut


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
