"""wire.md, Delivery rule 6: blocks of numbers, and tickets that a kiosk gave while the hub did not answer."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.contract import laws
from tests.contract.kiosk import OLD_S, Kiosk, a_code, is_flagged, issued, office_date, says
from tests.contract.line import new_id
from tests.contract.office import ANYONE, Office

pytestmark = [pytest.mark.contract, pytest.mark.slow]

NEVER = 2**40
"""A beat no hub has published."""
APART_S = 0.4
"""How far apart things happen whose order is the matter."""
BACK_S = 30.0


@pytest.fixture(scope="module")
def untouched(broker: str) -> Iterator[Office]:
    """An office in which nobody has reserved anything; each test here has a service and day of its own."""
    office = Office(broker).start()
    yield office
    office.stop()


@pytest.fixture
def kiosk(office: Office) -> Kiosk:
    """A kiosk of which the hub never heard."""
    return Kiosk(office)


def _names(office: Office, seq: int) -> list[str]:
    return [event["event"] for event in office.since(seq)]


def _line_is(office: Office, service: str, *tickets: dict[str, Any]) -> None:
    """The board shows these (up to three) as the next of a service."""
    numbers = [ticket["number"] for ticket in tickets]
    office.line.state("state/board", lambda board: {r["service"]: r["numbers"] for r in board["upcoming"]}.get(
        service, []) == numbers)  # fmt: skip


# -- blocks -------------------------------------------------------------------------------------------


def test_blocks_come_from_900_and_no_two_devices_share_a_number(untouched: Office) -> None:
    """Rule 6: 'Blocks belong to one device, service and day'; 'they come from 900-999 of the series (setting)';
    '`numbers` are strings as printed'."""
    one, other = Kiosk(untouched), Kiosk(untouched)
    assert one.reserve(3) == ["A900", "A901", "A902"]
    assert other.reserve(2) == ["A903", "A904"]
    assert one.reserve(1) == ["A905"]


def test_each_service_has_blocks_of_its_own_series(untouched: Office) -> None:
    """Rule 6: 'Blocks belong to one device, service and day'; '900-999 of the series'."""
    assert Kiosk(untouched).reserve(2, "ho-tich") == ["B900", "B901"]


def test_each_day_has_its_own_blocks_and_day_comes_out_as_a_date(untouched: Office) -> None:
    """Rule 6: '`day` goes in as `today` or `next` and comes out as a date'; `day?`: today unless told otherwise."""
    kiosk = Kiosk(untouched)
    assert (kiosk.reserve(1, "dat-dai"), kiosk.day) == (["C900"], office_date())
    assert (kiosk.reserve(1, "dat-dai", day="next"), kiosk.day) == (["C900"], office_date(1))
    assert (kiosk.reserve(1, "dat-dai", day="today"), kiosk.day) == (["C901"], office_date())
    assert (kiosk.reserve(1, "dat-dai", day="next"), kiosk.day) == (["C901"], office_date(1))


def test_fewer_come_if_fewer_are_left_and_none_is_limit_reached(untouched: Office) -> None:
    """Rule 6: 'fewer if fewer are left, none is limit-reached'; the other day and the others' services go on."""
    one, other = Kiosk(untouched), Kiosk(untouched)
    assert len(one.reserve(50, "kinh-te")) == 50
    assert len(other.reserve(40, "kinh-te")) == 40
    assert one.reserve(50, "kinh-te") == [f"K{n}" for n in range(990, 1000)]
    for device in (one.name, other.name):
        untouched.refused("limit-reached", "reserve-numbers", via=device, service="kinh-te", count=1)
    assert one.reserve(1, "kinh-te", day="next") == ["K900"]
    assert len(one.reserve(1, "nhan-ket-qua")) == 1
    assert untouched.take("kinh-te")["number"] == "K001", "the hub's own numbers are none of the block"


def test_a_number_that_somebody_holds_is_in_no_block(untouched: Office) -> None:
    """Words: ticket: 'its number for the day'; rule 6: 'somebody holds the paper'. A kiosk whose block the hub does not
    know (it was restored) gives E900; nobody else is handed it."""
    lost = Kiosk(untouched)
    lost.hands_in(lost.slip("E900", "chinh-sach"))
    assert "E900" not in Kiosk(untouched).reserve(3, "chinh-sach")


