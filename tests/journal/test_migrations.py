"""From one form of the journal to the next: a copy first, all or nothing, never backwards."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from hub.journal import migrate
from hub.journal.journal import FILE, Batch, Journal, connect
from hub.queueing import events as ev

FIRST = "CREATE TABLE a (x); INSERT INTO a VALUES (1);"
SECOND = "CREATE TABLE b (x); INSERT INTO b SELECT x + 1 FROM a;"
BROKEN = "CREATE TABLE c (x); INSERT INTO nowhere VALUES (1);"


def form(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def tables(db: sqlite3.Connection) -> list[str]:
    return [name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


@pytest.fixture
def db(tmp_path: Path) -> sqlite3.Connection:
    return connect(tmp_path / FILE)


def test_a_new_journal_needs_no_backup(db: sqlite3.Connection, tmp_path: Path) -> None:
    said: list[str] = []
    migrate.up(db, backups=tmp_path / "backups", migrations=[FIRST, SECOND], tell=said.append)
    assert (form(db), tables(db), said) == (2, ["a", "b"], [])
    assert not (tmp_path / "backups").exists()
    db.close()


def test_a_journal_that_holds_anything_is_copied_before_it_is_changed(db: sqlite3.Connection, tmp_path: Path) -> None:
    said: list[str] = []
    migrate.up(db, backups=tmp_path / "backups", migrations=[FIRST])
    migrate.up(db, backups=tmp_path / "backups", migrations=[FIRST, SECOND], tell=said.append)
    assert (form(db), tables(db)) == (2, ["a", "b"])
    copies = list((tmp_path / "backups").iterdir())
    assert [c.suffix for c in copies] == [".db"]
    copy = sqlite3.connect(copies[0])
    assert (form(copy), tables(copy), copy.execute("SELECT x FROM a").fetchall()) == (1, ["a"], [(1,)])
    copy.close()
    assert any(str(copies[0]) in line for line in said)
    db.close()


def test_what_is_newest_already_is_left_alone(db: sqlite3.Connection, tmp_path: Path) -> None:
    migrate.up(db, backups=tmp_path / "backups", migrations=[FIRST])
    migrate.up(db, backups=tmp_path / "backups", migrations=[FIRST])
    assert not (tmp_path / "backups").exists()
    db.close()


def test_a_journal_of_a_newer_version_is_not_touched(db: sqlite3.Connection) -> None:
    migrate.up(db, backups=None, migrations=[FIRST, SECOND])
    with pytest.raises(migrate.NewerJournal, match=r"form 2.*up to 1"):
        migrate.up(db, backups=None, migrations=[FIRST])
    assert (form(db), tables(db)) == (2, ["a", "b"])
    db.close()


def test_a_step_that_fails_leaves_the_form_before_it(db: sqlite3.Connection, tmp_path: Path) -> None:
    migrate.up(db, backups=None, migrations=[FIRST])
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate.up(db, backups=tmp_path / "backups", migrations=[FIRST, SECOND, BROKEN])
    db.close()
    again = connect(tmp_path / FILE)
    assert (form(again), tables(again)) == (2, ["a", "b"])
    migrate.up(again, backups=None, migrations=[FIRST, SECOND, "CREATE TABLE c (x);"])
    assert (form(again), tables(again)) == (3, ["a", "b", "c"])
    again.close()


def test_a_crash_in_the_middle_of_a_step_leaves_the_old_form_or_the_new_one(tmp_path: Path) -> None:
    """Both files of the database, as a power cut would leave them after each statement of the step."""
    folder, statements = tmp_path / "live", [s + ";" for s in SECOND.split(";") if s.strip()]
    folder.mkdir()
    db = connect(folder / FILE)
    migrate.up(db, backups=None, migrations=[FIRST])
    found = []
    for number, statement in enumerate(["BEGIN IMMEDIATE", *statements, "PRAGMA user_version = 2", "COMMIT"]):
        db.execute(statement)
        cut = tmp_path / f"cut-{number}"
        cut.mkdir()
        for file in folder.iterdir():
            if not file.name.endswith("-shm"):
                (cut / file.name).write_bytes(file.read_bytes())
        left = connect(cut / FILE)
        found.append((form(left), tables(left)))
        migrate.up(left, backups=None, migrations=[FIRST, SECOND])
        assert (form(left), left.execute("SELECT x FROM b").fetchall()) == (2, [(2,)])
        left.close()
    db.close()
    old, new = (1, ["a"]), (2, ["a", "b"])
    assert found == [old] * (len(found) - 1) + [new]


def test_a_backup_that_was_cut_off_is_not_taken_for_one(db: sqlite3.Connection, tmp_path: Path) -> None:
    migrate.up(db, backups=None, migrations=[FIRST])
    backups = tmp_path / "backups"
    backups.write_text("in the way")  # the folder can not be made
    with pytest.raises(OSError):
        migrate.up(db, backups=backups, migrations=[FIRST, SECOND])
    assert (form(db), tables(db)) == (1, ["a"])
    db.close()


def test_the_shipped_migrations_make_a_journal_that_can_be_written(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.write(Batch(records=[ev.Record(1, 0, 0, ev.DayOpened(day="2026-11-23"))]))
    assert form(journal._db) == len(migrate.shipped())
    journal.close()
