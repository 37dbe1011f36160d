"""The index follows the folder: by content, all at once, through crashes and damage."""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from corpus_search.corpus import Corpus
from corpus_search.errors import CorpusError, IndexDamagedError, IndexLockedError, IndexMissingError, SearchIndexError
from corpus_search.folder import document_ids
from corpus_search.formats.text import MAX_BYTES
from corpus_search.freshness import is_fresh
from corpus_search.generations import Generations
from corpus_search.indexer import Summary
from tests.conftest import MakeCorpus

ARTICLE = (
    "{title}\n\n王 明\n\n关键词：{title}；同盟\n\n一、起源\n\n{title}始于古代，其说不一。\n\n二、结语\n\n大略如此。\n"
)


def _counts(summary: Summary) -> dict[str, int]:
    names = ("new", "changed", "renamed", "deleted", "unchanged")
    return {name: count for name in names if (count := getattr(summary, name))}


def _found(corpus: Corpus, query: str) -> list[str]:
    return sorted({hit.chunk.doc_id for hit in corpus.searcher().search(query, limit=500).hits})


def test_each_kind_of_change_is_counted_and_found(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({f"{name}.txt": ARTICLE.format(title=f"{name}论") for name in "甲乙丙丁"})
    assert _counts(corpus.update()) == {"new": 4}
    assert _counts(corpus.update()) == {"unchanged": 4}
    (corpus.folder / "甲.txt").write_text(ARTICLE.format(title="新甲论"), "utf-8")
    (corpus.folder / "乙.txt").rename(corpus.folder / "戊.txt")
    (corpus.folder / "丙.txt").unlink()
    (corpus.folder / "己.txt").write_text(ARTICLE.format(title="己论"), "utf-8")
    summary = corpus.update()
    assert _counts(summary) == {"new": 1, "changed": 1, "renamed": 1, "deleted": 1, "unchanged": 1}
    assert (summary.documents, corpus.searcher().documents()) == (4, ("丁", "己", "戊", "甲"))
    assert _found(corpus, '"新甲论"') == ["甲"]
    assert _found(corpus, '"乙论"') == ["戊"]
    assert _found(corpus, '"丙论"') == []


def test_an_unchanged_file_is_not_opened(make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = make_corpus({"a.txt": ARTICLE.format(title="甲论")})
    monkeypatch.setattr("corpus_search.state._GRAIN_NS", -1)
    corpus.update()
    monkeypatch.setattr("corpus_search.indexer.load", lambda *_: pytest.fail("it was opened"))
    assert _counts(corpus.update()) == {"unchanged": 1}
    assert is_fresh(corpus.folder, corpus.index, corpus.searcher().state)


def test_a_renamed_file_is_not_parsed_again(make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = make_corpus({"a.txt": ARTICLE.format(title="甲论")})
    corpus.update()
    (corpus.folder / "sub").mkdir()
    (corpus.folder / "a.txt").rename(corpus.folder / "sub" / "b.txt")
    monkeypatch.setattr("corpus_search.reading.parse", lambda *_, **__: pytest.fail("it was parsed"))
    assert _counts(corpus.update()) == {"renamed": 1}
    (hit,) = corpus.searcher().search('"其说不一"').hits
    assert (hit.address, hit.chunk.doc_id) == ("sub/b#s1p1", "sub/b")
    assert corpus.searcher().article("sub/b").path == "sub/b.txt"


def test_a_touched_file_with_the_same_content_is_unchanged(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": ARTICLE.format(title="甲论")})
    corpus.update()
    os.utime(corpus.folder / "a.txt", (1, 1))
    assert _counts(corpus.update()) == {"unchanged": 1}


def test_a_quick_second_edit_of_the_same_size_is_seen(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "第一次写的内容。"})
    corpus.update()
    times = (corpus.folder / "a.txt").stat()
    (corpus.folder / "a.txt").write_text("第二次写的内容。", "utf-8")
    os.utime(corpus.folder / "a.txt", ns=(times.st_atime_ns, times.st_mtime_ns))
    corpus.update()
    assert _found(corpus, '"第二次"') == ["a"]


def test_keywords_of_one_article_teach_the_others(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "友岸外包近来常见，论者甚多。", "b.txt": "此篇与之无关。"})
    corpus.update()
    before = corpus.searcher().search("友岸外包")
    assert [word.text for word in before.query.ranked[0].words] == ["友岸", "外包"]
    (corpus.folder / "c.txt").write_text("论供应链\n\n王 明\n\n关键词：友岸外包；供应链\n\n一、引言\n\n略。", "utf-8")
    corpus.update()
    after = corpus.searcher().search("友岸外包")
    assert [word.text for word in after.query.ranked[0].words] == ["友岸外包"]
    assert {hit.chunk.doc_id for hit in after.hits} == {"a", "c"}


def test_the_folders_dictionary_teaches_words_and_rebuilds(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "友岸外包近来常见，论者甚多。"})
    corpus.update()
    (corpus.folder / "userdict.txt").write_text("友岸外包 10 n\n", "utf-8")
    assert not is_fresh(corpus.folder, corpus.index, corpus.searcher().state)
    assert corpus.update().rebuilt == "outdated"
    results = corpus.searcher().search("友岸外包")
    assert [word.text for word in results.query.ranked[0].words] == ["友岸外包"]
    assert corpus.searcher().documents() == ("a",)


def test_files_that_would_share_a_document_keep_their_endings() -> None:
    assert document_ids(["a.txt", "a.md", "b.txt", "x/a.txt"]) == {
        "a.txt": "a.txt", "a.md": "a.md", "b.txt": "b", "x/a.txt": "x/a",
    }  # fmt: skip


def test_documents_are_told_apart_whatever_their_names() -> None:
    paths = ["a.txt", "a.md", "a.txt.md", "e\u0301.txt", "é.txt", "bad\udcff.txt", "bad\udcfe.txt"]
    ids = document_ids(paths)
    assert len(set(ids.values())) == len(paths)
    assert ids["a.txt.md"] == "a.txt.md"
    assert ids == document_ids(reversed(paths))


def test_a_twin_changes_the_addresses_of_its_brother(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "第一篇的正文。"})
    corpus.update()
    (corpus.folder / "a.md").write_text("第二篇的正文。", "utf-8")
    assert _counts(corpus.update()) == {"new": 1, "renamed": 1}
    assert corpus.searcher().documents() == ("a.md", "a.txt")
    (corpus.folder / "a.md").unlink()
    corpus.update()
    assert corpus.searcher().documents() == ("a",)


