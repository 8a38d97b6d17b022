"""wire.md, Topics: the table of roles, and the paragraph under it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import laws
from tests.contract.desk import Desk
from tests.contract.office import ANYONE, Office

pytestmark = pytest.mark.contract

COUNTER_COMMANDS: dict[str, dict[str, Any]] = {
    "open-counter": {}, "pause-counter": {}, "close-counter": {}, "call-next": {}, "call-ticket": {"ticket": "A001"},
    "recall": {}, "start-service": {}, "finish": {}, "no-show": {},
}  # fmt: skip
OTHERS: dict[str, dict[str, Any]] = {
    "take-ticket": {"service": "dat-dai"}, "cancel-ticket": {"ticket": "A001"}, "restore": {"ticket": "A001"},
    "rate": {"ticket": "A001", "score": 5}, "reserve-numbers": {"service": "dat-dai", "count": 1},
    "report-tickets": {"tickets": []}, "reprint": {"ticket": "A001"}, "ticket-printed": {"ticket": "A001"},
    "print-failed": {"ticket": "A001"},
}  # fmt: skip
KIOSK = {
    "take-ticket", "cancel-ticket", "rate", "reserve-numbers", "report-tickets", "ticket-printed", "print-failed",
}  # fmt: skip
MAY = {
    "kiosk-1": KIOSK,
    "lookup-1": KIOSK,
    "counter-1": set(COUNTER_COMMANDS),
    "tablet-1": {"rate"},
    "printer-1": {"ticket-printed", "print-failed"},
    "tv-1": set(),
}


@pytest.mark.parametrize("device", MAY)
def test_a_role_may_not_send_what_the_table_does_not_give_it(office: Office, device: str) -> None:
    """Topics, the table 'role | may send': everything else is refused not-allowed."""
    for command, fields in {**COUNTER_COMMANDS, **OTHERS}.items():
        if command not in MAY[device]:
            counter = {"counter": 1} if command in COUNTER_COMMANDS else {}
            office.refused("not-allowed", command, via=device, **counter, **fields)


def test_a_kiosk_takes_tickets_and_a_visitor_rates_there(office: Office) -> None:
    """Topics, roles: kiosk may take-ticket, rate."""
    finished = office.finished(via="kiosk-1")
    assert office.ok("rate", via="kiosk-1", ticket=finished["id"], score=4)["counted"] is True


def test_lookup_1_is_a_kiosk_by_role(office: Office) -> None:
    """The demo's fixed values: 'lookup-1 is a kiosk by role'."""
    ticket = office.take(via="lookup-1")
    assert office.ok("cancel-ticket", via="lookup-1", ticket=ticket["id"])["ticket"]["state"] == "cancelled"


def test_a_kiosk_cancels_its_own_ticket_only(office: Office) -> None:
    """Topics, roles: kiosk: cancel-ticket '(its own, not yet called)'; 'not-allowed: also for another device's
    ticket; an unknown one is unknown-ticket'."""
    ticket = office.take(via="kiosk-1")
    office.refused("not-allowed", "cancel-ticket", via="lookup-1", ticket=ticket["id"])
    office.refused("unknown-ticket", "cancel-ticket", via="kiosk-1", ticket="01khongcovenaycaunhe")
    assert office.ok("cancel-ticket", via="kiosk-1", ticket=ticket["id"])["ticket"]["state"] == "cancelled"


def test_a_kiosk_may_not_cancel_a_ticket_already_called(office: Office) -> None:
    """Under the table of roles: 'one already called not-waiting'."""
    ticket = office.called(via="kiosk-1")
    office.refused("not-waiting", "cancel-ticket", via="kiosk-1", ticket=ticket["id"])


