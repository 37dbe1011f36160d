"""What can go wrong, and what to tell the user.

Every error this package raises on purpose derives from `CorpusSearchError`; adapters map what their
library raises to one of these, so no backend's exception reaches a caller::

    CorpusSearchError
    ├── CorpusError            the corpus folder is missing, empty or not readable
    ├── FileError              one file of it could not be read
    ├── SearchIndexError       the index cannot be used
    │   ├── IndexMissingError  nothing is indexed there yet
    │   ├── IndexDamagedError  its files are broken or not ours
    │   │   └── OtherEngineError   another engine made it
    │   ├── IndexLockedError   another process is writing
    │   └── EngineUnavailableError  the server that holds it cannot be reached, or not all of it
    ├── QueryError             the query cannot be read; carries the place
    ├── AddressError           no such place in the corpus
    ├── CitationError          the article does not say enough of itself to be cited
    ├── OptionError            an option of a call is none that there is
    ├── PackageError           a package is needed that is not installed
    ├── ReceiptError           a receipt cannot be read
    ├── LimitError             the question costs more than is allowed
    │   ├── TooSlowError       its time is up
    │   ├── StoppedError       who asked it does not wait any more
    │   └── BusyError          too many are asked at once
    │       └── PreparingError     what it needs is being made
    ├── ComparisonError        there is nothing to compare, or nothing to compare it with
    └── ServeError             the web server could not start

A message says what happened, where, and what to do about it, in one line.
"""

from __future__ import annotations

import errno


class CorpusSearchError(Exception):
    """The root of everything this package raises on purpose."""


class CorpusError(CorpusSearchError):
    """The corpus folder is missing, empty or not readable."""


class FileError(CorpusSearchError):
    """One file of the corpus could not be read; `path` names it, `reason` says why and what to do."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class SearchIndexError(CorpusSearchError):
    """The index cannot be used as it is."""


class IndexMissingError(SearchIndexError):
    """Nothing is indexed in this folder yet."""


class IndexDamagedError(SearchIndexError):
    """The index folder holds broken files or files of something else."""


class OtherEngineError(IndexDamagedError):
    """The index folder holds the index of another engine, `engine`."""

    def __init__(self, message: str, engine: str) -> None:
        super().__init__(message)
        self.engine = engine


class IndexLockedError(SearchIndexError):
    """Another process is writing to the index."""


class EngineUnavailableError(SearchIndexError):
    """The server that holds the index cannot be reached, lets nobody in, or a part of it does not answer."""


class QueryError(CorpusSearchError):
    """A query that cannot be read; `start` and `end` are code-point offsets of the place in it.

    `template` is the message with names in braces for `values`, so that it can be translated.
    """

    def __init__(self, template: str, query: str, start: int, end: int, **values: object) -> None:
        super().__init__(template.format(**values))
        self.template = template
        self.values = values
        self.query = query
        self.start = start
        self.end = end


class AddressError(CorpusSearchError):
    """An address that names no place in the corpus.

    `missing` says what there is none of, ``document``, ``place`` or ``work``, by the `name` asked for; empty where
    there is more to say.
    """

    def __init__(self, message: str, *, missing: str = "", name: str = "") -> None:
        super().__init__(message)
        self.missing = missing
        self.name = name


class CitationError(CorpusSearchError):
    """An article that cannot be cited: what every style begins with is not known of it."""


class ComparisonError(CorpusSearchError):
    """There is nothing to compare, or, with `alone`, nothing to compare it with."""

    def __init__(self, message: str, *, alone: bool = False) -> None:
        super().__init__(message)
        self.alone = alone


class OptionError(CorpusSearchError, ValueError):
    """An option of a call from Python that is none of those there are, or out of its bounds."""


class PackageError(CorpusSearchError, ImportError):
    """What was asked for needs a package that is not installed; the message names it and how to install it."""


class ReceiptError(CorpusSearchError):
    """A search receipt that is damaged, too large, or not one of ours."""


class LimitError(CorpusSearchError):
    """A question costs more than is allowed."""


class TooSlowError(LimitError):
    """The time that a search may take is up."""


class StoppedError(LimitError):
    """Who asked has called it off."""


class BusyError(LimitError):
    """Too many searches are asked at once; this one may be asked again."""


class PreparingError(BusyError):
    """What an answer needs is being made for the first time: `share` of it is done, from 0 to 1."""

    def __init__(self, share: float) -> None:
        super().__init__(
            f"the words of the corpus are being counted for the first time, {share:.0%} is done; try again in a moment"
        )
        self.share = share


class ServeError(CorpusSearchError):
    """The web server could not start."""

    @classmethod
    def of(cls, error: OSError, host: str, port: int) -> ServeError:
        """Return what is said where a server cannot listen."""
        if error.errno == errno.EADDRINUSE:
            return cls(f"{host}:{port} is in use; stop what listens there, or choose another port with --port")
        return cls(f"{host}:{port}: cannot listen there ({error.strerror or error}); choose another --host or --port")
