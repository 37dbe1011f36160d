"""Ranking, measured against what is usual: ours and four baselines on the same collections in the same run.

    python benchmarks/ranking.py FOLDER... [--queries NAME] [--without SYSTEM]

Each FOLDER is a test collection (see `corpus-search evaluate --help`). The baselines get each document's title and text
together: Whoosh as it comes with jieba's own ``ChineseAnalyzer``; SQLite FTS5, bm25s and tantivy over the terms of
``jieba.cut_for_search``, their BM25 as it comes. Prints a Markdown table, the versions and the command.
"""

from __future__ import annotations

import argparse
import logging
import platform
import shlex
import sqlite3
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import bm25s
import tantivy
from whoosh import fields, index, qparser

from corpus_search.article import Kind
from corpus_search.chunk import chunks
from corpus_search.evaluate import DEPTH, Collection, Topic, evaluate, measure

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jieba
    from jieba.analyse import ChineseAnalyzer

Documents = Mapping[str, str]
Run = dict[str, dict[str, float]]


def terms(text: str) -> list[str]:
    """Return jieba's search-mode terms, in lower case, without what is no letter or digit."""
    return [term for term in jieba.cut_for_search(text.lower()) if any(char.isalnum() for char in term)]


def ranked(topic: Topic, found: list[tuple[str, float]]) -> dict[str, float]:
    """Return scores by document, the excluded one left out."""
    return {doc: score for doc, score in found if doc != topic.exclude}


def stock_whoosh(documents: Documents, topics: tuple[Topic, ...]) -> Run:
    """Whoosh as a tutorial has it."""
    run: Run = {}
    with tempfile.TemporaryDirectory() as folder:
        schema = fields.Schema(id=fields.ID(stored=True), text=fields.TEXT(analyzer=ChineseAnalyzer()))
        made = index.create_in(folder, schema)
        writer = made.writer(limitmb=512)
        for doc, text in documents.items():
            writer.add_document(id=doc, text=text)
        writer.commit()
        parser = qparser.QueryParser("text", schema, group=qparser.OrGroup, plugins=[])
        with made.searcher() as searcher:
            for topic in topics:
                hits = searcher.search(parser.parse(topic.text), limit=DEPTH + 1)
                run[topic.id] = ranked(topic, [(hit["id"], float(hit.score or 0)) for hit in hits])
    return run


def sqlite_fts5(documents: Documents, topics: tuple[Topic, ...]) -> Run:
    """SQLite's full-text index over terms joined by blanks."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE found USING fts5(id UNINDEXED, terms, tokenize='unicode61')")
    database.executemany("INSERT INTO found VALUES (?, ?)", ((d, " ".join(terms(t))) for d, t in documents.items()))
    run: Run = {}
    for topic in topics:
        asked = " OR ".join(f'"{term}"' for term in dict.fromkeys(terms(topic.text)))
        rows = (
            database.execute(
                "SELECT id, -bm25(found) FROM found WHERE found MATCH ? ORDER BY bm25(found) LIMIT ?",
                (asked, DEPTH + 1),
            ).fetchall()
            if asked
            else []
        )
        run[topic.id] = ranked(topic, rows)
    database.close()
    return run


def plain_bm25s(documents: Documents, topics: tuple[Topic, ...]) -> Run:
    """bm25s over terms."""
    names = list(documents)
    engine = bm25s.BM25()
    engine.index([terms(text) for text in documents.values()], show_progress=False)
    run: Run = {}
    for topic in topics:
        asked = [term for term in terms(topic.text) if term in engine.vocab_dict]
        if not asked:
            run[topic.id] = {}
            continue
        found, scores = engine.retrieve([asked], k=min(DEPTH + 1, len(names)), show_progress=False)
        pairs = [(names[i], float(s)) for i, s in zip(found[0], scores[0], strict=True) if s > 0]
        run[topic.id] = ranked(topic, pairs)
    return run


def plain_tantivy(documents: Documents, topics: tuple[Topic, ...]) -> Run:
    """tantivy over terms joined by blanks."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    builder.add_text_field("terms", tokenizer_name="whitespace")
    schema = builder.build()
    made = tantivy.Index(schema)
    writer = made.writer(128_000_000)
    for doc, text in documents.items():
        writer.add_document(tantivy.Document(id=doc, terms=" ".join(terms(text))))
    writer.commit()
    made.reload()
    searcher = made.searcher()
    run: Run = {}
    for topic in topics:
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "terms", term))
            for term in dict.fromkeys(terms(topic.text))
        ]
        hits = searcher.search(tantivy.Query.boolean_query(clauses), DEPTH + 1).hits if clauses else []
        run[topic.id] = ranked(topic, [(searcher.doc(place)["id"][0], score) for score, place in hits])
    return run


BASELINES: dict[str, Callable[[Documents, tuple[Topic, ...]], Run]] = {
    "stock Whoosh + ChineseAnalyzer": stock_whoosh,
    "SQLite FTS5 + jieba": sqlite_fts5,
    "bm25s + jieba": plain_bm25s,
    "tantivy + jieba": plain_tantivy,
}


def documents_of(collection: Collection) -> Documents:
    """Return each document's title and text together."""
    return {
        article.doc_id: "\n".join(
            chunk.text for chunk in chunks(article) if chunk.kind is not Kind.BACK or collection.has_articles
        )
        for article in collection.articles()
    }


def print_row(name: str, system: str, measures: Mapping[str, float]) -> None:
    """Print what a system reaches on a collection."""
    figures = " | ".join(f"{measures[measure]:.4f}" for measure in ("nDCG@10", "RR@10", "R@100"))
    print(f"| {name} | {system} | {figures} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--queries", default="queries.jsonl")
    parser.add_argument("--without", action="append", default=[], choices=list(BASELINES))
    options = parser.parse_args()
    jieba.setLogLevel(logging.ERROR)
    print("| collection | system | nDCG@10 | RR@10 | R@100 |\n|---|---|---|---|---|")
    for folder in options.folder:
        collection = Collection.read(folder, queries=options.queries)
        name = folder.name if options.queries == "queries.jsonl" else f"{folder.name} ({Path(options.queries).stem})"
        print_row(name, "corpus-search", evaluate(collection).measures)
        documents = documents_of(collection)
        for system, run in BASELINES.items():
            if system not in options.without:
                print_row(name, system, measure(collection.judgements, run(documents, collection.topics)))
    versions = ", ".join(f"{name} {version(name)}" for name in ("whoosh3", "jieba", "bm25s", "tantivy", "ir-measures"))
    print(f"\nPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}.")
    print(f"Command: `python {shlex.join(sys.argv)}`")


if __name__ == "__main__":
    main()
