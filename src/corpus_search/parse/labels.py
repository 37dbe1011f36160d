"""What does a block begin with?

Reads the labels that the genre puts before headings, notes and front matter, and the markers that call notes.
Pure functions over one block's text; whether a label means what it seems to is decided by those who see the
neighbours (`headings`, `notes`, `front`).

Headings::

    第一编 第一章 第一节      part, chapter, section
    一、 一． 一　            Chinese numeral and a separator
    （一） (一)               the same in brackets
    1. 1、 1．                Arabic numeral and a separator, or a blank
    1.1 1.2.3                 decimal numbers
    (1) （1） 1)              Arabic numeral in brackets
    Ⅰ. I.                     Roman numerals
    引言 结语 参考文献 …      words that stand alone

Notes and markers: ``①`` ``^①`` ``[1]`` ``〔1〕`` ``［1］`` ``【1】`` ``¹`` ``^1`` ``[^1]``, each also in ``<sup>``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

_KEPT = 2_000
"""Of how many blocks it is kept what was found in them: it is asked for again and again while an article is read."""

# --- numbers -------------------------------------------------------------------------------------------------

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {
    "零": 0, "两": 2, "○": 0, **dict(zip("壹贰叁肆伍陆柒捌玖貳參陸", (1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 6), strict=True)),  # noqa: E501
}  # fmt: skip
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
_CN = "[〇零○一二两三四五六七八九十百壹贰叁肆伍陆柒捌玖拾貳參陸]"


def chinese_number(text: str) -> int | None:
    """Return the value of a Chinese numeral below 1,000 (十二, 一百零三, 二〇), or None."""
    total, digit = 0, -1
    text = text.replace("拾", "十")
    if not any(char in text for char in "十百"):
        value = 0
        for char in text:
            if char not in _DIGITS:
                return None
            value = value * 10 + _DIGITS[char]
        return value if text else None
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in "十百":
            total += (1 if digit < 0 else digit) * (10 if char == "十" else 100)
            digit = -1
        else:
            return None
    return total + max(digit, 0)


def roman_number(text: str) -> int | None:
    """Return the value of a Roman numeral below 90, Ⅳ or IV, or None."""
    text = unicodedata.normalize("NFKC", text).upper()
    total = 0
    for char, after in zip(text, text[1:] + " ", strict=True):
        if char not in _ROMAN:
            return None
        value = _ROMAN[char]
        total += -value if _ROMAN.get(after, 0) > value else value
    return total if text else None


# --- headings ------------------------------------------------------------------------------------------------


class Rank(IntEnum):
    """The customary order of heading labels, from the outermost in."""

    PART = 0
    CHAPTER = 1
    CLAUSE = 2
    ROMAN = 3
    CHINESE = 4
    CHINESE_BRACKETED = 5
    ARABIC = 6
    ARABIC_BRACKETED = 7


@dataclass(frozen=True, slots=True)
class HeadingLabel:
    """What numbers a heading: its rank, its numbers (several for 2.1.3), and how long the label is."""

    rank: Rank
    numbers: tuple[int, ...]
    length: int


_MARKUP = re.compile(r"(?:#{1,6}\s+|\*\*|__)?")
_HEADINGS: tuple[tuple[Rank, re.Pattern[str]], ...] = (
    (Rank.PART, re.compile(rf"第\s?({_CN}+|\d{{1,2}})\s?[编篇部](?![分队门落长])\s*")),
    (Rank.CHAPTER, re.compile(rf"第\s?({_CN}+|\d{{1,2}})\s?章\s*")),
    (Rank.CLAUSE, re.compile(rf"第\s?({_CN}+|\d{{1,2}})\s?节\s*")),
    (Rank.CHINESE_BRACKETED, re.compile(rf"[（(]\s?({_CN}+)\s?[）)]\s*[、．.]?\s*")),
    (Rank.CHINESE_BRACKETED, re.compile(r"([㈠-㈩])\s*")),
    (Rank.CHINESE, re.compile(rf"({_CN}+)\s?[、．.]\s*|({_CN}{{1,3}})[\s　：:]+|({_CN}{{1,3}})$")),
    (Rank.ROMAN, re.compile(r"([Ⅰ-Ⅻ]+|[IVX]+)\s*[.．、]\s*|([Ⅰ-Ⅻ]+)[\s　]+")),
    (Rank.ARABIC_BRACKETED, re.compile(r"[（(]\s?(\d{1,2})\s?[）)]\s*|(\d{1,2})[）)]\s*")),
    (Rank.ARABIC, re.compile(r"(\d{1,2}(?:\s?[.．]\s?\d{1,2}){1,4})[.．、]?\s*(?![\d%％年月日个万亿千余])")),
    (Rank.ARABIC, re.compile(r"(\d{1,2})\s?(?:[.．、]\s*(?!\d)|[\s　]+(?![年月日个种次项万亿千余世%％]))")),
)
_ARABIC_HEADINGS = _HEADINGS[-3:]
"""Those that may begin with a digit."""
_HEADING_START = re.compile(rf"[第（(㈠-㈩Ⅰ-ⅫIVX\d{_CN[1:-1]}]")
"""What each of these begins with."""
_UNNUMBERED = re.compile(
    r"引\s*言|前\s*言|导\s*言|导\s*论|绪\s*论|绪\s*言|序\s*言|緒\s*論|導\s*論|問題提起|问题的?提出"
    r"|结\s*语|結\s*語|结\s*论|結\s*論|结\s*束\s*语|餘\s*論|余\s*论|小\s*结|小\s*結|讨\s*论|結びに?|おわりに|はじめに"
    r"|结论[与和及](?:讨论|展望|建议|启示)|讨论[与和](?:结论|展望)|[致鸣铭]\s*谢|致\s*謝|谢\s*辞|附\s*录|附\s*錄|后\s*记"
    r"|(?:作者)?贡献(?:声明|说明)?|作者贡献(?:声明|说明)?|利益冲突(?:声明|说明)?"
    r"|Introduction|Conclusions?|Discussion|Acknowledge?ments?|Appendix",
    re.IGNORECASE,
)
_REFERENCES = re.compile(
    r"(?:主要)?(?:参\s*考\s*文\s*献|參\s*考\s*文\s*獻|参\s*考\s*书\s*目|參\s*考\s*書\s*目|[引徵征]\s*[用引]?\s*[文書书]\s*[献獻目])"
    r"(?:\s*[（(/]?\s*(?:References?|Bibliography|Works Cited)\s*[）)]?)?|References?|Bibliography|Works Cited",
    re.I,
)
_ENDNOTES = re.compile(
    r"(?:注\s*释|註\s*釋|注\s*釋|尾\s*注|尾\s*註|脚\s*注|腳\s*注|腳\s*註|附\s*注|注|註)(?:\s*[（(/]?\s*Notes?\s*[）)]?)?"
    r"|(?:End|Foot)?notes?",
    re.I,
)
_REFERENCES_STARTS, _ENDNOTES_STARTS = frozenset("主参參引徵征RrBbWw"), frozenset("注註尾脚腳附NnEeFf")
_FRAME_BEFORE = re.compile(r"(?:#{1,6}\s+)?[*_\[［【〔（(]*\s*")
_FRAME_BEHIND = "*_]］】〕）):："


_HEADING_SIGN = re.compile(r"#{1,6}\s+(?=\S)")


def markup_length(text: str) -> int:
    """Return the length of Markdown's heading sign at the start of `text`, blanks included."""
    match = _HEADING_SIGN.match(text) if text.startswith("#") else None
    return match.end() if match else 0


