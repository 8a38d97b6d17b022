"""Looks at what an office left on disk, and says whether all of it can be true.

Rule 1: nothing of the project is imported; what a journal must be like is written down here a second time,
from the contract and from the description of the chain.
Rule 2: it complains of everything it finds, not only of the first.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Key = tuple[str, str]
"""A command: (device, id)."""

MOVES = {
    "waiting": {"ticket-called": "called", "ticket-cancelled": "cancelled", "ticket-expired": "expired"},
    "called": {"ticket-recalled": "called", "service-started": "serving", "ticket-missed": "missed",
               "ticket-held": "held", "ticket-transferred": "waiting", "ticket-postponed": "waiting"},
    "serving": {"service-finished": "finished", "ticket-held": "held", "ticket-transferred": "waiting"},
    "held": {"ticket-resumed": "called", "ticket-expired": "expired"},
    "missed": {"ticket-restored": "waiting", "ticket-expired": "expired"},
}
"""The life of a ticket: for each state what may happen, and what comes then."""
AT_COUNTER = ("called", "serving")
LANES = ("normal", "priority")
RESERVED = range(900, 1000)
WAIT_BOUNDS_MIN = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120)
WAIT_COLUMNS = (*(f"wait_le_{m}" for m in WAIT_BOUNDS_MIN), "wait_over_120")


@dataclass(frozen=True)
class Happened:
    """One row of the journal."""

    seq: int
    epoch: str
    at_ms: int
    boot: str
    mono_ms: int
    event: str
    device: str | None
    command_id: str | None
    text: str
    prev: bytes

    @property
    def of(self) -> dict[str, Any]:
        """What the event says."""
        told = json.loads(self.text)
        assert isinstance(told, dict)
        return told


class Journal:
    """Everything in a data folder's journal.db, read in one transaction."""

    def __init__(self, data: Path) -> None:
        db = sqlite3.connect(f"file:{data / 'journal.db'}?mode=ro", uri=True, isolation_level=None, timeout=10)
        db.row_factory = sqlite3.Row
        try:
            db.execute("BEGIN")
            self.whole = [row[0] for row in db.execute("PRAGMA integrity_check")]
            self.events = [Happened(*row) for row in db.execute(
                "SELECT seq, epoch, at_ms, boot, mono_ms, event, device, command_id, payload, prev"
                " FROM events ORDER BY seq")]
            self.visits = {row["ticket"]: dict(row) for row in db.execute("SELECT * FROM visits")}
            self.hours = {(row["day"], row["hour"], row["service"]): dict(row)
                          for row in db.execute("SELECT * FROM hours")}
            self.codes = [tuple(row) for row in db.execute("SELECT code, ticket, day FROM codes ORDER BY code")]
            self.replies = {(row["device"], row["id"]): bytes(row["reply"]) for row in db.execute(
                "SELECT device, id, reply FROM replies")}
        finally:
            db.close()

    def named(self, event: str) -> list[Happened]:
        """Every event of that name."""
        return [e for e in self.events if e.event == event]

    def of_command(self, device: str, command_id: str) -> list[Happened]:
        """What that command brought about."""
        return [e for e in self.events if (e.device, e.command_id) == (device, command_id)]


def check(data: Path, acknowledged: Mapping[Key, bytes] | None = None, *, in_turn: bool = False) -> Journal:
    """Read the journal in ``data``; fail with all that can not be true.

    ``acknowledged`` are the replies that devices got, ok ones and refusals. ``in_turn`` says that nobody was called
    but by ``call-next`` under the order lane-then-time at counters that serve everything.
    """
    journal = Journal(data)
    faults = [*_rows(journal), *_numbers(journal), *_lives(journal), *_commands(journal)]
    if in_turn:
        faults += _turns(journal)
    if not faults:  # from events that can not be true nothing follows
        faults += [*_visits(journal), *_hours(journal), *_kept(journal, acknowledged or {})]
    assert not faults, f"{len(faults)} faults in the journal of {len(journal.events)} events:\n" + "\n".join(
        faults[:20])
    return journal


