"""How do results look in a terminal?

Prints for people: results, outlines, places, status, progress. Colour only on a terminal, and NO_COLOR is
obeyed. Control characters in a corpus's text are shown as pictures, so that no text can steer the terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from corpus_search.article import Address, Article, Kind, Note, Paragraph, Reference, Section, Span
from corpus_search.corpus import counted
from corpus_search.display import one_line, visible
from corpus_search.errors import QueryError
from corpus_search.parse.blocks import width
from corpus_search.search import Hit, Place, Results

_MATCH = "bold red"


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())


def _marked(text: str, spans: Iterable[Span]) -> Text:
    shown = Text(visible(text))
    for span in spans:
        shown.stylize(_MATCH, *span)
    return shown


def _path(headings: Iterable[str]) -> str:
    return visible(" › ".join(headings))


def print_results(results: Results, *, explain: bool = False) -> None:
    """Print hits: rank, title, heading path, page, snippet, for a note its sentence, and the address."""
    console = _console()
    if explain:
        console.print(Text(f"read as {results.query}"), style="dim")
    if not results.total:
        console.print(Text(f"nothing found for {visible(results.query.text)}"))
        return
    if not results.hits:
        console.print(Text(f"only {results.total} found; --offset leaves out all of them"))
        return
    first, last = results.hits[0].rank, results.hits[-1].rank
    console.print(
        Text(f"{first}–{last} of {results.total} for {visible(results.query.text)} ({results.took_ms:.0f} ms)"),
        style="dim",
    )
    for hit in results.hits:
        console.print()
        _print_hit(console, hit, explain=explain)


def _print_hit(console: Console, hit: Hit, *, explain: bool) -> None:
    chunk = hit.chunk
    margin = len(f"{hit.rank}. ")
    head = Text(f"{hit.rank}. ", style="bold")
    head.append(one_line(chunk.title or chunk.doc_id), style="bold")
    if chunk.year:
        head.append(f" ({chunk.year})")
    console.print(head)
    where = [_path(chunk.heading_path)] if chunk.heading_path and not chunk.is_heading else []
    kind = f"{chunk.kind} {chunk.label}".strip() if chunk.kind in (Kind.NOTE, Kind.REFERENCE) else str(chunk.kind)
    where.append("heading" if chunk.is_heading else kind)
    if hit.page is not None:
        where.append(f"p. {hit.page}")
    if hit.match != "exact":
        where.append(hit.match)
    if explain:
        where.append(f"score {hit.score:.2f}")

    def line(text: Text, style: str = "") -> None:
        console.print(
            Padding(text, (0, 0, 0, margin)) if console.is_terminal else Text(" " * margin) + text,
            style=style,
        )

    line(Text(" · ".join(where)), "cyan")
    shown = _marked(hit.snippet.text, hit.snippet.spans)
    if hit.snippet.start > 0:
        shown = Text("…") + shown
    if hit.snippet.end < len(chunk.text):
        shown = shown + Text("…")
    line(shown)
    if chunk.anchor:
        line(Text(f"on: {visible(chunk.anchor.sentence)}"), "dim")
    line(Text(one_line(hit.address)), "green")


def print_outline(article: Article) -> None:
    """Print a document's outline with the number of paragraphs and notes of each part."""
    console = _console()
    meta = article.metadata
    console.print(Text(one_line(meta.title or article.doc_id), style="bold"))
    for author in meta.authors:
        console.print(Text(visible(f"{author.name}  {author.affiliation}")))
    facts = [
        f"{meta.year}" if meta.year else "",
        f"no. {meta.issue}" if meta.issue else "",
        f"pp. {meta.pages[0]}–{meta.pages[1]}" if meta.pages else "",
        f"doi:{meta.doi}" if meta.doi else "",
    ]
    if any(facts):
        console.print(Text(", ".join(filter(None, facts))))
    if meta.keywords:
        console.print(Text(visible("；".join(meta.keywords))))
    console.print(Text(f"{one_line(article.path)} ({article.encoding})", style="dim"))
    console.print()
    for part in article.matter:
        console.print(
            Text.assemble((f"{part.address.rpartition('#')[2]:<14}", "green"), f"{len(part.text)} characters")
        )
    for path, section in article.walk():
        name = section.address.rpartition("#")[2]
        page = f" · p. {section.page}" if section.page is not None else ""
        counts = f" · {counted(len(section.paragraphs), 'paragraph')}{page}"
        indent = "  " * (len(path) - 1 if path else 0)
        console.print(
            Text.assemble(
                (f"{name:<14}", "green"),
                indent,
                visible(section.heading or "(before the first heading)"),
                (counts, "dim"),
            )
        )
    tied = sum(note.anchor is not None for note in article.notes)
    console.print()
    console.print(
        Text(
            f"{counted(len(list(article.paragraphs())), 'paragraph')}, {counted(len(article.notes), 'note')} "
            f"({tied} tied), {counted(len(article.references), 'reference')}"
        )
    )
    for problem in article.problems:
        console.print(Text(f"line {problem.line}: {visible(problem.message)}", style="yellow"))


def print_place(article: Article, place: Place) -> None:
    """Print what stands at an address, with the notes that stand on it."""
    console = _console()
    notes = {note.address: note for note in article.notes}

    def paragraph(one: Paragraph) -> None:
        page = f"p. {one.page}  " if one.page is not None else ""
        console.print(Text(f"{page}{one_line(one.address)}", style="green"))
        console.print(Text(visible(_with_labels(one, notes))))
        for marker in one.markers:
            note = notes[marker.note]
            console.print(Text(f"  {note.label} {visible(note.text)}", style="dim"))
        console.print()

    if isinstance(place, Section):
        for path, section in place.walk():
            if section.heading:
                console.print(Text(visible(section.heading), style="bold" if len(path) == 1 else "bold dim"))
                console.print()
            for one in section.paragraphs:
                paragraph(one)
    elif isinstance(place, Paragraph):
        paragraph(place)
    elif isinstance(place, Note):
        console.print(Text(visible(f"{place.label} {place.text}".strip())))
        if place.resolves_to:
            console.print(
                Text(f"  = {one_line(place.resolves_to)}: {visible(notes[place.resolves_to].text)}", style="dim")
            )
        if place.anchor:
            page = f"p. {place.page}  " if place.page is not None else ""
            console.print(Text(f"on: {visible(place.anchor.sentence)}", style="dim"))
            console.print(Text(f"{page}{one_line(place.anchor.address)}", style="green"))
    elif isinstance(place, Reference):
        console.print(Text(visible(f"{place.label} {place.text}".strip())))
        for citation in place.cited_in:
            console.print(Text(f"cited in {one_line(citation.address)}", style="green"))
    else:
        for part in place:
            console.print(Text(visible(part.text)))


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
                console.print(Text(f"{name:<11} {one_line(_entry(entry))}"))
        else:
            shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
            console.print(Text(f"{name:<11} {one_line(str(shown))}"))


def _entry(entry: Any) -> str:
    if isinstance(entry, dict):
        return f"{entry.get('path')}: {entry.get('reason') or entry.get('doc_id')}"
    return str(entry)


def caret(error: QueryError) -> str:
    """Return the message of a query error with a caret under the place, Han counted as two columns."""
    if not error.query or len(error.query) > 200:
        return str(error)
    query = visible(error.query).replace("\n", " ").replace("\t", " ")
    shift = " " * width(query[: error.start])
    mark = "^" * max(width(query[error.start : error.end]), 1)
    return f"{error}\n  {query}\n  {shift}{mark}"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal, and nothing elsewhere."""
    console = _console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(escape(what)), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
