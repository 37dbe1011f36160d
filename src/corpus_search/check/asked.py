"""What may a quotation mean to stand in its source?

A quotation's core in; its readings out: all of it as one run, and, where it says that something is left out (……) or put
in ([ ]), the parts between.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from corpus_search.check.align import Part
from corpus_search.check.writing import Core

_ELLIPSIS = (
    r"[（(\[〔［]?(?:[…⋯]+|\.{3,}|(?:\. ){2,}\.|。{3,}|·{6,})[）)\]〕］]?"
    r"|[（(\[〔［](?:中?略|前略|[后後]略|下略|省略)[）)\]〕］]"
)
_CUT = re.compile(rf"{_ELLIPSIS}|[\[［〔](?!\d+[\]］〕])[^\[\]［］〔〕]{{1,40}}[\]］〕]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A quotation: its core, and the parts that are to stand in order: one, unless it says that it leaves out."""

    core: Core
    parts: tuple[Part, ...]

    @property
    def patterns(self) -> list[str]:
        """The letters of each part."""
        return [self.core.text[part.start : part.end] for part in self.parts]

    @property
    def pattern(self) -> str:
        """The letters that are to stand in the source."""
        return "".join(self.patterns)

    def texts(self) -> Iterator[str]:
        """Yield the text of each part, as it is written."""
        for part in self.parts:
            yield self.core.raw[self.core.starts[part.start] : self.core.ends[part.end - 1]]


def readings(quoted: Core) -> Iterator[Asked]:
    """Yield what a quotation may mean: all of it, and what stands between its cuts."""
    whole = Part(0, len(quoted))
    yield Asked(quoted, (whole,))
    parts = []
    begin = 0
    for match in [*_CUT.finditer(quoted.raw), None]:
        end = len(quoted) if match is None else _index(quoted, match.start())
        if end > begin:
            parts.append(Part(begin, end))
        if match is not None:
            begin = _index(quoted, match.end())
    if parts and parts != [whole]:
        yield Asked(quoted, tuple(parts))


def _index(text: Core, at: int) -> int:
    """Return the first letter of a core that stands at `at` of its text or after."""
    return bisect_left(text.starts, at)
