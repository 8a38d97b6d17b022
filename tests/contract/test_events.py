"""wire.md, Events and Delivery rules 1 and 8: what happened, in order, without gaps, and only when it is on disk."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

import pytest

from tests.contract import laws
from tests.contract.desk import Desk
from tests.contract.line import Heard, new_id
from tests.contract.office import ANYONE, PASSWORD, Office

pytestmark = pytest.mark.contract

WHOLE_DAY = [
    "ticket-issued", "ticket-called", "ticket-recalled", "ticket-missed", "ticket-restored", "ticket-called",
    "service-started", "service-finished", "visit-rated", "ticket-issued", "ticket-cancelled", "counter-paused",
    "counter-opened", "counter-closed",
]  # fmt: skip


def _whole_day(office: Office) -> dict[str, Any]:
    """One of everything this stage can do, at counter 1; the ticket that went the longest way."""
    ticket = office.take("ho-tich", lane="priority")
    office.call(ticket)
    office.ok("recall", counter=1)
    office.ok("no-show", counter=1)
    office.ok("restore", ticket=ticket["id"])
    office.call(ticket)
    office.ok("start-service", counter=1)
    office.ok("finish", counter=1, outcome="received")
    office.ok("rate", ticket=ticket["id"], score=5)
    other = office.take("dat-dai")
    office.ok("cancel-ticket", ticket=other["id"])
    office.ok("pause-counter", counter=1)
    office.ok("open-counter", counter=1)
    office.ok("close-counter", counter=1)
    return ticket


def test_everything_that_happens_is_an_event_by_its_name(office: Office) -> None:
    """Events: the names; each command of this stage makes its own."""
    before = office.last()
    _whole_day(office)
    assert [event["event"] for event in office.since(before)] == WHOLE_DAY


def test_each_event_is_published_on_its_own_topic(office: Office) -> None:
    """Topics: event/<event>, after the journal has it: each seq once."""
    since, before = office.line.mark(), office.last()
    _whole_day(office)
    last = office.last()
    office.line.wait(lambda h: h.topic.startswith("event/") and h.body["seq"] >= last, "the last event", since=since)
    office.check_laws()
    heard = sorted((h.body["seq"], h.topic) for h in office.line.all("event/", since) if before < h.body["seq"] <= last)
    assert [topic for _, topic in heard] == [f"event/{name}" for name in WHOLE_DAY]


def test_an_event_carries_what_it_is_about(office: Office) -> None:
    """Events: 'each about a ticket carries ticket (id), number, service, lane; each at a counter counter'."""
    before = office.last()
    ticket = _whole_day(office)
    for event in office.since(before):
        laws.check_event(f"event/{event['event']}", event)
        assert laws.is_time(event["at"])
        if event.get("ticket") == ticket["id"]:
            assert (event["number"], event["service"], event["lane"]) == (ticket["number"], "ho-tich", "priority")
        if event["event"] in laws.AT_A_COUNTER:
            assert event["counter"] == 1


def test_an_event_may_name_the_device_and_the_command_that_made_it(office: Office) -> None:
    """Events: `device?`, `command_id?`: where they are there, they are those of the command."""
    before, id_ = office.last(), new_id()
    office.take(via="kiosk-1", id=id_, device="lookup-1")
    (event,) = office.since(before)
    assert event.get("device", "kiosk-1") == "kiosk-1"
    assert event.get("command_id", id_) == id_


def test_seq_is_gapless_within_an_epoch_from_the_first_event(office: Office) -> None:
    """Words: epoch: '`seq` is gapless within an epoch'; Events: 'so a gap is always a loss'."""
    _whole_day(office)
    seqs: list[int] = []
    page = office.page(0)
    while page["events"]:
        seqs += [event["seq"] for event in page["events"]]
        assert {event["epoch"] for event in page["events"]} == {page["epoch"]}
        page = office.page(seqs[-1])
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert seqs[0] in (0, 1), f"the journal begins with seq {seqs[0]}"
    assert seqs[-1] == page["last"]


def test_what_mqtt_tells_is_what_the_open_api_tells(office: Office) -> None:
    """Events: 'Fields that must not travel are left out on MQTT and in the open API'."""
    since, before = office.line.mark(), office.last()
    _whole_day(office)
    journal = {event["seq"]: event for event in office.since(before)}
    last = max(journal)
    office.line.wait(lambda h: h.topic.startswith("event/") and h.body["seq"] >= last, "the last event", since=since)
    for heard in office.line.all("event/", since):
        if heard.body["seq"] in journal and heard.body["event"] != "private":
            assert heard.body.items() <= journal[heard.body["seq"]].items()
    for event in journal.values():
        laws.check_private("/api/v1/events", event, json.dumps(event, ensure_ascii=False), office.secrets)


def test_nothing_is_published_before_it_can_be_read_in_the_journal(office: Office) -> None:
    """Delivery rule 1: 'Nothing is published before it is on disk'; Topics: event/<event> 'only after the event is
    on disk'. A listener that asks the events API in the very moment it hears of an event finds it there."""
    wrong: list[str] = []
    asked = threading.Semaphore(0)

    def look(heard: Heard) -> None:
        try:
            page = office.page(heard.body["seq"] - 1, 1)
            found = [event["seq"] for event in page["events"]]
            if found != [heard.body["seq"]] or page["last"] < heard.body["seq"]:
                wrong.append(f"{heard.payload!r} was published, the journal had {found}, last {page['last']}")
        except AssertionError as failed:
            wrong.append(str(failed))
        finally:
            asked.release()

    with office.new_line(topics=("event/#",), listen=look):
        for _ in range(10):
            office.take()
        for _ in range(10):
            assert asked.acquire(timeout=20), "an event was not heard"
    assert not wrong, wrong