def test_a_box_works_its_own_counter(office: Office) -> None:
    """Topics, roles: counter: 'the counter commands, for its own counter'."""
    ticket = office.take()
    box: dict[str, Any] = {"by": "counter-2", "counter": 2}
    office.ok("open-counter", **box)
    assert office.ok("call-next", at_counter=None, **box)["ticket"]["id"] == ticket["id"]
    office.ok("recall", **box)
    office.ok("start-service", **box)
    office.ok("finish", **box)
    second = office.take()
    office.ok("call-ticket", ticket=second["id"], **box)
    office.ok("no-show", **box)
    office.ok("pause-counter", **box)
    office.ok("close-counter", **box)


@pytest.mark.parametrize("command", COUNTER_COMMANDS)
def test_a_box_may_not_work_another_counter(office: Office, command: str) -> None:
    """Topics, roles: counter: 'for its own counter'. Else the refusal is not-allowed."""
    office.refused("not-allowed", command, via="counter-1", counter=2, **COUNTER_COMMANDS[command])


def test_a_tablet_rates_the_visit_of_its_own_counter(office: Office) -> None:
    """Topics, roles: tablet: 'rate …, for its own counter'."""
    first = office.finished(counter=1)
    assert office.ok("rate", via="tablet-1", counter=1, score=5)["counted"] is True
    office.refused("already-rated", "rate", ticket=first["id"], score=5)
    second = office.finished(counter=1)
    assert office.ok("rate", via="tablet-1", ticket=second["id"], score=5)["counted"] is True


def test_a_tablet_may_not_rate_at_another_counter(office: Office) -> None:
    """Topics, roles: tablet: 'for its own counter', named by the counter or by a ticket that ended elsewhere."""
    ticket = office.finished(counter=2)
    office.refused("not-allowed", "rate", via="tablet-1", counter=2, score=5)
    office.refused("not-allowed", "rate", via="tablet-1", ticket=ticket["id"], score=5)


def test_an_unknown_device_may_do_everything_in_the_demo(office: Office) -> None:
    """Under the table of roles: 'In the demo an unknown device may do everything.'"""
    device = "a-box-nobody-named"
    ticket = office.take(via=device)
    again = office.take(via="kiosk-1")
    office.ok("cancel-ticket", via=device, ticket=again["id"])
    office.ok("restore", via=device, ticket=ticket["id"])
    office.ok("call-ticket", via=device, counter=3, ticket=ticket["id"])
    office.ok("finish", via=device, counter=3)
    office.ok("rate", via=device, counter=3, score=3)
    office.ok("close-counter", via=device, counter=3)


def test_the_device_in_the_payload_counts_for_nothing(office: Office) -> None:
    """Under the table of roles: 'the hub takes the device from the topic, never from the payload'."""
    office.refused("not-allowed", "take-ticket", via="tv-1", service="dat-dai", device="kiosk-1", role="kiosk")


# -- signed-in pages ----------------------------------------------------------------------------------


def _refused(office: Office, desk: Desk, refusal: str, command: str, **fields: Any) -> None:
    answer = office.web(desk, command, **fields)
    assert answer.status == 409, answer
    laws.check_refusal(answer.json(), refusal)


def _ok(office: Office, desk: Desk, command: str, **fields: Any) -> dict[str, Any]:
    answer = office.web(desk, command, **fields)
    assert answer.status == 200, answer
    reply: dict[str, Any] = answer.json()
    assert reply["ok"] is True, reply
    return reply


def test_the_desk_takes_cancels_and_restores_any_ticket(office: Office, clerk: Desk) -> None:
    """Topics, roles: desk: take-ticket, restore, cancel-ticket (of any device)."""
    own = _ok(office, clerk, "take-ticket", service="dat-dai")["ticket"]
    laws.check_ticket(own)
    kiosks = office.take(via="kiosk-1")
    assert _ok(office, clerk, "cancel-ticket", ticket=kiosks["id"])["ticket"]["state"] == "cancelled"
    missed = office.missed()
    assert _ok(office, clerk, "restore", ticket=missed["id"])["ticket"]["state"] == "waiting"


