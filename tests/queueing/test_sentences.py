"""Sentences of docs/wire.md, one test each, where a reader may want to see them alone."""

from __future__ import annotations

import pytest

from hub.queueing import events as ev
from hub.queueing.life import MOVES, IllegalMove, TicketState, move
from tests.queueing.office import Office, hall_and_model


@pytest.fixture
def office() -> Office:
    office = Office(*hall_and_model(serves={1: (), 2: ()}))
    for counter in (1, 2):
        assert office.do("open_counter", counter=counter) is None
    return office


def events_of(office: Office) -> list[ev.Event]:
    return [r.event for r in office.journal.today()]


def names(office: Office, last: int) -> list[str]:
    return [ev.NAMES[type(e)] for e in events_of(office)[-last:]]


def test_call_next_at_a_counter_whose_ticket_was_not_started_takes_it_as_served(office: Office) -> None:
    office.do("take_ticket", service="ho-tich")
    office.do("take_ticket", service="ho-tich")
    office.do("call_next", counter=1)
    called_at = office.at_ms
    office.time_passes(60_000)
    assert office.do("call_next", counter=1) is None
    assert names(office, 3) == ["service-started", "service-finished", "ticket-called"]
    started, finished = events_of(office)[-3:-1]
    assert isinstance(started, ev.ServiceStarted) and started.started_at_ms == called_at
    assert isinstance(finished, ev.ServiceFinished) and finished.service_s == 60.0


def test_call_next_with_nobody_waiting_finishes_the_visit(office: Office) -> None:
    office.do("take_ticket", service="ho-tich")
    office.do("call_next", counter=1)
    office.time_passes(2000)
    assert office.do("call_next", counter=1) is None
    assert names(office, 1) == ["service-finished"]
    assert office.do("call_next", counter=1) == "nobody-waiting"


def test_an_idle_counter_is_told_that_nobody_waits(office: Office) -> None:
    assert office.do("call_next", counter=1) == "nobody-waiting"


@pytest.mark.parametrize("after_ms, refused", [(0, "counter-busy"), (1999, "counter-busy"), (2000, None)])
def test_a_second_blind_call_within_two_seconds_is_a_slip_of_the_finger(
        office: Office, after_ms: int, refused: str | None) -> None:
    for _ in range(3):
        office.do("take_ticket", service="ho-tich")
    office.do("call_next", counter=1)
    office.time_passes(after_ms)
    assert office.do("call_next", counter=1) == refused


def test_who_says_whom_they_see_may_call_again_at_once(office: Office) -> None:
    for _ in range(2):
        office.do("take_ticket", service="ho-tich")
    office.do("call_next", counter=1)
    assert office.do("call_next", counter=1, at_counter="t1") is None


def test_a_paused_counter_opens_when_its_call_succeeds_and_only_then(office: Office) -> None:
    office.do("pause_counter", counter=1)
    assert office.do("call_next", counter=1) == "nobody-waiting"
    assert office.floor.counters[1].mode == "paused"
    office.do("take_ticket", service="ho-tich")
    assert office.do("call_ticket", counter=1, ticket="t1") == "counter-closed"
    assert office.do("call_next", counter=1) is None
    assert office.floor.counters[1].mode == "open"


def test_somebody_restored_waits_at_the_old_place(office: Office) -> None:
    for _ in range(3):
        office.do("take_ticket", service="ho-tich")
        office.time_passes(1000)
    office.do("call_next", counter=1)
    office.do("no_show", counter=1)
    assert office.do("restore", ticket="B001") is None
    assert office.floor.line.everyone() == ["t1", "t2", "t3"]


def test_the_one_called_may_not_be_cancelled_nor_called_elsewhere(office: Office) -> None:
    office.do("take_ticket", service="ho-tich")
    office.do("call_next", counter=1)
    assert office.do("cancel_ticket", ticket="t1") == "not-waiting"
    assert office.do("call_ticket", counter=2, ticket="t1") == "not-waiting"
    office.do("start_service", counter=1)
    assert office.do("cancel_ticket", ticket="t1") == "counter-busy"
    assert office.do("no_show", counter=1) == "counter-busy"


