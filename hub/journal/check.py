"""Is the journal whole? And its projections, made anew.

Rule 1: checking only reads; it names the first row that is wrong, and what is wrong with it.
Rule 2: a rebuild is one transaction: readers see the old projections or the new ones.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from hub.journal.migrate import shipped
from hub.journal.projections import TABLES, Projector
from hub.journal.rows import COLUMNS, GENESIS, Row, UnknownEvent, chained, to_record
from hub.queueing.events import Record

_KEYS = {"visits": "seq", "hours": "day, hour, service", "codes": "code"}
Tell = Callable[[str], None]


class BadRow(ValueError):
    """The first thing that is not as it was written; the text says where, and what."""


def _counted(rows: Iterable[Any], total: int, what: str, tell: Tell) -> Iterator[Any]:
    """The same rows, with a word on the progress about once a second."""
    said = time.monotonic()
    for done, row in enumerate(rows):
        if done % 1000 == 0 and time.monotonic() - said > 1:
            said = time.monotonic()
            tell(f"{what}: {done} / {total} ({100 * done // max(1, total)} %)")
        yield row


def _rows(db: sqlite3.Connection, what: str, tell: Tell) -> Iterator[Row]:
    total = db.execute("SELECT max(seq) FROM events").fetchone()[0] or 0
    rows = db.execute(f"SELECT {COLUMNS} FROM events ORDER BY seq")  # noqa: S608 (our own column names)
    return (Row(*row) for row in _counted(rows, total, what, tell))


def _checked(db: sqlite3.Connection, tell: Tell) -> Iterator[Record]:
    """All records, each row checked: place, chain, epoch, content."""
    epoch = db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
    before, expected = GENESIS, 1
    for row in _rows(db, "verify", tell):
        if row.seq != expected:
            raise BadRow(f"row {expected} is missing: after {expected - 1} comes {row.seq}")
        if epoch is None or row.epoch != epoch[0]:
            raise BadRow(f"row {row.seq} is of epoch {row.epoch}, the journal of {epoch and epoch[0]}")
        if chained(before, row[:-1]) != row.prev:
            raise BadRow(f"row {row.seq} ({row.event}) or the one before it is not as it was written: "
                         "the hash chain breaks here")
        try:
            record = to_record(row)
        except UnknownEvent as wrong:
            raise BadRow(str(wrong)) from None
        yield record
        before, expected = row.prev, expected + 1


def verify(db: sqlite3.Connection, *, tell: Tell) -> int:
    """How many events the journal holds, all of them whole; ``BadRow`` names the first that is not.

    Checked are: the file's own structure with its indexes, no gap in ``seq``, the hash chain, that each
    row can be read, the erasable texts against their hashes, and every row of the projections against
    one made anew.
    """
    fresh = sqlite3.connect("", isolation_level=None)  # a temporary database on disk
    try:
        fresh.execute("PRAGMA synchronous = OFF")
        for sql in shipped():
            fresh.executescript(sql)
        fresh.execute("BEGIN")
        db.execute("BEGIN")  # one view of the journal, though a hub may be writing to it
        damage = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if damage != "ok":
            raise BadRow(f"the file itself is damaged: {' '.join(damage.split())}; restore a backup")
        projector, count = Projector(fresh), 0
        for record in _checked(db, tell):
            try:
                projector.apply(record)
            except (sqlite3.Error, TypeError) as wrong:
                raise BadRow(f"row {record.seq} does not follow from the rows before it: {wrong}") from None
            count = record.seq
        _check_texts(db)
        for table in TABLES:
            _compare(db, fresh, table)
        return count
    finally:
        db.rollback()
        fresh.close()


def _check_texts(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT p.seq, p.salt, p.text, json_extract(e.payload, '$.comment_hash')"
                      " FROM private p LEFT JOIN events e USING (seq) ORDER BY p.seq")
    for seq, salt, text, expected in rows:
        if hashlib.sha256(salt + text.encode()).hexdigest() != expected:
            raise BadRow(f"the text of row {seq} is not the one that was given")


def _compare(db: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> None:
    query = f"SELECT * FROM {table} ORDER BY {_KEYS[table]}"  # noqa: S608 (our own table names)
    kept, made = db.execute(query), fresh.execute(query)
    while True:
        is_kept, is_made = kept.fetchone(), made.fetchone()
        if is_kept != is_made:
            raise BadRow(f"{table}: kept is {is_kept}, the events say {is_made}; motcua rebuild mends it")
        if is_kept is None:
            return


def rebuild(db: sqlite3.Connection, *, tell: Tell) -> int:
    """Make the projections anew from the events; returns how many events were read."""
    count = 0
    db.execute("BEGIN IMMEDIATE")
    try:
        projector = Projector(db)
        projector.clear()
        for row in _rows(db, "rebuild", tell):
            projector.apply(to_record(row))
            count = row.seq
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
    return count
