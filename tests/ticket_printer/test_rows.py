"""A slip is a row with an end, whatever becomes of the process."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ticket_printer.errors import RowsFailed
from ticket_printer.rows import REMEMBERED, Row, Rows


def row(slip_id, state="waiting"):
    return Row(slip_id, b"{}", False, None, 1000, None, state, 0, None, False)


class Life(RuleBasedStateMachine):
    """The rows against a dictionary, with the power cut at any time."""

    def __init__(self):
        super().__init__()
        import tempfile
        self.folder = tempfile.TemporaryDirectory()
        self.path = f"{self.folder.name}/slips.db"
        self.rows = Rows(self.path)
        self.model = {}

    ids = st.sampled_from([f"slip-{n}" for n in range(6)])

    @rule(slip=ids)
    def put(self, slip):
        known = self.rows.put(row(slip))
        assert (known.state if known else None) == (self.model[slip][0] if slip in self.model else None)
        self.model.setdefault(slip, ["waiting", 0, False])

    @rule(slip=ids)
    def send(self, slip):
        if self.model.get(slip, ["printed"])[0] in ("waiting", "unknown"):
            self.rows.sending(slip)
            self.model[slip][:2] = ["sending", self.model[slip][1] + 1]

    @rule(slip=ids, end=st.sampled_from(("printed", "failed", "unknown")))
    def end(self, slip, end):
        if self.model.get(slip, ["printed"])[0] == "sending":
            self.rows.printed(slip) if end == "printed" else getattr(self.rows, end)(slip, "paper-out")
            self.model[slip][0] = end

    @rule(slip=ids)
    def tell(self, slip):
        if self.model.get(slip, [""])[0] in ("printed", "failed"):
            self.rows.told(slip)
            self.model[slip][2] = True

    @precondition(lambda self: self.model)
    @rule()
    def power_cut(self):
        self.rows.close()
        self.rows = Rows(self.path)
        self.rows.recover()
        for slip in self.model.values():
            slip[0] = "unknown" if slip[0] == "sending" else slip[0]

    @invariant()
    def the_rows_are_what_was_done(self):
        opened = {one.id: one for one in self.rows.open_slips()}
        assert {k: (v.state, v.sent) for k, v in opened.items()} == {
            k: (v[0], v[1]) for k, v in self.model.items() if v[0] in ("waiting", "sending", "unknown")}
        assert {one.id for one in self.rows.untold()} == {
            k for k, v in self.model.items() if v[0] in ("printed", "failed") and not v[2]}

    def teardown(self):
        self.rows.close()
        self.folder.cleanup()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


def test_the_last_thousand_ids_are_remembered_and_older_ones_forgotten(tmp_path):
    rows = Rows(tmp_path / "slips.db")
    for n in range(REMEMBERED + 20):
        rows.put(row(f"slip-{n}", "printed"))
    rows.told(f"slip-{REMEMBERED + 19}")
    for n in range(REMEMBERED + 19):
        rows.told(f"slip-{n}")
    assert rows.put(row("slip-20")) is not None
    assert rows.put(row("slip-19")) is None
    rows.close()


def test_what_nobody_was_told_of_is_never_forgotten(tmp_path):
    rows = Rows(tmp_path / "slips.db")
    rows.put(row("old", "failed"))
    for n in range(REMEMBERED + 5):
        rows.put(row(f"slip-{n}", "printed"))
        rows.told(f"slip-{n}")
    assert [one.id for one in rows.untold()] == ["old"]
    rows.close()


def test_a_damaged_file_is_set_aside_and_the_printer_starts(tmp_path):
    (tmp_path / "slips.db").write_bytes(b"this is no database, and never was one" * 99)
    rows = Rows(tmp_path / "slips.db")
    assert rows.open_slips() == [] and (tmp_path / "slips.db.broken").exists()
    rows.close()


def test_a_folder_that_takes_no_file_is_told_with_its_name(tmp_path):
    with pytest.raises(RowsFailed, match=r"slips\.db"):
        Rows(tmp_path / "nowhere" / "slips.db")


def test_when_the_disk_takes_no_more_slips_go_on_in_memory_with_all_that_was_known(tmp_path):
    rows = Rows(tmp_path / "slips.db")
    rows.put(row("known", "printed"))
    rows._disk.execute("PRAGMA query_only = ON")      # as a card that has become read-only
    assert rows.put(row("new")) is None and not rows.on_disk
    rows.sending("new")
    assert rows.put(row("known")).state == "printed"
    assert [one.state for one in rows.open_slips()] == ["sending"]
    rows.close()
    with sqlite3.connect(tmp_path / "slips.db") as disk:
        assert disk.execute("SELECT id FROM slips").fetchall() == [("known",)]