@lru_cache(maxsize=_KEPT)
def heading_label(text: str) -> HeadingLabel | None:
    """Return the label that numbers `text` as a heading, or None."""
    skipped = _MARKUP.match(text)
    start = skipped.end() if skipped else 0
    if not _HEADING_START.match(text, start):
        return None
    for rank, pattern in _ARABIC_HEADINGS if text[start].isdecimal() else _HEADINGS:
        match = pattern.match(text, start)
        if match is None:
            continue
        printed = next(group for group in match.groups() if group)
        if printed[0] in "㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩":
            numbers: tuple[int | None, ...] = (ord(printed) - ord("㈠") + 1,)
        elif rank is Rank.ROMAN:
            numbers = (roman_number(printed),)
        elif printed[0].isdecimal():
            numbers = tuple(int(part) for part in re.split(r"\s?[.．]\s?", printed))
        else:
            numbers = (chinese_number(printed),)
        if None not in numbers and (all(numbers) or rank is Rank.ARABIC):
            return HeadingLabel(rank, tuple(n for n in numbers if n is not None), match.end())
    return None


_GLUED = re.compile(r"(?:\$\s*)?(\d{1,2}(?:[\s\\]*[.．][\s\\]*\d{1,4}){0,4})[\s\\]*\$?[.．、]?\s*(?=\S)")
# The rest of a number with a unit or a range behind it, as in 300 ms and 300~600.
_MEASURED = re.compile(r"\d+\s?(?:\\?[~～–—-]|[a-zμ%℃])")
_COUNTED = re.compile(r"[年月日个种次项位名条例万亿千余世代%％·°～~—–\-/.．,，)）+]")


