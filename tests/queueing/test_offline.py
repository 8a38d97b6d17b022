"""Kiosks that lose the hub, by hypothesis: blocks, reports in any order, resends, restarts, days that turn.

After every step the journal replayed is the live floor, the projections are what a rebuild gives, and the laws below
hold. What a kiosk knows of its own (its numbers, its papers) is kept beside the hub, in `Kiosk`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.journal.journal import Batch, Journal
from hub.journal.rows import COLUMNS, Row, to_record
from hub.queueing import events as ev
from hub.queueing import offline, rules
from hub.queueing.events import Event, Moment, Record
from hub.queueing.floor import Floor, replay
from hub.queueing.hall import Desk, Hall, Service
from hub.queueing.life import TicketState
from hub.queueing.offline import Given
from hub.queueing.rules import Refused
from tests.queueing.office import START_MS, dump, rebuilt

DAY_MS = 86_400_000
SERIES = {"ho-tich": "B", "dat-dai": "D"}
KIOSKS = ("kiosk-1", "kiosk-2")
AGES_MS = (0, 1, 900, 60_000, 3_600_000, 20 * 3_600_000, 10**15)


def a_hall(reserved: tuple[int, int] = (900, 999), order: str = "lane-then-time") -> Hall:
    return Hall(services=tuple(Service(s, letter) for s, letter in SERIES.items()), desks=(Desk(1), Desk(2)),
                reserved=reserved, order=order, open_at_start=True)


@dataclass
class Kiosk:
    """What a kiosk has on its own disk."""

    name: str
    numbers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    papers: list[Given] = field(default_factory=list)
    answered_ms: int | None = None


class Site:
    """A hub without wires: its floor, its journal, a clock, and the kiosks."""

    def __init__(self, hall: Hall) -> None:
        self.hall, self.journal, self.floor = hall, Journal.in_memory(), Floor(hall)
        self.at_ms, self.mono_ms, self.made = START_MS, 0, 0
        self.kiosks = {name: Kiosk(name) for name in KIOSKS}
        self.time_passes(0)

    @property
    def now(self) -> Moment:
        return Moment(self.at_ms, self.mono_ms)

    def time_passes(self, ms: int) -> None:
        self.at_ms, self.mono_ms = self.at_ms + ms, self.mono_ms + ms
        self.keep(rules.turn_of_day(self.floor, self.now))

    def keep(self, events: list[Event], device: str | None = None, command_id: str | None = None) -> None:
        batch = Batch()
        for event in events:
            batch.records.append(Record(self.floor.seq + 1, self.at_ms, self.mono_ms, event, device, command_id))
            self.floor.apply(batch.records[-1])
        if batch:
            self.journal.write(batch)

    def new(self, kind: str) -> str:
        self.made += 1
        return f"{kind}-{self.made:06d}"

    def restart(self) -> None:
        again = Journal(self.journal._db)
        again._start()
        self.journal, self.floor = again, replay(self.hall, again.today())
        for kiosk in self.kiosks.values():
            kiosk.answered_ms = None

    # -- what kiosks do

    def takes(self, device: str = "desk", service: str = "ho-tich", lane: str = "normal",
              command_id: str | None = None) -> str:
        ticket = self.new("t")
        self.keep(rules.take_ticket(self.floor, self.now, ticket=ticket, code=self.new("code-of-a-ticket"),
                                    device=device, service=service, lane=lane), device, command_id or self.new("c"))
        self.heard_of(device)
        return ticket

    def heard_of(self, device: str) -> None:
        if device in self.kiosks:
            self.kiosks[device].answered_ms = self.mono_ms

    def reserves(self, device: str = "kiosk-1", service: str = "ho-tich", count: int = 3, *,
                 next_day: bool = False) -> list[str]:
        try:
            events = offline.reserve_numbers(
                self.floor, self.now, device=device, service=service, count=count, next_day=next_day)
        except Refused:
            return []
        finally:
            self.heard_of(device)
        self.keep(events, device, self.new("c"))
        (kept,) = events
        assert isinstance(kept, ev.NumbersReserved)
        self.kiosks[device].numbers.setdefault((kept.day, service), []).extend(kept.numbers)
        return kept.numbers

    def gives(self, device: str = "kiosk-1", service: str = "ho-tich", **fields: Any) -> Given | None:
        """A paper with the kiosk's next number of today, if it has one left."""
        day = self.hall.day_of(self.at_ms)
        left = self.kiosks[device].numbers.get((day, service), [])
        if not left and "number" not in fields:
            return None
        told: dict[str, Any] = {"lane": "normal", "day": day, "age_ms": 0, **fields}
        number = told.pop("number", None) or left.pop(0)
        given = Given(id=self.new("paper"), number=number, service=service, code=self.new("code-of-a-paper"), **told)
        self.kiosks[device].papers.append(given)
        return given

    def reports(self, device: str, *papers: Given) -> offline.Report:
        unknown = [g.id for g in papers if g.id not in self.floor.tickets]
        contact = self.kiosks[device].answered_ms
        contact = self.floor.heard_ms.get(device) if contact is None else contact
        report = offline.report_tickets(
            self.floor, self.now, device=device, tickets=list(papers), contact_ms=contact,
            known_before=frozenset(i for i in unknown if self.journal.past_visit(i) is not None))
        self.keep(report.events, device, self.new("c"))
        return report

    def calls(self, counter: int = 1) -> str | None:
        try:
            self.keep(rules.call_next(self.floor, self.now, counter=counter,
                                      seen=self.floor.counters[counter].ticket))
        except Refused:
            return None
        return self.floor.counters[counter].ticket

    # -- what must be so

    def check(self) -> None:
        assert replay(self.hall, self.journal.today()) == self.floor, "the journal replayed is not the live floor"
        rows = [to_record(Row(*r)) for r in self.journal._db.execute(f"SELECT {COLUMNS} FROM events ORDER BY seq")]
        assert dump(self.journal) == rebuilt(rows), "the projections are not what a rebuild gives"


