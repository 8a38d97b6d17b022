"""`motcua verify` finds what was tampered with; `motcua rebuild` makes the projections anew."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from hub.journal import check
from hub.journal.journal import FILE, Batch, Journal, connect
from hub.queueing import events as ev
from hub.queueing.events import Record
from tests.queueing.habits import an_office, something
from tests.queueing.office import Office, dump


def a_used_office() -> Office:
    """A day at an office; the seed is one in which all tables have rows."""
    dice = random.Random(5)
    office = an_office(dice)
    for _ in range(120):
        something(dice, office)
    assert all(dump(office.journal).values())
    return office


def quiet(line: str) -> None:
    pass


def test_a_whole_journal_is_found_whole() -> None:
    office = a_used_office()
    assert check.verify(office.journal._db, tell=quiet) == office.journal.seq


@pytest.mark.parametrize("damage, named", [
    ("""UPDATE events SET payload = replace(payload, '"n":', '"n":1') WHERE seq = {ticket}""", "row {ticket}"),
    ("UPDATE events SET at_ms = at_ms + 1 WHERE seq = {ticket}", "row {ticket}"),
    ("DELETE FROM events WHERE seq = {ticket}", "row {ticket} is missing"),
    ("UPDATE events SET epoch = 'another' WHERE seq = {ticket}", "row {ticket}"),
    ("UPDATE visits SET state = 'finished', score = 5 WHERE seq = {ticket}", "visits"),
    ("DELETE FROM visits WHERE seq = {ticket}", "visits"),
    ("UPDATE hours SET issued = issued + 1", "hours"),
    ("DELETE FROM codes", "codes"),
])
def test_damage_is_named(damage: str, named: str) -> None:
    office = a_used_office()
    db = office.journal._db
    ticket = db.execute("SELECT max(seq) FROM events WHERE event = 'ticket-issued'").fetchone()[0]
    db.execute(damage.format(ticket=ticket))
    with pytest.raises(check.BadRow, match=named.format(ticket=ticket)):
        check.verify(db, tell=quiet)


@pytest.mark.parametrize("damage", ["DELETE FROM visits", "UPDATE hours SET issued = 99", "DELETE FROM codes",
                                    "UPDATE visits SET counter = 77, wait_s = 1e9"])
def test_a_rebuild_mends_the_projections_from_the_events(damage: str) -> None:
    office = a_used_office()
    before = dump(office.journal)
    office.journal._db.execute(damage)
    assert dump(office.journal) != before
    assert check.rebuild(office.journal._db, tell=quiet) == office.journal.seq
    assert dump(office.journal) == before
    assert check.verify(office.journal._db, tell=quiet) == office.journal.seq


def test_a_damaged_page_is_found_though_every_row_is_whole(tmp_path: Path) -> None:
    """The hub looks for earlier answers in there; a page that it can not read keeps it from working."""
    journal = Journal.open(tmp_path)
    journal.write(Batch(records=[Record(1, 0, 0, ev.DayOpened(day="2026-11-23"))],
                        replies=[("kiosk-1", f"command-{n:04d}", 0, b"x" * 200) for n in range(200)]))
    page = journal._db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'replies'").fetchone()[0]
    size = journal._db.execute("PRAGMA page_size").fetchone()[0]
    journal.close()
    with (tmp_path / FILE).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x99" * size)
    with pytest.raises((check.BadRow, sqlite3.DatabaseError), match=r"damaged|malformed"):
        check.verify(connect(tmp_path / FILE, read_only=True), tell=quiet)
