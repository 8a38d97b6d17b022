"""Visits and hours, kept from events; the same code keeps them live and makes them anew.

Rule 1: a projection reads events and its own rows, nothing else, so a rebuild gives the same.
Rule 2: a visit belongs to the day of its number; an hour's counts to the hour in which it happened.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec

from hub.queueing import events as ev
from hub.queueing.events import Record

TABLES = ("visits", "hours", "codes")
WAIT_BOUNDS_MIN = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120)
"""Upper bounds of the wait-time histogram, in minutes; one more column counts what is longer."""
WAIT_COLUMNS = (*(f"wait_le_{m}" for m in WAIT_BOUNDS_MIN), "wait_over_120")
CODE_DAYS = 8
"""How long a public code is known: the rating window and a day."""


class Projector:
    """Keeps the projections of one journal on one connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._day = ""
        self._offset_ms = 0

    def day_is(self, opened: ev.DayOpened) -> None:
        """Go on in the day that is open already (a start in the middle of a day)."""
        self._day, self._offset_ms = opened.day, opened.utc_offset_min * 60_000

    def apply(self, record: Record) -> None:
        """Let the projections know of one event."""
        keep = _KEEP.get(type(record.event))
        if keep is not None:
            keep(self, record.event, record)

    def clear(self) -> None:
        """Forget everything, before a rebuild."""
        for table in TABLES:
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 (names are this module's own)

    # -- one event each ----------------------------------------------------------------------

    def _hour(self, record: Record, day: str, service: str, **counts: float) -> None:
        hour = (record.at_ms + self._offset_ms) // 3_600_000 % 24
        columns, values = list(counts), list(counts.values())
        self._db.execute(
            _hour_sql(tuple(columns)), [day, hour, service, *values])

    def _day_opened(self, event: ev.DayOpened, record: Record) -> None:
        self.day_is(event)
        first = date.fromisoformat(event.day) - timedelta(days=CODE_DAYS)
        self._db.execute("DELETE FROM codes WHERE day < ?", [first.isoformat()])

    def _issued(self, event: ev.TicketIssued, record: Record) -> None:
        self._db.execute(
            "INSERT INTO visits (seq, ticket, day, number, service, lane, channel, device, language,"
            " procedure, issued_ms, flags) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (record.seq, event.ticket, self._day, event.number, event.service, event.lane, event.channel,
             event.device, event.language, event.procedure,
             record.at_ms if event.issued_at_ms is None else event.issued_at_ms, " ".join(event.flags) or None))
        # A code that a kiosk made up twice leads to the first ticket.
        self._db.execute("INSERT OR IGNORE INTO codes VALUES (?,?,?)", (event.code, event.ticket, self._day))
        self._hour(record, self._day, event.service, issued=1)

    def _own_day(self, ticket: str) -> str:
        return str(self._db.execute("SELECT day FROM visits WHERE ticket = ?", [ticket]).fetchone()[0])

    def _called(self, event: ev.TicketCalled, record: Record) -> None:
        day, wait_s = self._db.execute(
            "SELECT day, wait_s FROM visits WHERE ticket = ?", [event.ticket]).fetchone()
        self._db.execute(
            "UPDATE visits SET state = 'called', counter = ?, clerk = ?, calls = calls + 1, called_ms = ?,"
            " first_called_ms = coalesce(first_called_ms, ?), wait_s = coalesce(wait_s, ?) WHERE ticket = ?",
            (event.counter, event.clerk, record.at_ms, record.at_ms, event.wait_s, event.ticket))
        counts: dict[str, float] = {"called": 1}
        if wait_s is None:
            column = WAIT_COLUMNS[bisect_left(WAIT_BOUNDS_MIN, event.wait_s / 60)]
            counts |= {"wait_n": 1, "wait_sum_s": event.wait_s, column: 1}
        self._hour(record, day, event.service, **counts)

    def _recalled(self, event: ev.TicketRecalled, record: Record) -> None:
        self._db.execute("UPDATE visits SET calls = calls + 1, called_ms = ? WHERE ticket = ?",
                         (record.at_ms, event.ticket))

    def _started(self, event: ev.ServiceStarted, record: Record) -> None:
        self._db.execute("UPDATE visits SET state = 'serving', started_ms = ? WHERE ticket = ?",
                         (event.started_at_ms, event.ticket))

    def _finished(self, event: ev.ServiceFinished, record: Record) -> None:
        self._db.execute(
            "UPDATE visits SET state = 'finished', finished_ms = ?, service_s = ?, outcome = ?, clerk = ?"
            " WHERE ticket = ?",
            (record.at_ms, event.service_s, event.outcome, event.clerk, event.ticket))
        self._hour(record, self._own_day(event.ticket), event.service,
                   served=1, service_n=1, service_sum_s=event.service_s)

    def _state(self, ticket: str, state: str) -> None:
        self._db.execute("UPDATE visits SET state = ? WHERE ticket = ?", (state, ticket))

    def _missed(self, event: ev.TicketMissed, record: Record) -> None:
        self._state(event.ticket, "missed")
        self._hour(record, self._own_day(event.ticket), event.service, missed=1)

    def _restored(self, event: ev.TicketRestored, record: Record) -> None:
        self._state(event.ticket, "waiting")

    def _cancelled(self, event: ev.TicketCancelled, record: Record) -> None:
        self._state(event.ticket, "cancelled")
        self._hour(record, self._own_day(event.ticket), event.service, cancelled=1)

    def _expired(self, event: ev.TicketExpired, record: Record) -> None:
        self._state(event.ticket, "expired")
        self._hour(record, self._own_day(event.ticket), event.service, expired=1)

    def _printed(self, event: ev.TicketPrinted, record: Record) -> None:
        self._db.execute("UPDATE visits SET printed_ms = ?, print_error = NULL WHERE ticket = ?",
                         (record.at_ms, event.ticket))

    def _print_failed(self, event: ev.PrintFailed, record: Record) -> None:
        self._db.execute("UPDATE visits SET print_error = ? WHERE ticket = ?", (event.error or "unknown", event.ticket))

    def _rated(self, event: ev.VisitRated, record: Record) -> None:
        self._db.execute(
            "UPDATE visits SET score = ?, rated_ms = ?, rated_channel = ?, reasons = ? WHERE ticket = ?",
            (event.score, record.at_ms, event.channel,
             msgspec.json.encode(event.reasons).decode() if event.reasons else None, event.ticket))
        self._hour(record, self._own_day(event.ticket), event.service, **{f"rating_{event.score}": 1})


