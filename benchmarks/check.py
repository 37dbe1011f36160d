"""Are the quotations of a draft judged rightly, and how fast?

    python benchmarks/check.py INDEX OUTSIDE… [--pages 50] [--seed N] [--engine NAME] [--show]
    python benchmarks/check.py INDEX OUTSIDE… --distances N

Makes a draft of so many pages out of the library in INDEX: sentences of it quoted as they stand, in another script or
with something left out (verbatim), and changed in one to four places, at most one for each six letters (altered):
neighbouring words swapped, a word dropped, a word put in, a word replaced by another of like meaning, a character
replaced. Sentences from outside (``corpus.jsonl`` of OUTSIDE) are quoted among them (missing), and stand around them as
prose. A scan of all texts, independent of any index, decides whether what is changed and what is from outside stands in
the library all the same. Prints precision and recall of the three marks, what they were by number of edits,
how often what is altered was laid beside the passage it was taken from, and the time.

With --distances, it is told instead how near N sentences from outside come to any passage by chance.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jieba
import opencc

from corpus_search.article import DocId
from corpus_search.check import Mark, Verdict, check_draft, find
from corpus_search.check.draft import draft_of
from corpus_search.check.marks import find_marks
from corpus_search.check.writing import core_text
from corpus_search.search import Searcher
from corpus_search.sentences import sentences

PAGE = 900
"""Letters of a page."""
QUOTED = 0.35
"""How much of a page is quoted."""

_LIKE = """
重要/关键 主要/首要 研究/探讨 分析/剖析 提出/指出 认为/主张 影响/作用 发展/进展 提高/提升 增加/增长 减少/降低 问题/难题
方法/手段 结果/成果 表明/显示 采用/使用 进行/开展 通过/经由 由于/因为 因此/所以 但是/然而 以及/和 同时/此外 目前/现在
不同/相异 明显/显著 具有/拥有 需要/须要 可以/能够 建立/构建 实现/达成 利用/运用 促进/推动 变化/改变 情况/状况 特点/特征
过程/历程 能力/本领 水平/程度 区域/地区 数据/资料 模型/模式 系统/体系 控制/掌控
"""
_SYNONYMS = {one: other for one, _, other in (pair.partition("/") for pair in _LIKE.split())}
_CHARACTERS = "之其所为与及而于以者则乃亦皆或且若如此"


@dataclass(frozen=True, slots=True)
class Made:
    """A quotation that was made: its text, the mark it should have, how it was made, and where it is from."""

    text: str
    mark: Mark
    how: str
    edits: int = 0
    doc_id: DocId | None = None


def main() -> None:
    """Make a draft, check it, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("outside", type=Path, nargs="+", help="files corpus.jsonl, or folders with one")
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="whoosh")
    parser.add_argument("--show", action="store_true", help="print what was judged wrongly")
    parser.add_argument("--distances", type=int, default=0, metavar="N", help="see above")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    searcher = Searcher(options.index, engine=options.engine)
    prose = _outside(options.outside, rng)
    if options.distances:
        _distances(searcher, prose[: options.distances])
        return
    scan = [core_text(text) for _, text in searcher.engine.texts()]
    made = list(_made(searcher, prose, scan, rng, int(options.pages * PAGE * QUOTED)))
    rng.shuffle(made)
    text = _draft(made, prose, rng, options.pages * PAGE)
    draft = draft_of(text)
    check_draft(searcher, "“预热：先问一次，以便只量问题本身”")
    started, worked = time.perf_counter(), time.process_time()
    found = check_draft(searcher, draft)
    took_s, work_s = time.perf_counter() - started, time.process_time() - worked
    verdicts = {one.quotation.text: one.verdict for one in found.quotations}
    _report(made, verdicts, show=options.show)
    stats = searcher.stats()
    print(
        f"{len(text):,} characters ({options.pages} pages), {len(found.quotations)} quotations: {took_s:.1f} s "
        f"({work_s:.1f} s of processor time, {work_s / max(len(found.quotations), 1) * 1000:.0f} ms a quotation)"
    )
    print(
        f"{stats['documents']:,} documents, {stats['chunks']:,} chunks, engine {options.engine}, seed {options.seed}, "
        f"Python {platform.python_version()}"
    )


