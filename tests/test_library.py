"""Folders of many files: copies, sidecars, what is left out, runs that are stopped, and disks that are full."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus_search.article import Article
from corpus_search.corpus import Corpus
from corpus_search.doctor import examine, repair
from corpus_search.errors import SearchIndexError
from corpus_search.indexer import JOURNAL, Summary
from corpus_search.parse import parse as parse_text
from corpus_search.watching import watch
from corpus_search.web import create_app
from tests.conftest import MakeCorpus

TEXT = "一、{name}\n论{name}的历史与现状，以及其他的事情。\n"


def _counts(summary: Summary) -> dict[str, int]:
    names = ("new", "changed", "renamed", "deleted", "unchanged", "identical")
    return {name: count for name in names if (count := getattr(summary, name))}


def _documents(corpus: Corpus) -> tuple[str, ...]:
    return corpus.searcher().documents()


# --- copies --------------------------------------------------------------------------------------------------


def test_files_of_the_same_content_are_indexed_once_and_both_paths_are_shown(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a/one.txt": TEXT.format(name="海运"), "b/copy.txt": TEXT.format(name="海运")})
    assert _counts(corpus.update()) == {"new": 2, "identical": 1}
    assert _documents(corpus) == ("a/one",)
    assert corpus.searcher().paths("a/one") == ("a/one.txt", "b/copy.txt")
    assert corpus.searcher().search("海运").total == 2
    command = [sys.executable, "-m", "corpus_search", "show", "a/one", "--corpus", str(corpus.folder)]
    shown = subprocess.run([*command, "--index", str(corpus.index)], capture_output=True, text=True, check=True).stdout
    assert "the same as b/copy.txt" in shown
    page = create_app(corpus).test_client().get("/article/a/one").text
    assert "The same text is in: b/copy.txt" in page
    assert _counts(corpus.update()) == {"unchanged": 2, "identical": 1}


def test_a_copy_takes_the_place_of_its_original(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": TEXT.format(name="海运"), "b.txt": TEXT.format(name="海运")})
    corpus.update()
    (corpus.folder / "a.txt").unlink()
    corpus.update()
    assert _documents(corpus) == ("b",)
    assert corpus.searcher().search("海运").hits[0].address.startswith("b#")


def test_a_copy_that_is_changed_becomes_an_article_of_its_own(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": TEXT.format(name="海运"), "b.txt": TEXT.format(name="海运")})
    corpus.update()
    (corpus.folder / "b.txt").write_text(TEXT.format(name="铁路"), "utf-8")
    corpus.update()
    assert _documents(corpus) == ("a", "b")
    (corpus.folder / "b.txt").write_text(TEXT.format(name="海运"), "utf-8")
    corpus.update()
    assert _documents(corpus) == ("a",)
    (corpus.folder / "b.txt").unlink()
    corpus.update()
    assert _documents(corpus) == ("a",)
    assert corpus.searcher().search("海运").total == 2


def test_a_new_copy_does_not_move_what_is_indexed(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"b.txt": TEXT.format(name="海运")})
    corpus.update()
    (corpus.folder / "a.txt").write_text(TEXT.format(name="海运"), "utf-8")
    assert _counts(corpus.update()) == {"new": 1, "unchanged": 1, "identical": 1}
    assert _documents(corpus) == ("b",)


def test_random_copies_moves_and_edits_leave_the_index_as_if_made_anew(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    rng = random.Random(5)
    corpus = make_corpus({})
    contents = [TEXT.format(name=name) for name in ("海运", "铁路", "公路", "航空")]
    names = [f"{folder}{n}.txt" for folder in ("", "in/") for n in range(4)]
    (corpus.folder / "in").mkdir()
    for _ in range(25):
        for name in rng.sample(names, 3):
            path = corpus.folder / name
            if path.exists() and rng.random() < 0.4:
                path.unlink()
            else:
                path.write_text(rng.choice(contents), "utf-8")
        if not any(corpus.folder.rglob("*.txt")):
            continue
        corpus.update()
        there = {path.read_text("utf-8") for path in corpus.folder.rglob("*.txt")}
        searcher = corpus.searcher()
        assert len(searcher.documents()) == len(there)
        shown = sorted(path for doc_id in searcher.documents() for path in searcher.paths(doc_id))
        assert shown == sorted(p.relative_to(corpus.folder).as_posix() for p in corpus.folder.rglob("*.txt"))
        for doc_id in searcher.documents():
            text = {(corpus.folder / path).read_text("utf-8") for path in searcher.paths(doc_id)}
            assert len(text) == 1
            assert searcher.article(doc_id).sections[0].heading in text.pop()


# --- what lies beside ----------------------------------------------------------------------------------------


def test_a_sidecar_overrides_what_the_text_says(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(
        {
            "a.txt": TEXT.format(name="海运"),
            "a.meta.toml": 'title = "海运史论"\nauthors = ["王立", {name = "陈芳", affiliation = "某大学"}]\n'
            'year = 2021\njournal = "交通史"\nissue = 3\npages = [12, 30]\nkeywords = ["海运", "港口"]\n',
            "b.txt": TEXT.format(name="铁路"),
            "b.csl.json": json.dumps(
                [
                    {
                        "title": "铁路史论",
                        "author": [{"family": "赵", "given": "明远"}, {"literal": "铁路学会"}],
                        "issued": {"date-parts": [[2019, 5]]},
                        "container-title": "交通史",
                        "page": "5-11",
                        "DOI": "10.1/x",
                    }
                ]
            ),
        }
    )
    corpus.update()
    meta = corpus.searcher().article("a").metadata
    assert (meta.title, meta.year, meta.journal, meta.issue, meta.pages) == ("海运史论", 2021, "交通史", "3", (12, 30))
    assert [(author.name, author.affiliation) for author in meta.authors] == [("王立", ""), ("陈芳", "某大学")]
    assert meta.keywords == ("海运", "港口")
    meta = corpus.searcher().article("b").metadata
    assert (meta.title, meta.year, meta.doi, meta.pages) == ("铁路史论", 2019, "10.1/x", (5, 11))
    assert [author.name for author in meta.authors] == ["赵明远", "铁路学会"]
    assert [hit.chunk.doc_id for hit in corpus.searcher().search("title:海运史论 历史").hits] == ["a"]
    (corpus.folder / "a.meta.toml").write_text('title = "另一题"', "utf-8")
    assert _counts(corpus.update())["changed"] == 1
    assert corpus.searcher().article("a").metadata.title == "另一题"
    (corpus.folder / "a.meta.toml").unlink()
    corpus.refresh()
    assert corpus.searcher().article("a").metadata.title is None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.meta.toml", 'year = 2021\ntitle == "x"', "(at line 2, column 8)"),
        ("a.meta.toml", 'titel = "x"', "there is no key 'titel'; there are authors,"),
        ("a.meta.toml", 'year = "MMXX"', "does not say what is expected"),
        ("a.csl.json", "{", "line 1 column 2"),
        ("a.csl.json", "[]", "does not say what is expected"),
    ],
)
def test_a_broken_sidecar_is_named_and_nothing_else_is_lost(
    make_corpus: MakeCorpus, name: str, content: str, reason: str
) -> None:
    corpus = make_corpus({"a.txt": TEXT.format(name="海运"), name: content})
    (failure,) = corpus.update().failures
    assert failure.path == name
    assert reason in failure.reason
    assert _documents(corpus) == ("a",)
    assert corpus.refresh() is None


def test_what_corpusignore_names_is_left_out(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(
        {
            ".corpusignore": "# drafts\ndraft*.txt\nold/\n!old/keep.txt\n/top.txt\n",
            "a.txt": "甲。", "draft1.txt": "乙。", "in/draft2.txt": "丙。", "old/b.txt": "丁。", "top.txt": "戊。", "in/top.txt": "己。",
        }
    )  # fmt: skip
    corpus.update()
    assert _documents(corpus) == ("a", "in/top")
    (corpus.folder / ".corpusignore").write_text("a.txt", "utf-8")
    corpus.refresh()
    assert _documents(corpus) == ("draft1", "in/draft2", "in/top", "old/b", "top")


# --- many files ----------------------------------------------------------------------------------------------


def test_several_processes_make_the_index_that_one_makes(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    corpus = make_corpus({f"{n:02}.txt": TEXT.format(name=f"第{n}号铁路") for n in range(30)})
    steps: list[tuple[str, int, int]] = []
    corpus.update(workers=2, progress=lambda what, done, total: steps.append((what, done, total)))
    alone = Corpus(corpus.folder, tmp_path / "alone")
    alone.update()
    for query in ("铁路", "第7号铁路", "“历史与现状”"):
        ours, theirs = (c.searcher().search(query, limit=100) for c in (corpus, alone))
        assert [(h.address, h.score, h.spans) for h in ours.hits] == [
            (h.address, h.score, h.spans) for h in theirs.hits
        ]
    assert {what for what, _, _ in steps} == {"looking", "reading", "indexing"}
    assert ("reading", 30, 30) in steps
    assert ("indexing", 30, 30) in steps
    assert not (corpus.index / JOURNAL).exists()


INTERRUPTED = """
import sys, signal
from pathlib import Path
from corpus_search.corpus import Corpus
from corpus_search.indexer import update
moments = [(sys.argv[3], int(sys.argv[4]))]
def progress(what, done, total):
    if (what, done) in moments:
        moments.clear()
        raise KeyboardInterrupt