def test_a_desk_reserves_and_reports_no_numbers_and_prints_nothing_itself(office: Office, head: Desk) -> None:
    """Topics, roles: reserve-numbers and report-tickets are the kiosk's, ticket-printed and print-failed also the
    printer's; none is in the row of the desk, not even for a head."""
    for command in ("reserve-numbers", "report-tickets", "ticket-printed", "print-failed"):
        _refused(office, head, "not-allowed", command, **OTHERS[command])


def test_a_desk_may_not_rate(office: Office, head: Desk) -> None:
    """Topics, roles: desk: rate is not in its row, not even for a head."""
    ticket = office.finished()
    _refused(office, head, "not-allowed", "rate", ticket=ticket["id"], score=5)


def test_a_head_works_any_counter(office: Office, head: Desk) -> None:
    """Topics, roles: desk: 'a head those of any'."""
    for counter in (1, 2, 3):
        ticket = office.take()
        assert _ok(office, head, "call-next", counter=counter, at_counter=None)["ticket"]["id"] == ticket["id"]
        _ok(office, head, "finish", counter=counter)
    _ok(office, head, "pause-counter", counter=2)


def test_a_clerk_works_only_the_counter_they_hold(office: Office, clerk: Desk) -> None:
    """Topics, roles: 'a clerk also the counter commands of the counter they hold'."""
    _ok(office, clerk, "open-counter", counter=1)
    ticket = office.take()
    for command in ("call-next", "recall", "start-service", "finish", "no-show", "pause-counter", "close-counter"):
        _refused(office, clerk, "not-allowed", command, counter=2)
    assert _ok(office, clerk, "call-next", counter=1, at_counter=None)["ticket"]["id"] == ticket["id"]
    _ok(office, clerk, "finish", counter=1)


def test_a_clerk_no_longer_holds_a_counter_that_was_closed(office: Office, clerk: Desk) -> None:
    """Under the table of roles: a clerk holds it 'until it is closed'."""
    _ok(office, clerk, "open-counter", counter=1)
    _ok(office, clerk, "close-counter", counter=1)
    _refused(office, clerk, "not-allowed", "call-next", counter=1)


def test_a_clerk_no_longer_holds_a_counter_that_another_clerk_opened(
    office: Office, clerk: Desk, other_clerk: Desk
) -> None:
    """Under the table of roles: 'or another clerk opens it'."""
    _ok(office, clerk, "open-counter", counter=1)
    _ok(office, other_clerk, "open-counter", counter=1)
    _refused(office, clerk, "not-allowed", "pause-counter", counter=1)
    _ok(office, other_clerk, "pause-counter", counter=1)


def test_a_clerk_holds_the_counter_they_opened_last(office: Office, clerk: Desk) -> None:
    """Under the table of roles: 'A clerk holds the counter of their last accepted open-counter'.

    Read literally: one counter, so an earlier one is given up by opening the next.
    """
    _ok(office, clerk, "open-counter", counter=1)
    _ok(office, clerk, "open-counter", counter=2)
    _refused(office, clerk, "not-allowed", "pause-counter", counter=1)
    _ok(office, clerk, "pause-counter", counter=2)


def test_an_open_counter_that_was_refused_changes_what_a_clerk_holds_in_nothing(office: Office, clerk: Desk) -> None:
    """Under the table of roles: 'their last accepted open-counter'."""
    _ok(office, clerk, "open-counter", counter=1)
    _refused(office, clerk, "unknown-counter", "open-counter", counter=99)
    _ok(office, clerk, "pause-counter", counter=1)


def test_opening_a_counter_is_told_without_the_clerk(office: Office, clerk: Desk) -> None:
    """Under the table of roles: 'clerks … are never in MQTT state or events'."""
    office.secrets.add("can-bo-1")
    since = office.line.mark()
    _ok(office, clerk, "open-counter", counter=1)
    office.line.event("counter-opened", since=since, counter=1)
    office.ok("open-counter", via=ANYONE, counter=2, clerk="can-bo-1")
    office.line.event("counter-opened", since=since, counter=2)
    office.check_laws()
