"""How often one address may do a thing: a bucket that refills as time goes by."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

_ADDRESSES_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``burst`` at once, then ``per_minute``."""

    burst: int
    per_minute: float


RATES = {
    "take": Rate(burst=20, per_minute=20),
    "rate": Rate(burst=30, per_minute=60),
    "turn": Rate(burst=60, per_minute=120),
    "sign-in": Rate(burst=20, per_minute=20),
}
"""What is limited, per address. An office's guests may share one address, so these stop floods, not people."""


class Limits:
    """The buckets of all addresses. ``clock`` gives monotonic seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def wait_s(self, what: str, address: str) -> int:
        """Take one from the bucket: 0 where there was one, else the seconds until there is."""
        rate, now = RATES[what], self._clock()
        with self._lock:
            left, at = self._buckets.pop((what, address), (float(rate.burst), now))
            left = min(rate.burst, left + (now - at) * rate.per_minute / 60)
            wait = 0 if left >= 1 else max(1, ceil((1 - left) * 60 / rate.per_minute))
            self._buckets[what, address] = (left - 1 if not wait else left, now)
            while len(self._buckets) > _ADDRESSES_KEPT:
                self._buckets.popitem(last=False)
        return wait
