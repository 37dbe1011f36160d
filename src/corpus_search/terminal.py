"""How do results look in a terminal?

Prints for people: results, outlines, places, status, progress. Colour only on a terminal, and NO_COLOR is
obeyed. Control characters in a corpus's text are shown as pictures, so that no text can steer the terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from corpus_search.article import Address, Article, Kind, Note, Paragraph, Reference, Section, Span, split_address
from corpus_search.corpus import counted
from corpus_search.display import one_line, visible
from corpus_search.errors import QueryError
from corpus_search.results import Hit, Results
from corpus_search.search import Place
from corpus_search.styled import Paper, Text
from corpus_search.styled import console as _console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text as RichText

    from corpus_search.concordance import Concordance, Line

_MATCH = "bold red"
_TIERS = {2: "as written", 1: "all words", 0: "some words"}


def _marked(text: str, spans: Iterable[Span]) -> Text:
    shown = Text(visible(text))
    for span in spans:
        shown.stylize(_MATCH, *span)
    return shown


def _path(headings: Iterable[str]) -> str:
    return visible(" › ".join(headings))


Evidence = Callable[[Hit], Sequence[Note | Reference]]
"""A function that gives the notes and entries that a hit's snippet rests on."""


def print_results(results: Results, *, explain: bool = False, evidence: Evidence = lambda hit: ()) -> None:
    """Print hits: rank, title, heading path, page, snippet, what it rests on, for a note its sentence, the address."""
    console = _console()
    if explain:
        _print(console, f"read as {results.query}", "dim")
        for clue, terms in results.terms.items():
            shown = (term if often == 1 else f"{term} ×{often:g}" for term, often in terms.items())
            _print(console, f"{clue}: {' '.join(shown) or 'none'}", "dim")
    if results.incomplete:
        _print(console, f"not complete: {results.incomplete}", "bold")
    if not results.total:
        _print(console, f"nothing found for {one_line(results.query.text)}")
        _print_suggestion(console, results)
        return
    if not results.hits:
        _print(console, f"only {results.total} found; --offset leaves out all of them")
        return
    first, last = results.hits[0].rank, results.hits[-1].rank
    total = counted(results.total, "article") if results.group else results.total
    found = f"{first}–{last} of {total} for {visible(results.query.text)} ({results.took_ms:.0f} ms)"
    _show(console, Text(found, "dim"))
    for hit in results.hits:
        console.print()
        _print_hit(console, hit, explain=explain, evidence=evidence)
    _print_suggestion(console, results)


def _print_suggestion(console: Console | Paper, results: Results) -> None:
    if results.suggestion:
        _print(console, f"perhaps: {results.suggestion}", "dim")


def _print_hit(console: Console | Paper, hit: Hit, *, explain: bool, evidence: Evidence) -> None:
    chunk = hit.chunk
    margin = Text(f"{hit.rank}. ", style="bold")
    head = Text(one_line(chunk.title or chunk.doc_id), style="bold")
    if chunk.year:
        head.append(f" ({chunk.year})", style="not bold")
    if hit.passages > 1:
        head.append(f" · {counted(hit.passages, 'passage')}", style="not bold")
    if hit.passages > 1 and explain:
        head.append(f" · score {hit.score:.2f}, {_TIERS[hit.tier]}", style="not bold")
    _print_hanging(console, margin, head)
    for one in (hit, *hit.others):
        for line in _passage(one, explain=explain, evidence=evidence):
            _print_hanging(console, Text(" " * len(margin)), line)


def _passage(hit: Hit, *, explain: bool, evidence: Evidence) -> Iterator[Text]:
    """Yield the lines of a passage: where it stands, its snippet, what that rests on or supports, and the address."""
    chunk = hit.chunk
    where = [_path(chunk.heading_path)] if chunk.heading_path and not chunk.is_heading else []
    kind = f"{chunk.kind} {chunk.label}".strip() if chunk.kind in (Kind.NOTE, Kind.REFERENCE) else str(chunk.kind)
    where.append("heading" if chunk.is_heading else kind)
    if hit.page is not None:
        where.append(f"p. {hit.page}")
    if hit.match != "exact":
        where.append(hit.match)
    yield Text(" · ".join(where), "cyan")
    shown = _marked(hit.snippet.text, hit.snippet.spans)
    if hit.snippet.start > 0:
        shown = Text("…") + shown
    if hit.snippet.end < len(chunk.text):
        shown = shown + Text("…")
    yield shown
    yield from _rests_on(hit, evidence)
    if chunk.before:
        yield Text(f"after: {visible(chunk.before)}", "dim")
    for claim in filter(None, (chunk.anchor, *chunk.claims)):
        yield Text(f"on: {visible(_brief(claim.sentence))}", "dim")
    yield Text(one_line(hit.address), "green")
    if explain:
        parts = " + ".join(f"{part.score:.2f} {part.field} {part.term}" for part in hit.parts)
        yield Text(f"{_TIERS[hit.tier]}; {sum(part.score for part in hit.parts):.2f} = {parts or '0'}", "dim")


