"""Which blocks are notes, and which marker calls each?

Blocks in, notes with their markers out. Notes stand at page bottoms, in the middle of the running text once
pages are strung together, with numbers that begin anew on every page; or gathered at the end under 注释. A
numbered block is a note when the text before it has the marker that calls it, or when it reads like a source;
otherwise it is an item of a list and stays in the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import pairwise

from corpus_search.article import Problem
from corpus_search.formats.layout import BlockKind
from corpus_search.parse.blocks import Block, is_finished, is_wider
from corpus_search.parse.labels import (
    NoteLabel,
    heading_label,
    is_caption,
    is_endnotes_heading,
    is_latin,
    is_references_heading,
    is_unnumbered_heading,
    looks_like_source,
    markers,
    markup_length,
    note_label,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A marker in a block's text."""

    block: int
    label: NoteLabel


@dataclass(slots=True)
class Entry:
    """A note or reference: its pieces ``(block, start, end)`` in block texts, its label and its marker.

    `again` are further markers that call it.
    """

    block: int
    label: NoteLabel | None
    pieces: list[tuple[int, int, int]]
    marker: Place | None = None
    again: list[Place] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """What was found: notes and references in order, the blocks they fill, and doubts.

    `page_bottom` holds the blocks of notes that stood at the foot of a page.
    """

    notes: list[Entry] = field(default_factory=list)
    references: list[Entry] = field(default_factory=list)
    blocks: set[int] = field(default_factory=set)
    page_bottom: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def find_notes(
    blocks: Sequence[Block],
    body: Sequence[int],
    head: Sequence[int],
    said: tuple[Sequence[Place], Sequence[Place]] | None = None,
) -> Found:
    """Find notes and references among the blocks whose indices are `body`.

    `head` are the title's and byline's blocks, which may carry markers as well. `said` are the markers and the labels
    that the file's format knows; it then knows all the notes there are.
    """
    found = Found()
    if said is not None:
        body = _said_notes(blocks, body, *said, found=found)
        _gathered(blocks, body, found)
        return found
    remaining, endnotes = _gathered(blocks, body, found)
    _page_bottoms(blocks, remaining, head, found)
    if _are_references(blocks, found.notes):
        if _counts_on(endnotes, found.notes):
            found.references, endnotes = [*found.references, *endnotes], []
        found.references = sorted(
            [*found.references, *found.notes], key=lambda entry: (entry.block, entry.pieces[0][1])
        )
        found.notes = []
        found.problems.clear()
    if _are_references(blocks, endnotes):
        found.references, endnotes = [*found.references, *endnotes], []
    carriers = [*head, *(i for i in remaining if i not in found.blocks)]
    if endnotes:
        _tie_gathered(blocks, carriers, endnotes, found)
        found.notes.extend(endnotes)
    _report_lost(blocks, carriers, found)
    return found


_TYPE_MARK = re.compile(r"[\[［](?:[MCNJDRSPAGZ]|DB|CP|EB)(?:/(?:OL|MT|DK|CD))?[\]］]")
_MOST_LISTS = 2


def _counts_on(first: Sequence[Entry], then: Sequence[Entry]) -> bool:
    """Tell whether the numbers of one list go on in another: something stands between the parts of one list."""
    last, next_ = ([int(e.label.key) for e in part if e.label and e.label.key.isdecimal()] for part in (first, then))
    return bool(last and next_) and min(next_) == max(last) + 1


# A work with its type or with volume and pages, as reference lists have it; and what only notes say of a work.
_WORK = re.compile(
    r"[\[［][A-Z](?:/OL)?[\]］]|(?:19|2[0Oo])[\dOolI]{2}\s?"
    r"(?:[,，]?\s?\d*\s?[(（]\s?[\dA-Z]+\s?[)）]|[:：,，]\s?\d+\s?[-–—－一])"
)
_SAID_IN_NOTES = re.compile(
    r"同上|同前|同注|参见|参看|详见|转引|见(?![证解识于])|ibid|第\s?\d+\s?[页頁]|[页頁]。?$", re.I
)


