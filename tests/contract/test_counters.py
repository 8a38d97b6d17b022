"""wire.md, The life of a ticket: the counter commands."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.contract import laws
from tests.contract.desk import Desk
from tests.contract.office import ANYONE, Office

pytestmark = pytest.mark.contract

OUTCOMES = ("received", "returned", "advised", "documents-missing", "late-result", "other", "not-stated")
PAUSES = ("break", "meeting", "paperwork", "helping", "fault", "other")


def names(events: list[dict[str, Any]]) -> list[str]:
    """The names of events, in the order of the journal."""
    return [event["event"] for event in events]


def about(reply: dict[str, Any], counter: int) -> None:
    """'reply adds counter' does not say whether that is the number or the object of state/counter: both pass."""
    found = reply["counter"]
    assert (found["counter"] if isinstance(found, dict) else found) == counter, reply


# -- open, pause, close -----------------------------------------------------------------------------


def test_a_counter_is_paused_closed_and_opened(office: Office) -> None:
    """Commands: open-counter, pause-counter, close-counter, reply adds counter; State: open, why."""
    before = office.last()
    about(office.ok("pause-counter", counter=2), 2)
    paused = office.line.state("state/counter/2", lambda s: not s["open"])
    assert paused["why"] == "paused"
    about(office.ok("open-counter", counter=2), 2)
    office.line.state("state/counter/2", lambda s: s["open"] is True)
    about(office.ok("close-counter", counter=2), 2)
    closed = office.line.state("state/counter/2", lambda s: not s["open"])
    assert closed["why"] == "closed"
    about(office.ok("open-counter", counter=2), 2)
    office.line.state("state/counter/2", lambda s: s["open"] is True)
    found = office.since(before)
    assert names(found) == ["counter-paused", "counter-opened", "counter-closed", "counter-opened"]
    assert {event["counter"] for event in found} == {2}


@pytest.mark.parametrize("reason", PAUSES)
def test_every_pause_reason_of_the_list_is_taken(office: Office, reason: str) -> None:
    """Commands, Codes: 'pause reason break|meeting|paperwork|helping|fault|other'; it never travels."""
    office.ok("pause-counter", counter=3, reason=reason)
    office.line.state("state/counter/3", lambda s: s["why"] == "paused" and not s["open"])


def test_opening_an_open_counter_for_the_same_clerk_makes_no_event(office: Office, clerk: Desk) -> None:
    """The life of a ticket: 'What is already so is ok …: opening an open counter for the same clerk'."""
    assert office.web(clerk, "open-counter", counter=1).status == 200
    before = office.last()
    answer = office.web(clerk, "open-counter", counter=1)
    assert answer.status == 200
    about(answer.json(), 1)
    office.nothing_since(before)


def test_opening_an_open_counter_for_nobody_again_makes_no_event(office: Office) -> None:
    """The same, at a counter without a clerk."""
    before = office.last()
    about(office.ok("open-counter", counter=1), 1)
    office.nothing_since(before)


def test_opening_an_open_counter_for_another_clerk_is_an_event(office: Office, clerk: Desk, other_clerk: Desk) -> None:
    """The life of a ticket: only 'for the same clerk' it is already so."""
    before = office.last()
    for desk in (clerk, other_clerk):
        assert office.web(desk, "open-counter", counter=1).status == 200
    assert names(office.since(before)) == ["counter-opened", "counter-opened"]


def test_pausing_a_paused_counter_makes_no_event(office: Office) -> None:
    """The life of a ticket: 'What is already so is ok and makes no event: … pausing a paused one'."""
    office.ok("pause-counter", counter=1, reason="break")
    before = office.last()
    about(office.ok("pause-counter", counter=1, reason="break"), 1)
    office.nothing_since(before)


def test_closing_a_closed_counter_makes_no_event(office: Office) -> None:
    """The life of a ticket: 'What is already so is ok and makes no event: … closing a closed one'."""
    office.ok("close-counter", counter=1)
    before = office.last()
    about(office.ok("close-counter", counter=1), 1)
    office.nothing_since(before)


def test_pausing_with_someone_at_the_counter_is_allowed(office: Office) -> None:
    """The life of a ticket: 'Pausing with someone at the counter is allowed.'"""
    ticket = office.called(1)
    office.ok("pause-counter", counter=1, reason="paperwork")
    state = office.line.state("state/counter/1", lambda s: not s["open"])
    assert (state["why"], state["stage"], state["ticket"]["id"]) == ("paused", "called", ticket["id"])


@pytest.mark.parametrize("stage", ["called", "serving"])
def test_closing_a_counter_with_someone_is_counter_busy(office: Office, stage: str) -> None:
    """The life of a ticket: 'counter-busy refuses call-ticket, resume, close-counter, walk-up at a counter that has
    someone'."""
    office.called(1) if stage == "called" else office.serving(1)
    office.refused("counter-busy", "close-counter", counter=1)