def _rests_on(hit: Hit, evidence: Evidence) -> Iterator[Text]:
    """Yield the notes and entries under a passage: those asked for, marked, or those of its snippet."""
    if hit.support:
        for asked in hit.support:
            yield Text(f"{one_line(asked.label)} ", "dim") + _marked(asked.text, asked.spans)
        return
    found = evidence(hit)
    for one in found[:_SHOWN]:
        yield Text(f"{one_line(one.label)} {one_line(_brief(one.text))}".strip(), "dim")
    if len(found) > _SHOWN:
        yield Text(f"and {len(found) - _SHOWN} more", "dim")


_SHOWN, _BRIEF = 3, 160


def _brief(text: str) -> str:
    return text if len(text) <= _BRIEF else f"{text[:_BRIEF]}…"


_ORDERS = {"position": "", "left": ", by left context", "right": ", by right context"}


_COLUMNS = 80


def columns() -> int:
    """Return how many columns a line has: the terminal's, or 80 where there is none."""
    console = _console()
    return _COLUMNS if isinstance(console, Paper) or not console.is_terminal else console.width


def print_concordance(found: Concordance, *, width: int | None = None) -> None:
    """Print each occurrence on a line, the matches one below the other, and the address, shortened if it is long.

    A context has `width` columns, or else as many as leave the line within the terminal's, or within 80.
    """
    console = _console()
    asked = one_line(found.query.text)
    if not found.total:
        _print(console, f"nothing found for {asked}")
        return
    if not found.lines:
        _print(console, f"only {found.total:,} found; --offset leaves out all of them")
        return
    total = f"{found.total:,}" if found.complete else f"the first {found.total:,}"
    first, last = found.offset + 1, found.offset + len(found.lines)
    _print(console, f"{first:,}–{last:,} of {total} for {asked}{_ORDERS[found.sort]}", "dim")
    for line in aligned(found.lines, columns(), width=width):
        console.print(line, no_wrap=True, overflow="ignore", soft_wrap=True)


