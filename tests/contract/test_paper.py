"""wire.md, Delivery rule 7: who prints a ticket, how often the hub asks, and what became of the slip."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from tests.contract import laws
from tests.contract.desk import Desk
from tests.contract.kiosk import Kiosk
from tests.contract.line import Heard, new_id
from tests.contract.office import ANYONE, Office

pytestmark = pytest.mark.contract

NEVER = 2**40
"""A beat no hub has published."""
AGAIN_S = 5.0
VALID_S = 30.0
BACK_S = 30.0
PRINTER = "printer-1"


def fresh_device() -> str:
    """A device that nobody knows: its printer is printer-1."""
    return f"box-{uuid.uuid4().hex[:10]}"


def slips(office: Office, ticket: str, *, since: int = 0, copy: bool = False, printer: str = PRINTER) -> list[Heard]:
    """The times that a printer was asked to print this ticket."""
    return [heard for heard in office.line.all(f"device/{printer}/command", since)
            if heard.body["command"] == "print-ticket" and heard.body["ticket"]["id"] == ticket
            and heard.body["copy"] is copy]  # fmt: skip


def wait_for_slip(office: Office, ticket: str, *, since: int = 0, nth: int = 1, copy: bool = False) -> Heard:
    """The nth such time since then, as soon as it comes."""
    what = f"print-ticket of {ticket} to {PRINTER}, number {nth}"
    office.line.wait(lambda _: len(slips(office, ticket, since=since, copy=copy)) >= nth, what, since=since)
    return slips(office, ticket, since=since, copy=copy)[nth - 1]


def printers_asked(office: Office, ticket: str, since: int) -> list[str]:
    """The devices that were asked to print this ticket."""
    return [heard.topic.split("/")[1] for heard in office.line.all("device/", since)
            if heard.topic.endswith("/command") and heard.body.get("ticket", {}).get("id") == ticket]  # fmt: skip


# -- who prints ---------------------------------------------------------------------------------------


def test_the_slip_says_what_to_print_and_for_how_long(office: Office) -> None:
    """Rule 7: 'the hub sends `print-ticket` {"id", "command", "ticket", "copy": bool, "valid_s": 30}'; Topics:
    device/<device>/command: hub, QoS 1, not retained."""
    since = office.line.mark()
    ticket = office.take("dat-dai", via=fresh_device(), lane="priority")
    heard = wait_for_slip(office, ticket["id"], since=since)
    laws.check_slip(heard.topic, heard.body)
    assert (heard.body["copy"], heard.body["valid_s"]) == (False, VALID_S)
    same = ("id", "number", "service", "lane", "issued_at", "track", "counters", "zone", "state")
    assert {key: heard.body["ticket"][key] for key in same} == {key: ticket[key] for key in same}
    assert not heard.retain
    assert heard.qos == 1
    with office.new_line(topics=(f"device/{PRINTER}/command",)) as newcomer:
        office.take("dat-dai")
        newcomer.wait(lambda h: h.topic == f"device/{PRINTER}/command", "a slip that is new")
        assert not [h for h in newcomer.all(f"device/{PRINTER}/command") if h.retain], "slips are not retained"


def test_each_slip_has_an_id_of_its_own(office: Office) -> None:
    """Rule 7: 'A printer keeps the last 1,000 ids and prints none twice': so no two tickets share one."""
    since = office.line.mark()
    tickets = [office.take("dat-dai") for _ in range(5)]
    assert len({wait_for_slip(office, ticket["id"], since=since).body["id"] for ticket in tickets}) == 5


def test_in_the_demo_printer_1_prints_for_every_device_but_kiosk_1(office: Office, head: Desk) -> None:
    """Rule 7: 'The taker of a ticket prints it if it has a printer; else the hub sends … to the printer that the
    settings name for that device (in the demo `printer-1` for every device but `kiosk-1`)'."""
    since = office.line.mark()
    at_kiosk = office.take(via="kiosk-1")
    at_desk = office.web(head, "take-ticket", service="dat-dai").json()["ticket"]
    others = [office.take(via="lookup-1"), office.take(via=ANYONE), at_desk]
    for ticket in others:
        wait_for_slip(office, ticket["id"], since=since)
        assert printers_asked(office, ticket["id"], since) == [PRINTER]
    assert printers_asked(office, at_kiosk["id"], since) == [], "kiosk-1 prints what it takes itself"