def test_a_file_that_cannot_be_read_does_not_keep_the_others_out(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"good.txt": "好的正文在这里。", "junk.txt": bytes(range(32)) * 99, "big.txt": b""})
    with (corpus.folder / "big.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    summary = corpus.update()
    assert sorted((f.path, f.reason[:22]) for f in summary.failures) == [
        ("big.txt", "20.0 MB is too large f"), ("junk.txt", "this is binary data, n"),
    ]  # fmt: skip
    assert corpus.searcher().documents() == ("good",)


def test_a_file_that_vanishes_while_indexing_is_named(make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = make_corpus({"a.txt": "甲。", "b.txt": "乙。"})
    read = Path.read_bytes

    def vanish(self: Path) -> bytes:
        if self.name == "a.txt":
            self.unlink(missing_ok=True)
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", vanish)
    summary = corpus.update()
    assert [(f.path, f.reason) for f in summary.failures] == [
        ("a.txt", "vanished while it was to be read; index again if it is back")
    ]
    assert corpus.searcher().documents() == ("b",)


def test_a_line_of_many_megabytes_is_indexed(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"long.txt": "日美同盟的历史很长，" * 30_000 + "终于完了。"})
    assert corpus.update().failures == []
    assert _found(corpus, '"终于完了"') == ["long"]


@pytest.mark.parametrize("name", ["a b.txt", "a#b.txt", "100%.txt", "甲?.txt", "<img onerror=x>.txt", "a\nb.txt"])
def test_odd_names_are_documents_like_others(make_corpus: MakeCorpus, name: str) -> None:
    corpus = make_corpus({name: "正文在此。"})
    corpus.update()
    (hit,) = corpus.searcher().search("正文").hits
    assert hit.chunk.doc_id == name.removesuffix(".txt")
    assert corpus.searcher().locate(hit.address)[0].path == name


def test_a_name_that_is_no_text_gets_one(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "别的。"})
    Path(os.fsdecode(os.fsencode(corpus.folder) + b"/\xff\xfe.txt")).write_text("正文在此。", "utf-8")
    corpus.update()
    assert corpus.searcher().documents() == (r"\xff\xfe", "a")