def _are_references(blocks: Sequence[Block], entries: Sequence[Entry]) -> bool:
    """Tell whether what looks like notes is a list of references without a heading, or under another's.

    Its entries are numbered, and stand together, where notes at page bottoms stand on every page. Most bear the marks
    of GB/T 7714 ([J], [M]), or a volume and pages, and hardly any says what only notes say.
    """
    if not entries or any(entry.label is None or entry.label.form not in ("bracketed", "plain") for entry in entries):
        return False
    at = [entry.block for entry in entries]
    lists = 1 + sum(after - before > 2 for before, after in pairwise(at))
    if lists > _MOST_LISTS or len(entries) <= _MOST_LISTS:
        return False
    texts = [" ".join(blocks[i].text[start:end] for i, start, end in entry.pieces) for entry in entries]
    marked, works, notes = (
        sum(bool(form.search(text)) for text in texts) for form in (_TYPE_MARK, _WORK, _SAID_IN_NOTES)
    )
    return marked * 5 >= len(texts) * 4 or (works * 5 >= len(texts) * 3 and notes * 10 <= len(texts))


def _said_notes(
    blocks: Sequence[Block], body: Sequence[int], calls: Sequence[Place], labels: Sequence[Place], *, found: Found
) -> list[int]:
    """Take the notes that the format knows out of `body`; return what is left."""
    label_of = {place.block: place.label for place in labels}
    entries: dict[str, Entry] = {}
    remaining: list[int] = []
    for i in body:
        said = blocks[i].said
        if said is None or said.kind is not BlockKind.NOTE:
            remaining.append(i)
            continue
        found.blocks.add(i)
        label = label_of.get(i)
        start = label.after if label else 0
        if said.key in entries:
            entries[said.key].pieces.append((i, start, len(blocks[i].text)))
            continue
        entries[said.key] = Entry(i, label, [(i, start, len(blocks[i].text))])
    for call in calls:
        entry = entries.get(call.label.key)
        if entry is None:
            found.problems.append(
                Problem(blocks[call.block].number, f"marker {call.label.printed} has no note; it stays in the text")
            )
        elif entry.marker is None:
            entry.marker = call
        else:
            entry.again.append(call)
    for key, entry in entries.items():
        if entry.marker is None:
            found.problems.append(
                Problem(blocks[entry.block].number, f"note {key} is tied to no sentence: no marker calls it")
            )
        elif entry.label is None:
            # A format may print the label at the marker alone.
            entry.label = replace(entry.marker.label, start=0, end=0, after=0)
    found.notes.extend(entries.values())
    return remaining


def _gathered(blocks: Sequence[Block], body: Sequence[int], found: Found) -> tuple[list[int], list[Entry]]:
    """Take the lists under 注释 and 参考文献 out of `body`; return what is left, and the endnotes."""
    remaining: list[int] = []
    endnotes: list[Entry] = []
    into: list[Entry] | None = None
    depth = begun = 0
    for place, i in enumerate(body):
        text = blocks[i].text
        if is_references_heading(text) or (is_endnotes_heading(text) and _labelled_next(blocks, body, place)):
            into = found.references if is_references_heading(text) else endnotes
            depth, begun = blocks[i].depth, len(into)
            remaining.append(i)
            continue
        if into is not None and depth and blocks[i].depth > depth:
            remaining.append(i)  # The list is parted by headings of its own, and may count anew below each.
            begun = len(into)
            continue
        if into and _interrupts(blocks[i]) and _resumes(blocks, body, place, into):
            remaining.append(i)  # A running head or a picture, say: the list goes on after it.
            continue
        if into is not None and (is_unnumbered_heading(text) or _new_section(text)):
            into = None
        if into is None or blocks[i].is_kind(BlockKind.TABLE) or _interrupts(blocks[i]):
            definition = note_label(text)
            if definition and definition.form == "pandoc" and text[definition.end - 1 : definition.after].strip("]"):
                endnotes.append(_entry(blocks, i, definition))
                found.blocks.add(i)
            else:
                remaining.append(i)
            continue
        label = note_label(text, plain=True)
        labels = [entry.label for entry in into[begun:] if entry.label]
        if (
            label
            and label.form == "plain"
            and labels
            and not (labels[0].form == "plain" and 0 < int(label.key) - int(labels[-1].key) <= 3)
            and not (_follows(labels[-1].key, label.key) and _counts_from(blocks, body, place, label, labels[-1].form))
        ):
            label = None  # A wrapped line that begins with a number, such as pages.
        if label and label.form == "plain" and not labels and int(label.key) > 3:
            label = None  # The first entry has lost its label, and begins with some other number.
        if into and not label and (_is_continued(text) or (not labels and _is_cut_off(blocks, into[-1], text))):
            into[-1].pieces.append((i, 0, len(text)))
        elif label or not labels:
            into.append(_entry(blocks, i, label))
        elif _goes_on(blocks, body, place, labels[-1], into[-1]):
            if _has_lost_label(blocks, body, place, labels[-1], into[-1]):
                into.append(_entry(blocks, i, None))
            else:
                into[-1].pieces.append((i, 0, len(text)))
        else:
            into = None
            remaining.append(i)
            continue
        found.blocks.add(i)
        # A conversion may have run the next entries into the line.
        _split_run_together(blocks, into, {m.key for m in markers(text)} - {label.key for label in labels})
    return remaining, endnotes


