"""Which character is this symbol?

Word keeps a character of a symbol font by its place in the font (``<w:sym w:font="Symbol" w:char="F061"/>`` is α). A
font and a place in, a character out; "" where Unicode has none or the font is not known here, as a guess would print
another sign.
"""

from __future__ import annotations

import re

_CODE = re.compile("[0-9A-Fa-f]{2,6}")
_GREEK = "!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
_SIGNS = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪"
_SYMBOL = dict(enumerate(_GREEK, 0x21)) | dict(enumerate(_SIGNS, 0xA0)) | dict(enumerate("〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭", 0xF1))
# Of the pictures only what stands in running text: numbers in circles, arrows, ticks.
_WINGDINGS = (
    dict(enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿", 0x80))
    | dict(enumerate("←→↑↓↖↗↙↘", 0xDF))
    | dict(enumerate("✗✓☒☑", 0xFB))
    | {0x6C: "●", 0x6E: "■", 0x6F: "□", 0xA1: "○", 0xA8: "◻", 0xAB: "★"}
)
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS}


def symbol(font: str, code: str) -> str:
    """Return the character at the hexadecimal place `code` of a font."""
    if not _CODE.fullmatch(code):
        return ""
    place = int(code, 16)
    signs = _FONTS.get(font.casefold())
    if signs is not None:
        return signs.get(place - 0xF000 if place >= 0xF000 else place, "")
    # An ordinary font has ordinary characters; a place in the private use area means nothing without its font.
    return "" if 0xD800 <= place <= 0xF8FF or place < 0x20 or place > 0xFFFF else chr(place)
