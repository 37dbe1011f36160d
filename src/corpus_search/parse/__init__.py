"""Where are an article's parts?

Decoded text in, an `Article` out. The steps, each in a module of its own:

1. `blocks`: lines become blocks, the paragraphs-to-be.
2. `pages`: page numbers and running heads are set aside.
3. `front`, `back`: what stands before and after the body.
4. `notes`: notes and references leave the running text, each tied to its marker.
5. `headings`: what is left is headings and paragraphs.
6. `pages`: paragraphs cut by a page are joined, pages numbered.
7. `metadata`, `assemble`: names and numbers are read, and the tree is built, every text with its place in the source.
8. `citations`, `damaged`, `works`: what cites a reference is tied to it, by number, or by author and year.

A rule may use how the genre prints things, never what one article says. What a rule is unsure of goes into
`Article.problems`; nothing is lost (each character of the source that is not blank is in exactly one span,
label or marker) and nothing invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from corpus_search.article import Article, DocId, Problem
from corpus_search.formats.layout import BlockKind, Layout
from corpus_search.parse.assemble import assemble
from corpus_search.parse.back import back_start, interludes, list_behind
from corpus_search.parse.blocks import block_of, split_blocks, split_lines, without_line_numbers
from corpus_search.parse.fields import is_starred_note, segments
from corpus_search.parse.front import find_front
from corpus_search.parse.headings import find_headings
from corpus_search.parse.labels import (
    heading_label,
    is_unnumbered_heading,
    looks_like_source,
    markup_length,
    note_label,
)
from corpus_search.parse.layout import Said, layout_blocks
from corpus_search.parse.metadata import completed
from corpus_search.parse.notes import find_notes
from corpus_search.parse.pages import Furniture, find_furniture, page_line
from corpus_search.parse.runin import part_headings

__all__ = ["parse"]


def parse(
    text: str,
    *,
    doc_id: str,
    path: str = "",
    encoding: str = "utf-8",
    remarks: Iterable[str] = (),
    layout: Layout | None = None,
) -> Article:
    """Take an article's text apart; never raises, whatever the text.

    `remarks` are sentences about the file that belong among the article's problems; `layout` is what its format says of
    its structure, which goes before what the genre's customs say.
    """
    if layout:
        blocks = layout_blocks(text, layout)
        said = Said(text, layout, blocks)
        furniture, run_in = Furniture(said.furniture(), {}), tuple[Problem, ...]()
    else:
        lines, numbers = without_line_numbers(text, split_lines(text))
        blocks, run_in = part_headings(text, split_blocks(text, lines, _starts_block))
        said, furniture = None, find_furniture(blocks)
        counted = frozenset(range(len(blocks), len(blocks) + len(numbers)))
        blocks += tuple(block_of(text, (number,)) for number in numbers)
        furniture = Furniture(furniture.blocks | counted, furniture.numbers)
    front = find_front(blocks, furniture.blocks)
    taken = furniture.blocks | set(front.later) | set(front.continued)
    body = [i for i in range(front.end, len(blocks)) if i not in taken]
    others = interludes(blocks, body)
    body = [i for i in body if i not in others]
    end = back_start(blocks, body)
    back, listed = list_behind(blocks, body[:end], body[end:])
    body, back = body[:end] + listed, sorted([*back, *others])
    if said:
        # Notes may be gathered after everything else.
        notes_behind = [i for i in back if blocks[i].is_kind(BlockKind.NOTE)]
        body, back = [*body, *notes_behind], [i for i in back if i not in notes_behind]
    head = (*front.title, *front.byline)
    notes = find_notes(blocks, body, head, (said.calls, said.labels) if said else None)
    running = [i for i in body if i not in notes.blocks]
    headings = find_headings(blocks, running)
    article = assemble(
        text,
        doc_id=DocId(doc_id),
        path=path,
        encoding=encoding,
        blocks=blocks,
        furniture=furniture,
        front=front,
        running=running,
        headings=headings,
        notes=notes,
        back=back,
        problems=[*(Problem(1, remark) for remark in remarks), *run_in],
        said=said,
    )
    return replace(article, metadata=completed(article.metadata, layout.metadata)) if layout else article


def _starts_block(line: str, broken_off: bool) -> bool:  # noqa: FBT001
    """Tell whether a line cannot be the continuation of the one before it, which may have broken off mid-sentence."""
    label = note_label(line)
    if label and not (broken_off and (line[label.after :][:1] in "，。、；：）" or not looks_like_source(line))):
        return True
    numbered = len(line) < 60 and (heading_label(line) or is_unnumbered_heading(line))
    return bool(
        (numbered and not broken_off)
        or (len(line) < 60 and page_line(line))
        or markup_length(line)
        or is_starred_note(line)
        or segments(line, loose=False)
    )
