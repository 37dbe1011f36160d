"""How often does a document have a term? tantivy's score for the term says it.

tantivy hands out documents with their BM25 scores, not with the counts they are made of. For a single term the score is

    idf · (k1 + 1) · count / (count + k1 · (1 - b + b · length / average))

where the length is the number of the field's tokens, rounded as a byte keeps it, and everything but the count is known:
tantivy's own explanation of one hit names the idf, the average and the constants, and the lengths are a column. So the
count is what solves it, to the nearest whole number. Scores have 24 bits: beyond some thousand occurrences of a term
in one passage the count may be wrong by one, where it changes no score of ours by a millionth.
"""

from __future__ import annotations

import json
import re
from math import log
from typing import NamedTuple

import numpy as np

from corpus_search.engines.snapshot import Numbers
from corpus_search.errors import IndexDamagedError


class Scoring(NamedTuple):
    """What tantivy's scores in a field are made of, but for the count: `norm` has a number for each document."""

    documents: float
    k1: float
    norm: Numbers

    def counts(self, scores: Numbers, numbers: Numbers, having: int) -> Numbers:
        """Return the counts behind the `scores` of a term which `having` documents have."""
        idf = log(1 + (self.documents - having + 0.5) / (having + 0.5))
        part = np.minimum(scores / (idf * (self.k1 + 1)), 1 - 1e-7)
        counts: Numbers = np.maximum(np.rint(self.norm[numbers] * part / (1 - part)), 1).astype(np.uint32)
        return counts


_COUNT = re.compile(r'"value":\s*([0-9.]+),\s*"description":\s*"freq,')


def counted(explanation: str) -> float:
    """Return the count that tantivy's explanation of one hit of a term names."""
    found = _COUNT.search(explanation)
    if found is None:
        raise IndexDamagedError(f"tantivy explains a score without a count: {explanation}")
    return float(found[1])


def scoring(explanation: str, lengths: Numbers) -> Scoring:
    """Return what the scores of a field are made of: `explanation` is tantivy's of one hit, `lengths` count tokens."""
    values: dict[str, float] = {}

    def collect(node: object) -> None:
        if isinstance(node, dict):
            values[str(node.get("description", "")).split(",")[0]] = float(node.get("value", 0))
            for below in node.get("details") or ():
                collect(below)

    collect(json.loads(explanation))
    k1, b = values["k1"], values["b"]
    return Scoring(values["N"], k1, k1 * (1 - b + b * rounded(lengths) / values["avgdl"]))


def rounded(lengths: Numbers) -> Numbers:
    """Return lengths as a byte keeps them: up to 40 as they are, beyond with three bits after the first, cut off."""
    table = [*range(24), *(24 + _value(code) for code in range(256 - 24))]
    places = np.searchsorted(np.array(table), lengths, side="right") - 1
    found: Numbers = np.array(table, dtype=np.float64)[places]
    return found


def _value(code: int) -> int:
    """Return the number that a byte stands for, which has three bits for digits and five for an exponent."""
    digits, shift = code & 7, (code >> 3) - 1
    return digits if shift < 0 else (digits | 8) << shift
