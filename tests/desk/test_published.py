"""What leaves the hub: every field that may, none that may not."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.desk.published import Published, of_record
from hub.journal.journal import Batch, Journal
from hub.queueing import events as ev
from hub.queueing.events import EVENTS, Record
from wire.codec import encode, zone_of
from wire.events import ALL, is_private

ZONE = zone_of("+07:00")
SECRET = "bi-mat"  # stands in every field that must stay in the office
PRIVATE = ("code", "comment_hash", "reasons", "clerk", "user", "address", "procedure", "language", "reason", "note")


def filled(kind: type[ev.Event]) -> ev.Event:
    """An event with something in every field; what is private says so."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name in PRIVATE:
            values[field.name] = [SECRET] if field.name == "reasons" else SECRET
        elif field.type in ("int", "int | None"):
            values[field.name] = 7
        elif field.type == "float":
            values[field.name] = 1.5
        elif field.type in ("str", "str | None"):
            values[field.name] = f"shown-{field.name}"
        elif field.type == "list[str]":
            values[field.name] = [f"shown-{field.name}"]
        elif field.name == "services":
            values[field.name] = (SECRET,)
    if kind is ev.DayOpened:
        values["tickets"] = [ev.Ticket(id=SECRET, number="B001", service="s", lane="l", day="d", device=SECRET,
                                       issued_at_ms=0, queued_ms=0, order=0)]
        values["counters"] = [ev.Counter(n=1, clerk=SECRET)]
    return kind(**values)


def as_published(event: ev.Event) -> dict[str, Any]:
    record = Record(9, 1_795_305_600_000, 5, event, "kiosk-1", "command-1")
    return of_record(record, epoch="e", zone=ZONE)


@pytest.mark.parametrize("name", EVENTS)
def test_private_fields_never_leave_the_hub(name: str) -> None:
    assert SECRET not in encode(as_published(filled(EVENTS[name]))).decode()


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_published_is_an_event_of_the_contract(name: str) -> None:
    published = as_published(filled(EVENTS[name]))
    expected = "private" if is_private(name) else name
    assert published["event"] == expected
    if expected != "private":
        known = set(ALL[name].__struct_fields__) | {"event"}
        assert set(published) <= known
        required = {f.name for f in msgspec.structs.fields(ALL[name]) if f.required}
        assert required <= set(published), "a field that the contract promises is missing"


def test_an_event_with_nothing_to_tell_keeps_only_its_place() -> None:
    assert as_published(filled(ev.SignedIn)) == {
        "epoch": "e", "seq": 9, "at": "2026-11-22T07:00:00.000+07:00", "event": "private"}


def test_times_travel_as_iso_8601() -> None:
    event = dataclasses.replace(filled(ev.ServiceStarted), started_at_ms=1_795_305_600_123)  # type: ignore[arg-type]
    assert as_published(event)["started_at"] == "2026-11-22T07:00:00.123+07:00"


def test_the_open_list_of_events_is_the_journals_in_order_without_gaps(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    kinds = [k for k in EVENTS.values() if k in (ev.DayOpened, ev.SignedIn, ev.ClockAdjusted, ev.CounterPaused)]
    records = [Record(n, n, n, filled(kind)) for n, kind in enumerate(kinds * 3, start=1) if kind is not ev.DayOpened]
    records = [dataclasses.replace(r, seq=n) for n, r in enumerate(records, start=1)]
    journal.write(Batch(records=records))
    published = Published(tmp_path, ZONE)
    first = published.after(0, 4)
    second = published.after(4, 1000)
    seqs = [e["seq"] for e in first["events"] + second["events"]]
    assert seqs == list(range(1, len(records) + 1))
    assert first["last"] == second["last"] == len(records) and first["epoch"] == journal.epoch
    assert SECRET not in encode([first, second]).decode()
    assert published.after(len(records), 10)["events"] == []
    published.close()
    journal.close()
