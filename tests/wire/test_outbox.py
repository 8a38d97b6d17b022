"""What a device must not lose is on its disk before anybody is told so."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from wire.outbox import Kept, Outbox, OutboxFailed

ROOT = Path(__file__).parents[2]


def test_it_keeps_in_order_and_forgets_what_is_done(tmp_path: Path) -> None:
    """The same id again is the same command."""
    box = Outbox(tmp_path / "outbox.db")
    box.put("id-00001", b"1")
    box.put("id-00002", b"2")
    box.put("id-00001", b"another")
    assert box.waiting() == [Kept("id-00001", b"1"), Kept("id-00002", b"2")]
    box.done("id-00001")
    box.done("never-was")
    assert box.waiting() == [Kept("id-00002", b"2")]


def test_what_was_put_is_there_after_a_kill(tmp_path: Path) -> None:
    """SIGKILL while it is putting: all that it had reported is there, whole, and at most one more."""
    path = tmp_path / "outbox.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", (
            "import sys; from wire.outbox import Outbox\n"
            "box = Outbox(sys.argv[1])\n"
            "for i in range(10**6):\n"
            "    box.put(f'id-{i:08}', b'x' * 900); print(i, flush=True)\n"
        ), str(path)], stdout=subprocess.PIPE, cwd=ROOT)
    assert writer.stdout is not None
    reported = 0
    while reported < 40:
        reported = int(writer.stdout.readline())
    writer.send_signal(signal.SIGKILL)
    for line in writer.stdout:
        reported = int(line)
    writer.wait()
    kept = Outbox(path).waiting()
    assert [k.id for k in kept] == [f"id-{i:08}" for i in range(len(kept))]
    assert len(kept) - (reported + 1) in (0, 1)
    assert {len(k.payload) for k in kept} == {900}


def test_it_writes_through_to_the_disk(tmp_path: Path) -> None:
    """synchronous=FULL, because a device is switched off at the wall."""
    box = Outbox(tmp_path / "outbox.db")
    assert box._disk.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_damaged_file_is_set_aside_and_the_device_starts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A kiosk that can not start gives no numbers at all."""
    path = tmp_path / "outbox.db"
    path.write_bytes(b"no database " * 500)
    box = Outbox(path)
    assert box.waiting() == []
    box.put("id-00001", b"1")
    assert (tmp_path / "outbox.db.broken").read_bytes().startswith(b"no database")
    assert "set aside" in caplog.text


def test_a_disk_that_takes_nothing_says_so(tmp_path: Path) -> None:
    """The caller must not believe that it is kept."""
    with pytest.raises(OutboxFailed, match="disk full"):
        Outbox(tmp_path / "no-such-folder" / "outbox.db")
    path = tmp_path / "outbox.db"
    box = Outbox(path)
    box._disk.execute("PRAGMA max_page_count = 4")
    with pytest.raises(OSError, match="disk full"):
        for i in range(100):
            box.put(f"id-{i:08}", b"x" * 2000)
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)