def test_a_counter_may_be_opened_for_some_services(office: Office) -> None:
    """Commands: open-counter `services?`: it calls those and no others; opened anew without them, it calls all."""
    office.ok("close-counter", counter=1)
    office.ok("open-counter", counter=1, services=["dat-dai"])
    other = office.take("ho-tich")
    office.refused("nobody-waiting", "call-next", counter=1, at_counter=None)
    own = office.take("dat-dai")
    office.line.state("state/counter/1", lambda s: s["callable"] == 1)
    assert office.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == own["id"]
    office.ok("finish", counter=1)
    office.ok("close-counter", counter=1)
    office.ok("open-counter", counter=1)
    office.line.state("state/counter/1", lambda s: s["callable"] == 1)
    assert office.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == other["id"]


def test_a_counter_is_not_opened_for_a_service_that_is_not_there(office: Office) -> None:
    """Commands, Refusals: unknown-service."""
    office.ok("close-counter", counter=1)
    office.refused("unknown-service", "open-counter", counter=1, services=["khong-co"])


# -- call-next --------------------------------------------------------------------------------------


def test_call_next_calls_the_first_who_waits(office: Office) -> None:
    """The life of a ticket: waiting → called; call-next, reply adds ticket."""
    ticket, before = office.take(), office.last()
    called = laws.check_ticket(office.ok("call-next", counter=2, at_counter=None)["ticket"])
    assert (called["id"], called["state"]) == (ticket["id"], "called")
    (event,) = office.since(before)
    assert (event["event"], event["counter"], event["ticket"]) == ("ticket-called", 2, ticket["id"])
    state = office.line.state("state/counter/2", lambda s: s["stage"] == "called")
    assert state["ticket"] == {key: ticket[key] for key in ("id", "number", "service", "lane")} | state["ticket"]


def test_nobody_waiting_is_the_refusal_of_an_idle_counter(office: Office) -> None:
    """The life of a ticket: 'nobody-waiting is the refusal of an idle counter.'"""
    office.refused("nobody-waiting", "call-next", counter=1, at_counter=None)
    office.take("dat-dai")
    office.refused("nobody-waiting", "call-next", counter=1, at_counter=None, service="ho-tich")


def test_call_next_finishes_the_one_being_served_and_calls_the_next(office: Office) -> None:
    """The life of a ticket: a box has only next: call-next at a counter that has someone finishes that visit."""
    first = office.serving(1)
    second, before = office.take(), office.last()
    assert office.ok("call-next", counter=1, at_counter=first["id"])["ticket"]["id"] == second["id"]
    finished, called = office.since(before)
    assert (finished["event"], finished["ticket"]) == ("service-finished", first["id"])
    assert (called["event"], called["ticket"]) == ("ticket-called", second["id"])


def test_call_next_takes_a_called_ticket_as_served(office: Office) -> None:
    """The life of a ticket: call-next 'at a counter whose ticket is called but not started takes it as served:
    service-started is stamped now and carries started_at, the time of the last call; then service-finished'."""
    first, before_call = office.take(), office.last()
    office.call(first)
    office.ok("recall", counter=1)
    recalled = office.since(before_call)[-1]
    second, before = office.take(), office.last()
    office.ok("call-next", counter=1, at_counter=first["id"])
    started, finished, called = office.since(before)
    assert (started["event"], started["ticket"]) == ("service-started", first["id"])
    assert started["started_at"] == recalled["at"], "started_at is the time of the last call"
    assert started["at"] >= recalled["at"]
    assert (finished["event"], finished["ticket"]) == ("service-finished", first["id"])
    assert (called["event"], called["ticket"]) == ("ticket-called", second["id"])


