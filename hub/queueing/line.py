"""The line of those who wait, ranked by the office's order of calling.

An order is one function from (lane, queue time, order of issue) to a rank; the lowest is called
first. A new order is a function and one line in ``ORDERS``.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hub.queueing.events import Ticket

Rank = tuple[int, int, int]
Entry = tuple[Rank, str]


def lane_then_time(lane: int, queued_ms: int, order: int) -> Rank:
    """Later lanes first, within a lane who came first. It may starve the normal lane, and says so."""
    return (-lane, queued_ms, order)


def first_come(lane: int, queued_ms: int, order: int) -> Rank:
    """Who came first, whatever the lane."""
    return (0, queued_ms, order)


ORDERS: dict[str, Callable[[int, int, int], Rank]] = {
    "lane-then-time": lane_then_time,
    "first-come": first_come,
}


@dataclass(slots=True)
class Line:
    """Who waits, by service, each list in the order of calling."""

    order: str
    lanes: tuple[str, ...]
    by_service: dict[str, list[Entry]] = field(default_factory=dict)

    def _entry(self, ticket: Ticket) -> Entry:
        # A lane that the settings no longer name ranks as the first of them.
        lane = self.lanes.index(ticket.lane) if ticket.lane in self.lanes else 0
        return ORDERS[self.order](lane, ticket.queued_ms, ticket.order), ticket.id

    def join(self, ticket: Ticket) -> None:
        """Let a ticket wait, at the place its queue time gives it."""
        insort(self.by_service.setdefault(ticket.service, []), self._entry(ticket))

    def leave(self, ticket: Ticket) -> None:
        """Take a waiting ticket out of the line."""
        entries = self.by_service[ticket.service]
        at = bisect_left(entries, self._entry(ticket))
        if at == len(entries) or entries[at][1] != ticket.id:
            raise LookupError(f"{ticket.number} does not wait for {ticket.service}")
        del entries[at]

    def next_of(self, services: Iterable[str]) -> str | None:
        """The id of the ticket to be called next among these services, or ``None``."""
        heads = [entries[0] for s in services if (entries := self.by_service.get(s))]
        return min(heads)[1] if heads else None

    def ahead(self, ticket: Ticket, services: Iterable[str]) -> int:
        """How many of these services would be called before ``ticket``."""
        entry = self._entry(ticket)
        return sum(bisect_left(self.by_service.get(s, ()), entry) for s in services)

    def count(self, services: Iterable[str]) -> int:
        """How many wait for these services."""
        return sum(len(self.by_service.get(s, ())) for s in services)

    def first(self, service: str, n: int) -> list[str]:
        """The ids of the next ``n`` tickets of one service."""
        return [ticket for _, ticket in self.by_service.get(service, ())[:n]]

    def everyone(self) -> list[str]:
        """The ids of all who wait, in the order of calling."""
        return [t for _, t in sorted(e for entries in self.by_service.values() for e in entries)]