def test_hidden_and_temporary_files_and_links_out_are_left_alone(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("外面的秘密。", "utf-8")
    corpus = make_corpus(
        {"a.txt": "正文。", ".hidden.txt": "藏。", "~a.txt": "临时。", ".git/x.txt": "库。", "a.xls": "?"}
    )
    (corpus.folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (corpus.folder / "loop").symlink_to(corpus.folder)
    (corpus.folder / "circle.txt").symlink_to(corpus.folder / "circle.txt")
    (corpus.folder / "lost.txt").symlink_to(corpus.folder / "nowhere.txt")
    (corpus.folder / "folder.txt").mkdir()
    os.mkfifo(corpus.folder / "pipe.txt")
    corpus.update()
    assert corpus.searcher().documents() == ("a",)


def test_a_folder_inside_that_cannot_be_read_keeps_what_was_indexed(
    make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = make_corpus({"a.txt": "甲的正文。", "in/b.txt": "乙的正文。"})
    corpus.update()
    walk = os.walk

    def closed(top: Path, onerror: object = None) -> object:
        for folder, folders, names in walk(top):
            if Path(folder).name == "in":
                onerror(PermissionError(13, "Permission denied", folder))  # type: ignore[operator]
            else:
                yield folder, folders, names

    with monkeypatch.context() as patch:
        patch.setattr("corpus_search.folder.os.walk", closed)
        (corpus.folder / "copy.txt").write_text("丙的正文。", "utf-8")
        summary = corpus.update()
    assert [(f.path, f.reason) for f in summary.failures] == [
        ("in", "the folder cannot be read (Permission denied); check its permissions")
    ]
    assert _counts(summary) == {"new": 1, "unchanged": 2}
    assert _found(corpus, "正文") == ["a", "copy", "in/b"]
    assert _counts(corpus.update()) == {"unchanged": 3}


def test_a_file_that_cannot_be_read_any_more_keeps_what_was_indexed(
    make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = make_corpus({"a.txt": "甲的正文。", "b.txt": "乙的正文。"})
    corpus.update()
    read = Path.read_bytes

    def closed(self: Path) -> bytes:
        if self.name == "b.txt":
            raise PermissionError(13, "Permission denied")
        return read(self)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", closed)
        summary = corpus.update()
    assert [(f.path, f.reason) for f in summary.failures] == [
        ("b.txt", "cannot be read (Permission denied); check its permissions")
    ]
    assert _found(corpus, "正文") == ["a", "b"]
    (corpus.folder / "b.txt").write_bytes(bytes(range(32)) * 99)
    assert _counts(corpus.update()) == {"deleted": 1, "unchanged": 1}
    assert _found(corpus, "正文") == ["a"]


def test_random_changes_leave_the_index_as_if_made_anew(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    rng = random.Random(3)
    words = ["同盟", "困境", "友岸外包", "战略", "半导体", "海洋", "条约", "经济安全"]
    corpus = make_corpus({"0.txt": "开头的一篇。"})

    def article() -> str:
        title, *rest = rng.sample(words, 4)
        body = "。".join("".join(rng.choices(words, k=rng.randint(2, 9))) for _ in range(rng.randint(1, 5)))
        return f"{title}论\n\n王 明\n\n关键词：{'；'.join(rest)}\n\n一、引言\n\n{body}。\n"

    for turn in range(12):
        for _ in range(rng.randint(1, 3)):
            names = sorted(path.name for path in corpus.folder.iterdir())
            name = rng.choice(names)
            match rng.choice(["add", "add", "change", "move", "remove"]):
                case "add":
                    (corpus.folder / f"{turn}-{rng.randrange(99)}.txt").write_text(article(), "utf-8")
                case "change":
                    (corpus.folder / name).write_text(article(), "utf-8")
                case "move":
                    (corpus.folder / name).rename(corpus.folder / f"m{turn}-{name}")
                case "remove" if len(names) > 2:
                    (corpus.folder / name).unlink()
        corpus.update()
    fresh = Corpus(corpus.folder, tmp_path / "fresh")
    fresh.update()
    one, other = corpus.searcher(), fresh.searcher()
    assert one.documents() == other.documents()
    assert one.state.words == other.state.words
    for word in [*words, "同盟困境", '"战略海洋"']:
        here, there = (s.search(word, limit=500).hits for s in (one, other))
        assert [(h.address, h.spans, round(h.score, 6)) for h in here] == [
            (h.address, h.spans, round(h.score, 6)) for h in there
        ]


def test_a_users_own_file_in_the_index_folder_is_left_alone(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "正文。"})
    corpus.index.mkdir()
    (corpus.index / "corpus.txt").write_text("mine")
    corpus.update()
    assert (corpus.index / "corpus.txt").read_text() == "mine"


def test_a_dictionary_that_cannot_be_read_is_said_once(make_corpus: MakeCorpus, said: list[str]) -> None:
    corpus = make_corpus({"a.txt": "正文。", "userdict.txt": bytes(range(32)) * 99})
    for _ in range(3):
        corpus.refresh()
    assert len(said) == 1


# --- the folder is not as it should be -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"), [(None, "there is no such folder"), ("file", "is not a folder"), ("empty", "holds no article")]
)
def test_a_folder_that_cannot_be_a_corpus_is_named(tmp_path: Path, make: str | None, message: str) -> None:
    folder = tmp_path / "papers"
    if make == "file":
        folder.write_text("x")
    elif make == "empty":
        folder.mkdir()
    with pytest.raises(CorpusError, match=rf"papers: .*{message}"):
        Corpus(folder, tmp_path / "index").update()


def test_a_folder_that_became_empty_leaves_the_index_alone(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "正文。"})
    corpus.update()
    (corpus.folder / "a.txt").unlink()
    with pytest.raises(CorpusError):
        corpus.update()
    assert _found(corpus, "正文") == ["a"]
    corpus.update(rebuild=True)
    assert _found(corpus, "正文") == []


# --- the index is not as it should be ------------------------------------------------------------------------


def _segment(corpus: Corpus) -> Path:
    return next(Generations(corpus.index).current().glob("*.seg"))


def _break_pointer(corpus: Corpus) -> None:
    (corpus.index / "CURRENT").write_bytes(b"\xff\x00nonsense")


def _break_state(corpus: Corpus) -> None:
    (Generations(corpus.index).current() / "state.json").write_text("{")


def _strange_state(corpus: Corpus) -> None:
    path = Generations(corpus.index).current() / "state.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "files": 7}), "utf-8")


def _cut_segment(corpus: Corpus) -> None:
    _segment(corpus).write_bytes(_segment(corpus).read_bytes()[:1000])


def _scramble_segment(corpus: Corpus) -> None:
    _segment(corpus).write_bytes(os.urandom(_segment(corpus).stat().st_size))


def _cut_table(corpus: Corpus) -> None:
    table = next(Generations(corpus.index).current().glob("*.toc"))
    table.write_bytes(table.read_bytes()[:40])


def _remove_files(corpus: Corpus) -> None:
    shutil.rmtree(Generations(corpus.index).current())


def _make_older(corpus: Corpus) -> None:
    path = Generations(corpus.index).current() / "state.json"
    state = json.loads(path.read_text("utf-8"))
    state["fingerprint"]["analyzer"] = "0"
    path.write_text(json.dumps(state), "utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        _break_pointer,
        _break_state,
        _strange_state,
        _cut_segment,
        # Whoosh leaves a file open when it stumbles over what is in it.
        pytest.param(
            _scramble_segment, marks=pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
        ),
        _cut_table,
        _remove_files,
        _make_older,
    ],
)
def test_a_damaged_or_older_index_is_rebuilt_after_saying_so(
    make_corpus: MakeCorpus, said: list[str], damage: object
) -> None:
    corpus = make_corpus({"a.txt": "正文在此。"})
    corpus.update()
    damage(corpus)  # type: ignore[operator]
    again = Corpus(corpus.folder, corpus.index, say=said.append)
    again.refresh()
    results = again.ask(lambda searcher: searcher.search("正文"))
    assert [hit.address for hit in results.hits] == ["a#s0p1"]
    gc.collect()
    assert any("rebuilding it" in line and str(corpus.index) in line for line in said)


def test_a_foreign_folder_is_left_as_it_was(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "正文在此。"})
    (corpus.index / "gen-000001").mkdir(parents=True)
    (corpus.index / "gen-000001" / "mine.txt").write_text("mine")
    (corpus.index / "thesis.doc").write_text("mine")
    with pytest.raises(IndexMissingError):
        corpus.searcher()
    corpus.update()
    for n in range(4):
        (corpus.folder / "b.txt").write_text("变" * n, "utf-8")
        corpus.update()
    assert (corpus.index / "thesis.doc").read_text() == "mine"
    assert (corpus.index / "gen-000001" / "mine.txt").read_text() == "mine"
    assert _found(corpus, "正文") == ["a"]


