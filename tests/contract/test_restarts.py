"""wire.md, Delivery rules 1-5 and The demo's fixed values: a hub that is killed, a broker that is killed.

Each office is killed once, in a fixture that writes down what was before and after; the tests look at that.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.contract import laws
from tests.contract.line import new_id
from tests.contract.office import ANYONE, COUNTERS, STATES, Office

pytestmark = [pytest.mark.contract, pytest.mark.slow]

BACK_S = 30.0
"""How long a program that died may take to be back (the wire names no limit)."""


@dataclass
class Killed:
    """An office whose hub was killed in the middle of its work, and is back."""

    office: Office
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    replies: dict[str, dict[str, Any]] = field(default_factory=dict)
    old_beats: list[int] = field(default_factory=list)
    old_pid: int = 0
    new_pid: int = 0
    last_before: int = 0
    epoch_before: str = ""
    events_before: list[dict[str, Any]] = field(default_factory=list)
    called: dict[str, Any] = field(default_factory=dict)
    waiting: dict[str, Any] = field(default_factory=dict)
    mark: int = 0
    missed_id: str = field(default_factory=new_id)
    stored_id: str = field(default_factory=new_id)
    stored_device: str = "box-stored"
    late: dict[str, Any] = field(default_factory=dict)
    again: dict[str, dict[str, Any]] = field(default_factory=dict)
    status_after: dict[str, Any] = field(default_factory=dict)
    web_before: tuple[int, Any] = (0, None)
    web_again: tuple[int, Any] = (0, None)


def _wait_new_hub(office: Office, old: int) -> int:
    until = time.monotonic() + BACK_S
    while time.monotonic() < until:
        pid = office.hub_pid()
        if pid is not None and pid != old:
            return pid
        time.sleep(0.1)
    raise AssertionError(f"no new hub within {BACK_S} s:\n{office.stderr_tail()}")


def _send(office: Office, device: str, order: dict[str, Any]) -> dict[str, Any]:
    """The very same command, id and all."""
    return office.ask(device, order["command"], **{key: value for key, value in order.items() if key != "command"})


def _work(story: Killed) -> None:
    """An ordinary minute: one is called, one waits, one pause, some commands whose replies we keep."""
    office = story.office
    office.line.fresh_beat()
    story.called = office.take("ho-tich", via="kiosk-1")
    story.asked = {
        "kiosk-1": {"command": "take-ticket", "service": "ho-tich"},
        "counter-1": {"command": "call-next", "counter": 1, "at_counter": None},
        "counter-3": {"command": "pause-counter", "counter": 3, "reason": "break"},
    }
    office.ok("call-ticket", counter=2, ticket=story.called["id"])
    for device, command in story.asked.items():
        command["id"] = new_id()
        story.replies[device] = _send(office, device, command)
        assert story.replies[device]["ok"] is True, story.replies[device]
    office.ok("recall", counter=2)
    story.waiting = office.take("dat-dai")
    web = office.desk("quanly").command("take-ticket", id="web-before-the-kill", service="kinh-te")
    story.web_before = (web.status, web.json())


def _kill_hub(story: Killed) -> None:
    """SIGKILL, and while nobody listens: one ordinary command, one published as retained."""
    office = story.office
    story.old_pid = office.ready["pids"]["hub"]
    story.old_beats = [beat for _, beat in office.line.beats()]
    story.last_before, story.epoch_before = office.last(), office.page(0, 1)["epoch"]
    story.events_before = office.since(0)
    story.mark = office.line.mark()
    os.kill(story.old_pid, signal.SIGKILL)
    # The last will is the broker's word that the old connection is gone; when it does not come, its own
    # test says so, and the rest is still worth looking at.
    with contextlib.suppress(AssertionError):
        office.line.wait(_says_offline, "the last will", since=story.mark, timeout_s=3)
    order = {"command": "take-ticket", "service": "chinh-sach"}
    office.line.say("box-missed", {"id": story.missed_id, **order})
    office.line.say(story.stored_device, {"id": story.stored_id, **order}, retain=True)


def _says_offline(heard: Any) -> bool:
    return heard.topic == "hub/status" and heard.body.get("online") is False


@pytest.fixture(scope="module")
def killed(first_day: tuple[Office, dict[str, Any]]) -> Killed:
    """The story of one kill."""
    office, _ = first_day
    story = Killed(office)
    _work(story)
    _kill_hub(story)
    story.new_pid = _wait_new_hub(office, story.old_pid)
    story.status_after = office.line.fresh_beat(since=story.mark, timeout_s=BACK_S)
    story.late = office.line.ask("counter-1", "recall", counter=1, beat=story.old_beats[-1])
    for device, command in story.asked.items():
        story.again[device] = _send(office, device, command)
    desk = office.stranger()
    assert desk.sign_in("quanly", "demo").status == 200
    web = desk.command("take-ticket", id="web-before-the-kill", service="kinh-te")
    story.web_again = (web.status, web.json())
    return story


def test_the_last_will_of_a_killed_hub_says_offline(killed: Killed) -> None:
    """Topics: hub/status: 'its last will says offline'."""
    assert any(_says_offline(heard) for heard in killed.office.line.heard[killed.mark :])


def test_the_demo_starts_a_dead_hub_again(killed: Killed) -> None:
    """The demo: 'a program of the demo that dies is started again'."""
    assert killed.new_pid not in (0, killed.old_pid)
    assert killed.status_after["online"] is True


def test_beats_never_repeat_and_rise_across_a_restart(killed: Killed) -> None:
    """Delivery rule 5: 'beats never repeat, a start begins above every earlier one'."""
    new = [h.body["beat"] for h in killed.office.line.all("hub/status", killed.mark)
           if not h.retain and h.body.get("online")]  # fmt: skip
    assert min(new) > max(killed.old_beats)
    assert len(set(new)) == len(new)


def test_a_beat_from_before_the_start_is_too_late(killed: Killed) -> None:
    """Delivery rule 5: 'The hub refuses with too-late a beat that it published … before its own start'."""
    laws.check_refusal(killed.late, "too-late")


@pytest.mark.parametrize("device", ["kiosk-1", "counter-1", "counter-3"])
def test_replies_of_accepted_commands_survive_a_kill_unchanged(killed: Killed, device: str) -> None:
    """Delivery rule 2: 'Replies of accepted commands are kept … and given again, unchanged, across restarts'."""
    assert killed.again[device] == killed.replies[device]


def test_the_reply_to_a_page_survives_a_kill_unchanged(killed: Killed) -> None:
    """Delivery rule 2, for the device `web`."""
    assert killed.web_before[0] == 200
    assert killed.web_again == killed.web_before


def test_the_journal_goes_on_without_a_gap_in_the_same_epoch(killed: Killed) -> None:
    """Words: epoch: 'new when it is made or restored', so not after a restart; seq 'is gapless within an epoch'."""
    page = killed.office.page(0, 1)
    assert page["epoch"] == killed.epoch_before
    everything = killed.office.since(0)
    assert everything[: len(killed.events_before)] == killed.events_before, "what happened stays as it was"
    seqs = [event["seq"] for event in killed.office.page(0)["events"]]
    assert seqs == list(range(seqs[0], seqs[-1] + 1))
    assert page["last"] >= killed.last_before


def test_the_hub_republishes_all_state_when_it_starts(killed: Killed) -> None:
    """Delivery rule 4: 'The hub republishes all state when it or the broker starts.'"""
    for topic in STATES:
        killed.office.line.wait(lambda h, t=topic: h.topic == t and not h.retain, f"{topic} anew", since=killed.mark)  # type: ignore[misc]


def test_nobody_who_was_in_the_hall_is_lost(killed: Killed) -> None:
    """Delivery rule 1: what was answered was on disk: the same people wait, the same are called."""
    office = killed.office
    at_2 = office.line.state("state/counter/2", lambda s: s["stage"] == "called")
    assert at_2["ticket"]["id"] == killed.called["id"]
    at_1 = office.line.state("state/counter/1")
    assert at_1["ticket"]["id"] == killed.replies["counter-1"]["ticket"]["id"]
    at_3 = office.line.state("state/counter/3")
    assert (at_3["open"], at_3["why"]) == (False, "paused")
    board = office.line.state("state/board")
    assert board["waiting"]["dat-dai"] >= 1
    assert max(board["calls"], key=lambda c: c["call"])["times"] == 2, "the board keeps its calls"


def test_numbers_go_on_after_a_kill(killed: Killed) -> None:
    """Words: ticket: 'its number for the day': no number is given twice."""
    ticket = killed.office.take("dat-dai")
    assert int(ticket["number"][1:]) == int(killed.waiting["number"][1:]) + 1


def test_a_command_sent_while_the_hub_was_away_is_not_obeyed_later(killed: Killed) -> None:
    """Delivery rule 3: 'The hub's session is clean': the broker keeps nothing for it."""
    assert not killed.office.line.replies("box-missed", killed.mark)