def test_a_reply_comes_after_the_event_is_in_the_journal(office: Office) -> None:
    """Delivery rule 1: 'only the hub's reply' is durability."""
    for _ in range(5):
        ticket = office.take()
        newest = office.page(office.last() - 1)["events"]
        assert newest[-1]["ticket"] == ticket["id"]


def test_state_is_never_ahead_of_the_journal(office: Office) -> None:
    """Delivery rule 1, for state: its seq is of an event that can be read."""
    wrong: list[int] = []

    def look(heard: Heard) -> None:
        if not heard.retain and heard.body["seq"] > office.last():
            wrong.append(heard.body["seq"])

    with office.new_line(topics=("state/#",), listen=look):
        last = [office.take() for _ in range(5)][-1]
        office.line.event("ticket-issued", ticket=last["id"])
    assert not wrong, wrong


def test_the_hub_stamps_events_in_order(office: Office) -> None:
    """Delivery rule 8: 'Only the hub stamps events: … never backwards'."""
    _whole_day(office)
    times = [event["at"] for event in office.since(0)]
    assert times == sorted(times)


def test_an_event_with_nothing_to_tell_is_published_as_private(office: Office) -> None:
    """Events: 'an event with nothing else is published as {"epoch", "seq", "at", "event": "private"} on
    event/private'.

    Signing in is journalled as `signed-in` and names a person. Whether anything else of it may travel is not said:
    so either event/private with exactly those four fields, or event/signed-in without the person, passes.
    """
    office.secrets.add("can-bo-3")
    since, before = office.line.mark(), office.last()
    assert Desk(office.ready["http"]).sign_in("can-bo-3", PASSWORD).status == 200
    heard = office.line.wait(
        lambda h: h.topic in ("event/private", "event/signed-in") and h.body["seq"] > before,
        "the event of a sign-in",
        since=since,
    )
    laws.check_event(heard.topic, heard.body)
    office.check_laws()


def test_private_fields_are_in_no_event_and_no_state(office: Office) -> None:
    """Under the table of roles: 'Public codes, comments, notes, clerks, reasons and contacts are never in MQTT state
    or events.' Everything this office published so far is searched, for the names and for the values."""
    told = f"rieng-{uuid.uuid4().hex}"
    office.secrets.add(told)
    desk = office.desk("can-bo-1")
    office.secrets.add("can-bo-1")
    assert office.web(desk, "open-counter", counter=1).status == 200
    assert office.web(desk, "pause-counter", counter=1, reason="meeting").status == 200
    office.ok("open-counter", counter=2, clerk="can-bo-2")
    ticket = office.finished(2)
    office.ok("rate", ticket=ticket["id"], score=2, comment=told)
    assert office.secrets, "the public code of a ticket is among the secrets"
    office.scanned = 0
    office.check_laws()


def test_an_outsider_hears_no_public_code_either(office: Office) -> None:
    """The same, for the address behind `track`: it is in the reply, and nowhere else."""
    ticket = office.take(via=ANYONE)
    code = ticket["track"].rpartition("/")[2]
    office.call(ticket)
    office.check_laws()
    elsewhere = [h.topic for h in office.line.heard if code.encode() in h.payload and not h.topic.endswith("/reply")]
    assert not [topic for topic in elsewhere if topic.startswith(("event/", "state/"))], elsewhere
