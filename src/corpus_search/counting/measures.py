"""How surprising is a count? The formulas, on arrays of counts.

Two sets of words are compared, of `size1` and `size2` words in all; a word stands in them `count1` and `count2` times::

                   first set         second set
    the word       count1            count2
    other words    size1 - count1    size2 - count2

For collocates, the first set is what stands within the windows, the second all other words but those asked for (Evert,
Corpora and Collocations, in: Corpus Linguistics, 2008, section 5.1, "surface cooccurrence"); for keyness, the first is
what is looked at and the second the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Values = npt.NDArray[Any]
else:  # numpy's types take a while to load.
    Values = np.ndarray

THRESHOLDS = {0.05: 3.84, 0.01: 6.63, 0.001: 10.83, 0.0001: 15.13}
"""From which log-likelihood on a difference is significant at a level: the chi-squared distribution of one degree of
freedom, as in Rayson, Berridge and Francis, Extending the Cochran rule for the comparison of word frequencies between
corpora, 2004, who advise 15.13 where many words are tested at once."""


def log_likelihood(count1: Values, size1: int, count2: Values, size2: int) -> Values:
    """Return G² of the table above: twice the sum of observed × ln(observed ÷ expected) over its four cells.

    Dunning, Accurate Methods for the Statistics of Surprise and Coincidence, 1993. Never negative; it says nothing
    about the direction.
    """
    size = size1 + size2
    total = np.asarray(count1 + count2, dtype=float)
    found = np.zeros(len(total))
    for count, of in ((count1, size1), (count2, size2)):
        for observed, expected in ((count, total * of / size), (of - count, (size - total) * of / size)):
            there = np.asarray(observed) > 0  # 0 × ln 0 is 0.
            found[there] += np.asarray(observed)[there] * np.log(np.asarray(observed)[there] / expected[there])
    return np.maximum(2 * found, 0.0)


def expected(count1: Values, size1: int, count2: Values, size2: int) -> Values:
    """Return how often a word would stand in the first set if both were alike."""
    found: Values = (count1 + count2) * (size1 / (size1 + size2))
    return found


def mutual_information(count1: Values, size1: int, count2: Values, size2: int) -> Values:
    """Return log₂(observed ÷ expected), in bits: pointwise mutual information.

    Church and Hanks, Word Association Norms, Mutual Information, and Lexicography, 1990. Rare words score high.
    """
    found: Values = np.log2(count1 / expected(count1, size1, count2, size2))
    return found


def log_dice(together: Values, node: int, word: Values) -> Values:
    """Return 14 + log₂(2 × together ÷ (node + word)), of frequencies: comparable between corpora of different sizes.

    Rychlý, A Lexicographer-Friendly Association Score, 2008. `together` counts each word in a window once, so that it
    may be larger than `node`, and the score a little above 14.
    """
    found: Values = 14 + np.log2(2 * together / (node + word))
    return found


def log_ratio(count1: Values, size1: int, count2: Values, size2: int) -> Values:
    """Return log₂ of how many times as frequent a word is in the first set: 1 is twice, 2 four times, -1 half.

    Hardie, Log Ratio: an informal introduction, 2014. Where it stands in one set alone, half an occurrence is put into
    the other, as there.
    """
    first, second = (np.where(count > 0, count, 0.5) for count in (count1, count2))
    found: Values = np.log2((first / size1) / (second / size2))
    return found


def percent_difference(count1: int, size1: int, count2: int, size2: int) -> float | None:
    """Return by how many per cent a word is more frequent in the first set; None where the second has it nowhere.

    %DIFF: Gabrielatos and Marchi, Keyness: Appropriate metrics and practical issues, 2012.
    """
    if not count2:
        return None
    there = count2 / size2
    return (count1 / size1 - there) * 100 / there


def deviation_of_proportions(counts: Values, sizes: Values) -> float | None:
    """Return how unevenly something is spread over parts: 0 as their sizes would have it, towards 1 all in a small one.

    DP: Gries, Dispersions and adjusted frequencies in corpora, 2008. None where nothing is counted.
    """
    if not counts.sum() or not sizes.sum():
        return None
    return float(np.abs(counts / counts.sum() - sizes / sizes.sum()).sum() / 2)


def per(count: int, of: int, unit: int = 10_000) -> float | None:
    """Return a count for each `unit` of a size; None of nothing."""
    return count * unit / of if of else None