def aligned(lines: Iterable[Line], total: int, *, width: int | None = None) -> Iterator[RichText]:
    """Yield `lines` for a terminal: left context, match, right context and address, in `total` columns.

    With `width`, contexts have so many, whatever the total.
    """
    from rich.cells import cell_len
    from rich.text import Text

    from corpus_search.concordance import beginning, ending

    rows = [
        (one_line(line.left), one_line(line.match), one_line(line.right), _shortened(line.address, total * 3 // 8))
        for line in lines
    ]
    matches = min(max((cell_len(match) for _, match, _, _ in rows), default=0), total // 4)
    addresses = max((cell_len(address) for *_, address in rows), default=0)
    room = (total - matches - addresses - 4) // 2 if width is None else width
    for left, match, right, address in rows:
        before = ending(left, room)
        # A match that is too long is cut; one that is longer than most takes its room from what follows.
        rest = matches + 1 + room
        shown = match if cell_len(match) <= rest else beginning(match, rest - 1) + "…"
        after = beginning(f" {right}", rest - cell_len(shown))
        line = Text(" " * (room - cell_len(before)) + before + " ")
        line.append(shown, _MATCH)
        line.append(after + " " * (rest - cell_len(shown) - cell_len(after)) + "  ")
        yield line.append(address, "green")


def _shortened(address: Address, cells: int) -> str:
    """Return an address of which no more than `cells` are shown; what is left out is in the document's name."""
    from rich.cells import cell_len

    from corpus_search.concordance import beginning, ending

    shown = one_line(address)
    if cell_len(shown) <= cells:
        return shown
    doc, fragment = map(one_line, split_address(address))
    rest = f"#{fragment}" if fragment else ""
    room = max(cells - cell_len(rest) - 1, 2)
    return f"{beginning(doc, room // 2)}…{ending(doc, room - room // 2)}{rest}"


# --- lines ---------------------------------------------------------------------------------------------------

_NEVER_FIRST = "。，、；：？！”’）》」』】…·.,;:?!)]›"
_NEVER_LAST = "“‘（《「『【([…"


def wrapped(text: RichText, columns: int) -> list[RichText]:
    """Break `text` into lines of `columns`: between Han as Chinese is set, and between Latin words.

    rich breaks at blanks alone, and so would leave half a line empty before each run of Chinese.
    """
    from rich.cells import cell_len

    plain = text.plain
    cuts: list[int] = []
    begun, used, chance = 0, 0, 0
    for i, char in enumerate(plain):
        columns_here = cell_len(char)
        if used + columns_here > columns and i > begun and char not in " \n":
            cut = chance if chance > begun else i
            cuts.append(cut)
            begun, used = cut, cell_len(plain[cut:i])
        used = 0 if char == "\n" else used + columns_here
        following = plain[i + 1 : i + 2]
        if char == "\n":
            cuts.append(i + 1)
            begun = i + 1
        elif char == " " or (
            following
            and (cell_len(char) == 2 or cell_len(following) == 2)
            and following not in _NEVER_FIRST
            and char not in _NEVER_LAST
        ):
            chance = i + 1
    lines = text.divide(cuts)
    for line in lines:
        line.rstrip()
    return list(lines)


def _print_hanging(console: Console | Paper, head: Text | RichText, body: Text | RichText) -> None:
    """Print `head`, and `body` beside it; on a terminal, lines after the first begin below the body.

    Everything that is printed passes here, and no control character does.
    """
    for text in (head, body):
        text.plain = visible(text.plain)
    if isinstance(console, Paper):
        console.print(Text(head.plain + body.plain))
        return
    from rich.cells import cell_len
    from rich.text import Text as RichText

    head, body = _rich(head), _rich(body)
    if not console.is_terminal:
        console.print(head + body)
        return
    for n, line in enumerate(wrapped(body, max(console.width - cell_len(head.plain), 20))):
        margin = head if n == 0 else RichText(" " * cell_len(head.plain))
        console.print(margin + line, no_wrap=True, overflow="ignore")


def _rich(text: Text | RichText) -> RichText:
    return text.rich() if isinstance(text, Text) else text


def _show(console: Console | Paper, text: Text) -> None:
    """Print a line that is broken at blanks."""
    console.print(text if isinstance(console, Paper) else text.rich())


def _print(console: Console | Paper, text: str, style: str = "") -> None:
    _print_hanging(console, Text(), Text(text, style))


def print_hanging(lines: Iterable[tuple[Text | RichText, Text | RichText]]) -> None:
    """Print each line, on a terminal with what follows its first row below the body, not below its head."""
    console = _console()
    for head, body in lines:
        _print_hanging(console, head, body)


def print_outline(article: Article, paths: Iterable[str]) -> None:
    """Print a document's outline with the number of paragraphs and notes of each part, and the paths of its copies."""
    console = _console()
    meta = article.metadata
    _print(console, one_line(meta.title or article.doc_id), "bold")
    for author in meta.authors:
        _print(console, one_line(f"{author.name}  {author.affiliation}".strip()))
    facts = [
        f"{meta.year}" if meta.year else "",
        f"no. {meta.issue}" if meta.issue else "",
        f"pp. {meta.pages[0]}–{meta.pages[1]}" if meta.pages else "",
        f"doi:{meta.doi}" if meta.doi else "",
    ]
    if any(facts):
        _print(console, one_line(", ".join(filter(None, facts))))
    if meta.keywords:
        _print(console, one_line("；".join(meta.keywords)))
    _print(console, f"{one_line(article.path)} ({article.encoding})", "dim")
    for copy in paths:
        if copy != article.path:
            _print(console, f"the same as {one_line(copy)}", "dim")
    console.print()
    rows = [(_fragment(part.address), Text(counted(len(part.text), "character"), "dim")) for part in article.matter]
    for path, section in article.walk():
        body = Text("  " * (len(path) - 1 if path else 0) + (one_line(section.heading) or "(before the first heading)"))
        page = f" · p. {section.page}" if section.page is not None else ""
        body.append(f" · {counted(len(section.paragraphs), 'paragraph')}{page}", style="dim")
        rows.append((_fragment(section.address), body))
    column = max((len(name) for name, _ in rows), default=0) + 2
    for name, body in rows:
        _print_hanging(console, Text(name.ljust(column), "green"), body)
    tied = sum(note.anchor is not None for note in article.notes)
    console.print()
    _print(
        console,
        f"{counted(len(list(article.paragraphs())), 'paragraph')}, {counted(len(article.notes), 'note')} "
        f"({tied} tied), {counted(len(article.references), 'reference')}",
    )
    for problem in article.problems:
        _print(console, f"line {problem.line}: {one_line(problem.message)}", "yellow")


def _fragment(address: Address) -> str:
    return split_address(address)[1]


def print_place(article: Article, place: Place) -> None:
    """Print what stands at an address, with the notes that stand on it."""
    console = _console()
    notes = {note.address: note for note in article.notes}

    def paragraph(one: Paragraph) -> None:
        page = f"p. {one.page}  " if one.page is not None else ""
        _print(console, f"{page}{one_line(one.address)}", "green")
        _print(console, visible(_with_labels(one, notes)))
        for marker in one.markers:
            note = notes[marker.note]
            _print_hanging(console, Text(f"  {visible(note.label)} ", "dim"), Text(visible(note.text), "dim"))
        console.print()

    if isinstance(place, Section):
        for path, section in place.walk():
            if section.heading:
                _print(console, visible(section.heading), "bold" if len(path) == 1 else "bold dim")
                console.print()
            for one in section.paragraphs:
                paragraph(one)
    elif isinstance(place, Paragraph):
        paragraph(place)
    elif isinstance(place, Note):
        _print(console, visible(f"{place.label} {place.text}".strip()))
        if place.resolves_to:
            meant = visible(notes[place.resolves_to].text)
            _show(console, Text(f"  = {one_line(place.resolves_to)}: {meant}", style="dim"))
        if place.anchor:
            page = f"p. {place.page}  " if place.page is not None else ""
            _print(console, f"on: {visible(place.anchor.sentence)}", "dim")
            _print(console, f"{page}{one_line(place.anchor.address)}", "green")
    elif isinstance(place, Reference):
        _print(console, visible(f"{place.label} {place.text}".strip()))
        for citation in place.cited_in:
            _print(console, f"cited in {one_line(citation.address)}", "green")
    else:
        for part in place:
            _print(console, visible(part.text))


def _with_labels(paragraph: Paragraph, notes: Mapping[Address, Note]) -> str:
    """Return a paragraph's text with its notes' labels where their markers stood."""
    pieces, at = [], 0
    for marker in paragraph.markers:
        pieces += [paragraph.text[at : marker.offset], notes[marker.note].label]
        at = marker.offset
    return "".join([*pieces, paragraph.text[at:]])


def print_status(report: Mapping[str, Any]) -> None:
    """Print what is indexed, from where, by what."""
    console = _console()
    for name, value in report.items():
        if isinstance(value, list):
            for entry in value:
                _print_hanging(console, Text(f"{name:<11} "), Text(one_line(_entry(entry))))
        else:
            shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
            _print_hanging(console, Text(f"{name:<11} "), Text(one_line(str(shown))))


def _entry(entry: Any) -> str:
    if isinstance(entry, dict):
        return f"{entry.get('path')}: {entry.get('reason') or entry.get('doc_id')}"
    return str(entry)


def caret(error: QueryError) -> str:
    """Return the message of a query error with a caret under the place, Han counted as two columns."""
    if not error.query or len(error.query) > 200:
        return str(error)
    from rich.cells import cell_len

    query = visible(error.query).replace("\n", " ").replace("\t", " ")
    shift = " " * cell_len(query[: error.start])
    mark = "^" * max(cell_len(query[error.start : error.end]), 1)
    return f"{error}\n  {query}\n  {shift}{mark}"


def error_record(error: QueryError) -> dict[str, Any]:
    """Return the JSON object of a query that cannot be read, with the place as offsets and with a caret."""
    return {
        "query": error.query,
        "error": {"message": str(error), "start": error.start, "end": error.end, "caret": caret(error)},
    }


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar on a terminal, with rate and time left, and nothing elsewhere."""
    console = _console(stderr=True)
    if isinstance(console, Paper) or not console.is_terminal:
        yield lambda what, done, total: None
        return
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text as RichText

    class Rate(ProgressColumn):
        def render(self, task: Task) -> RichText:
            return RichText(f"{task.speed:.1f}/s" if task.speed else "", "dim")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in tasks:
                for before in tasks.values():
                    bar.update(before, visible=False)
                tasks[what] = bar.add_task(escape(what), total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield advance


def hanging_lines() -> Callable[[Text | RichText, Text | RichText], None]:
    """Return what other modules print with: a head, and a body beside it, as hits are."""
    console = _console()
    return lambda head, body: _print_hanging(console, head, body)
