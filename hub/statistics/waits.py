"""How long people waited, and who waits too long now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.statistics.intervals import Share, quantile, share_of
from hub.statistics.visits import Visit


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits from the number to the first call, in seconds, of those who were called.

    ``over`` counts those who waited longer than the target among them. Who was never called has no
    wait: look at ``waiting_now`` beside it.
    """

    n: int
    median_s: float | None
    p90_s: float | None
    longest_s: float | None
    over: Share


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits, and for how many seconds."""

    number: str
    service: str
    lane: str
    waited_s: float


def waits(visits: Sequence[Visit], *, target_s: float) -> Waits:
    """The waits of these visits against a target."""
    known = [v.wait_s for v in visits if v.wait_s is not None]
    return Waits(
        n=len(known), median_s=quantile(known, 0.5), p90_s=quantile(known, 0.9),
        longest_s=max(known, default=None), over=share_of(sum(w > target_s for w in known), len(known)))


def waiting_now(visits: Sequence[Visit], *, now_ms: int, at_least_s: float = 0.0) -> list[Waiting]:
    """Who waits at ``now_ms`` for at least that long, the longest first.

    Somebody who missed a call and was restored waits since the number was given.
    """
    found = [
        Waiting(v.number, v.service, v.lane, max(0, now_ms - v.issued_ms) / 1000)
        for v in visits if v.state == "waiting"
    ]
    return sorted((w for w in found if w.waited_s >= at_least_s), key=lambda w: -w.waited_s)