def heading_labels(text: str) -> tuple[HeadingLabel, ...]:
    """Return all that could number `text` as a heading, the likeliest first.

    Conversions lose the blank after a number (``1.11949年`` is 1.1 and a year) and sometimes its dots (``21推广`` is
    2.1), or set it as a formula (``$3 . 2 . 4$``); which reading is right, its neighbours tell.
    """
    label = heading_label(text)
    found = [label] if label else []
    start = markup_length(text)
    match = _GLUED.match(text, start)
    if match and (label is None or label.rank is Rank.ARABIC):
        digits = [re.sub(r"\D", "", part) for part in re.split("[.．]", match[1])]
        last = digits[-1]
        if len(digits) == 1 and _MEASURED.match(text, match.end(1)):
            return tuple(found)
        for size in (2, 1):
            if size > len(last) or (len(digits) == 1 and size != len(last)):
                continue
            rest = last[size:]
            after = match.end() if not rest else match.end(1) - len(rest)
            if not rest and len(digits) == 1 and _COUNTED.match(text, after):
                continue
            found.append(HeadingLabel(Rank.ARABIC, (*map(int, digits[:-1]), int(last[:size])), after))
        if len(digits) == 1 and len(last) == 2:
            found.append(HeadingLabel(Rank.ARABIC, (int(last[0]), int(last[1])), match.end()))
    return tuple(one for n, one in enumerate(found) if one not in found[:n] and (one.numbers[-1] or one is label))


@lru_cache(maxsize=_KEPT)
def _bare(text: str) -> str:
    if len(text) >= 60:
        return text
    text = text.strip()
    frame = _FRAME_BEFORE.match(text)
    return text[frame.end() if frame else 0 :].rstrip(_FRAME_BEHIND).rstrip()


def is_unnumbered_heading(text: str) -> bool:
    """Tell whether `text` is, alone, one of the words that head a section without a number."""
    return bool(_UNNUMBERED.fullmatch(_bare(text)) or is_references_heading(text) or is_endnotes_heading(text))


@lru_cache(maxsize=_KEPT)
def is_references_heading(text: str) -> bool:
    """Tell whether `text` heads a list of references."""
    bare = _unnumber(text)
    return bare[:1] in _REFERENCES_STARTS and _REFERENCES.fullmatch(bare) is not None


@lru_cache(maxsize=_KEPT)
def is_endnotes_heading(text: str) -> bool:
    """Tell whether `text` heads notes gathered at the end."""
    bare = _unnumber(text)
    return bare[:1] in _ENDNOTES_STARTS and _ENDNOTES.fullmatch(bare) is not None


@lru_cache(maxsize=_KEPT)
def _unnumber(text: str) -> str:
    bare = _bare(text)
    label = heading_label(bare) if len(bare) < 60 else None
    return bare[label.length :] if label else bare.lstrip("0123456789")


_HAN = re.compile(r"[\u3400-\u9fff]")
_TWO_LETTERS = re.compile("[A-Za-z]{2}")


def is_latin(text: str) -> bool:
    """Tell whether `text` is written in Latin letters alone."""
    return not _HAN.search(text) and bool(_TWO_LETTERS.search(text))


_CAPTION = re.compile(
    r"(?:(?:插入)?[图圖表]|附[图圖表]|Figure|Fig\.|Table)\s*[\d一二三四五六七八九十]+(?:[-.．]\d+)*", re.I
)


_SIGNS = re.compile(r"[#*\s]*")


def is_caption(text: str) -> bool:
    """Tell whether `text` captions a figure or a table."""
    return len(text) < 120 and bool(_CAPTION.match(text, _SIGNS.match(text).end()))  # type: ignore[union-attr]


# --- notes ---------------------------------------------------------------------------------------------------

