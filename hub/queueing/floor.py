"""The floor of the office now: its tickets, its counters, its line, its calls.

Rule 1: ``apply`` is the only thing that changes it, and it believes every record: the rules
judged before. Replaying a journal from its last ``day-opened`` gives the same floor again.
Rule 2: who asks gets answers, never the right to change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from hub.queueing import events as ev
from hub.queueing.events import Counter, Finished, Record, Ticket
from hub.queueing.hall import Desk, Hall
from hub.queueing.life import TicketState, move
from hub.queueing.line import Line

CALLS_SHOWN = 20


class Call(NamedTuple):
    """One call or recall, as a wall shows it."""

    call: int
    at_ms: int
    ticket: str
    number: str
    lane: str
    counter: int
    times: int


@dataclass(slots=True)
class Floor:
    """All that the rules need to know of today."""

    hall: Hall
    day: str | None = None
    seq: int = 0
    at_ms: int = 0
    mono_ms: int = 0
    tickets: dict[str, Ticket] = field(default_factory=dict)
    by_number: dict[str, str] = field(default_factory=dict)
    series: dict[str, int] = field(default_factory=dict)
    counters: dict[int, Counter] = field(default_factory=dict)
    line: Line = field(init=False)
    calls: list[Call] = field(default_factory=list)
    call: int = 0
    order: int = 0
    rated_before: set[str] = field(default_factory=set)
    blocks: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """Numbers kept for kiosks: (day, service) → number → device."""
    taken_by: dict[tuple[str, str], str] = field(default_factory=dict)
    """Today's tickets by (device, id of the command that took them)."""
    replaced: set[tuple[str, str]] = field(default_factory=set)
    """(device, command id) of those that a kiosk gave up and replaced by a number of its own."""
    heard_ms: dict[str, int] = field(default_factory=dict)
    """When each device last caused an event today, in office time."""
    _rivals: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self.line = Line(self.hall.order, self.hall.lanes)
        self.counters = {desk.n: Counter(n=desk.n) for desk in self.hall.desks}

    # -- looking ---------------------------------------------------------------------------

    def find(self, name: str) -> Ticket | None:
        """The ticket of that id or, for staff, of that number today."""
        return self.tickets.get(name) or self.tickets.get(self.by_number.get(name, ""))

    def services_of(self, counter: Counter) -> tuple[str, ...]:
        """What a counter serves now."""
        if counter.services is not None:
            return counter.services
        desk = self.hall.by_desk.get(counter.n, Desk(counter.n))
        return desk.services or tuple(self.hall.by_service)

    def counters_for(self, service: str) -> list[int]:
        """The counters that serve a service: those not closed, else all of them."""
        serving = [c for c in self.counters.values() if service in self.services_of(c)]
        return sorted(c.n for c in serving if c.mode != "closed") or sorted(c.n for c in serving)

    def ahead_of(self, ticket: Ticket) -> int:
        """How many would be called before this waiting ticket now, at the counters that serve it."""
        if ticket.state is not TicketState.WAITING:
            return 0
        return self.line.ahead(ticket, self._rivals_of(ticket.service))

    def callable_at(self, counter: Counter) -> int:
        """How many this counter may call now; none while it is closed."""
        return 0 if counter.mode == "closed" else self.line.count(self.services_of(counter))

    def holder(self, clerk: str) -> list[int]:
        """The counters that a clerk holds."""
        return [c.n for c in self.counters.values() if c.clerk == clerk and c.mode != "closed"]

    def _rivals_of(self, service: str) -> tuple[str, ...]:
        known = self._rivals.get(service)
        if known is None:
            shared = {s for n in self.counters_for(service) for s in self.services_of(self.counters[n])}
            known = self._rivals[service] = tuple(sorted(shared | {service}))
        return known

    # -- changing --------------------------------------------------------------------------

    def _counter(self, n: int) -> Counter:
        """The counter, also one that has left the settings since the event was written."""
        return self.counters.setdefault(n, Counter(n=n))

    def apply(self, record: Record) -> None:
        """Let what a record says be so."""
        _APPLY[type(record.event)](self, record.event, record)
        if record.device is not None and not _is_of_a_report(record.event):
            self.heard_ms[record.device] = record.mono_ms
        self.seq, self.at_ms, self.mono_ms = record.seq, record.at_ms, record.mono_ms

    def _moved(self, event: ev.TicketEvent) -> Ticket:
        ticket = self.tickets[event.ticket]
        was, ticket.state = ticket.state, move(ticket.state, ev.NAMES[type(event)])
        if was is TicketState.WAITING and ticket.state is not was:
            self.line.leave(ticket)
        elif ticket.state is TicketState.WAITING and was is not ticket.state:
            self.line.join(ticket)
        return ticket

    def _day_opened(self, event: ev.DayOpened, record: Record) -> None:
        self.day = event.day
        self.tickets = {t.id: replace(t) for t in event.tickets}
        self.by_number, self.series, self.calls = {}, {}, []
        self.line = Line(self.hall.order, self.hall.lanes)
        carried = {c.n: replace(c) for c in event.counters}
        self.counters = {
            desk.n: carried.pop(desk.n) if desk.n in carried else Counter(n=desk.n) for desk in self.hall.desks
        }
        # A counter that left the settings keeps whoever still sits at it, until that visit ends.
        self.counters |= {n: c for n, c in carried.items() if c.ticket}
        for ticket in self.tickets.values():
            if ticket.state is TicketState.WAITING:
                self.line.join(ticket)
        self.call, self.order = event.call, event.order
        self.rated_before, self.replaced, self.taken_by, self.heard_ms = set(), set(), {}, {}
        self.blocks = {}
        for block in event.blocks:
            self._keep_block(block.day, block.service, block.numbers, block.device)
        self._rivals.clear()

    def _counter_opened(self, event: ev.CounterOpened, record: Record) -> None:
        counter = self._counter(event.counter)
        for other in self.counters.values():
            if event.clerk is not None and other.clerk == event.clerk:
                other.clerk = None  # a clerk holds the counter of the last opening, and no other
        counter.mode, counter.clerk, counter.services = "open", event.clerk, event.services
        self._rivals.clear()

    def _counter_paused(self, event: ev.CounterPaused, record: Record) -> None:
        self._counter(event.counter).mode = "paused"
        self._rivals.clear()

    def _counter_closed(self, event: ev.CounterClosed, record: Record) -> None:
        counter = self._counter(event.counter)
        counter.mode, counter.clerk, counter.services = "closed", None, None
        self._rivals.clear()

    def _keep_block(self, day: str, service: str, numbers: list[str], device: str) -> None:
        self.blocks.setdefault((day, service), {}).update(dict.fromkeys(numbers, device))

    def _reserved(self, event: ev.NumbersReserved, record: Record) -> None:
        self._keep_block(event.day, event.service, event.numbers, event.device)

    def _printed(self, event: ev.TicketPrinted, record: Record) -> None:
        self.tickets[event.ticket].printed = "printed"

    def _print_failed(self, event: ev.PrintFailed, record: Record) -> None:
        self.tickets[event.ticket].printed = "failed"

    def _issued(self, event: ev.TicketIssued, record: Record) -> None:
        self.order += 1
        reported = event.queued_ms is not None
        ticket = Ticket(
            id=event.ticket, number=event.number, service=event.service, lane=event.lane,
            day=self.day or "", device=event.device, order=self.order, code=event.code,
            issued_at_ms=record.at_ms if event.issued_at_ms is None else event.issued_at_ms,
            queued_ms=record.mono_ms if event.queued_ms is None else event.queued_ms,
        )
        self.tickets[ticket.id] = ticket
        self.by_number.setdefault(ticket.number, ticket.id)
        if reported:
            ticket.printed = "printed"  # it reports what it printed or showed itself; nobody prints it again
            if event.instead_of is not None:
                self.replaced.add((event.device, event.instead_of))
        else:
            self.series[ticket.service] = event.n
            if record.command_id is not None:
                self.taken_by[event.device, record.command_id] = ticket.id
        self.line.join(ticket)

    def _show_call(self, ticket: Ticket, event: ev.TicketCalled | ev.TicketRecalled, record: Record) -> None:
        ticket.calls, ticket.called_at_ms, ticket.called_mono_ms = event.times, record.at_ms, record.mono_ms
        self.call = event.call
        self.calls.append(Call(event.call, record.at_ms, ticket.id, ticket.number, ticket.lane,
                               event.counter, event.times))
        del self.calls[:-CALLS_SHOWN]

    def _called(self, event: ev.TicketCalled, record: Record) -> None:
        ticket, counter = self._moved(event), self._counter(event.counter)
        ticket.counter, counter.ticket, counter.last_call_ms = counter.n, ticket.id, record.mono_ms
        self._show_call(ticket, event, record)

    def _recalled(self, event: ev.TicketRecalled, record: Record) -> None:
        self._show_call(self._moved(event), event, record)

    def _started(self, event: ev.ServiceStarted, record: Record) -> None:
        self._moved(event).started_mono_ms = event.started_mono_ms

    def _finished(self, event: ev.ServiceFinished, record: Record) -> None:
        ticket, counter = self._moved(event), self._counter(event.counter)
        ticket.finished_at_ms = record.at_ms
        counter.ticket, counter.last = None, Finished(ticket.id, ticket.number, record.at_ms)

    def _missed(self, event: ev.TicketMissed, record: Record) -> None:
        self._moved(event)
        self._counter(event.counter).ticket = None

    def _only_moved(self, event: ev.TicketEvent, record: Record) -> None:
        self._moved(event)

    def _rated(self, event: ev.VisitRated, record: Record) -> None:
        if event.ticket in self.tickets:
            self.tickets[event.ticket].rated = True
        else:
            self.rated_before.add(event.ticket)

    def _nothing_here(self, event: ev.Event, record: Record) -> None:
        pass


