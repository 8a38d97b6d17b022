"""A disk that is full, worn out, locked or lies: nothing pretends, and the same wish comes true later, once."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e import disks, oracle
from tests.e2e.device import Device
from tests.e2e.locks import Locked, refused_for_now
from tests.e2e.office import Demo, Hub, own_settings, soon
from tests.e2e.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]

NewHub = Callable[..., Hub]
Join = Callable[[Device], Device]


def no_success_in(device: Device, ids: list[str]) -> bool:
    """Whether every reply to these ids was ``storage-failed``."""
    replies = [h.body for h in device.heard if h.body.get("id") in ids]
    return all(reply.get("refusal") == "storage-failed" for reply in replies)


# -- COMMIT itself fails ------------------------------------------------------------------------------

def test_a_commit_that_can_not_write_is_answered_by_silence_and_the_restart_makes_the_wish_come_true_once(
        demo: Demo, join: Join) -> None:
    """The write of COMMIT fails (EFBIG by a limit on the running hub's files): nothing was kept."""
    kiosk = join(demo.device("kiosk-1", topics=("hub/status", "event/#")))
    before = kiosk.take("dat-dai")
    kiosk.wait(lambda h: h.topic == "event/ticket-issued", "the event")
    pid = demo.pid("hub")
    assert pid is not None
    wal = demo.data / "journal.db-wal"
    psutil.Process(pid).rlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size, resource.RLIM_INFINITY))
    since = kiosk.mark()
    kiosk.tell({"id": "the-unlucky", "command": "take-ticket", "service": "dat-dai"})
    assert soon(lambda: "hub ended (exit code 70)" in demo.said()), demo.said()
    assert "only a restart can tell what was kept" in demo.said()
    kiosk.wait(lambda h: h.topic == "hub/status" and h.body.get("online") is False, "the last will", since=since)
    said = [h for h in kiosk.heard[since:] if h.topic.startswith(("device/", "event/"))]
    assert not said, f"the hub spoke of what it did not know: {said}"

    kiosk.beat(since=since)
    ticket = kiosk.ok("take-ticket", id="the-unlucky", service="dat-dai")["ticket"]
    assert (before["number"], ticket["number"]) == ("C001", "C002")
    journal = oracle.check(demo.data, {("kiosk-1", k): v for k, v in kiosk.answers.items()})
    assert len(journal.named("ticket-issued")) == 2


def test_a_commit_that_was_kept_though_it_failed_is_found_by_the_restart_and_not_done_twice(
        world: World, new_hub: NewHub, join: Join) -> None:
    """All was written and only the last fsync failed: the wish is on disk, and nobody was told so."""
    hub = new_hub().start(**world.env())
    kiosk = join(hub.device("kiosk-1", topics=("hub/status", "event/#", "state/services")))
    kiosk.take("dat-dai")
    kiosk.state("state/services", lambda s: any(each["waiting"] for each in s["services"]))
    since = kiosk.mark()
    world.fsync_fails(True)
    kiosk.tell({"id": "the-unsure", "command": "take-ticket", "service": "dat-dai"})
    assert hub.process is not None and hub.process.wait(10) == 70, hub.said()
    world.fsync_fails(False)
    kiosk.wait(lambda h: h.topic == "hub/status" and h.body.get("online") is False, "the last will", since=since)
    assert not [h for h in kiosk.heard[since:] if h.topic.startswith(("device/", "event/", "state/"))]

    hub.start()
    ticket = kiosk.ok("take-ticket", id="the-unsure", service="dat-dai")["ticket"]
    assert ticket["number"] == "C002"
    journal = oracle.check(hub.data, {("kiosk-1", k): v for k, v in kiosk.answers.items()})
    boots = [event.boot for event in journal.named("ticket-issued")]
    assert len(boots) == 2 and boots[0] == boots[1], "the first life of the hub had kept it already"


# -- full, locked, read-only --------------------------------------------------------------------------

