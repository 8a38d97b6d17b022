"""One office under test: the rules and the journal on one side, the model on the other, the same commands to both.

Rule 1: records reach the floor by `apply` and the disk by `Journal.write`, as in the hub's own loop.
Rule 2: after every command everything that anybody can see is compared; `Disagreement` says what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hub.journal import migrate
from hub.journal.journal import Batch, Journal, connect
from hub.journal.projections import TABLES, Projector
from hub.journal.rows import COLUMNS, GENESIS, Row, chained, to_record
from hub.queueing import events as ev
from hub.queueing import rules
from hub.queueing.events import Event, Moment, Record
from hub.queueing.floor import Floor, replay
from hub.queueing.hall import Desk, Hall, Service
from hub.queueing.life import TicketState
from hub.queueing.rules import NOT_TOLD, Refused
from tests.queueing.model import Model, No

START_MS = 1_795_305_600_000  # 07:00 at +07:00
WAITING = TicketState.WAITING


class Disagreement(AssertionError):
    """The hall and the model do not tell the same."""


def same(what: str, hall: object, model: object) -> None:
    """Both must tell the same of `what`."""
    if hall != model:
        raise Disagreement(f"{what}: the hall says {hall!r}, the model {model!r}")


def hall_and_model(
    *, order: str = "lane-then-time", reserved: tuple[int, int] = (900, 999), guard_ms: int = 2000,
    rating_ms: int = 7 * 86_400_000, closed: tuple[str, ...] = (), serves: dict[int, tuple[str, ...]] | None = None,
    series: dict[str, str] | None = None, open_at_start: bool = False,
) -> tuple[Hall, Model]:
    """The same office twice."""
    series = series or {"ho-tich": "B", "dat-dai": "D", "thue": "1"}
    serves = serves or {1: (), 2: ("ho-tich",), 3: ("dat-dai", "thue")}
    lanes = ("normal", "elder", "priority")
    hall = Hall(
        services=tuple(Service(s, letter, s in closed) for s, letter in series.items()),
        desks=tuple(Desk(n, "tang-1", own) for n, own in serves.items()),
        lanes=lanes, outcomes=frozenset({"not-stated", "received"}), pause_reasons=frozenset({"break"}), order=order,
        reserved=reserved, call_guard_ms=guard_ms, rating_window_ms=rating_ms, open_at_start=open_at_start)
    model = Model(series=series, serves=serves, lanes=lanes, order=order, closed=closed, reserved=reserved,
                  guard_ms=guard_ms, rating_ms=rating_ms, offset_ms=7 * 3_600_000)
    return hall, model


class Office:
    """A hall with its journal, and the model that is told the same."""

    def __init__(self, hall: Hall, model: Model) -> None:
        self.hall, self.model = hall, model
        self.at_ms, self.mono_ms = START_MS, 0
        self.journal = Journal.in_memory()
        self.floor = Floor(hall)
        self.taken = 0
        self.refusals: dict[str, int] = {}
        self.time_passes(0)

    # -- what can happen

    def time_passes(self, ms: int, *, step_ms: int = 0) -> None:
        """Time goes on by `ms`; the wall clock steps by `step_ms` more, and never goes back."""
        self.at_ms, self.mono_ms = self.at_ms + max(0, ms + step_ms), self.mono_ms + ms
        opened_before = self.floor.day is not None
        self._keep([ev.ClockAdjusted(step_s=step_ms / 1000)] if step_ms else [])
        self._keep(rules.turn_of_day(self.floor, self.now))
        self.model.time_is(self.at_ms, self.mono_ms)
        if not opened_before and self.hall.open_at_start:
            for n in self.hall.by_desk:
                self.model.open_counter(n)
        self.compare()

    def restart(self) -> None:
        """The hub ends and starts again on the same journal."""
        again = Journal(self.journal._db)
        again._start()
        same("epoch and seq after a restart", (again.epoch, again.seq), (self.journal.epoch, self.journal.seq))
        self.journal, self.floor = again, replay(self.hall, again.today())
        self.compare()

    def do(self, command: str, **told: Any) -> str | None:
        """One command to both; the refusal they agree on, or `None`."""
        if command == "take_ticket":
            self.taken += 1
            told["ticket"] = f"t{self.taken}"
        before, seq = _everything(self.floor), self.floor.seq
        shown, refusal = None, None
        try:
            events = self._ask(command, **told)
        except Refused as no:
            refusal = no.code
        else:
            shown = self._shown(command, told, events)
            self._keep(events, device="box-1", command_id=f"command-{self.journal.seq}")
        try:
            expected, expected_no = getattr(self.model, command)(**told), None
        except No as no:
            expected, expected_no = None, str(no)
        same(f"{command} {told} refusal", refusal, expected_no)
        if refusal is None:
            same(f"{command} {told} ticket", shown, expected)
        else:
            self.refusals[refusal] = self.refusals.get(refusal, 0) + 1
            same("seq after a refusal", self.floor.seq, seq)
            same("the floor after a refusal", _everything(self.floor), before)
        self.compare()
        return refusal

    def _ask(self, command: str, **told: Any) -> list[Event]:
        if "at_counter" in told:
            seen = told.pop("at_counter")
            told["seen"] = NOT_TOLD if seen == "not told" else seen
        if command == "take_ticket":
            told |= {"code": f"code-of-{told['ticket']:>16}", "device": "kiosk-1"}
        if command == "rate":
            name = rules.visit_to_rate(self.floor, ticket=told.get("ticket"), counter=told.pop("counter", None))
            past = None if name in self.floor.tickets else self.journal.past_visit(name)
            told |= {"ticket": name, "past": past}
        rule: Callable[..., list[Event]] = getattr(rules, command)
        return rule(self.floor, self.now, **told)

    def _shown(self, command: str, told: dict[str, Any], events: list[Event]) -> str | None:
        """The id of the ticket that the reply shows."""
        if command in ("take_ticket", "cancel_ticket", "restore", "call_ticket"):
            found = self.floor.find(told["ticket"])
            return found.id if found else told["ticket"]
        if command == "call_next":
            return next((e.ticket for e in events if isinstance(e, ev.TicketCalled)), None)
        if command in ("recall", "start_service", "finish", "no_show"):
            return self.floor.counters[told["counter"]].ticket
        return None

    @property
    def now(self) -> Moment:
        return Moment(self.at_ms, self.mono_ms)

    def _keep(self, events: list[Event], device: str | None = None, command_id: str | None = None) -> None:
        batch = Batch()
        for event in events:
            record = Record(self.floor.seq + 1, self.at_ms, self.mono_ms, event, device, command_id)
            self.floor.apply(record)
            batch.records.append(record)
        if batch:
            self.journal.write(batch)

    # -- what must be so

    def compare(self) -> None:
        """Replay against the floor, and the floor against the model."""
        if replay(self.hall, self.journal.today()) != self.floor:
            raise Disagreement("the journal replayed is not the live floor")
        floor, model = self.floor, self.model
        same("calls", floor.call, model.call)
        same("who is here", list(floor.tickets), [v.id for v in model.here])
        there = {}
        for v in model.here:
            ticket = floor.tickets[v.id]
            same(f"ticket {v.id}", (ticket.number, ticket.state.value, ticket.counter, ticket.lane, ticket.rated),
                 (v.number, v.state, v.counter, v.lane, v.score is not None))
            if v.state == "waiting":
                same(f"ahead of {v.number}", floor.ahead_of(ticket), model.ahead(v))
            elif v.state in ("called", "serving"):
                same(f"times of {v.number}", ticket.calls, v.times)
                if v.counter in there:
                    raise Disagreement(f"{v.id} and {there[v.counter]} are both at counter {v.counter}")
                there[v.counter] = v.id
        for n, d in model.desks.items():
            counter = floor.counters[n]
            same(f"counter {n}", (counter.mode, counter.clerk, counter.ticket, counter.last and counter.last.ticket),
                 (d.mode, d.clerk, d.ticket and d.ticket.id, d.last))
            same(f"who is at counter {n}", counter.ticket, there.get(n))
            line = [v.id for v in model.waiting(model.served(d))]
            same(f"callable at {n}", floor.callable_at(counter), 0 if d.mode == "closed" else len(line))
            same(f"next at {n}", floor.line.next_of(floor.services_of(counter)), line[0] if line else None)
        for service in model.hall.series:
            same(f"upcoming of {service}", floor.line.first(service, 3),
                 [v.id for v in model.waiting([service])][:3])

    def compare_disk(self) -> None:
        """The journal is whole: gapless, chained, and its projections are what a rebuild gives."""
        rows = [Row(*r) for r in self.journal._db.execute(f"SELECT {COLUMNS} FROM events ORDER BY seq")]
        same("seqs", [r.seq for r in rows], list(range(1, len(rows) + 1)))
        before = GENESIS
        for row in rows:
            if chained(before, row[:-1]) != row.prev:
                raise Disagreement(f"the chain breaks at row {row.seq}")
            before = row.prev
        same("projections", dump(self.journal), rebuilt([to_record(r) for r in rows]))
        visits = self.journal._db.execute("SELECT ticket, number, service, lane, state, counter, calls, wait_s,"
                                          " service_s, score FROM visits ORDER BY seq").fetchall()
        same("visits", visits, [
            (v.id, v.number, v.service, v.lane, v.state, v.counter, v.calls, v.wait_s, v.service_s, v.score)
            for v in self.model.visits.values()])
        days = [r for r in rows if r.event == "day-opened"]
        opened = [to_record(r).event.day for r in days]
        same("days opened once and in order", opened, sorted(set(opened)))


def dump(journal: Journal) -> dict[str, list[Any]]:
    """The tables that are projections, row by row."""
    return dump_of(journal._db)


def dump_of(db: Any) -> dict[str, list[Any]]:
    """The tables that are projections, row by row."""
    return {table: db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}


_scratch: list[Any] = []


def rebuilt(records: Iterator[Record] | list[Record]) -> dict[str, list[Any]]:
    """What the projections are after all these records, on a connection of their own."""
    if not _scratch:
        _scratch.append(connect(":memory:"))
        migrate.up(_scratch[0], backups=None)
    db = _scratch[0]
    projector = Projector(db)
    db.execute("BEGIN")
    projector.clear()
    for record in records:
        projector.apply(record)
    tables = dump_of(db)
    db.execute("ROLLBACK")
    return tables


def _everything(floor: Floor) -> tuple[Any, ...]:
    """What a refused command must leave as it was, cheaply: seq, counters, and the place of everyone."""
    return (floor.seq, floor.call, floor.order, floor.at_ms, floor.line.everyone(),
            [(c.n, c.mode, c.clerk, c.services, c.ticket) for c in floor.counters.values()],
            [(t.id, t.state, t.counter, t.calls, t.rated) for t in floor.tickets.values()])
