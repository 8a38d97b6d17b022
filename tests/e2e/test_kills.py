"""Programs that are killed in the middle of their work, and what the people in the hall notice of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import oracle
from tests.e2e.crowd import Crowd
from tests.e2e.device import Device
from tests.e2e.office import COUNTERS, STATES, Demo, motcua, soon

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]

RESTART_S = 5.0
KILLS_A_DEMO = 4
"""A hub that dies soon after its start is started again later and later; so the 20 kills are five demos of four."""


def busy_office(demo: Demo, seed: int) -> Crowd:
    """Three kiosks and three counters without a pause."""
    crowd = Crowd(seed)
    for name in ("kiosk-1", "lookup-1", "kiosk-of-a-stranger"):
        crowd.press(demo.device(name), crowd.take_many)
    for n in COUNTERS:
        crowd.press(demo.device(f"counter-{n}"), crowd.serve(n, demo.device(f"tablet-{n}")))
    return crowd


@pytest.mark.slow
def test_fault_4_and_1_twenty_kills_of_the_hub_under_load_lose_and_double_nothing_acknowledged(tmp_path: Path) -> None:
    told: dict[oracle.Key, bytes] = {}
    back_s: list[float] = []
    draw = random.Random(4)
    for round_ in range(20 // KILLS_A_DEMO):
        demo = Demo(tmp_path).start()
        try:
            watch = demo.device("watcher", topics=("hub/status",))
            crowd = busy_office(demo, seed=round_)
            for _ in range(KILLS_A_DEMO):
                time.sleep(0.3 + draw.random() / 2)
                back_s.append(kill_and_wait(demo, watch, crowd))
            told |= crowd.end()
            again = demo.device("kiosk-1")
            for key in draw.sample([k for k in crowd.asked if k[0] == "kiosk-1" and k in told], 20):
                again.ask(id=key[1], **{k: v for k, v in crowd.asked[key].items() if k != "id"})
                assert again.answers[key[1]] == told[key]
            again.stop()
            watch.stop()
        finally:
            assert demo.end() == 0
        oracle.check(demo.data, told, in_turn=True)
    assert max(back_s) <= RESTART_S, f"seconds from the kill to the first answer: {sorted(back_s)}"
    verified = motcua("verify", "--data", str(demo.data))
    assert verified.returncode == 0 and "all of them whole" in verified.stdout, verified
    numbers = [r for r in told if r[0].startswith(("kiosk", "lookup"))]
    assert len(numbers) > 1000, "that was no load"


def kill_and_wait(demo: Demo, watch: Device, crowd: Crowd) -> float:
    """Seconds from the kill of the hub until somebody gets an answer again."""
    killed = demo.hub_dies(watch)
    before = len(crowd.acknowledged())
    assert soon(lambda: len(crowd.acknowledged()) > before, 2 * RESTART_S), demo.said()
    return time.monotonic() - killed


def picture(device: Device) -> dict[str, object]:
    """What a screen would show: every state without the moment at which it was said."""
    return {topic: {k: v for k, v in device.state(topic).items() if k not in ("at", "seq")} for topic in STATES}


def test_fault_6_and_7_a_broker_that_is_killed_and_forgot_everything_is_told_the_whole_state_again(
        demo: Demo, join: Callable[[Device], Device]) -> None:
    kiosk, counter = join(demo.device("kiosk-1")), join(demo.device("counter-1"))
    for service in ("dat-dai", "ho-tich", "dat-dai"):
        kiosk.take(service)
    here = counter.ok("call-next", counter=1, at_counter=None)["ticket"]
    counter.ok("recall", counter=1)
    counter.ok("open-counter", counter=1, clerk="can-bo-1")
    screen = join(demo.device("screen", topics=("state/#", "hub/status")))
    screen.state("state/counter/1", lambda s: s["ticket"] is not None)
    before = picture(screen)

    broker = demo.pid("broker")
    demo.kill("broker")
    assert soon(lambda: not kiosk.on_the_line)
    kiosk.tell({"id": "during-the-outage", "command": "take-ticket", "service": "kinh-te"})
    assert soon(lambda: demo.pid("broker") not in (None, broker))

    # A screen that knows nothing is right within five seconds of its connection: retained state is whole again.
    newcomer = join(demo.device("newcomer", topics=("state/#", "hub/status")))
    since = time.monotonic()
    newcomer.beat()
    after = picture(newcomer)
    assert time.monotonic() - since < 5
    assert after["state/counter/1"] == before["state/counter/1"]
    assert after["state/counter/1"]["ticket"]["id"] == here["id"]  # type: ignore[index]
    # Devices go on, on their own; the wish of the time between comes true once.
    for device in (kiosk, counter, screen):
        device.wait_on_the_line()
    ticket = kiosk.ok("take-ticket", id="during-the-outage", service="kinh-te")["ticket"]
    counter.ok("finish", counter=1, at_counter=here["id"])
    screen.state("state/counter/1", lambda s: s["stage"] == "idle")
    (issued,) = oracle.check(demo.data).of_command("kiosk-1", "during-the-outage")
    assert issued.of["ticket"] == ticket["id"]
    assert len([child for child in demo.children() if child.pid == demo.pid("hub")]) == 1


def test_fault_7_states_that_a_stranger_left_at_the_broker_do_not_outlive_the_hubs_own(
        demo: Demo, join: Callable[[Device], Device]) -> None:
    stranger = join(demo.device("stranger"))
    stranger.publish("state/counter/9", b'{"counter": 9, "open": true}', retain=True).wait_for_publish(5)
    demo.kill("hub")

    def seen() -> set[str]:
        with demo.device("look", topics=("state/counter/+",)) as look:
            time.sleep(0.3)  # what is retained comes at once, and that nothing more comes has no sign of its own
            return {h.topic for h in look.heard}

    assert soon(lambda: seen() == {f"state/counter/{n}" for n in COUNTERS}, 15), seen()