try:
    summary = update(Path(sys.argv[1]), Path(sys.argv[2]), progress=progress)
    print("stopped" if summary.stopped else "done", summary.documents)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize(("stage", "answer"), [("reading", "interrupted\n"), ("indexing", "stopped 20\n")])
def test_a_run_that_is_stopped_goes_on_from_there(
    make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch, stage: str, answer: str
) -> None:
    corpus = make_corpus({f"{n:02}.txt": TEXT.format(name=f"第{n}号铁路") for n in range(30)})
    command = [sys.executable, "-c", INTERRUPTED, str(corpus.folder), str(corpus.index), stage, "20"]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout == answer
    parsed: list[str] = []

    def parse(text: str, **options: Any) -> Article:
        parsed.append(text)
        return parse_text(text, **options)

    monkeypatch.setattr("corpus_search.reading.parse", parse)
    corpus.update()
    assert len(parsed) == (10 if stage == "reading" else 0)
    assert len(_documents(corpus)) == 30
    assert [f.level for f in examine(corpus)] == ["good", "good", "good"]


def test_ctrl_c_at_the_terminal_keeps_what_is_done(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({f"{n:03}.txt": TEXT.format(name=f"第{n}号铁路") * 40 for n in range(120)})
    command = [sys.executable, "-m", "corpus_search", "index", str(corpus.folder), "--index", str(corpus.index)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not (corpus.index / JOURNAL).exists():
            time.sleep(0.05)
        try:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode in (130, 0)
    assert "Traceback" not in errors
    corpus.update()
    assert len(_documents(corpus)) == 120


# --- the doctor ----------------------------------------------------------------------------------------------


def test_the_doctor_finds_a_sound_index_good(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": TEXT.format(name="海运")})
    corpus.update()
    findings = list(examine(corpus))
    assert [finding.level for finding in findings] == ["good", "good", "good"]
    assert "1 document, 2 chunks" in findings[1].message


def test_the_doctor_mends_what_is_broken(make_corpus: MakeCorpus, said: list[str]) -> None:
    corpus = make_corpus({"a.txt": TEXT.format(name="海运")})
    corpus.update()
    generation = next(corpus.index.glob("gen-*"))
    for part in sorted(generation.iterdir()):
        if part.stat().st_size < 8:
            continue
        content = part.read_bytes()
        part.write_bytes(content[: len(content) // 2])
        findings = list(examine(corpus))
        assert findings[-1].broken, part
        assert "made anew: 1 article" in next(iter(repair(corpus, findings)))
        assert [finding.level for finding in examine(corpus)] == ["good", "good", "good"]
        generation = max(corpus.index.glob("gen-*"))
        break


def test_the_doctor_sees_what_a_crash_left(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": TEXT.format(name="海运")})
    corpus.update()
    left = corpus.index / "gen-000099"
    left.mkdir()
    (left / "corpus-search-index").touch()
    findings = list(examine(corpus))
    assert [finding.level for finding in findings] == ["good", "good", "note", "good"]
    assert list(repair(corpus, findings)) == ["gen-000099: removed"]
    assert not left.exists()


def test_the_doctor_at_the_terminal(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": TEXT.format(name="海运")})

    def doctor(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "corpus_search", "doctor", "--corpus", str(corpus.folder)]
        command += ["--index", str(corpus.index), *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert doctor().returncode == 1
    assert doctor("--repair").returncode == 0
    assert json.loads(doctor("--json").stdout)[0]["level"] == "good"


# --- disks ---------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes, where this user may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("A SMALL DISK CANNOT BE MADE here: a full one was not tried")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


# Whoosh leaves the files open that it could not write.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_full_disk_is_said_and_leaves_the_old_index(make_corpus: MakeCorpus, small_disk: Path) -> None:
    made = make_corpus({"a.txt": TEXT.format(name="海运")})
    corpus = Corpus(made.folder, small_disk / "index")
    corpus.update()
    rng = random.Random(1)
    for n in range(40):
        text = "".join(chr(rng.randrange(0x4E00, 0x9F00)) for _ in range(20_000))
        (corpus.folder / f"{n}.txt").write_text(text, "utf-8")
    with pytest.raises(SearchIndexError, match="No space left on device"):
        corpus.update()
    assert _documents(corpus) == ("a",)
    assert corpus.searcher().search("海运").total == 2
    for n in range(40):
        (corpus.folder / f"{n}.txt").unlink()
    corpus.update()
    assert [f.level for f in examine(corpus)] == ["good", "good", "good"]


def test_an_index_on_a_disk_that_cannot_be_written_still_answers(make_corpus: MakeCorpus, small_disk: Path) -> None:
    made = make_corpus({"a.txt": TEXT.format(name="海运")})
    corpus = Corpus(made.folder, small_disk / "index")
    corpus.update()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    (corpus.folder / "b.txt").write_text(TEXT.format(name="铁路"), "utf-8")
    with pytest.raises(SearchIndexError, match="cannot be written"):
        corpus.update()
    assert corpus.searcher().search("海运").total == 2
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    corpus.update()
    assert _documents(corpus) == ("a", "b")


# --- crashes -------------------------------------------------------------------------------------------------

KILLED = """
import sys
from pathlib import Path
from corpus_search.corpus import Corpus
print("go", flush=True)
Corpus(Path(sys.argv[1]), Path(sys.argv[2])).update()
"""


@pytest.mark.long
def test_a_hundred_kills_at_random_moments_leave_the_old_index_or_the_new(make_corpus: MakeCorpus) -> None:
    rng = random.Random(os.environ.get("CORPUS_SEARCH_SEED", "7"))
    count = 30
    corpus = make_corpus({f"{n}.txt": TEXT.format(name=f"铁路甲{n}") for n in range(count)})
    corpus.update()
    before, outcomes = "甲", {"old": 0, "new": 0}
    for _ in range(100):
        after = chr(ord(before) + 1) if before < "\u9e00" else "\u4e00"
        for n in range(count):
            (corpus.folder / f"{n}.txt").write_text(TEXT.format(name=f"铁路{after}{n}"), "utf-8")
        command = [sys.executable, "-c", KILLED, str(corpus.folder), str(corpus.index)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(rng.uniform(0, 2.0))
            process.send_signal(signal.SIGKILL)
        found = {word: corpus.searcher().search(f'"铁路{word}"', limit=1000).total for word in (before, after)}
        assert found in ({before: 2 * count, after: 0}, {before: 0, after: 2 * count})
        outcomes["old" if found[before] else "new"] += 1
        corpus.update()
        assert corpus.searcher().search(f'"铁路{after}"', limit=1000).total == 2 * count
        assert not any(finding.broken for finding in examine(corpus))
        before = after
    print(outcomes)


# --- watching ------------------------------------------------------------------------------------------------


def _until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_watched_folder_is_followed(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": TEXT.format(name="海运")})
    corpus.update()
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=(corpus,), kwargs={"stop": stop})
    thread.start()
    try:
        (corpus.folder / "b.txt").write_text(TEXT.format(name="铁路"), "utf-8")
        assert _until(lambda: corpus.searcher().search("铁路").total == 2)
        # Half a file is no Word file yet; once it is whole, it is found.
        whole = (Path(__file__).parent / "formats" / "one" / "article.docx").read_bytes()
        (corpus.folder / "c.docx").write_bytes(whole[: len(whole) // 2])
        assert _until(lambda: any(f.path == "c.docx" for f in corpus.searcher().state.failures))
        assert corpus.searcher().search("铁路").total == 2
        (corpus.folder / "c.docx").write_bytes(whole)
        assert _until(lambda: corpus.searcher().search("乡村图书馆").total > 0)
        assert corpus.searcher().state.failures == ()
        for name in ("~$c.docx", ".b.txt.swp", "#b.txt#", "b.txt~", ".~lock.c.docx#"):
            (corpus.folder / name).write_text("临时文件", "utf-8")
        (corpus.folder / "b.txt").unlink()
        assert _until(lambda: corpus.searcher().search("铁路").total == 0)
        assert corpus.searcher().documents() == ("a", "c")
    finally:
        stop.set()
        thread.join()
