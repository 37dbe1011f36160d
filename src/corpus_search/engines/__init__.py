"""Who does the searching? One adapter per engine, each behind the protocol of `corpus_search.engine`.

An engine is a class named by an entry point of the group ``corpus_search.engines``: called with a folder it opens the
index there, its ``create`` begins a new one (see `engine.EngineClass`). Three come with this package:

=========== ==================================================================================
`whoosh`    the default: nothing to install
`tantivy`   the fast extra
`opensearch` the extra for a cluster
`arrays`    what the first two share: an engine over an index that is read as arrays, the `snapshot`
`snapshot`  an open index as arrays: postings, lengths, kinds, texts
`matching`  which chunks a query's nodes match
`ranking`   how well
`facets`    how many hits have which values
`few`       what stands in for numpy where there are few documents
`writing`   what their writers share
=========== ==================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeGuard, cast

from corpus_search.engine import (
    AnalyzedArticle,
    AnalyzedChunk,
    Engine,
    EngineClass,
    ServedEngineClass,
    Service,
    Writer,
)
from corpus_search.errors import CorpusSearchError

GROUP = "corpus_search.engines"
"""The group of the entry points that name engines."""

_OURS = {
    "whoosh": "corpus_search.engines.whoosh:WhooshEngine",
    "tantivy": "corpus_search.engines.tantivy:TantivyEngine",
    "opensearch": "corpus_search.engines.opensearch:OpenSearchEngine",
}
"""The entry points of this package: known without a look at everything that is installed, which takes a while."""

LARGE = 20_000
"""From how many chunks on the extra is worth a word."""

_EXTRAS = {"tantivy": "fast", "opensearchpy": "cluster"}
"""What has to be installed for a module."""

ENGINES = tuple(_OURS)
"""The names of the engines that come with this package, the default first."""


def engine_names() -> tuple[str, ...]:
    """Return the names of all engines that are installed, our own first."""
    from importlib.metadata import entry_points

    return tuple(dict.fromkeys([*ENGINES, *sorted(entry_points(group=GROUP).names)]))


def missed(chunks: int) -> str | None:
    """Return what a large library would gain from the extra that is not installed, in a line, or None."""
    if chunks < LARGE or all(map(find_spec, ("tantivy", "rjieba"))):
        return None
    return (
        f"{chunks:,} chunks are many: pip install 'corpus-search[fast]', then --engine tantivy, takes half "
        "the time to index and a third less room"
    )


def _place_elsewhere(name: str) -> str | None:
    """Return where the class of an engine that another package brings is, or None."""
    from importlib.metadata import entry_points

    return next((point.value for point in entry_points(group=GROUP, name=name)), None)


def _load(name: str) -> EngineClass | ServedEngineClass:
    """Return the engine called `name`. Raises `CorpusSearchError` if there is none, or it cannot be loaded."""
    place = _OURS.get(name) or _place_elsewhere(name)
    if place is None:
        raise CorpusSearchError(f"there is no engine {name!r}; there is {', '.join(engine_names())}")
    module, _, attribute = place.partition(":")
    try:
        loaded: EngineClass | ServedEngineClass = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        extra = _EXTRAS.get(getattr(error, "name", None) or "")
        if extra:
            raise CorpusSearchError(
                f"the engine {name!r} is not installed; pip install 'corpus-search[{extra}]' does that"
            ) from error
        raise CorpusSearchError(f"the engine {name!r} ({place}) cannot be loaded ({error})") from error
    return loaded


def preparer(name: str) -> Callable[[AnalyzedArticle, tuple[AnalyzedChunk, ...]], Any]:
    """Return what prepares a document for the engine called `name`, see `engine.EngineClass`; `put` takes it."""
    prepare = getattr(_load(name), "prepare", None)
    return prepare or (lambda article, chunks: (article, chunks))


def put(writer: Writer, prepared: Any) -> None:
    """Give a writer what the `preparer` of its engine made of a document."""
    if hasattr(writer, "put"):
        writer.put(prepared)
    else:
        writer.replace(*prepared)


def open_engine(name: str, folder: Path, service: Service | None = None) -> Engine:
    """Open the index in `folder` with the engine called `name`; one that is served is found at `service`.

    Raises `IndexMissingError`, `IndexDamagedError`, `EngineUnavailableError`.
    """
    engine = _load(name)
    if _is_served(engine):
        return engine(folder, service=service)
    return cast("EngineClass", engine)(folder)


def create_index(name: str, folder: Path, service: Service | None = None) -> AbstractContextManager[Writer]:
    """Return a writer for a new index in `folder`, in place of whatever is there once it commits."""
    engine = _load(name)
    if _is_served(engine):
        return engine.create(folder, service=service)
    return cast("EngineClass", engine).create(folder)


def drop_index(name: str, folder: Path, service: Service | None = None) -> None:
    """Remove what an engine that is served keeps of the index in `folder`; what others keep is the folder itself."""
    engine = _load(name)
    if _is_served(engine):
        engine.drop(folder, service=service)


def _is_served(engine: EngineClass | ServedEngineClass) -> TypeGuard[ServedEngineClass]:
    return bool(getattr(engine, "is_served", False))
