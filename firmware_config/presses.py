"""What a finger means and how a lamp blinks, by a clock that is handed in: no pins, no threads.

1. A switch counts as closed or open once its contacts stayed so for a while; what is shorter never was.
2. The answer depends on when the contacts moved, not on when somebody asked.
"""

PATTERNS = ("off", "on", "slow", "fast")
PERIOD_S = {"slow": 1.0, "fast": 0.4}
"""Lit for the first half of each period: 1 Hz, and 2.5 Hz, which is below the 3 Hz of WCAG 2.3.1."""


def lit(pattern: str, at: float) -> bool:
    """Whether a lamp of that pattern is lit at `at` seconds; the same for every lamp, so that they blink in step."""
    period_s = PERIOD_S.get(pattern)
    return pattern == "on" if period_s is None else at % period_s < period_s / 2


class Debounce:
    """What a switch means, from what its contacts do: a state counts once it lasted `stable_s` seconds.

    `see` and `turn` are called in the order of their times.
    """

    def __init__(self, stable_s: float, *, closed: bool = False) -> None:
        self.closed = closed
        self._stable_s = stable_s
        self._seen, self._since = closed, 0.0

    def see(self, closed: bool, at: float) -> None:
        """The contacts are closed, or open, from that time on; first call `turn` with it."""
        if closed != self._seen:
            self._seen, self._since = closed, at

    def due_at(self) -> float | None:
        """When to call `turn`; None while nothing is pending."""
        return None if self._seen == self.closed else self._since + self._stable_s

    def turn(self, at: float) -> bool:
        """Take the state that lasted long enough for the true one; tells whether `closed` changed."""
        due = self.due_at()
        if due is None or at < due:
            return False
        self.closed = self._seen
        return True


class Finger:
    """Presses and holds of one button.

    Without `hold_s` a press counts at once. With it, a press counts on letting go before `hold_s` seconds, and
    what lasts longer is one hold and no press. A button that is down from the start means nothing until let go.
    """

    def __init__(self, stable_s: float, hold_s: float | None, *, closed: bool = False) -> None:
        self._switch = Debounce(stable_s, closed=closed)
        self._hold_s = hold_s
        self._held_at: float | None = None  # when the press that is going on becomes a hold

    def see(self, closed: bool, at: float) -> list[str]:
        """The contacts are closed, or open, from that time on; returns what happened before, as `turn` does."""
        done = self.turn(at)
        self._switch.see(closed, at)
        return done

    def due_at(self) -> float | None:
        """When to call `turn` next; None while nothing is pending."""
        return min((at for at in (self._switch.due_at(), self._held_at) if at is not None), default=None)

    def turn(self, at: float) -> list[str]:
        """What the finger has done by then and was not told yet: "press" and "hold", in order."""
        done: list[str] = []
        while (due := self.due_at()) is not None and due <= at:
            done += self._happens(due)
        return done

    def _happens(self, at: float) -> list[str]:
        if not self._switch.turn(at):
            self._held_at = None
            return ["hold"]
        if self._switch.closed:
            if self._hold_s is None:
                return ["press"]
            self._held_at = at + self._hold_s
            return []
        was_short, self._held_at = self._held_at is not None, None
        return ["press"] if was_short else []