_PICTURE = re.compile(r"!\[|<(?:html|table|img)\b")


def _interrupts(block: Block) -> bool:
    """Tell whether a block in the middle of a list is none of its entries: a heading, a picture, a table, a caption."""
    text = block.text
    return bool(_PICTURE.match(text)) or is_caption(text) or (block.depth > 0 and not note_label(text))


def _resumes(blocks: Sequence[Block], body: Sequence[int], place: int, into: Sequence[Entry]) -> bool:
    """Tell whether a list's numbers go on soon after an interruption."""
    last = next((entry.label for entry in reversed(into) if entry.label), None)
    if last is None or not last.key.isdecimal():
        return False
    for i in body[place + 1 : place + 7]:
        label = note_label(blocks[i].text, plain=True)
        if label and label.form == last.form and label.key.isdecimal() and 0 < int(label.key) - int(last.key) <= 2:
            return True
    return False


def _is_continued(text: str) -> bool:
    """Tell whether a block goes on with the entry before it, as its translation in brackets and a broken word do."""
    return bool(re.match(r"[\[［【]\s?(?=[^\d\s])|[a-z]", text))


# A surname with given names or initials, or a name in Han and what parts it from the next: so an entry begins.
_BEGINS_ENTRY = re.compile(
    r"(?:\\?\*)?(?:[A-Z\u00c0-\u00de][\w’'-]+(?:\s[A-Z][\w’'-]+)?\s?[,，]\s?[A-Z\u00c0-\u00de]|[A-Z][\w’'-]+\s[A-Z]{1,3}[,，.]"
    r"|[\u4e00-\u9fff·]{2,8}\s?[,，、.．(（])"
)
_YEAR = re.compile(
    r"(?<!\d)(?:19|2[0Oo])[\dOolI]{2}(?!\d)|(?<=[.．,，\s])[（(][\dOolI]{0,3}[a-e]?[)）]\s?[.．]\s?[A-Z\u4e00-\u9fff]"
)
# Behind a year: a volume, pages, a publisher or an address; an entry that ends before any of them goes on.
_WHERE = re.compile(
    r"\d\s?[-–—－~]\s?\d|[:：,，]\s?[eE]?\d+|\d\s?[(（]\d|出版|书[局店]|大学|Press|doi|https?:|\[[A-Z](?:/OL)?\]", re.I
)


def _is_cut_off(blocks: Sequence[Block], entry: Entry, after: str) -> bool:
    """Tell whether a page's end seems to have cut an entry without a number in two, `after` being its second part."""
    if _BEGINS_ENTRY.match(after) and _YEAR.search(after[:300]):
        return False
    block, start, end = entry.pieces[-1]
    text = blocks[block].text[start:end]
    year = _YEAR.search(text)
    if year and not _WHERE.search(text, year.end()) and is_latin(text) and is_latin(after):
        return True
    return text[-1:].isalpha() and not is_finished(text) and not re.search(r"\[[A-Z](?:/OL)?\]|https?://", text)