def _rows(journal: Journal) -> Iterable[str]:
    """Gapless, one epoch, chained, and time never goes back."""
    if journal.whole != ["ok"]:
        yield f"the file is damaged: {journal.whole[:3]}"
    before, last = b"\0" * 32, None
    for place, row in enumerate(journal.events, start=1):
        if row.seq != place:
            yield f"seq {row.seq} stands where {place} should"
            return
        columns = [row.seq, row.epoch, row.at_ms, row.boot, row.mono_ms, row.event, row.device, row.command_id,
                   row.text]
        text = json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()
        if hashlib.sha256(before + text).digest() != row.prev:
            yield f"the chain breaks at seq {row.seq}"
        before = row.prev
        if last is not None:
            if row.epoch != last.epoch:
                yield f"seq {row.seq} is of another epoch"
            if row.at_ms < last.at_ms or row.mono_ms < last.mono_ms:
                yield f"time goes back at seq {row.seq}"
            if row.at_ms - last.at_ms > row.mono_ms - last.mono_ms + 2000 and "clock-adjusted" not in (
                    row.event, last.event) and row.boot == last.boot:
                yield f"the wall clock jumps at seq {row.seq} without a clock-adjusted"
        last = row


def _numbers(journal: Journal) -> Iterable[str]:
    """No number twice for one day and service, none left out, days in order."""
    day, newest, given = "", {}, Counter[tuple[str, str, str]]()
    for row in journal.events:
        if row.event == "day-opened":
            if row.of["day"] <= day:
                yield f"seq {row.seq} opens {row.of['day']} after {day}"
            day, newest = row.of["day"], {}
        elif row.event == "ticket-issued":
            told = row.of
            given[day, told["service"], told["number"]] += 1
            n = newest.get(told["service"], 0) + 1
            if n in RESERVED:
                n = RESERVED.stop
            if told["n"] != n or int(told["number"][1:]) != n or len(told["number"]) < 4:
                yield f"seq {row.seq} gives {told['number']}, the next of {told['service']} is {n}"
            newest[told["service"]] = told["n"]
    yield from (f"{number} of {service} was given {times} times on {at}"
                for (at, service, number), times in given.items() if times > 1)
    for what in ("ticket", "code"):
        used = Counter(row.of[what] for row in journal.named("ticket-issued"))
        yield from (f"{what} {name} was used {times} times" for name, times in used.items() if times > 1)


def _lives(journal: Journal) -> Iterable[str]:
    """Every ticket's path is legal, one ticket at one counter at a time, calls counted without a gap."""
    state: dict[str, str] = {}
    where: dict[str, int] = {}
    there: dict[int, str] = {}
    calls, rated = 0, set[str]()
    for row in journal.events:
        told = row.of
        ticket, counter = told.get("ticket", ""), told.get("counter", 0)
        if row.event in ("ticket-called", "ticket-recalled", "ticket-resumed"):
            calls += 1
            if told["call"] != calls:
                yield f"seq {row.seq} is call {told['call']}, {calls} was due"
        if row.event == "ticket-issued":
            state[ticket] = "waiting"
        elif row.event in ("visit-rated", "rating-set-aside"):
            if state.get(ticket) != "finished" or ticket in rated:
                yield f"seq {row.seq} rates {ticket}, {state.get(ticket)}, rated before: {ticket in rated}"
            rated.add(ticket)
        elif any(row.event in moves for moves in MOVES.values()):
            was = state.get(ticket, "never issued")
            now = MOVES.get(was, {}).get(row.event)
            if now is None:
                yield f"seq {row.seq}: {row.event} happens to {told.get('number')} which is {was}"
                continue
            if was in AT_COUNTER and counter and where.get(ticket) != counter:
                yield f"seq {row.seq}: {told['number']} is at {where.get(ticket)}, not at {counter}"
            state[ticket] = now
            if was in AT_COUNTER and now not in AT_COUNTER:
                there.pop(where.pop(ticket, 0), None)
            if was not in AT_COUNTER and now in AT_COUNTER:
                if counter in there:
                    yield f"seq {row.seq}: {told['number']} is called to {counter}, where {there[counter]} is"
                where[ticket], there[counter] = counter, ticket
        for name in ("wait_s", "service_s"):
            if told.get(name, 0) < 0:
                yield f"seq {row.seq}: {name} is {told[name]}"


