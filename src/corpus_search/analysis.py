"""What are a text's terms?

Text in; out come its folded copy with a map back to the original, and the terms an engine indexes. Chinese is
understood here and nowhere else: engines receive terms, never language.

Folding makes one writing of many, for matching only; what a user sees is always the original:

==========================  =====================================================================
written                     folded to
==========================  =====================================================================
Ａ １ ，   ﾃ ㈠ ﬁ ²          A 1 ,  テ (一) fi 2   (Unicode compatibility forms, NFKC)
E e  Ü ü                    e e  ü ü              (case)
戰略 戦略                    战略                  (Traditional by OpenCC ``t2s``, shinjitai by its ``jp2t``,
                                                  but for what Simplified writes itself, such as 研 and 芸)
〇                          零                    (二〇二三 is 二零二三; ○ is no numeral, and stays)
“ ” 「 」                    "
‘ ’ 『 』                    '
– — ― −                     -
blanks between Latin words  one blank
blanks beside Han or kana   nothing: 卢 昊 is 卢昊
the end of a paragraph      a line feed, so that no run crosses it
combining marks             one character with their base, where Unicode has one
zero-width characters       nothing
lone surrogates             �
==========================  =====================================================================
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, pairwise, takewhile
from typing import Any

from corpus_search.article import Span
from corpus_search.frozen import dataclass
from corpus_search.tables import dictionary, is_in, quiet_jieba, simplified, version, whole_chances

ANALYZER_VERSION = 8
"""Raised whenever the same text would give other terms, so that old indexes are rebuilt."""

# --- folding -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; its character ``i`` stands for ``[starts[i], ends[i])`` of the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> Span:
        """Return what ``text[start:end]`` stands for in the original, whole characters of it."""
        return Span(self.starts[start], self.ends[end - 1])


_SIGNS = str.maketrans(
    {
        **dict.fromkeys("“”„‟″「」〝〞〟", '"'),
        **dict.fromkeys("‘’‚‛′『』", "'"),
        **dict.fromkeys("‐‑‒–—―−﹣", "-"),
        "〜": "~",
        "〇": "零",
    }
)
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
_HALFWIDTH_MARKS = "ﾞﾟ"
_CJK_RANGES = (
    "\u2e80-\u2fdf\u3001-\u30ff\u3100-\u312f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff9f\U00020000-\U0003ffff"
)
_CJK = f"[{_CJK_RANGES}]"


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Return an expression that a query may do without: Python takes milliseconds for a class that has all Han."""
    return re.compile(expression)


@lru_cache(maxsize=100_000)
def _fold_character(char: str, *, scripts: bool = True) -> str:
    """Fold one character; the map stays true because no neighbour plays a part."""
    out = []
    if "\ud800" <= char[0] <= "\udfff":
        return "\ufffd"
    compatible = unicodedata.normalize("NFKC", char)
    if any(one.isspace() for one in compatible):
        compatible = char  # A spacing accent is no blank with an accent.
    for one in compatible.casefold():
        out.append(simplified().get(one, one) if scripts and one >= "\u2e80" else one)
    return _IGNORABLE.sub("", unicodedata.normalize("NFC", "".join(out))).translate(_SIGNS)


