"""wire.md, Words and Commands: a ticket: its number, its lane, who is before it, its way to cancelled and back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contract import laws
from tests.contract.laws import SERVICES
from tests.contract.line import send_many
from tests.contract.office import ANYONE, COUNTERS, Office

pytestmark = pytest.mark.contract

CHANNELS = ("kiosk", "tablet", "phone", "desk", "paper", "api")


def test_take_ticket_answers_with_the_ticket(office: Office) -> None:
    """Commands: take-ticket, reply adds ticket; `ticket` is {id, number, …, stage}."""
    reply = office.ok("take-ticket", service="ho-tich")
    ticket = laws.check_ticket(reply["ticket"])
    assert (ticket["service"], ticket["state"], ticket["stage"], ticket["ahead"]) == ("ho-tich", "waiting", 1, 0)


@pytest.mark.parametrize(("service", "series"), SERVICES.items(), ids=SERVICES)
def test_each_service_has_its_own_series(office: Office, service: str, series: str) -> None:
    """Words: service 'with its own series of numbers'; The demo's fixed values: the six and their letters."""
    first, second = office.take(service), office.take(service)
    for ticket in (first, second):
        assert re.fullmatch(series + r"\d{3,}", ticket["number"]), ticket
    assert int(second["number"][1:]) == int(first["number"][1:]) + 1


def test_priority_has_no_letter_of_its_own(office: Office) -> None:
    """Words: lane: 'Priority has no letter: the number stays its service's'."""
    normal, priority = office.take("dat-dai"), office.take("dat-dai", lane="priority")
    assert priority["lane"] == "priority"
    assert priority["number"][0] == "C"
    assert int(priority["number"][1:]) == int(normal["number"][1:]) + 1


def test_a_ticket_without_a_lane_is_normal(office: Office) -> None:
    """Words: lane: 'an ordered list in settings, by default normal, priority'; take-ticket: `lane?`."""
    assert office.take()["lane"] == "normal"
    assert office.take(lane="normal")["lane"] == "normal"


def test_the_id_of_a_ticket_is_unique(office: Office) -> None:
    """Words: ticket: 'its id is unique for ever, its number for the day'."""
    tickets = [office.take(service) for service in ("chung-thuc", "chung-thuc", "dat-dai", "dat-dai")]
    assert len({ticket["id"] for ticket in tickets}) == 4
    assert len({ticket["number"] for ticket in tickets}) == 4


def test_numbers_asked_for_at_the_same_moment_are_all_different(office: Office) -> None:
    """Words: ticket: 'its number for the day'; fifty commands at once from two devices."""
    commands: list[dict[str, Any]] = [{"command": "take-ticket", "service": "kinh-te"}] * 25
    replies = send_many(office.line, "kiosk-1", commands, 20) + send_many(office.line, ANYONE, commands, 20)
    office.issued.update(reply["ticket"]["id"] for reply in replies)
    numbers = sorted(int(reply["ticket"]["number"][1:]) for reply in replies)
    assert numbers == list(range(numbers[0], numbers[0] + 50))


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_of_the_list_is_taken(office: Office, channel: str) -> None:
    """Commands, Codes: channel kiosk|tablet|phone|desk|paper|api."""
    office.take(channel=channel, language="en")


def test_the_counters_of_a_ticket_are_the_demos(office: Office) -> None:
    """The demo's fixed values: 'every counter serves all of them'; ticket: `counters: [n]`."""
    assert set(office.take()["counters"]) == set(COUNTERS)


def test_track_is_the_web_address_with_a_code_of_16_or_more_base32_characters(office: Office) -> None:
    """The demo's fixed values: 'track is the web address'; HTTP: '/t/<code>', 'Codes: 16+ random base32 characters'.

    Read literally: http://HOST:PORT of the ready line, then /t/<code>.
    """
    found = [re.fullmatch(rf"http://{re.escape(office.ready['http'])}/t/([A-Za-z2-7]{{16,}})", ticket["track"])
             for ticket in (office.take(), office.take())]  # fmt: skip
    assert all(found), found
    assert len({match.group(1) for match in found if match}) == 2