def test_a_stored_command_is_ignored_and_cleared(killed: Killed) -> None:
    """Delivery rule 3: 'the stored copy that arrives with RETAIN=1 is ignored and cleared'."""
    office = killed.office
    until = time.monotonic() + 10
    while True:
        with office.new_line(topics=("hub/command/#",)) as newcomer:
            time.sleep(0.3)  # what is stored comes at once, and its absence has no sign of its own
            # amqtt 0.12 also hands a newcomer what is retained for the filters of others: look by topic
            stored = [heard for heard in newcomer.all("hub/command/") if heard.retain]
        if not stored:
            break
        assert time.monotonic() < until, f"still stored: {stored}"
    assert not office.line.replies(killed.stored_device, killed.mark)
    assert office.line.state("state/board")["waiting"].get("chinh-sach", 0) == 0


def test_the_laws_held_through_the_kill(killed: Killed) -> None:
    """Topics, State, Events: what was published around the kill obeys the contract like all else."""
    killed.office.check_laws(gapless=False)


# -- the broker ---------------------------------------------------------------------------------------


@dataclass
class BrokerGone:
    """An office whose broker was killed, and is back."""

    office: Office
    ticket: dict[str, Any]
    order: dict[str, Any]
    reply: dict[str, Any]
    old_beats: list[int]
    mark: int


