"""Compares what three kinds of things know after bad times: the hub's journal, a kiosk's own disk, and paper.

Rule 1: nothing of the project is imported; whoever holds a number is right, and the rest must agree.
Rule 2: it first waits until the dust settles: whatever has to be reported, printed or told has been.
Rule 3: it complains of everything it finds, not only of the first.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

SETTLES_S = 45.0
STAYS_S = 0.6
"""So long nothing may change before the dust counts as settled."""
MARK_ROWS, MARK_WIDTH = 6, 150
"""The mark of a copy is white on a black bar: at least so many rows of it are black over such a width, in dots, and
nothing else on a slip is."""


END_ROWS = 20


@dataclass(frozen=True)
class Seen:
    """A number that somebody read on the glass of a kiosk (or would have, on one without)."""

    device: str
    number: str
    ticket: str


@dataclass(frozen=True)
class Paper:
    """One slip that came out. ``number`` is empty where it broke off before the number; ``whole`` where it ends as
    slips end: the printer also cuts off what hung out of it when a line broke."""

    name: str
    number: str
    whole: bool
    copy: bool


def rows_of(path: Path, query: str) -> list[dict[str, Any]]:
    """The rows of a query over a database that others write; none where there is no such file yet."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(query)]


class Office:
    """What lies on the disks of one demo in ``data``. Call ``check`` after each bad time.

    ``end`` is how the slips of its printers end (``end_of``); left out, it is learned from the first one, which then
    has to come out before anything goes wrong.
    """

    def __init__(self, data: Path, *, end: bytes = b"") -> None:
        self._data = data
        self._papers: dict[str, Paper] = {}
        """All that ever came out: the printer's own folder keeps only the newest."""
        self._end = end

    # -- read

    def visits(self) -> dict[str, dict[str, Any]]:
        """Every ticket of the journal, by its id."""
        return {row["ticket"]: row for row in rows_of(self._data / "journal.db", "SELECT * FROM visits")}

    def events(self, name: str) -> list[dict[str, Any]]:
        """What the journal says of every event of that name."""
        rows = rows_of(self._data / "journal.db", "SELECT event, device, command_id, payload FROM events ORDER BY seq")
        return [{**json.loads(row["payload"]), "by": row["device"]} for row in rows if row["event"] == name]

    def given(self) -> list[dict[str, Any]]:
        """Every number that a kiosk gave by itself, as its own disk has it."""
        return [{**row, "device": disk.parent.name} for disk in self._data.glob("devices/*/numbers.db")
                for row in rows_of(disk, "SELECT id, number, service, day, answer, instead_of FROM given")]

    def papers(self) -> list[Paper]:
        """Every slip that came out of a printer."""
        for told in sorted(self._data.glob("pretend/*-slips/*.json")):
            name, picture = f"{told.parent.name}/{told.stem}", told.with_suffix(".png")
            if name not in self._papers and picture.exists():
                slip = json.loads(told.read_text("utf-8"))
                number = next((words.strip() for words in slip["texts"] if words.strip()), "")
                with Image.open(picture) as opened:
                    dots = opened.convert("L")
                self._end = self._end or (end_of(dots) if slip["complete"] else b"")
                whole = slip["complete"] and end_of(dots) == self._end
                self._papers[name] = Paper(name, number, whole, is_copy(dots))
        return list(self._papers.values())

    def _jobs(self) -> Iterator[dict[str, Any]]:
        for disk in [*self._data.glob("devices/*/printer/slips.db"), *self._data.glob("devices/printer-*/slips.db")]:
            for row in rows_of(disk, "SELECT id, ticket, copy, state, sent, error, told FROM slips"):
                yield {**row, "ticket": json.loads(row["ticket"]), "printer": disk.relative_to(self._data).parts[1]}

    # -- the dust

    def unsettled(self) -> list[str]:
        """What is still on its way."""
        found = [f"{one['device']} has not reported {one['number']}" for one in self.given() if one["answer"] is None]
        for disk in self._data.glob("devices/*/numbers.db"):
            found += [f"{disk.parent.name} has not told of the slip of {row['ticket']}"
                      for row in rows_of(disk, "SELECT ticket FROM slips")]
        for disk in self._data.glob("devices/*/outbox.db"):
            tables = [row["name"] for row in rows_of(disk, "SELECT name FROM sqlite_master WHERE type = 'table' "
                                                           "AND name NOT LIKE 'sqlite%'")]
            for table in tables:
                count = rows_of(disk, f'SELECT count(*) AS n FROM "{table}"')[0]["n"]
                found += [f"{disk.parent.name}: {count} in the outbox"] if count else []
        found += [f"{job['printer']} is at {job['ticket']['number']} ({job['state']})" for job in self._jobs()
                  if job["state"] not in ("printed", "failed") or not job["told"]]
        return found

    def settle(self, within_s: float = SETTLES_S) -> None:
        """Wait until nothing is on its way and nothing has changed for a while."""
        until, still, before = time.monotonic() + within_s, time.monotonic(), -1
        while True:
            left = self.unsettled()
            last = rows_of(self._data / "journal.db", "SELECT max(seq) AS seq FROM events")[0]["seq"]
            if left or last != before:
                still, before = time.monotonic(), last
            elif time.monotonic() - still >= STAYS_S:
                return
            assert time.monotonic() < until, f"the dust does not settle: {left or 'the journal goes on growing'}"
            time.sleep(0.05)

    # -- judge

    def check(self, seen: Iterable[Seen] = (), *, unheard: int = 0, settles_s: float = SETTLES_S) -> None:
        """Settle, and fail with all that can not be.

        ``unheard``: so many numbers of the journal may be known to nobody, because a kiosk was killed between its
        wish and the hub's answer; without such a kill there is none.
        """
        self.settle(settles_s)
        visits = self.visits()
        faults = [*_journal(visits), *_given(visits, self.given()), *_glass(visits, set(seen))]
        faults += _paper(visits, self.papers(), list(self._jobs()))
        nobodys = _known_to_nobody(visits, self.papers(), {one.ticket for one in seen})
        if len(nobodys) > unheard:
            faults.append(f"nobody knows of {[visit['number'] for visit in nobodys]} (allowed are {unheard})")
        assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:20])


