"""What happened: the hub's own record of it, with all that it must remember.

One class an event, past tense. What may leave the hub is less; the contract's ``wire.events``
says which fields travel. Times in ``_ms`` are milliseconds since 1970 (UTC).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from hub.queueing.life import TicketState


class Moment(NamedTuple):
    """Now: wall time, and office time that never steps, both in ms.

    ``mono_ms`` goes on across restarts by the time the hub was away, so a duration is always a
    difference of two of them.
    """

    at_ms: int
    mono_ms: int


@dataclass(slots=True, kw_only=True)
class Ticket:
    """One number given to one person, for one service.

    ``queued_ms`` is the office time that ranks it; ``order`` breaks ties; ``code`` is the public one;
    ``printed`` is what a printer said of its slip (``printed``, ``failed``), if anything; ``calls`` counts the
    calls and recalls of the present call.
    """

    id: str
    number: str
    service: str
    lane: str
    day: str
    device: str
    issued_at_ms: int
    queued_ms: int
    order: int
    code: str = ""
    state: TicketState = TicketState.WAITING
    counter: int | None = None
    calls: int = 0
    called_at_ms: int = 0
    called_mono_ms: int = 0
    started_mono_ms: int = 0
    finished_at_ms: int = 0
    rated: bool = False
    printed: str | None = None
    stage: int = 1


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers kept for one kiosk, service and day, for when it can not reach the hub."""

    device: str
    service: str
    day: str
    numbers: list[str]


@dataclass(frozen=True, slots=True)
class Finished:
    """Who was finished last at a counter."""

    ticket: str
    number: str
    finished_at_ms: int


@dataclass(slots=True, kw_only=True)
class Counter:
    """One desk: its mode (``open``, ``paused``, ``closed``), its clerk, and who is at it.

    ``services`` is what it serves today where that differs from the settings, else ``None``.
    """

    n: int
    mode: str = "closed"
    clerk: str | None = None
    services: tuple[str, ...] | None = None
    ticket: str | None = None
    last: Finished | None = None
    last_call_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened and is, or will be, on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOpened(Event):
    """A day began. It carries all that crosses days, so that a start replays from here.

    ``utc_offset_min`` is the office's zone, so that hours can be counted from the journal alone.
    """

    day: str
    utc_offset_min: int = 420
    counters: list[Counter] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    call: int = 0
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClosed(Event):
    """A day ended."""

    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterOpened(Event):
    """A counter began or went on; ``services`` where they differ from the settings."""

    counter: int
    clerk: str | None = None
    services: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPaused(Event):
    """A counter stopped calling for a while."""

    counter: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterClosed(Event):
    """A counter ended."""

    counter: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEvent(Event):
    """An event about a ticket."""

    ticket: str
    number: str
    service: str
    lane: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketIssued(TicketEvent):
    """A number was given; ``n`` is its place in the series, ``code`` the public one.

    One that a kiosk gave by itself and reported later has ``queued_ms`` and ``issued_at_ms`` of its
    own, ``n`` 0, the command it stands for in ``instead_of``, and in ``flags`` what is odd about its
    number: ``not-reserved``, ``number-held``.
    """

    n: int
    code: str
    device: str
    channel: str | None = None
    language: str | None = None
    procedure: str | None = None
    queued_ms: int | None = None
    issued_at_ms: int | None = None
    instead_of: str | None = None
    flags: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersReserved(Event):
    """Numbers were kept for one kiosk."""

    device: str
    service: str
    day: str
    numbers: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPrinted(TicketEvent):
    """The slip is on paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintFailed(TicketEvent):
    """The slip did not come out."""

    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtCounter(TicketEvent):
    """An event about a ticket at a counter."""

    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCalled(AtCounter):
    """A person was called; ``call`` numbers all calls of the office for ever."""

    call: int
    times: int
    wait_s: float
    clerk: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecalled(AtCounter):
    """The same person was called again."""

    call: int
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStarted(AtCounter):
    """Service began, at ``started_at_ms``: now, or the last call where it was taken as served."""

    started_at_ms: int
    started_mono_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFinished(AtCounter):
    """The visit is over."""

    outcome: str
    service_s: float
    clerk: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMissed(AtCounter):
    """Nobody came to the call."""

    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRestored(TicketEvent):
    """Somebody who missed the call waits again, at the old place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCancelled(TicketEvent):
    """The person went away before being called.

    ``reported``: nobody went; a kiosk's report says that this number was replaced by another.
    """

    reported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketExpired(TicketEvent):
    """The day ended before the person was served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRated(AtCounter):
    """Somebody said how satisfied they were; free text lies outside, only its hash is here."""

    score: int
    reasons: list[str] = field(default_factory=list)
    comment_hash: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAdjusted(Event):
    """The wall clock stepped by ``step_s`` seconds; durations leave it out."""

    step_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged(Event):
    """The office's settings are others than at the last start; ``digest`` is their SHA-256."""

    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Event):
    """Somebody signed in at a page."""

    user: str
    address: str | None = None


def name_of(kind: type[Event]) -> str:
    """The event's name on the wire: ``TicketCalled`` is ``ticket-called``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


NAMES: dict[type[Event], str] = {
    kind: name_of(kind)
    for kind in (
        DayOpened, DayClosed, NumbersReserved, TicketPrinted, PrintFailed,
        CounterOpened, CounterPaused, CounterClosed, TicketIssued, TicketCalled,
        TicketRecalled, ServiceStarted, ServiceFinished, TicketMissed, TicketRestored, TicketCancelled,
        TicketExpired, VisitRated, ClockAdjusted, SettingsChanged, SignedIn,
    )
}
EVENTS: dict[str, type[Event]] = {name: kind for kind, name in NAMES.items()}


@dataclass(frozen=True, slots=True)
class Record:
    """An event at its place: ``seq`` is gapless within the journal's epoch."""

    seq: int
    at_ms: int
    mono_ms: int
    event: Event
    device: str | None = None
    command_id: str | None = None