def test_every_ticket_in_a_reply_carries_its_track(office: Office) -> None:
    """Commands: '`ticket` is {…, "wait": … | null, …, "track": <public address>, …}'.

    Read literally: `wait` may be null and `track` may not, whichever command the reply is to.
    """
    ticket = office.take()
    replies = {
        "call-ticket": office.ok("call-ticket", counter=1, ticket=ticket["id"]),
        "start-service": office.ok("start-service", counter=1),
        "finish": office.ok("finish", counter=1),
    }
    assert {name: reply["ticket"]["track"] for name, reply in replies.items()} == dict.fromkeys(
        replies, ticket["track"]
    )


# -- ahead and lanes ------------------------------------------------------------------------------


def test_ahead_counts_those_who_would_be_called_before_it(office: Office) -> None:
    """Commands: '`ahead` counts those who would be called before it now'; Words: lane: 'later ones are called
    first, then by queue time'."""
    assert office.take("dat-dai")["ahead"] == 0
    assert office.take("dat-dai")["ahead"] == 1
    assert office.take("dat-dai", lane="priority")["ahead"] == 0
    assert office.take("dat-dai", lane="priority")["ahead"] == 1
    assert office.take("dat-dai")["ahead"] == 4


def test_ahead_counts_across_services_when_every_counter_serves_all(office: Office) -> None:
    """Commands: `ahead`; the demo's: 'every counter serves all of them under the default policy'.

    Read literally: a ticket of another service with an earlier queue time would be called before.
    """
    office.take("dat-dai")
    assert office.take("ho-tich")["ahead"] == 1


def test_the_priority_lane_is_called_first_then_the_queue_time(office: Office) -> None:
    """Words: lane: 'later ones are called first, then by queue time'; the demo's default policy."""
    first = office.take("dat-dai")
    second = office.take("ho-tich")
    third = office.take("ho-tich", lane="priority")
    fourth = office.take("dat-dai", lane="priority")
    seen: str | None = None
    for expected in (third, fourth, first, second):
        seen = office.ok("call-next", counter=1, at_counter=seen)["ticket"]["id"]
        assert seen == expected["id"], f"expected {expected['number']}"


def test_call_next_of_one_service_passes_the_others_by(office: Office) -> None:
    """Commands: call-next `service?`."""
    office.take("dat-dai", lane="priority")
    wanted = office.take("ho-tich")
    assert office.ok("call-next", counter=1, at_counter=None, service="ho-tich")["ticket"]["id"] == wanted["id"]


# -- cancel and restore ---------------------------------------------------------------------------


def test_cancelling_takes_a_waiting_ticket_out_of_the_queue(office: Office) -> None:
    """The life of a ticket: waiting → cancelled; cancel-ticket, reply adds ticket."""
    ticket, before = office.take(), office.last()
    reply = office.ok("cancel-ticket", ticket=ticket["id"])
    assert laws.check_ticket(reply["ticket"])["state"] == "cancelled"
    assert [event["event"] for event in office.since(before)] == ["ticket-cancelled"]
    office.refused("nobody-waiting", "call-next", counter=1, at_counter=None)


def test_cancelling_a_cancelled_ticket_is_ok_and_makes_no_event(office: Office) -> None:
    """The life of a ticket: 'What is already so is ok and makes no event: … cancelling a cancelled'."""
    ticket = office.take()
    office.ok("cancel-ticket", ticket=ticket["id"])
    before = office.last()
    assert office.ok("cancel-ticket", ticket=ticket["id"])["ticket"]["state"] == "cancelled"
    office.nothing_since(before)


def test_only_a_waiting_ticket_is_cancelled(office: Office) -> None:
    """The life of a ticket: 'All else is refused: counter-busy if the ticket is being served, … else not-waiting'."""
    office.refused("not-waiting", "cancel-ticket", ticket=office.missed(1)["id"])
    office.refused("not-waiting", "cancel-ticket", ticket=office.finished(1)["id"])
    office.refused("not-waiting", "cancel-ticket", ticket=office.called(1)["id"])
    office.refused("counter-busy", "cancel-ticket", ticket=office.serving(2)["id"])


