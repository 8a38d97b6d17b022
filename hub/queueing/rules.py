"""What may be done, and what then happens: one function a command, events out, or ``Refused``.

Rule 1: a function looks at the floor and changes nothing; a refused command leaves no trace.
Rule 2: the order of checks is the contract's: unknown service, counter, ticket; who is at the
counter; then what state they are in.
Rule 3: what is already so is no fault and no event.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TypedDict

from hub.queueing import events as ev
from hub.queueing.events import Block, Counter, Event, Moment, Ticket
from hub.queueing.floor import Floor
from hub.queueing.life import TicketState


class Refused(Exception):
    """The rules say no. ``code`` is the contract's; ``about`` names the value that is wrong."""

    def __init__(self, code: str, about: object = None) -> None:
        super().__init__(code if about is None else f"{code}: {about}")
        self.code = code
        self.about = about


class Sight(Enum):
    """Stands for "the sender did not say whom they saw at the counter"."""

    NOT_TOLD = "not told"


Seen = str | None | Sight
NOT_TOLD = Sight.NOT_TOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVisit:
    """A visit of an earlier day, as far as a rating needs it."""

    ticket: str
    number: str
    service: str
    lane: str
    counter: int | None
    finished_at_ms: int | None
    rated: bool


# -- shared looks ---------------------------------------------------------------------------------

def _counter(floor: Floor, n: int) -> Counter:
    if n not in floor.hall.by_desk:
        raise Refused("unknown-counter", n)
    return floor.counters[n]


def _ticket(floor: Floor, name: str) -> Ticket:
    ticket = floor.find(name)
    if ticket is None:
        raise Refused("unknown-ticket", name)
    return ticket


def _check_service(floor: Floor, service: str) -> None:
    if service not in floor.hall.by_service:
        raise Refused("unknown-service", service)


def _check_seen(counter: Counter, seen: Seen) -> None:
    if not isinstance(seen, Sight) and seen != counter.ticket:
        raise Refused("counter-changed", counter.n)


def _check_not_closed(counter: Counter) -> None:
    if counter.mode == "closed":
        raise Refused("counter-closed", counter.n)


def _someone_at(floor: Floor, counter: Counter) -> Ticket:
    _check_not_closed(counter)
    if counter.ticket is None:
        raise Refused("counter-idle", counter.n)
    return floor.tickets[counter.ticket]


def _refuse_waiting_only(ticket: Ticket) -> None:
    """The refusal of a ticket that had to wait, and does not."""
    raise Refused("counter-busy" if ticket.state is TicketState.SERVING else "not-waiting", ticket.number)


class _About(TypedDict):
    """The fields that each event about a ticket carries."""

    ticket: str
    number: str
    service: str
    lane: str


def _about(ticket: Ticket | PastVisit) -> _About:
    return {
        "ticket": ticket.id if isinstance(ticket, Ticket) else ticket.ticket,
        "number": ticket.number, "service": ticket.service, "lane": ticket.lane,
    }


# -- taking a number ------------------------------------------------------------------------------

def take_ticket(
    floor: Floor, now: Moment, *, ticket: str, code: str, device: str, service: str,
    lane: str | None = None, channel: str | None = None, language: str | None = None,
    procedure: str | None = None,
) -> list[Event]:
    """A number for ``service``; ``ticket`` and ``code`` are new ids, handed in."""
    _check_service(floor, service)
    if floor.hall.by_service[service].closed:
        raise Refused("service-closed", service)
    n = floor.hall.after(floor.series.get(service, 0))
    while floor.hall.number(service, n) in floor.by_number:  # a kiosk gave it by itself
        n = floor.hall.after(n)
    return [ev.TicketIssued(
        ticket=ticket, number=floor.hall.number(service, n), service=service,
        lane=lane or floor.hall.lanes[0], n=n, code=code, device=device, channel=channel,
        language=language, procedure=procedure,
    )]


def cancel_ticket(floor: Floor, now: Moment, *, ticket: str) -> list[Event]:
    """Somebody who waits goes away."""
    found = _ticket(floor, ticket)
    if found.state is TicketState.CANCELLED:
        return []
    if found.state is not TicketState.WAITING:
        _refuse_waiting_only(found)
    return [ev.TicketCancelled(**_about(found))]


def restore(floor: Floor, now: Moment, *, ticket: str) -> list[Event]:
    """Somebody who missed the call waits again, at the old place."""
    found = _ticket(floor, ticket)
    if found.state is TicketState.WAITING:
        return []
    if found.state is not TicketState.MISSED:
        _refuse_waiting_only(found)
    return [ev.TicketRestored(**_about(found))]


# -- the counter ----------------------------------------------------------------------------------

