"""The box on a counter: presses, the hub's states and answers in; commands and lamps out. Pure.

Rule 1: one wish, one command. Fast presses of one button are one wish, and while an answer is awaited
nothing else is sent, a call for help excepted.
Rule 2: now or not at all. Without the hub, or too late, a press is refused on the lamp and forgotten.
Rule 3: the lamps show what the hub has said, never what was pressed.

The table of all this is docs/BOX.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wire.commands import CallNext, Command, Finish, NoShow, OpenCounter, PauseCounter, Recall, RequestHelp
from wire.messages import CounterState

BUTTONS = ("next", "recall", "no-show", "finish", "pause")
LAMPS = ("waiting", "calling", "serving", "lost", "refused")

SAME_WISH_S = 0.6
"""A press so soon after one of the same button belongs to it: bounce, or impatience."""
NEXT_REST_S = 2.0
"""After a call that was not refused, ``next`` rests: the person who was called needs time to stand up."""
TOO_LATE_S = 1.0
"""A press that was not looked at for so long (the machine stood still) is not carried out any more."""
ANSWER_S = 3.5
"""An answer is awaited no longer than this; the device itself gives up after 3 s."""
SLOW_ANSWER_S = 0.3
"""From here on the box shows that it waits for an answer."""
REFUSED_S = 1.5
"""How long the lamp ``refused`` blinks."""
IDENTIFY_S = 5.0
"""How long all lamps blink when somebody asks which box this is."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A command whose answer is awaited."""

    id: str
    button: str
    at: float


class Box:
    """One counter's box. All times are monotonic seconds; ``new_id`` makes ids of commands.

    ``press`` and ``hold`` give the command to send now, or ``None``. Whoever sends it tells the answer
    with ``answered``. ``lamps`` says how each lamp is: ``on``, ``off``, ``slow`` or ``fast``.
    """

    def __init__(self, counter: int, new_id: Callable[[], str]) -> None:
        self.counter = counter
        self._new_id = new_id
        self._state: CounterState | None = None
        self._hub_here = False
        self._lost = False
        self._sent: _Sent | None = None
        self._help: _Sent | None = None
        self._pressed_at: dict[str, float] = {}
        self._next_rests_until = float("-inf")
        self._refused_until = float("-inf")
        self._identify_until = float("-inf")

    # -- what is heard

    def hear(self, state: CounterState | None) -> None:
        """The counter's state; an older one than the one at hand is dropped, ``None`` means: no longer known."""
        old = self._state
        if state is None or old is None or state.epoch != old.epoch or state.seq >= old.seq:
            self._state = state

    def hub_found(self) -> None:
        """Fresh beats come."""
        self._hub_here, self._lost = True, False

    def hub_lost(self) -> None:
        """No fresh beat for 5 s."""
        self._hub_here, self._lost = False, True

    def answered(self, command_id: str, ok: bool, now: float) -> None:
        """The hub has answered, or (``ok`` false) has refused, or nobody has answered in time."""
        if self._help is not None and self._help.id == command_id:
            self._help = None
        elif self._sent is not None and self._sent.id == command_id:
            if self._sent.button == "next" and not ok:
                self._next_rests_until = float("-inf")
            self._sent = None
        else:
            return
        if not ok:
            self._refuse(now)

    def identify(self, now: float) -> None:
        """Somebody asks which box this is."""
        self._identify_until = now + IDENTIFY_S

    # -- what is pressed

    def press(self, button: str, *, at: float, now: float) -> Command | None:
        """A finger came down on ``button`` at ``at``; the command to send, if it is a wish of its own."""
        self._forget_unanswered(now)
        before = self._pressed_at.get(button, float("-inf"))
        self._pressed_at[button] = max(at, before)
        if now - at > TOO_LATE_S or not self._hub_here:
            self._refuse(now)
            return None
        if at - before < SAME_WISH_S or (button == "next" and at < self._next_rests_until):
            return None
        if self._sent is not None:
            if self._sent.button != button:
                self._refuse(now)
            return None
        command = self._wish(button)
        if command is None:
            self._refuse(now)
            return None
        self._sent = _Sent(command.id, button, now)
        if button == "next":
            self._next_rests_until = now + NEXT_REST_S
        return command

    def hold(self, button: str, *, at: float, now: float) -> Command | None:
        """``button`` was held down; ``pause`` calls the head, silently. Others do nothing when held."""
        self._forget_unanswered(now)
        if button != "pause" or self._help is not None:
            return None
        if now - at > TOO_LATE_S or not self._hub_here:
            self._refuse(now)
            return None
        command = RequestHelp(id=self._new_id(), place=f"counter-{self.counter}")
        self._help = _Sent(command.id, button, now)
        return command

    def _wish(self, button: str) -> Command | None:
        state, n = self._state, self.counter
        seen: dict[str, Any] = {}               # nothing seen yet: the hub's own guard has to do
        if state is not None:
            seen = {"at_counter": state.ticket.id if state.ticket else None}
        if button == "next":
            return CallNext(id=self._new_id(), counter=n, **seen)
        if button == "recall":
            return Recall(id=self._new_id(), counter=n)
        if button == "no-show":
            return NoShow(id=self._new_id(), counter=n, **seen)
        if button == "finish":
            return Finish(id=self._new_id(), counter=n, **seen)
        if button == "pause" and state is not None:
            kind = PauseCounter if state.open else OpenCounter
            return kind(id=self._new_id(), counter=n)
        return None

    def _refuse(self, now: float) -> None:
        self._refused_until = now + REFUSED_S

    def _forget_unanswered(self, now: float) -> None:
        if self._sent is not None and now - self._sent.at >= ANSWER_S:
            self._sent = None
        if self._help is not None and now - self._help.at >= ANSWER_S:
            self._help = None

    # -- what is shown

    def lamps(self, now: float) -> Mapping[str, str]:
        """How each lamp is at ``now``."""
        if now < self._identify_until:
            return dict.fromkeys(LAMPS, "slow")
        lamps = dict.fromkeys(LAMPS, "off")
        lamps["refused"] = "fast" if now < self._refused_until else "off"
        lamps["lost"] = "on" if self._lost else "off"
        state = self._state
        if state is None or not self._hub_here:
            return lamps
        if state.why == "paused":
            lamps["waiting"] = "slow"
        elif state.open and state.callable > 0:
            lamps["waiting"] = "on"
        if state.stage in ("called", "serving"):
            lamps["calling" if state.stage == "called" else "serving"] = "on"
        if self._sent is not None and SLOW_ANSWER_S <= now - self._sent.at < ANSWER_S:
            lamps["calling"] = "slow"
        return lamps

    def next_at(self, now: float) -> float:
        """When the lamps change by themselves next; infinity where they do not."""
        times = [self._refused_until, self._identify_until]
        if self._sent is not None:
            times += [self._sent.at + SLOW_ANSWER_S, self._sent.at + ANSWER_S]
        return min((at for at in times if at > now), default=float("inf"))
