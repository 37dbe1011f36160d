"""What do jieba and OpenCC know, character by character?

Loading jieba's dictionary whole takes a third of a second, and asking OpenCC for each character as long: too long for
one question on the command line. So both are turned into tables that are read piece by piece, made when they are first
needed and kept in the user's cache folder: the words that begin with a character, with their frequencies, and the
Simplified form of each character that has another. What they say is what jieba and OpenCC say.

The words lie in one file::

    magic | number of characters | sum of all frequencies | code points | where their words begin, and end | words

numbers as the machine has them; words and frequencies parted by blanks, in UTF-8. How likely a character begins, is
inside, ends or is a word, by which jieba cuts what is in no dictionary, lies in another::

    magic | number of characters | code points | four logarithms for each, not a number where there is none
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import tempfile
import warnings
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")

_HEADER = struct.Struct("=8sIQQ")
_MAGIC = b"words 1\n"
_HAN_ON = (range(0x2E80, 0xAC00), range(0xF900, 0x10000), range(0x1F000, 0x34000))
"""From the first radical on, what OpenCC may have another form of; Hangul, surrogates and private use left out."""


class Dictionary:
    """jieba's words with their frequencies, read by their first character; `total` is the sum of all frequencies.

    The beginnings of words are among them, with 0, as in jieba's own table.
    """

    def __init__(self, data: Any) -> None:
        magic, size, self.total, length = _HEADER.unpack_from(data)
        if magic != _MAGIC or length != len(data):
            raise ValueError("not a table of words")
        self._data = data
        self._codes, self._ends = array("I"), array("I")
        self._text = _HEADER.size + 4 * (2 * size + 1)
        self._codes.frombytes(data[_HEADER.size : _HEADER.size + 4 * size])
        self._ends.frombytes(data[_HEADER.size + 4 * size : self._text])

    def beginning_with(self, char: str) -> dict[str, int]:
        """Return the words that begin with a character."""
        at = bisect_left(self._codes, ord(char))
        if at == len(self._codes) or self._codes[at] != ord(char):
            return {}
        return self._words(self._ends[at], self._ends[at + 1])

    def all(self) -> dict[str, int]:
        """Return all words."""
        return self._words(0, self._ends[-1])

    def _words(self, start: int, end: int) -> dict[str, int]:
        parts = self._data[self._text + start : self._text + end].decode().split()
        return dict(zip(parts[::2], map(int, parts[1::2]), strict=True))


_CHANCES_HEADER = struct.Struct("=8sQ")
_CHANCES_MAGIC = b"chance1\n"
_PLACES = "BMES"
"""Where in a word a character stands, as jieba calls it: at its beginning, in its middle, at its end, or alone."""


class Chances:
    """How likely a character stands in each place of a word: logarithms, as jieba has them."""

    def __init__(self, data: Any) -> None:
        magic, size = _CHANCES_HEADER.unpack_from(data)
        ends = _CHANCES_HEADER.size + 4 * size
        if magic != _CHANCES_MAGIC or len(data) != ends + 8 * len(_PLACES) * size:
            raise ValueError("not a table of chances")
        self._data, self._ends = data, ends
        self._codes = memoryview(data)[_CHANCES_HEADER.size : ends].cast("I")

    def at(self, place: str, char: str) -> float | None:
        """Return how likely a character stands in a place, or None where it never does."""
        at = bisect_left(self._codes, ord(char))
        if at == len(self._codes) or self._codes[at] != ord(char):
            return None
        found: float
        (found,) = struct.unpack_from("=d", self._data, self._ends + 8 * (len(_PLACES) * at + _PLACES.index(place)))
        return None if found != found else found


class _Place(dict[str, float]):
    """One of jieba's four tables of chances, of which what is asked for is read."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place

    def get(self, char: str, default: Any = None) -> Any:
        found = chances().at(self._place, char)
        return default if found is None else found


@cache
def chances() -> Chances:
    """Return jieba's chances."""
    return _kept(f"jieba-{version('jieba')}.chances", _written_chances, lambda path: Chances(_mapped(path)))


@cache
def dictionary() -> Dictionary:
    """Return jieba's dictionary."""
    return _kept(f"jieba-{version('jieba')}.words", _written_words, lambda path: Dictionary(_mapped(path)))


@cache
def simplified() -> dict[str, str]:
    """Return the Simplified form of each character that has another, written in any of the scripts."""
    return _kept(f"opencc-{version('opencc')}-1.simplified", _written_forms, _read_forms)


@cache
def version(distribution: str) -> str:
    """Return the version of an installed distribution, which is in the name of the folder that describes it.

    What `importlib.metadata` needs to find it takes longer to load than a query.
    """
    beginning, ending = f"{distribution}-", ".dist-info"
    for folder in filter(os.path.isdir, sys.path):
        for name in os.listdir(folder):  # noqa: PTH208 - thousands of names, and no need of a path for each
            if name.lower().startswith(beginning) and name.endswith(ending):
                return name[len(beginning) : -len(ending)]
    from importlib.metadata import version as looked_up

    return looked_up(distribution)


