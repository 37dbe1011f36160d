"""How is text with styles put on paper, where rich is not worth its loading?

rich takes half as long to load as Python with all of Whoosh. Where nothing is coloured or wrapped, in a file or a
pipe, only the characters of a `Text` are written, and rich is not asked. On a terminal a `Text` becomes rich's.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text as RichText

_DROPPED = dict.fromkeys((7, 8, 11, 12, 13))
"""The control characters that rich drops from any text, as a terminal would obey them."""


class Text:
    """A text with styles, which means what one of rich's does: `style` is all of its, the others are of spans."""

    __slots__ = ("_plain", "spans", "style")

    def __init__(self, plain: str = "", style: str = "") -> None:
        self._plain = plain.translate(_DROPPED)
        self.style = style
        self.spans: list[tuple[int, int, str]] = []

    def __len__(self) -> int:
        return len(self._plain)

    @property
    def plain(self) -> str:
        """The characters."""
        return self._plain

    @plain.setter
    def plain(self, plain: str) -> None:
        if len(plain) != len(self._plain):
            raise ValueError("the spans would no longer fit")
        self._plain = plain

    def __add__(self, other: Text) -> Text:
        made = Text(self._plain, self.style)
        made.spans = [*self.spans]
        return made.append(other)

    def append(self, other: Text | str, style: str = "") -> Text:
        """Add a text at the end, and return this one."""
        if isinstance(other, str):
            other = Text(other, style)
        begun = len(self._plain)
        self._plain += other._plain
        if other.style:
            self.spans.append((begun, len(self._plain), other.style))
        self.spans += [(start + begun, end + begun, style) for start, end, style in other.spans]
        return self

    def stylize(self, style: str, start: int, end: int) -> None:
        """Give a part a style."""
        self.spans.append((start, end, style))

    def rich(self) -> RichText:
        """Return rich's text."""
        from rich.text import Text as RichText

        made = RichText(self._plain, self.style)
        for start, end, style in self.spans:
            made.stylize(style, start, end)
        return made


class Paper:
    """What is written to where there is no terminal: it has no colours and lines of any length."""

    is_terminal = False

    def __init__(self, *, stderr: bool) -> None:
        self._stderr = stderr

    def print(self, text: Text | RichText | None = None, **_: Any) -> None:
        """Write a line, or a few."""
        plain = text.plain if text else ""
        if "\t" in plain:
            # How far it leads, on a terminal and here, depends on how wide is what stands before it.
            console(stderr=self._stderr, plain=False).print(text.rich() if isinstance(text, Text) else text)
            return
        stream = sys.stderr if self._stderr else sys.stdout
        stream.write(f"{plain}\n")
        stream.flush()


def console(*, stderr: bool = False, plain: bool = True) -> Console | Paper:
    """Return what to print with; where there is no terminal and `plain` will do, without rich.

    Whoever sets FORCE_COLOR or TTY_COMPATIBLE has rich decide.
    """
    stream = sys.stderr if stderr else sys.stdout
    if plain and not stream.isatty() and os.environ.keys().isdisjoint(("FORCE_COLOR", "TTY_COMPATIBLE")):
        return Paper(stderr=stderr)
    from rich.console import Console

    class Printing(Console):
        """A console that leaves it to the command line what a closed pipe means."""

        def on_broken_pipe(self) -> None:
            """Raise what happened."""
            raise BrokenPipeError

    return Printing(stderr=stderr, highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())
