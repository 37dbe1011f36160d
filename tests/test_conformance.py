"""What every engine must answer: documents and searches as data, run through the public API.

``conformance/queries.json`` lists the searches, ``conformance/answers.txt`` what each finds: addresses in order with
kind, page, label, the matches as they stand in the text, and what a passage rests on where that was asked for; or the error and its place. ``make golden`` writes the
answers anew; review the diff as prose.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus_search.article import split_address
from corpus_search.corpus import Corpus
from corpus_search.engines import ENGINES
from corpus_search.errors import QueryError
from corpus_search.results import Group
from corpus_search.search import Searcher

HERE = Path(__file__).parent / "conformance"
Asked = str | dict[str, str]
QUERIES: list[Asked] = json.loads((HERE / "queries.json").read_text("utf-8"))


def _answer(searcher: Searcher, asked: Asked) -> str:
    query, group = (asked, "") if isinstance(asked, str) else (asked["query"], asked["group"])
    lines = [f"# {json.dumps(asked, ensure_ascii=False)}"]
    try:
        results = searcher.search(query, limit=50, group=Group(group))
    except QueryError as error:
        return f"{lines[0]}\n! {error.start}-{error.end} {error}\n"
    if results.suggestion:
        lines.append(f"~ {results.suggestion}")
    for hit in (one for best in results.hits for one in (best, *best.others)):
        if group and hit.passages:
            lines.append(f"= {hit.chunk.doc_id} {hit.passages}")
        page = "" if hit.page is None else f" p.{hit.page}"
        matched = " ".join(hit.chunk.text[a:b].replace("\n", "␊") for a, b in hit.spans)
        doc, fragment = split_address(hit.address)
        rests_on = "".join(
            f" ← {split_address(one.address)[1]} [{' '.join(one.text[a:b] for a, b in one.spans)}]"
            for one in hit.support
        )
        lines.append(f"{doc}#{fragment}{page} {hit.match} [{matched}]{rests_on}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_answers_as_reviewed(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    corpus = Corpus(HERE / "documents", tmp_path / "index", engine=engine)
    corpus.update()
    searcher = corpus.searcher()
    answers = "\n".join(_answer(searcher, query) for query in QUERIES)
    path = HERE / "answers.txt"
    if request.config.getoption("--rewrite-golden"):
        path.write_text(answers, "utf-8")
    assert answers == path.read_text("utf-8")


def test_the_suite_is_wide_enough() -> None:
    assert len(QUERIES) == len(set(map(str, QUERIES))) >= 150