def test_a_number_taken_by_phone_is_never_printed(office: Office) -> None:
    """Rule 7: 'never for channel `phone`'."""
    since = office.line.mark()
    phone = office.take(channel="phone")
    others = [office.take(channel=channel) for channel in ("kiosk", "tablet", "desk", "paper", "api")]
    for ticket in others:
        wait_for_slip(office, ticket["id"], since=since)
    assert printers_asked(office, phone["id"], since) == []


def test_a_take_that_is_sent_again_prints_no_second_slip(office: Office) -> None:
    """Delivery rule 2 with rule 7: the same command is one ticket and one id of a slip."""
    since, id_, device = office.line.mark(), new_id(), fresh_device()
    for _ in range(3):
        ticket = office.take("dat-dai", via=device, id=id_)
    wait_for_slip(office, office.take("dat-dai")["id"], since=since)
    assert len({heard.body["id"] for heard in slips(office, ticket["id"], since=since)}) == 1


def test_what_a_kiosk_gave_by_itself_is_not_printed_again(office: Office) -> None:
    """Rule 6: it 'gives a number of its reserved block, prints it'; rule 7: 'The taker of a ticket prints it'."""
    since, kiosk = office.line.mark(), Kiosk(office)
    (number,) = kiosk.reserve(1, "nhan-ket-qua")
    (reported,) = kiosk.hands_in(kiosk.slip(number, "nhan-ket-qua"))
    wait_for_slip(office, office.take("dat-dai")["id"], since=since)
    assert printers_asked(office, reported["id"], since) == []


def test_a_refused_take_prints_nothing(office: Office) -> None:
    """Commands: 'A refused command changes nothing.'"""
    since = office.line.mark()
    office.refused("unknown-service", "take-ticket", service="khong-co")
    wait_for_slip(office, office.take("dat-dai")["id"], since=since)
    assert len(office.line.all(f"device/{PRINTER}/command", since)) == 1


# -- reprint ------------------------------------------------------------------------------------------


def test_staff_reprint_a_ticket_as_a_copy(office: Office, head: Desk, clerk: Desk) -> None:
    """Commands: reprint `ticket`, reply adds `ticket`; roles: desk; rule 7: `copy`. Named by id or today's number."""
    ticket = office.take("dat-dai")
    first = wait_for_slip(office, ticket["id"])
    ids = {first.body["id"]}
    for desk, name in ((head, ticket["id"]), (clerk, ticket["number"])):
        since = office.line.mark()
        answer = office.web(desk, "reprint", ticket=name)
        assert answer.status == 200, answer
        assert laws.check_ticket(answer.json()["ticket"])["id"] == ticket["id"]
        heard = wait_for_slip(office, ticket["id"], since=since, copy=True)
        assert (heard.body["copy"], heard.body["valid_s"]) == (True, VALID_S)
        assert heard.body["ticket"]["number"] == ticket["number"]
        ids.add(heard.body["id"])
    assert len(ids) == 3, "a printer that prints no id twice would print no copy"


def test_a_reprint_sent_again_is_one_copy(office: Office, head: Desk) -> None:
    """Delivery rule 2, for reprint: the same command id is the same copy; it is no event of the page's list."""
    ticket, id_ = office.take("dat-dai"), new_id()
    since, before = office.line.mark(), office.last()
    first = office.web(head, "reprint", id=id_, ticket=ticket["id"])
    again = office.web(head, "reprint", id=id_, ticket=ticket["id"])
    assert (first.status, first.json()) == (again.status, again.json())
    wait_for_slip(office, ticket["id"], since=since, copy=True)
    wait_for_slip(office, office.take("dat-dai")["id"], since=since)
    assert len({heard.body["id"] for heard in slips(office, ticket["id"], since=since, copy=True)}) == 1
    assert [event["event"] for event in office.since(before)] == ["ticket-issued"]


def test_a_ticket_of_kiosk_1_is_reprinted_somewhere(office: Office, head: Desk) -> None:
    """Commands: reprint. The page does not say where a copy of what kiosk-1 printed itself comes out: at its own
    printer or at printer-1, but at one of them, and only once."""
    ticket, since = office.take(via="kiosk-1"), office.line.mark()
    assert office.web(head, "reprint", ticket=ticket["id"]).status == 200
    office.line.wait(lambda _: bool(printers_asked(office, ticket["id"], since)), "a copy", since=since)
    assert printers_asked(office, ticket["id"], since) in (["kiosk-1"], [PRINTER])