def _commands(journal: Journal) -> Iterable[str]:
    """What one command brought about stands together, and happened once."""
    runs: dict[Key, list[Happened]] = defaultdict(list)
    for row in journal.events:
        if row.command_id is not None:
            runs[row.device or "", row.command_id].append(row)
    for (device, name), rows in runs.items():
        seqs = [row.seq for row in rows]
        if seqs != list(range(seqs[0], seqs[0] + len(seqs))) or len({(r.boot, r.at_ms) for r in rows}) > 1:
            yield f"command {name} of {device} happened more than once: seq {seqs}"
        names = Counter(row.event for row in rows)
        if any(times > 1 for times in names.values()):
            yield f"command {name} of {device} did the same thing twice: {dict(names)}"
        if (device, name) not in journal.replies:
            yield f"command {name} of {device} happened, and its reply is not kept"


def _kept(journal: Journal, acknowledged: Mapping[Key, bytes]) -> Iterable[str]:
    """What a device was told is so: the reply is kept as it was given, and the ticket in it exists once."""
    for key, payload in acknowledged.items():
        reply = json.loads(payload)
        if not reply["ok"]:
            if key in journal.replies or journal.of_command(*key):
                yield f"{key} was refused ({reply['refusal']}) and happened"
            continue
        if journal.replies.get(key) != payload:
            yield f"{key} was answered {payload!r}, kept is {journal.replies.get(key)!r}"
        ticket = reply.get("ticket")
        if ticket and ticket["id"] not in journal.visits:
            yield f"{key} was given {ticket['number']}, which does not exist"
        elif ticket and journal.visits[ticket["id"]]["number"] != ticket["number"]:
            yield f"{key} was given {ticket['number']}, which became {journal.visits[ticket['id']]['number']}"


def _turns(journal: Journal) -> Iterable[str]:
    """Whoever was called was the first of the line: the higher lane, then who came first."""
    line: dict[str, tuple[int, int, int]] = {}
    place: dict[str, tuple[int, int, int]] = {}
    for row in journal.events:
        told = row.of
        ticket = told.get("ticket", "")
        if row.event == "ticket-issued":
            line[ticket] = place[ticket] = (-LANES.index(told["lane"]), row.mono_ms, row.seq)
        elif row.event == "ticket-restored":
            line[ticket] = place[ticket]
        elif row.event in ("ticket-cancelled", "ticket-expired"):
            line.pop(ticket, None)
        elif row.event == "ticket-called":
            first = min(line, key=line.__getitem__, default=None)
            if first != ticket:
                yield f"seq {row.seq} calls {told['number']}, but the first of the line was {first}"
            line.pop(ticket, None)


def _visits(journal: Journal) -> Iterable[str]:
    """The table of visits is what the events say."""
    made: dict[str, dict[str, Any]] = {}
    codes: list[tuple[str, str, str]] = []
    day = ""
    for row in journal.events:
        told = row.of
        if row.event == "day-opened":
            day = told["day"]
            oldest = (date.fromisoformat(day) - timedelta(days=8)).isoformat()
            codes = [code for code in codes if code[2] >= oldest]
        elif row.event == "ticket-issued":
            codes.append((told["code"], told["ticket"], day))
            made[told["ticket"]] = {
                "seq": row.seq, "ticket": told["ticket"], "day": day, "issued_ms": row.at_ms, "calls": 0,
                "state": "waiting",
                **{k: told.get(k) for k in ("number", "service", "lane", "channel", "device", "language", "procedure")},
            }
        elif told.get("ticket") in made:
            _visit_goes_on(made[told["ticket"]], row, told)
    for ticket in made.keys() | journal.visits.keys():
        is_made, kept = made.get(ticket, {}), journal.visits.get(ticket, {})
        wrong = {k: (kept.get(k), is_made.get(k)) for k in is_made.keys() | kept.keys()
                 if is_made.get(k) != kept.get(k)}
        if wrong:
            yield f"visit {ticket}: (kept, what the events say) differ: {wrong}"
    if sorted(codes) != journal.codes:
        yield f"codes: {len(journal.codes)} are kept, the events say {len(codes)}"


