"""What each command asks of the rules, and what its reply adds: one method a command.

Rule 1: a method turns a checked message into one call of a rule; it decides nothing itself.
Rule 2: ids and salts are made here, and handed to the rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec import UnsetType

from hub.desk.board import View
from hub.desk.ids import Ids
from hub.desk.principal import Principal
from hub.journal.journal import Journal
from hub.queueing import offline, rules
from hub.queueing.events import Event, Moment, NumbersReserved, Ticket, TicketCalled
from hub.queueing.floor import Floor
from hub.queueing.rules import NOT_TOLD, Refused, Seen
from wire.codes import Role

LONGEST_AGE_S = 86_400.0
"""No ticket of today is older; a clock that says more is wrong, and may be so by any number."""


@dataclass(frozen=True, slots=True)
class Case:
    """One command as a rule sees it."""

    floor: Floor
    now: Moment
    who: Principal
    command: Any
    contact_ms: int | None = None
    """When the hub last heard of this device, in office time."""


@dataclass(slots=True)
class Finding:
    """What a rule found: events, and what the reply adds once they are applied."""

    events: list[Event]
    adds: Callable[[Floor], dict[str, Any]]
    private: list[tuple[int, bytes, str]] = field(default_factory=list)
    """(place among the events, salt, text) of free text that lies outside the chain."""
    reprint: str | None = None
    """The ticket of which a copy is wanted."""


def told_or_none(value: Any) -> Any:
    """The field's value, or ``None`` where the sender left it out."""
    return None if isinstance(value, UnsetType) else value


def _seen(value: str | UnsetType | None) -> Seen:
    return NOT_TOLD if isinstance(value, UnsetType) else value