papers_of = st.lists(st.integers(0, 40), max_size=6)


class KiosksLoseTheHub(RuleBasedStateMachine):
    site: Site

    @initialize(reserved=st.sampled_from(((900, 999), (3, 8), (1, 4))),
                order=st.sampled_from(("lane-then-time", "first-come")))
    def an_office_opens(self, **kind: Any) -> None:
        self.site = Site(a_hall(**kind))
        self.accepted: set[str] = set()
        self.by_hub: dict[tuple[str, str], str] = {}
        self.given_up: list[tuple[str, str]] = []

    @rule(service=st.sampled_from(tuple(SERIES)), device=st.sampled_from(("desk", *KIOSKS)),
          lane=st.sampled_from(("normal", "priority")))
    def somebody_takes_a_number_of_the_hub(self, service: str, device: str, lane: str) -> None:
        held = set(self.site.floor.by_number)
        kept = {n for (day, _), block in self.site.floor.blocks.items() if day == self.site.floor.day for n in block}
        ticket = self.site.floor.tickets[self.site.takes(device, service, lane)]
        assert ticket.number not in held, "a number that somebody holds was given"
        assert ticket.number not in kept, "a number that is kept for a kiosk was given"

    @rule(device=st.sampled_from(KIOSKS), service=st.sampled_from(tuple(SERIES)), count=st.integers(1, 50),
          next_day=st.booleans())
    def a_kiosk_reserves(self, device: str, service: str, count: int, next_day: bool) -> None:
        day = self.site.floor.day
        blocks = {key: set(block) for key, block in self.site.floor.blocks.items()}
        held = set(self.site.floor.by_number)
        numbers = self.site.reserves(device, service, count, next_day=next_day)
        first, last = self.site.hall.reserved
        assert len(numbers) <= count and len(set(numbers)) == len(numbers)
        assert all(first <= int(n[1:]) <= last and n[0] == SERIES[service] for n in numbers)
        if not next_day:
            assert not set(numbers) & held, "a number that somebody holds was reserved"
        for (of_day, _), block in blocks.items():
            if (of_day == day) is not next_day:
                assert not set(numbers) & block, "a number was kept for two"

    @rule(device=st.sampled_from(KIOSKS), service=st.sampled_from(tuple(SERIES)), age=st.sampled_from(AGES_MS),
          knows=st.booleans(), lane=st.sampled_from(("normal", "priority")), arrived=st.sampled_from((None, 0, 1)))
    def a_kiosk_gives_a_number_by_itself(
            self, device: str, service: str, age: int, knows: bool, lane: str, arrived: int | None) -> None:
        """`arrived`: it had asked before, and the hub had heard (1) or not (0)."""
        command_id = self.site.new("c") if arrived is not None else None
        if arrived:
            self.by_hub[device, command_id or ""] = self.site.takes(device, service, command_id=command_id)
        if self.site.gives(device, service, age_ms=age if knows else None, lane=lane, instead_of=command_id) \
                and command_id and not arrived:
            self.given_up.append((device, command_id))

    @rule(device=st.sampled_from(KIOSKS), service=st.sampled_from(tuple(SERIES)), n=st.integers(1, 12),
          twice=st.booleans())
    def a_kiosk_gives_what_it_should_not(self, device: str, service: str, n: int, twice: bool) -> None:
        papers = self.site.kiosks[device].papers
        again = papers[-1].instead_of if twice and papers else None
        self.site.gives(device, service, number=f"{SERIES[service]}{n:03d}", age_ms=0, instead_of=again)

    @rule(device=st.sampled_from(KIOSKS), which=papers_of)
    def a_kiosk_reports(self, device: str, which: list[int]) -> None:
        site, papers = self.site, self.site.kiosks[device].papers
        chosen = [papers[i % len(papers)] for i in which] if papers else []
        before, seq = set(site.floor.tickets), site.floor.seq
        waiting = site.floor.line.everyone()
        contact = site.kiosks[device].answered_ms
        report = site.reports(device, *chosen)
        self.accepted |= set(report.accepted)
        assert len(report.accepted) + len(report.rejected) == len(chosen), "each is answered"
        assert set(report.accepted) <= set(site.floor.tickets)
        assert {why for _, why in report.rejected} <= {"too-late"}, "a number on paper of today is never refused"
        for name, _ in report.rejected:
            (paper,) = {g.id: g for g in chosen if g.id == name}.values()
            assert paper.day < (site.floor.day or "")
        if set(report.accepted) <= before:
            assert site.floor.seq == seq, "what was reported already makes no event"
        for name in set(report.accepted) - before:
            ticket = site.floor.tickets[name]
            assert ticket.queued_ms <= site.mono_ms
            assert site.at_ms - ticket.issued_at_ms == site.mono_ms - ticket.queued_ms
            assert site.hall.day_of(ticket.issued_at_ms) == site.floor.day, "given today, so waiting since today"
            if contact is not None:
                assert ticket.queued_ms >= contact, "nobody queues before the hub last heard of the kiosk"
        left = [t for t in site.floor.line.everyone() if t in waiting]
        assert left == [t for t in waiting if t in left], "a report changes nothing among those who waited"

    @rule(which=st.integers(0, 40))
    def what_was_given_up_still_comes(self, which: int) -> None:
        """The hub refuses it as too-late once the paper was reported; before, it is an ordinary command."""
        if self.given_up:
            device, command_id = key = self.given_up[which % len(self.given_up)]
            reported = {(d, g.instead_of) for d, k in self.site.kiosks.items() for g in k.papers
                        if g.id in self.site.floor.tickets and g.id in self.accepted}
            assert (key in self.site.floor.replaced) == (key in reported)
            if key not in self.site.floor.replaced and key not in self.by_hub:
                self.by_hub[key] = self.site.takes(device, command_id=command_id)

    @rule(counter=st.sampled_from((1, 2)))
    def next_please(self, counter: int) -> None:
        site = self.site
        first = site.floor.line.next_of(SERIES)
        assert site.calls(counter) == first

    @rule(number=st.sampled_from(("B001", "B003", "D003", "B900")))
    def staff_name_a_number(self, number: str) -> None:
        found = self.site.floor.find(number)
        holders = [t.id for t in sorted(self.site.floor.tickets.values(), key=lambda t: t.order)
                   if t.number == number and t.day == self.site.floor.day]
        assert (found.id if found else None) == (holders[0] if holders else None), "the earlier ticket"

    @rule(ms=st.sampled_from((0, 1, 800, 5000, 1_800_000)))
    def time_passes(self, ms: int) -> None:
        self.site.time_passes(ms)

    @rule(days=st.sampled_from((1, 1, 2)))
    def the_day_turns(self, days: int) -> None:
        self.site.time_passes(days * DAY_MS)

    @rule()
    def the_hub_starts_again(self) -> None:
        self.site.restart()

    @invariant()
    def the_journal_tells_it_all(self) -> None:
        if hasattr(self, "site"):
            self.site.check()

    @invariant()
    def nobody_is_lost(self) -> None:
        if hasattr(self, "site"):
            known = {t for t, in self.site.journal._db.execute("SELECT ticket FROM visits")}
            assert self.accepted <= known
            here = set(self.site.floor.tickets)
            unfinished = self.site.journal._db.execute(
                "SELECT ticket FROM visits WHERE state NOT IN ('finished', 'cancelled', 'expired')")
            assert {t for t, in unfinished} <= here

    @invariant()
    def two_hold_a_number_only_where_a_kiosk_gave_it_and_it_is_flagged(self) -> None:
        if hasattr(self, "site"):
            flags = self.site.journal._db.execute(
                "SELECT day, number, coalesce(flags, '') FROM visits ORDER BY seq").fetchall()
            seen = set()
            for day, number, told in flags:
                assert ((day, number) in seen) == ("number-held" in told.split()), f"{number} of {day}: {told!r}"
                seen.add((day, number))

    @invariant()
    def the_line_is_in_the_order_of_lane_time_and_issue(self) -> None:
        if hasattr(self, "site"):
            floor = self.site.floor
            waiting = [t for t in floor.tickets.values() if t.state is TicketState.WAITING]
            first_come = floor.hall.order == "first-come"
            by_law = sorted(waiting, key=lambda t: (
                0 if first_come else -floor.hall.lanes.index(t.lane), t.queued_ms, t.order))
            assert floor.line.everyone() == [t.id for t in by_law]

    @invariant()
    def a_block_is_one_kiosks_and_of_no_day_that_is_over(self) -> None:
        if hasattr(self, "site"):
            for day, _ in self.site.floor.blocks:
                assert day >= (self.site.floor.day or "")

    def teardown(self) -> None:
        if hasattr(self, "site"):
            self.site.journal.close()