def test_the_index_of_another_corpus_is_replaced_after_saying_so(
    make_corpus: MakeCorpus, said: list[str], tmp_path: Path
) -> None:
    corpus = make_corpus({"a.txt": "正文在此。"})
    corpus.update()
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.txt").write_text("另一个文件夹。", "utf-8")
    elsewhere = Corpus(other, corpus.index, say=said.append)
    elsewhere.update()
    assert elsewhere.searcher().documents() == ("b",)
    assert "holds the index of" in said[0]


# --- all at once ---------------------------------------------------------------------------------------------


def test_a_failed_commit_leaves_the_old_index(make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = make_corpus({"a.txt": "旧的正文。"})
    corpus.update()
    (corpus.folder / "a.txt").write_text("新的正文，比旧的长。", "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(
            "corpus_search.engines.whoosh.writer.write_state", lambda *_: (_ for _ in ()).throw(OSError(28, "No space"))
        )
        with pytest.raises(SearchIndexError, match=r"index: the index cannot be written \(No space\); make room"):
            corpus.update()
    assert _found(corpus, '"旧的正文"') == ["a"]
    corpus.update()
    assert _found(corpus, '"新的正文"') == ["a"]
    assert len(list(corpus.index.glob("gen-*"))) == 2


def test_a_reader_sees_the_old_index_until_it_asks_again(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "旧的正文。"})
    corpus.update()
    reader = corpus.searcher()
    for n in range(4):
        (corpus.folder / "a.txt").write_text(f"第{n}次的正文。" * (n + 1), "utf-8")
        corpus.update()
    assert [hit.chunk.text for hit in reader.search("正文").hits] == ["旧的正文。"]
    assert not reader.is_current()
    assert corpus.searcher().search("正文").hits[0].chunk.text.startswith("第3次的正文。")