def test_reprinting_what_is_not_there_is_unknown(office: Office, head: Desk) -> None:
    """Commands, Refusals: unknown-ticket; nothing is printed."""
    since = office.line.mark()
    answer = office.web(head, "reprint", ticket="01khongcovenaycaunhe")
    assert answer.status == 409
    laws.check_refusal(answer.json(), "unknown-ticket")
    wait_for_slip(office, office.take("dat-dai")["id"], since=since)
    assert len(office.line.all(f"device/{PRINTER}/command", since)) == 1


# -- what became of it --------------------------------------------------------------------------------


@pytest.mark.parametrize("device", [PRINTER, "kiosk-1", "lookup-1"])
@pytest.mark.parametrize("command", ["ticket-printed", "print-failed"])
def test_what_became_of_a_slip_is_journalled(office: Office, command: str, device: str) -> None:
    """Commands: ticket-printed, print-failed `ticket` (+ `error?`); roles: printer and kiosk; Events: of those names,
    'each about a ticket carries ticket (id), number, service, lane'."""
    ticket = office.take("dat-dai", via="kiosk-1" if device == "kiosk-1" else "lookup-1", lane="priority")
    before, since, id_ = office.last(), office.line.mark(), new_id()
    fields = {"error": "paper-out"} if command == "print-failed" else {}
    first = office.ok(command, via=device, id=id_, ticket=ticket["id"], **fields)
    assert office.ok(command, via=device, id=id_, ticket=ticket["id"], **fields) == first, "delivery rule 2"
    (event,) = office.since(before)
    assert event["event"] == command
    assert {key: event[key] for key in ("ticket", "number", "service", "lane")} == {
        "ticket": ticket["id"], "number": ticket["number"], "service": "dat-dai", "lane": "priority"}  # fmt: skip
    assert event.get("device", device) == device
    office.line.event(command, since=since, seq=event["seq"], ticket=ticket["id"])
    assert office.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == ticket["id"], "it waits as before"


def test_print_failed_needs_no_error(office: Office) -> None:
    """Commands: print-failed `ticket` (+ `error?`)."""
    office.ok("print-failed", via=PRINTER, ticket=office.take()["id"])


@pytest.mark.parametrize("command", ["ticket-printed", "print-failed"])
def test_word_of_a_slip_may_be_late(office: Office, command: str) -> None:
    """Delivery rule 5: '`ticket-printed`, `print-failed` need none': a late beat does not matter, nor that the person
    was served meanwhile."""
    ticket = office.finished()
    before = office.last()
    office.ok(command, via=PRINTER, ticket=ticket["id"], beat=NEVER)
    assert [event["event"] for event in office.since(before)] == [command]


# -- again and again ----------------------------------------------------------------------------------


@dataclass
class Shift:
    """What a printer heard while it was away, and then while it was there."""

    office: Office
    away: dict[str, Any] = field(default_factory=dict)
    away_until: float = 0.0
    online_at: float = 0.0
    printed: dict[str, Any] = field(default_factory=dict)
    failed: dict[str, Any] = field(default_factory=dict)
    silent: dict[str, Any] = field(default_factory=dict)
    copied: dict[str, Any] = field(default_factory=dict)
    answered_at: float = 0.0

    def times(self, ticket: dict[str, Any], *, copy: bool = False) -> list[float]:
        """When this ticket was sent, in seconds since it was sent first."""
        heard = slips(self.office, ticket["id"], copy=copy)
        return [one.when - heard[0].when for one in heard]


@pytest.fixture(scope="module")
def shift(broker: str) -> Iterator[Shift]:
    """Seven seconds without a printer, then 37 with one that tells of two slips and says nothing of the others."""
    office = Office(broker).start()
    try:
        story = Shift(office)
        story.away = office.take("ho-tich")
        wait_for_slip(office, story.away["id"])
        time.sleep(AGAIN_S + 2)
        story.away_until = time.monotonic()
        office.line.device_says(PRINTER, online=True, role="printer", health={"paper": "ok"})
        story.online_at = time.monotonic()
        story.printed, story.failed, story.silent, story.copied = (office.take("dat-dai") for _ in range(4))
        office.ok("reprint", ticket=story.copied["id"])
        wait_for_slip(office, story.printed["id"], nth=2)
        wait_for_slip(office, story.failed["id"], nth=2)
        office.ok("ticket-printed", via=PRINTER, ticket=story.printed["id"])
        office.ok("print-failed", via=PRINTER, ticket=story.failed["id"], error="paper-out")
        story.answered_at = time.monotonic()
        time.sleep(VALID_S + 7 - (story.answered_at - story.online_at))
        office.check_laws()
        yield story
    finally:
        office.stop()