@pytest.mark.parametrize("stage", ["called", "serving"])
def test_call_next_with_nobody_waiting_finishes_the_visit_and_answers_null(office: Office, stage: str) -> None:
    """The life of a ticket: 'call-next at a counter that has someone, with nobody waiting, finishes that visit and
    replies ok with "ticket": null'."""
    ticket = office.called(1) if stage == "called" else office.serving(1)
    before = office.last()
    reply = office.ok("call-next", counter=1, at_counter=ticket["id"])
    assert "ticket" in reply
    assert reply["ticket"] is None
    assert names(office.since(before)) == [*(["service-started"] if stage == "called" else []), "service-finished"]
    state = office.line.state("state/counter/1", lambda s: s["stage"] == "idle")
    assert state["last"]["id"] == ticket["id"]


def test_call_next_at_a_paused_counter_opens_it(office: Office) -> None:
    """The life of a ticket: 'call-next at a paused counter opens it if it succeeds'."""
    ticket = office.take()
    office.ok("pause-counter", counter=1)
    office.line.state("state/counter/1", lambda s: not s["open"])
    assert office.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == ticket["id"]
    office.line.state("state/counter/1", lambda s: s["open"] is True and s["stage"] == "called")


def test_call_next_that_calls_nobody_leaves_a_paused_counter_paused(office: Office) -> None:
    """The life of a ticket: 'opens it if it succeeds'; a refused command changes nothing."""
    office.ok("pause-counter", counter=1)
    office.refused("nobody-waiting", "call-next", counter=1, at_counter=None)
    assert office.line.state("state/counter/1", lambda s: not s["open"])["why"] == "paused"


def test_call_next_at_a_closed_counter_is_refused(office: Office) -> None:
    """The life of a ticket: 'At a closed counter a box is refused counter-closed'."""
    office.take()
    office.ok("close-counter", counter=1)
    office.refused("counter-closed", "call-next", via="counter-1", counter=1, at_counter=None)


def test_call_next_sees_that_the_counter_changed(office: Office) -> None:
    """The life of a ticket: 'at_counter is the ticket id (or null) that the sender saw at the counter; if it differs:
    counter-changed'."""
    office.take()
    office.refused("counter-changed", "call-next", counter=1, at_counter="somebody-else")
    ticket = office.called(1, lane="priority")
    office.refused("counter-changed", "call-next", counter=1, at_counter=None)
    office.refused("counter-changed", "call-next", counter=1, at_counter="somebody-else")
    office.ok("call-next", counter=1, at_counter=ticket["id"])


@pytest.mark.parametrize("command", ["call-ticket", "finish", "no-show"])
def test_at_counter_guards_the_other_commands_too(office: Office, command: str) -> None:
    """Commands: call-ticket, finish, no-show carry `at_counter?`; if it differs: counter-changed."""
    waiting = office.take()
    ticket = office.called(1)
    fields = {"ticket": waiting["id"]} if command == "call-ticket" else {}
    office.refused("counter-changed", command, counter=1, at_counter=None, **fields)
    office.refused("counter-changed", command, counter=1, at_counter=waiting["id"], **fields)
    if command != "call-ticket":
        office.ok(command, counter=1, at_counter=ticket["id"])


def test_two_presses_of_next_in_a_row_call_one_person(office: Office) -> None:
    """The life of a ticket: 'A call-next without it, within 2 s (setting) of the last call there: counter-busy.'"""
    first, second = office.take(), office.take()
    assert office.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == first["id"]
    office.refused("counter-busy", "call-next", counter=1)
    at_2 = office.ok("call-next", counter=2, at_counter=None)["ticket"]
    assert at_2["id"] == second["id"], "the guard is of the counter"
    assert office.ok("call-next", counter=1, at_counter=first["id"])["ticket"] is None


