"""Computes the figures of classical test theory: difficulty and discrimination.

Difficulty is p, the mean score over the greatest: for a test, the share that passed (Crocker & Algina,
*Introduction to Classical and Modern Test Theory*, 1986, chapter 14).

Discrimination is the correlation of an item's scores with the scores in the rest of the module. Where an
item is passed or failed, that is the point-biserial r_pb = (M1 - M0) / s * sqrt(p * (1 - p)), with M1 and
M0 the mean rest scores of those who passed and failed, and s the standard deviation of all rest scores. The
item is left out of the total, since it would correlate with itself (Henrysson, "Correction of item-total
correlations in item analysis", *Psychometrika* 28, 1963).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FEWEST = 10
"""Learners below which a correlation says nothing."""

POOR = 0.2
"""Below it, an item hardly tells who knows the rest (Ebel, *Essentials of Educational Measurement*)."""


def difficulty(scores: Sequence[float], points: float) -> float | None:
    """Return p: the mean score as a share of the points; none where nobody was judged."""
    return float(np.mean(scores)) / points if len(scores) and points else None


def discrimination(scores: Sequence[float], totals: Sequence[float]) -> float | None:
    """Return the correlation of an item with the rest of the total.

    Args:
        scores: the item's, a score for each learner.
        totals: the whole module's, of the same learners; the item is taken out here.

    Returns:
        -1 to 1; none where there are too few learners, or where all have the same score or the same rest.
    """
    if len(scores) < FEWEST:
        return None
    item = np.asarray(scores, dtype=float)
    rest = np.asarray(totals, dtype=float) - item
    if np.ptp(item) < 1e-9 or np.ptp(rest) < 1e-9:  # a sum of floats is seldom quite the same
        return None
    return float(np.corrcoef(item, rest)[0, 1])