@lru_cache(maxsize=20_000)
def extends(char: str) -> bool:
    """Tell whether `char` is one with the character before it: a combining mark or a variation selector."""
    return char > "\u02ff" and (
        unicodedata.combining(char) != 0
        or char in _HALFWIDTH_MARKS
        or unicodedata.category(char) == "Me"
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


_ALONE: set[str] = set()
"""Characters that were found to extend no other."""


def _has_extending(text: str) -> bool:
    """Tell whether a character of a text `extends` another."""
    new = set(text) - _ALONE
    if not new:
        return False
    extending = set(filter(extends, new))
    _ALONE.update(new - extending)
    return bool(extending)


def _fold_by_character(text: str, *, scripts: bool) -> Folded:
    """Fold `text` character by character, with its combining marks."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    blank: tuple[int, int] | None = None
    at, length = 0, len(text)
    while at < length:
        end = at + 1
        while end < length and extends(text[end]):
            end += 1
        cluster = text[at:end]
        if cluster[0].isspace():
            blank = (blank[0] if blank else at, end)
            at = end
            continue
        folded = _fold_character(cluster if end == at + 1 else unicodedata.normalize("NFKC", cluster), scripts=scripts)
        if folded:
            if blank and out:
                line_end = "\n" in text[slice(*blank)]
                if line_end or not (_compiled(_CJK).match(out[-1]) or _compiled(_CJK).match(folded)):
                    out.append("\n" if line_end else " ")
                    starts.append(blank[0])
                    ends.append(blank[1])
            blank = None
            for char in folded:
                out.append(char)
                starts.append(at)
                ends.append(end)
        at = end
    return Folded("".join(out), starts, ends)


class _Folding(dict[int, str]):
    """The folding of each character, filled as they come, for `str.translate`."""

    def __init__(self, *, scripts: bool) -> None:
        super().__init__()
        self._scripts = scripts
        # What becomes one character, and does not extend another; a blank is dealt with by those who fold.
        self._even: set[str] = set()

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = folded = char if char.isspace() else _fold_character(char, scripts=self._scripts)
        return folded

    def is_even(self, text: str) -> bool:
        """Tell whether each character of a text is folded to one, wherever it stands."""
        if self._even.issuperset(text):
            return True
        new = set(text) - self._even
        even = {char for char in new if len(self[ord(char)]) == 1 and not extends(char)}
        self._even |= even
        return new == even


_SCRIPTLESS: set[str] = set()
"""Characters that were found to be folded alike with their script and without, and to extend no other."""


def has_script(text: str) -> bool:
    """Tell whether a text is folded otherwise without its script: 戰略 is, 战略 is not."""
    new = set(text) - _SCRIPTLESS
    if not new:
        return False
    of_script = {
        char
        for char in new
        if extends(char) or (char >= "\u00a0" and _fold_character(char) != _fold_character(char, scripts=False))
    }
    _SCRIPTLESS.update(new - of_script)
    return bool(of_script)


_FOLDING = {scripts: _Folding(scripts=scripts) for scripts in (True, False)}
# Blanks inside a text that do not stay as they are: all but one blank between Latin words, or one line feed.
# Each alternative begins behind a blank, so that a text without one is run through without a look at any.
_BLANKS = rf"\s(?:\s+|(?<![ \n])|(?<=[{_CJK_RANGES}] )|(?<= )(?=[{_CJK_RANGES}]))"


def fold(text: str, *, scripts: bool = True) -> Folded:
    """Fold `text`, remembering where each folded character came from; without `scripts`, 戰略 stays 戰略.

    Nearly every character becomes one, so that its place is known without a look at each.
    """
    folding = _FOLDING[scripts]
    if not folding.is_even(text):
        return _fold_by_character(text, scripts=scripts)
    folded = text.translate(folding)
    end = len(folded.rstrip())
    at = end - len(folded[:end].lstrip())
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for blank in _compiled(_BLANKS).finditer(folded, at, end):
        start, following = blank.span()
        pieces += (folded[at:start], between := _blank(blank))
        starts += range(at, start)
        ends += range(at + 1, start + 1)
        if between:
            starts.append(start)
            ends.append(following)
        at = following
    if not pieces:
        return Folded(folded[at:end], range(at, end), range(at + 1, end + 1))
    pieces.append(folded[at:end])
    starts += range(at, end)
    ends += range(at + 1, end + 1)
    return Folded("".join(pieces), starts, ends)


def _blank(match: re.Match[str]) -> str:
    """Return what a run of blanks becomes between two characters of a text that are folded already."""
    if "\n" in match[0]:
        return "\n"
    start, end = match.span()
    return "" if _compiled(_CJK).match(match.string, start - 1) or _compiled(_CJK).match(match.string, end) else " "


def folded_text(text: str, *, scripts: bool = True) -> str:
    """Return the text of ``fold(text)``, without the map and many times faster."""
    if _has_extending(text):
        return fold(text, scripts=scripts).text
    return closed_up(text.translate(_FOLDING[scripts]).strip())


def closed_up(folded: str) -> str:
    """Return a text, whose characters are folded, with its blanks as they are folded between others."""
    return _compiled(_BLANKS).sub(_blank, folded)


def folded_texts(text: str) -> tuple[str, str]:
    """Return the text of ``fold(text)``, and that of ``fold(text, scripts=False)``."""
    if has_script(text):
        return folded_text(text), folded_text(text, scripts=False)
    folded = folded_text(text)
    return folded, folded


def folded_alone(char: str) -> str | None:
    """Return what a character is folded to wherever it stands, with its script or without, or None.

    None says that it is one with the one before it, folded to no character or several, or folded otherwise without its
    script. A blank stays what it is, see `closed_up`.
    """
    if has_script(char):
        return None
    folded = _FOLDING[True][ord(char)]
    return folded if len(folded) == 1 else None


def length(folded: str) -> int:
    """Return the number of letters, digits and characters in a folded text."""
    return len(folded) - sum(map(len, _SIGNS_RUN.findall(folded)))


_SIGNS_RUN = re.compile(r"[\W_]+")

# --- segmentation --------------------------------------------------------------------------------------------

_HAN = "々〆〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA, _KATAKANA = "ぁ-ゖゝゞ", "ァ-ヺーヽヾ"
_KANA = _HIRAGANA + _KATAKANA
LATIN = "0-9a-z\u00df-\u00f6\u00f8-\u02af\u1e00-\u1eff"
"""The folded letters and digits that Latin words and numbers are made of, for a class of a regular expression."""

_HAN_RUN = f"([{_HAN}]+)"
_OTHER_RUN = rf"[{_KATAKANA}]+|[{_HIRAGANA}]+|[{LATIN}]+|[^\W_{_HAN}{_KANA}{LATIN}]+"
_LATIN_RUN, _NOT_LATIN = f"[{LATIN}]+", rf"[^\W_{LATIN}]"


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return the stem of a folded English word (alliances → allianc); other words stay as they are."""
    if len(word) < 4 or not (word.isascii() and word.isalpha()):
        return word
    return str(_stemmer().stemWord(word))


Place = tuple[int, int]
"""A half-open range of a folded text."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term and where it stands in a folded text; English words are stemmed."""

    text: str
    start: int
    end: int


_MANY = 500
"""When the words of so many characters have been asked for, there are more to come: all are loaded at once."""


class ChineseSegmenter:
    """jieba with its dictionary and the words that the corpus adds.

    A word of a text begins with one of its characters, so only the words that begin with these are loaded: a few
    questions take a few of them. Of the corpus's words, those are taught that have no other character, and that jieba
    would not cut as one anyway.

    Where rjieba is installed, jieba in Rust, and many texts are cut, it cuts them, as jieba does
    (`benchmarks/segmentation.py`) but several times as fast; see `_taught`.
    """

    def __init__(self, words: Iterable[str] = (), *, fast: bool = True) -> None:
        self._tokenizer: Any = None
        self._lock = threading.Lock()
        self._loaded: frozenset[str] = frozenset()
        self._whole = False
        # What is not taught yet, by a character of it that is not loaded yet.
        self._waiting: dict[str, list[str]] = {}
        for word in set(words):
            self._waiting.setdefault(word[0], []).append(word)
        self._added: dict[str, int] = {}
        self._may_be_fast = fast
        self._fast: Any = None
        self._parts: dict[str, tuple[tuple[int, int], ...]] = {}

    def cut(self, run: str) -> Iterator[tuple[str, int, int]]:
        """Yield the words of a run of Han, one after the other."""
        at = 0
        for word in self._cut(run):
            yield word, at, at + len(word)
            at += len(word)

    def _cut(self, run: str) -> Iterable[str]:
        (words,) = self._cut_together([run])
        return words

    def _cut_together(self, runs: Sequence[str]) -> Iterator[Iterable[str]]:
        """Yield the words of each of some runs of Han; to cut many takes little longer than one."""
        tokenizer, fast = self._ready("".join(runs)), self._fast
        if fast is None:
            yield from map(tokenizer.cut, runs)
            return
        unlike = self._unlike(runs)
        # What stands between runs comes back as it is.
        cut = iter(fast.cut("\n".join([run for run in runs if run not in unlike])))
        for run in runs:
            yield tokenizer.cut(run) if run in unlike else [*takewhile("\n".__ne__, cut)]

    def _unlike(self, runs: Sequence[str]) -> set[str]:
        """Return those of some runs of Han that rjieba may cut otherwise than jieba does.

        Characters that make no word of the dictionary are cut by how likely each begins or ends one. Where two of them
        come again among these, two ways of cutting can be equally likely, and rounding decides (民可民可).
        """
        unlike = _compiled(_UNLIKE)
        found = set(filter(unlike.search, runs)) if unlike.search("\n".join(runs)) else set[str]()
        # Where two come again in less than four, it is three in a row, which was found.
        again = [run for run in runs if len(run) >= 2 * _AGAIN and len(run) - len(set(run)) >= _AGAIN]
        if again:
            words = self._fast.cut("\n".join(again), hmm=False)
            single = "".join([word if len(word) == 1 else " " for word in words])
            for run, alone in zip(again, single.split("\n"), strict=True):
                if any(len(part) - len(set(part)) >= _AGAIN for part in alone.split()):
                    found.add(run)
        return found

    def cut_for_search(self, run: str) -> Iterator[tuple[str, int, int]]:
        """Yield the words of a run of Han, and the dictionary's words of two and three characters in them."""
        for word, start, end in self.cut(run):
            if len(word) > 2:
                for a, b in self._inside(word):
                    yield word[a:b], start + a, start + b
            yield word, start, end

    def places_for_search(self, runs: Mapping[int, str], found: Mapping[str, list[Place]]) -> None:
        """Put to some words, in `found`, where ``cut_for_search`` has them in runs of Han that begin at some places."""
        for at, words in zip(runs, self._cut_together([*runs.values()]), strict=True):
            for word in words:
                if len(word) > 2:
                    for start, end in self._inside(word):
                        inside = found.get(word[start:end])
                        if inside is not None:
                            inside.append((at + start, at + end))
                places = found.get(word)
                if places is not None:
                    places.append((at, at + len(word)))
                at += len(word)

    def counts_for_search(self, texts: Sequence[Sequence[str]]) -> list[Counter[str]]:
        """Return how often each word of ``cut_for_search`` stands in the runs of each of some texts."""
        self._ready("".join(chain.from_iterable(texts)))
        if self._fast is None:
            return [Counter(chain.from_iterable(map(self._words_for_search, runs))) for runs in texts]
        unlike = self._unlike(list(chain.from_iterable(texts)))
        alike = [runs if unlike.isdisjoint(runs) else [run for run in runs if run not in unlike] for runs in texts]
        # To cut many runs takes little longer than one. What stands between them comes back as it is: a line feed
        # between those of a text, a tab behind each text.
        cut = self._fast.cut_for_search("".join(["\n".join(runs) + "\t" for runs in alike]))
        found: list[Counter[str]] = []
        start = 0
        for runs, of_these in zip(texts, alike, strict=True):
            end = cut.index("\t", start)
            counts = Counter(cut[start:end])
            counts.pop("\n", None)
            if of_these is not runs:
                counts.update(word for run in runs if run in unlike for word in self._words_for_search(run))
            found.append(counts)
            start = end + 1
        return found

    def _words_for_search(self, run: str) -> Iterator[str]:
        for word in self._cut(run):
            if len(word) > 2:
                for start, end in self._inside(word):
                    yield word[start:end]
            yield word

    def _inside(self, word: str) -> tuple[tuple[int, int], ...]:
        """Return where the dictionary's words of two and three characters stand in a longer word."""
        found = self._parts.get(word)
        if found is None:
            known = self._ready(word).FREQ
            found = tuple(
                (start, start + size)
                for size in (2, 3)
                if len(word) > size
                for start in range(len(word) - size + 1)
                if known.get(word[start : start + size])
            )
            if len(self._parts) < _MOST_PARTS:
                self._parts[word] = found
        return found

    def knows(self, word: str) -> bool:
        """Tell whether the dictionary has a word, or the corpus added it."""
        return bool(self._ready(word).FREQ.get(word))

    def load(self) -> None:
        """Load all words."""
        with self._lock:
            self._load_all()

    def _ready(self, text: str) -> Any:
        """Return jieba's tokenizer, with all words that can stand in `text`."""
        if not self._whole and not self._loaded.issuperset(text):
            with self._lock:
                chars = frozenset(text) - self._loaded
                if len(self._loaded) + len(chars) > _MANY:
                    self._load_all()
                else:
                    found = {word: often for char in chars for word, often in dictionary().beginning_with(char).items()}
                    self._add(found, chars)
                    self._loaded |= chars
        return self._tokenizer

    def _load_all(self) -> None:
        if not self._whole:
            # What was taught weighs more than what was there.
            known = self._tokenizer.FREQ if self._tokenizer else {}
            plain = dictionary().all()
            self._add({**plain, **known}, frozenset(chain.from_iterable(chain(*self._waiting.values()))))
            whole_chances()
            if self._may_be_fast:
                self._fast = _taught(self._added, plain, self._tokenizer)
            self._whole = True

    def _add(self, words: Mapping[str, int], chars: frozenset[str]) -> None:
        if self._tokenizer is None:
            self._tokenizer = _new_tokenizer()
        self._tokenizer.FREQ.update(words)
        known = self._loaded | chars
        ready = []
        for word in chain.from_iterable([self._waiting.pop(char, ()) for char in chars]):
            missing = next((char for char in word if char not in known), None)
            if missing is None:
                ready.append(word)
            else:
                self._waiting.setdefault(missing, []).append(word)
        # A word's weight depends on those inside it, which are taught before it. Teaching a word changes jieba's sum
        # of frequencies, and with it the weight of every other word; here the sum stays, so that a new word changes
        # only texts that contain it.
        for word in sorted(ready, key=lambda word: (len(word), word)):
            if self._tokenizer.FREQ.get(word) and list(self._tokenizer.cut(word, HMM=False)) == [word]:
                continue
            self._tokenizer.FREQ[word] = self._tokenizer.suggest_freq(word)
            for end in range(1, len(word)):
                self._tokenizer.FREQ.setdefault(word[:end], 0)
            self._added[word] = self._tokenizer.FREQ[word]


_MOST_PARTS = 200_000
"""How many words' parts are kept."""

_UNLIKE = r"[^\n\u4e00-\u9fd5]|(.)\1\1|(..)\2\2"
"""What the two may cut otherwise: characters that jieba takes for none of a word, and rjieba for one, and what comes
three times in a row, which can be cut in several ways of the same weight."""

_AGAIN = 2
"""How many characters have to come again for two cuts to be equally likely: no fewer were ever seen to do so."""


def _taught(added: Mapping[str, int], known: Mapping[str, int], tokenizer: Any) -> Any:
    """Return rjieba with jieba's `added` words, which cuts as `tokenizer` does; None where it is not installed.

    A word weighs its frequency over the sum of all frequencies. rjieba raises that sum by each word it is taught;
    jieba's stays here, see `ChineseSegmenter`. So one more word, that no text has, takes away from the sum what the
    others put to it: as the sum goes around beyond 64 bits, its frequency is that much less than 2 ** 64. A build of
    rjieba whose sum does not go around is not used, nor is one that cuts the added words otherwise.
    """
    try:
        import rjieba
    except ImportError:
        return None
    words = {word: frequency for word, frequency in added.items() if not _compiled(_UNLIKE).search(word)}
    more = sum(words.values()) - sum(known.get(word, 0) for word in words)
    fast = rjieba.Jieba()
    try:
        for word, frequency in words.items():
            fast.add_word(word, frequency, "")
        if more:
            fast.add_word("SUM", 2**64 - more, "")
    except BaseException as error:  # Where Rust panics, what comes is no Exception.
        if not isinstance(error, OverflowError) and type(error).__module__ != "pyo3_runtime":
            raise
        return None
    sample = "".join(words)[:2_000]
    return fast if fast.cut(sample) == list(tokenizer.cut(sample)) else None


def _new_tokenizer() -> Any:
    """Return jieba's tokenizer without any words."""
    with quiet_jieba():
        import jieba
    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    tokenizer.total, tokenizer.initialized = dictionary().total, True
    return tokenizer


class Analyzer:
    """Turns texts into terms: the same way for what is indexed and what is asked.

    `words` are those that the corpus adds to jieba's dictionary, in any script; see `teachable`.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = frozenset(map(folded_text, words))
        self._segmenter = ChineseSegmenter(self.words)

    def warm_up(self) -> None:
        """Load what the first text would wait for."""
        self._segmenter.load()
        for _ in self.terms(fold("预热 warming").text):
            pass

    def knows(self, word: str) -> bool:
        """Tell whether a folded word is in the dictionary, or was added by the corpus."""
        return self._segmenter.knows(word)

    def terms(self, folded: str) -> Iterator[Term]:
        """Yield the terms of a folded text, as an index wants them: words and the words inside them."""
        return _terms(folded, self._segmenter.cut_for_search)

    def places(self, folded: str, wanted: Iterable[str]) -> Mapping[str, list[Place]]:
        """Return where each of the `wanted` terms stands among ``terms(folded)``, which is quicker than to find all.

        No run is segmented or stemmed that can have none of them.
        """
        found: dict[str, list[Place]] = {word: [] for word in wanted}
        han = _compiled(_HAN_RUN)
        words = [word for word in found if word in folded and han.match(word)]
        if words:
            runs = {
                match.start(): run for match in han.finditer(folded) if any(word in (run := match[0]) for word in words)
            }
            self._segmenter.places_for_search(runs, found)
        firsts = {word[0] for word in found if not han.match(word)}
        for match in _compiled(_OTHER_RUN).finditer(folded) if firsts else ():
            # A stem begins as its word does.
            if folded[match.start()] in firsts and (places := found.get(stem(match[0]))) is not None:
                places.append(match.span())
        return found

    def counts(self, folded: str) -> Counter[str]:
        """Return how often each of ``terms(folded)`` stands in a text, which is quicker than to count them."""
        return self.counts_together([folded])[0]

    def counts_together(self, folded: Sequence[str]) -> list[Counter[str]]:
        """Return the `counts` of each of some texts, which is quicker still."""
        pieces = list(map(_compiled(_HAN_RUN).split, folded))
        found = self._segmenter.counts_for_search([some[1::2] for some in pieces])
        for some, counts in zip(pieces, found, strict=True):
            others = "\n".join(some[::2])
            # Where no other letters are, runs of Latin ones are found with one look at each character.
            of_others = _compiled(_OTHER_RUN if _compiled(_NOT_LATIN).search(others) else _LATIN_RUN).findall(others)
            if of_others:
                counts.update(map(stem, of_others))
        return found

    def words_of(self, folded: str) -> Iterator[Term]:
        """Yield the words of a folded query, one after the other."""
        return _terms(folded, self._segmenter.cut)


def _terms(folded: str, cut: Callable[[str], Iterator[tuple[str, int, int]]]) -> Iterator[Term]:
    at = 0
    # Every other piece of a text is a run of Han.
    for number, piece in enumerate(_compiled(_HAN_RUN).split(folded)):
        if number % 2:
            for word, start, end in cut(piece):
                yield Term(word, at + start, at + end)
        elif piece and not piece.isspace():
            for match in _compiled(_OTHER_RUN).finditer(piece):
                yield Term(stem(match[0]), at + match.start(), at + match.end())
        at += len(piece)


def is_cjk(text: str) -> bool:
    """Tell whether `text` is all Han or kana: written without blanks, so that words stand inside longer runs."""
    return bool(re.fullmatch(rf"[{_HAN}{_KANA}]+", text))


@lru_cache(maxsize=20_000)
def is_japanese(char: str) -> bool:
    """Tell whether only Japanese writes a character: kana, and shinjitai that no Chinese script has."""
    if re.fullmatch(f"[{_KANA}]", char):
        return True
    return _is_han(char) and is_in(char, "cp932") and not is_in(char, "gb2312") and not is_in(char, "big5")


@lru_cache(maxsize=20_000)
def is_chinese(char: str) -> bool:
    """Tell whether only Chinese writes a character: Han that Japanese does not have."""
    return _is_han(char) and not is_in(char, "cp932")


def _is_han(char: str) -> bool:
    return bool(re.fullmatch(f"[{_HAN}]", char))


def grams(folded: str) -> Mapping[str, int]:
    """Return the single characters and the pairs of neighbours in a folded text, with their counts.

    A run of characters can only stand where all its pairs do.
    """
    counts = Counter(folded)
    counts.update(map("".join, pairwise(folded)))
    return counts


def run_grams(run: str) -> tuple[str, ...]:
    """Return the grams that a text must have to hold the folded `run`."""
    if len(run) == 1:
        return (run,)
    return tuple(dict.fromkeys(map("".join, pairwise(run))))


_TEACHABLE = rf"[{_HAN}]{{2,10}}"


def teachable(words: Iterable[str]) -> frozenset[str]:
    """Return those of `words`, folded, that can teach jieba something: two to ten Han characters."""
    return frozenset(word for word in (fold(w).text for w in words) if _compiled(_TEACHABLE).fullmatch(word))


def fingerprint(userdict: Iterable[str]) -> dict[str, str]:
    """Return what decides the terms of a text, part by part; two equal ones give equal terms.

    The corpus's own keywords are not in it: the index follows them word by word (see `indexer`).
    """
    listed = "\n".join(sorted(userdict)).encode()
    return {
        "analyzer": str(ANALYZER_VERSION),
        "unicode": unicodedata.unidata_version,
        "jieba": version("jieba"),
        "opencc": version("opencc"),
        "userdict": hashlib.sha256(listed).hexdigest()[:16] if listed else "none",
    }
