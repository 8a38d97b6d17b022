"""The checker finds what it is there for: each test spoils a small office that is right."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.devices.checker import Office, Seen

DAY = "2026-11-22"
TABLES = {
    "journal.db": """
        CREATE TABLE events (seq INTEGER, event TEXT, device TEXT, command_id TEXT, payload TEXT);
        CREATE TABLE visits (ticket TEXT, day TEXT, number TEXT, device TEXT, state TEXT, printed_ms INTEGER,
                             print_error TEXT, flags TEXT);""",
    "devices/kiosk-1/numbers.db": """
        CREATE TABLE given (id TEXT, number TEXT, service TEXT, day TEXT, answer TEXT, instead_of TEXT);
        CREATE TABLE slips (ticket TEXT);""",
    "devices/kiosk-1/outbox.db": "CREATE TABLE kept (id TEXT);",
    "devices/kiosk-1/printer/slips.db": """
        CREATE TABLE slips (id TEXT, ticket TEXT, copy INTEGER, state TEXT, sent INTEGER, error TEXT, told INTEGER);""",
}


def write(data: Path, file: str, query: str, *values: object) -> None:
    """Change one row of one disk."""
    with closing(sqlite3.connect(data / file)) as db, db:
        db.execute(query, values)


def slip(data: Path, number: str, *, copy: bool = False) -> None:
    """One more slip comes out of the kiosk's printer."""
    folder = data / "pretend" / "kiosk-1-slips"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{len(list(folder.glob('*.png'))) + 1:06d}"
    picture = Image.new("1", (576, 400), 255)
    drawn = ImageDraw.Draw(picture)
    drawn.rectangle((0, 380, 300, 384), fill=0)
    if copy:
        drawn.rectangle((100, 20, 400, 80), fill=0)
    (folder / f"{name}.json").write_text(json.dumps({"texts": [number], "complete": True}))
    picture.save(folder / f"{name}.png")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A kiosk has given A900 by itself and printed it; the hub has taken it over."""
    for file, tables in TABLES.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(tmp_path / file)) as db:
            db.executescript(tables)
    write(tmp_path, "journal.db",
          "INSERT INTO visits VALUES ('t1', ?, 'A900', 'kiosk-1', 'waiting', 1, NULL, NULL)", DAY)
    write(tmp_path, "devices/kiosk-1/numbers.db",
          "INSERT INTO given VALUES ('t1', 'A900', 'chung-thuc', ?, 'accepted', '')", DAY)
    write(tmp_path, "devices/kiosk-1/printer/slips.db",
          "INSERT INTO slips VALUES ('t1', ?, 0, 'printed', 1, NULL, 1)", json.dumps({"number": "A900"}))
    slip(tmp_path, "A900")
    return tmp_path


def test_an_office_that_is_right_passes(data: Path) -> None:
    Office(data).check([Seen("kiosk-1", "A900", "t1")])


JOURNAL, KIOSK, PRINTER = "journal.db", "devices/kiosk-1/numbers.db", "devices/kiosk-1/printer/slips.db"


@pytest.mark.parametrize("spoil, complaint", [
    (lambda d: write(d, JOURNAL, "DELETE FROM visits"), "the journal has no such ticket"),
    (lambda d: write(d, JOURNAL, "UPDATE visits SET number = 'A901'"), "bears A900, which is not in the journal"),
    (lambda d: write(d, JOURNAL, "UPDATE visits SET state = 'cancelled'"), "it was cancelled"),
    (lambda d: write(d, JOURNAL, "UPDATE visits SET flags = 'number-held'"), "is odd to the hub"),
    (lambda d: write(d, JOURNAL, "INSERT INTO visits SELECT 't2', day, number, device, state, 1, NULL, NULL "
                                 "FROM visits"), "is held by 2"),
    (lambda d: write(d, JOURNAL, "INSERT INTO visits VALUES ('t2', ?, 'A002', 'kiosk-1', 'waiting', NULL, NULL, NULL)",
                     DAY), "nobody knows of ['A002']"),
    (lambda d: write(d, JOURNAL, "INSERT INTO visits VALUES ('t2', ?, 'A002', 'kiosk-1', 'waiting', 1, NULL, NULL)",
                     DAY), "A002 counts as printed"),
    (lambda d: write(d, KIOSK, "UPDATE given SET answer = 'too-late'"), "the hub said too-late"),
    (lambda d: write(d, KIOSK, "UPDATE given SET answer = NULL"), "has not reported A900"),
    (lambda d: write(d, KIOSK, "INSERT INTO slips VALUES ('t1')"), "has not told of the slip"),
    (lambda d: write(d, "devices/kiosk-1/outbox.db", "INSERT INTO kept VALUES ('x')"), "1 in the outbox"),
    (lambda d: write(d, PRINTER, "UPDATE slips SET state = 'waiting'"), "is at A900 (waiting)"),
    (lambda d: slip(d, "A900"), "without the mark of a copy"),
    (lambda d: slip(d, "A900", copy=True), "came out 2 times, and was sent 1 times"),
    (lambda d: slip(d, "A777"), "bears A777, which is not in the journal"),
    (lambda d: slip(d, ""), "bear no number"),
])
def test_what_can_not_be_is_found(data: Path, spoil: Callable[[Path], None], complaint: str) -> None:
    spoil(data)
    with pytest.raises(AssertionError) as found:
        Office(data).check([Seen("kiosk-1", "A900", "t1")], settles_s=0.8)
    assert complaint in str(found.value)