QUICK = os.environ.get("MOTCUA_QUICK") == "1"
TestKiosksLoseTheHub = KiosksLoseTheHub.TestCase
TestKiosksLoseTheHub.settings = settings(max_examples=30 if QUICK else 200, stateful_step_count=30, deadline=None)


# -- where a reader may want to see a sentence alone ------------------------------------------------------------------


@pytest.fixture
def site() -> Site:
    return Site(a_hall())


def issued(report: offline.Report) -> list[ev.TicketIssued]:
    return [e for e in report.events if isinstance(e, ev.TicketIssued)]


def a_paper(site: Site, device: str = "kiosk-1", **fields: Any) -> Given:
    given = site.gives(device, **fields)
    assert given is not None
    return given


def test_blocks_are_the_reserved_numbers_in_order_and_end_with_them() -> None:
    site = Site(a_hall(reserved=(900, 904)))
    assert site.reserves("kiosk-1", count=2) == ["B900", "B901"]
    assert site.reserves("kiosk-2", count=50) == ["B902", "B903", "B904"]
    with pytest.raises(Refused, match="limit-reached"):
        offline.reserve_numbers(site.floor, site.now, device="kiosk-1", service="ho-tich", count=1)
    assert site.reserves("kiosk-1", "dat-dai", 1) == ["D900"]
    with pytest.raises(Refused, match="unknown-service"):
        offline.reserve_numbers(site.floor, site.now, device="kiosk-1", service="no-such", count=1)


