"""How is a place in an article cited?

An `Article` and an address in, a `Citation` out: in a style of the sciences (`styles`), or as a record that reference
managers read (`formats`). What is not known of an article is left out, never made up.

    cite(article, "DOC#fn7", style="gbt7714").text

Pure, but for the style files it reads. citeproc-py, which is slow to import, is loaded when a style is first rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from corpus_search.article import Address, Article
from corpus_search.cite.export import EXPORTS, export
from corpus_search.cite.formats import bibtex, citation_meta, csl_json, ris
from corpus_search.cite.items import item
from corpus_search.cite.pinpoint import Pinpoint, pinpoint
from corpus_search.errors import CitationError
from corpus_search.records import Record

__all__ = [
    "EXPORTS", "STYLES", "WRITERS", "Citation", "Pinpoint", "bibtex", "citation_meta", "cite", "csl_json", "export",
    "item", "pinpoint", "ris",
]  # fmt: skip

STYLES = {
    "gbt7714": "GB/T 7714-2015",
    "chicago": "Chicago, notes",
    "apa": "APA",
    "bibtex": "BibTeX",
    "ris": "RIS",
    "csl-json": "CSL-JSON",
}
"""The styles of a citation, by name and as users know them; the last three describe the article, not a place in it."""

WRITERS: dict[str, Callable[[Sequence[Record]], str]] = {"bibtex": bibtex, "ris": ris, "csl-json": csl_json}
"""What writes CSL-JSON items as a bibliography, by the style's name."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A place cited: as text to copy, and as HTML that is safe to show, where the style has italics.

    `inline` is the short form for running text that APA has beside its entry, or empty. `item` is the article in
    CSL-JSON.
    """

    address: Address
    style: str
    text: str
    html: Markup
    inline: str
    pinpoint: Pinpoint
    item: Record

    def record(self) -> Record:
        """Return the JSON object of ``cite --json``."""
        return {
            "address": self.address,
            "style": self.style,
            "text": self.text,
            "html": str(self.html),
            "inline": self.inline or None,
            "pinpoint": self.pinpoint.record(),
            "item": self.item,
        }


def cite(article: Article, address: str, *, style: str = "gbt7714", page: int | None = None) -> Citation:
    """Return the citation of what stands at `address` in `article`, in one of `STYLES`.

    `page` is the printed page meant, where more than the address is known, as of a hit. Raises `AddressError`,
    `CitationError`.
    """
    cited = item(article)
    if "title" not in cited:
        raise CitationError(f"{address}: the article's title is not known; name it in {article.doc_id}.meta.toml")
    where = pinpoint(article, address, page=page)
    if style in WRITERS:
        text = WRITERS[style]([cited])
        return Citation(Address(address), style, text, Markup("<pre>{}</pre>").format(text), "", where, cited)
    from corpus_search.cite.styles import render

    rendered = render(cited, where, style)
    return Citation(Address(address), style, rendered.text, rendered.html, rendered.inline, where, cited)
