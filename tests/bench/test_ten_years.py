"""The invented ten years are such as a hub could have written."""

import sqlite3
from pathlib import Path

import pytest

from bench.ten_years import VISITS_A_DAY, make, ten_years
from hub.journal.journal import FILE, Journal
from hub.journal.projections import TABLES, Projector
from hub.journal.rows import COLUMNS, GENESIS, Row, chained, to_record

VISITS = 2 * VISITS_A_DAY + 50


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    make(folder, VISITS, tell=lambda line: None)
    return folder


def rows(db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return db.execute(f"SELECT * FROM {table}").fetchall()


def test_they_hold_as_many_visits_as_asked_for_and_all_of_them_ended(journal: Path) -> None:
    db = sqlite3.connect(journal / FILE)
    states = dict(db.execute("SELECT state, count(*) FROM visits GROUP BY state"))
    assert sum(states.values()) == VISITS
    assert states["finished"] > 0.8 * VISITS
    assert states.keys() <= {"finished", "missed", "expired"}
    assert db.execute("SELECT count(*) FROM visits WHERE score IS NOT NULL").fetchone()[0] > VISITS // 10


def test_seq_has_no_gap_and_each_row_is_chained_to_the_one_before(journal: Path) -> None:
    before = GENESIS
    for place, found in enumerate(sqlite3.connect(journal / FILE).execute(
            f"SELECT {COLUMNS} FROM events ORDER BY seq"), start=1):
        row = Row(*found)
        assert row.seq == place
        assert row.prev == chained(before, row[:-1])
        before = row.prev


def test_the_projections_are_those_that_a_rebuild_makes(journal: Path) -> None:
    db = sqlite3.connect(journal / FILE, isolation_level=None)
    kept = {table: rows(db, table) for table in TABLES}
    again = Projector(db)
    db.execute("BEGIN")
    again.clear()
    for found in db.execute(f"SELECT {COLUMNS} FROM events ORDER BY seq").fetchall():
        again.apply(to_record(Row(*found)))
    assert {table: rows(db, table) for table in TABLES} == kept
    db.execute("ROLLBACK")


def test_a_hub_goes_on_where_they_end(journal: Path) -> None:
    opened = Journal.open(journal)
    today = list(opened.today())
    assert today[-1].seq == opened.seq
    assert opened.last_moment() is not None
    opened.close()


def test_they_are_made_once_and_then_found_again(tmp_path: Path) -> None:
    first = ten_years(30, tmp_path)
    made = first.stat().st_mtime_ns
    assert ten_years(30, tmp_path) == first
    assert first.stat().st_mtime_ns == made
