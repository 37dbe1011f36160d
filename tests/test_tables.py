"""What is read piece by piece from tables is what jieba and OpenCC say."""

import random
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from corpus_search import tables
from corpus_search.analysis import ChineseSegmenter
from corpus_search.tables import Dictionary, chances, dictionary, packed_words, quiet_jieba, simplified, version

with quiet_jieba():
    import jieba


@cache
def frequencies() -> dict[str, int]:
    tokenizer = jieba.Tokenizer()
    return dict(tokenizer.gen_pfdict(tokenizer.get_dict_file())[0])


def taught_jieba(words: list[str]) -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.initialized = dict(frequencies()), True
    tokenizer.total = total = dictionary().total
    for word in sorted(words, key=lambda word: (len(word), word)):
        tokenizer.add_word(word)
        tokenizer.total = total
    return tokenizer


def test_the_table_of_words_is_jiebas_dictionary() -> None:
    assert dictionary().all() == frequencies()
    assert dictionary().beginning_with("龘") == {w: n for w, n in frequencies().items() if w.startswith("龘")}
    assert dictionary().beginning_with("\U00030000") == {}


def test_the_table_of_chances_is_jiebas() -> None:
    theirs = import_module("jieba.finalseg.prob_emit").P
    chars = {char for table in theirs.values() for char in table} | {"a", "\U00030000"}
    for place, table in theirs.items():
        assert {char: value for char in chars if (value := chances().at(place, char)) is not None} == table


def test_what_is_in_no_dictionary_is_cut_alike_by_chances_read_one_by_one_and_by_the_whole() -> None:
    code = (
        "import random, sys; from corpus_search.analysis import ChineseSegmenter\n"
        "dice = random.Random(1)\n"
        "runs = [''.join(chr(dice.randrange(0x4e00, 0x9fa5)) for _ in range(8)) for _ in range(40)]\n"
        "cut = lambda: [word for run in runs for word, _, _ in ChineseSegmenter(fast=False).cut(run)]\n"
        "one_by_one = cut()\n"
        "assert 'jieba.finalseg.prob_emit' not in sys.modules\n"
        "ChineseSegmenter(fast=False).load()\n"
        "assert 'jieba.finalseg.prob_emit' in sys.modules\n"
        "assert type(sys.modules['jieba.finalseg'].emit_P['B']) is dict\n"
        "assert cut() == one_by_one and 40 < len(one_by_one) < 320\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    code = "from corpus_search.analysis import ChineseSegmenter as Segmenter; segmenter = Segmenter(); segmenter.load()"
    subprocess.run([sys.executable, "-c", f"{code}; assert list(segmenter.cut('预热'))"], check=True, timeout=120)


def test_runs_are_cut_as_by_jieba_whatever_was_cut_before() -> None:
    dice = random.Random(1)
    known = sorted(word for word, often in frequencies().items() if often)
    words = [a + b for a, b in zip(dice.sample(known, 300), dice.sample(known, 300), strict=True)]
    words += [word + dice.choice(known) for word in words[:50]]
    theirs = taught_jieba(words)
    ours = ChineseSegmenter(words)
    runs = ["".join(dice.choices([*known, *words, *words], k=4)) for _ in range(400)]
    for run in runs:
        assert [word for word, _, _ in ours.cut(run)] == list(theirs.cut(run))
    whole = ChineseSegmenter(words)
    whole.load()
    for run in runs:
        assert [word for word, _, _ in whole.cut(run)] == list(theirs.cut(run))


def test_a_word_is_taught_when_the_last_of_its_characters_comes() -> None:
    words = ["卢昊研究", "卢昊"]
    segmenter = ChineseSegmenter(words)
    assert [word for word, _, _ in segmenter.cut("卢")] == ["卢"]
    assert [word for word, _, _ in segmenter.cut("研究")] == ["研究"]
    assert [word for word, _, _ in segmenter.cut("读卢昊的")] == list(taught_jieba(words).cut("读卢昊的"))
    assert [word for word, _, _ in segmenter.cut("读卢昊研究")] == list(taught_jieba(words).cut("读卢昊研究"))
    assert segmenter.knows("卢昊研究")


def test_simplified_forms_are_opencc_s() -> None:
    from opencc import OpenCC

    to_simplified, shinjitai = OpenCC("t2s"), OpenCC("jp2t")
    for char in "戰略研概芸气実仮々〇ヴ":
        plain = to_simplified.convert(char)
        assert simplified().get(char, char) in {plain, to_simplified.convert(shinjitai.convert(char))}
    assert [simplified().get(char, char) for char in "戰实実芸研気"] == ["战", "实", "实", "芸", "研", "气"]


def test_a_table_that_was_cut_short_is_refused() -> None:
    data = packed_words({"同": 0, "同盟": 3}, 3)
    assert Dictionary(data).all() == {"同": 0, "同盟": 3}
    with pytest.raises(ValueError, match="not a table"):
        Dictionary(data[:-1])


def test_a_version_is_read_from_what_is_installed() -> None:
    from importlib.metadata import version as looked_up

    assert version("jieba") == looked_up("jieba")
    assert version("opencc") == looked_up("opencc")
    assert version("click") == looked_up("click")


def test_a_table_is_made_anew_if_it_is_broken_and_elsewhere_if_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: Path) -> Dictionary:
        return Dictionary(tables._mapped(path))

    monkeypatch.setattr(tables, "_private_folder", lambda: tmp_path)
    (tmp_path / "x").write_bytes(b"cut sho")
    data = packed_words({"同": 0, "同盟": 3}, 3)
    assert tables._kept("x", lambda: data, read).all() == {"同": 0, "同盟": 3}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    monkeypatch.setattr(tables, "_private_folder", lambda: tmp_path / "missing")
    assert tables._kept("x", lambda: data, read).total == 3
