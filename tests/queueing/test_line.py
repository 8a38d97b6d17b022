"""An order of calling loses nobody and calls nobody twice; what it promises about fairness holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.queueing.events import Ticket
from hub.queueing.line import ORDERS, Line

LANES = ("normal", "elder", "priority")
people = st.lists(
    st.tuples(st.sampled_from(("ho-tich", "dat-dai")), st.sampled_from(LANES), st.integers(0, 5)), max_size=30)


def a_ticket(order: int, service: str, lane: str, queued_ms: int) -> Ticket:
    return Ticket(id=f"t{order}", number=f"B{order:03d}", service=service, lane=lane, day="", device="kiosk-1",
                  issued_at_ms=0, queued_ms=queued_ms, order=order)


def everyone(people: list[tuple[str, str, int]]) -> list[Ticket]:
    return [a_ticket(n, *person) for n, person in enumerate(people)]


@pytest.mark.parametrize("order", ORDERS)
@given(people=people, calling=st.sampled_from((("ho-tich",), ("dat-dai",), ("ho-tich", "dat-dai"))))
def test_whoever_joins_is_called_exactly_once(
        order: str, people: list[tuple[str, str, int]], calling: tuple[str, ...]) -> None:
    line, tickets = Line(order, LANES), {t.id: t for t in everyone(people)}
    for ticket in tickets.values():
        line.join(ticket)
    called = []
    while (ticket_id := line.next_of(calling)) is not None:
        assert line.ahead(tickets[ticket_id], calling) == 0
        called.append(ticket_id)
        line.leave(tickets[ticket_id])
    assert sorted(called) == sorted(t.id for t in tickets.values() if t.service in calling)
    assert line.count(calling) == 0


@given(people=people)
def test_first_come_first_called_whatever_the_lane(people: list[tuple[str, str, int]]) -> None:
    line, tickets = Line("first-come", LANES), everyone(people)
    for ticket in tickets:
        line.join(ticket)
    assert line.everyone() == [t.id for t in sorted(tickets, key=lambda t: (t.queued_ms, t.order))]


@given(people=people)
def test_a_later_lane_goes_before_an_earlier_one_and_within_a_lane_who_came_first(
        people: list[tuple[str, str, int]]) -> None:
    line, tickets = Line("lane-then-time", LANES), everyone(people)
    for ticket in tickets:
        line.join(ticket)
    tickets.sort(key=lambda t: (t.queued_ms, t.order))
    assert line.everyone() == [t.id for lane in reversed(LANES) for t in tickets if t.lane == lane]


@given(people=people)
def test_first_come_starves_nobody_nobody_who_comes_later_is_ahead(people: list[tuple[str, str, int]]) -> None:
    line, tickets = Line("first-come", LANES), everyone(people)
    waiting = a_ticket(1000, "ho-tich", "normal", 0)
    line.join(waiting)
    before = line.ahead(waiting, ("ho-tich", "dat-dai"))
    for later in tickets:
        line.join(a_ticket(2000 + later.order, later.service, later.lane, 1 + later.queued_ms))
    assert line.ahead(waiting, ("ho-tich", "dat-dai")) == before == 0


def test_a_lane_that_the_settings_no_longer_name_ranks_as_everybodys() -> None:
    line = Line("lane-then-time", LANES)
    line.join(a_ticket(1, "ho-tich", "gone", 0))
    line.join(a_ticket(2, "ho-tich", "elder", 5))
    assert line.everyone() == ["t2", "t1"]


def test_whoever_does_not_wait_can_not_leave_the_line() -> None:
    line = Line("first-come", LANES)
    line.join(a_ticket(1, "ho-tich", "normal", 0))
    with pytest.raises(LookupError, match="B002"):
        line.leave(a_ticket(2, "ho-tich", "normal", 0))