def _distances(searcher: Searcher, texts: Sequence[str]) -> None:
    """Print the quantiles of the shares of letters that differ from the nearest passage, by length."""
    find.edits_allowed = lambda letters: int(letters * 0.65)
    finder = find.Finder(searcher.engine)
    shares: dict[tuple[int, int], list[float]] = defaultdict(list)
    for text in texts:
        letters = len(core_text(text))
        place = finder.check(text).place
        band = next((low, high) for low, high in _BANDS if letters <= high)
        shares[band].append(place.edits / letters if place else 1.0)
    for (low, high), found in sorted(shares.items()):
        found.sort()
        quantiles = ", ".join(f"{share:.0%}: {found[int(share * len(found))]:.2f}" for share in (0, 0.01, 0.02, 0.05))
        print(f"{low} to {high} letters, {len(found)} sentences: {quantiles}")


_BANDS = ((6, 8), (9, 12), (13, 20), (21, 40), (41, 1000))


# --- making --------------------------------------------------------------------------------------------------


def _clauses(text: str, rng: random.Random) -> list[str]:
    """Return the sentences of a text, some of them clauses only, that could be quoted."""
    found = []
    for span in sentences(text):
        sentence = text[span.start : span.end].strip()
        pieces = re.split("(?<=[，；,;])", sentence) if rng.random() < 0.5 else [sentence]
        found += [piece.strip(" ，；,;") for piece in pieces]
    return [one for one in found if _fits(one)]


def _fits(text: str) -> bool:
    letters = core_text(text)
    han = sum("\u4e00" <= char <= "\u9fff" for char in letters)
    return 8 <= len(letters) <= 120 and han > len(letters) * 0.6 and "\n" not in text and not _marked(text)


def _marked(text: str) -> bool:
    marks = find_marks(text)
    return bool(marks.pairs or marks.single) or any(char in text for char in "…[［〔]］〕《》*_`<>\\$#|")


def _outside(paths: Sequence[Path], rng: random.Random) -> list[str]:
    found: list[str] = []
    for path in paths:
        file = path / "corpus.jsonl" if path.is_dir() else path
        lines = file.read_text("utf-8").splitlines()
        for line in rng.sample(lines, min(len(lines), 3000)):
            found += _clauses(json.loads(line)["text"], rng)
    rng.shuffle(found)
    return found


def _inside(searcher: Searcher, rng: random.Random) -> Iterator[tuple[DocId, str]]:
    documents = searcher.documents()
    while True:
        article = searcher.article(rng.choice(documents))
        own = [clause for one in article.paragraphs() for clause in _clauses(one.text, rng)]
        if own:
            yield article.doc_id, rng.choice(own)


