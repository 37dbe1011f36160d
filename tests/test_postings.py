"""Posting lists beside tantivy's files: what comes out is what a scan of the texts finds, however often it was merged."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

pytest.importorskip("tantivy")

from corpus_search.engines.tantivy import inverting, postings, segments
from corpus_search.engines.tantivy.postings import FieldWriter, Lists, Scratch, Segment, repeated, spread, write
from corpus_search.engines.tantivy.segments import Segments, SegmentsWriter, Weight, plan
from corpus_search.engines.writing import Numbering, gathered
from corpus_search.errors import IndexDamagedError

CHARACTERS = "abc的一𠮷 \n"
WORDS = ("一", "的", "foo", "food", "bé", "𠮷")


class Document(NamedTuple):
    """A document: its text, and how often it has each word."""

    text: str
    words: Counter[str]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything done in many small pieces."""
    monkeypatch.setattr(inverting, "_AT_ONCE", 50)
    monkeypatch.setattr(segments, "_AT_ONCE", 40)
    monkeypatch.setattr(segments, "_LARGE", 3000)
    monkeypatch.setattr(segments, "_MOST", 2)
    monkeypatch.setattr(segments, "_MOST_LATER", 3)
    monkeypatch.setattr(postings, "_IN_MEMORY", 1000)
    monkeypatch.setattr(segments, "_FEW", 0)
    monkeypatch.setattr(postings, "_DENSE", 3)


def sessions(dice: random.Random, folder: Path) -> Iterator[dict[int, Document]]:
    """Add documents and remove some, session by session; yield those that live after each."""
    alive: dict[int, Document] = {}
    number = 0
    for session in range(dice.choice((1, 2, 6))):
        writer = SegmentsWriter(folder, ("words",))
        for one in list(alive):
            if dice.random() < 0.2:
                del alive[one]
        for _ in range(dice.choice((0, 1, 3, 60))):
            made = [
                Document(
                    "".join(dice.choices(CHARACTERS, k=dice.choice((0, 1, 2, 5, 40, 300)))),
                    Counter(dice.choices(WORDS, k=dice.choice((0, 1, 4)))),
                )
                for _ in range(dice.choice((1, 2, 5)))
            ]
            numbers = list(range(number + 1, number + 1 + len(made)))
            number += 1 + len(made)  # The number between is an article's.
            writer.add(numbers, [one.text for one in made], {"words": gathered([one.words for one in made])})
            alive.update(zip(numbers, made, strict=True))
        writer.commit(living(alive) if session else None)
        yield alive


def living(alive: dict[int, Document]) -> np.ndarray:
    return np.array(sorted(alive), dtype=np.int64)


def expected(alive: dict[int, Document]) -> dict[tuple[str, str], dict[int, int]]:
    """Return how often each document has each term, by the places of documents, as a scan finds it."""
    found: dict[tuple[str, str], dict[int, int]] = {}
    for row, number in enumerate(sorted(alive)):
        text, words = alive[number]
        pairs = Counter(text[at : at + 2] for at in range(len(text) - 1))
        for field, counts in (("chars", Counter(text)), ("pairs", pairs), ("words", words)):
            for term, count in counts.items():
                found.setdefault((field, term), {})[row] = count
    return found


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(25))
def test_what_is_read_is_what_a_scan_finds(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    looked_up = []
    for alive in sessions(dice, tmp_path):
        read = Segments(tmp_path, living(alive))
        assert read.living == len(alive)
        assert len(list(tmp_path.glob("*.postings"))) <= 3
        wanted = expected(alive)
        every = read.terms("words")
        assert every == sorted(every)
        assert set(every) >= {term for of, term in wanted if of == "words"}
        pairs = [one + other for one in CHARACTERS for other in CHARACTERS]
        for field, terms in (("chars", [*CHARACTERS, "z"]), ("pairs", [*pairs, "zz"]), ("words", [*every, "zz"])):
            for term in terms:
                numbers, counts = read.postings(field, term)
                assert (np.diff(numbers) > 0).all()
                assert dict(zip(numbers.tolist(), counts.tolist(), strict=True)) == wanted.get((field, term), {})
                assert read.frequency(field, term) >= len(numbers)
                assert read.has_deleted or read.frequency(field, term) == len(numbers)
            (every_number, every_count), which = read.together([(field, term) for term in terms])
            for at, term in enumerate(terms):
                numbers, counts = every_number[which == at].tolist(), every_count[which == at].tolist()
                assert dict(zip(numbers, counts, strict=True)) == wanted.get((field, term), {})
            some = np.array(dice.sample(range(len(alive)), min(len(alive), 5)), dtype=np.int64)
            for term, dense in zip(terms, read.among(some)([(field, term) for term in terms]), strict=True):
                if dense is not None:
                    looked_up.append(term)
                    assert dense.tolist() == [wanted.get((field, term), {}).get(row, 0) for row in some.tolist()]
    assert looked_up


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(25))
def test_runs_stand_where_a_scan_finds_them(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed % 2:
        monkeypatch.setattr(postings, "_FAR", 10)
    dice = random.Random(seed)
    *_, alive = sessions(dice, tmp_path)
    read = Segments(tmp_path, living(alive))
    texts = [alive[number].text for number in sorted(alive)]
    for _ in range(60):
        text, size = dice.choice(texts or [""]), dice.choice((3, 4, 5, 9))
        at = dice.randrange(len(text) + 1)
        run = text[at : at + size] if dice.random() < 0.7 else "".join(dice.choices(CHARACTERS, k=size))
        if len(run) >= 3:
            rows = [row for row, text in enumerate(texts) if run in text]
            assert read.having_run(run, refused).tolist() == rows, run
            monkeypatch.setattr(segments, "_FEW", 1)
            assert read.having_run(run, rows.__contains__).tolist() == rows, run
            monkeypatch.setattr(segments, "_FEW", 0)


def refused(row: int) -> bool:
    raise AssertionError(f"the text of {row} is looked at")


def test_a_run_does_not_go_on_in_the_next_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "_FEW", 0)
    writer = SegmentsWriter(tmp_path, ())
    writer.add([1, 2, 3], ["xab", "cdx", "abcd"], {})
    writer.commit(None)
    read = Segments(tmp_path, np.array([1, 2, 3]))
    assert read.having_run("abcd", refused).tolist() == [2]
    assert read.having_run("bcd", refused).tolist() == [2]


