"""The journal of one office: a SQLite file, one writer.

Rule 1: ``write`` keeps a whole batch or nothing; what it raises says which.
Rule 2: nobody else writes this file while the hub runs; who reads opens it read-only.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.journal import migrate
from hub.journal.projections import Projector
from hub.journal.rows import COLUMNS, GENESIS, to_records, to_row
from hub.queueing import events as ev
from hub.queueing.events import Record
from hub.queueing.rules import PastVisit

FILE = "journal.db"
REPLIES_KEPT_MS = 7 * 86_400_000


class JournalError(Exception):
    """Base class: the journal could not do it."""


class WriteFailed(JournalError, OSError):
    """Nothing of the batch was kept (disk full, busy, read-only). Say so; the same may be sent again."""


class ReadFailed(JournalError, OSError):
    """The file could not be read: the disk fails, or the journal is damaged."""


class CommitUnknown(JournalError, RuntimeError):
    """COMMIT itself failed: whether the batch was kept is only known to the next start."""


@dataclass(slots=True)
class Batch:
    """What one turn of the hub keeps: its events, the replies to accepted commands, free text."""

    records: list[Record] = field(default_factory=list)
    replies: list[tuple[str, str, int, bytes]] = field(default_factory=list)
    private: list[tuple[int, bytes, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.records or self.replies)


def connect(path: Path | str, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection with our settings; it may be used by any one thread at a time."""
    if read_only:
        db = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True, isolation_level=None,
                             check_same_thread=False, timeout=1.0)
        db.execute("PRAGMA query_only = ON")
    else:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1.0)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA cache_size = -4000")
    return db


