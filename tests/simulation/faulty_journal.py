"""The real journal with trouble on demand: what a full disk, a lock, or a commit that nobody saw does to it."""

from __future__ import annotations

import sqlite3

from hub.journal import migrate
from hub.journal.journal import Batch, CommitUnknown, Journal, WriteFailed, connect


class FaultyJournal(Journal):
    """Keeps the journal's contract; its verbs bring the failures that the contract names."""

    _fail_next = False
    _lose_next: bool | None = None
    failed = 0
    lost = 0

    @classmethod
    def new(cls) -> FaultyJournal:
        """A journal in memory."""
        db = connect(":memory:")
        migrate.up(db, backups=None)
        return cls._on(db)

    @classmethod
    def _on(cls, db: sqlite3.Connection) -> FaultyJournal:
        journal = cls(db)
        journal._start()
        return journal

    def after_a_restart(self) -> FaultyJournal:
        """The same file as a new process opens it; a transaction that was open is gone."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        again = self._on(self._db)
        again.failed, again.lost = self.failed, self.lost
        return again

    # -- trouble

    def fail_next_write(self) -> None:
        """The next batch can not be written: SQLite itself refuses it in the middle."""
        self._fail_next = True

    def lose_next_commit(self, *, kept: bool) -> None:
        """The next COMMIT fails, and the batch was `kept` or was not."""
        self._lose_next = kept

    @property
    def in_transaction(self) -> bool:
        """Whether a batch is half written."""
        return self._db.in_transaction

    # -- the contract

    def write(self, batch: Batch) -> None:
        """As the real one; with trouble where it was asked for."""
        if not self._fail_next:
            super().write(batch)
            return
        self._fail_next = False
        self.failed += 1
        self._db.execute("PRAGMA query_only = ON")
        try:
            super().write(batch)
        finally:
            self._db.execute("PRAGMA query_only = OFF")
        raise AssertionError("SQLite wrote to what is read-only")

    def _commit(self) -> None:
        kept, self._lose_next = self._lose_next, None
        if kept is None:
            super()._commit()
            return
        self.lost += 1
        self._db.execute("COMMIT" if kept else "ROLLBACK")
        raise CommitUnknown("the disk did not answer; only a restart can tell what was kept")


__all__ = ["CommitUnknown", "FaultyJournal", "WriteFailed"]