def _hour_sql(columns: tuple[str, ...]) -> str:
    known = _HOUR_SQL.get(columns)
    if known is None:
        marks = ",".join("?" * (3 + len(columns)))
        sums = ", ".join(f"{c} = {c} + excluded.{c}" for c in columns)
        known = _HOUR_SQL[columns] = (
            f"INSERT INTO hours (day, hour, service, {', '.join(columns)}) VALUES ({marks})"  # noqa: S608 (our own names)
            f" ON CONFLICT DO UPDATE SET {sums}")
    return known


_HOUR_SQL: dict[tuple[str, ...], str] = {}
_KEEP: dict[type[ev.Event], Callable[[Projector, Any, Record], None]] = {
    ev.DayOpened: Projector._day_opened,
    ev.TicketIssued: Projector._issued,
    ev.TicketPrinted: Projector._printed,
    ev.PrintFailed: Projector._print_failed,
    ev.TicketCalled: Projector._called,
    ev.TicketRecalled: Projector._recalled,
    ev.ServiceStarted: Projector._started,
    ev.ServiceFinished: Projector._finished,
    ev.TicketMissed: Projector._missed,
    ev.TicketRestored: Projector._restored,
    ev.TicketCancelled: Projector._cancelled,
    ev.TicketExpired: Projector._expired,
    ev.VisitRated: Projector._rated,
}
