"""What the tests share: the seed, small corpora, and ways to index and run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from werkzeug.serving import make_server

from corpus_search.article import Article, Span
from corpus_search.corpus import Corpus
from corpus_search.counting.streams import streams
from corpus_search.parse import parse
from corpus_search.search import Searcher
from corpus_search.web import create_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.cluster import Cluster

# How long an example takes says more of the machine than of the code. Where a change is judged, it is judged by the
# same examples each time; everywhere else new ones are tried.
settings.register_profile("untimed", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("untimed")

# A shell starts what runs in its background deaf to Ctrl-C, and so would be the commands that the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
SEED = next((ROOT / "seeds").glob("*.txt"))
SHARED = Path(os.environ.get("CORPUS_SEARCH_SHARED", ROOT.parent / "shared")) / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write the golden files anew")


@pytest.fixture(scope="session")
def seed_text() -> str:
    return SEED.read_bytes().decode()


@pytest.fixture(scope="session")
def seed(seed_text: str) -> Article:
    return parse(seed_text, doc_id=SEED.stem, path=SEED.name)


@pytest.fixture(scope="session")
def seed_corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The seeds, indexed; words and citations are read, for which a server would ask a busy machine's visitors to wait."""
    corpus = Corpus(SEED.parent, tmp_path_factory.mktemp("seed") / "index")
    corpus.update()
    streams(corpus.searcher(), corpus.index)
    corpus.searcher().works()
    return corpus


@pytest.fixture(scope="session")
def seed_searcher(seed_corpus: Corpus) -> Searcher:
    return seed_corpus.searcher()


def run_command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "corpus_search", *arguments],
        cwd=folder,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("CORPUS_SEARCH")}, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with seeds in it, already indexed."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "seeds").mkdir()
    shutil.copy(SEED, folder / "seeds")
    run_command(folder, "index")
    return folder


@contextmanager
def served(corpus: Corpus) -> Iterator[str]:
    """Serve a corpus on a free port, and give its address."""
    server = make_server("127.0.0.1", 0, create_app(corpus), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium; where there is none, a loud warning."""
    if CHROMIUM is None:
        message = "CHROMIUM IS MISSING: the pages were not tried in a browser. Install it (apt install chromium)."
        if os.environ.get("CORPUS_SEARCH_REQUIRE_BROWSER"):
            pytest.fail(message)
        warnings.warn(pytest.PytestWarning(message), stacklevel=1)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium has no sandbox for root, whom CI runs as.
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Three real nodes of OpenSearch; where they cannot run, a loud warning."""
    from tests.cluster import CannotRunError, running

    try:
        with running() as started:
            yield started
    except CannotRunError as error:
        message = f"NO CLUSTER: OpenSearch was not tried. {error}"
        if os.environ.get("CORPUS_SEARCH_REQUIRE_CLUSTER"):
            pytest.fail(message)
        warnings.warn(pytest.PytestWarning(message), stacklevel=1)
        pytest.skip(message)


@pytest.fixture(autouse=True)
def _cluster_if_asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test of each engine find the cluster where an engine looks for one unless told otherwise."""
    callspec = getattr(request.node, "callspec", None)
    if callspec and "opensearch" in callspec.params.values():
        started: Cluster = request.getfixturevalue("cluster")
        monkeypatch.setattr("corpus_search.engines.opensearch.engine.DEFAULT", started.service)


MakeCorpus = Callable[..., Corpus]


@pytest.fixture
def said() -> list[str]:
    """What a corpus made by `make_corpus` told its user, line by line."""
    return []


@pytest.fixture
def make_corpus(tmp_path: Path, said: list[str]) -> MakeCorpus:
    """Makes a corpus of the files given by name, unindexed."""

    def make(files: dict[str, str | bytes] | None = None) -> Corpus:
        folder = tmp_path / "corpus"
        folder.mkdir(exist_ok=True)
        for name, content in (files or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Corpus(folder, tmp_path / "index", say=said.append)

    return make


def source_spans(article: Article) -> Iterator[Span]:
    """Yield every span of the source that `article` accounts for."""
    for part in (*article.front, *article.matter, *article.back, *article.furniture):
        yield from (*part.source, *part.label_source, *(marker.source for marker in part.markers))
    for _, section in article.walk():
        yield from (*section.source, *section.label_source, *(marker.source for marker in section.markers))
    for paragraph in article.paragraphs():
        yield from (*paragraph.source, *(marker.source for marker in paragraph.markers))
    for note in article.notes:
        yield from (*note.source, *note.label_source)
    for reference in article.references:
        yield from (*reference.source, *reference.label_source)


def uncovered(text: str, article: Article) -> list[tuple[int, int]]:
    """Return the offsets of characters, blanks left out, that are not in exactly one span, with their counts."""
    counts = [0] * len(text)
    for span in source_spans(article):
        for i in range(span.start, span.end):
            counts[i] += 1
    return [(i, n) for i, n in enumerate(counts) if n != 1 and not text[i].isspace()]


def texts_with_sources(article: Article) -> Iterator[tuple[str, tuple[Span, ...]]]:
    """Yield every text of `article` with where it came from."""
    for part in (*article.front, *article.matter, *article.back, *article.furniture):
        yield part.text, part.source
    for _, section in article.walk():
        yield section.heading, section.source
    for paragraph in article.paragraphs():
        yield paragraph.text, paragraph.source
    for note in article.notes:
        yield note.text, note.source
    for reference in article.references:
        yield reference.text, reference.source


def squeezed(text: str) -> str:
    """Return `text` with each blank character as a blank: a line's end inside a paragraph is one."""
    return "".join(" " if char.isspace() else char for char in text)