class Journal:
    """The journal, opened for writing."""

    def __init__(self, db: sqlite3.Connection, *, folder: Path | None = None, min_free_bytes: int = 0) -> None:
        self._db = db
        self._folder = folder
        self._min_free = min_free_bytes
        self._files: list[int] = []
        self._boot = secrets.token_hex(8)
        self._projector = Projector(db)
        self.epoch = ""
        self.seq = 0
        self._prev = GENESIS

    @classmethod
    def open(cls, folder: Path, *, min_free_bytes: int = 0, durable: bool = True) -> Journal:
        """The journal in ``folder``, made or brought up to date (after a backup) as needed.

        ``durable`` false trusts the disk with nothing: only for a journal that can be made again.
        """
        folder.mkdir(parents=True, exist_ok=True)
        journal = cls(connect(folder / FILE), folder=folder, min_free_bytes=min_free_bytes)
        if not durable:
            journal._db.execute("PRAGMA synchronous = OFF")
        migrate.up(journal._db, backups=folder / "backups")
        journal._start()
        return journal

    @classmethod
    def in_memory(cls) -> Journal:
        """A journal that lives as long as the process, for simulations."""
        journal = cls(connect(":memory:"))
        migrate.up(journal._db, backups=None)
        journal._start()
        return journal

    def _start(self) -> None:
        found = self.meta("epoch")
        self.epoch = found or secrets.token_hex(8)
        if found is None:
            self.set_meta("epoch", self.epoch)
        last = self._db.execute("SELECT seq, prev FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        self.seq, self._prev = last or (0, GENESIS)
        self._find_day()

    def _find_day(self) -> None:
        first = next(self.today(), None)
        if first is not None and isinstance(first.event, ev.DayOpened):
            self._projector.day_is(first.event)

    def close(self) -> None:
        """Close the file; the next start finds all that was kept."""
        self._db.close()

    # -- reading, on the writer's own thread ----------------------------------------------------

    def today(self) -> Iterator[Record]:
        """The records from the last ``day-opened`` on: all that a start has to replay."""
        row = self._db.execute("SELECT max(seq) FROM events WHERE event = 'day-opened'").fetchone()
        return to_records(self._db.execute(
            f"SELECT {COLUMNS} FROM events WHERE seq >= ? ORDER BY seq", [row[0] or 0]))  # noqa: S608 (our own column names)

    def last_moment(self) -> ev.Moment | None:
        """When the newest event was, or ``None`` in a new journal."""
        row = self._db.execute("SELECT at_ms, mono_ms FROM events WHERE seq = ?", [self.seq]).fetchone()
        return ev.Moment(*row) if row else None

    def reply_to(self, device: str, command_id: str) -> bytes | None:
        """The reply that was given to this command before; ``ReadFailed`` where that can not be told."""
        row = self._one("SELECT reply FROM replies WHERE device = ? AND id = ?", (device, command_id))
        return row[0] if row else None

    def past_visit(self, ticket: str) -> PastVisit | None:
        """The visit of that ticket, as far as a rating needs it; ``ReadFailed`` where that can not be told."""
        row = self._one("SELECT ticket, number, service, lane, counter, finished_ms, score IS NOT NULL FROM visits"
                        " WHERE ticket = ?", [ticket])
        return row and PastVisit(ticket=row[0], number=row[1], service=row[2], lane=row[3], counter=row[4],
                                 finished_at_ms=row[5], rated=bool(row[6]))

    def _one(self, query: str, values: Sequence[str]) -> Any:
        try:
            return self._db.execute(query, values).fetchone()
        except sqlite3.Error as wrong:
            raise ReadFailed(f"{FILE} could not be read: {wrong}; motcua verify tells more") from wrong

    def is_of_a_phone(self, ticket: str) -> bool:
        """Whether that ticket was taken on a phone."""
        row = self._db.execute("SELECT channel FROM visits WHERE ticket = ?", [ticket]).fetchone()
        return row is not None and row[0] == "phone"

    def ticket_of_code(self, code: str) -> str | None:
        """The ticket that a public code belongs to, while it is known."""
        row = self._db.execute("SELECT ticket FROM codes WHERE code = ?", [code]).fetchone()
        return row[0] if row else None

    def meta(self, key: str) -> str | None:
        """A value that the hub keeps beside its events."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value beside the events, at once; ``WriteFailed`` where it could not be."""
        try:
            self._db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                             (key, value))
        except sqlite3.Error as wrong:
            raise WriteFailed(f"{key} could not be kept: {wrong}") from wrong

    # -- writing --------------------------------------------------------------------------------

    def write(self, batch: Batch) -> None:
        """Keep all of ``batch``, on disk; or raise ``WriteFailed`` (nothing kept) or ``CommitUnknown``."""
        if self._folder is not None and self._min_free:
            free = os.statvfs(self._folder)
            if free.f_flag & os.ST_RDONLY:
                raise WriteFailed(f"{self._folder} is on a disk that allows no writing: look at the disk")
            if free.f_bavail * free.f_frsize < self._min_free:
                raise WriteFailed(f"{self._folder} has less than {self._min_free} bytes free: make room there")
        self._see_the_files()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            prev = self._insert(batch)
        except (sqlite3.Error, OSError) as wrong:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
                self._find_day()
            raise WriteFailed(f"the journal could not be written: {wrong}") from wrong
        self._commit()
        self._prev = prev
        if batch.records:
            self.seq = batch.records[-1].seq

    def _see_the_files(self) -> None:
        """``WriteFailed`` once the files in the folder are no longer those that are open: a file that was deleted
        or replaced under its writer takes all that is written, and all of it is lost with the process."""
        if self._folder is None:
            return
        try:
            found = [(self._folder / name).stat().st_ino for name in (FILE, f"{FILE}-wal")]
        except OSError as wrong:
            raise WriteFailed(f"{wrong.filename} was taken away under the hub: bring it back, or restore a backup and "
                              "start the hub again") from None
        self._files = self._files or found
        if found != self._files:
            raise WriteFailed(f"{self._folder / FILE} was replaced under the hub: start the hub again")

    def _insert(self, batch: Batch) -> bytes:
        rows, prev = [], self._prev
        for record in batch.records:
            row = to_row(record, epoch=self.epoch, boot=self._boot, before=prev)
            rows.append(row)
            prev = row.prev
        self._db.executemany(f"INSERT INTO events ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)",  # noqa: S608 (our own column names)
                             rows)
        if batch.private:
            self._db.executemany("INSERT INTO private VALUES (?,?,?)", batch.private)
        self._db.executemany("INSERT OR REPLACE INTO replies VALUES (?,?,?,?)", batch.replies)
        for record in batch.records:
            self._projector.apply(record)
            if isinstance(record.event, ev.DayOpened):
                self._db.execute("DELETE FROM replies WHERE at_ms < ?", [record.at_ms - REPLIES_KEPT_MS])
        return prev

    def _commit(self) -> None:
        try:
            self._db.execute("COMMIT")
        except sqlite3.Error as wrong:
            raise CommitUnknown(f"COMMIT failed ({wrong}); only a restart can tell what was kept") from wrong