@pytest.fixture
def little_room(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MiB."""
    with disks.small_disk(tmp_path / "disk", 8) as at:
        yield at


def test_fault_43_on_a_full_disk_every_wish_is_refused_and_comes_true_with_the_same_id_once_there_is_room(
        tmp_path: Path, little_room: Path, new_hub: NewHub, join: Join) -> None:
    settings = own_settings(tmp_path / "settings", hub="min_free_mb = 1")
    hub = new_hub(data=little_room / "data", settings=settings).start()
    kiosk = join(hub.device("kiosk-1", topics=("event/#", "hub/status")))
    counter, tablet = join(hub.device("counter-1")), join(hub.device("tablet-1"))
    ticket = kiosk.take("ho-tich")
    waiting = kiosk.take("ho-tich")
    counter.ok("call-next", counter=1, at_counter=None)
    before = oracle.check(hub.data)

    ballast = disks.fill(little_room, leave_kb=600)
    since = kiosk.mark()
    wishes: list[tuple[Device, str, str, dict[str, Any]]] = [
        (kiosk, "take-ticket", "wish-take", {"service": "dat-dai"}),
        (counter, "finish", "wish-finish", {"counter": 1}),
        (kiosk, "cancel-ticket", "wish-cancel", {"ticket": waiting["id"]}),
    ]
    for _ in range(2):
        for device, command, id_, fields in wishes:
            refused_for_now(device, command, id_, **fields)
    assert len(oracle.check(hub.data).events) == len(before.events)
    assert not [h for h in kiosk.heard[since:] if h.topic.startswith("event/")]
    kiosk.beat(since=since)
    assert hub.process is not None and hub.process.poll() is None, "a full disk is no reason to end"

    ballast.unlink()
    for device, command, id_, fields in wishes:
        assert device.ok(command, id=id_, **fields)
    assert tablet.ok("rate", ticket=ticket["id"], score=4)["counted"] is True
    journal = oracle.check(hub.data, {(d.name, k): v for d in (kiosk, counter, tablet) for k, v in d.answers.items()})
    assert [e.event for e in journal.of_command("kiosk-1", "wish-take")] == ["ticket-issued"]


def test_fault_43_a_hub_that_starts_on_a_full_disk_refuses_until_there_is_room(
        tmp_path: Path, little_room: Path, new_hub: NewHub, join: Join) -> None:
    settings = own_settings(tmp_path / "settings", hub="min_free_mb = 1")
    hub = new_hub(data=little_room / "data", settings=settings).start()
    kiosk = join(hub.device("kiosk-1", topics=("state/board",)))
    kiosk.take("ho-tich")
    hub.kill()
    ballast = disks.fill(little_room, leave_kb=600)
    hub.start()
    assert kiosk.state("state/board")["waiting"]["ho-tich"] == 1, "what was kept is shown"
    refused_for_now(kiosk, "take-ticket", "wish-take", service="ho-tich")
    ballast.unlink()
    assert kiosk.ok("take-ticket", id="wish-take", service="ho-tich")["ticket"]["number"] == "B002"
    oracle.check(hub.data)


def test_fault_47_a_journal_locked_for_longer_than_a_second_refuses_and_the_same_id_succeeds_later(
        demo: Demo, join: Join) -> None:
    kiosk = join(demo.device("kiosk-1", topics=("hub/status", "event/#")))
    kiosk.take("ho-tich")
    kiosk.wait(lambda h: h.topic == "event/ticket-issued", "the event")
    since, pid = kiosk.mark(), demo.pid("hub")
    with Locked(demo.data):
        begun = time.monotonic()
        refused_for_now(kiosk, "take-ticket", "wish-take", service="ho-tich")
        assert time.monotonic() - begun < 2.5
        refused_for_now(kiosk, "take-ticket", "wish-take", service="ho-tich")
    ticket = kiosk.ok("take-ticket", id="wish-take", service="ho-tich")["ticket"]
    assert ticket["number"] == "B002"
    assert demo.pid("hub") == pid
    kiosk.wait(lambda h: h.topic == "event/ticket-issued", "the event", since=since)
    events = [h.body for h in kiosk.heard[since:] if h.topic == "event/ticket-issued"]
    assert [event["ticket"] for event in events] == [ticket["id"]]
    oracle.check(demo.data, {("kiosk-1", k): v for k, v in kiosk.answers.items()}, in_turn=True)


def test_fault_47_a_lock_that_is_shorter_than_a_second_is_not_noticed(demo: Demo, join: Join) -> None:
    kiosk = join(demo.device("kiosk-1"))
    since = kiosk.mark()
    with Locked(demo.data):
        kiosk.tell({"id": "patient-wish", "command": "take-ticket", "service": "ho-tich"})
        time.sleep(0.4)
    assert kiosk.next_reply("patient-wish", since).body["ok"] is True


def test_fault_47_a_refusal_that_rested_on_what_was_never_kept_is_not_remembered(demo: Demo, join: Join) -> None:
    """One person waits; two counters call in one turn; the turn is lost. Whoever asks first again gets the person."""
    kiosk, first, second, box = (join(demo.device(n)) for n in ("kiosk-1", "counter-1", "counter-2", "counter-3"))
    ticket = kiosk.take("ho-tich")
    with Locked(demo.data):
        box.tell({"id": "something-else", "command": "pause-counter", "counter": 3})
        time.sleep(0.2)  # the hub waits for the lock now; what comes meanwhile is judged in one turn
        first.tell({"id": "first-call", "command": "call-next", "counter": 1, "at_counter": None})
        time.sleep(0.2)
        second.tell({"id": "second-call", "command": "call-next", "counter": 2, "at_counter": None})
        for device, id_ in ((first, "first-call"), (second, "second-call")):
            assert device.next_reply(id_, 0).body["refusal"] == "storage-failed"
    called = second.ask("call-next", id="second-call", counter=2, at_counter=None)
    assert called["ok"] is True, called
    assert called["ticket"]["id"] == ticket["id"]
    assert first.ask("call-next", id="first-call", counter=1, at_counter=None)["refusal"] == "nobody-waiting"
    oracle.check(demo.data, in_turn=True)


def test_fault_44_a_disk_that_turns_read_only_never_gives_a_number_that_is_not_kept(
        tmp_path: Path, new_hub: NewHub, join: Join) -> None:
    """Kernels tell of such a disk at once or at the first write: the hub refuses, or says nothing and ends."""
    card = disks.Card(tmp_path, 24)
    card.plug_in()
    try:
        settings = own_settings(tmp_path / "settings", hub="min_free_mb = 1")
        hub = new_hub(data=card.at / "data", settings=settings).start()
        kiosk = join(hub.device("kiosk-1", topics=("event/#",)))
        kiosk.take("ho-tich")
        kiosk.wait(lambda h: h.topic == "event/ticket-issued", "the event")
        card.wear_out()
        since = kiosk.mark()
        for _ in range(3):
            kiosk.tell({"id": "wish-take", "command": "take-ticket", "service": "ho-tich"})
            time.sleep(0.3)
        assert hub.process is not None
        assert no_success_in(kiosk, ["wish-take"]) and not [h for h in kiosk.heard[since:] if "event/" in h.topic]
        if hub.process.poll() is None:
            assert kiosk.next_reply("wish-take", since).body["refusal"] == "storage-failed"
            hub.kill()
        else:
            assert hub.process.returncode == 70, hub.said()
        hub.begin()
        assert hub.process.wait(15) == 2
        last = hub.said().splitlines()[-1]
        assert last.startswith(f"motcua hub: can not write in {hub.data} (Read-only file system)"), last

        card.pull_out()
        card.plug_in()
        hub.start()
        assert kiosk.ok("take-ticket", id="wish-take", service="ho-tich")["ticket"]["number"] == "B002"
        journal = oracle.check(hub.data, {("kiosk-1", k): v for k, v in kiosk.answers.items()})
        assert len(journal.named("ticket-issued")) == 2
        hub.end()
    finally:
        card.pull_out()