def test_what_was_kept_for_tomorrow_is_there_tomorrow_and_gone_the_day_after(site: Site) -> None:
    (number,) = site.reserves(count=1, next_day=True)
    today, unused = a_paper(site, number="B777"), site.reserves(count=1)
    assert [e.flags for e in issued(site.reports("kiosk-1", today))] == [["not-reserved"]]
    site.time_passes(DAY_MS)
    assert issued(site.reports("kiosk-1", a_paper(site, number=number)))[0].flags == []
    assert issued(site.reports("kiosk-1", a_paper(site, number=unused[0], instead_of=None)))[0].number == unused[0]
    site.time_passes(DAY_MS)
    assert issued(site.reports("kiosk-1", a_paper(site, number=number)))[0].flags == ["not-reserved"]
    site.check()


def test_a_block_that_begins_anew_passes_over_numbers_on_paper(site: Site) -> None:
    site.reports("kiosk-1", a_paper(site, number="B900"), a_paper(site, number="B902"))
    assert site.reserves(count=3) == ["B901", "B903", "B904"]


def test_the_hub_passes_over_numbers_on_paper(site: Site) -> None:
    site.reports("kiosk-1", a_paper(site, number="B001"), a_paper(site, number="B003"))
    assert [site.floor.tickets[site.takes()].number for _ in range(3)] == ["B002", "B004", "B005"]


