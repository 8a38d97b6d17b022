"""The visits of one day as the journal's projections keep them, read on connections of their own.

Rule 1: this is the only place that knows the columns; a statistic sees ``Visit``.
Rule 2: reading never waits for the hub's writing, nor the other way round (SQLite's WAL).
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

import msgspec

FILE = "journal.db"


@dataclass(frozen=True, slots=True)
class Visit:
    """One number and what became of it. Times are ms since 1970 (UTC), durations seconds.

    ``wait_s`` runs from the number to the first call, ``None`` while nobody called it. ``lane`` and
    ``state`` are the codes of the contract.
    """

    ticket: str
    day: str
    number: str
    service: str
    lane: str
    state: str
    issued_ms: int
    counter: int | None = None
    wait_s: float | None = None
    service_s: float | None = None
    finished_ms: int | None = None
    score: int | None = None


_COLUMNS = ("ticket, day, number, service, lane, state, issued_ms, counter, wait_s, service_s,"
            " finished_ms, score")


class Archive:
    """The journal's file, opened for reading only; any thread may ask.

    ``sqlite3.Error`` where the file can not be read: the hub has not made it, or the disk fails.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._local = threading.local()

    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None,
                                 timeout=1.0)
            db.execute("PRAGMA query_only = ON")
            self._local.db = db
        return db

    def day(self) -> str | None:
        """The day that was opened last, as ``2026-11-22``; ``None`` in a new journal."""
        row = self._db().execute(
            "SELECT payload FROM events WHERE event = 'day-opened' ORDER BY seq DESC LIMIT 1").fetchone()
        return str(msgspec.json.decode(row[0])["day"]) if row else None

    def visits(self, day: str) -> list[Visit]:
        """The visits of a day, in the order of their numbers' issue."""
        rows = self._db().execute(
            f"SELECT {_COLUMNS} FROM visits WHERE day = ? ORDER BY seq", [day])  # noqa: S608 (our own names)
        return [Visit(*row) for row in rows]

    def visit(self, ticket: str) -> Visit | None:
        """One visit of any day."""
        row = self._db().execute(
            f"SELECT {_COLUMNS} FROM visits WHERE ticket = ?", [ticket]).fetchone()  # noqa: S608 (our own names)
        return Visit(*row) if row else None

    def ticket_of_code(self, code: str) -> str | None:
        """The ticket that a public code belongs to, while it is known."""
        row = self._db().execute("SELECT ticket FROM codes WHERE code = ?", [code]).fetchone()
        return str(row[0]) if row else None

    def code_of_ticket(self, ticket: str) -> str | None:
        """The public code of a ticket, while it is known."""
        row = self._db().execute("SELECT code FROM codes WHERE ticket = ?", [ticket]).fetchone()
        return str(row[0]) if row else None

    def clock_steps(self) -> list[tuple[int, float]]:
        """When, and by how many seconds, the clock was put right since the day was opened."""
        db = self._db()
        first = db.execute("SELECT max(seq) FROM events WHERE event = 'day-opened'").fetchone()[0]
        rows = db.execute(
            "SELECT at_ms, payload FROM events WHERE seq >= ? AND event = 'clock-adjusted' ORDER BY seq",
            [first or 0])
        return [(int(at), float(msgspec.json.decode(payload)["step_s"])) for at, payload in rows]