def _goes_on(blocks: Sequence[Block], body: Sequence[int], place: int, last: NoteLabel, entry: Entry) -> bool:
    """Tell whether an unlabelled block goes on with the entry before it, rather than end the list."""
    block, start, end = entry.pieces[-1]
    text = blocks[block].text[start:end]
    if (
        not is_finished(text)
        or text[-1:] in ":："
        or any(
            marker.form == last.form and _follows(last.key, marker.key) for marker in markers(blocks[body[place]].text)
        )
    ):
        return True
    for i in body[place + 1 : place + 4]:
        following = note_label(blocks[i].text, plain=True)
        if following and any(
            _follows(last.key, following.key, by=by) for by in ((1, 2) if _counts(following) else (1,))
        ):
            return True
    return False


def _has_lost_label(blocks: Sequence[Block], body: Sequence[int], place: int, last: NoteLabel, entry: Entry) -> bool:
    """Tell whether a block is an entry of its own, whose number stands nowhere: the one after it comes next."""
    block, start, end = entry.pieces[-1]
    following = note_label(blocks[body[place + 1]].text) if place + 1 < len(body) else None
    return (
        entry.label == last
        and bool(following and _counts(following) and _follows(last.key, following.key, by=2))
        and bool(_BEGINS_ENTRY.match(blocks[body[place]].text) and _WHERE.search(blocks[block].text[start:end]))
        and bool(_YEAR.search(blocks[body[place]].text))
    )


def _counts(label: NoteLabel) -> bool:
    """Tell whether a label in brackets counts entries: a bare number may be anything."""
    return label.form == "bracketed"


def _counts_from(blocks: Sequence[Block], body: Sequence[int], place: int, lost: NoteLabel, form: str) -> bool:
    """Tell whether a list goes on counting, in its own form, behind a number that has lost its brackets."""
    following = (note_label(blocks[i].text) for i in body[place + 1 : place + 3])
    return any(
        label and label.form == form and any(_follows(lost.key, label.key, by=by) for by in (1, 2))
        for label in following
    )


def _labelled_next(blocks: Sequence[Block], body: Sequence[int], place: int) -> bool:
    return place + 1 < len(body) and note_label(blocks[body[place + 1]].text, plain=True) is not None


def _new_section(text: str) -> bool:
    if is_wider(text, 89):
        return False
    label = heading_label(text)
    marked = markup_length(text) > 0 and not note_label(text)
    return marked or (label is not None and label.rank < 6 and not looks_like_source(text))


def _entry(blocks: Sequence[Block], i: int, label: NoteLabel | None) -> Entry:
    return Entry(i, label, [(i, label.after if label else 0, len(blocks[i].text))])


# --- notes at page bottoms -----------------------------------------------------------------------------------


def _page_bottoms(blocks: Sequence[Block], body: Sequence[int], head: Sequence[int], found: Found) -> None:
    region = list(head)
    place = 0
    while place < len(body):
        label = note_label(blocks[body[place]].text) or _plain_label(blocks, body[place], region)
        if label is None or label.form == "pandoc":
            region.append(body[place])
            place += 1
            continue
        calls = _calls(blocks, region, "superscript" if label.form == "plain" else label.form)
        cluster, after = _cluster(blocks, body, place, label, calls)
        if _are_notes(blocks, cluster, calls, region, found):
            _tie(blocks, cluster, calls, found)
            found.notes.extend(cluster)
            taken = {piece[0] for entry in cluster for piece in entry.pieces}
            found.blocks |= taken
            found.page_bottom |= taken
            region = []
        else:
            region.extend(body[place:after])
        place = after


def _plain_label(blocks: Sequence[Block], i: int, region: Sequence[int]) -> NoteLabel | None:
    """Return the bare number a note begins with, where a raised one in the text calls it (text^1, then 1 …)."""
    label = note_label(blocks[i].text, plain=True)
    if label is None or label.form != "plain" or not looks_like_source(blocks[i].text):
        return None
    called = {call.label.key for call in _calls(blocks, region, "superscript")}
    return label if label.key in called else None


