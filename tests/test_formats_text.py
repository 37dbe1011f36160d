"""Text files of every encoding a Chinese folder holds are read right, and what is no text is refused."""

from __future__ import annotations

import codecs

import pytest
from opencc import OpenCC

from corpus_search.errors import FileError
from corpus_search.formats.text import MAX_BYTES, decode
from tests.conftest import SEED

SIMPLIFIED = "".join(SEED.read_text("utf-8").splitlines(keepends=True)[20:60])
SIMPLIFIED_ONLY = "".join(c for c in SIMPLIFIED if c < "\u3040" or c > "\u30ff")
TRADITIONAL = OpenCC("s2t").convert(SIMPLIFIED_ONLY)
JAPANESE = "ウクライナ危機と米中対立について、日本の安全保障をどう構築するか。国際秩序の強化が求められている。" * 5


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (SIMPLIFIED[:300], "gb18030", "gb18030"),
        ("中华人民共和国宪法，是国家的根本法。", "gb18030", "gb18030"),
        (TRADITIONAL, "big5hkscs", "big5hkscs"),
        ("中華民國憲法，是國家的根本大法。人民有言論自由。", "big5hkscs", "big5hkscs"),
        (JAPANESE, "shift_jis_2004", "shift_jis_2004"),
        (JAPANESE, "euc_jp", "euc_jp"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
        ("An English paper.\nIt has café in it.\n" * 20, "utf-8", "utf-8"),
    ],
)
def test_an_encoding_is_found_by_what_it_makes_of_the_bytes(text: str, encoding: str, found: str) -> None:
    kept = "".join(c for c in text if c.encode(encoding, "ignore"))
    decoded = decode(kept.encode(encoding), path="a.txt")
    assert decoded.encoding == found
    assert decoded.text == kept


@pytest.mark.parametrize(
    ("mark", "encoding", "named"),
    [
        (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
    ],
)
def test_a_byte_order_mark_decides_and_is_no_text(mark: bytes, encoding: str, named: str) -> None:
    decoded = decode(mark + SIMPLIFIED.encode(encoding), path="a.txt")
    assert (decoded.text, decoded.encoding) == (SIMPLIFIED, named)


def test_bytes_that_are_no_text_are_refused_with_the_path() -> None:
    with pytest.raises(FileError, match=r"^dir/a\.txt: .*binary data.*remove it"):
        decode(bytes(range(32)) * 200, path="dir/a.txt")


def test_a_broken_file_is_refused_with_line_and_byte() -> None:
    data = "第一行\n第二行\n".encode() + b"\xff\xfe\xfd\xff" + bytes([0x80] * 9)
    with pytest.raises(FileError, match=r"a\.txt: line 3: byte 20 is not valid UTF-8.*save it as UTF-8"):
        decode(data, path="a.txt")


def test_a_broken_wide_file_is_refused() -> None:
    with pytest.raises(FileError, match=r"a\.txt: byte \d+ is not valid utf-16"):
        decode(codecs.BOM_UTF16_LE + b"a\x00\x00\xd8", path="a.txt")


def test_a_stray_nul_is_kept_and_remarked() -> None:
    decoded = decode("日美\0同盟，以及其他的事情。".encode(), path="a.txt")
    assert decoded.text == "日美\0同盟，以及其他的事情。"
    assert decoded.remarks == ("1 NUL characters are in the file; they are kept as they stand",)


def test_a_file_too_large_for_an_article_is_refused_before_it_is_read() -> None:
    with pytest.raises(FileError, match=r"20\.0 MB is too large for one article \(at most 20 MB\); split it"):
        decode(b"a" * (MAX_BYTES + 1), path="a.txt")