def test_what_is_already_so_makes_no_event(office: Office) -> None:
    for _ in range(3):
        office.do("take_ticket", service="ho-tich")
    office.do("cancel_ticket", ticket="t3")
    office.do("call_next", counter=1)
    seq = office.floor.seq
    assert office.do("open_counter", counter=1) is None
    assert office.do("call_ticket", counter=1, ticket="t1") is None
    assert office.do("cancel_ticket", ticket="t3") is None
    assert office.do("restore", ticket="t2") is None
    assert office.floor.seq == seq
    office.do("start_service", counter=1)
    office.do("pause_counter", counter=1)
    seq = office.floor.seq
    assert office.do("start_service", counter=1) is None
    assert office.do("pause_counter", counter=1) is None
    assert office.floor.seq == seq
    office.do("finish", counter=1)
    office.do("close_counter", counter=1)
    seq = office.floor.seq
    assert office.do("close_counter", counter=1) is None
    assert office.floor.seq == seq


def test_a_clerk_holds_the_counter_opened_last_and_no_other(office: Office) -> None:
    office.do("open_counter", counter=1, clerk="lan")
    office.do("open_counter", counter=2, clerk="lan")
    assert office.floor.holder("lan") == [2]
    office.do("open_counter", counter=2, clerk="minh")
    assert (office.floor.holder("lan"), office.floor.holder("minh")) == ([], [2])
    office.do("close_counter", counter=2)
    assert office.floor.holder("minh") == []


def test_a_service_named_twice_counts_its_people_once(office: Office) -> None:
    office.do("take_ticket", service="dat-dai")
    office.do("open_counter", counter=1, services=("dat-dai", "dat-dai"))
    assert office.floor.callable_at(office.floor.counters[1]) == 1


def test_when_the_day_turns_those_who_wait_expire_and_those_at_a_counter_stay(office: Office) -> None:
    for _ in range(4):
        office.do("take_ticket", service="ho-tich")
    office.do("call_next", counter=1)
    office.do("no_show", counter=1)
    office.do("call_next", counter=2)
    office.do("start_service", counter=2)
    office.time_passes(86_400_000)
    assert names(office, 1) == ["day-opened"]
    assert list(office.floor.tickets) == ["t2"] and office.floor.counters[1].mode == "open"
    assert office.do("take_ticket", service="ho-tich") is None
    assert office.floor.tickets["t5"].number == "B001"
    assert office.do("finish", counter=2) is None
    assert office.journal._db.execute("SELECT day FROM visits WHERE ticket = 't2'").fetchone() == ("2026-11-22",)


@pytest.mark.parametrize("after_ms, refused", [(7 * 86_400_000, None), (7 * 86_400_000 + 1, "too-late")])
def test_a_visit_can_be_rated_for_seven_days(office: Office, after_ms: int, refused: str | None) -> None:
    office.do("take_ticket", service="ho-tich")
    office.do("call_next", counter=1)
    office.do("finish", counter=1)
    office.time_passes(after_ms)
    assert office.do("rate", score=5, ticket="t1") == refused
    assert office.do("rate", score=1, ticket="t1") == (refused or "already-rated")


def test_time_of_the_wall_that_stepped_is_no_waiting_time(office: Office) -> None:
    office.do("take_ticket", service="ho-tich")
    office.time_passes(5000, step_ms=3_600_000)
    office.do("call_next", counter=1)
    called = events_of(office)[-1]
    assert isinstance(called, ev.TicketCalled) and called.wait_s == 5.0


@pytest.mark.parametrize("state", TicketState)
def test_a_move_that_the_table_does_not_name_can_not_happen(state: TicketState) -> None:
    names = {name for row in MOVES.values() for name in row}
    for name in names - set(MOVES[state]):
        with pytest.raises(IllegalMove, match=f"{name}.*{state}"):
            move(state, name)


@pytest.mark.parametrize("state, to", [
    ("waiting", {"called", "cancelled", "expired"}), ("called", {"called", "serving", "missed", "held", "waiting"}),
    ("serving", {"finished", "held", "waiting"}), ("held", {"called", "expired"}), ("missed", {"waiting", "expired"}),
    ("finished", set()), ("cancelled", set()), ("expired", set())])
def test_the_life_of_a_ticket_is_the_contracts(state: str, to: set[str]) -> None:
    assert {s.value for s in MOVES[TicketState(state)].values()} == to
