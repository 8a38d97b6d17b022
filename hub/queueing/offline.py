"""Numbers that a kiosk gives while it can not reach the hub: kept for it before, reported after.

Rule 1: a number on paper is never taken back; a report that is odd is accepted and flagged.
Rule 2: a reported ticket waits where it would have waited, but never before the hub last heard of
the kiosk: it could not have been given earlier.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from hub.queueing import events as ev
from hub.queueing.events import Event, Moment
from hub.queueing.floor import Floor
from hub.queueing.life import TicketState
from hub.queueing.rules import Refused

_DAY_MS = 86_400_000


def reserve_numbers(
    floor: Floor, now: Moment, *, device: str, service: str, count: int, next_day: bool = False,
) -> list[Event]:
    """Keep up to ``count`` of the reserved numbers of a service for one kiosk; fewer if fewer are left."""
    if service not in floor.hall.by_service:
        raise Refused("unknown-service", service)
    day = floor.day or floor.hall.day_of(now.at_ms)
    if next_day:
        day = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    first, last = floor.hall.reserved
    taken = floor.blocks.get((day, service), {}).keys() | (floor.by_number.keys() if day == floor.day else set())
    every = (floor.hall.number(service, n) for n in range(first, last + 1))
    numbers = [number for number in every if number not in taken][:count]
    if not numbers:
        raise Refused("limit-reached", service)
    return [ev.NumbersReserved(device=device, service=service, day=day, numbers=numbers)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One ticket that a kiosk gave by itself; ``age_ms`` is how long ago, ``None``: it can not tell."""

    id: str
    number: str
    service: str
    lane: str
    code: str
    day: str
    age_ms: int | None
    instead_of: str | None = None


@dataclass(slots=True)
class Report:
    """What comes of a report: events, the ids that are accepted, and what is rejected with its refusal."""

    events: list[Event] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)


def report_tickets(
    floor: Floor, now: Moment, *, device: str, tickets: list[Given], contact_ms: int | None,
    known_before: frozenset[str] = frozenset(),
) -> Report:
    """Take over what a kiosk gave by itself, in the order of its report.

    ``contact_ms`` is when the hub last heard of the kiosk, in office time; ``known_before`` are the
    ids among them that the journal knows from earlier days.
    """
    report = Report()
    numbers = dict(floor.by_number)
    given_up: set[str] = set()
    for given in tickets:
        why = _why_not(floor, given, known_before)
        if why is not None:
            report.rejected.append((given.id, why))
            continue
        report.accepted.append(given.id)
        if given.id in floor.tickets or given.id in report.accepted[:-1]:
            continue
        if given.instead_of is not None and given.instead_of not in given_up:
            given_up.add(given.instead_of)  # two papers may stand for one command; it is taken back once
            report.events += _instead(floor, device, given.instead_of)
        report.events.append(_issued(floor, now, device, given, contact_ms, numbers))
        numbers.setdefault(given.number, given.id)
    return report


def _why_not(floor: Floor, given: Given, known_before: frozenset[str]) -> str | None:
    if given.id in floor.tickets:
        return None
    service = floor.hall.by_service.get(given.service)
    if service is None:
        return "unknown-service"
    digits = given.number[1:]
    well_formed = given.number[:1] == service.series and digits.isascii() and digits.isdigit() and len(digits) >= 3
    if not well_formed or given.lane not in floor.hall.lanes:
        return "bad-message"
    if given.id in known_before or given.day < (floor.day or ""):
        return "too-late"
    return None if given.day == floor.day else "bad-message"


def _instead(floor: Floor, device: str, command_id: str) -> list[Event]:
    """Cancel what the command that a kiosk gave up had issued, if it still waits."""
    other = floor.tickets.get(floor.taken_by.get((device, command_id), ""))
    if other is None or other.state is not TicketState.WAITING:
        return []
    return [ev.TicketCancelled(
        ticket=other.id, number=other.number, service=other.service, lane=other.lane, reported=True)]


def _issued(
    floor: Floor, now: Moment, device: str, given: Given, contact_ms: int | None, numbers: dict[str, str],
) -> Event:
    flags = []
    queued = now.mono_ms
    if floor.blocks.get((given.day, given.service), {}).get(given.number) == device:
        # Nobody was given a number of today before today, however wrong the kiosk's clock is.
        earliest = now.mono_ms - (now.at_ms + floor.hall.utc_offset_min * 60_000) % _DAY_MS
        if contact_ms is not None:
            earliest = max(earliest, contact_ms)
        if given.age_ms is not None:
            queued = max(earliest, now.mono_ms - given.age_ms)
        elif contact_ms is not None:
            queued = earliest
    else:
        flags.append("not-reserved")
    if given.number in numbers:
        flags.append("number-held")
    queued = min(queued, now.mono_ms)
    return ev.TicketIssued(
        ticket=given.id, number=given.number, service=given.service, lane=given.lane, n=0, code=given.code,
        device=device, channel="kiosk", queued_ms=queued, issued_at_ms=now.at_ms - (now.mono_ms - queued),
        instead_of=given.instead_of, flags=flags)


def printed(floor: Floor, now: Moment, *, ticket: str) -> list[Event]:
    """A slip is on paper."""
    found = floor.find(ticket)
    if found is None:
        raise Refused("unknown-ticket", ticket)
    return [ev.TicketPrinted(ticket=found.id, number=found.number, service=found.service, lane=found.lane)]


def print_failed(floor: Floor, now: Moment, *, ticket: str, error: str | None = None) -> list[Event]:
    """A slip did not come out."""
    found = floor.find(ticket)
    if found is None:
        raise Refused("unknown-ticket", ticket)
    return [ev.PrintFailed(
        ticket=found.id, number=found.number, service=found.service, lane=found.lane, error=error)]
