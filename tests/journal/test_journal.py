"""What the journal promises: all of a batch or nothing, in one chain, found again by the next start."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from hub.journal.journal import FILE, Batch, CommitUnknown, Journal, WriteFailed, connect
from hub.journal.rows import COLUMNS, GENESIS, Row, UnknownEvent, chained, to_record, to_row
from hub.queueing import events as ev
from hub.queueing.events import Record

DAY_MS = 86_400_000


def day_opened(seq: int, at_ms: int = 0, day: str = "2026-11-23") -> Record:
    return Record(seq, at_ms, at_ms, ev.DayOpened(day=day))


def issued(seq: int, n: int = 1, at_ms: int = 0) -> Record:
    return Record(seq, at_ms, at_ms, ev.TicketIssued(
        ticket=f"t{seq}", number=f"B{n:03d}", service="ho-tich", lane="normal", n=n, code=f"code-{seq:016d}",
        device="kiosk-1"), "kiosk-1", f"command-{seq}")


def a_batch(*records: Record, replies: int = 0) -> Batch:
    return Batch(records=list(records),
                 replies=[("kiosk-1", f"command-{n}", 0, b'{"ok":true}') for n in range(replies)])


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path)


def counts(folder: Path) -> list[int]:
    db = connect(folder / FILE, read_only=True)
    try:
        return [db.execute(f"SELECT count(*) FROM {t}").fetchone()[0]
                for t in ("events", "replies", "private", "visits", "codes", "hours")]
    finally:
        db.close()


def test_a_batch_is_found_again_by_the_next_start(journal: Journal, tmp_path: Path) -> None:
    records = [day_opened(1), issued(2)]
    journal.write(a_batch(*records, replies=1))
    epoch = journal.epoch
    journal.close()
    again = Journal.open(tmp_path)
    assert list(again.today()) == records
    assert (again.epoch, again.seq, again.last_moment()) == (epoch, 2, ev.Moment(0, 0))
    assert again.reply_to("kiosk-1", "command-0") == b'{"ok":true}'
    assert again.reply_to("kiosk-2", "command-0") is None
    again.close()


def test_a_start_replays_from_the_last_day_only(journal: Journal) -> None:
    journal.write(a_batch(day_opened(1), issued(2), day_opened(3, DAY_MS, "2026-11-24"), issued(4, at_ms=DAY_MS)))
    assert [r.seq for r in journal.today()] == [3, 4]


def test_every_row_is_chained_to_the_one_before_across_restarts(journal: Journal, tmp_path: Path) -> None:
    journal.write(a_batch(day_opened(1), issued(2)))
    journal.close()
    again = Journal.open(tmp_path)
    again.write(a_batch(issued(3, 2)))
    before = GENESIS
    for row in (Row(*r) for r in again._db.execute(f"SELECT {COLUMNS} FROM events ORDER BY seq")):
        assert row.prev == chained(before, row[:-1])
        before = row.prev
    again.close()


@pytest.mark.parametrize("column, value", [
    ("at_ms", 5), ("payload", "{}"), ("device", "another"), ("event", "day-closed"), ("mono_ms", 9), ("epoch", "x")])
def test_a_row_that_was_changed_breaks_the_chain(column: str, value: object) -> None:
    row = to_row(issued(1), epoch="e", boot="b", before=GENESIS)
    changed = row._replace(**{column: value})
    assert chained(GENESIS, row[:-1]) == row.prev
    assert chained(GENESIS, changed[:-1]) != changed.prev


@pytest.mark.parametrize("event, payload", [
    ("ticket-teleported", "{}"), ("ticket-issued", "{}"), ("ticket-issued", "no json"), ("day-opened", '{"day": 7}')])
def test_a_row_that_can_not_be_read_is_named(event: str, payload: str) -> None:
    row = to_row(issued(17), epoch="e", boot="b", before=GENESIS)._replace(event=event, payload=payload)
    with pytest.raises(UnknownEvent, match=rf"row 17 \({event}\)"):
        to_record(row)


def test_a_field_of_a_later_version_does_not_keep_a_row_from_being_read() -> None:
    row = to_row(issued(1), epoch="e", boot="b", before=GENESIS)
    assert to_record(row._replace(payload=row.payload[:-1] + ',"new":1}')) == issued(1)


def test_a_journal_with_an_event_of_a_newer_version_does_not_start_as_if_it_were_not_there(
        journal: Journal, tmp_path: Path) -> None:
    journal.write(a_batch(day_opened(1), issued(2)))
    journal._db.execute("UPDATE events SET event = 'ticket-teleported' WHERE seq = 2")
    journal.close()
    again = Journal.open(tmp_path)
    with pytest.raises(UnknownEvent, match="row 2"):
        list(again.today())
    again.close()


def test_with_too_little_room_on_the_disk_nothing_is_written(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, min_free_bytes=1 << 60)
    with pytest.raises(WriteFailed, match="make room"):
        journal.write(a_batch(day_opened(1), issued(2), replies=1))
    assert (journal.seq, counts(tmp_path)) == (0, [0] * 6)
    journal.close()


def test_a_locked_database_keeps_nothing_and_the_same_batch_goes_in_later(journal: Journal, tmp_path: Path) -> None:
    journal.write(a_batch(day_opened(1)))
    journal._db.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(WriteFailed, match="locked"):
        journal.write(a_batch(issued(2), replies=1))
    assert journal.seq == 1
    other.execute("ROLLBACK")
    other.close()
    journal.write(a_batch(issued(2), replies=1))
    assert (journal.seq, counts(tmp_path)) == (2, [2, 1, 0, 1, 1, 1])
    journal.close()


def test_a_batch_that_fails_in_the_middle_leaves_nothing(journal: Journal, tmp_path: Path) -> None:
    journal.write(a_batch(day_opened(1), issued(2)))
    before = counts(tmp_path)
    batch = a_batch(issued(3, 2), issued(4, 1), replies=1)  # the same number twice on one day
    batch.private = [(3, b"salt", "text")]
    with pytest.raises(WriteFailed):
        journal.write(batch)
    assert not journal._db.in_transaction
    assert (journal.seq, counts(tmp_path)) == (2, before)
    journal.write(a_batch(issued(3, 2)))
    assert [r.seq for r in journal.today()] == [1, 2, 3]
    journal.close()


def test_after_a_day_that_could_not_be_opened_tickets_belong_to_the_day_before(journal: Journal) -> None:
    journal.write(a_batch(day_opened(1)))
    with pytest.raises(WriteFailed):
        journal.write(a_batch(day_opened(2, DAY_MS, "2026-11-24"), issued(1)))  # seq 1 is taken
    journal.write(a_batch(issued(2)))
    assert journal._db.execute("SELECT day FROM visits").fetchall() == [("2026-11-23",)]
    journal.close()


def test_when_commit_itself_fails_nobody_can_tell(journal: Journal) -> None:
    journal.write(a_batch(day_opened(1)))
    journal._db.execute("CREATE TABLE parent (a PRIMARY KEY)")
    journal._db.execute("CREATE TABLE child (a REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
    journal._db.execute("PRAGMA foreign_keys = ON")
    journal._db.execute("CREATE TRIGGER t AFTER INSERT ON events BEGIN INSERT INTO child VALUES (1); END")
    with pytest.raises(CommitUnknown, match="restart"):
        journal.write(a_batch(issued(2)))
    journal.close()


def test_replies_are_kept_for_seven_days(journal: Journal) -> None:
    journal.write(Batch(records=[day_opened(1)], replies=[("kiosk-1", "old-one-1", 0, b"old"),
                                                          ("kiosk-1", "new-one-1", 2 * DAY_MS, b"new")]))
    journal.write(a_batch(day_opened(2, 7 * DAY_MS, "2026-11-30")))
    assert journal.reply_to("kiosk-1", "old-one-1") == b"old"
    journal.write(a_batch(day_opened(3, 8 * DAY_MS, "2026-12-01")))
    assert journal.reply_to("kiosk-1", "old-one-1") is None
    assert journal.reply_to("kiosk-1", "new-one-1") == b"new"
    journal.close()


def test_a_public_code_is_known_for_the_rating_window_and_a_day(journal: Journal) -> None:
    journal.write(a_batch(day_opened(1, 0, "2026-11-01"), issued(2)))
    code = "code-0000000000000002"
    journal.write(a_batch(day_opened(3, 8 * DAY_MS, "2026-11-09")))
    assert journal.ticket_of_code(code) == "t2"
    journal.write(a_batch(day_opened(4, 9 * DAY_MS, "2026-11-10")))
    assert journal.ticket_of_code(code) is None
    journal.close()


def test_a_reader_can_not_write(journal: Journal, tmp_path: Path) -> None:
    journal.write(a_batch(day_opened(1)))
    reader = connect(tmp_path / FILE, read_only=True)
    with pytest.raises(sqlite3.OperationalError):
        reader.execute("DELETE FROM events")
    reader.close()
    journal.close()


def test_every_new_journal_has_an_epoch_of_its_own(tmp_path: Path) -> None:
    first, second = Journal.open(tmp_path / "a"), Journal.open(tmp_path / "b")
    assert first.epoch != second.epoch
    first.close()
    second.close()


def test_every_event_survives_the_disk_unchanged() -> None:
    ticket = ev.Ticket(id="t1", number="B001", service="ho-tich", lane="normal", day="2026-11-23", device="kiosk-1",
                       issued_at_ms=1, queued_ms=2, order=3, state=ev.TicketState.SERVING, counter=1, calls=2)
    opened = ev.DayOpened(day="2026-11-23", tickets=[ticket], call=3, order=4, counters=[
        ev.Counter(n=1, mode="paused", clerk="lan", services=("ho-tich",), ticket="t1", last_call_ms=5,
                   last=ev.Finished("t0", "B000", 9))])
    for event in (opened, issued(1).event, ev.CounterOpened(counter=1, services=()), ev.ClockAdjusted(step_s=-3.5)):
        record = Record(1, 2, 3, event, "kiosk-1", "command-1")
        assert to_record(to_row(record, epoch="e", boot="b", before=GENESIS)) == record


@pytest.mark.parametrize("taken", [FILE, f"{FILE}-wal"])
def test_a_file_that_is_taken_away_under_the_hub_is_noticed_before_anything_is_promised(
        journal: Journal, tmp_path: Path, taken: str) -> None:
    journal.write(a_batch(day_opened(1)))
    away = (tmp_path / taken).rename(tmp_path / "away")
    with pytest.raises(WriteFailed, match="taken away"):
        journal.write(a_batch(issued(2)))
    shutil.copy(away, tmp_path / taken)
    with pytest.raises(WriteFailed, match="replaced"):
        journal.write(a_batch(issued(2)))
    away.rename(tmp_path / taken)
    journal.write(a_batch(issued(2)))
    journal.close()