@pytest.mark.parametrize("age_ms, ahead", [(0, 3), (1500, 2), (2200, 1), (60_000, 1), (10**15, 1), (None, 1)])
def test_a_reported_ticket_waits_where_it_would_have_waited(site: Site, age_ms: int | None, ahead: int) -> None:
    for others in ("before the contact", "a second later", "another second later"):
        site.takes()
        site.time_passes(500)
        if others == "before the contact":
            site.reserves()
        site.time_passes(500)
    site.time_passes(250)
    paper = a_paper(site, age_ms=None if age_ms is None else age_ms + 250)
    site.reports("kiosk-1", paper)
    assert site.floor.ahead_of(site.floor.tickets[paper.id]) == ahead


def test_ties_keep_the_order_of_the_report(site: Site) -> None:
    site.reserves(count=5)
    papers = [a_paper(site, age_ms=None) for _ in range(5)]
    order = [papers[i] for i in (3, 0, 4, 2, 1)]
    site.reports("kiosk-1", *order)
    assert site.floor.line.everyone() == [g.id for g in order]


def test_a_kiosk_the_hub_never_heard_of_today_queues_nobody_before_today(site: Site) -> None:
    site.reserves(count=2, next_day=True)
    site.time_passes(DAY_MS)
    site.restart()
    mine, unsure = a_paper(site, age_ms=10**15), a_paper(site, age_ms=None)
    site.takes()
    site.time_passes(1000)
    site.reports("kiosk-1", mine, unsure)
    tickets = site.floor.tickets
    assert tickets[mine.id].issued_at_ms == site.at_ms - (site.at_ms + 7 * 3_600_000) % DAY_MS
    assert site.floor.line.everyone()[0] == mine.id and site.floor.line.everyone()[-1] == unsure.id


def test_a_number_not_reserved_waits_at_the_end_whatever_its_age(site: Site) -> None:
    site.reserves("kiosk-2")
    site.takes()
    site.time_passes(1000)
    stranger, others = a_paper(site, number="B555", age_ms=900), a_paper(site, number="B900", age_ms=900)
    report = site.reports("kiosk-1", stranger, others)
    assert [e.flags for e in issued(report)] == [["not-reserved"], ["not-reserved"]]
    assert site.floor.line.everyone()[1:] == [stranger.id, others.id]