def _made(searcher: Searcher, prose: list[str], scan: list[str], rng: random.Random, letters: int) -> Iterator[Made]:
    inside = _inside(searcher, rng)
    seen: set[str] = set()
    while letters > 0:
        draw = rng.random()
        if draw < 0.25:
            one = Made(prose.pop(), Mark.MISSING, "outside")
        else:
            doc_id, clause = next(inside)
            if draw < 0.4:
                one = Made(clause, Mark.VERBATIM, "as it stands", 0, doc_id)
            elif draw < 0.5:
                one = Made(_converter().convert(clause), Mark.VERBATIM, "in another script", 0, doc_id)
            elif draw < 0.6 and len(clause) > 24:
                third = len(clause) // 3
                one = Made(f"{clause[:third]}……{clause[-third:]}", Mark.VERBATIM, "with something left out", 0, doc_id)
            else:
                edits = rng.randint(1, max(min(4, len(core_text(clause)) // 6), 1))
                changed, kinds = _changed(clause, edits, rng)
                one = Made(changed, Mark.ALTERED, kinds, edits, doc_id)
        own = core_text(one.text)
        if own in seen:
            continue
        seen.add(own)
        if one.mark is not Mark.VERBATIM and any(own in text for text in scan):
            one = Made(one.text, Mark.VERBATIM, "stands there all the same")
        letters -= len(one.text)
        yield one


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def _changed(text: str, edits: int, rng: random.Random) -> tuple[str, str]:
    """Return a text changed in so many places, and how."""
    kinds = []
    words = list(jieba.cut(text))
    places = [i for i, word in enumerate(words) if core_text(word)]
    rng.shuffle(places)
    touched: set[int] = set()
    for i in places:
        if len(kinds) == edits:
            break
        if touched & {i - 1, i, i + 1}:
            continue
        options = ["drop", "insert", "character"]
        options += ["synonym"] * 3 * (words[i] in _SYNONYMS)
        if i + 1 < len(words) and core_text(words[i + 1]) and core_text(words[i + 1]) != core_text(words[i]):
            options.append("swap")
        kind = rng.choice(options)
        if kind == "drop":
            words[i] = ""
        elif kind == "insert":
            words[i] = words[i] + rng.choice(list(_SYNONYMS))
        elif kind == "synonym":
            words[i] = _SYNONYMS[words[i]]
        elif kind == "swap":
            words[i], words[i + 1] = words[i + 1], words[i]
        else:
            at = rng.randrange(len(words[i]))
            words[i] = words[i][:at] + rng.choice(_CHARACTERS) + words[i][at + 1 :]
        kinds.append(kind)
        touched.add(i)
    return "".join(words), "+".join(sorted(kinds))


def _draft(made: Sequence[Made], prose: list[str], rng: random.Random, length: int) -> str:
    """Return a draft in which all quotations stand among prose."""
    around = max((length - sum(len(one.text) for one in made)) // max(len(made), 1), 1)
    paragraphs, here = [], ""
    for one in made:
        before = ""
        while len(before) < around and prose:
            before += prose.pop() + "。"
        here += f"{before}有学者认为“{one.text}”。"
        if rng.random() < 0.4:
            paragraphs.append(here)
            here = ""
    return "# 一篇草稿\n\n" + "\n\n".join([*paragraphs, here])


# --- judging -------------------------------------------------------------------------------------------------


def _report(made: Sequence[Made], verdicts: dict[str, Verdict], *, show: bool) -> None:
    confusion: Counter[tuple[Mark, Mark]] = Counter()
    by_edits: dict[int, Counter[Mark]] = defaultdict(Counter)
    placed = altered = 0
    for one in made:
        verdict = verdicts.get(one.text)
        said = verdict.mark if verdict else None
        confusion[one.mark, said] += 1
        if one.mark is Mark.ALTERED:
            by_edits[one.edits][said] += 1
            if said is Mark.ALTERED:
                altered += 1
                placed += verdict.place.doc_id == one.doc_id
        if show and said is not one.mark:
            place = verdict.place if verdict else None
            print(f"{one.mark} ({one.how}) judged {said}: {one.text} | {place.text if place else ''}")
    print("| mark | quotations | precision | recall |")
    print("|---|---|---|---|")
    for mark in Mark:
        right = confusion[mark, mark]
        judged = sum(count for (_, said), count in confusion.items() if said is mark)
        true = sum(count for (should, _), count in confusion.items() if should is mark)
        print(f"| {mark} | {true} | {right / max(judged, 1):.4f} | {right / max(true, 1):.4f} |")
    for edits, counts in sorted(by_edits.items()):
        total = sum(counts.values())
        print(f"{edits} edits: {counts[Mark.ALTERED]} of {total} found altered, {counts[Mark.MISSING]} not found")
    print(f"laid beside the article they are from: {placed} of {altered}")


if __name__ == "__main__":
    main()
