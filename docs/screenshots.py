"""Makes the pictures in the READMEs: the pages as they are, of the article in ``seeds/``, in a real Chromium.

python docs/screenshots.py
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from corpus_search.corpus import Corpus
from corpus_search.web import create_app

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 1200, 720
QUERY = "反击能力"


def main() -> None:
    """Take both pictures in both languages."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        corpus = Corpus(ROOT / "seeds", Path(folder))
        corpus.update()
        server = make_server("127.0.0.1", 0, create_app(corpus), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.port}"
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for locale in ("en", "zh"):
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale=locale)
            page.goto(f"{address}/?q={QUERY}")
            page.screenshot(path=ROOT / "docs" / f"results-{locale}.png")
            page.locator("li.hit .snippet mark").first.wait_for()
            page.goto(f"{address}/article/{corpus.searcher().documents()[0]}?q={QUERY}#s1.2p2")
            page.locator("#to-fn8").click()
            page.screenshot(path=ROOT / "docs" / f"article-{locale}.png")
            page.close()
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
