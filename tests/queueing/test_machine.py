"""Hypothesis looks for the shortest way in which hall, journal and model come to disagree.

After every step: the journal replayed is the live floor, the projections are what a rebuild gives, the chain is whole,
the model agrees; and the four invariants below, which need no model.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.queueing.life import TicketState
from tests.queueing.habits import LONG_MS, PASSES_MS, SERVICES
from tests.queueing.office import Office, hall_and_model

services = st.sampled_from((*SERVICES, "no-such"))
counters = st.sampled_from((1, 1, 2, 3, 99))
tickets = st.one_of(st.integers(1, 12).map("t{}".format), st.sampled_from(("B001", "B002", "D001", "1001", "nobody")))
clerks = st.sampled_from((None, "lan", "minh"))
sights = st.sampled_from(("not told", "not told", "right", None, "t1"))


class TheHall(RuleBasedStateMachine):
    office: Office

    @initialize(
        order=st.sampled_from(("lane-then-time", "first-come")), reserved=st.sampled_from(((900, 999), (2, 3))),
        rating_ms=st.sampled_from((7 * 86_400_000, 60_000)), closed=st.sampled_from(((), ("thue",))),
        open_at_start=st.booleans())
    def an_office_opens(self, **kind: Any) -> None:
        self.office = Office(*hall_and_model(**kind))

    # -- what people do

    @rule(service=services, lane=st.sampled_from((None, "normal", "elder", "priority")))
    def somebody_takes_a_number(self, **told: Any) -> None:
        self.office.do("take_ticket", **told)

    @rule(ticket=tickets)
    def somebody_goes_away(self, ticket: str) -> None:
        self.office.do("cancel_ticket", ticket=ticket)

    @rule(ticket=tickets)
    def somebody_who_missed_the_call_comes_back(self, ticket: str) -> None:
        self.office.do("restore", ticket=ticket)

    @rule(counter=counters, clerk=clerks, services=st.none() | st.lists(services, max_size=2).map(tuple))
    def a_counter_opens(self, **told: Any) -> None:
        self.office.do("open_counter", **told)

    @rule(counter=counters)
    def a_counter_pauses(self, counter: int) -> None:
        self.office.do("pause_counter", counter=counter)

    @rule(counter=counters)
    def a_counter_closes(self, counter: int) -> None:
        self.office.do("close_counter", counter=counter)

    def _seen(self, counter: int, sight: str | None) -> str | None:
        there = self.office.floor.counters.get(counter)
        return (there.ticket if there else None) if sight == "right" else sight

    @rule(counter=counters, service=st.none() | services, sight=sights)
    def next_please(self, counter: int, service: str | None, sight: str | None) -> None:
        seen = self._seen(counter, sight)
        before = self.office.floor
        open_here = counter in before.counters and before.counters[counter].mode != "closed"
        first = before.line.next_of(before.services_of(before.counters[counter])) if open_here else None
        refused = self.office.do("call_next", counter=counter, service=service, at_counter=seen)
        if refused is None and service is None:
            assert self.office.floor.counters[counter].ticket == first, "I4: not the first of the line was called"

    @rule(counter=counters, ticket=tickets, sight=sights)
    def this_one_please(self, counter: int, ticket: str, sight: str | None) -> None:
        self.office.do("call_ticket", counter=counter, ticket=ticket, at_counter=self._seen(counter, sight))

    @rule(counter=counters)
    def again_please(self, counter: int) -> None:
        self.office.do("recall", counter=counter)

    @rule(counter=counters)
    def the_person_sits_down(self, counter: int) -> None:
        self.office.do("start_service", counter=counter)

    @rule(counter=counters, sight=sights)
    def the_visit_is_over(self, counter: int, sight: str | None) -> None:
        self.office.do("finish", counter=counter, at_counter=self._seen(counter, sight))

    @rule(counter=counters, sight=sights)
    def nobody_came(self, counter: int, sight: str | None) -> None:
        self.office.do("no_show", counter=counter, at_counter=self._seen(counter, sight))

    @rule(score=st.integers(1, 5), by=st.one_of(
        st.fixed_dictionaries({"ticket": tickets}), st.fixed_dictionaries({"counter": counters})))
    def somebody_rates(self, score: int, by: dict[str, Any]) -> None:
        self.office.do("rate", score=score, **by)

    # -- what happens by itself

    @rule(ms=st.sampled_from(PASSES_MS) | st.integers(0, 90_000))
    def time_passes(self, ms: int) -> None:
        self.office.time_passes(ms)

    @rule(ms=st.sampled_from(LONG_MS))
    def the_office_sleeps(self, ms: int) -> None:
        self.office.time_passes(ms)

    @rule(step_ms=st.sampled_from((-86_400_000, -3_600_000, -2001, 2001, 3_600_000, 86_400_000)))
    def the_wall_clock_steps(self, step_ms: int) -> None:
        self.office.time_passes(0, step_ms=step_ms)

    @rule()
    def the_hub_starts_again(self) -> None:
        self.office.restart()

    # -- what must always be so (replay and model: Office.compare, after every command)

    @invariant()
    def the_journal_is_whole_and_its_projections_are_a_rebuild(self) -> None:
        if hasattr(self, "office"):
            self.office.compare_disk()

    @invariant()
    def no_number_is_given_twice(self) -> None:
        if hasattr(self, "office"):
            numbers = self.office.journal._db.execute("SELECT day, service, number FROM visits").fetchall()
            assert len(set(numbers)) == len(numbers), "I1"

    @invariant()
    def whoever_took_a_number_is_still_known(self) -> None:
        if hasattr(self, "office"):
            here = set(self.office.floor.tickets)
            lost = self.office.journal._db.execute(
                "SELECT ticket FROM visits WHERE state NOT IN ('finished', 'cancelled', 'expired')").fetchall()
            assert {ticket for ticket, in lost} <= here, "I2"

    @invariant()
    def one_person_is_at_one_counter(self) -> None:
        if hasattr(self, "office"):
            floor = self.office.floor
            at = [c.ticket for c in floor.counters.values() if c.ticket]
            served = {t.id for t in floor.tickets.values() if t.state in (TicketState.CALLED, TicketState.SERVING)}
            assert len(at) == len(set(at)) and set(at) == served, "I3"

    def teardown(self) -> None:
        if hasattr(self, "office"):
            self.office.journal.close()


QUICK = os.environ.get("MOTCUA_QUICK") == "1"
TestTheHall = TheHall.TestCase
TestTheHall.settings = settings(max_examples=30 if QUICK else 300, stateful_step_count=30, deadline=None)
