"""The office's clock: wall time that never goes back, office time that never steps."""

from __future__ import annotations

from collections.abc import Callable

from hub.queueing.events import Moment

STEP_MS = 2000
"""A difference between wall clock and anchor that is a step, not a drift."""


class OfficeClock:
    """Stamps every event.

    ``wall_ms`` is the machine's time of day, ``mono_ms`` its monotonic clock, both in ms. Between
    two looks at the wall, time is the anchor plus monotonic time; the wall is only believed when it
    has stepped by more than ``STEP_MS``, and then time still never goes back.
    """

    def __init__(self, wall_ms: Callable[[], int], mono_ms: Callable[[], int], *, last: Moment | None) -> None:
        self._wall, self._mono = wall_ms, mono_ms
        wall = wall_ms()
        last = last or Moment(wall, 0)
        # While the hub was away office time went on with the wall, if that did not go back.
        self._office_base = last.mono_ms + max(0, wall - last.at_ms) - mono_ms()
        self._anchor = wall - mono_ms()
        self._latest_ms = last.at_ms

    def now(self) -> Moment:
        """This moment."""
        mono = self._mono()
        self._latest_ms = max(self._latest_ms, self._anchor + mono)
        return Moment(self._latest_ms, self._office_base + mono)

    def step(self) -> float | None:
        """The seconds by which the wall has stepped since the anchor, which then is set anew; or ``None``."""
        off = self._wall() - self._mono() - self._anchor
        if abs(off) <= STEP_MS:
            return None
        self._anchor += off
        return off / 1000


class Beats:
    """The numbers of the hub's heartbeat: they never repeat, a start begins above every earlier one.

    ``stored`` is the ceiling that the last start kept (``None``: none); ``keep`` keeps a new one.
    A restored journal brings back an old ceiling, so the wall clock's seconds count too.
    """

    BLOCK = 50_000
    FRESH_MS = 5000

    def __init__(self, *, stored: int | None, wall_s: int, keep: Callable[[int], None]) -> None:
        self._keep = keep
        self.latest = max(stored or 0, wall_s)
        self._ceiling = self.latest
        self._published: dict[int, int] = {}

    def next(self, mono_ms: int) -> int:
        """The beat to be published now."""
        self.latest += 1
        if self.latest >= self._ceiling:
            self._ceiling = self.latest + self.BLOCK
            self._keep(self._ceiling)
        self._published[self.latest] = mono_ms
        for old in [b for b, at in self._published.items() if mono_ms - at > 2 * self.FRESH_MS]:
            del self._published[old]
        return self.latest

    def is_fresh(self, beat: int, mono_ms: int) -> bool:
        """Whether this hub published that beat within the last 5 s (monotonic)."""
        at = self._published.get(beat)
        return at is not None and mono_ms - at <= self.FRESH_MS