def test_staff_may_name_a_ticket_by_todays_number(office: Office) -> None:
    """Commands: 'Where staff name a ticket, its id or today's number will do'."""
    first, second, third = office.take(), office.take(), office.take()
    assert office.ok("cancel-ticket", ticket=first["number"])["ticket"]["id"] == first["id"]
    assert office.ok("call-ticket", counter=1, ticket=second["number"])["ticket"]["id"] == second["id"]
    office.ok("no-show", counter=1)
    assert office.ok("restore", ticket=second["number"])["ticket"]["id"] == second["id"]
    assert third["state"] == "waiting"


def test_a_missed_ticket_is_restored_at_its_old_queue_time(office: Office) -> None:
    """The life of a ticket: 'missed → waiting (restore, at its old queue time)'."""
    first, second = office.take(), office.take()
    office.call(first)
    office.ok("no-show", counter=1)
    before = office.last()
    restored = laws.check_ticket(office.ok("restore", ticket=first["id"])["ticket"])
    assert (restored["state"], restored["ahead"], restored["number"]) == ("waiting", 0, first["number"])
    assert [event["event"] for event in office.since(before)] == ["ticket-restored"]
    assert office.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == first["id"]
    assert office.ok("call-next", counter=1, at_counter=first["id"])["ticket"]["id"] == second["id"]


def test_restoring_a_waiting_ticket_is_ok_and_makes_no_event(office: Office) -> None:
    """The life of a ticket: 'What is already so is ok and makes no event: … restoring a waiting ticket'."""
    ticket, before = office.take(), office.last()
    assert office.ok("restore", ticket=ticket["id"])["ticket"]["state"] == "waiting"
    office.nothing_since(before)


def test_only_a_missed_ticket_is_restored(office: Office) -> None:
    """The life of a ticket: restore leads from missed only; else not-waiting, or counter-busy while it is served."""
    cancelled = office.take()
    office.ok("cancel-ticket", ticket=cancelled["id"])
    office.refused("not-waiting", "restore", ticket=cancelled["id"])
    office.refused("not-waiting", "restore", ticket=office.finished(1)["id"])
    office.refused("not-waiting", "restore", ticket=office.called(1)["id"])
    office.refused("counter-busy", "restore", ticket=office.serving(2)["id"])


# -- running on past 999 --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_series_skips_900_to_999_and_runs_on(new_office: Any) -> None:
    """Words: service: numbers run 'on past 999'; Delivery rule 6: '900-999 of the series (setting), which the hub
    itself skips (A899 → A1000)'. The long queue that this makes must still fit in the state and in the events API."""
    office: Office = new_office()
    commands: list[dict[str, Any]] = [{"command": "take-ticket", "service": "chung-thuc"}] * 1001
    replies = send_many(office.line, "kiosk-1", commands, 120)
    assert all(reply["ok"] for reply in replies)
    tickets = sorted((reply["ticket"] for reply in replies), key=lambda ticket: ticket["ahead"])
    numbers = [ticket["number"] for ticket in tickets]
    assert numbers[0] == "A001"
    assert numbers[897:901] == ["A898", "A899", "A1000", "A1001"]
    assert numbers == [f"A{n:03d}" for n in range(1, 900)] + [f"A{n}" for n in range(1000, 1102)]
    board = office.line.state("state/board", lambda s: s["waiting"]["chung-thuc"] == 1001)
    laws.check_state("state/board", board)
    page = office.page(0, 1000)
    assert len(page["events"]) == 1000
    more = office.stranger().get("/api/v1/events?after=0&limit=5000")
    assert more.status == 400 or len(more.json()["events"]) <= 1000, "limit=<≤1000>: refused or cut, never obeyed"
    office.check_laws()