@pytest.mark.usefixtures("small")
def test_words_are_found_by_an_expression(tmp_path: Path) -> None:
    *_, alive = sessions(random.Random(4), tmp_path)
    read = Segments(tmp_path, living(alive))
    for pattern, words in (("foo[a-z]*", {"foo", "food"}), ("[a-z]é", {"bé"}), ("foo$", {"foo"}), ("x", set())):
        rows = [row for row, number in enumerate(sorted(alive)) if words & set(alive[number].words)]
        assert read.having_matching("words", pattern).tolist() == rows


def test_numbers_of_every_width_come_back(tmp_path: Path) -> None:
    documents = np.array([0, 255, 0, 256, 65_536, 7, 100, 70_000, 70_001, 9], dtype=np.uint32)
    sizes = np.array([2, 3, 4, 1])
    counts = np.array([1, 1, 1, 255, 2, 1, 256, 3, 1, 70_000], dtype=np.uint32)
    places = np.arange(int(counts.sum()), dtype=np.uint32)
    lists = Lists(np.array([3, 5, 1 << 40, 1 << 41], dtype=np.uint64), sizes, documents, counts, places)
    with Scratch(tmp_path) as scratch:
        field = FieldWriter(scratch, 70_002)
        field.add(lists)
        write(tmp_path / "one.postings", np.arange(70_002), np.ones(70_002), {"pairs": field})
    read = Segment(tmp_path / "one.postings").fields["pairs"]
    assert read.keys().tolist() == lists.keys.tolist()
    again = read.lists(np.arange(4), read.keys())
    for mine, theirs in zip(lists, again, strict=True):
        assert mine is not None
        assert theirs is not None
        assert mine.tolist() == theirs.tolist()
    begin = 0
    for at, size in enumerate(sizes.tolist()):
        found = [array.tolist() for array in read.postings(at)]
        assert found == [documents[begin : begin + size].tolist(), counts[begin : begin + size].tolist()]
        begin += size


def test_ranges_are_spread_in_whatever_order_they_come() -> None:
    begins, sizes = np.array([7, 3, 4, 90_000, 0], dtype=np.uint32), np.array([1, 3, 2, 1, 255], dtype=np.uint8)
    wanted = [
        number
        for begin, size in zip(begins.tolist(), sizes.tolist(), strict=True)
        for number in range(begin, begin + size)
    ]
    assert spread(begins, sizes).tolist() == wanted
    for width in (np.uint32, np.int64):
        again = repeated(begins.astype(width), sizes)
        assert again.tolist() == np.repeat(begins, sizes).tolist()
        assert again.dtype == width
    assert len(spread(begins[:0], sizes[:0])) == len(repeated(begins[:0], sizes[:0])) == 0


def weights(*sizes: int, living: float = 1.0) -> list[Weight]:
    return [Weight(Path(str(at)), size << 20, living) for at, size in enumerate(sizes)]


def planned(found: list[Weight], most: int = 8, together: int = 0) -> list[list[str]]:
    return [[one.path.name for one in group] for group in plan(found, most, together << 20)]


def test_what_came_last_is_merged_with_what_is_no_larger() -> None:
    assert planned(weights(30, 4, 2, 1)) == []
    assert planned(weights(30, 4, 1, 1)) == [["2", "3"]]
    assert planned(weights(30, 2, 1, 1)) == [["1", "2", "3"]]
    assert planned(weights(90, 80, 100)) == []  # Large ones are let alone.


