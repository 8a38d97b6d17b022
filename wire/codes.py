"""The closed lists of the contract: refusals, states, reasons, roles and who may send what."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Refusal(StrEnum):
    """Why a command was refused. A refused command changed nothing."""

    BAD_MESSAGE = "bad-message"
    TOO_LARGE = "too-large"
    NOT_SUPPORTED = "not-supported"
    NOT_ALLOWED = "not-allowed"
    UNKNOWN_SERVICE = "unknown-service"
    UNKNOWN_COUNTER = "unknown-counter"
    UNKNOWN_TICKET = "unknown-ticket"
    SERVICE_CLOSED = "service-closed"
    OUTSIDE_HOURS = "outside-hours"
    LIMIT_REACHED = "limit-reached"
    COUNTER_CLOSED = "counter-closed"
    COUNTER_BUSY = "counter-busy"
    COUNTER_IDLE = "counter-idle"
    COUNTER_CHANGED = "counter-changed"
    NOBODY_WAITING = "nobody-waiting"
    NOT_WAITING = "not-waiting"
    NOT_FINISHED = "not-finished"
    ALREADY_RATED = "already-rated"
    TOO_LATE = "too-late"
    STORAGE_FAILED = "storage-failed"


class Role(StrEnum):
    """What a device is for, from the site's settings."""

    KIOSK = "kiosk"
    COUNTER = "counter"
    TABLET = "tablet"
    PRINTER = "printer"
    TV = "tv"
    LED = "led"
    GUIDE = "guide"
    DESK = "desk"
    INTEGRATION = "integration"


TicketStateCode = Literal[
    "waiting", "called", "serving", "held", "missed", "finished", "cancelled", "expired"
]
CounterStage = Literal["idle", "called", "serving"]
ClosedWhy = Literal["paused", "closed", "hours", "cut-off", "limit", "roster", "holiday"]
Channel = Literal["kiosk", "tablet", "phone", "desk", "paper", "api"]
Paper = Literal["ok", "low", "out", "unknown"]

OUTCOMES = ("received", "returned", "advised", "documents-missing", "late-result", "other", "not-stated")
"""Outcomes of a visit that every site has; a site may add its own."""
PAUSE_REASONS = ("break", "meeting", "paperwork", "helping", "fault", "other")

COUNTER_COMMANDS = (
    "open-counter", "pause-counter", "close-counter", "call-next", "call-ticket", "recall",
    "start-service", "finish", "no-show", "hold", "resume", "transfer", "walk-up", "undo",
)
_STAFF = ("take-ticket", "set-lane", "restore", "cancel-ticket", "postpone", "reprint", "answer-help")

MAY_SEND: dict[Role, frozenset[str]] = {
    Role.KIOSK: frozenset({
        "take-ticket", "reserve-numbers", "report-tickets", "cancel-ticket", "postpone", "check-in",
        "rate", "answer-survey", "request-help", "ticket-printed", "print-failed", "lookup-missed",
    }),
    Role.COUNTER: frozenset({*COUNTER_COMMANDS, "request-help"}),
    Role.TABLET: frozenset({"rate", "answer-survey"}),
    Role.PRINTER: frozenset({"ticket-printed", "print-failed"}),
    Role.GUIDE: frozenset(_STAFF),
    Role.DESK: frozenset(_STAFF),
    Role.TV: frozenset(),
    Role.LED: frozenset(),
    Role.INTEGRATION: frozenset(),
}
"""The commands of each role. A clerk or a head who is signed in at a desk may send more."""

NEEDS_NO_BEAT = frozenset({"rate", "report-tickets", "ticket-printed", "print-failed"})
"""Commands that are right however late they come."""