def open_counter(
    floor: Floor, now: Moment, *, counter: int, clerk: str | None = None,
    services: tuple[str, ...] | None = None,
) -> list[Event]:
    """Open, or go on. Without a clerk the one who is there stays; likewise the services."""
    for service in services or ():
        _check_service(floor, service)
    desk = _counter(floor, counter)
    clerk = clerk or desk.clerk
    services = desk.services if services is None else tuple(dict.fromkeys(services))
    if desk.mode == "open" and desk.clerk == clerk and desk.services == services:
        return []
    return [ev.CounterOpened(counter=counter, clerk=clerk, services=services)]


def pause_counter(floor: Floor, now: Moment, *, counter: int, reason: str | None = None) -> list[Event]:
    """Stop calling for a while; whoever is at the counter stays."""
    desk = _counter(floor, counter)
    _check_not_closed(desk)
    return [] if desk.mode == "paused" else [ev.CounterPaused(counter=counter, reason=reason)]


def close_counter(floor: Floor, now: Moment, *, counter: int, reason: str | None = None) -> list[Event]:
    """End; not while somebody is at the counter."""
    desk = _counter(floor, counter)
    if desk.mode == "closed":
        return []
    if desk.ticket is not None:
        raise Refused("counter-busy", counter)
    return [ev.CounterClosed(counter=counter, reason=reason)]


def _finished(floor: Floor, now: Moment, ticket: Ticket, outcome: str) -> list[Event]:
    """The end of a visit. One that was called but not started counts as served since its last call."""
    assert ticket.counter is not None
    fields = _about(ticket)
    events: list[Event] = []
    started = ticket.started_mono_ms
    if ticket.state is TicketState.CALLED:
        started = ticket.called_mono_ms
        events.append(ev.ServiceStarted(
            **fields, counter=ticket.counter, started_at_ms=ticket.called_at_ms, started_mono_ms=started))
    events.append(ev.ServiceFinished(
        **fields, counter=ticket.counter, outcome=outcome, clerk=floor.counters[ticket.counter].clerk,
        service_s=_seconds(now.mono_ms - started)))
    return events


def _seconds(ms: int) -> float:
    return max(0, ms) / 1000


def _called(floor: Floor, now: Moment, ticket: Ticket, counter: Counter) -> Event:
    return ev.TicketCalled(
        **_about(ticket),
        counter=counter.n, call=floor.call + 1, times=1, clerk=counter.clerk,
        wait_s=_seconds(now.mono_ms - ticket.queued_ms))


def call_next(
    floor: Floor, now: Moment, *, counter: int, service: str | None = None, seen: Seen = NOT_TOLD,
) -> list[Event]:
    """Finish whoever is at the counter and call whoever is next; it opens a paused counter.

    With nobody waiting it only finishes; at an idle counter that is ``nobody-waiting``.
    """
    if service is not None:
        _check_service(floor, service)
    desk = _counter(floor, counter)
    _check_seen(desk, seen)
    _check_not_closed(desk)
    last = desk.last_call_ms
    if isinstance(seen, Sight) and last is not None and now.mono_ms - last < floor.hall.call_guard_ms:
        raise Refused("counter-busy", counter)
    served = floor.services_of(desk)
    if service is not None:
        served = (service,) if service in served else ()
    chosen = floor.line.next_of(served)
    if chosen is None and desk.ticket is None:
        raise Refused("nobody-waiting", counter)
    events: list[Event] = []
    if desk.ticket is not None:
        events += _finished(floor, now, floor.tickets[desk.ticket], "not-stated")
    if desk.mode == "paused":
        events.append(ev.CounterOpened(counter=counter, clerk=desk.clerk, services=desk.services))
    if chosen is not None:
        events.append(_called(floor, now, floor.tickets[chosen], desk))
    return events


def call_ticket(floor: Floor, now: Moment, *, counter: int, ticket: str, seen: Seen = NOT_TOLD) -> list[Event]:
    """Call one who waits, out of turn, to an open and idle counter."""
    desk = _counter(floor, counter)
    found = _ticket(floor, ticket)
    _check_seen(desk, seen)
    if found.state is TicketState.CALLED and desk.ticket == found.id:
        return []
    if desk.mode != "open":
        raise Refused("counter-closed", counter)
    if desk.ticket is not None:
        raise Refused("counter-busy", counter)
    if found.state is not TicketState.WAITING:
        _refuse_waiting_only(found)
    return [_called(floor, now, found, desk)]


def recall(floor: Floor, now: Moment, *, counter: int) -> list[Event]:
    """Call the person again who was called and has not come yet."""
    ticket = _someone_at(floor, _counter(floor, counter))
    if ticket.state is TicketState.SERVING:
        raise Refused("counter-busy", ticket.number)
    return [ev.TicketRecalled(
        **_about(ticket),
        counter=counter, call=floor.call + 1, times=ticket.calls + 1)]