def test_where_there_are_many_the_smallest_neighbours_are_merged() -> None:
    assert planned(weights(90, 60, 50, 40, 70), most=3) == [["0", "1"], ["2", "3"]]
    assert planned(weights(*[64] * 4), most=2) == [["0", "1"], ["2", "3"]]


def test_at_first_what_is_not_long_together_is_one() -> None:
    assert planned(weights(90, 60, 70), together=500) == [["0", "1", "2"]]
    assert planned(weights(400, 80, 70), together=200) == [["1", "2"]]


def test_a_segment_is_written_anew_when_much_of_it_was_deleted() -> None:
    assert planned(weights(90, living=0.9)) == []
    assert planned(weights(90, living=0.5)) == [["0"]]
    assert planned([*weights(90), Weight(Path("1"), 1 << 20, 0.0)]) == [["1"]]


def test_what_was_deleted_leaves_its_files_in_time(tmp_path: Path) -> None:
    for first in range(0, 50, 10):
        writer = SegmentsWriter(tmp_path, ())
        numbers = list(range(first, first + 10))
        writer.add(numbers, [f"{number:>20}" for number in numbers], {})
        writer.commit(np.array(numbers))  # All that was there before is replaced.
        read = Segments(tmp_path, np.array(numbers))
        assert (read.living, read.has_deleted) == (10, False)
        assert len(list(tmp_path.glob("*.postings"))) == 1


def test_a_segment_that_is_cut_short_or_overwritten_is_a_damaged_index(tmp_path: Path) -> None:
    writer = SegmentsWriter(tmp_path, ())
    writer.add([1], ["论海运的历史与现状"], {})
    writer.commit(None)
    (path,) = tmp_path.glob("*.postings")
    data = path.read_bytes()
    for broken in (b"", data[:-1], data[: len(data) // 2], data[:-40] + bytes(40), bytes(len(data))):
        path.write_bytes(broken)
        with pytest.raises(IndexDamagedError, match=path.name):
            Segment(path)


def test_what_cannot_be_written_is_told_by_who_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(segments, "write", full)
    monkeypatch.setattr(segments, "_LARGE", 5)
    writer = SegmentsWriter(tmp_path, ())
    writer.add([1], ["论海运的历史与现状"], {})
    with pytest.raises(OSError, match="No space left"):
        writer.commit(None)


def test_a_byte_that_changed_is_seen_by_who_reads_all(tmp_path: Path) -> None:
    writer = SegmentsWriter(tmp_path, ())
    writer.add([1, 2], ["论海运的历史与现状", "海运史"], {})
    writer.commit(None)
    (path,) = tmp_path.glob("*.postings")
    data = path.read_bytes()
    Segments(tmp_path, np.array([1, 2])).check()
    for at in range(8, len(data) - 20):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(IndexDamagedError, match=path.name):
            Segments(tmp_path, np.array([1, 2])).check()
    path.write_bytes(data[:40] + b"?" + data[41:])
    writer = SegmentsWriter(tmp_path, ())
    writer.add([3], ["海运"], {})
    with pytest.raises(IndexDamagedError, match=path.name):  # What is broken is not merged.
        writer.commit(np.array([1, 3]))


def test_lists_that_say_they_are_longer_than_all_take_no_room(tmp_path: Path) -> None:
    writer = SegmentsWriter(tmp_path, ("words",))
    others = [chr(97 + n) for n in range(26)]
    words = [Counter({"foo": 1 << 20}), *(Counter() for _ in others)]
    writer.add([*range(27)], ["海运史海运史" * 9, *others], {"words": gathered(words)})
    writer.commit(None)
    (path,) = tmp_path.glob("*.postings")
    for name, field in Segment(path).fields.items():
        data = bytearray(path.read_bytes())
        data[field._table : field._table + 4] = (0xFFFFFFF0).to_bytes(4, "little")
        path.with_suffix(".broken").write_bytes(data)
        broken = Segment(path.with_suffix(".broken")).fields[name]
        with pytest.raises(IndexDamagedError, match="longer"):
            broken.lists(np.arange(1), np.arange(1))
        with pytest.raises(ValueError, match="buffer"):
            broken.postings(0)


def test_an_interrupted_addition_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = inverting.Pool(("words",))
    pool.add([1], ["海运"], {"words": gathered([Counter(["foo"])])})

    def stop(self: object, term: str) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Numbering, "__missing__", stop)
        with pytest.raises(KeyboardInterrupt):
            pool.add([2, 3], ["铁路", "铁路"], {"words": gathered([Counter(["foo"]), Counter(["bar"])])})
    pool.add([4], ["铁"], {"words": gathered([Counter(["baz"])])})
    with Scratch(tmp_path) as scratch:
        documents, sizes, _ = pool.inverted(scratch)
    assert documents.tolist() == [1, 4]
    assert sizes.tolist() == [2, 1]
