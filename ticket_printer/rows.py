"""A slip is a row with an end: one SQLite file, each change on the disk before the call returns.

waiting → sending → printed, or failed. A slip that was being sent when the power went, or the printer, is unknown:
it is printed once more with the mark of a copy, or fails. Whoever asked for it is told of each end.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ticket_printer.errors import RowsFailed

_log = logging.getLogger(__name__)

State = Literal["waiting", "sending", "unknown", "printed", "failed"]
REMEMBERED = 1000
"""So many ended ids are kept, and printed no second time."""

_TABLE = """
CREATE TABLE IF NOT EXISTS slips (
    place       INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    ticket      BLOB NOT NULL,
    copy        INTEGER NOT NULL,
    language    TEXT,
    put_ms      INTEGER NOT NULL,
    until_ms    INTEGER,
    state       TEXT NOT NULL,
    sent        INTEGER NOT NULL DEFAULT 0,
    error       TEXT,
    told        INTEGER NOT NULL DEFAULT 0
)"""
_COLUMNS = "id, ticket, copy, language, put_ms, until_ms, state, sent, error, told"


@dataclass(frozen=True, slots=True)
class Row:
    """One slip. ``ticket`` is its JSON; times are wall clock in ms; ``sent`` counts how often it was begun;
    ``told``: whoever asked for it has heard of its end."""

    id: str
    ticket: bytes
    copy: bool
    language: str | None
    put_ms: int
    until_ms: int | None
    state: State
    sent: int
    error: str | None
    told: bool


class Rows:
    """The slips of one printer. Any thread may call; every method may raise ``RowsFailed``.

    A file that is no database is set aside as ``<name>.broken``. Where the disk no longer takes a change, what is
    known goes on in memory: a number must come out although nothing can be kept.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._one = threading.Lock()
        self.on_disk = True
        try:
            self._disk = self._open()
        except sqlite3.OperationalError as wrong:
            raise RowsFailed(f"{path}: {wrong}; is the disk full, or mounted for reading only?") from wrong
        except sqlite3.DatabaseError as wrong:
            aside = Path(f"{path}.broken")
            _log.error("%s is damaged (%s); it is set aside as %s", path, wrong, aside)
            for ending in ("", "-wal", "-shm"):
                if (part := Path(f"{path}{ending}")).exists():
                    part.replace(f"{aside}{ending}")
            self._disk = self._open()

    def _open(self) -> sqlite3.Connection:
        disk = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=5.0)
        try:
            disk.execute("PRAGMA journal_mode = WAL")
            disk.execute("PRAGMA synchronous = FULL")      # a printer is switched off at the wall
            disk.execute(_TABLE)
            disk.execute("SELECT count(*) FROM slips").fetchone()
        except sqlite3.DatabaseError:
            disk.close()
            raise
        return disk

    def put(self, row: Row) -> Row | None:
        """Keep a new slip; the row that is there already where that id is known, and then nothing changes."""
        with self._one:
            found = self._read("WHERE id = ?", row.id)
            if found:
                return found[0]
            self._write(f"INSERT INTO slips ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 -- columns' names of ours
                        row.id, row.ticket, row.copy, row.language, row.put_ms, row.until_ms, row.state, row.sent,
                        row.error, row.told)
            return None

    def open_slips(self) -> list[Row]:
        """All without an end, oldest first."""
        with self._one:
            return self._read("WHERE state IN ('waiting', 'sending', 'unknown') ORDER BY place")

    def untold(self) -> list[Row]:
        """Ended ones of which nobody was told, oldest first."""
        with self._one:
            return self._read("WHERE state IN ('printed', 'failed') AND told = 0 ORDER BY place")

    def sending(self, slip_id: str) -> None:
        """Its first byte leaves now."""
        self._change("state = 'sending', sent = sent + 1", slip_id)

    def unknown(self, slip_id: str, error: str) -> None:
        """It may or may not have come out."""
        self._change("state = 'unknown', error = ?", slip_id, error)

    def printed(self, slip_id: str) -> None:
        """It is on paper."""
        self._change("state = 'printed', error = NULL", slip_id)

    def failed(self, slip_id: str, error: str) -> None:
        """It did not come out and will not."""
        self._change("state = 'failed', error = ?", slip_id, error)

    def told(self, slip_id: str) -> None:
        """Whoever asked for it knows its end. Ends beyond the last thousand are forgotten."""
        self._change("told = 1", slip_id)
        with self._one:
            self._write("DELETE FROM slips WHERE told = 1 AND state IN ('printed', 'failed') AND place <= "
                        "(SELECT max(place) FROM slips) - ?", REMEMBERED)

    def untell(self, slip_id: str) -> None:
        """Somebody asks again: tell its end again."""
        self._change("told = 0", slip_id)

    def recover(self) -> None:
        """At a start: what was being sent when the last run ended is unknown."""
        with self._one:
            self._write("UPDATE slips SET state = 'unknown', error = 'interrupted' WHERE state = 'sending'")

    def close(self) -> None:
        """Close the file."""
        with self._one:
            self._disk.close()

    def _change(self, what: str, slip_id: str, *values: object) -> None:
        with self._one:
            self._write(f"UPDATE slips SET {what} WHERE id = ?", *values, slip_id)  # noqa: S608 -- words of ours

    def _read(self, where: str, *values: object) -> list[Row]:
        try:
            found = self._disk.execute(f"SELECT {_COLUMNS} FROM slips {where}", values).fetchall()  # noqa: S608 -- columns' names of ours
        except sqlite3.Error as wrong:
            raise RowsFailed(f"{self._path}: {wrong}; is the disk broken?") from wrong
        return [Row(id=r[0], ticket=bytes(r[1]), copy=bool(r[2]), language=r[3], put_ms=r[4], until_ms=r[5], state=r[6],
                    sent=r[7], error=r[8], told=bool(r[9])) for r in found]

    def _write(self, statement: str, *values: Any) -> None:
        try:
            self._disk.execute(statement, values)
        except sqlite3.OperationalError as wrong:
            if not self.on_disk:
                raise RowsFailed(f"{self._path}: {wrong}") from wrong
            _log.error("%s: %s; slips go on, but a power cut would now forget them: make room on the disk",
                       self._path, wrong)
            self._disk, self.on_disk = self._in_memory(), False
            self._disk.execute(statement, values)

    def _in_memory(self) -> sqlite3.Connection:
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        memory.execute(_TABLE)
        kept = self._disk.execute(f"SELECT place, {_COLUMNS} FROM slips").fetchall()  # noqa: S608 -- columns' names of ours
        memory.executemany(f"INSERT INTO slips (place, {_COLUMNS}) VALUES ({', '.join('?' * 11)})", kept)  # noqa: S608 -- names of ours
        self._disk.close()
        return memory
