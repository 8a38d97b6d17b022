"""The kiosk's own disk: numbers in reserve, numbers it gave by itself, open questions, slips that are not out yet.

Rule 1: ``give`` takes a number out of the reserve and writes whose it is in one transaction that is on the disk
(``synchronous=FULL``) when it returns; only then may anybody see the number.
Rule 2: a number once given is never put back, whatever a block, a restart or another hub says.
Rule 3: what was given stays here until the hub has answered for it.
Rule 4: a question for a number leaves in the very transaction that brings what the person gets in its place.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk.stages import AskHub

_log = logging.getLogger(__name__)

_TABLES = """
CREATE TABLE IF NOT EXISTS free (
    day TEXT NOT NULL, number TEXT NOT NULL, service TEXT NOT NULL, epoch TEXT NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (day, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS given (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, number TEXT NOT NULL, service TEXT NOT NULL, lane TEXT NOT NULL, code TEXT NOT NULL,
    day TEXT NOT NULL, instead_of TEXT NOT NULL, boot TEXT NOT NULL, mono_s REAL NOT NULL,
    answer TEXT,
    UNIQUE (day, number)
);
CREATE TABLE IF NOT EXISTS asked (
    id TEXT PRIMARY KEY, service TEXT NOT NULL, lane TEXT NOT NULL, language TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS slips (
    ticket TEXT PRIMARY KEY, payload BLOB NOT NULL, reserved INTEGER NOT NULL, boot TEXT NOT NULL,
    mono_s REAL NOT NULL, ended INTEGER NOT NULL DEFAULT 0, error TEXT
);
CREATE TABLE IF NOT EXISTS questions (service TEXT, day TEXT, id TEXT NOT NULL, PRIMARY KEY (service, day));
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class DiskFailed(OSError):
    """The kiosk's disk does not take it or can not be read; nothing was given."""


@dataclass(frozen=True, slots=True)
class Given:
    """One number that the kiosk gave by itself. ``mono_s`` counts within ``boot`` only."""

    id: str
    number: str
    service: str
    lane: str
    code: str
    day: str
    instead_of: str
    boot: str
    mono_s: float

    def age_s(self, boot: str, now: float) -> float | None:
        """How long ago it was given, in seconds; ``None`` after a restart of the machine, which no clock survives."""
        return max(0.0, now - self.mono_s) if boot == self.boot else None


@dataclass(frozen=True, slots=True)
class SlipRow:
    """One slip that was to be printed: its ticket as JSON, whether the number came from the reserve, and how it
    ended, where it did: ``error`` is ``None`` where it is on paper."""

    ticket: str
    payload: bytes
    reserved: bool
    boot: str
    mono_s: float
    ended: bool
    error: str | None


class Numbers:
    """The file ``path``, made where it is missing. One thread at a time. Every method may raise ``DiskFailed``.

    A file that is no longer a database is set aside as ``<name>.broken``: a kiosk has to start. The numbers in
    it are lost to this kiosk, but given they were only to people, and to the hub as far as it had heard.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = path
        try:
            self._disk = self._open()
        except sqlite3.OperationalError as wrong:
            raise self._failed(wrong) from wrong
        except sqlite3.DatabaseError as wrong:
            aside = f"{path}.broken"
            _log.error("%s is damaged (%s); it is set aside as %s: tell staff that numbers given without the hub "
                       "may be missing there", path, wrong, aside)
            for ending in ("", "-wal", "-shm"):
                if (part := Path(f"{path}{ending}")).exists():
                    part.replace(f"{aside}{ending}")
            self._disk = self._open()

    def _open(self) -> sqlite3.Connection:
        disk = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=2.0)
        try:
            disk.execute("PRAGMA journal_mode = WAL")
            disk.execute("PRAGMA synchronous = FULL")      # a kiosk is switched off at the wall
            disk.executescript(_TABLES)
            disk.execute("SELECT count(*) FROM given").fetchone()
        except sqlite3.DatabaseError:
            disk.close()
            raise
        return disk

    def _failed(self, wrong: sqlite3.Error) -> DiskFailed:
        return DiskFailed(f"{self._path}: {wrong}; is the disk full, or mounted for reading only?")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self._disk.execute("BEGIN IMMEDIATE")
            try:
                yield self._disk
                self._disk.execute("COMMIT")
            except BaseException:
                if self._disk.in_transaction:
                    self._disk.execute("ROLLBACK")
                raise
        except sqlite3.Error as wrong:
            raise self._failed(wrong) from wrong

    def _read(self, query: str, *values: object) -> list[tuple]:
        try:
            return self._disk.execute(query, values).fetchall()
        except sqlite3.Error as wrong:
            raise self._failed(wrong) from wrong

    # -- the reserve

    def free(self, service: str, day: str) -> int:
        """How many numbers of a service are left for a day."""
        return int(self._read("SELECT count(*) FROM free WHERE service = ? AND day = ?", service, day)[0][0])

    def keep(self, service: str, day: str, numbers: Iterable[str], *, epoch: str, question: str) -> None:
        """Take a block into the reserve, and its question as answered; numbers given before stay given."""
        with self._writing() as disk:
            disk.execute("DELETE FROM questions WHERE id = ?", (question,))
            for number in numbers:
                disk.execute(
                    "INSERT OR IGNORE INTO free (day, number, service, epoch, place) SELECT ?, ?, ?, ?, ? "
                    "WHERE NOT EXISTS (SELECT 1 FROM given WHERE day = ? AND number = ?)",
                    (day, number, service, epoch, int("".join(filter(str.isdigit, number[1:])) or 0), day, number))

    def question(self, service: str, day: str, fresh: str) -> str:
        """The id to ask for a block with: that of a question still open, for its answer may be lost, else ``fresh``."""
        with self._writing() as disk:
            disk.execute("INSERT OR IGNORE INTO questions (service, day, id) VALUES (?, ?, ?)", (service, day, fresh))
            return str(disk.execute("SELECT id FROM questions WHERE service = ? AND day = ?",
                                    (service, day)).fetchone()[0])

    def close_question(self, question: str) -> None:
        """It was refused; the next one is a new one."""
        with self._writing() as disk:
            disk.execute("DELETE FROM questions WHERE id = ?", (question,))

    def forget_blocks(self, *, before: str = "", not_of: str | None = None) -> None:
        """Drop what lapsed with its day, and what another journal (``not_of`` this epoch) had kept for us."""
        with self._writing() as disk:
            disk.execute("DELETE FROM free WHERE day < ?", (before,))
            disk.execute("DELETE FROM questions WHERE day < ?", (before,))
            if not_of is not None:
                disk.execute("DELETE FROM free WHERE epoch != ?", (not_of,))

    # -- what was given

    def give(self, service: str, day: str, *, id: str, code: str, lane: str, boot: str, now: float,
             instead_of: str = "") -> Given | None:
        """The next number of the reserve, given from now on; ``None`` where none is left.

        The question ``instead_of`` has ended by it: the hub takes back by itself what that one may have brought.
        """
        with self._writing() as disk:
            row = disk.execute("SELECT number FROM free WHERE service = ? AND day = ? ORDER BY place, number LIMIT 1",
                               (service, day)).fetchone()
            if row is None:
                return None
            given = Given(id, row[0], service, lane, code, day, instead_of, boot, now)
            disk.execute("DELETE FROM free WHERE day = ? AND number = ?", (day, given.number))
            disk.execute(
                "INSERT INTO given (id, number, service, lane, code, day, instead_of, boot, mono_s) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (id, given.number, service, lane, code, day, instead_of, boot, now))
            disk.execute("DELETE FROM asked WHERE id = ?", (instead_of,))
        return given

    def unreported(self) -> list[Given]:
        """What the hub has not answered for, in the order in which it was given."""
        rows = self._read("SELECT id, number, service, lane, code, day, instead_of, boot, mono_s FROM given "
                          "WHERE answer IS NULL ORDER BY place")
        return [Given(*row) for row in rows]

    def reported(self, accepted: Sequence[str], rejected: Sequence[tuple[str, str]]) -> None:
        """The hub has answered for these: taken over, or rejected with a reason."""
        with self._writing() as disk:
            disk.executemany("UPDATE given SET answer = ? WHERE id = ? AND answer IS NULL",
                             [("accepted", name) for name in accepted] + [(why, name) for name, why in rejected])

    def forget_given(self, before: str) -> None:
        """Drop what was given on days before that one and is answered for."""
        with self._writing() as disk:
            disk.execute("DELETE FROM given WHERE day < ? AND answer IS NOT NULL", (before,))

    # -- questions for a number

    def ask_begins(self, wanted: AskHub) -> None:
        """The hub is about to be asked for a number."""
        with self._writing() as disk:
            disk.execute("INSERT OR IGNORE INTO asked (id, service, lane, language) VALUES (?, ?, ?, ?)",
                         (wanted.command, wanted.service, wanted.lane, wanted.language))

    def ask_ended(self, command: str) -> None:
        """It is known what came of it."""
        with self._writing() as disk:
            disk.execute("DELETE FROM asked WHERE id = ?", (command,))

    def asked(self) -> list[AskHub]:
        """The questions whose end is not known."""
        return [AskHub(*row) for row in self._read("SELECT id, service, lane, language FROM asked ORDER BY id")]

    # -- slips

    def slip_begins(self, ticket: str, payload: bytes, *, reserved: bool, boot: str, now: float,
                    answers: str = "") -> None:
        """A slip is about to be printed; its number answers the question ``answers``, which has ended by it."""
        with self._writing() as disk:
            disk.execute("INSERT OR IGNORE INTO slips (ticket, payload, reserved, boot, mono_s) VALUES (?, ?, ?, ?, ?)",
                         (ticket, payload, int(reserved), boot, now))
            disk.execute("DELETE FROM asked WHERE id = ?", (answers,))

    def slip_ended(self, ticket: str, error: str | None) -> None:
        """It is out, or failed."""
        with self._writing() as disk:
            disk.execute("UPDATE slips SET ended = 1, error = ? WHERE ticket = ?", (error, ticket))

    def slips(self) -> list[SlipRow]:
        """All slips that the hub was not told about yet, oldest first."""
        rows = self._read("SELECT ticket, payload, reserved, boot, mono_s, ended, error FROM slips ORDER BY rowid")
        return [SlipRow(t, p, bool(r), b, m, bool(e), why) for t, p, r, b, m, e, why in rows]

    def slips_to_tell(self) -> list[SlipRow]:
        """Slips that ended and whose ticket the hub knows: its own, and those it has taken over."""
        open_ = {row[0] for row in self._read("SELECT id FROM given WHERE answer IS NULL")}
        return [slip for slip in self.slips() if slip.ended and slip.ticket not in open_]

    def forget_slip(self, ticket: str) -> None:
        """The hub is being told, by the outbox."""
        with self._writing() as disk:
            disk.execute("DELETE FROM slips WHERE ticket = ?", (ticket,))

    # -- facts

    def fact(self, name: str) -> str:
        """A remembered word, or empty."""
        rows = self._read("SELECT value FROM facts WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def remember(self, name: str, value: str) -> None:
        """Remember a word across starts."""
        with self._writing() as disk:
            disk.execute("INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                         (name, value))

    def close(self) -> None:
        """Close the file."""
        self._disk.close()
