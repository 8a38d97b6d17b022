"""wire.md, Delivery rules 2, 3 and 5, as far as they need no crash: the same id, retained commands, the beat."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.contract.line import new_id
from tests.contract.office import ANYONE, Office

pytestmark = pytest.mark.contract


# -- rule 2: idempotency ----------------------------------------------------------------------------


def test_the_same_id_three_times_is_one_ticket_and_one_reply(office: Office) -> None:
    """Delivery rule 2: 'Replies of accepted commands are kept … and given again, unchanged'."""
    id_, before = new_id(), office.last()
    replies = [office.ok("take-ticket", id=id_, service="dat-dai") for _ in range(3)]
    assert replies[0] == replies[1] == replies[2]
    assert [event["event"] for event in office.since(before)] == ["ticket-issued"]


def test_the_same_id_sent_in_one_breath_is_one_ticket(office: Office) -> None:
    """Delivery rule 2, when the resends come before the first answer."""
    id_, before, since = new_id(), office.last(), office.line.mark()
    for _ in range(3):
        office.line.tell("kiosk-1", {"id": id_, "command": "take-ticket", "service": "dat-dai"})
    office.take()
    office.line.wait(lambda _: len(office.line.replies("kiosk-1", since)) >= 3, "three replies")
    replies = office.line.replies("kiosk-1", since)
    assert replies[0] == replies[1] == replies[2]
    office.issued.add(replies[0]["ticket"]["id"])
    tickets = [e for e in office.since(before) if e.get("ticket") == replies[0]["ticket"]["id"]]
    assert len(tickets) == 1
    assert len(office.since(before)) == 2


def test_a_reply_is_given_again_unchanged_after_the_world_moved_on(office: Office) -> None:
    """Delivery rule 2: 'given again, unchanged': the ticket of the reply is as it was then."""
    id_ = new_id()
    first = office.ok("take-ticket", id=id_, service="dat-dai")
    office.ok("cancel-ticket", ticket=first["ticket"]["id"])
    assert office.ok("take-ticket", id=id_, service="dat-dai") == first


def test_a_call_resent_calls_nobody_else(office: Office) -> None:
    """Delivery rules 2 and 5: a resend of call-next with the same id answers with the same ticket."""
    office.take()
    office.take()
    id_, before = new_id(), office.last()
    first = office.ok("call-next", via="counter-1", id=id_, counter=1, at_counter=None)
    assert office.ok("call-next", via="counter-1", id=id_, counter=1, at_counter=None) == first
    assert [event["event"] for event in office.since(before)] == ["ticket-called"]


def test_the_id_belongs_to_the_device(office: Office) -> None:
    """Delivery rule 2: 'the key is (device, id)': the same id from another device is another command."""
    id_ = new_id()
    one = office.ok("take-ticket", via="kiosk-1", id=id_, service="dat-dai")
    two = office.ok("take-ticket", via="lookup-1", id=id_, service="dat-dai")
    assert one["ticket"]["id"] != two["ticket"]["id"]


def test_a_refusal_is_given_again_too(office: Office) -> None:
    """Delivery rule 2: 'other refusals for 10 minutes in memory': the same id is not judged anew."""
    id_ = new_id()
    first = office.refused("counter-idle", "finish", id=id_, counter=1)
    office.called(1)
    assert office.refused("counter-idle", "finish", id=id_, counter=1) == first


# -- rule 3: retained commands ----------------------------------------------------------------------


def test_a_command_published_as_retained_is_obeyed_once_while_the_hub_is_there(office: Office) -> None:
    """Delivery rule 3: 'A command published as retained is obeyed once if the hub is connected'."""
    id_, before, since = new_id(), office.last(), office.line.mark()
    device = f"box-{id_[3:13]}"
    try:
        office.line.say(device, {"id": id_, "command": "take-ticket", "service": "dat-dai"}, retain=True)
        reply = office.line.reply(device, id_, since=since)
        assert reply["ok"] is True
        office.issued.add(reply["ticket"]["id"])
        office.take()
        assert len(office.line.replies(device, since)) == 1
        assert len(office.since(before)) == 2
    finally:
        office.line.say(device, b"", retain=True)


# -- rule 5: the beat -------------------------------------------------------------------------------


def _beat(office: Office, *, older_than_s: float) -> int:
    """The newest beat that was heard at least so long ago; waits until there is one."""
    until = time.monotonic() + older_than_s + 10
    while time.monotonic() < until:
        old = [beat for when, beat in office.line.beats() if time.monotonic() - when > older_than_s]
        if old:
            return old[-1]
        time.sleep(0.1)
    raise AssertionError(f"no beat older than {older_than_s} s: {office.line.beats()}")


def test_a_fresh_beat_is_accepted(office: Office) -> None:
    """Delivery rule 5: counter commands 'carry the last beat'."""
    beat = office.line.fresh_beat(since=office.line.mark())["beat"]
    ticket = office.take()
    reply = office.ok("call-next", via="counter-1", counter=1, beat=beat, at_counter=None, qos=0)
    assert reply["ticket"]["id"] == ticket["id"]


def test_a_beat_that_is_not_the_last_but_not_older_than_5_s_is_accepted(office: Office) -> None:
    """Delivery rule 5: too late is only a beat 'published more than 5 s ago'."""
    beat = office.line.fresh_beat(since=office.line.mark())["beat"]
    office.line.wait(lambda h: h.topic == "hub/status" and h.body.get("beat") == beat + 1, "the next beat")
    office.ok("pause-counter", counter=1, beat=beat)


@pytest.mark.parametrize("command", ["call-next", "open-counter", "pause-counter", "recall", "finish"])
def test_a_beat_published_more_than_5_s_ago_is_too_late(office: Office, command: str) -> None:
    """Delivery rule 5: 'The hub refuses with too-late a beat that it published more than 5 s ago'."""
    office.take()
    fields: dict[str, Any] = {"at_counter": None} if command == "call-next" else {}
    office.refused("too-late", command, counter=1, beat=_beat(office, older_than_s=5.5), **fields)


@pytest.mark.parametrize("ahead", [5, 10**6, 2**53])
def test_a_beat_that_was_never_published_is_too_late(office: Office, ahead: int) -> None:
    """Delivery rule 5: '… or never'."""
    office.line.fresh_beat()
    newest = office.line.beats()[-1][1]
    office.refused("too-late", "call-next", via="counter-1", counter=1, beat=newest + ahead)


def test_a_refused_late_press_changes_nothing_and_a_new_one_works(office: Office) -> None:
    """Delivery rule 5: 'a late call is a mistake': the person waits on, and the next press calls them."""
    ticket = office.take()
    office.refused("too-late", "call-next", counter=1, at_counter=None, beat=_beat(office, older_than_s=5.5))
    assert office.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == ticket["id"]


def test_without_a_beat_the_hub_accepts(office: Office) -> None:
    """Delivery rule 5: 'Without beat it accepts, for simple clients'."""
    ticket = office.take(via=ANYONE)
    assert office.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == ticket["id"]
    office.ok("finish", counter=1)
    office.ok("rate", ticket=ticket["id"], score=5)
