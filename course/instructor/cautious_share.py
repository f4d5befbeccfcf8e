"""Ranks shares of large and small groups by the evidence that there is for them."""

from __future__ import annotations

from math import sqrt

Z = 1.96  #: of a 95 % interval


def at_least(count: int, of: int) -> float:
    """Return the lower end of Wilson's 95 % interval for a share, to rank shares of large and small groups.

    One of one is no worse than 20 of 25 (Wilson, *Journal of the American Statistical Association* 22, 1927).
    """
    if not of:
        return 0.0
    share, z2 = count / of, Z * Z
    middle = share + z2 / (2 * of)
    return (middle - Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of))) / (1 + z2 / of)
