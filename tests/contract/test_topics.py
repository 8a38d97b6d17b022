"""wire.md, Topics: who publishes what, at which QoS, retained or not, and how payloads look."""

from __future__ import annotations

import itertools
import time

import pytest

from tests.contract import laws
from tests.contract.office import ANYONE, STATES, Office

pytestmark = pytest.mark.contract


def test_state_and_status_of_the_hub_are_retained_and_nothing_else_is(office: Office) -> None:
    """Topics: the column 'retained': hub/status and state/* yes; commands, replies and events no."""
    office.finished()
    wanted = {"hub/status", *STATES}
    with office.new_line() as line:
        for topic in sorted(wanted):
            line.wait(lambda h, t=topic: h.topic == t and h.retain, f"{topic} with RETAIN=1")  # type: ignore[misc]
        line.ask(ANYONE, "finish", counter=1)
        retained = {h.topic for h in line.heard if h.retain}
    strangers = {topic for topic in retained - wanted if not topic.endswith("/status")}
    assert not strangers, f"retained against the table: {strangers}"


def test_the_hub_publishes_at_qos_1(office: Office) -> None:
    """Topics: the column 'QoS': 1 for replies, hub/status, events and state."""
    if office.broker != "mosquitto":
        pytest.skip("amqtt forwards at the QoS of the subscription and so hides the publisher's")
    since = office.line.mark()
    office.finished()
    office.line.state("state/counter/1", lambda s: s["stage"] == "idle")
    office.line.fresh_beat(since=since)
    for topic in ("hub/status", "event/", "state/", f"device/{ANYONE}/reply"):
        heard = office.line.all(topic, since)
        assert heard, f"nothing on {topic}"
        assert {h.qos for h in heard} == {1}, f"{topic}: {[h.qos for h in heard]}"


@pytest.mark.parametrize("qos", [0, 1])
def test_a_command_may_come_at_qos_0_or_1(office: Office, qos: int) -> None:
    """Topics: hub/command/<device>, QoS '0 or 1'."""
    reply = office.ask(ANYONE, "take-ticket", service="dat-dai", qos=qos)
    assert reply["ok"] is True, reply


def test_the_reply_goes_to_the_topic_of_the_device_that_asked(office: Office) -> None:
    """Topics: device/<device>/reply; Roles: 'the hub takes the device from the topic, never from the payload'."""
    since = office.line.mark()
    office.ok("take-ticket", via="kiosk-1", service="dat-dai", device="lookup-1")
    assert len(office.line.replies("kiosk-1", since)) == 1
    assert not office.line.replies("lookup-1", since)
    assert not office.line.replies(ANYONE, since)


def test_hub_status_carries_its_fields_and_says_online(office: Office) -> None:
    """Topics: hub/status: online, version, since, epoch, seq, beat (+1 each time), at."""
    status = office.line.fresh_beat()
    laws.check_status(status)
    assert laws.is_time(status["at"]) and laws.is_time(status["since"])
    assert status["since"] <= status["at"]


def test_the_beat_comes_every_two_seconds_and_grows_by_one_each_time(office: Office) -> None:
    """Topics: hub/status 'every 2 s', 'beat (+1 each time)'; beats are heard with RETAIN=0."""
    until = time.monotonic() + 15
    while len(office.line.beats()) < 4:
        assert time.monotonic() < until, f"only {office.line.beats()} within 15 s"
        time.sleep(0.1)
    beats = office.line.beats()
    assert [b - a for (_, a), (_, b) in itertools.pairwise(beats)] == [1] * (len(beats) - 1), beats
    mean_s = (beats[-1][0] - beats[0][0]) / (len(beats) - 1)
    assert 1.7 <= mean_s <= 2.5, f"a beat every {mean_s:.2f} s"


def test_hub_status_tells_the_newest_seq_and_the_epoch(office: Office) -> None:
    """Topics: hub/status carries epoch and seq; Words: 'seq is gapless within an epoch'."""
    office.take()
    last = office.last()
    status = office.line.wait(
        lambda h: h.topic == "hub/status" and h.body.get("seq", -1) >= last, f"a beat with seq {last}"
    ).body
    assert status["epoch"] == office.page(0, 1)["epoch"]


def test_every_payload_is_a_json_object_in_utf_8_with_iso_times(office: Office) -> None:
    """Topics: 'Payloads are JSON objects in UTF-8 …', 'Times are ISO 8601 with offset and milliseconds'."""
    office.finished()
    office.line.state("state/counter/1", lambda s: s["last"] is not None and s["stage"] == "idle")
    office.check_laws()
    ours = [h for h in office.line.heard if h.topic.startswith(("event/", "state/", "hub/"))]
    assert any(h.topic.startswith("event/") for h in ours)


def test_a_tv_that_was_off_is_right_one_message_after_it_connects(office: Office) -> None:
    """Delivery rule 4: 'State is enough by itself: a TV that was off is right one message after it connects.'"""
    ticket = office.called(counter=2)
    office.line.state("state/board", lambda s: any(c["ticket"] == ticket["id"] for c in s["calls"]))
    with office.new_line(topics=("state/board",)) as tv:
        first = tv.wait(lambda h: h.topic == "state/board", "state/board")
    assert first.retain
    board = first.body
    laws.check_state("state/board", board)
    newest = max(board["calls"], key=lambda call: call["call"])
    assert (newest["number"], newest["counter"]) == (ticket["number"], 2)
    there = next(c for c in board["counters"] if c["counter"] == 2)
    assert (there["stage"], there["number"]) == ("called", ticket["number"])
