"""How is a checked draft told to a person?

A `DraftCheck` in; its words, and a page that stands by itself: one file without scripts, whose only style is in it and
named by its digest in the page's own Content-Security-Policy, for light and dark screens and for paper. Its links lead
to the articles of a server.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import quote

from markupsafe import Markup, escape

from corpus_search.article import Address, split_address
from corpus_search.check import Checked, DraftCheck
from corpus_search.check.align import Change, Piece
from corpus_search.check.verdict import Mark, Place, Verdict
from corpus_search.display import language, visible

_NAMES = {Mark.VERBATIM: "verbatim", Mark.ALTERED: "altered", Mark.MISSING: "not found"}


def summary(found: DraftCheck) -> str:
    """Return a line about a draft."""
    total = len(found.quotations)
    marks = ", ".join(f"{count:,} {_NAMES[mark]}" for mark, count in found.counts.items())
    out = [
        f"{found.short} too short" if found.short else "",
        f"{found.titles} naming a work" if found.titles else "",
        f"{found.covered} inside a verbatim one" if found.covered else "",
        f"{found.deep} nested too deep" if found.deep else "",
    ]
    left = ", ".join(filter(None, out))
    line = f"{total:,} quotation{'' if total == 1 else 's'}: {marks}" if total else "no quotation"
    if found.unchecked:
        line += f"; {found.unchecked} unchecked, for want of time"
    return line + (f"; left out: {left}" if left else "")


def described(verdict: Verdict) -> str:
    """Return what is said of a quotation, in a few words."""
    place = verdict.place
    if place is None:
        return "altered: its parts stand apart" if verdict.apart else "not found"
    cuts = ", with omissions" if place.has_cuts else ""
    named = ", ".join(place.differences)
    if verdict.mark is Mark.ALTERED:
        edits = f"{place.edits} letter{'' if place.edits == 1 else 's'}"
        return f"altered in {edits}{f', and in {named}' if named else ''}{cuts}"
    return f"verbatim{f' but for {named}' if named else ''}{cuts}"


def place_line(place: Place) -> str:
    """Return the printed page of a place, with what parts it from its address."""
    return f"p. {place.page}  " if place.page is not None else ""


def elsewhere(verdict: Verdict) -> Iterator[str]:
    """Yield what else there is to say of a quotation, a line each."""
    others = verdict.total - 1
    if verdict.place and verdict.place.differences:
        yield f"the source has: {visible(verdict.place.text)}"
    if verdict.mark is Mark.VERBATIM and others > 0:
        shown = ", ".join(visible(place.address) for place in verdict.places[1:4])
        more = f" and {others - 3} more" if others > 3 else ""
        yield f"also at {shown}{more}{'' if verdict.complete else ', and there are others'}"
    if verdict.apart:
        yield f"its parts stand, but not in order in one passage: {', '.join(map(visible, verdict.apart))}"
    if verdict.work:
        place = verdict.place
        if verdict.found_work is None:
            yield f"attributed to 《{visible(verdict.work)}》, of which the corpus has no article"
        elif place is None or place.doc_id != verdict.found_work:
            yield f"attributed to 《{visible(verdict.work)}》 ({visible(verdict.found_work)}), where it does not stand"


# --- as a page -----------------------------------------------------------------------------------------------

_STYLE = """
:root { color-scheme: light dark; --page: #fbfaf7; --ink: #1d1b18; --soft: #5d574e; --line: #ddd7cb; --link: #7a2626;
  --good: #1e6b34; --fair: #8a5a00; --bad: #a32020; --in: #d8f0dc; --out: #fadcd8; }
@media (prefers-color-scheme: dark) { :root { --page: #171614; --ink: #e8e3da; --soft: #a9a196; --line: #3a3631;
  --link: #e7a49a; --good: #7fd197; --fair: #e6b85c; --bad: #f09a92; --in: #1f4a2b; --out: #5c2620; } }
body { margin: 0 auto; max-width: 46rem; padding: 1rem; background: var(--page); color: var(--ink);
  font: 1rem/1.7 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; } h2 { font-size: .95rem; margin: 0; } a { color: var(--link); }
ol { list-style: none; margin: 0; padding: 0; } li { border-top: 1px solid var(--line); padding: .9rem 0; }
.verbatim h2 { color: var(--good); } .altered h2 { color: var(--fair); } .missing h2 { color: var(--bad); }
blockquote { margin: .3rem 0; font: 1.05rem/1.8 "Noto Serif CJK SC", "Songti SC", SimSun, Georgia, serif; }
ins { background: var(--in); text-decoration: underline; } del { background: var(--out); }
p { margin: .2rem 0; font-size: .9rem; } .soft, .where { color: var(--soft); font-weight: 400; }
@media print { body { max-width: none; } li { break-inside: avoid; } }
"""


def html_report(
    found: DraftCheck, *, name: str, base_url: str = "http://127.0.0.1:8000", only: frozenset[str] = frozenset()
) -> str:
    """Return a page about a draft of this name, of quotations with the marks `only`, or all.

    Links lead to the articles below `base_url`, which has to be one of http or https, or there are none.
    """
    style = Markup(_STYLE)  # noqa: S704 - written above
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    base = base_url.rstrip("/") if base_url.startswith(("http://", "https://")) else ""
    shown = [one for one in found.quotations if not only or one.verdict.mark in only]
    items = Markup("\n").join(_item(one, base) for one in shown)
    remarks = Markup("\n").join(
        Markup("<li><p>{} · {}</p></li>").format(str(remark), str(remark.where)) for remark in found.remarks
    )
    return _PAGE.format(
        digest=digest,
        title=visible(name),
        style=style,
        summary=summary(found),
        items=Markup('<ol class="quotations">\n{}\n</ol>').format(items) if shown else "",
        remarks=Markup("<h2>Quotation marks</h2>\n<ol>\n{}\n</ol>").format(remarks) if found.remarks else "",
    )


_PAGE = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title} · quotations</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{summary}</p>
{items}
{remarks}
</main>
</body>
</html>
""")  # noqa: E501


def _item(one: Checked, base: str) -> Markup:
    verdict = one.verdict
    place = verdict.place
    lines = []
    if place:
        cited = escape(visible(place.citation or place.title or place.doc_id))
        lines.append(Markup("<p>{}</p>").format(cited))
        lines.append(Markup("<p>{}{}</p>").format(place_line(place), _link(place.address, base)))
    lines += [Markup('<p class="soft">{}</p>').format(line) for line in elsewhere(verdict)]
    pieces = place.pieces if place else (Piece(Change.SAME, verdict.text, verdict.text),)
    return Markup(
        '<li class="{mark}"><h2>{what} <span class="where">· {where}</span></h2>\n'
        '<blockquote lang="{lang}">{pieces}</blockquote>\n{lines}</li>'
    ).format(
        mark=verdict.mark.value,
        what=described(verdict),
        where=str(one.quotation.where),
        lang=language(verdict.text),
        pieces=Markup().join(map(piece_markup, pieces)),
        lines=Markup("\n").join(lines),
    )


def piece_markup(piece: Piece) -> Markup:
    """Return a piece as HTML: what the source has and the draft has not in ``<del>``, the reverse in ``<ins>``."""
    quoted, source = escape(visible(piece.quoted)), escape(visible(piece.replaced))
    if piece.change is Change.CUT:
        quoted = Markup('<span class="soft">{}</span>').format(quoted)
    elif piece.change.is_edit and quoted:
        quoted = Markup("<ins>{}</ins>").format(quoted)
    return (Markup("<del>{}</del>").format(source) if source else Markup()) + quoted


def _link(address: Address, base: str) -> Markup:
    if not base:
        return escape(visible(address))
    doc_id, fragment = split_address(address)
    url = f"{base}/article/{quote(doc_id, errors='replace')}" + (f"#{quote(fragment)}" if fragment else "")
    return Markup('<a href="{}">{}</a>').format(url, visible(address))