def test_a_reservation_is_journalled(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'they are journalled'; Events: `numbers-reserved`, device and command that made it."""
    before, since, id_ = office.last(), office.line.mark(), new_id()
    numbers = kiosk.reserve(3, "ho-tich", id=id_)
    (event,) = office.since(before)
    assert (event["event"], event["service"], event["day"], event["numbers"]) == (
        "numbers-reserved", "ho-tich", office_date(), numbers)  # fmt: skip
    assert (event.get("device", kiosk.name), event.get("command_id", id_)) == (kiosk.name, id_)
    office.line.event("numbers-reserved", since=since, seq=event["seq"], numbers=numbers)


def test_the_same_reservation_sent_again_is_the_same_block(office: Office, kiosk: Kiosk) -> None:
    """Delivery rule 2, for reserve-numbers."""
    before, id_ = office.last(), new_id()
    first = office.ok("reserve-numbers", via=kiosk.name, id=id_, service="ho-tich", count=2)
    assert office.ok("reserve-numbers", via=kiosk.name, id=id_, service="ho-tich", count=2) == first
    assert _names(office, before) == ["numbers-reserved"]


def test_nobody_waits_for_a_reserved_number(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: a block is kept for the kiosk; a ticket is only what is taken or reported."""
    kiosk.reserve(2, "ho-tich")
    board = office.line.state("state/board")
    assert not any(board["waiting"].values())
    office.refused("nobody-waiting", "call-next", counter=1, at_counter=None)


@pytest.mark.parametrize("device", ["kiosk-1", "lookup-1"])
def test_a_kiosk_by_role_reserves_and_reports(office: Office, device: str) -> None:
    """Topics, roles: kiosk may send reserve-numbers and report-tickets, and cancel what it gave itself."""
    kiosk, other = Kiosk(office, device), "lookup-1" if device == "kiosk-1" else "kiosk-1"
    (number,) = kiosk.reserve(1, "dat-dai")
    (ticket,) = kiosk.hands_in(kiosk.slip(number, "dat-dai"))
    office.refused("not-allowed", "cancel-ticket", via=other, ticket=ticket["id"])
    assert office.ok("cancel-ticket", via=device, ticket=ticket["id"])["ticket"]["state"] == "cancelled"


# -- a reported ticket is a ticket --------------------------------------------------------------------


def test_a_reported_ticket_waits_like_any_other(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: '`accepted` is a list of tickets'; the id, number, service and lane are the kiosk's."""
    before, since = office.last(), office.line.mark()
    (number,) = kiosk.reserve(1, "dat-dai")
    slip = kiosk.slip(number, "dat-dai", lane="priority")
    (ticket,) = kiosk.hands_in(slip)
    assert {key: ticket[key] for key in ("id", "number", "service", "lane", "state")} == {
        "id": slip["id"], "number": number, "service": "dat-dai", "lane": "priority", "state": "waiting"}  # fmt: skip
    assert ticket["track"] == f"http://{office.ready['http']}/t/{slip['code']}", "its public code is the one on paper"
    assert _names(office, before) == ["numbers-reserved", "ticket-issued"]
    event = issued(office.since(before), slip["id"])
    assert (event["number"], event["service"], event["lane"]) == (number, "dat-dai", "priority")
    assert not is_flagged(event)
    office.line.event("ticket-issued", since=since, ticket=slip["id"])
    _line_is(office, "dat-dai", ticket)
    assert office.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == slip["id"]
    office.ok("finish", counter=1)
    assert office.ok("rate", ticket=slip["id"], score=5)["counted"] is True


def test_an_empty_report_is_ok(office: Office, kiosk: Kiosk) -> None:
    """Commands: report-tickets `tickets` (≤ 50)."""
    before = office.last()
    reply = kiosk.report()
    assert (reply["accepted"], reply["rejected"]) == ([], [])
    office.nothing_since(before)


def test_fifty_tickets_are_one_report_and_51_are_none(untouched: Office) -> None:
    """Commands: report-tickets `tickets` (≤ 50); Topics: 'commands, replies, events at most 16 KiB', so also the
    reply to the longest report that fits."""
    kiosk, since = Kiosk(untouched), untouched.line.mark()
    numbers = kiosk.reserve(50, "chinh-sach", day="today")
    slips = [kiosk.slip(number, "chinh-sach", id=str(uuid.uuid4()), code=a_code(26)) for number in numbers]
    untouched.refused("bad-message", "report-tickets", via=kiosk.name,
                      tickets=[*slips, kiosk.slip("E001", "chinh-sach")])  # fmt: skip
    kiosk.hands_in(*slips)
    replies = [len(heard.payload) for heard in untouched.line.all(f"device/{kiosk.name}/reply", since)]
    assert max(replies) <= 16 * laws.KIB, f"a reply has {max(replies)} bytes"


@pytest.mark.parametrize("field", ["id", "number", "service", "lane", "code", "day", "age_s"])
def test_a_report_in_which_a_field_is_missing_is_bad_message(office: Office, kiosk: Kiosk, field: str) -> None:
    """Commands: report-tickets: all fields but `instead_of?` must be there; 'fields and lane (bad-message)'."""
    slip = kiosk.slip("A900")
    del slip[field]
    office.refused("bad-message", "report-tickets", via=kiosk.name, tickets=[slip])


@pytest.mark.parametrize("age", [-1, "soon"])
def test_an_age_that_is_none_is_bad_message(office: Office, kiosk: Kiosk, age: Any) -> None:
    """Commands: `age_s` or null; page's head: durations are seconds."""
    office.refused("bad-message", "report-tickets", via=kiosk.name, tickets=[kiosk.slip("A900", age_s=age)])


def test_a_late_beat_does_not_matter_to_a_report(office: Office, kiosk: Kiosk) -> None:
    """Delivery rule 5: '`rate`, `report-tickets`, … need none'; so reserve-numbers with a late one is too-late."""
    (number,) = kiosk.reserve(1)
    kiosk.hands_in(kiosk.slip(number), beat=NEVER)
    office.refused("too-late", "reserve-numbers", via=kiosk.name, service="ho-tich", count=1, beat=NEVER)


# -- where a reported ticket queues -------------------------------------------------------------------


def _while_the_hub_is_away(office: Office, service: str) -> tuple[dict[str, Any], dict[str, Any], float]:
    """Two who come by another kiosk, and a moment between them (monotonic)."""
    time.sleep(APART_S)
    first = office.take(service)
    time.sleep(APART_S)
    between = time.monotonic()
    time.sleep(APART_S)
    return first, office.take(service), between


def test_a_reported_ticket_queues_at_now_minus_its_age(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'A reported ticket queues at now − `age_s`'."""
    one, two = kiosk.reserve(2, "dat-dai")
    first, second, between = _while_the_hub_is_away(office, "dat-dai")
    middle, last = kiosk.hands_in(kiosk.slip(one, "dat-dai", age_s=time.monotonic() - between),
                                  kiosk.slip(two, "dat-dai", age_s=0))  # fmt: skip
    assert (middle["ahead"], last["ahead"]) == (1, 3)
    _line_is(office, "dat-dai", first, middle, second)
    assert office.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == first["id"]
    assert office.ok("call-next", counter=1, at_counter=first["id"])["ticket"]["id"] == middle["id"]


def test_the_lane_still_goes_before_the_queue_time(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: it queues there; Words: lane: 'later ones are called first, then by queue time'."""
    numbers = kiosk.reserve(2)
    priority = office.take(lane="priority")
    old, older = kiosk.hands_in(
        kiosk.slip(numbers[0], age_s=OLD_S), kiosk.slip(numbers[1], lane="priority", age_s=OLD_S)
    )
    _line_is(office, "chung-thuc", older, priority, old)


@pytest.mark.parametrize("age", [OLD_S, 1.7e308, None], ids=["6 hours", "an eternity", "null"])
def test_never_before_the_hub_last_answered_that_kiosk(office: Office, kiosk: Kiosk, age: float | None) -> None:
    """Rule 6: 'never before the hub's last contact with that kiosk (its last answered command other than
    `report-tickets`, …); null `age_s` counts as that contact'."""
    before = office.take("dat-dai")
    time.sleep(APART_S)
    (number,) = kiosk.reserve(1, "dat-dai")
    time.sleep(APART_S)
    after = office.take("dat-dai")
    (ticket,) = kiosk.hands_in(kiosk.slip(number, "dat-dai", age_s=age))
    assert ticket["ahead"] == 1
    _line_is(office, "dat-dai", before, ticket, after)


def test_another_answered_command_is_a_later_contact(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'its last answered command', whichever it was."""
    (number,) = kiosk.reserve(1, "dat-dai")
    before = office.take("dat-dai")
    own = office.take("ho-tich", via=kiosk.name)
    time.sleep(APART_S)
    after = office.take("dat-dai")
    (ticket,) = kiosk.hands_in(kiosk.slip(number, "dat-dai", age_s=OLD_S))
    _line_is(office, "dat-dai", before, ticket, after)
    assert own["state"] == "waiting"


def test_a_report_is_no_contact(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'other than `report-tickets`': who was given a number early comes early, in whichever report."""
    one, two = kiosk.reserve(2, "dat-dai")
    time.sleep(APART_S)
    other = office.take("dat-dai")
    (first,) = kiosk.hands_in(kiosk.slip(one, "dat-dai", age_s=OLD_S))
    time.sleep(APART_S)
    (second,) = kiosk.hands_in(kiosk.slip(two, "dat-dai", age_s=OLD_S))
    _line_is(office, "dat-dai", first, second, other)


def test_the_contact_is_that_kiosks_own(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'the hub's last contact with that kiosk': what others do meanwhile does not matter."""
    (number,) = kiosk.reserve(1, "dat-dai")
    time.sleep(APART_S)
    other = Kiosk(office)
    taken = office.take("dat-dai", via=other.name)
    other.reserve(1, "ho-tich")
    (ticket,) = kiosk.hands_in(kiosk.slip(number, "dat-dai", age_s=OLD_S))
    _line_is(office, "dat-dai", ticket, taken)


@pytest.mark.parametrize("age", [OLD_S, None], ids=["as old", "null"])
def test_ties_keep_the_order_of_the_report(office: Office, kiosk: Kiosk, age: float | None) -> None:
    """Rule 6: 'ties keep the order of the report', not that of the numbers."""
    numbers = kiosk.reserve(3, "dat-dai")
    order = (numbers[2], numbers[0], numbers[1])
    tickets = kiosk.hands_in(*(kiosk.slip(number, "dat-dai", age_s=age) for number in order))
    assert [ticket["number"] for ticket in tickets] == list(order)
    _line_is(office, "dat-dai", *tickets)
    assert [ticket["ahead"] for ticket in tickets] == [0, 1, 2]


# -- numbers that are odd -----------------------------------------------------------------------------


def test_a_number_that_was_not_reserved_is_accepted_at_the_end_and_flagged(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'A number that was not reserved is accepted at the end and flagged, for somebody holds the paper'."""
    kiosk.reserve(1, "dat-dai")
    time.sleep(APART_S)
    here, before = office.take("dat-dai"), office.last()
    (ticket,) = kiosk.hands_in(kiosk.slip("C99123", "dat-dai", age_s=OLD_S))
    assert ticket["ahead"] == 1
    _line_is(office, "dat-dai", here, ticket)
    assert is_flagged(issued(office.since(before), ticket["id"]))


def test_a_block_of_another_kiosk_or_service_or_day_is_not_reserved_for_it(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'Blocks belong to one device, service and day'."""
    (others,) = Kiosk(office).reserve(1, "dat-dai")
    (of_another_service,) = kiosk.reserve(1, "nhan-ket-qua")
    tomorrows = kiosk.reserve(10, "chinh-sach", day="next")[-1]
    kiosk.day = office_date()
    time.sleep(APART_S)
    here, before = office.take("dat-dai"), office.last()
    tickets = kiosk.hands_in(
        kiosk.slip(others, "dat-dai", age_s=OLD_S),
        kiosk.slip("C" + of_another_service[1:] + "7", "dat-dai", age_s=None),
        kiosk.slip(tomorrows, "chinh-sach", age_s=OLD_S),
    )
    assert [ticket["ahead"] for ticket in tickets] == [1, 2, 3], f"all behind {here['number']}"
    assert all(is_flagged(issued(office.since(before), ticket["id"])) for ticket in tickets)


def test_a_number_held_by_another_is_accepted_and_staff_get_the_earlier(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'one already held by another ticket is accepted too, flagged `number-held`, and staff naming the number
    get the earlier ticket'."""
    earlier, before = office.take("dat-dai"), office.last()
    (later,) = kiosk.hands_in(kiosk.slip(earlier["number"], "dat-dai"))
    assert later["number"] == earlier["number"]
    assert later["id"] != earlier["id"]
    assert says(issued(office.since(before), later["id"]), "number-held")
    assert office.line.state("state/board", lambda b: b["waiting"]["dat-dai"] == 2)
    assert office.ok("call-ticket", counter=1, ticket=earlier["number"])["ticket"]["id"] == earlier["id"]
    assert office.ok("call-next", counter=2, at_counter=None)["ticket"]["id"] == later["id"]


def test_a_reserved_number_that_another_holds_keeps_its_place(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: it is accepted, flagged `number-held`; and it was reserved, so it queues at now − `age_s`."""
    (number,) = kiosk.reserve(1, "dat-dai")
    time.sleep(APART_S)
    other, before = Kiosk(office), office.last()
    (wrong,) = other.hands_in(other.slip(number, "dat-dai"))
    (right,) = kiosk.hands_in(kiosk.slip(number, "dat-dai", age_s=OLD_S))
    assert says(issued(office.since(before), right["id"]), "number-held")
    assert not says(issued(office.since(before), wrong["id"]), "number-held")
    assert (right["ahead"], wrong["state"]) == (0, "waiting")
    assert office.ok("cancel-ticket", ticket=number)["ticket"]["id"] == wrong["id"], "the earlier of the two"


def test_the_hub_gives_no_number_that_a_kiosk_gave(office: Office, kiosk: Kiosk) -> None:
    """Words: ticket: 'its number for the day'; rule 6: 'somebody holds the paper'."""
    last = int(office.take("nhan-ket-qua")["number"][1:])
    kiosk.hands_in(*(kiosk.slip(f"H{n:03d}", "nhan-ket-qua") for n in (last + 1, last + 2, last + 4)))
    assert [office.take("nhan-ket-qua")["number"] for _ in range(2)] == [f"H{last + 3:03d}", f"H{last + 5:03d}"]


# -- what is accepted again, what is rejected ---------------------------------------------------------


def test_a_ticket_already_reported_is_accepted_again_without_an_event(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'A ticket already reported is accepted again without an event', in a command of another id, whatever
    became of it meanwhile, beside one that is new."""
    one, two = kiosk.reserve(2, "dat-dai")
    old = kiosk.slip(one, "dat-dai", age_s=3)
    kiosk.hands_in(old)
    before = office.last()
    assert kiosk.hands_in(old)[0]["state"] == "waiting"
    office.nothing_since(before)
    office.ok("cancel-ticket", ticket=old["id"])
    new, before = kiosk.slip(two, "dat-dai"), office.last()
    again, _ = kiosk.hands_in(old, new)
    assert again["state"] == "cancelled"
    assert [(event["event"], event["ticket"]) for event in office.since(before)] == [("ticket-issued", new["id"])]


def test_the_same_report_sent_again_has_the_same_reply(office: Office, kiosk: Kiosk) -> None:
    """Delivery rule 2, for report-tickets."""
    (number,) = kiosk.reserve(1)
    slip, id_, before = kiosk.slip(number), new_id(), office.last()
    first = kiosk.report(slip, id=id_)
    office.ok("cancel-ticket", ticket=slip["id"])
    assert kiosk.report(slip, id=id_) == first
    assert _names(office, before) == ["ticket-issued", "ticket-cancelled"]


def test_a_ticket_twice_in_one_report_is_one_ticket(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'A ticket already reported is accepted again without an event'."""
    (number,) = kiosk.reserve(1)
    slip, before = kiosk.slip(number), office.last()
    reply = kiosk.report(slip, slip)
    assert {ticket["id"] for ticket in reply["accepted"]} == {slip["id"]}
    assert _names(office, before) == ["ticket-issued"]


def test_a_ticket_of_a_lapsed_day_is_rejected_too_late(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'one of a lapsed day is rejected `too-late`'; '`rejected` of {"id", "why": <refusal>}'; and the others
    of the same report are accepted all the same."""
    (number,) = kiosk.reserve(1)
    old, before = kiosk.slip("A900", day=office_date(-1)), office.last()
    reply = kiosk.report(old)
    assert (reply["accepted"], reply["rejected"]) == ([], [{"id": old["id"], "why": "too-late"}])
    office.nothing_since(before)
    good = kiosk.slip(number)
    reply = kiosk.report(old, good)
    assert [ticket["id"] for ticket in reply["accepted"]] == [good["id"]]
    assert [rejected["id"] for rejected in reply["rejected"]] == [old["id"]]


def test_a_ticket_of_an_unknown_service_is_rejected(office: Office, kiosk: Kiosk) -> None:
    """Commands: '`rejected` (each with why)'."""
    slip, before = kiosk.slip("Z900", "khong-co"), office.last()
    reply = kiosk.report(slip)
    assert (reply["accepted"], reply["rejected"]) == ([], [{"id": slip["id"], "why": "unknown-service"}])
    office.nothing_since(before)


@pytest.mark.parametrize("odd", [{"number": "B900"}, {"number": "A9"}, {"number": "900"}, {"lane": "express"}],
                         ids=["of another series", "two digits", "no series", "unknown lane"])  # fmt: skip
def test_what_can_be_no_number_or_lane_of_the_service_is_no_ticket(
    office: Office, kiosk: Kiosk, odd: dict[str, str]
) -> None:
    """Words: service: 'a prefix of one letter or one digit and at least three digits'; Commands: 'fields and lane
    (bad-message)'. The page leaves open whether the report is refused or the ticket rejected: both pass."""
    before, slip = office.last(), {**kiosk.slip("A900"), **odd}
    reply = office.ask(kiosk.name, "report-tickets", tickets=[slip])
    why = reply["rejected"][0]["why"] if reply["ok"] else reply["refusal"]
    assert why == "bad-message", reply
    office.nothing_since(before)


# -- instead_of ---------------------------------------------------------------------------------------


def test_what_the_given_up_command_issued_is_cancelled_if_it_still_waits(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'the reported ticket carries it as `instead_of`, and the hub cancels what that one issued if it still
    waits'."""
    (number,) = kiosk.reserve(1, "dat-dai")
    id_ = new_id()
    ghost = office.take("dat-dai", via=kiosk.name, id=id_)
    before, since = office.last(), office.line.mark()
    (ticket,) = kiosk.hands_in(kiosk.slip(number, "dat-dai", instead_of=id_))
    assert sorted((e["event"], e["ticket"]) for e in office.since(before)) == [
        ("ticket-cancelled", ghost["id"]), ("ticket-issued", ticket["id"])]  # fmt: skip
    office.line.event("ticket-cancelled", since=since, ticket=ghost["id"])
    _line_is(office, "dat-dai", ticket)
    assert ticket["ahead"] == 0


def test_the_given_up_command_is_too_late_if_it_still_comes(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'or refuses it as `too-late` if it still comes': nobody gets two numbers. Only that device's."""
    (number,) = kiosk.reserve(1, "dat-dai")
    id_ = new_id()
    kiosk.hands_in(kiosk.slip(number, "dat-dai", instead_of=id_))
    office.refused("too-late", "take-ticket", via=kiosk.name, id=id_, service="dat-dai")
    office.refused("too-late", "take-ticket", via=kiosk.name, id=id_, service="dat-dai")
    assert office.take("dat-dai", via=Kiosk(office).name, id=id_)["state"] == "waiting"
    assert office.take("dat-dai", via=kiosk.name)["state"] == "waiting"


@pytest.mark.parametrize("state", ["called", "serving", "missed", "finished"])
def test_what_no_longer_waits_is_not_cancelled(office: Office, kiosk: Kiosk, state: str) -> None:
    """Rule 6: 'if it still waits'; The life of a ticket: only a waiting one is cancelled."""
    (number,) = kiosk.reserve(1, "dat-dai")
    id_ = new_id()
    ghost = office.take("dat-dai", via=kiosk.name, id=id_)
    office.call(ghost)
    for command in {"serving": ("start-service",), "missed": ("no-show",), "finished": ("finish",)}.get(state, ()):
        office.ok(command, counter=1)
    before = office.last()
    (ticket,) = kiosk.hands_in(kiosk.slip(number, "dat-dai", instead_of=id_))
    assert _names(office, before) == ["ticket-issued"]
    stage = state if state in ("called", "serving") else "idle"
    office.line.state("state/counter/1", lambda s: s["stage"] == stage)
    assert ticket["state"] == "waiting"


def test_what_another_device_issued_under_that_id_is_left_alone(office: Office, kiosk: Kiosk) -> None:
    """Rule 6 with rule 2: 'the key is (device, id)'."""
    (number,) = kiosk.reserve(1, "dat-dai")
    id_, before = new_id(), office.last()
    others = office.take("dat-dai", via=ANYONE, id=id_)
    kiosk.hands_in(kiosk.slip(number, "dat-dai", instead_of=id_))
    assert _names(office, before) == ["ticket-issued", "ticket-issued"]
    assert office.ok("call-ticket", counter=1, ticket=others["id"])["ticket"]["state"] == "called"


def test_two_papers_for_one_given_up_command_cancel_it_once(office: Office, kiosk: Kiosk) -> None:
    """Rule 6: 'somebody holds the paper': both are accepted, and what is cancelled is cancelled."""
    one, two = kiosk.reserve(2, "dat-dai")
    id_ = new_id()
    ghost, before = office.take("dat-dai", via=kiosk.name, id=id_), office.last()
    kiosk.hands_in(*(kiosk.slip(number, "dat-dai", instead_of=id_) for number in (one, two)))
    cancelled = [event["ticket"] for event in office.since(before) if event["event"] == "ticket-cancelled"]
    assert cancelled == [ghost["id"]]
    assert sorted(_names(office, before)) == ["ticket-cancelled", "ticket-issued", "ticket-issued"]


# -- a hub that is killed -----------------------------------------------------------------------------


@dataclass
class Away:
    """An office whose hub was killed after kiosks reserved and reported, and is back."""

    office: Office
    kiosk: Kiosk
    numbers: list[str] = field(default_factory=list)
    given_up: str = field(default_factory=new_id)
    reported: list[dict[str, Any]] = field(default_factory=list)
    other: Kiosk | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def away(broker: str) -> Iterator[Away]:
    """The story of one outage."""
    office = Office(broker).start()
    try:
        story = Away(office, Kiosk(office))
        story.other = other = Kiosk(office)
        (number,) = other.reserve(1, "ho-tich")
        story.reported = [other.slip(number, "ho-tich", instead_of=story.given_up)]
        other.hands_in(*story.reported)
        story.before = office.take("dat-dai")
        time.sleep(APART_S)
        story.numbers = story.kiosk.reserve(5, "dat-dai")
        time.sleep(APART_S)
        story.after = office.take("dat-dai")
        office.line.fresh_beat()
        mark, old = office.line.mark(), office.ready["pids"]["hub"]
        os.kill(old, signal.SIGKILL)
        until = time.monotonic() + BACK_S
        while office.hub_pid() in (None, old):
            assert time.monotonic() < until, f"no new hub within {BACK_S} s:\n{office.stderr_tail()}"
            time.sleep(0.1)
        office.line.fresh_beat(since=mark, timeout_s=BACK_S)
        yield story
    finally:
        office.stop()


def test_after_a_restart_the_last_journalled_event_is_the_contact(away: Away) -> None:
    """Rule 6: 'else its last journalled event', which is the reservation; and the block is still the kiosk's."""
    kiosk, seq = away.kiosk, away.office.last()
    tickets = kiosk.hands_in(*(kiosk.slip(number, "dat-dai", age_s=OLD_S) for number in away.numbers[:2]))
    assert not any(is_flagged(event) for event in away.office.since(seq))
    _line_is(away.office, "dat-dai", away.before, *tickets)


def test_after_a_restart_a_second_report_is_of_the_same_outage(away: Away) -> None:
    """Rule 6: 'other than `report-tickets`': who had to be reported in a second lot of 50 was here before the hub was
    back all the same, and before who came last by another kiosk."""
    kiosk, called = away.kiosk, list[str]()
    tickets = [kiosk.hands_in(kiosk.slip(number, "dat-dai", age_s=OLD_S))[0] for number in away.numbers[2:4]]
    while away.after["id"] not in called:
        seen = called[-1] if called else None
        called.append(away.office.ok("call-next", counter=1, at_counter=seen, service="dat-dai")["ticket"]["id"])
    assert {ticket["id"] for ticket in tickets} <= set(called)


def test_after_a_restart_blocks_go_on(away: Away) -> None:
    """Rule 6: 'they are journalled': no number is kept for two."""
    fresh = Kiosk(away.office).reserve(2, "dat-dai")
    assert not set(fresh) & set(away.numbers)


def test_after_a_restart_what_was_reported_is_known(away: Away) -> None:
    """Rule 6: 'A ticket already reported is accepted again without an event', and what was given up is `too-late`."""
    assert away.other is not None
    before = away.office.last()
    away.other.hands_in(*away.reported)
    away.office.nothing_since(before)
    away.office.refused("too-late", "take-ticket", via=away.other.name, id=away.given_up, service="ho-tich")
