"""Shares and quantiles, with what is honest to say about few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

FEWEST = 5
"""Below so many, a share says more about single people than about the office."""
_Z95 = 1.959963984540054
"""Quantile of the normal distribution for a two-sided interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """``k`` of ``n``. ``low`` to ``high`` is Wilson's 95 % interval; all three are ``None`` for n = 0."""

    k: int
    n: int
    share: float | None
    low: float | None
    high: float | None

    @property
    def too_few(self) -> bool:
        """Whether there are too few to show a share."""
        return self.n < FEWEST


def share_of(k: int, n: int) -> Share:
    """The share of ``k`` in ``n`` with its interval (Wilson 1927, without continuity correction).

    >>> found = share_of(9, 10)
    >>> round(found.low, 3), round(found.high, 3)
    (0.596, 0.982)

    ``ValueError`` where ``k`` is no count among ``n``.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share; 0 ≤ k ≤ n is needed")
    if n == 0:
        return Share(0, 0, None, None, None)
    p = k / n
    middle = (p + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
    half = _Z95 / (1 + _Z95**2 / n) * sqrt(p * (1 - p) / n + _Z95**2 / (4 * n**2))
    return Share(k, n, p, max(0.0, middle - half), min(1.0, middle + half))


def quantile(values: Sequence[float], q: float) -> float | None:
    """The smallest value that at least the share ``q`` of all does not exceed (nearest rank).

    It is always a wait that somebody really had. ``None`` for no values.

    >>> quantile([4, 1, 3, 2], 0.5), quantile([4, 1, 3, 2], 0.9)
    (2, 4)
    """
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, ceil(q * len(ordered)) - 1)]
