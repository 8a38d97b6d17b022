"""What a device must not lose: commands on its own disk until the hub has answered them.

A PUBACK is no durability (the broker may die with the message), so only the hub's reply takes a
command out of here. One SQLite file, each change on the disk before the call returns.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import NamedTuple

from wire.link import LinkError

_log = logging.getLogger(__name__)

_TABLE = """
CREATE TABLE IF NOT EXISTS kept (
    place   INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT NOT NULL UNIQUE,
    payload BLOB NOT NULL
)"""


class OutboxFailed(LinkError, OSError):
    """The device's disk does not take it: what was to be kept is not kept."""


class Kept(NamedTuple):
    """One command that waits for its answer: its id and its bytes as they are sent."""

    id: str
    payload: bytes


class Outbox:
    """The commands of one device that must arrive, oldest first.

    ``path`` is a file, made where it is missing; ``":memory:"`` keeps nothing across a start. A
    file that is no longer a database is set aside as ``<name>.broken``, because a kiosk has to
    start. Used by one thread at a time. Every method may raise ``OutboxFailed``.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = path
        try:
            self._disk = self._open()
        except sqlite3.OperationalError as wrong:
            raise self._failed(wrong) from wrong
        except sqlite3.DatabaseError as wrong:
            aside = Path(f"{path}.broken")
            _log.error("%s is damaged (%s); it is set aside as %s, and what it held is not sent",
                       path, wrong, aside)
            for ending in ("", "-wal", "-shm"):
                if (part := Path(f"{path}{ending}")).exists():
                    part.replace(f"{aside}{ending}")
            self._disk = self._open()

    def _open(self) -> sqlite3.Connection:
        disk = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=5.0)
        try:
            disk.execute("PRAGMA journal_mode = WAL")
            disk.execute("PRAGMA synchronous = FULL")      # a device is switched off at the wall
            disk.execute(_TABLE)
            disk.execute("SELECT count(*) FROM kept").fetchone()
        except sqlite3.DatabaseError:
            disk.close()
            raise
        return disk

    def _failed(self, wrong: sqlite3.Error) -> OutboxFailed:
        return OutboxFailed(f"{self._path}: {wrong}; is the disk full, or mounted for reading only?")

    def put(self, command_id: str, payload: bytes) -> None:
        """Keep a command; on the disk when this returns. The same id again changes nothing."""
        try:
            self._disk.execute("INSERT OR IGNORE INTO kept (id, payload) VALUES (?, ?)",
                               (command_id, payload))
        except sqlite3.Error as wrong:
            raise self._failed(wrong) from wrong

    def done(self, command_id: str) -> None:
        """The hub has answered it."""
        try:
            self._disk.execute("DELETE FROM kept WHERE id = ?", (command_id,))
        except sqlite3.Error as wrong:
            raise self._failed(wrong) from wrong

    def waiting(self) -> list[Kept]:
        """All that wait for an answer, oldest first."""
        try:
            rows = self._disk.execute("SELECT id, payload FROM kept ORDER BY place").fetchall()
        except sqlite3.Error as wrong:
            raise self._failed(wrong) from wrong
        return [Kept(*row) for row in rows]

    def close(self) -> None:
        """Close the file; what waits stays in it."""
        self._disk.close()
