"""How does Word print a number?

A number and the name of a format from WordprocessingML (``w:numFmt``) in, what Word prints out: 3 in
``decimalEnclosedCircle`` is ③, 21 in ``chineseCounting`` is 二十一. Where a format has no sign for a number (Word
circles none above 20, and in its Chinese format none above 10), it is printed in plain digits, and so is a number in a
format that is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_AIUEO = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_DIGITS = "〇一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_LEGAL_SIMPLIFIED = str.maketrans("〇一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
_LEGAL_TRADITIONAL = str.maketrans("〇一二三四五六七八九十百千", "零壹貳參肆伍陸柒捌玖拾佰仟")
_LEGAL_JAPANESE = str.maketrans("一二三四五六七八九十百千", "壱弐参四伍六七八九拾百阡")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_LARGEST = 780
"""Word repeats letters up to here; larger numbers in letters are a sign of a broken file."""


def printed(number: int, number_format: str, *, custom: str = "") -> str:
    """Return `number` as Word prints it; `custom` is the pattern of the format ``custom`` (``001, 002, 003, ...``)."""
    if number_format == "custom":
        return str(number).zfill(len(custom.partition(",")[0].strip()[:20]))
    if number_format in {"none", "bullet"}:
        return ""
    if not 0 < number < 10_000:
        return str(number)
    return _FORMATS.get(number_format, str)(number)


def _one_of(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if number <= len(signs) else str(number)


def _repeated(signs: str) -> Callable[[int], str]:
    """Print a, b, …, z, aa, bb, …"""

    def letters(number: int) -> str:
        rounds, index = divmod(number - 1, len(signs))
        return signs[index] * (rounds + 1) if number <= _LARGEST else str(number)

    return letters


def _roman(number: int) -> str:
    parts = []
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        parts.append(letters * count)
    return "".join(parts)


def _digit_by_digit(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _spelled(number: int, *, ones: bool) -> str:
    """Spell a number with 十, 百 and 千; `ones` says whether 100 is 一百 (Chinese) or 百 (Japanese).

    In Chinese a gap between digits is one 〇 (一百〇一); ten itself is never 一十 at the beginning.
    """
    parts: list[str] = []
    digits = str(number)
    gap = False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            gap = True
            continue
        if gap and ones and parts:
            parts.append("〇")
        gap = False
        silent = digit == "1" and place and (not ones or (place == 1 and not parts))
        parts.append(("" if silent else _DIGITS[int(digit)]) + _UNITS[place])
    return "".join(parts)


def _chinese(number: int) -> str:
    return _spelled(number, ones=True)


def _counted(number: int) -> str:
    """Print 十一 and 九十九, but 一〇〇: Word's plain Chinese counting knows no hundreds."""
    return _chinese(number) if number < 100 else _digit_by_digit(number)


def _japanese(number: int) -> str:
    return _spelled(number, ones=False)


def _legal(signs: Mapping[int, int]) -> Callable[[int], str]:
    """Print the numerals of contracts, where ten is 壹拾 even at the beginning."""

    def numeral(number: int) -> str:
        spelled = _chinese(number)
        return ("一" + spelled if spelled.startswith("十") else spelled).translate(signs)

    return numeral


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _stem_and_branch(number: int) -> str:
    return _STEMS[(number - 1) % 10] + _BRANCHES[(number - 1) % 12]


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerRoman": _roman,
    "upperLetter": _repeated(_LATIN.upper()),
    "lowerLetter": _repeated(_LATIN),
    "ordinal": _ordinal,
    "hex": lambda number: f"{number:X}",
    "chicago": _repeated("*†‡§"),
    "numberInDash": lambda number: f"- {number} -",
    "decimalFullWidth": lambda number: str(number).translate(_FULL_WIDTH),
    "decimalFullWidth2": lambda number: str(number).translate(_FULL_WIDTH),
    "decimalEnclosedCircle": _one_of(_CIRCLED),
    "decimalEnclosedCircleChinese": _one_of(_CIRCLED[:10]),
    "decimalEnclosedFullstop": _one_of("⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"),
    "decimalEnclosedParen": _one_of("⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"),
    "ideographEnclosedCircle": _one_of("㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"),
    "ideographTraditional": _one_of(_STEMS),
    "ideographZodiac": _one_of(_BRANCHES),
    "ideographZodiacTraditional": _stem_and_branch,
    "ideographDigital": _digit_by_digit,
    "japaneseDigitalTenThousand": _digit_by_digit,
    "taiwaneseDigital": _digit_by_digit,
    "chineseCounting": _counted,
    "taiwaneseCounting": _counted,
    "chineseCountingThousand": _chinese,
    "taiwaneseCountingThousand": _chinese,
    "japaneseCounting": _japanese,
    "chineseLegalSimplified": _legal(_LEGAL_SIMPLIFIED),
    "ideographLegalTraditional": _legal(_LEGAL_TRADITIONAL),
    "japaneseLegal": _legal(_LEGAL_JAPANESE),
    "aiueo": _repeated(_AIUEO),
    "aiueoFullWidth": _repeated(_AIUEO),
    "iroha": _repeated(_IROHA),
    "irohaFullWidth": _repeated(_IROHA),
}