@pytest.mark.slow
def test_a_printer_that_is_not_there_is_asked_once(shift: Shift) -> None:
    """Rule 7: 'the hub resends every 5 s while the printer is online'."""
    before = [heard for heard in slips(shift.office, shift.away["id"]) if heard.when < shift.away_until]
    assert len(before) == 1


@pytest.mark.slow
def test_a_printer_that_comes_back_in_time_is_asked_again(shift: Shift) -> None:
    """Rule 7: 'while the printer is online, until … the time is over': under the same id."""
    heard = slips(shift.office, shift.away["id"])
    later = [one for one in heard if one.when > shift.online_at - 0.5]
    assert later, "never sent again"
    assert later[0].when - shift.online_at < AGAIN_S + 1
    assert len({one.body["id"] for one in heard}) == 1
    assert shift.times(shift.away)[-1] <= VALID_S + 1


@pytest.mark.slow
def test_a_slip_is_sent_again_every_5_s_under_the_same_id(shift: Shift) -> None:
    """Rule 7: 'prints none twice; the hub resends every 5 s while the printer is online'."""
    times = shift.times(shift.silent)
    steps = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) >= 5, times
    assert all(AGAIN_S - 0.5 <= step <= AGAIN_S + 1.5 for step in steps), times
    heard = slips(shift.office, shift.silent["id"])
    assert len({one.body["id"] for one in heard}) == 1
    assert len({one.body["ticket"]["number"] for one in heard}) == 1


@pytest.mark.slow
def test_after_30_s_the_time_is_over(shift: Shift) -> None:
    """Rule 7: '`valid_s`: 30', 'or the time is over'; the fixture waited past it."""
    assert max(shift.times(shift.silent)) <= VALID_S + 0.5
    assert slips(shift.office, shift.silent["id"])[0].body["valid_s"] == VALID_S


@pytest.mark.slow
@pytest.mark.parametrize("name", ["printed", "failed"])
def test_word_of_the_slip_ends_it(shift: Shift, name: str) -> None:
    """Rule 7: 'until `ticket-printed` or `print-failed`'."""
    heard = slips(shift.office, getattr(shift, name)["id"])
    assert len(heard) == 2
    assert heard[-1].when <= shift.answered_at


@pytest.mark.slow
def test_a_copy_is_sent_again_too(shift: Shift) -> None:
    """Rule 7, for `copy` true: the same id each time, and not that of the first slip."""
    copies = slips(shift.office, shift.copied["id"], copy=True)
    assert len(copies) >= 5
    assert len({one.body["id"] for one in copies}) == 1
    assert copies[0].body["id"] != slips(shift.office, shift.copied["id"])[0].body["id"]
    assert shift.times(shift.copied, copy=True)[-1] <= VALID_S + 0.5


@pytest.mark.slow
def test_a_hub_that_starts_again_goes_on_with_the_same_id(broker: str) -> None:
    """Rule 7: 'A printer keeps the last 1,000 ids and prints none twice', so a killed hub must not make up another;
    and the hub that starts learns from the retained status that the printer is there."""
    office = Office(broker).start()
    try:
        office.line.device_says(PRINTER, online=True, role="printer")
        ticket, told = office.take("dat-dai"), office.take("dat-dai")
        phone = office.take("dat-dai", channel="phone")
        first = wait_for_slip(office, ticket["id"])
        office.ok("ticket-printed", via=PRINTER, ticket=told["id"])
        mark = office.line.mark()
        os.kill(office.ready["pids"]["hub"], signal.SIGKILL)
        office.line.fresh_beat(since=mark, timeout_s=BACK_S)
        again = wait_for_slip(office, ticket["id"], since=mark)
        assert again.body["id"] == first.body["id"]
        assert again.body["copy"] is False
        wait_for_slip(office, office.take("dat-dai")["id"], since=mark)
        assert printers_asked(office, told["id"], mark) == [], "it is on paper"
        assert printers_asked(office, phone["id"], mark) == [], "never for a phone"
    finally:
        office.stop()