def _calls(blocks: Sequence[Block], region: Sequence[int], form: str) -> list[Place]:
    """Return the places in `region` where a marker of `form` could stand.

    The numbers of an enumeration in the text (有三：①…；②…) are none, nor is the number that a list's item
    begins with.
    """
    found = []
    for i in region:
        text = blocks[i].text
        here = [
            m for m in markers(text) if m.form == form and (m.start > 0 or text[m.end : m.end + 1] in tuple("，。、；"))
        ]
        counted = _enumerated(text, here)
        found += [Place(i, marker) for marker in here if marker not in counted]
    return found


def _enumerated(text: str, here: Sequence[NoteLabel]) -> list[NoteLabel]:
    """Return those of the markers `here` that count the items of an enumeration within a sentence."""
    counted: list[NoteLabel] = []
    run: list[NoteLabel] = []
    for marker in [*here, None]:
        if marker and text[marker.start] in "^<":
            continue
        before = text[: marker.start].rstrip()[-1:] if marker else ""
        if (
            marker
            and run
            and _follows(run[-1].key, marker.key)
            and "。" not in text[run[-1].end : marker.start]
            and before in "、；;和及与"
        ):
            run.append(marker)
            continue
        if len(run) > 1:
            counted += run
        # A note's marker follows a mark of punctuation more often than not; an item's first number never does.
        run = [marker] if marker and marker.key == "1" and before not in "，。；、！？”’」』》）" else []
    return counted


def _cluster(
    blocks: Sequence[Block], body: Sequence[int], place: int, label: NoteLabel, calls: Sequence[Place]
) -> tuple[list[Entry], int]:
    """Gather the notes that stand together from `place` on, and the place after them."""
    called = {call.label.key for call in calls}
    entries = [_entry(blocks, body[place], label)]
    plain = label.form == "plain"
    place += 1
    while place < len(body):
        _split_run_together(blocks, entries, called)
        last = next(entry.label for entry in reversed(entries) if entry.label)
        lost = entries[-1].label is None
        here = note_label(blocks[body[place]].text, plain=plain)
        if here and here.form == last.form and _follows(last.key, here.key, by=2 if lost else 1):
            entries.append(_entry(blocks, body[place], here))
            place += 1
            continue
        following = note_label(blocks[body[place + 1]].text, plain=plain) if place + 1 < len(body) else None
        if here or following is None or following.form != last.form or following.key not in called or lost:
            break
        text = blocks[body[place]].text
        if _follows(last.key, following.key) and following.key not in {m.key for m in markers(text)}:
            # A block without a label is the note's own second paragraph only if the next note, called before
            # it, is still to come; anything else is the text going on.
            entries[-1].pieces.append((body[place], 0, len(text)))
        elif _follows(last.key, following.key, by=2) and looks_like_source(text):
            entries.append(_entry(blocks, body[place], None))
        else:
            break
        place += 1
    _split_run_together(blocks, entries, called)
    return entries, place


def _follows(before: str, after: str, *, by: int = 1) -> bool:
    return before.isdecimal() and after.isdecimal() and int(after) == int(before) + by


def _are_notes(
    blocks: Sequence[Block], cluster: Sequence[Entry], calls: Sequence[Place], region: Sequence[int], found: Found
) -> bool:
    called = {call.label.key for call in calls}
    keys = [entry.label.key for entry in cluster if entry.label]
    supported = sum(key in called for key in keys)
    if supported * 2 >= len(keys) and supported:
        return True
    if region and blocks[region[-1]].text.rstrip()[-1] in "：:":
        return False
    last = found.notes[-1].label.key if found.notes and found.notes[-1].label else "0"
    first = keys[0] == "1" or _follows(last, keys[0])
    source_like = sum(looks_like_source(blocks[entry.block].text) for entry in cluster)
    return first and source_like * 2 > len(cluster)


