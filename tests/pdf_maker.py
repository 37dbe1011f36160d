"""Makes the PDFs of the tests: text at places, in a font that readers have, so that a test says all that is on a page."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Text beginning at (x, y), y from the bottom.

    Bold has its outline drawn, as word processors do without a bold face; hidden is as OCR puts it behind a picture.
    """

    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False
    hidden: bool = False

    def drawn(self) -> str:
        shown = self.text.encode("utf-16-be").hex()
        return f"BT {3 if self.hidden else 2 * self.bold} Tr /F {self.size} Tf {self.x} {self.y} Td <{shown}> Tj ET"


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal rule."""

    x: float
    y: float
    width: float

    def drawn(self) -> str:
        return f"{self.x} {self.y} {self.width} 0.5 re f"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of one pixel, as large as the page."""

    def drawn(self) -> str:
        return "q 400 0 0 600 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID a EI Q"


Item = Text | Rule | Image

_FONT = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [ << /Type /Font"
    " /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4"
    " >> /DW 1000 /W [ 1 95 500 814 907 500 ] /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 4"
    " /FontBBox [ 0 -120 1000 880 ] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 80 >> >> ] >>"
)


def make_pdf(pages: Sequence[Sequence[Item]], *, labels: str = "", information: str = "") -> bytes:
    """Return a PDF; `labels` is its number tree of page labels, `information` the entries on the file itself."""
    catalog = f"<< /Type /Catalog /Pages 2 0 R{f' /PageLabels << /Nums [ {labels} ] >>' if labels else ''} >>"
    kids = " ".join(f"{5 + 2 * place} 0 R" for place in range(len(pages)))
    objects = [
        catalog.encode(),
        f"<< /Type /Pages /Kids [ {kids} ] /Count {len(pages)} >>".encode(),
        _FONT.encode(),
        f"<< {information} >>".encode(),
    ]
    for place, items in enumerate(pages):
        stream = zlib.compress("\n".join(item.drawn() for item in items).encode())
        page = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 400 600 ] /Resources << /Font << /F 3 0 R >> >>"
            f" /Contents {6 + 2 * place} 0 R >>"
        )
        objects += [
            page.encode(),
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    data = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(data)


def lines(*texts: str, x: float = 50, y: float = 500, size: float = 10, pitch: float = 16) -> list[Item]:
    """Return lines one below the other; an ideographic blank at the beginning of one is an indent."""
    return [
        Text(x + size * (len(text) - len(text.lstrip("\u3000"))), y - pitch * place, text.lstrip("\u3000"), size)
        for place, text in enumerate(texts)
    ]