def test_a_number_held_twice_is_the_earlier_ones(site: Site) -> None:
    site.reserves()
    first = site.takes()
    number = site.floor.tickets[first].number
    later = a_paper(site, number=number)
    assert issued(site.reports("kiosk-1", later))[0].flags == ["not-reserved", "number-held"]
    twice = [a_paper(site, number="B900"), a_paper(site, number="B900")]
    assert [e.flags for e in issued(site.reports("kiosk-1", *twice))] == [[], ["number-held"]]
    assert site.floor.find(number) is site.floor.tickets[first]
    assert site.floor.find("B900") is site.floor.tickets[twice[0].id]
    site.check()


@pytest.mark.parametrize("papers", [1, 2])
def test_what_was_given_up_is_cancelled_once_and_only_while_it_waits(site: Site, papers: int) -> None:
    site.reserves(count=6)
    ghost = site.takes("kiosk-1", command_id="command-0")
    report = site.reports("kiosk-1", *(a_paper(site, instead_of="command-0") for _ in range(papers)))
    assert [ev.NAMES[type(e)] for e in report.events] == ["ticket-cancelled"] + ["ticket-issued"] * papers
    assert site.floor.tickets[ghost].state is TicketState.CANCELLED
    assert ("kiosk-1", "command-0") in site.floor.replaced
    called = site.takes("kiosk-1", command_id="command-1", lane="priority")
    assert site.calls() == called
    report = site.reports("kiosk-1", a_paper(site, instead_of="command-1"))
    assert [ev.NAMES[type(e)] for e in report.events] == ["ticket-issued"]
    assert site.floor.tickets[called].state is TicketState.CALLED
    others = site.takes("kiosk-2", command_id="command-2")
    site.reports("kiosk-1", a_paper(site, instead_of="command-2"))
    assert site.floor.tickets[others].state is TicketState.WAITING
    site.check()


def test_what_was_reported_is_accepted_again_without_an_event(site: Site) -> None:
    site.reserves()
    paper = a_paper(site)
    assert len(site.reports("kiosk-1", paper, paper).events) == 1
    again = site.reports("kiosk-1", paper, replace(paper, number="B901", lane="priority"))
    assert (again.events, again.accepted, again.rejected) == ([], [paper.id, paper.id], [])


def test_of_a_day_that_is_over_nothing_is_taken(site: Site) -> None:
    site.reserves(count=3)
    reported, late = a_paper(site), a_paper(site)
    site.reports("kiosk-1", reported)
    site.time_passes(DAY_MS)
    report = site.reports("kiosk-1", late, reported, replace(late, day=site.floor.day or ""))
    assert report.rejected == [(late.id, "too-late"), (reported.id, "too-late")]
    assert [e.flags for e in issued(report)] == [["not-reserved"]]
    assert site.reports("kiosk-1", replace(reported, day=site.floor.day or "")).rejected == [(reported.id, "too-late")]


@pytest.mark.parametrize("odd, why", [
    ({"service": "no-such"}, "unknown-service"), ({"number": "D900"}, "bad-message"),
    ({"number": "B90"}, "bad-message"), ({"number": "B9²0"}, "bad-message"),
    ({"number": ""}, "bad-message"), ({"lane": "express"}, "bad-message"),
    ({"day": "2026-11-21"}, "too-late"), ({"day": "2026-11-23"}, "bad-message")])
def test_what_can_not_be_a_ticket_is_rejected_with_why(site: Site, odd: dict[str, str], why: str) -> None:
    site.reserves()
    paper = replace(a_paper(site), **odd)
    report = site.reports("kiosk-1", paper)
    assert (report.rejected, report.events) == ([(paper.id, why)], [])


@pytest.mark.parametrize("rule", [offline.printed, offline.print_failed])
def test_word_of_a_slip_is_of_a_ticket_that_is_there(site: Site, rule: Any) -> None:
    ticket = site.takes()
    site.keep(rule(site.floor, site.now, ticket=ticket))
    assert site.floor.tickets[ticket].printed == ("printed" if rule is offline.printed else "failed")
    with pytest.raises(Refused, match="unknown-ticket"):
        rule(site.floor, site.now, ticket="nobody")
    site.check()
