"""Presses at the same instant, twice, too late, or never meant: each does what it should, once."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.e2e import oracle
from tests.e2e.crowd import SERVICES
from tests.e2e.device import Device, new_id
from tests.e2e.office import COUNTERS, Demo, soon

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]

ROUNDS = 1000


def fill_the_hall(demo: Demo, people: int) -> dict[oracle.Key, bytes]:
    """So many numbers, all asked for at once, in lanes and services as chance has it."""
    draw = random.Random(31)
    with demo.device("kiosk-1") as kiosk:
        ids = [new_id() for _ in range(people)]
        for id_ in ids:
            kiosk.tell({"id": id_, "command": "take-ticket", "service": draw.choice(SERVICES),
                        "lane": draw.choice(("normal", "normal", "priority"))})
        assert soon(lambda: len(kiosk.answers) == people, 60), f"{len(kiosk.answers)} of {people} were answered"
        return {("kiosk-1", id_): reply for id_, reply in kiosk.answers.items()}


def at_once(devices: list[Device], rounds: int, wish: Callable[[Device, int], None]) -> None:
    """Every device does its wish in every round, all of them at the same instant."""
    gate = threading.Barrier(len(devices), timeout=30)
    broken: list[BaseException] = []

    def press(device: Device) -> None:
        try:
            for round_ in range(rounds):
                gate.wait()
                wish(device, round_)
        except BaseException as wrong:  # told by the test's own thread
            broken.append(wrong)
            gate.abort()

    threads = [threading.Thread(target=press, args=[device], daemon=True) for device in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not broken, repr(broken[0])


def told(*devices: Device) -> dict[oracle.Key, bytes]:
    """Every answer these devices got."""
    return {(d.name, id_): reply for d in devices for id_, reply in d.answers.items()}


@pytest.mark.slow
def test_fault_31_two_counters_calling_at_once_get_two_people_a_thousand_times(
        demo: Demo, join: Callable[[Device], Device]) -> None:
    acknowledged = fill_the_hall(demo, 2 * ROUNDS)
    counters = [join(demo.device(f"counter-{n}")) for n in (1, 2)]
    here: dict[str, str | None] = {d.name: None for d in counters}
    called: dict[str, list[str]] = {d.name: [] for d in counters}

    def call(device: Device, _: int) -> None:
        reply = device.ok("call-next", counter=int(device.name[-1]), at_counter=here[device.name])
        here[device.name] = reply["ticket"]["id"]
        called[device.name].append(reply["ticket"]["id"])

    at_once(counters, ROUNDS, call)
    first, second = (called[d.name] for d in counters)
    assert len(first) == len(second) == ROUNDS
    assert len({*first, *second}) == 2 * ROUNDS, "somebody was called to two counters"
    for device in counters:
        refused = device.ask("call-next", counter=int(device.name[-1]), at_counter=here[device.name])
        assert refused["ok"] is True and refused["ticket"] is None, "somebody was skipped, and waits still"
    oracle.check(demo.data, acknowledged | told(*counters), in_turn=True)


def test_fault_30_two_kiosks_pressed_at_the_same_instant_give_consecutive_numbers(
        demo: Demo, join: Callable[[Device], Device]) -> None:
    kiosks = [join(demo.device(name)) for name in ("kiosk-1", "lookup-1")]
    given: dict[int, set[str]] = {round_: set() for round_ in range(200)}

    def take(device: Device, round_: int) -> None:
        given[round_].add(device.take("ho-tich")["number"])

    at_once(kiosks, 200, take)
    assert given == {r: {f"B{2 * r + 1:03d}", f"B{2 * r + 2:03d}"} for r in given}
    oracle.check(demo.data, told(*kiosks), in_turn=True)


def test_fault_8_one_id_sent_three_times_and_again_after_a_restart_gets_the_same_bytes_and_has_one_effect(
        demo: Demo, join: Callable[[Device], Device]) -> None:
    kiosk, counter = join(demo.device("kiosk-1")), join(demo.device("counter-1", topics=("hub/status",)))
    take = {"id": "the-same-take", "command": "take-ticket", "service": "kinh-te", "lane": "priority"}
    call = {"id": "the-same-call", "command": "call-next", "counter": 1, "at_counter": None}
    for device, wish in ((kiosk, take), (counter, call)):
        for _ in range(3):
            device.tell(wish)
        assert soon(lambda d=device, w=wish: sum(h.body.get("id") == w["id"] for h in d.heard) == 3)  # type: ignore[misc]
    demo.hub_dies(counter)
    for device, wish in ((kiosk, take), (counter, call)):
        since = device.mark()
        device.tell(wish)
        device.next_reply(str(wish["id"]), since)
        replies = [h.payload for h in device.heard if h.body.get("id") == wish["id"]]
        assert len(replies) == 4 and len(set(replies)) == 1
    journal = oracle.check(demo.data, told(kiosk, counter))
    assert [e.event for e in journal.of_command("kiosk-1", "the-same-take")] == ["ticket-issued"]
    assert [e.event for e in journal.of_command("counter-1", "the-same-call")] == ["ticket-called"]


def test_fault_32_ten_impatient_presses_are_one_call(demo: Demo, join: Callable[[Device], Device]) -> None:
    fill_the_hall(demo, 5)
    counter = join(demo.device("counter-1"))
    ids = [new_id() for _ in range(10)]
    for id_ in ids:
        counter.tell({"id": id_, "command": "call-next", "counter": 1}, qos=0)
        time.sleep(0.03)
    replies = [counter.answer(id_) for id_ in ids]
    assert Counter(reply and reply.get("refusal", "called") for reply in replies) == {"called": 1, "counter-busy": 9}
    assert len(oracle.check(demo.data, told(counter)).named("ticket-called")) == 1


def test_fault_33_a_call_when_nobody_waits_is_answered_and_calls_no_number(
        demo: Demo, join: Callable[[Device], Device]) -> None:
    counter, screen = join(demo.device("counter-2")), join(demo.device("screen", topics=("event/#",)))
    assert counter.ask("call-next", counter=2)["refusal"] == "nobody-waiting"
    counter.ok("pause-counter", counter=2)
    screen.wait(lambda h: h.topic == "event/counter-paused", "the pause")
    assert not [h for h in screen.heard if h.topic == "event/ticket-called"]
    assert not oracle.check(demo.data, told(counter)).named("ticket-called")


@pytest.mark.slow
def test_fault_10_a_press_that_lay_in_the_cable_for_six_seconds_is_refused_and_calls_nobody(
        demo: Demo, join: Callable[[Device], Device]) -> None:
    fill_the_hall(demo, 3)
    counter = join(demo.device("counter-1", topics=("hub/status",)))
    kiosk = join(demo.device("kiosk-1"))
    beat = counter.beat().body["beat"]
    pid = demo.pid("hub")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        late = {"id": "a-late-press", "command": "call-next", "counter": 1, "beat": beat}
        counter.tell(late, qos=0)
        # Whoever wants a number does not mind that it comes late: a take carries no beat.
        kiosk.tell({"id": "a-patient-wish", "command": "take-ticket", "service": "dat-dai"})
        time.sleep(6)
    finally:
        os.kill(pid, signal.SIGCONT)
    since = counter.mark()
    refused = counter.answer("a-late-press")
    assert refused is not None and refused["refusal"] == "too-late"
    assert set(refused["message"]) == {"vi", "en"}, "the box has to say so to the clerk"
    granted = kiosk.answer("a-patient-wish")
    assert granted is not None and granted["ok"]
    for never in (beat + 1_000_000, 0):
        assert counter.ask("call-next", counter=1, beat=never)["refusal"] == "too-late"
    fresh = counter.beat(since=since).body["beat"]
    assert counter.ask("call-next", counter=1, beat=fresh)["ok"], "a fresh press is obeyed"
    assert len(oracle.check(demo.data, told(counter, kiosk), in_turn=True).named("ticket-called")) == 1


def test_fault_55_retained_commands_are_cleared_and_never_obeyed(
        demo: Demo, join: Callable[[Device], Device]) -> None:
    fill_the_hall(demo, 3)
    stranger = join(demo.device("stranger", topics=("hub/status",)))
    old, since = demo.pid("hub"), stranger.mark()
    demo.kill("hub")
    stranger.wait(lambda h: h.topic == "hub/status" and h.body.get("online") is False, "the last will", since=since)
    for n in COUNTERS:
        poison = {"id": f"poison-{n}-xxxx", "command": "call-next", "counter": n}
        stranger.tell(poison, name=f"counter-{n}", retain=True)
    stranger.tell(b"\xff\x00 no message at all", name="kiosk-1", retain=True)
    stranger.tell({"id": "poison-take", "command": "take-ticket", "service": "dat-dai"}, name="x" * 200, retain=True)
    assert soon(lambda: demo.pid("hub") not in (None, old))
    stranger.beat(since=since)

    def stored() -> list[str]:
        with demo.device("look", topics=("hub/command/#",)) as look:
            time.sleep(0.3)  # what is stored comes at once, and its absence has no sign of its own
            return [h.topic for h in look.heard if h.retain]

    assert soon(lambda: not stored()), stored()
    oracle.check(demo.data)
    journal = oracle.Journal(demo.data)
    assert not journal.named("ticket-called")
    assert len(journal.named("ticket-issued")) == 3


def test_fault_40_a_rating_replayed_a_hundred_times_counts_once(
        demo: Demo, join: Callable[[Device], Device]) -> None:
    kiosk, counter, tablet = (join(demo.device(name)) for name in ("kiosk-1", "counter-1", "tablet-1"))
    ticket = kiosk.take("ho-tich")
    counter.ok("call-next", counter=1, at_counter=None)
    counter.ok("finish", counter=1, at_counter=ticket["id"])
    same = {"id": "one-rating", "command": "rate", "ticket": ticket["id"], "score": 5}
    for _ in range(100):
        tablet.tell(same)
    counted = tablet.answer("one-rating")
    assert counted is not None and counted["counted"] is True
    for _ in range(20):
        assert tablet.ask("rate", ticket=ticket["id"], score=1)["refusal"] == "already-rated"
    assert soon(lambda: sum(h.body.get("id") == "one-rating" for h in tablet.heard) >= 100)
    journal = oracle.check(demo.data, told(kiosk, counter, tablet))
    assert [e.of["score"] for e in journal.named("visit-rated")] == [5]
    assert journal.visits[ticket["id"]]["score"] == 5