def test_the_guard_counts_from_any_call_there_even_when_the_counter_is_idle_again(office: Office) -> None:
    """The same rule. Read literally: call-ticket is a call, and it says nothing of who is at the counter now."""
    office.called(1)
    office.refused("counter-busy", "call-next", counter=1)
    office.ok("finish", counter=1)
    office.take()
    office.refused("counter-busy", "call-next", counter=1)
    office.ok("call-next", counter=1, at_counter=None)


def test_after_two_seconds_next_needs_no_at_counter(office: Office) -> None:
    """The same rule: 'within 2 s'."""
    office.called(1)
    second = office.take()
    time.sleep(2.05)
    assert office.ok("call-next", counter=1)["ticket"]["id"] == second["id"]


# -- call-ticket ------------------------------------------------------------------------------------


def test_call_ticket_calls_that_ticket_out_of_turn(office: Office) -> None:
    """Commands: call-ticket; The life of a ticket: waiting → called."""
    office.take(lane="priority")
    ticket, before = office.take(), office.last()
    called = laws.check_ticket(office.ok("call-ticket", counter=3, ticket=ticket["id"])["ticket"])
    assert (called["id"], called["state"]) == (ticket["id"], "called")
    assert names(office.since(before)) == ["ticket-called"]


def test_calling_the_ticket_that_is_called_there_makes_no_event(office: Office) -> None:
    """The life of a ticket: 'What is already so is ok …: calling the ticket that is called there'."""
    ticket = office.called(1)
    before = office.last()
    assert office.ok("call-ticket", counter=1, ticket=ticket["id"])["ticket"]["id"] == ticket["id"]
    office.nothing_since(before)


def test_call_ticket_at_a_counter_that_has_someone_is_counter_busy(office: Office) -> None:
    """The life of a ticket: 'counter-busy refuses call-ticket … at a counter that has someone'."""
    waiting = office.take()
    office.called(1)
    office.refused("counter-busy", "call-ticket", counter=1, ticket=waiting["id"])
    served = office.serving(2)
    office.refused("counter-busy", "call-ticket", counter=2, ticket=waiting["id"])
    office.refused("counter-busy", "call-ticket", counter=2, ticket=served["id"])


@pytest.mark.parametrize("command", ["pause-counter", "close-counter"])
def test_call_ticket_at_a_counter_that_is_not_open_is_counter_closed(office: Office, command: str) -> None:
    """The life of a ticket: 'call-ticket and walk-up there are counter-closed', paused or closed."""
    ticket = office.take()
    office.ok(command, counter=1)
    office.refused("counter-closed", "call-ticket", counter=1, ticket=ticket["id"])


def test_call_ticket_refuses_a_ticket_that_does_not_wait(office: Office) -> None:
    """The life of a ticket: 'All else is refused: counter-busy if the ticket is being served, … else not-waiting'."""
    cancelled = office.take()
    office.ok("cancel-ticket", ticket=cancelled["id"])
    for ticket in (cancelled, office.finished(1), office.missed(1), office.called(2)):
        office.refused("not-waiting", "call-ticket", counter=1, ticket=ticket["id"])
    office.refused("counter-busy", "call-ticket", counter=1, ticket=office.serving(3)["id"])


# -- recall, start, finish, no-show -----------------------------------------------------------------


def test_recall_calls_once_more_and_counts(office: Office) -> None:
    """Commands: recall, reply adds ticket, times; Events: ticket-recalled."""
    ticket = office.called(1)
    before = office.last()
    first, second = office.ok("recall", counter=1), office.ok("recall", counter=1)
    assert laws.check_ticket(first["ticket"])["id"] == ticket["id"]
    assert (first["times"], second["times"]) == (2, 3), "State: times starts at 1, with the call"
    assert names(office.since(before)) == ["ticket-recalled", "ticket-recalled"]


def test_start_service_makes_a_called_ticket_served(office: Office) -> None:
    """The life of a ticket: called → serving; start-service, reply adds ticket, times."""
    ticket = office.called(1)
    before = office.last()
    reply = office.ok("start-service", counter=1)
    assert laws.check_ticket(reply["ticket"])["state"] == "serving"
    assert (reply["ticket"]["id"], reply["times"]) == (ticket["id"], 1)
    assert names(office.since(before)) == ["service-started"]
    office.line.state("state/counter/1", lambda s: s["stage"] == "serving")