def _split_run_together(blocks: Sequence[Block], cluster: list[Entry], called: set[str]) -> None:
    """Cut notes off the last of `cluster` that a conversion ran into its line (``① …。② …。``)."""
    while (entry := cluster[-1]).label is not None:
        block, start, end = entry.pieces[-1]
        text = blocks[block].text
        for marker in markers(text):
            if (
                marker.start > start
                and marker.form == entry.label.form
                and _follows(entry.label.key, marker.key)
                and marker.key in called
                and re.search(r"[。.\])）>\s]$", text[start : marker.start])
            ):
                entry.pieces[-1] = (block, start, len(text[: marker.start].rstrip()))
                after = marker.end + len(text[marker.end : end]) - len(text[marker.end : end].lstrip())
                cluster.append(Entry(block, marker, [(block, after, end)]))
                break
        else:
            return


def _tie(blocks: Sequence[Block], cluster: Sequence[Entry], calls: Sequence[Place], found: Found) -> None:
    for entry in cluster:
        if entry.label is None:
            found.problems.append(
                Problem(blocks[entry.block].number, "a note seems to have lost its label; it is tied to no sentence")
            )
            continue
        matching = [call for call in calls if call.label.key == entry.label.key]
        chosen = _the_marker(blocks, matching)
        if chosen is None:
            why = "no marker calls it" if not matching else f"{len(matching)} markers could call it"
            found.problems.append(
                Problem(blocks[entry.block].number, f"note {entry.label.printed} is tied to no sentence: {why}")
            )
        entry.marker = chosen


def _the_marker(blocks: Sequence[Block], matching: Sequence[Place]) -> Place | None:
    """Return the one of `matching` that is a marker beyond doubt, or None.

    Raised ones come first; next those that stand where a sentence or quotation ends, rather than where an
    item of an enumeration begins.
    """
    if len(matching) == 1:
        return matching[0]
    raised = [m for m in matching if blocks[m.block].text[m.label.start] in "^<"]
    if raised:
        return raised[0] if len(raised) == 1 else None
    closing = [m for m in matching if blocks[m.block].text[m.label.start - 1] in "。！？”’」』》）)"]
    return closing[0] if len(closing) == 1 else None


# --- notes gathered at the end -------------------------------------------------------------------------------


def _tie_gathered(blocks: Sequence[Block], carriers: Sequence[int], notes: Sequence[Entry], found: Found) -> None:
    labelled = [entry for entry in notes if entry.label]
    form = Counter(entry.label.form for entry in labelled if entry.label).most_common(1)
    if not form:
        return
    keys = {entry.label.key for entry in labelled if entry.label}
    calls = _calls(blocks, carriers, form[0][0]) if form[0][0] != "plain" else []
    if not calls:
        choices = [_calls(blocks, carriers, other) for other in ("superscript", "circled", "bracketed")]
        calls = max(choices, key=lambda places: len(keys & {p.label.key for p in places}))
    taken = {(entry.marker.block, entry.marker.label.start) for entry in found.notes if entry.marker}
    calls = [call for call in calls if (call.block, call.label.start) not in taken]
    if len(keys) == len(labelled):
        for entry in labelled:
            # A source cited again keeps its number: the note belongs to the first call.
            entry.marker = next((c for c in calls if entry.label and c.label.key == entry.label.key), None)
    else:
        matcher = SequenceMatcher(
            a=[entry.label.key for entry in labelled if entry.label],
            b=[c.label.key for c in calls],
            autojunk=False,
        )
        for match in matcher.get_matching_blocks():
            for step in range(match.size):
                labelled[match.a + step].marker = calls[match.b + step]
    for entry in notes:
        if entry.marker is None:
            printed = entry.label.printed if entry.label else "without a label"
            found.problems.append(
                Problem(blocks[entry.block].number, f"note {printed} is tied to no sentence: no marker calls it")
            )


def _report_lost(blocks: Sequence[Block], carriers: Sequence[int], found: Found) -> None:
    """Report raised markers that call no note: the note was lost before the file came here."""
    used = {(e.marker.block, e.marker.label.start) for e in found.notes if e.marker}
    cited = {e.label.key for e in found.references if e.label}
    for i in carriers:
        for marker in markers(blocks[i].text):
            raised = blocks[i].text[marker.start] in "^<" or marker.form == "pandoc"
            if raised and (i, marker.start) not in used and marker.key not in cited:
                found.problems.append(
                    Problem(blocks[i].number, f"marker {marker.printed} has no note; it stays in the text")
                )