@pytest.fixture(scope="module")
def broker_gone(broker: str) -> Iterator[BrokerGone]:
    """The story of one broker's end."""
    office = Office(broker).start()
    try:
        office.line.fresh_beat()
        ticket = office.called(2)
        order = {"id": new_id(), "command": "take-ticket", "service": "dat-dai"}
        reply = _send(office, "kiosk-1", order)
        beats = [beat for _, beat in office.line.beats()]
        mark = office.line.mark()
        os.kill(office.ready["pids"]["broker"], signal.SIGKILL)
        until = time.monotonic() + BACK_S
        while not office.line.lost():
            assert time.monotonic() < until, "the broker is dead and the line still up"
            time.sleep(0.02)
        office.line.wait_connected(BACK_S)
        office.line.fresh_beat(since=mark, timeout_s=BACK_S)
        yield BrokerGone(office, ticket, order, reply, beats, mark)
    finally:
        office.stop()


def test_the_demo_starts_a_dead_broker_again_and_the_beat_goes_on(broker_gone: BrokerGone) -> None:
    """The demo: 'a program of the demo that dies is started again'; Delivery rule 5: 'beats never repeat'."""
    new = [h.body["beat"] for h in broker_gone.office.line.all("hub/status", broker_gone.mark)
           if not h.retain and h.body.get("online")]  # fmt: skip
    assert min(new) > max(broker_gone.old_beats)


def test_the_hub_republishes_all_state_when_the_broker_starts(broker_gone: BrokerGone) -> None:
    """Delivery rule 4: 'The hub republishes all state when it or the broker starts', retained as ever."""
    office = broker_gone.office
    with office.new_line() as newcomer:
        for topic in (*STATES, "hub/status"):
            found = newcomer.wait(lambda h, t=topic: h.topic == t, topic)  # type: ignore[misc]
            assert found.retain or topic == "hub/status", f"{topic} came live only"
        at_2 = newcomer.state("state/counter/2")
        board = newcomer.state("state/board")
    assert at_2["ticket"]["id"] == broker_gone.ticket["id"]
    assert [call["ticket"] for call in board["calls"]] == [broker_gone.ticket["id"]]


def test_the_office_works_on_with_the_new_broker(broker_gone: BrokerGone) -> None:
    """Delivery rules 2 and 5: commands are answered again, an old id with its old reply, a fresh beat is fresh."""
    office = broker_gone.office
    assert _send(office, "kiosk-1", broker_gone.order) == broker_gone.reply
    since = office.line.mark()
    ticket = office.take("dat-dai", via=ANYONE)
    office.line.event("ticket-issued", since=since, ticket=ticket["id"])
    beat = office.line.fresh_beat(since=since)["beat"]
    office.ok("finish", counter=2, beat=beat)
    for counter in COUNTERS:
        assert office.line.state(f"state/counter/{counter}")["open"] is True


def test_no_event_is_lost_once_the_broker_is_back(broker_gone: BrokerGone) -> None:
    """Events: 'a gap is always a loss': from the first event heard after the return on, none is missing."""
    office = broker_gone.office
    office.take()
    last = office.last()
    office.line.wait(lambda h: h.topic.startswith("event/") and h.body["seq"] >= last, "the last event",
                     since=broker_gone.mark)  # fmt: skip
    assert not laws.gaps(office.line.all("event/", broker_gone.mark))
    office.check_laws(gapless=False)
