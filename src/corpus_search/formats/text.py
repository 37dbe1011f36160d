"""How do I read a text file?

Bytes in, decoded text out, with the encoding that was found. Chinese text files come in UTF-8, GB18030 (which
holds GBK and GB 2312), Big5 and UTF-16, with and without a byte order mark.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from corpus_search.errors import FileError
from corpus_search.formats.layout import Extract

SUFFIXES = frozenset({".txt", ".text"})
"""The file name endings read as text, in lower case."""

MAX_BYTES = 20_000_000
"""Larger files are refused: the longest monograph is some 3 MB of text, and a parse holds a few copies."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = ("gb18030", "big5hkscs", "shift_jis_2004", "euc_jp")
_SAMPLE = 200_000
# Sorts of characters that fill running text in the languages of this corpus, by frequency lists of modern
# Chinese: a wrong decoder yields Han of the right shape, but rare ones.
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "這個國時來們對會發動產後學經說過種"
    "のにはをたがでとしれさいるなもかっりまことして日本国年月人大中会学時間事行出見長立東西経済対関係問題政府安全保障戦後"
    "，。、；：“”（）《》？！「」　 \n\r"
)
_BINARY = "this is binary data, not text; remove it or convert it to text"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def decode(data: bytes, *, path: str) -> Extract:
    """Decode a text file's bytes.

    Raises `FileError`, naming `path`, when `data` is too large or no text.
    """
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1e6:.1f} MB"
        raise FileError(path, f"{size} is too large for one article (at most {MAX_BYTES // 1_000_000} MB); split it")
    text, encoding = _decode(data, path)
    if _is_binary(text):
        raise FileError(path, _BINARY)
    remarks = []
    if "\0" in text:
        remarks.append(f"{text.count(chr(0))} NUL characters are in the file; they are kept as they stand")
    if encoding == "utf-8" and "\ufffd" in text and (lines := _broken_lines(data)):
        shown = ", ".join(map(str, lines[:10]))
        remarks.append(f"bytes that are not valid UTF-8 stand in line {shown}; they are read as \ufffd")
    return Extract(text, encoding, tuple(remarks))


extract = decode
"""Every format's module has this name; a text's own structure is its lines."""


def _is_binary(text: str) -> bool:
    sample = text[:_SAMPLE]
    return len(_CONTROL.findall(sample)) > max(8, len(sample) // 100)


def _broken_lines(data: bytes) -> list[int]:
    """Return the lines with bytes that are not valid UTF-8."""
    lines = []
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            lines.append(number)
    return lines


def _decode(data: bytes, path: str) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise FileError(
                    path,
                    f"byte {error.start} is not valid {encoding}, as its first bytes announce; save it as UTF-8",
                ) from error
    if wide := _utf16_without_mark(data):
        return wide
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        broken = error
    if _is_binary(data[:_SAMPLE].decode("latin-1")):
        raise FileError(path, _BINARY)
    if legacy := _legacy(data):
        return legacy
    # A few stray bytes do not make a text unreadable.
    patched = data.decode("utf-8", "replace")
    if patched.count("\ufffd") <= len(patched) // 200:
        return patched, "utf-8"
    line = data.count(b"\n", 0, broken.start) + 1
    raise FileError(
        path, f"line {line}: byte {broken.start} is not valid UTF-8, and no other encoding fits; save it as UTF-8"
    )


def _utf16_without_mark(data: bytes) -> tuple[str, str] | None:
    """Read UTF-16 that lacks its mark: line ends and ASCII in it put NUL bytes on one side only."""
    sample = data[: _SAMPLE - _SAMPLE % 2]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or min(even, odd) * 10 > max(even, odd) or max(even, odd) * 200 < len(sample):
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return (text, encoding) if _likeness(text) > 0.1 else None


def _legacy(data: bytes) -> tuple[str, str] | None:
    """Choose among the legacy encodings by how much the text looks like one of our languages.

    Detectors built for short web pages confuse GB18030 with Big5 and the Japanese sets, since almost any bytes
    decode in each; the share of common characters tells them apart. Only when none of ours fits is the
    general detector asked.
    """
    candidates = []
    for encoding in _LEGACY:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        candidates.append((_likeness(text), encoding, text))
    if candidates:
        likeness, encoding, text = max(candidates)
        if likeness > 0.1:
            return text, encoding
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is None or best.encoding in _LEGACY or best.encoding == "utf_8":
        return None
    try:
        text = data.decode(best.encoding)
    except UnicodeDecodeError:
        return None
    words = sum(char.isalpha() or char.isspace() for char in text[:_SAMPLE])
    return (text, best.encoding.replace("_", "-")) if words * 2 > len(text[:_SAMPLE]) > 40 else None


def _likeness(text: str) -> float:
    """Return the share of common characters in a sample of `text`, ASCII left out."""
    sample: Iterable[str] = [char for char in text[:_SAMPLE] if char > "\x7f"]
    total = len(list(sample))
    return sum(char in _COMMON for char in sample) / total if total else 0.0