def test_searches_during_indexing_see_one_state_or_the_other(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({f"{n}.txt": "版本零。" for n in range(5)})
    corpus.update()
    seen: list[set[str]] = []
    errors: list[Exception] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                hits = corpus.searcher().search("版本", limit=50).hits
            except Exception as error:
                errors.append(error)
                return
            seen.append({hit.chunk.text for hit in hits})

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in ("一", "二三", "四五六"):
        for n in range(5):
            (corpus.folder / f"{n}.txt").write_text(f"版本{version}。", "utf-8")
        corpus.update()
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert seen
    assert all(len(texts) == 1 for texts in seen)


KILLED = """
import sys
from pathlib import Path
from corpus_search.corpus import Corpus
corpus = Corpus(Path(sys.argv[1]), Path(sys.argv[2]))
print("go", flush=True)
corpus.update()
"""


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 1.8])
def test_a_killed_indexer_leaves_the_old_index_or_the_new(make_corpus: MakeCorpus, after_s: float) -> None:
    corpus = make_corpus({f"{n}.txt": ARTICLE.format(title=f"旧{n}号论") for n in range(30)})
    corpus.update()
    for n in range(30):
        (corpus.folder / f"{n}.txt").write_text(ARTICLE.format(title=f"崭新{n}号论"), "utf-8")
    command = [sys.executable, "-c", KILLED, str(corpus.folder), str(corpus.index)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
    old, new = len(_found(corpus, '"旧"')), len(_found(corpus, '"崭新"'))
    assert (old, new) in ((30, 0), (0, 30))
    corpus.update()
    assert (len(_found(corpus, '"旧"')), len(_found(corpus, '"崭新"'))) == (0, 30)


def test_a_second_writer_waits_and_then_names_the_first(make_corpus: MakeCorpus, said: list[str]) -> None:
    corpus = make_corpus({"a.txt": "正文。"})
    corpus.update()
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with Generations(corpus.index).lock(wait_s=1, waiting=print):
            held.set()
            release.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        with pytest.raises(
            IndexLockedError, match=rf"process {os.getpid()} on .* is still writing this index after 1 s"
        ):
            corpus.update(wait_s=1)
        assert _found(corpus, "正文") == ["a"]
    finally:
        release.set()
        holder.join()
    assert "waiting for process" in said[0]
    corpus.update(wait_s=1)


def test_an_index_that_no_engine_can_read_is_an_error_of_ours(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "正文。"})
    corpus.update()
    _cut_segment(corpus)
    with pytest.raises(IndexDamagedError, match="missing or cut short"):
        Corpus(corpus.folder, corpus.index).searcher()
