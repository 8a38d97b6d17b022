"""Who may send what: every role against every command of the contract, as docs/wire.md has it."""

from __future__ import annotations

from typing import Any

import pytest

from hub.desk.principal import Principal, may
from hub.queueing import rules
from hub.queueing.events import Moment, Record
from hub.queueing.floor import Floor
from tests.queueing.office import hall_and_model
from wire.commands import ALL

COUNTER = {"open-counter", "pause-counter", "close-counter", "call-next", "call-ticket", "recall", "start-service",
           "finish", "no-show", "hold", "resume", "transfer", "walk-up", "undo"}
STAFF = {"take-ticket", "set-lane", "restore", "cancel-ticket", "postpone", "reprint", "answer-help"}
TABLE: dict[str, set[str]] = {
    "kiosk": {"take-ticket", "reserve-numbers", "report-tickets", "cancel-ticket", "postpone", "check-in", "rate",
              "answer-survey", "request-help", "ticket-printed", "print-failed", "lookup-missed"},
    "counter": COUNTER | {"request-help"},
    "tablet": {"rate", "answer-survey"},
    "printer": {"ticket-printed", "print-failed"},
    "guide": STAFF, "desk": STAFF, "tv": set(), "led": set(), "integration": set(),
}


@pytest.fixture
def floor() -> Floor:
    """Counter 1 is the clerk's; t1 is of kiosk-1 and waits, t2 was called to counter 2."""
    floor = Floor(hall_and_model(serves={1: (), 2: ()})[0])
    now = Moment(0, 0)

    def keep(events: list[Any]) -> None:
        for event in events:
            floor.apply(Record(floor.seq + 1, *now, event))

    keep(rules.turn_of_day(floor, now))
    keep(rules.open_counter(floor, now, counter=1, clerk="lan"))
    keep(rules.open_counter(floor, now, counter=2))
    for ticket in ("t2", "t1"):
        keep(rules.take_ticket(floor, now, ticket=ticket, code="c" * 16, device="kiosk-1", service="ho-tich"))
    keep(rules.call_next(floor, now, counter=2))
    return floor


@pytest.mark.parametrize("command", ALL)
@pytest.mark.parametrize("role", TABLE)
def test_each_role_may_send_what_the_contract_lists_and_nothing_else(floor: Floor, role: str, command: str) -> None:
    assert may(Principal("device-1", role, 1), command, {}, floor) == (command in TABLE[role])


@pytest.mark.parametrize("command", ALL)
def test_signed_in_people_may_send_more_than_the_desk_alone(floor: Floor, command: str) -> None:
    raw = {"counter": 1}
    clerk = Principal("web", "desk", user="lan", user_role="clerk")
    head = Principal("web", "desk", user="quanly", user_role="head")
    assert may(clerk, command, raw, floor) == (command in STAFF | COUNTER)
    assert may(head, command, raw, floor) == (command in STAFF | COUNTER | {"correct-visit"})


@pytest.mark.parametrize("command", sorted(COUNTER))
def test_a_box_acts_for_its_own_counter_only(floor: Floor, command: str) -> None:
    box = Principal("counter-1", "counter", 1)
    assert may(box, command, {"counter": 1}, floor)
    assert not may(box, command, {"counter": 2}, floor)


@pytest.mark.parametrize("command", sorted(COUNTER - {"open-counter"}))
def test_a_clerk_acts_for_the_counter_they_hold_only(floor: Floor, command: str) -> None:
    lan = Principal("web", "desk", user="lan", user_role="clerk")
    minh = Principal("web", "desk", user="minh", user_role="clerk")
    assert may(lan, command, {"counter": 1}, floor)
    assert not may(lan, command, {"counter": 2}, floor)
    assert not may(lan, command, {"counter": 99}, floor)
    assert not may(minh, command, {"counter": 1}, floor)


@pytest.mark.parametrize("ticket, allowed", [("t1", False), ("t2", False), ("unknown", True)])
def test_a_tablet_rates_only_what_was_served_at_its_own_counter(floor: Floor, ticket: str, allowed: bool) -> None:
    other = Principal("tablet-1", "tablet", 1)
    assert may(other, "rate", {"counter": 1}, floor)
    assert not may(other, "rate", {"counter": 2}, floor)
    if ticket != "t1":  # t1 was never at a counter: the rules refuse it as not finished
        assert may(other, "rate", {"ticket": ticket}, floor) == allowed
    assert may(Principal("tablet-2", "tablet", 2), "rate", {"ticket": "t2"}, floor)


def test_a_kiosk_touches_only_its_own_tickets(floor: Floor) -> None:
    for command in ("cancel-ticket", "postpone"):
        assert may(Principal("kiosk-1", "kiosk"), command, {"ticket": "t1"}, floor)
        assert not may(Principal("kiosk-2", "kiosk"), command, {"ticket": "t1"}, floor)


@pytest.mark.parametrize("command", ALL)
def test_a_phone_may_only_take_and_do_with_the_one_ticket_whose_code_it_holds(floor: Floor, command: str) -> None:
    phone, nobody = Principal("web", "phone", code_ticket="t1"), Principal("web", "phone")
    own = command in ("take-ticket", "cancel-ticket", "postpone", "rate")
    assert may(phone, command, {"ticket": "t1"}, floor) == own
    assert may(phone, command, {"ticket": "t2"}, floor) == (command == "take-ticket")
    assert may(nobody, command, {"ticket": None}, floor) == (command == "take-ticket")
    assert may(phone, command, {"counter": 1}, floor) == (command == "take-ticket")


@pytest.mark.parametrize("raw", [
    {"counter": [], "ticket": {}}, {"counter": True}, {"counter": 1.5}, {"counter": "1"}, {"ticket": ["t1"]},
    {"clerk": {}}, {"counter": None, "ticket": None}])
@pytest.mark.parametrize("command", ALL)
def test_fields_of_a_wrong_form_are_no_reason_to_fall_over(floor: Floor, command: str, raw: dict[str, Any]) -> None:
    for who in (Principal("a", "kiosk"), Principal("a", "counter", 1), Principal("a", "tablet", 1),
                Principal("a", "phone", code_ticket="t1"), Principal("a", "desk", user="lan", user_role="clerk"),
                Principal("a"), Principal("a", trusted=True)):
        assert may(who, command, raw, floor) in (True, False)