def is_copy(dots: Image.Image) -> bool:
    """Whether a slip bears the mark of a copy."""
    rows = (dots.crop((0, y, dots.width, y + 1)).tobytes() for y in range(dots.height))
    high = 0
    for row in rows:
        high = high + 1 if bytes(MARK_WIDTH) in row else 0
        if high >= MARK_ROWS:
            return True
    return False


def end_of(dots: Image.Image) -> bytes:
    """The last printed rows of a slip: the same on every slip of an office, for there stands its telephone number."""
    ink = ImageChops.invert(dots).getbbox()
    assert ink is not None
    return dots.crop((0, max(0, ink[3] - END_ROWS), dots.width, ink[3])).tobytes()


def _journal(visits: dict[str, dict[str, Any]]) -> Iterator[str]:
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    for visit in visits.values():
        holders[visit["day"], visit["number"]].append(visit["ticket"])
        if visit["flags"]:
            yield f"{visit['number']} is odd to the hub: {visit['flags']}"
    for (day, number), tickets in holders.items():
        if len(tickets) > 1:
            yield f"{number} of {day} is held by {len(tickets)}: {tickets}"


def _given(visits: dict[str, dict[str, Any]], given: list[dict[str, Any]]) -> Iterator[str]:
    for one in given:
        visit = visits.get(one["id"])
        if one["answer"] != "accepted":
            yield f"{one['device']} gave {one['number']} and the hub said {one['answer']}"
        if visit is None:
            yield f"{one['device']} gave {one['number']}, and the journal has no such ticket"
        elif (visit["number"], visit["device"], visit["day"]) != (one["number"], one["device"], one["day"]):
            yield f"{one['device']} gave {one['number']}, the journal has {visit['number']} of {visit['device']}"
        elif visit["state"] == "cancelled":
            yield f"{one['device']} gave {one['number']}, and it was cancelled"


def _glass(visits: dict[str, dict[str, Any]], seen: set[Seen]) -> Iterator[str]:
    for one in seen:
        visit = visits.get(one.ticket)
        if visit is None or visit["number"] != one.number:
            yield f"{one.device} showed {one.number}, and the journal has {visit and visit['number']} for that ticket"
        elif visit["state"] == "cancelled":
            yield f"{one.device} showed {one.number}, and it was cancelled under them"
    for number in {one.number for one in seen}:
        if len(holders := {one.ticket for one in seen if one.number == number}) > 1:
            yield f"{number} was shown as {len(holders)} tickets"


def _paper(visits: dict[str, dict[str, Any]], papers: list[Paper], jobs: list[dict[str, Any]]) -> Iterator[str]:
    by_number = {visit["number"]: visit for visit in visits.values()}
    sent = defaultdict(int)
    for job in jobs:
        sent[job["ticket"]["number"]] += job["sent"]
    held: dict[str, list[Paper]] = defaultdict(list)
    # A slip that breaks leaves its beginning, and its end where the printer still had that and got a new roll.
    pieces, breaks = [paper.name for paper in papers if not paper.number], sum(
        job["sent"] if job["state"] == "failed" else job["sent"] - 1 for job in jobs)
    if len(pieces) > 2 * breaks:
        yield f"{breaks} slips broke, and so many pieces bear no number: {pieces}"
    for paper in papers:
        if not paper.number:
            continue
        held[paper.number].append(paper)
        visit = by_number.get(paper.number)
        if visit is None:
            yield f"{paper.name} bears {paper.number}, which is not in the journal"
        elif paper.whole and visit["state"] == "cancelled":
            yield f"{paper.name} bears {paper.number}, which was cancelled"
    for number, slips in held.items():
        whole = [paper for paper in slips if paper.whole]
        if sum(not paper.copy for paper in whole) > 1:
            yield f"{number} came out {len(whole)} times without the mark of a copy"
        if len(slips) > sent[number]:
            yield f"{number} came out {len(slips)} times, and was sent {sent[number]} times"
    for number, visit in by_number.items():
        if visit["printed_ms"] and not any(paper.whole for paper in held[number]):
            yield f"{number} counts as printed, and no slip bears it"


def _known_to_nobody(visits: dict[str, dict[str, Any]], papers: list[Paper],
                     seen: set[str]) -> list[dict[str, Any]]:
    on_paper = {paper.number for paper in papers if paper.whole}
    return [visit for visit in visits.values() if visit["state"] != "cancelled" and visit["ticket"] not in seen
            and visit["number"] not in on_paper and not visit["print_error"]]
