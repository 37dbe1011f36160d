"""corpus-search: find what a folder of Chinese scholarly articles says, where, and what it leans on.

::

    from corpus_search import Corpus

    for hit in Corpus("papers").search("日美同盟 半导体"):
        print(hit.address, hit.page, hit.snippet.text)

What stands in `__all__` is the library; it is loaded when it is first named, so that ``import corpus_search`` costs
nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # As type checkers know it; `typing` alone takes as long to load as Python does.
if TYPE_CHECKING:
    from corpus_search.article import Article, Kind
    from corpus_search.cite import Citation
    from corpus_search.concordance import Concordance, Line, Order
    from corpus_search.corpus import Corpus
    from corpus_search.engine import Sort
    from corpus_search.errors import (
        AddressError,
        CitationError,
        CorpusError,
        CorpusSearchError,
        OptionError,
        PackageError,
        QueryError,
        ReceiptError,
        SearchIndexError,
    )
    from corpus_search.places import Block, Heading, Outline, Shown
    from corpus_search.receipt import Receipt
    from corpus_search.replay import Replay
    from corpus_search.results import Group, Hit, Results

__all__ = [
    "AddressError", "Article", "Block", "Citation", "CitationError", "Concordance", "Corpus", "CorpusError",
    "CorpusSearchError", "Group", "Heading", "Hit", "Kind", "Line", "OptionError", "Order", "Outline", "PackageError",
    "QueryError", "Receipt", "ReceiptError", "Replay", "Results", "SearchIndexError", "Shown", "Sort", "__version__",
]  # fmt: skip

_MODULES = {
    "article": ("Article", "Kind"),
    "cite": ("Citation",),
    "concordance": ("Concordance", "Line", "Order"),
    "corpus": ("Corpus",),
    "engine": ("Sort",),
    "errors": (
        "AddressError", "CitationError", "CorpusError", "CorpusSearchError", "OptionError", "PackageError",
        "QueryError", "ReceiptError", "SearchIndexError",
    ),
    "places": ("Block", "Heading", "Outline", "Shown"),
    "receipt": ("Receipt",),
    "replay": ("Replay",),
    "results": ("Group", "Hit", "Results"),
}  # fmt: skip
"""Where each name is, as the imports above tell a type checker."""

_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load what is named, once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