def test_starting_what_is_started_makes_no_event(office: Office) -> None:
    """The life of a ticket: 'What is already so is ok and makes no event: … starting what is started'."""
    ticket = office.serving(1)
    before = office.last()
    assert office.ok("start-service", counter=1)["ticket"]["id"] == ticket["id"]
    office.nothing_since(before)


def test_finish_ends_the_service(office: Office) -> None:
    """The life of a ticket: serving → finished; finish, reply adds ticket."""
    ticket = office.serving(1)
    before = office.last()
    assert laws.check_ticket(office.ok("finish", counter=1)["ticket"])["state"] == "finished"
    (event,) = office.since(before)
    assert (event["event"], event["ticket"], event["counter"]) == ("service-finished", ticket["id"], 1)
    state = office.line.state("state/counter/1", lambda s: s["stage"] == "idle")
    assert (state["last"]["id"], state["last"]["number"]) == (ticket["id"], ticket["number"])


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_of_the_list_is_taken(office: Office, outcome: str) -> None:
    """Commands, Codes: outcome received|returned|advised|documents-missing|late-result|other|not-stated."""
    office.serving(1)
    office.ok("finish", counter=1, outcome=outcome)


def test_finish_takes_a_called_ticket_as_served(office: Office) -> None:
    """The life of a ticket: finish 'at a counter whose ticket is called but not started takes it as served:
    service-started is stamped now and carries started_at, the time of the last call; then service-finished'."""
    ticket, before = office.take(), office.last()
    office.call(ticket)
    time.sleep(0.02)
    assert office.ok("finish", counter=1)["ticket"]["state"] == "finished"
    called, started, finished = office.since(before)
    assert names([called, started, finished]) == ["ticket-called", "service-started", "service-finished"]
    assert started["started_at"] == called["at"]
    assert started["at"] > called["at"], "the event is stamped now, not back-dated"


def test_only_no_show_makes_a_no_show(office: Office) -> None:
    """The life of a ticket: 'Only no-show makes a no-show': called → missed."""
    ticket = office.called(1)
    before = office.last()
    assert laws.check_ticket(office.ok("no-show", counter=1)["ticket"])["state"] == "missed"
    (event,) = office.since(before)
    assert (event["event"], event["ticket"], event["counter"]) == ("ticket-missed", ticket["id"], 1)
    office.line.state("state/counter/1", lambda s: s["stage"] == "idle")


def test_no_show_of_someone_being_served_is_counter_busy(office: Office) -> None:
    """The life of a ticket: missed comes from called only; 'counter-busy if the ticket is being served'."""
    office.serving(1)
    office.refused("counter-busy", "no-show", counter=1)


@pytest.mark.parametrize("command", ["recall", "start-service", "finish", "no-show"])
def test_a_command_that_needs_someone_at_an_idle_counter_is_counter_idle(office: Office, command: str) -> None:
    """The life of a ticket: 'counter-idle if the command needs someone at the counter and nobody is'."""
    office.refused("counter-idle", command, counter=1)


def test_a_ticket_is_called_by_one_counter_only(office: Office) -> None:
    """The life of a ticket: three counters press next at the same moment: three people, nobody twice."""
    tickets = {office.take()["id"] for _ in range(3)}
    since = office.line.mark()
    for counter in (1, 2, 3):
        same = {"id": f"same-moment-{counter}-{since}", "command": "call-next", "counter": counter, "at_counter": None}
        office.line.tell(ANYONE, same)
    called = {office.line.reply(ANYONE, f"same-moment-{n}-{since}", since=since)["ticket"]["id"] for n in (1, 2, 3)}
    assert called == tickets


def test_the_command_may_carry_when_the_device_sent_it(office: Office) -> None:
    """Commands: `at?`: accepted; Delivery rule 8: only the hub stamps events."""
    before = office.last()
    office.take(at="2001-01-01T00:00:00.000+07:00")
    assert office.since(before)[0]["at"] > "2020"