class Acts:
    """The commands that this version carries out."""

    def __init__(self, *, view: View, journal: Journal, ids: Ids) -> None:
        self._view, self._journal, self._ids = view, journal, ids
        self.built: dict[str, Callable[[Case], Finding]] = {
            "take-ticket": self._take_ticket,
            "cancel-ticket": self._cancel_ticket,
            "restore": self._restore,
            "open-counter": self._open_counter,
            "pause-counter": self._pause_counter,
            "close-counter": self._close_counter,
            "call-next": self._call_next,
            "call-ticket": self._call_ticket,
            "recall": self._recall,
            "start-service": self._start_service,
            "finish": self._finish,
            "no-show": self._no_show,
            "rate": self._rate,
            "reserve-numbers": self._reserve_numbers,
            "report-tickets": self._report_tickets,
            "reprint": self._reprint,
            "ticket-printed": self._ticket_printed,
            "print-failed": self._print_failed,
        }
        """From a command's name to what it does."""

    def _shows(self, name: str | None) -> Callable[[Floor], dict[str, Any]]:
        def adds(floor: Floor) -> dict[str, Any]:
            ticket = floor.find(name) if name is not None else None
            return {"ticket": self._view.ticket(floor, ticket) if ticket else None}
        return adds

    @staticmethod
    def _at(case: Case) -> Ticket | None:
        counter = case.floor.counters.get(case.command.counter)
        return case.floor.tickets.get(counter.ticket) if counter and counter.ticket else None

    def _take_ticket(self, case: Case) -> Finding:
        told = case.command
        if told_or_none(told.then):
            raise Refused("not-supported", "then")
        ticket, code = self._ids.ticket(case.now.at_ms), self._ids.code()
        events = rules.take_ticket(
            case.floor, case.now, ticket=ticket, code=code, device=case.who.device, service=told.service,
            lane=told_or_none(told.lane), channel=told_or_none(told.channel), language=told_or_none(told.language),
            procedure=told_or_none(told.procedure))
        return Finding(events, self._shows(ticket))

    def _own_name(self, case: Case) -> str:
        """The ticket that is meant; only staff may name it by its number."""
        name: str = case.command.ticket
        if case.who.role in (Role.KIOSK, "phone") and name not in case.floor.tickets:
            raise Refused("unknown-ticket", name)
        return name

    def _cancel_ticket(self, case: Case) -> Finding:
        name = self._own_name(case)
        return Finding(rules.cancel_ticket(case.floor, case.now, ticket=name), self._shows(name))

    def _restore(self, case: Case) -> Finding:
        name = case.command.ticket
        return Finding(rules.restore(case.floor, case.now, ticket=name), self._shows(name))

    def _open_counter(self, case: Case) -> Finding:
        told = case.command
        clerk = case.who.user if case.who.user_role == "clerk" else told_or_none(told.clerk)
        services = told_or_none(told.services)
        events = rules.open_counter(
            case.floor, case.now, counter=told.counter, clerk=clerk,
            services=None if services is None else tuple(services))
        return Finding(events, lambda floor: {"counter": told.counter})

    def _pause_counter(self, case: Case) -> Finding:
        told = case.command
        events = rules.pause_counter(case.floor, case.now, counter=told.counter, reason=told_or_none(told.reason))
        return Finding(events, lambda floor: {"counter": told.counter})

    def _close_counter(self, case: Case) -> Finding:
        told = case.command
        events = rules.close_counter(case.floor, case.now, counter=told.counter, reason=told_or_none(told.reason))
        return Finding(events, lambda floor: {"counter": told.counter})

    def _call_next(self, case: Case) -> Finding:
        told = case.command
        events = rules.call_next(case.floor, case.now, counter=told.counter, service=told_or_none(told.service),
                                 seen=_seen(told.at_counter))
        called = next((e.ticket for e in events if isinstance(e, TicketCalled)), None)
        return Finding(events, self._shows(called))

    def _call_ticket(self, case: Case) -> Finding:
        told = case.command
        events = rules.call_ticket(case.floor, case.now, counter=told.counter, ticket=told.ticket,
                                   seen=_seen(told.at_counter))
        return Finding(events, self._shows(told.ticket))

    def _there_with_times(self, case: Case, events: list[Event]) -> Finding:
        there = self._at(case)
        assert there is not None
        shows = self._shows(there.id)
        return Finding(events, lambda floor: {**shows(floor), "times": floor.tickets[there.id].calls})

    def _recall(self, case: Case) -> Finding:
        return self._there_with_times(case, rules.recall(case.floor, case.now, counter=case.command.counter))

    def _start_service(self, case: Case) -> Finding:
        events = rules.start_service(case.floor, case.now, counter=case.command.counter)
        return self._there_with_times(case, events)

    def _finish(self, case: Case) -> Finding:
        told = case.command
        events = rules.finish(case.floor, case.now, counter=told.counter, seen=_seen(told.at_counter),
                              outcome=told_or_none(told.outcome) or "not-stated")
        there = self._at(case)
        return Finding(events, self._shows(there.id if there else None))

    def _no_show(self, case: Case) -> Finding:
        told = case.command
        events = rules.no_show(case.floor, case.now, counter=told.counter, seen=_seen(told.at_counter))
        there = self._at(case)
        return Finding(events, self._shows(there.id if there else None))

    def _rate(self, case: Case) -> Finding:
        told = case.command
        ticket, counter = told_or_none(told.ticket), told_or_none(told.counter)
        if ticket is None and counter is None:
            raise Refused("bad-message", "ticket / counter = ?")
        name = rules.visit_to_rate(case.floor, ticket=ticket, counter=counter)
        comment = told_or_none(told.comment)
        salt = self._ids.salt() if comment else b""
        hashed = hashlib.sha256(salt + comment.encode()).hexdigest() if comment else None
        events = rules.rate(
            case.floor, case.now, ticket=name, score=told.score, past=self._past(case, name),
            reasons=told_or_none(told.reasons), comment_hash=hashed, channel=told_or_none(told.channel))
        private = [(0, salt, comment)] if comment else []
        return Finding(events, lambda floor: {"counted": True}, private)

    def _past(self, case: Case, name: str) -> rules.PastVisit | None:
        if name in case.floor.tickets:
            return None
        past = self._journal.past_visit(name)
        if past is not None and case.who.role == Role.TABLET and past.counter != case.who.counter:
            raise Refused("not-allowed", f"{case.who.device}: rate")
        return past

    # -- numbers that a kiosk gives by itself, and paper -----------------------------------------

    def _reserve_numbers(self, case: Case) -> Finding:
        told = case.command
        events = offline.reserve_numbers(
            case.floor, case.now, device=case.who.device, service=told.service, count=told.count,
            next_day=told_or_none(told.day) == "next")
        kept = next(e for e in events if isinstance(e, NumbersReserved))
        return Finding(events, lambda floor: {"numbers": kept.numbers, "day": kept.day})

    def _report_tickets(self, case: Case) -> Finding:
        given = [
            offline.Given(
                id=t.id, number=t.number, service=t.service, lane=t.lane, code=t.code, day=t.day,
                age_ms=None if t.age_s is None else round(min(t.age_s, LONGEST_AGE_S) * 1000),
                instead_of=told_or_none(t.instead_of))
            for t in case.command.tickets
        ]
        unknown = (g.id for g in given if g.id not in case.floor.tickets)
        before = frozenset(name for name in unknown if self._journal.past_visit(name) is not None)
        report = offline.report_tickets(
            case.floor, case.now, device=case.who.device, tickets=given, known_before=before,
            contact_ms=case.contact_ms)
        return Finding(report.events, lambda floor: {
            "accepted": [self._view.ticket(floor, floor.tickets[name]) for name in report.accepted],
            "rejected": [{"id": name, "why": why} for name, why in report.rejected]})

    def _reprint(self, case: Case) -> Finding:
        ticket = case.floor.find(case.command.ticket)
        if ticket is None:
            raise Refused("unknown-ticket", case.command.ticket)
        return Finding([], self._shows(ticket.id), reprint=ticket.id)

    def _ticket_printed(self, case: Case) -> Finding:
        name = case.command.ticket
        return Finding(offline.printed(case.floor, case.now, ticket=name), self._shows(name))

    def _print_failed(self, case: Case) -> Finding:
        told = case.command
        events = offline.print_failed(case.floor, case.now, ticket=told.ticket, error=told_or_none(told.error))
        return Finding(events, self._shows(told.ticket))