@contextmanager
def quiet_jieba() -> Iterator[None]:
    """Let jieba be imported without its warnings, and without what takes longer to load than all the rest.

    jieba of 2020 has escapes and imports that today's Python warns about; it asks for pkg_resources and does without.
    Its chances are read as they are asked for, until `whole_chances` loads them.
    """
    waiting: dict[str, Any] = {"pkg_resources": None}
    if "jieba" not in sys.modules:
        lazy: Any = ModuleType(_CHANCES)
        lazy.P = {place: _Place(place) for place in _PLACES}
        waiting[_CHANCES] = lazy
    waiting = {name: module for name, module in waiting.items() if name not in sys.modules}
    sys.modules.update(waiting)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name in waiting:
            del sys.modules[name]


_CHANCES = "jieba.finalseg.prob_emit"


def whole_chances() -> None:
    """Have jieba's chances in memory, for whoever cuts many texts; jieba is loaded."""
    finalseg = sys.modules["jieba.finalseg"]
    if isinstance(finalseg.emit_P["B"], _Place):
        finalseg.emit_P = import_module(_CHANCES).P  # type: ignore[attr-defined]


# --- how they are made -----------------------------------------------------------------------------------------


def _written_words() -> bytes:
    with quiet_jieba():
        import jieba

    tokenizer = jieba.Tokenizer()
    frequencies, total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    return packed_words(frequencies, total)


def packed_words(frequencies: dict[str, int], total: int) -> bytes:
    """Return words with their frequencies as `Dictionary` reads them."""
    by_first: dict[str, list[str]] = {}
    for word, frequency in frequencies.items():
        by_first.setdefault(word[0], []).append(f"{word} {frequency} ")
    firsts = sorted(by_first)
    pieces = ["".join(by_first[char]).encode() for char in firsts]
    ends = array("I", [0])
    for piece in pieces:
        ends.append(ends[-1] + len(piece))
    rest = array("I", map(ord, firsts)).tobytes() + ends.tobytes() + b"".join(pieces)
    return _HEADER.pack(_MAGIC, len(firsts), total, _HEADER.size + len(rest)) + rest


def _written_chances() -> bytes:
    with quiet_jieba():
        import jieba.finalseg  # noqa: F401 - or else the next line loads it, with all its warnings
    tables = import_module(_CHANCES).P
    chars = sorted({char for table in tables.values() for char in table})
    values = array("d", (tables[place].get(char, float("nan")) for char in chars for place in _PLACES))
    header = _CHANCES_HEADER.pack(_CHANCES_MAGIC, len(chars))
    return header + array("I", map(ord, chars)).tobytes() + values.tobytes()


def _written_forms() -> bytes:
    chars = [chr(code) for codes in _HAN_ON for code in codes if not chr(code).isspace()]
    forms = zip(chars, _forms(chars), strict=True)
    return "\n".join(char + form for char, form in forms if form != char).encode()


def _forms(chars: list[str]) -> Iterable[str]:
    """Return the Simplified form of each character.

    What Simplified Chinese writes itself (GB 2312) stays as it is: OpenCC's table of shinjitai also leads from
    研 and 概, which are both, to forms that nobody writes.
    """
    from opencc import OpenCC

    def converted(how: str, lines: list[str]) -> list[str]:
        # No phrase of OpenCC's goes over a line's end, so each character is converted alone.
        return str(OpenCC(how).convert("\n".join(lines))).split("\n")

    plain = converted("t2s", chars)
    shinjitai = converted("t2s", converted("jp2t", chars))
    for char, one, other in zip(chars, plain, shinjitai, strict=True):
        yield one if one != char or _is_simplified(one) or not _is_simplified(other) else other


def _is_simplified(char: str) -> bool:
    return is_in(char, "gb2312")


def is_in(char: str, charset: str) -> bool:
    """Tell whether a character is in a character set, named as Python's codecs are."""
    try:
        char.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


# --- where they are kept -----------------------------------------------------------------------------------------


def _kept(name: str, make: Callable[[], bytes], read: Callable[[Path], T]) -> T:
    """Return what is kept under a name, made anew if it is missing or broken."""
    path = _private_folder() / name
    with suppress(OSError, ValueError, struct.error):
        return read(path)
    made = make()
    try:
        _write(path, made)
    except OSError:  # There is no room, say, or somebody reads the file and the system does not let it go.
        path = Path(tempfile.mkdtemp(prefix="corpus-search-")) / name
        _write(path, made)
    return read(path)


def _write(path: Path, data: bytes) -> None:
    """Write a file; whoever reads meanwhile has the file before or the file after, whole."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    Path(file.name).replace(path)


@cache
def _private_folder() -> Path:
    """Return a folder that no other user can write to."""
    from platformdirs import user_cache_path

    folder = user_cache_path("corpus-search", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="corpus-search-"))
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="corpus-search-"))


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _read_forms(path: Path) -> dict[str, str]:
    lines = path.read_text("utf-8").split("\n")
    if len(lines) < 1000:
        raise ValueError("not a table of forms")
    return {line[0]: line[1:] for line in lines}
