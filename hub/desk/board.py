"""The floor as others see it: tickets in replies, and the retained states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timezone
from typing import Any

from hub.queueing.events import Counter, Ticket
from hub.queueing.floor import Floor
from hub.queueing.hall import Desk
from hub.queueing.life import TicketState
from wire import messages as m
from wire.codec import iso

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Signs:
    """What is written on the doors: names by service and by counter, in the site's languages.

    ``public_url`` is where citizens reach the web pages, without a slash at the end; empty: nowhere.
    """

    services: Mapping[str, Texts]
    counters: Mapping[int, Texts]
    zone: timezone
    public_url: str = ""
    upcoming: int = 3


class View:
    """Draws the floor for the wire."""

    def __init__(self, signs: Signs) -> None:
        self._signs = signs

    def time(self, at_ms: int) -> str:
        """A moment as the contract writes it."""
        return iso(at_ms, self._signs.zone)

    def ticket(self, floor: Floor, ticket: Ticket) -> m.Ticket:
        """A ticket for a reply; states and events never carry its public address."""
        counters = floor.counters_for(ticket.service)
        at = ticket.counter if ticket.state in (TicketState.CALLED, TicketState.SERVING) else None
        zone = self._zone(floor, at or (counters[0] if counters else 0))
        public_url = self._signs.public_url
        track = f"{public_url}/t/{ticket.code}" if public_url and ticket.code else None
        return m.Ticket(
            id=ticket.id, number=ticket.number, service=ticket.service, lane=ticket.lane,
            issued_at=self.time(ticket.issued_at_ms), ahead=floor.ahead_of(ticket), wait=None,
            counters=counters, zone=zone or None, track=track, state=ticket.state.value, stage=ticket.stage)

    @staticmethod
    def _zone(floor: Floor, n: int) -> str:
        desk = floor.hall.by_desk.get(n)
        return desk.zone if desk else ""

    def services(self, floor: Floor) -> dict[str, Any]:
        """``state/services`` without its head."""
        return {"services": [
            m.ServiceState(
                service=s.id, series=s.series, names=dict(self._signs.services.get(s.id, {})),
                open=not s.closed, why="closed" if s.closed else None,
                waiting=floor.line.count((s.id,)), wait=None, lanes=list(floor.hall.lanes))
            for s in floor.hall.services
        ]}

    def board(self, floor: Floor) -> dict[str, Any]:
        """``state/board`` without its head."""
        return {
            "calls": [
                m.BoardCall(call=c.call, at=self.time(c.at_ms), ticket=c.ticket, number=c.number,
                            lane=c.lane, counter=c.counter, zone=self._zone(floor, c.counter), times=c.times)
                for c in floor.calls
            ],
            "counters": [self._board_counter(floor, desk) for desk in floor.hall.desks],
            "upcoming": [
                m.Upcoming(service=s.id, numbers=[
                    floor.tickets[t].number for t in floor.line.first(s.id, self._signs.upcoming)])
                for s in floor.hall.services
            ],
            "waiting": {s.id: floor.line.count((s.id,)) for s in floor.hall.services},
            "notices": [],
        }

    def _board_counter(self, floor: Floor, desk: Desk) -> m.BoardCounter:
        counter = floor.counters[desk.n]
        there = floor.tickets[counter.ticket] if counter.ticket else None
        return m.BoardCounter(
            counter=desk.n, zone=desk.zone, open=counter.mode == "open", why=_why(counter),
            stage=_stage(there), number=there.number if there else None,
            lane=there.lane if there else None, names=dict(self._signs.counters.get(desk.n, {})))

    def counter(self, floor: Floor, desk: Desk) -> dict[str, Any]:
        """``state/counter/<n>`` without its head."""
        counter = floor.counters[desk.n]
        there = floor.tickets[counter.ticket] if counter.ticket else None
        return {
            "counter": desk.n, "zone": desk.zone, "open": counter.mode == "open", "why": _why(counter),
            "stage": _stage(there),
            "ticket": there and m.CounterTicket(
                id=there.id, number=there.number, service=there.service, lane=there.lane),
            "last": counter.last and m.LastFinished(
                id=counter.last.ticket, number=counter.last.number,
                finished_at=self.time(counter.last.finished_at_ms)),
            "callable": floor.callable_at(counter),
        }

    def every_state(self, floor: Floor) -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
        """All retained states: topic below the site's prefix → message type and fields."""
        states: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
            "state/services": (m.ServicesState, self.services(floor)),
            "state/board": (m.BoardState, self.board(floor)),
        }
        for desk in floor.hall.desks:
            states[f"state/counter/{desk.n}"] = (m.CounterState, self.counter(floor, desk))
        return states


def _why(counter: Counter) -> Any:
    return None if counter.mode == "open" else counter.mode


def _stage(there: Ticket | None) -> Any:
    return "idle" if there is None else there.state.value