def _visit_goes_on(visit: dict[str, Any], row: Happened, told: dict[str, Any]) -> None:
    match row.event:
        case "ticket-called":
            visit |= {"state": "called", "counter": told["counter"], "clerk": told["clerk"],
                      "calls": visit["calls"] + 1, "called_ms": row.at_ms}
            visit.setdefault("first_called_ms", row.at_ms)
            visit.setdefault("wait_s", told["wait_s"])
        case "ticket-recalled":
            visit |= {"calls": visit["calls"] + 1, "called_ms": row.at_ms}
        case "service-started":
            visit |= {"state": "serving", "started_ms": told["started_at_ms"]}
        case "service-finished":
            visit |= {"state": "finished", "finished_ms": row.at_ms,
                      **{k: told[k] for k in ("service_s", "outcome", "clerk")}}
        case "ticket-missed" | "ticket-cancelled" | "ticket-expired":
            visit["state"] = row.event.removeprefix("ticket-")
        case "ticket-restored":
            visit["state"] = "waiting"
        case "visit-rated":
            visit |= {"score": told["score"], "rated_ms": row.at_ms, "rated_channel": told["channel"],
                      "reasons": json.dumps(told["reasons"]) if told["reasons"] else None}


def _hours(journal: Journal) -> Iterable[str]:
    """The counts of each hour are what the events say: by the day of the number and the hour it happened in."""
    made: dict[tuple[str, int, str], Counter[str]] = defaultdict(Counter)
    day_of: dict[str, str] = {}
    waited: set[str] = set()
    day, offset_ms = "", 0
    for row in journal.events:
        told = row.of
        if row.event == "day-opened":
            day, offset_ms = told["day"], told["utc_offset_min"] * 60_000
        if row.event == "ticket-issued":
            day_of[told["ticket"]] = day
        counts = _counted(row.event, told, first_call=told.get("ticket") not in waited)
        if counts:
            hour = (row.at_ms + offset_ms) // 3_600_000 % 24
            made[day_of[told["ticket"]], hour, told["service"]].update(counts)
        if row.event == "ticket-called":
            waited.add(told["ticket"])
    for key in made.keys() | journal.hours.keys():
        kept = {k: v for k, v in journal.hours.get(key, {}).items() if k not in ("day", "hour", "service")}
        wrong = {k: (kept.get(k, 0), made[key][k]) for k in kept.keys() | made[key].keys()
                 if abs(kept.get(k, 0) - made[key][k]) > 1e-6}
        if wrong:
            yield f"hour {key}: (kept, what the events say) differ: {wrong}"


def _counted(event: str, told: dict[str, Any], *, first_call: bool) -> dict[str, Any]:
    match event:
        case "ticket-issued" | "ticket-missed" | "ticket-cancelled" | "ticket-expired":
            return {event.removeprefix("ticket-"): 1}
        case "ticket-called":
            if not first_call:
                return {"called": 1}
            column = WAIT_COLUMNS[bisect_left(WAIT_BOUNDS_MIN, told["wait_s"] / 60)]
            return {"called": 1, "wait_n": 1, "wait_sum_s": told["wait_s"], column: 1}
        case "service-finished":
            return {"served": 1, "service_n": 1, "service_sum_s": told["service_s"]}
        case "visit-rated":
            return {f"rating_{told['score']}": 1}
    return {}
