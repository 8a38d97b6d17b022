"""The life of a ticket as one table; an absent row is a move that can not happen.

    waiting ──► called ──► serving ──► finished
       ▲  │        │  ▲        │
       │  │        │  └─ held ◄┘
       │  │        ▼
       └──┼───── missed
          └────► cancelled, expired
"""

from __future__ import annotations

from enum import StrEnum


class TicketState(StrEnum):
    """Where a ticket stands; the codes of the contract."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    HELD = "held"
    MISSED = "missed"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


W, C, S = TicketState.WAITING, TicketState.CALLED, TicketState.SERVING
MOVES: dict[TicketState, dict[str, TicketState]] = {
    W: {"ticket-called": C, "ticket-cancelled": TicketState.CANCELLED, "ticket-expired": TicketState.EXPIRED},
    C: {
        "ticket-recalled": C, "service-started": S, "ticket-missed": TicketState.MISSED,
        "ticket-held": TicketState.HELD, "ticket-transferred": W, "ticket-postponed": W,
    },
    S: {"service-finished": TicketState.FINISHED, "ticket-held": TicketState.HELD, "ticket-transferred": W},
    TicketState.HELD: {"ticket-resumed": C, "ticket-expired": TicketState.EXPIRED},
    TicketState.MISSED: {"ticket-restored": W, "ticket-expired": TicketState.EXPIRED},
    TicketState.FINISHED: {},
    TicketState.CANCELLED: {},
    TicketState.EXPIRED: {},
}
"""For each state, the events that end it and what comes then."""


class IllegalMove(ValueError):
    """An event that can not happen to a ticket in that state: the journal or a rule is wrong."""


def move(state: TicketState, event: str) -> TicketState:
    """The state after ``event``; ``IllegalMove`` names both where the table has no such row."""
    try:
        return MOVES[state][event]
    except KeyError:
        raise IllegalMove(f"{event} can not happen to a ticket that is {state}") from None