def start_service(floor: Floor, now: Moment, *, counter: int) -> list[Event]:
    """The person called has come."""
    ticket = _someone_at(floor, _counter(floor, counter))
    if ticket.state is TicketState.SERVING:
        return []
    return [ev.ServiceStarted(
        **_about(ticket),
        counter=counter, started_at_ms=now.at_ms, started_mono_ms=now.mono_ms)]


def finish(
    floor: Floor, now: Moment, *, counter: int, outcome: str = "not-stated", seen: Seen = NOT_TOLD,
) -> list[Event]:
    """The visit at the counter is over."""
    desk = _counter(floor, counter)
    _check_seen(desk, seen)
    return _finished(floor, now, _someone_at(floor, desk), outcome)


def no_show(floor: Floor, now: Moment, *, counter: int, seen: Seen = NOT_TOLD) -> list[Event]:
    """Nobody came to the call."""
    desk = _counter(floor, counter)
    _check_seen(desk, seen)
    ticket = _someone_at(floor, desk)
    if ticket.state is TicketState.SERVING:
        raise Refused("counter-busy", ticket.number)
    return [ev.TicketMissed(
        **_about(ticket),
        counter=counter, times=ticket.calls)]


# -- rating ---------------------------------------------------------------------------------------

def visit_to_rate(floor: Floor, *, ticket: str | None, counter: int | None) -> str:
    """The ticket id that a rating is about: the one named, or the last finished at the counter."""
    if ticket is not None:
        return ticket
    assert counter is not None
    last = _counter(floor, counter).last
    if last is None:
        raise Refused("not-finished", counter)
    return last.ticket


def rate(
    floor: Floor, now: Moment, *, ticket: str, score: int, past: PastVisit | None = None,
    reasons: list[str] | None = None, comment_hash: str | None = None, channel: str | None = None,
) -> list[Event]:
    """How satisfied somebody was. ``past`` is the visit's record where it is none of today's."""
    today = floor.tickets.get(ticket)
    if today is not None:
        past = PastVisit(
            ticket=today.id, number=today.number, service=today.service, lane=today.lane,
            counter=today.counter, rated=today.rated,
            finished_at_ms=today.finished_at_ms if today.state is TicketState.FINISHED else None)
    if past is None:
        raise Refused("unknown-ticket", ticket)
    if past.finished_at_ms is None or past.counter is None:
        raise Refused("not-finished", past.number)
    if past.rated or past.ticket in floor.rated_before:
        raise Refused("already-rated", past.number)
    if now.at_ms - past.finished_at_ms > floor.hall.rating_window_ms:
        raise Refused("too-late", past.number)
    return [ev.VisitRated(
        **_about(past),
        counter=past.counter, score=score, reasons=list(reasons or ()), comment_hash=comment_hash,
        channel=channel)]


# -- the office itself --------------------------------------------------------------------------------------

def turn_of_day(floor: Floor, now: Moment) -> list[Event]:
    """Close the day that is over and open the new one; nothing while the date is the same.

    Who waits, is held or missed expires; who is at a counter stays there, under the old day;
    open counters stay open. A clock that went back opens no day twice.
    """
    day = floor.hall.day_of(now.at_ms)
    if floor.day is not None and day <= floor.day:
        return []
    events: list[Event] = []
    if floor.day is not None:
        events.append(ev.DayClosed(day=floor.day))
        over = (TicketState.WAITING, TicketState.HELD, TicketState.MISSED)
        events += [
            ev.TicketExpired(**_about(t))
            for t in floor.tickets.values() if t.state in over
        ]
    at_counters = (TicketState.CALLED, TicketState.SERVING)
    events.append(ev.DayOpened(
        day=day, utc_offset_min=floor.hall.utc_offset_min,
        counters=[replace(c) for c in floor.counters.values()],
        tickets=[replace(t) for t in floor.tickets.values() if t.state in at_counters],
        blocks=_blocks_of(floor, day), call=floor.call, order=floor.order))
    if floor.day is None and floor.hall.open_at_start:
        events += [ev.CounterOpened(counter=desk.n) for desk in floor.hall.desks]
    return events


def _blocks_of(floor: Floor, day: str) -> list[Block]:
    """The numbers that were kept for a day before it came."""
    kept: dict[tuple[str, str], list[str]] = {}
    for (of_day, service), numbers in floor.blocks.items():
        for number, device in numbers.items() if of_day == day else ():
            kept.setdefault((device, service), []).append(number)
    return [Block(device, service, day, numbers) for (device, service), numbers in kept.items()]


def leftovers(floor: Floor, now: Moment) -> list[Event]:
    """The end of visits at counters that the settings no longer have: nobody else could end them."""
    gone = [c for n, c in floor.counters.items() if n not in floor.hall.by_desk and c.ticket is not None]
    return [e for c in gone if c.ticket for e in _finished(floor, now, floor.tickets[c.ticket], "not-stated")]