def _is_of_a_report(event: ev.Event) -> bool:
    """Whether a kiosk only told later what it did: that was no contact when it was done."""
    return (isinstance(event, ev.TicketIssued) and event.queued_ms is not None) or (
        isinstance(event, ev.TicketCancelled) and event.reported)


_APPLY: dict[type[ev.Event], Callable[[Floor, Any, Record], None]] = {
    ev.DayOpened: Floor._day_opened,
    ev.DayClosed: Floor._nothing_here,
    ev.CounterOpened: Floor._counter_opened,
    ev.CounterPaused: Floor._counter_paused,
    ev.CounterClosed: Floor._counter_closed,
    ev.TicketIssued: Floor._issued,
    ev.NumbersReserved: Floor._reserved,
    ev.TicketPrinted: Floor._printed,
    ev.PrintFailed: Floor._print_failed,
    ev.TicketCalled: Floor._called,
    ev.TicketRecalled: Floor._recalled,
    ev.ServiceStarted: Floor._started,
    ev.ServiceFinished: Floor._finished,
    ev.TicketMissed: Floor._missed,
    ev.TicketRestored: Floor._only_moved,
    ev.TicketCancelled: Floor._only_moved,
    ev.TicketExpired: Floor._only_moved,
    ev.VisitRated: Floor._rated,
    ev.ClockAdjusted: Floor._nothing_here,
    ev.SettingsChanged: Floor._nothing_here,
    ev.SignedIn: Floor._nothing_here,
}


def replay(hall: Hall, records: Iterable[Record]) -> Floor:
    """The floor after these records, which begin with a ``day-opened`` or are none."""
    floor = Floor(hall)
    for record in records:
        floor.apply(record)
    return floor
