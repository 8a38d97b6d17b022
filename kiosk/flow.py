"""One person at the kiosk, from the touch to the number: what comes next, and what is to be done.

Rule 1: it is pure: time, ids and answers are handed in; what is to be done comes out, in order.
Rule 2: what people see follows from ``stage`` alone, so a touch changes the screen before the hub knows of it.
Rule 3: a number that paper did not carry stays on the glass until it could be read and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from kiosk.stages import (
    AskHub,
    CallGuide,
    Choosing,
    Effect,
    GiveReserved,
    PrintSlip,
    Sorry,
    Sound,
    Stage,
    Taken,
    Waiting,
)
from wire.messages import Ticket

SHOW_S = 8.0
"""A number stays on the screen for so long."""
SHOW_LONGER_S = 25.0
"""So long where the paper failed and the person has to remember it, or has somebody write it down."""
PRINTING_S = 15.0
"""A number whose slip is still being printed stays at most for so long."""
SORRY_S = 12.0
GUARD_S = 2.0
"""A press within this time after a number came is the same impatient finger."""
GUARD_PRINTING_S = 5.0
"""On a machine without a screen, also while the slip is not out yet, at most for so long."""
SETTLE_S = 0.6
"""After a touch closed a screen, the second tap of the same finger must not hit what comes up under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is true of this kiosk: its languages (the first for everybody), lanes in rising rank, whether it
    has a printer and a screen of its own, and after how many seconds of silence it starts anew."""

    languages: tuple[str, ...] = ("vi", "en")
    lanes: tuple[str, ...] = ("normal", "priority")
    prints: bool = True
    screen: bool = True
    idle_s: float = 60.0


@dataclass(slots=True)
class Flow:
    """The state of one kiosk towards the person before it. ``new_id`` makes ids of commands.

    ``lost``: the hub is silent. ``closed``: services that give no number now, and why. ``paper_out``: the
    printer said so. ``guide_called``: the hub has called somebody.
    """

    place: Place
    new_id: Callable[[], str]
    stage: Stage = field(default_factory=lambda: Choosing(float("-inf")))
    language: str = ""
    lost: bool = False
    closed: Mapping[str, str] = field(default_factory=dict)
    paper_out: bool = False
    guide_called: bool = False

    def __post_init__(self) -> None:
        self.language = self.language or self.place.languages[0]

    # -- what a person does

    def chosen(self, service: str, now: float, *, spare: bool, by_button: bool = False) -> list[Effect]:
        """A service was touched or its button pressed; ``spare``: a reserved number of it is at hand."""
        if not self._listens(now, by_button):
            return []
        if why := self.closed.get(service, ""):
            return self._sorry(why, service, now)
        if not self.place.screen and self.paper_out:
            return self._sorry("no-paper", service, now)      # nobody would ever see the number
        lanes, choosing = self.place.lanes, self.stage
        wants = isinstance(choosing, Choosing) and choosing.priority and len(lanes) > 1
        lane = lanes[-1] if wants else lanes[0]
        if self.lost and spare:
            self.stage = Waiting(service, lane, "", now)
            return [GiveReserved(service, lane, "")]
        self.stage = Waiting(service, lane, self.new_id(), now)
        return [AskHub(self.stage.command, service, lane, self.language)]

    def _listens(self, now: float, by_button: bool) -> bool:
        match self.stage:
            case Choosing():
                return by_button or now >= self.stage.settled_at
            case Taken(since=since, paper=paper):
                held = paper == "printing" and not self.place.screen and now < since + GUARD_PRINTING_S
                return by_button and now >= since + GUARD_S and not held
            case Sorry(since=since):
                return by_button and now >= since + SETTLE_S
        return False

    def speak(self, now: float) -> list[Effect]:
        """The button for the next language; it changes no number."""
        languages = self.place.languages
        at = languages.index(self.language) if self.language in languages else -1
        self.language = languages[(at + 1) % len(languages)]
        self._touched(now)
        return []

    def ask_priority(self, now: float) -> list[Effect]:
        """The button "I need priority": on, or off again."""
        if isinstance(self.stage, Choosing):
            self.stage = replace(self.stage, since=now, priority=not self.stage.priority)
        return []

    def turn_page(self, page: int, now: float) -> list[Effect]:
        """Another page of services."""
        if isinstance(self.stage, Choosing):
            self.stage = replace(self.stage, since=now, page=max(0, page))
        return []

    def ask_guide(self, now: float) -> list[Effect]:
        """The button "I do not know what to choose": examples to read, and somebody is called."""
        if not isinstance(self.stage, Choosing) or self.stage.guide or now < self.stage.settled_at:
            return []
        self.stage = replace(self.stage, since=now, guide=True, page=0)
        return [CallGuide()]

    def back(self, now: float) -> list[Effect]:
        """The button that closes what is shown."""
        match self.stage:
            case Choosing(guide=True):
                self.stage = replace(self.stage, since=now, guide=False, page=0, settled_at=now + SETTLE_S)
            case Taken(since=since) if now >= since + GUARD_S:
                self._rest(now + SETTLE_S)
            case Sorry(since=since) if now >= since + SETTLE_S:
                self._rest(now + SETTLE_S)
        return []

    # -- what became of it

    def given(self, command: str, ticket: Ticket, now: float) -> list[Effect]:
        """The hub gave a number. Too late an answer changes nothing: the hub takes that number back."""
        if not self._waits_for(command):
            return []
        return self._taken(ticket, now, reserved=False)

    def refused(self, command: str, why: str, now: float) -> list[Effect]:
        """The hub refused; ``why`` is a refusal of the contract."""
        if not self._waits_for(command) or not isinstance(self.stage, Waiting):
            return []
        if why in ("too-late", "storage-failed"):
            return self.silent(command, now)      # it could not, rather than would not
        return self._sorry(why, self.stage.service, now)

    def silent(self, command: str, now: float) -> list[Effect]:
        """The hub said nothing in time."""
        if not self._waits_for(command) or not isinstance(self.stage, Waiting):
            return []
        waiting = self.stage
        self.stage = replace(waiting, command="", since=now)
        return [GiveReserved(waiting.service, waiting.lane, command)]

    def reserved(self, ticket: Ticket | None, now: float) -> list[Effect]:
        """A reserved number is on the disk as given; ``None``: there is none."""
        if not isinstance(self.stage, Waiting) or self.stage.command:
            return []
        if ticket is None:
            return self._sorry("no-number", self.stage.service, now)
        return self._taken(ticket, now, reserved=True)

    def shown_again(self, ticket: Ticket, now: float, *, reserved: bool) -> list[Effect]:
        """The power failed while somebody took this number, and they stand here still."""
        return self._taken(ticket, now, reserved=reserved)

    def printed(self, ticket: str, error: str | None, now: float) -> list[Effect]:
        """A slip is out, or failed with ``error``; it may be of a person who left."""
        stage = self.stage
        if not isinstance(stage, Taken) or stage.ticket.id != ticket:
            return []
        if error is None:
            self.stage = replace(stage, paper="done", until=max(stage.since + SHOW_S, now + 3.0))
        elif stage.paper == "printing":
            out = self.paper_out or "paper" in error
            self.stage = replace(stage, paper="out" if out else "failed", until=now + SHOW_LONGER_S)
            return [Sound("sorry")]
        return []

    def tick(self, now: float) -> list[Effect]:
        """Time passes: what was shown long enough goes."""
        if now >= self.next_at():
            self._rest(0.0)
        return []

    def next_at(self) -> float:
        """When ``tick`` has something to do."""
        stage = self.stage
        if isinstance(stage, Taken | Sorry):
            return stage.until
        if isinstance(stage, Choosing) and not self._resting():
            return stage.since + self.place.idle_s
        return float("inf")

    # -- inside

    def _resting(self) -> bool:
        stage = self.stage
        plain = isinstance(stage, Choosing) and not (stage.page or stage.guide or stage.priority)
        return plain and self.language == self.place.languages[0]

    def _waits_for(self, command: str) -> bool:
        return isinstance(self.stage, Waiting) and bool(command) and self.stage.command == command

    def _touched(self, now: float) -> None:
        if isinstance(self.stage, Choosing):
            self.stage = replace(self.stage, since=now)

    def _taken(self, ticket: Ticket, now: float, *, reserved: bool) -> list[Effect]:
        if not self.place.prints:
            self.stage = Taken(ticket, reserved, now, now + SHOW_S, "none")
            return [Sound("taken")]
        until = now + (SHOW_LONGER_S if self.paper_out else PRINTING_S)
        self.stage = Taken(ticket, reserved, now, until, "out" if self.paper_out else "printing")
        # Without paper it is handed over all the same: the printer alone says that it failed, and to whom.
        return [PrintSlip(ticket), Sound("taken")]

    def _sorry(self, why: str, service: str, now: float) -> list[Effect]:
        self.stage = Sorry(why, service, now, now + SORRY_S)
        return [Sound("sorry")]

    def _rest(self, settled_at: float) -> None:
        self.stage = Choosing(float("-inf"), settled_at=settled_at)
        self.language = self.place.languages[0]
        self.guide_called = False
