"""An extract as lines that can be read and compared: what each block is, and its text with markers as ``{key}``."""

from __future__ import annotations

from corpus_search.formats.layout import BlockKind, Extract, Layout, LayoutBlock


def outline(extract: Extract) -> list[str]:
    """Return a line for each block: ``heading 1: 引言``, ``paragraph: 正文{fn1}。``, ``note fn1: 《书》。``."""
    layout = layout_of(extract)
    return [f"{_named(block)}: {_text(extract.text, layout, block)}" for block in layout.blocks]


def layout_of(extract: Extract) -> Layout:
    assert extract.layout is not None
    return extract.layout


def assert_sound(extract: Extract) -> None:
    """Check what holds for every layout: blocks in order and trimmed, calls and labels in blocks, every call answered."""
    layout, end = layout_of(extract), 0
    for block in layout.blocks:
        assert end <= block.start < block.end <= len(extract.text)
        assert extract.text[block.start : block.end] == extract.text[block.start : block.end].strip()
        end = block.end
    notes = {block.key for block in layout.blocks if block.kind is BlockKind.NOTE}
    assert {call.key for call in layout.calls} <= notes
    spans = [(call.start, call.end) for call in layout.calls] + [(label.start, label.end) for label in layout.labels]
    for start, end in spans:
        assert any(block.start <= start < end <= block.end for block in layout.blocks)


def _named(block: LayoutBlock) -> str:
    return " ".join(filter(None, (block.kind, str(block.level or ""), block.key)))


def _text(text: str, layout: Layout, block: LayoutBlock) -> str:
    pieces = [(call.start, call.end, "{" + call.key + "}") for call in layout.calls]
    pieces += [(label.start, label.end, "") for label in layout.labels]
    shown, place = "", block.start
    for start, end, instead in sorted(pieces):
        if block.start <= start < block.end:
            shown += text[place:start] + instead
            place = end
    return (shown + text[place : block.end]).strip()
