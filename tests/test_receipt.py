"""A search's receipt, and what is told when it is replayed: the same, or what is new, gone, moved and changed."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from corpus_search import Corpus, OptionError, ReceiptError
from corpus_search.limits import MAX_RECEIPT_BYTES
from corpus_search.query import MAX_LENGTH
from corpus_search.receipt import MAX_HITS, Receipt, _seal, read_receipt, receipt_from, receipt_of
from corpus_search.replay import Replay, replay
from corpus_search.web import create_app
from tests.conftest import SEED, MakeCorpus, run_command

TEXT = "一、{0}\n论{0}的历史与现状，以及其他的事情。\n\n二、余论\n海运与{0}。\n"
FILES = {f"{name}.txt": TEXT.format(name) for name in ("铁路", "公路", "航空")}


@pytest.fixture
def corpus(make_corpus: MakeCorpus) -> Corpus:
    made = make_corpus(dict(FILES))
    made.update()
    return made


def _write(corpus: Corpus, name: str, text: str) -> None:
    (corpus.folder / name).write_text(text, "utf-8")
    corpus.update()


def _differences(found: Replay) -> tuple[tuple[object, ...], ...]:
    return found.new, found.gone, found.moved, found.changed


# --- a receipt -----------------------------------------------------------------------------------------------


def test_a_receipt_says_what_was_asked_of_what_and_what_was_found(seed_corpus: Corpus) -> None:
    results = seed_corpus.search("战略能动", kind="note", sort="position", limit=2, offset=1, exact_script=True)
    record = results.receipt().record()
    assert record["query"] == {
        "text": "战略能动", "limit": 2, "offset": 1, "filters": {"kind": ["note"]}, "sort": "position", "group": "",
        "exact_script": True,
    }  # fmt: skip
    assert record["parsed"] == str(results.query)
    assert [(hit["rank"], hit["address"]) for hit in record["hits"]] == [(h.rank, h.address) for h in results]
    assert record["corpus"]["documents"] == 1
    assert record["corpus"]["passages"] == seed_corpus.searcher().stats()["chunks"]
    assert set(record["analysis"]) == {"format", "analyzer", "unicode", "jieba", "opencc", "userdict", "words"}
    assert record["found"] == {SEED.stem: [results.total, record["found"][SEED.stem][1]]}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", record["made"])


def test_a_receipt_is_read_as_it_was_written_and_has_a_line_for_each_hit(seed_corpus: Corpus) -> None:
    for options in ({}, {"group": "article"}, {"limit": None}, {"kind": "note", "year": 2023}):
        receipt = seed_corpus.search("战略能动 半导体", **options).receipt()
        assert read_receipt(receipt.text()) == receipt
        assert read_receipt(receipt.text().encode()) == receipt
        assert receipt_from(receipt.record()) == receipt
        assert sum(line.startswith('    {"rank"') for line in receipt.text().splitlines()) == len(receipt.hits)


def test_the_fingerprint_of_a_corpus_is_of_its_files_alone(corpus: Corpus, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another machine" / "papers"
    elsewhere.mkdir(parents=True)
    other = Corpus(elsewhere, tmp_path / "other")
    for name in sorted(FILES, reverse=True):  # One after the other, in another order, and with other times.
        shutil.copyfile(corpus.folder / name, elsewhere / name)
        os.utime(elsewhere / name, (1, 1))
        other.update()
    here, there = corpus.search("铁路").receipt(), other.search("铁路").receipt()
    assert here.corpus == there.corpus
    assert (here.digest, here.hits, here.documents, here.found) == (
        there.digest, there.hits, there.documents, there.found,
    )  # fmt: skip
    assert other.replay(here).same
    (elsewhere / "铁路.txt").rename(elsewhere / "铁道.txt")
    other.update()
    assert other.search("铁路").receipt().corpus.digest != here.corpus.digest


def test_the_words_of_the_corpus_and_of_its_dictionary_are_in_the_analysis(corpus: Corpus) -> None:
    before = corpus.search("铁路").receipt()
    _write(corpus, "userdict.txt", "铁路的历史\n")
    after = corpus.replay(before)
    assert {part for part, _, _ in after.analysis} == {"userdict", "words"}
    assert after.same_corpus


def test_a_receipt_lists_a_thousand_hits_at_most(seed_corpus: Corpus) -> None:
    results = seed_corpus.search("战略", limit=MAX_HITS + 5)
    assert results.receipt().question.limit == MAX_HITS
    many = replace(results, hits=results.hits[:1] * (MAX_HITS + 1))
    with pytest.raises(OptionError, match="1,000 hits at most"):
        many.receipt()
    with pytest.raises(OptionError, match="of no index"):
        replace(results, source=None).receipt()


def test_lone_surrogates_in_a_query_do_no_harm(seed_corpus: Corpus) -> None:
    receipt = seed_corpus.search("战略 \ud83d").receipt()
    assert read_receipt(receipt.text().encode()) == receipt
    assert seed_corpus.replay(receipt).same


# --- replayed ------------------------------------------------------------------------------------------------


def test_the_same_corpus_gives_the_same_answer(seed_corpus: Corpus) -> None:
    for query in ("战略能动", "“现代化同盟”", "note:森本敏", "日本 NEAR/10 半导体", "阿司匹林"):
        for options in ({}, {"group": "article"}, {"sort": "position", "offset": 3, "limit": 5}):
            found = seed_corpus.replay(seed_corpus.search(query, **options).receipt())
            assert found.same, (query, options)
            assert found.same_corpus
            assert not any(_differences(found))
            assert not found.beyond + found.analysis


def test_a_receipt_of_one_engine_is_replayed_by_the_other(seed_corpus: Corpus, tmp_path: Path) -> None:
    pytest.importorskip("tantivy")
    with Corpus(SEED.parent, tmp_path / "fast", engine="tantivy") as other:
        for query, group in (("战略能动", ""), ("日美同盟 半导体", "article"), ("note:森本敏", "")):
            found = other.replay(seed_corpus.search(query, group=group).receipt())  # type: ignore[arg-type]
            assert (found.same, found.same_corpus) == (True, True)
            assert found.analysis == (("engine", "whoosh", "tantivy"),)


def test_a_new_document_brings_new_hits_and_moves_others(corpus: Corpus) -> None:
    receipt = corpus.search("海运", limit=2, sort="position").receipt()
    _write(corpus, "乙.txt", TEXT.format("水路"))
    found = corpus.replay(receipt)
    assert (found.same, found.same_corpus) == (False, False)
    assert [change.hit.address for change in found.new] == ["乙#s2p1"]
    assert [change.hit.address for change in found.gone] == [receipt.hits[1].address]
    assert (found.new[0].why, found.gone[0].why) == ("new document", "rank")
    assert found.documents
    assert (found.documents.new, found.documents.changed, found.documents.gone) == (("乙",), (), ())
    assert (found.before.total, found.now.total) == (3, 4)
    assert [(move.before.rank, move.now.rank) for move in found.moved] == [(1, 2)]


def test_a_change_beyond_the_page_is_noticed(corpus: Corpus) -> None:
    receipt = corpus.search("海运", limit=1, sort="position").receipt()
    listed = receipt.hits[0].address.partition("#")[0]
    other = next(name for name in ("铁路", "公路", "航空") if name != listed)
    _write(corpus, f"{other}.txt", TEXT.format(other).replace("海运与", "海运胜过"))
    found = corpus.replay(receipt)
    assert found.now.total == receipt.total
    assert not any(_differences(found))
    assert not found.same
    assert found.beyond == (other,)


def test_a_change_that_does_not_touch_the_answer_is_told_and_leaves_it_the_same(corpus: Corpus) -> None:
    receipt = corpus.search("“铁路的历史”").receipt()
    _write(corpus, "公路.txt", TEXT.format("公路") + "\n又一段。\n")
    found = corpus.replay(receipt)
    assert found.same
    assert not found.same_corpus
    assert found.documents
    assert found.documents.changed == ("公路",)


def test_a_text_that_changed_under_its_address_is_told(corpus: Corpus) -> None:
    receipt = corpus.search("“铁路的历史”").receipt()
    _write(corpus, "铁路.txt", TEXT.format("铁路").replace("其他的事情", "别的事情"))
    found = corpus.replay(receipt)
    assert not found.same
    assert [move.now.address for move in found.changed] == ["铁路#s1p1"]
    assert not found.new + found.gone


def test_documents_that_are_gone_or_renamed_are_named(corpus: Corpus) -> None:
    receipt = corpus.search("海运").receipt()
    (corpus.folder / "航空.txt").unlink()
    (corpus.folder / "铁路.txt").rename(corpus.folder / "铁道.txt")
    corpus.update()
    found = corpus.replay(receipt)
    assert found.documents
    assert (found.documents.gone, found.documents.new) == (("航空",), ())
    assert found.documents.renamed == (("铁路", "铁道"),)
    assert {change.hit.address for change in found.gone} == {"航空#s2p1", "铁路#s2p1"}
    assert {change.why for change in found.gone} == {"document gone"}
    assert {change.hit.address for change in found.new} == {"铁道#s2p1"}


def test_a_hit_that_slid_to_another_page_is_not_said_to_be_lost(corpus: Corpus) -> None:
    receipt = corpus.search("海运", limit=1).receipt()
    first = receipt.hits[0].address.partition("#")[0]
    _write(corpus, f"{first}.txt", TEXT.format(first).replace("海运与", "其他的、别的、各种各样的东西与"))
    found = corpus.replay(receipt)
    assert [change.why for change in found.gone] == ["document changed"]
    assert [change.why for change in found.new] == ["rank"]
    again = corpus.search("海运", limit=1).receipt()
    _write(corpus, "乙.txt", "一、海运\n海运。\n")
    slid = corpus.replay(again)
    assert [change.why for change in slid.gone] == ["rank"]
    assert [change.why for change in slid.new] == ["new document"]
    grouped = corpus.search("海运", limit=1, group="article").receipt()
    (corpus.folder / "乙.txt").unlink()
    corpus.update()
    assert [change.why for change in corpus.replay(grouped).gone] == ["document gone"]
    assert [change.why for change in corpus.replay(grouped).new] == ["rank"]


def test_grouped_by_article_a_hit_is_an_article_whichever_its_best_passage_is(corpus: Corpus) -> None:
    receipt = corpus.search("铁路 海运", group="article").receipt()
    _write(corpus, "铁路.txt", TEXT.format("铁路") + "\n三、铁路海运\n铁路海运，海运铁路。\n")
    found = corpus.replay(receipt)
    assert not found.same
    assert not found.new + found.gone
    assert [move.now.address.partition("#")[0] for move in found.changed] == ["铁路"]


def test_blocks_that_share_an_address_are_told_apart_by_their_text(seed_corpus: Corpus) -> None:
    results = seed_corpus.search("卢昊 日本", kind="front", limit=20)
    assert len({hit.address for hit in results}) < len(results.hits)
    turned = results.receipt()
    swapped = tuple(
        replace(hit, rank=rank) for rank, hit in enumerate((turned.hits[1], turned.hits[0], *turned.hits[2:]), 1)
    )
    found = seed_corpus.replay(replace(turned, hits=swapped))
    assert [(move.before.rank, move.now.rank) for move in found.moved] == [(2, 1), (1, 2)]
    assert not found.changed


def test_a_corpus_with_very_many_documents_is_told_by_its_fingerprint(corpus: Corpus) -> None:
    results = corpus.search("海运", limit=1)
    receipt = receipt_of(results, most_documents=2)
    assert not receipt.complete
    assert list(receipt.documents) == [results.hits[0].chunk.doc_id]
    assert read_receipt(receipt.text()) == receipt
    same = corpus.replay(receipt)
    assert (same.same, same.same_corpus, same.documents) == (True, True, None)
    _write(corpus, "乙.txt", TEXT.format("水路"))
    assert not corpus.replay(receipt).same  # By the digest over all that answers.


# --- receipts of strangers -----------------------------------------------------------------------------------

WRONG: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    ("is another file", lambda r: {"a": 1}, "this is no receipt of a search"),
    ("is a list", lambda r: [r], "this is no receipt of a search"),
    ("is of another version", lambda r: {**r, "version": 2}, "is of version 2, and 1 is read here"),
    ("has no hits", lambda r: {k: v for k, v in r.items() if k != "hits"}, "hits is not a list of at most 1,000 objects"),
    ("has another total", lambda r: {**r, "total": r["total"] + 1}, "its seal is broken"),
    ("has a negative total", lambda r: {**r, "total": -1}, "total is not a whole number"),
    ("has true for a total", lambda r: {**r, "total": True}, "total is not a whole number"),
    ("has a huge limit", lambda r: {**r, "query": {**r["query"], "limit": 10**8}}, "query.limit is not a whole number up to 1,000"),
    ("has a sort that there is not", lambda r: {**r, "query": {**r["query"], "sort": "x"}}, "query.sort is not one of relevance"),
    ("has an unhashable sort", lambda r: {**r, "query": {**r["query"], "sort": []}}, "query.sort is not one of relevance"),
    ("has a long query", lambda r: {**r, "query": {**r["query"], "text": "a" * (MAX_LENGTH + 1)}}, "query.text is not a text of at most 1,000"),
    ("has a filter that there is not", lambda r: {**r, "query": {**r["query"], "filters": {"body": ["a"]}}}, "query.filters.body is not one of kind"),
    ("has a kind that there is not", lambda r: {**r, "query": {**r["query"], "filters": {"kind": ["a"]}}}, "query.filters.kind is not a list of its values"),
    ("has too many hits", lambda r: {**r, "hits": r["hits"] * 1001}, "hits is not a list of at most 1,000 objects"),
    ("has a hit without a rank", lambda r: {**r, "hits": [{}]}, r"hits\[0\].rank is not a whole number"),
    ("has a digest that is none", lambda r: {**r, "documents": {"a": "<b>"}}, "documents.a is not a digest"),
    ("has a name that steers a terminal", lambda r: {**r, "documents": {"a\x1b[2J\n": "x"}}, "documents.a␛\\[2J␊ is not a digest"),
    ("has a count that is none", lambda r: {**r, "found": {"a": ["1", "x"]}}, "found.a is not a count and a digest"),
    ("has a field more", lambda r: _sealed({**r, "more": 1}), "its seal is broken"),
    ("has no seal", lambda r: {k: v for k, v in r.items() if k != "seal"}, "its seal is broken"),
]  # fmt: skip


def _sealed(record: dict[str, Any]) -> dict[str, Any]:
    bare = {name: value for name, value in record.items() if name != "seal"}
    return {**bare, "seal": _seal(bare)}


@pytest.mark.parametrize(("change", "message"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_receipt_that_is_damaged_or_forged_is_refused(
    seed_corpus: Corpus, change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    record = seed_corpus.search("林芳正").receipt().record()
    with pytest.raises(ReceiptError, match=message) as caught:
        read_receipt(json.dumps(change(record)))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff\xfe", b"null", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000, b"NaN", b"{}" * 2, b"\x00"],
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(ReceiptError):
        read_receipt(text)


def test_any_lost_byte_of_a_receipt_is_noticed(seed_corpus: Corpus) -> None:
    text = seed_corpus.search("林芳正").receipt().text()
    for at in range(0, len(text), 7):
        cut = text[:at] + text[at + 1 :]
        try:
            assert read_receipt(cut).record() == json.loads(text)  # A blank between two fields is no loss.
        except ReceiptError:
            continue
        assert text[at].isspace()


def test_a_receipt_that_is_too_large_is_not_even_read() -> None:
    with pytest.raises(ReceiptError, match="larger than 4 MB"):
        read_receipt(b" " * (MAX_RECEIPT_BYTES + 1))


def test_a_sealed_query_that_cannot_be_read_is_a_query_error(seed_corpus: Corpus) -> None:
    from corpus_search import QueryError

    record = seed_corpus.search("林芳正").receipt().record()
    forged = receipt_from(_sealed({**record, "query": {**record["query"], "text": "“林芳正"}}))
    with pytest.raises(QueryError):
        seed_corpus.replay(forged)


# --- the command line ----------------------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "seeds").mkdir()
    shutil.copy(SEED, tmp_path / "seeds")
    return tmp_path


def test_query_writes_a_receipt_and_replay_tells_by_its_status(house: Path) -> None:
    asked = run_command(house, "query", "战略能动", "--kind", "note", "--limit", "3", "--receipt", "r.json")
    assert asked.returncode == 0
    assert asked.stdout.startswith("1–3 of 7 for 战略能动")
    same = run_command(house, "replay", "r.json")
    assert (same.returncode, same.stderr) == (0, "")
    first, corpus = same.stdout.splitlines()
    assert re.fullmatch(r"The same answer as at \S+: 7 passages for 战略能动", first)
    assert corpus == "The same corpus: 1 document, 93 passages"
    (house / "seeds" / "b.txt").write_text("一、战略\n战略能动。[1]\n\n[1] 战略能动。\n", "utf-8")
    other = run_command(house, "replay", "r.json")
    assert other.returncode == 1
    assert "Another answer than" in other.stdout
    assert "8 passages for 战略能动, 7 then" in other.stdout
    assert "  new  1. b#fn1 (new document)  战略能动。" in other.stdout
    assert "  new: b" in other.stdout
    record = json.loads(run_command(house, "replay", "r.json", "--json").stdout)
    assert (record["same"], record["new"][0]["address"]) == (False, "b#fn1")
    assert record["corpus"]["documents"]["new"] == ["b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "the receipt is damaged at line 1"), ("{}", "this is no receipt of a search"), (None, "No such file")],
)
def test_a_receipt_that_cannot_be_replayed_is_an_error(house: Path, content: str | None, message: str) -> None:
    if content is not None:
        (house / "r.json").write_text(content, "utf-8")
    done = run_command(house, "replay", "r.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_receipt_that_cannot_be_written_is_an_error(house: Path) -> None:
    done = run_command(house, "query", "战略能动", "--receipt", "nowhere/r.json")
    assert done.returncode == 2
    assert "nowhere/r.json: the receipt cannot be written" in done.stderr


# --- the pages -----------------------------------------------------------------------------------------------


def _brought(client: FlaskClient, content: bytes, **headers: str) -> tuple[int, str]:
    data = {"receipt": (io.BytesIO(content), "receipt.json")}
    response = client.post("/replay", data=data, headers={"Accept-Language": "en", **headers})
    return response.status_code, response.text


def test_the_receipt_of_a_page_is_the_one_of_the_command(corpus: Corpus) -> None:
    client = create_app(corpus).test_client()
    query: dict[str, Any] = {"q": "海运", "sort": "year", "kind": ["body", "note"], "page": "1"}
    page = client.get("/", query_string=query).text
    link = re.search(r'href="(/receipt\?[^"]+)"', page)
    assert link
    response = client.get(link[1].replace("&amp;", "&"))
    assert response.headers["Content-Disposition"] == 'attachment; filename="receipt.json"'
    kept = read_receipt(response.data)
    wanted = corpus.search("海运", kind=["body", "note"], sort="year").receipt()
    assert replace(kept, made=wanted.made) == wanted


def test_the_page_tells_what_differs_and_links_what_is_there(corpus: Corpus) -> None:
    client = create_app(corpus).test_client()
    receipt = corpus.search("海运").receipt().text().encode()
    status, page = _brought(client, receipt)
    assert (status, "The same answer" in page, "The same: 3 articles." in page) == (200, True, True)
    (corpus.folder / "航空.txt").unlink()
    _write(corpus, "<乙>.txt", TEXT.format("水路"))
    status, page = _brought(client, receipt)
    assert status == 200
    assert "Another answer" in page
    assert "3 then, 3 now" in page
    assert 'href="/article/%3C%E4%B9%99%3E?q=' in page
    assert "&lt;乙&gt;#s2p1" in page
    assert "<乙>" not in page
    assert "/article/%E8%88%AA%E7%A9%BA" not in page  # What is gone has no link.


def test_the_form_and_its_errors_are_pages(corpus: Corpus) -> None:
    client = create_app(corpus).test_client()
    assert 'enctype="multipart/form-data"' in client.get("/replay").text
    status, page = _brought(client, b"<script>alert(1)</script>")
    assert status == 400
    assert "the receipt is damaged" in page
    assert "<script>alert" not in page
    assert client.post("/replay", data={}, headers={"Accept-Language": "en"}).status_code == 400
    assert client.post("/replay", data=b"x", content_type="text/plain").status_code == 400
    assert client.get("/receipt?q=%E2%80%9Ca").status_code == 400


def test_only_a_receipt_is_a_body_and_only_where_one_is_expected_and_only_so_long(corpus: Corpus) -> None:
    client = create_app(corpus).test_client()
    long = b" " * (MAX_RECEIPT_BYTES + 5000)
    assert client.post("/replay", data=long, content_type="multipart/form-data; boundary=x").status_code == 413
    assert client.post("/api/replay", data=long).status_code == 413
    assert client.post("/api/replay", headers={"Transfer-Encoding": "chunked"}).status_code == 411
    for path in ("/", "/api/search?q=a", "/receipt?q=a", "/replay?q=a"):
        assert client.get(path, data=b"x").status_code == 413
    assert client.post("/receipt?q=a", data=b"x").status_code == 413
    assert client.post("/receipt?q=a").status_code == 405


def test_the_api_replays_as_the_command_does(corpus: Corpus) -> None:
    client = create_app(corpus).test_client()
    receipt: Receipt = corpus.search("海运").receipt()
    response = client.post("/api/replay", data=receipt.text().encode())
    assert response.status_code == 200
    wanted = corpus.replay(receipt).record()
    assert {**response.json, "replayed": ""} == {**wanted, "replayed": ""}  # type: ignore[dict-item]
    assert response.headers["Cache-Control"] == "no-cache"
    refused = client.post("/api/replay", data=b"{}")
    assert (refused.status_code, refused.json) == (
        400,
        {"error": {"message": "this is no receipt of a search; `corpus-search query … --receipt FILE` writes one"}},
    )
    assert client.get("/api/replay").status_code == 405
    assert client.post("/api/replay?a=1", data=receipt.text().encode()).status_code == 400


def test_a_replay_asks_the_index_as_it_is_now(corpus: Corpus) -> None:
    receipt = corpus.search("海运").receipt()
    found = replay(corpus.searcher(), receipt)
    assert found.now.corpus == receipt.corpus
