"""What is sent to a cluster, looked at without one.

Queries are made of a few sorts of clauses; a small interpreter says what they find in the documents as they are sent.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from corpus_search.analysis import Analyzer, folded_texts, length
from corpus_search.article import Address, DocId, Kind
from corpus_search.chunk import Chunk, Passage
from corpus_search.cli.cluster import cluster_options, service
from corpus_search.engine import AnalyzedChunk, Service
from corpus_search.engines import open_engine
from corpus_search.engines.opensearch import schema
from corpus_search.engines.opensearch.bulk import _batches
from corpus_search.engines.opensearch.connection import refused
from corpus_search.engines.opensearch.matching import EVERYTHING, NOTHING, Json, Matching, every, standing, without
from corpus_search.engines.opensearch.scoring import GRAIN, article_terms
from corpus_search.engines.opensearch.store import Head, batches, in_pieces
from corpus_search.engines.opensearch.writer import _chunk
from corpus_search.engines.ranking import KIND_WEIGHTS
from corpus_search.errors import CorpusSearchError
from corpus_search.highlight import is_bounded
from corpus_search.query import parse

ANALYZER = Analyzer()
TEXTS = st.text(alphabet="战略同盟的，a1b \n", min_size=1, max_size=40)


def analyzed_text(text: str, kind: Kind = Kind.BODY) -> AnalyzedChunk:
    """Return a chunk with a text, analysed."""
    where = Address("doc#s1p1")
    folded, plain = folded_texts(text)
    chunk = Chunk(DocId("doc"), 0, where, kind, text, (Passage(where, 0, len(text)),))
    return AnalyzedChunk(chunk, folded, plain, "", ANALYZER.counts(folded), {}, {}, length(folded))


def document(text: str) -> Json:
    """Return the document of a chunk with a text."""
    return _chunk(analyzed_text(text))


def finds(query: Json, made: Json) -> bool:
    """Tell whether a query finds a document, as the cluster does it."""
    ((sort, body),) = query.items()
    match sort:
        case "match_all" | "match_none":
            return bool(sort == "match_all")
        case "term" | "terms":
            ((field, wanted),) = body.items()
            there = made.get(field, [])
            held = there.split(" ") if isinstance(there, str) else there if isinstance(there, list) else [there]
            return any(one in held for one in (wanted if sort == "terms" else [wanted]))
        case "match_phrase":
            ((field, phrase),) = body.items()
            held, wanted = made.get(field, "").split(" "), phrase.split(" ")
            return any(
                all(one in (schema.HOLE, other) for one, other in zip(wanted, held[at:], strict=False))
                for at in range(len(held) - len(wanted) + 1)
            )
        case "bool":
            should = body.get("should", [])
            return (
                all(finds(one, made) for one in body.get("filter", []))
                and not any(finds(one, made) for one in body.get("must_not", []))
                and (not should or any(finds(one, made) for one in should))
            )
        case _:
            raise AssertionError(f"the interpreter does not know {sort}")


def folded_of(text: str) -> str:
    folded: str = document(text).get("folded", "")
    return folded


@given(TEXTS, TEXTS, st.integers(0, 39), st.integers(1, 9))
def test_a_run_is_found_where_it_stands_and_nowhere_else(text: str, other: str, start: int, length: int) -> None:
    folded = folded_of(text)
    for run in {folded[start : start + length], folded_of(other)[:length]} - {""}:
        assert finds(standing(run), document(text)) == (run in folded), (run, folded)
        assert finds(standing(run, begins=True, ends=True), document(text)) == is_bounded(run, folded), (run, folded)


def test_the_interpreter_would_notice_a_wrong_phrase() -> None:
    assert not finds({"match_phrase": {"pairs": "战略 同盟"}}, document("战略同盟"))
    assert finds({"match_phrase": {"pairs": "战略 _ 同盟"}}, document("战略同盟"))


@given(TEXTS, TEXTS)
def test_operators_are_what_they_are_everywhere(one: str, other: str) -> None:
    def unchecked(*_: object) -> Json:
        raise AssertionError("nothing here needs a look into texts")

    def found(text: str) -> bool:
        query = parse(text, ANALYZER)
        return finds(Matching(unchecked, exact_script=False).match(query), made)

    runs = [f"“{run}”" for run in (folded_of(one)[:3].strip(), folded_of(other)[:3].strip()) if run]
    if len(runs) < 2:
        return
    made = document(one)
    left, right = map(found, runs)
    assert found(f"{runs[0]} AND {runs[1]}") == (left and right)
    assert found(f"{runs[0]} OR {runs[1]}") == (left or right)
    assert found(f"{runs[0]} -{runs[1]}") == (left and not right)


def test_scripts_are_kept_apart_where_that_is_asked() -> None:
    traditional, simplified = document("戰略同盟"), document("战略同盟")
    assert "plain" in traditional
    assert "plain" not in simplified

    def none(*_: object) -> Json:
        return NOTHING

    for written, holding in (("战略同盟", simplified), ("戰略同盟", traditional)):
        query = parse(f"“{written}”", ANALYZER, exact_script=True)
        made = Matching(none, exact_script=True).match(query)
        assert [finds(made, one) for one in (traditional, simplified)] == [
            holding is traditional,
            holding is simplified,
        ]
        folded = Matching(none, exact_script=False).match(parse(f"“{written}”", ANALYZER))
        assert finds(folded, traditional)
        assert finds(folded, simplified)


@pytest.mark.parametrize(
    ("query", "is_looked_up"),
    [("战*盟", False), ("战?同盟", False), ("战*略*盟", True), ("?略", True), ("alli*", True), ("*li*", False), ("a*盟", True),
     ("战 NEAR/3 盟", False), ("战略 NEAR/3 略同", True), ("a1 NEAR/3 盟", True), ("“战略” OR 同盟", False)],
)  # fmt: skip
def test_texts_are_looked_into_only_where_the_cluster_cannot_tell(query: str, is_looked_up: bool) -> None:
    looked: list[Json] = []

    def checking(candidates: Json, passes: Callable[[str], bool]) -> Json:
        looked.append(candidates)
        return NOTHING

    Matching(checking, exact_script=False).match(parse(query, ANALYZER))
    assert bool(looked) == is_looked_up


def test_clauses_that_say_nothing_are_left_out() -> None:
    one: Json = {"term": {"a": 1}}
    assert every((EVERYTHING, one)) == one
    assert every((NOTHING, one)) == NOTHING
    assert without(one, NOTHING) == one
    assert without(one, EVERYTHING) == NOTHING


def test_an_article_counts_its_terms_as_its_kinds_weigh() -> None:
    made = article_terms(
        [analyzed_text("海运", Kind.ABSTRACT), analyzed_text("海运。海运"), analyzed_text("海运", Kind.BACK)]
    )
    weight = KIND_WEIGHTS[Kind.ABSTRACT] + 2 + KIND_WEIGHTS[Kind.BACK]
    assert made["article_words"].split(" ").count("海运") == weight * GRAIN
    assert made["article_pairs"].split(" ").count("海运") == weight * GRAIN
    assert made["article_length"] == weight * 2 * GRAIN


def test_nothing_in_a_document_is_a_blank_that_it_should_not_be() -> None:
    made = document("a b\n战 略\u2003。")
    for field in ("chars", "pairs", "joints"):
        assert not {" ", ""} & set(made[field].split(" "))
    assert len(made["chars"].split(" ")) == len(made["folded"])


def test_names_that_are_no_unicode_keep_their_order() -> None:
    names = ["a", "b\udc80", "b", "é", "\ue000", "\ud7ff", "𠮷", "z" * 300]
    assert sorted(names, key=schema.ordered) == sorted(names)
    assert [schema.unordered(schema.ordered(name)) for name in names] == names
    assert len({schema.key(DocId(name)) for name in names}) == len(names)
    schema.as_json({"name": "b\udc80"}).encode()


def test_terms_that_are_too_long_are_told_apart() -> None:
    one, other = "a" * 9_000, "a" * 9_001
    assert schema.term(one) != schema.term(other)
    assert len(schema.term(one).encode()) < 32_766
    assert schema.term("short") == "short"


def test_only_what_is_committed_is_let_through() -> None:
    head = Head(generation=7, aborted=(5,), dead=("x-3",))
    filters = head.visible()
    assert filters[0] == {"range": {"born": {"lte": 7}}}
    must_not = [one["bool"]["must_not"] for one in filters[1:]]
    assert must_not == [{"terms": {"born": (5,)}}, {"terms": {"version": ("x-3",)}}]


def test_bulk_requests_are_as_long_as_they_may_be() -> None:
    dice = random.Random(5)
    lines = [b"x" * dice.randint(1, 400) for _ in range(200)]
    found = list(_batches(lines, 1_000))
    assert [line for batch in found for line in batch] == lines
    assert all(sum(map(len, batch)) <= 1_000 for batch in found)
    assert all(sum(map(len, (*one, other[0]))) > 1_000 for one, other in pairwise(found))
    assert list(_batches([b"x" * 5_000], 1_000)) == [[b"x" * 5_000]]


def test_what_is_long_is_kept_in_pieces() -> None:
    words = {f"word-{n}": n for n in range(250)}
    assert [len(batch) for batch in batches(words, 100)] == [100, 100, 50]
    assert len(in_pieces({"short": 1})) == 1


def test_where_the_client_is_missing_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("corpus_search.engines.opensearch")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opensearchpy", None)
    with pytest.raises(
        CorpusSearchError, match=r"'opensearch' is not installed; pip install 'corpus-search\[cluster\]'"
    ):
        open_engine("opensearch", tmp_path)


def test_a_question_with_too_many_terms_is_answered_with_advice() -> None:
    said = {"root_cause": [{"type": "too_many_nested_clauses", "reason": "maxClauseCount is set to 1024"}]}
    assert "ask with fewer words, or raise indices.query.bool.max_clause_count" in str(refused(said, "here"))
    assert "here: refuses the search (other: why)" in str(refused({"type": "other", "reason": "why"}, "here"))


def test_a_service_does_not_show_its_password() -> None:
    assert "secret" not in repr(Service(user="me", password="secret"))


def test_options_and_environment_say_where_a_cluster_is(tmp_path: Path) -> None:
    found: list[Service] = []
    file = tmp_path / "password"
    file.write_text("sesame\n")

    @click.command()
    @cluster_options
    def told() -> None:
        found.append(service())

    def run(*words: str, **environment: str) -> Service:
        done = CliRunner().invoke(told, words, env={f"CORPUS_SEARCH_OPENSEARCH_{k}": v for k, v in environment.items()})
        assert done.exit_code == 0, done.output
        return found[-1]

    assert run() == Service()
    one = run(
        URL="https://a:1 https://b:2", USER="me", PASSWORD="open", VERIFY="0", INDEX="ours", SHARDS="6", REPLICAS="2"
    )
    assert (one.urls, one.user, one.password) == (("https://a:1", "https://b:2"), "me", "open")
    assert (one.verify, one.index, one.shards, one.replicas) == (False, "ours", 6, 2)
    other = run(
        "--opensearch-url",
        "https://c:3",
        "--opensearch-password-file",
        str(file),
        "--opensearch-timeout",
        "7",
        URL="https://a:1",
    )
    assert (other.urls, other.password, other.timeout_s, other.verify) == (("https://c:3",), "sesame", 7.0, True)