_CIRCLED = {
    chr(start + i): first + i
    for start, count, first in (
        (0x2460, 20, 1), (0x3251, 15, 21), (0x32B1, 15, 36), (0x2776, 10, 1), (0x2780, 10, 1), (0x278A, 10, 1),
        (0x24F5, 10, 1), (0x24EB, 10, 11),
    )
    for i in range(count)
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_CIRCLED_CLASS = "[" + "".join(sorted(_CIRCLED)) + "]"
_NUMBER = r"[0-9０-９]{1,3}"
_FORMS = (
    ("circled", rf"\^?\{{?({_CIRCLED_CLASS})\}}?"),
    ("pandoc", r"\[\^([^\]\s^]{1,40})\]"),
    ("bracketed", rf"\^?[\[［〔【]({_NUMBER})[\]］〕】」]"),
    ("superscript", rf"([⁰¹²³⁴-⁹]{{1,3}})|\^({_NUMBER})(?![0-9])|\^\{{({_NUMBER})\}}"),
)
_BODY_MARKER = re.compile(
    "|".join(
        [rf"(?P<{name}><sup>\s*(?:{form})\s*</sup>|{form})" for name, form in _FORMS]
        + [rf"(?P<raised><sup>\s*{_NUMBER}\s*</sup>)"]
    )
)
_SELF = f"⁰¹²³⁴-⁹{''.join(sorted(_CIRCLED))}"
_MARKER_START = re.compile(rf"[<{{^\[［〔【{_SELF}](?:(?<=[{_SELF}])|(?=[s{{^\[［〔【0-9０-９{_SELF}]))")
"""What a marker begins with, and goes on with if it is more than one sign: looked for first, which is much quicker."""
_NOTE_START = re.compile(rf"(?:#+\s+)?(?:[注註]\s?[:：]?\s?)?(?P<label>{_BODY_MARKER.pattern})[:：]?\s*")
_PLAIN_NOTE_START = re.compile(rf"(?P<label>({_NUMBER}))(?:[.．、](?!\d[.．])\s*|[\s　]+|(?=[^\d\s.]))")
_NOTE_STARTS = frozenset("#注註<{^[［〔【⁰¹²³⁴⁵⁶⁷⁸⁹") | _CIRCLED.keys()
"""What a note begins with, but for those with a bare number: few blocks do."""
_BRACKETS = "[]［］〔〕【】」^{}"
_FORM_NAMES = (*(name for name, _ in _FORMS), "raised")


@dataclass(frozen=True, slots=True)
class NoteLabel:
    """A note's label or marker in a text.

    `form` is the way it is written, `key` the number or name that ties marker and note, ``[start, end)`` its
    place, `printed` what stands there without caret or tags, `after` where the note's text begins.
    """

    form: str
    key: str
    start: int
    end: int
    printed: str
    after: int


def note_label(text: str, *, plain: bool = False) -> NoteLabel | None:
    """Return the label that `text` begins with, if it begins as a note does.

    `plain` lets a bare number count too (``1. …``): only where nothing but notes can stand.
    """
    if text[:1] in _NOTE_STARTS and (match := _NOTE_START.match(text)):
        return _label(text, match, match.start("label"), match.end("label"), match.end())
    if plain and (match := _PLAIN_NOTE_START.match(text)):
        return NoteLabel("plain", str(int(match.group("label"))), 0, match.end(), match.group("label"), match.end())
    return None


@lru_cache(maxsize=_KEPT)
def markers(text: str) -> tuple[NoteLabel, ...]:
    """Return everything in `text` that could call a note, in order."""
    found = []
    at = 0
    while start := _MARKER_START.search(text, at):
        at = start.end()
        if match := _BODY_MARKER.match(text, start.start()):
            at = match.end()
            found.append(_label(text, match, match.start(), at, at))
    return tuple(found)


_UNRAISED = re.compile(r"</?sup>|\s")


def _label(text: str, match: re.Match[str], start: int, end: int, after: int) -> NoteLabel:
    form = next(filter(match.group, _FORM_NAMES))
    raw = match.group(form)
    if "<" in raw:
        raw = _UNRAISED.sub("", raw)
    inner = raw.strip(_BRACKETS)
    if form == "raised":
        form = "superscript"
    if inner in _CIRCLED:
        key = str(_CIRCLED[inner])
    else:
        digits = inner.translate(_SUPERSCRIPTS)
        key = str(int(digits)) if digits.isdecimal() else inner
    return NoteLabel(form, key, start, end, raw.lstrip("^") if form != "pandoc" else raw, after)


_SOURCE_LIKE = re.compile(
    r"《[^》]{2,}》|「[^」]{2,}」|https?://|www\.|出版社|第\s?\d+\s?[页頁期卷号號]|\d+\s?[页頁]|年第?\d{1,2}[期号號]"
    r"|同上|同前|同注|前引|前揭|参见|參見|参阅|转引自|详见|ibid|op\. ?cit|see |\bpp?\. ?\d|\bVol\.|\bNo\."
    r"|\[[JMDCNRZ](?:/OL)?\]",
    re.I,
)


def looks_like_source(text: str) -> bool:
    """Tell whether `text` reads like a note that names a source."""
    return bool(_SOURCE_LIKE.search(text))


_IBID = re.compile(r"(?:同上|同前|同前注|同上注|ibid\.?|idem\.?)(?=[\s。．.，,；;：:、）)第页頁注書书]|$)", re.I)
_SAME_NOTE = re.compile(
    rf"(?:同|见|參見|参见)(?:前)?[注註]\s?(?:释|釋)?\s?(?:(?P<marker>{_BODY_MARKER.pattern})|(?P<number>{_NUMBER}))"
)


def ibid(text: str) -> bool:
    """Tell whether a note's text points to the note before it (同上, ibid.)."""
    return bool(_IBID.match(text))


def same_as(text: str) -> str | None:
    """Return the key of the note that a note's text points to by its label (同注②), or None."""
    match = _SAME_NOTE.match(text)
    if not match:
        return None
    if match["number"]:
        return str(int(match["number"]))
    return markers(match["marker"])[0].key
