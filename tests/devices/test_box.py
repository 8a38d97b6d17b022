"""The box on a counter under fingers that bounce, hurry, press at once, or press while nobody hears."""

from __future__ import annotations

import threading
import time

import pytest

from tests.devices.checker import Office
from tests.devices.hall import LOST_S, Hall
from tests.e2e.office import soon

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]


def calls(office: Office) -> list[tuple[int, str]]:
    """Every call so far: counter and number."""
    return [(one["counter"], one["number"]) for one in office.events("ticket-called")]


def people_wait(hall: Hall, count: int) -> list[str]:
    """So many people take numbers; returns these."""
    return [hall.take("kiosk-1", "ho-tich")["number"] for _ in range(count)]


def finish(hall: Hall, counter: int) -> None:
    """The clerk at that counter ends the visit."""
    hall.do(f"counter-{counter}", "press", button="finish")
    hall.lamp_becomes(f"counter-{counter}", "calling", "off")


def test_fault_33_next_with_nobody_waiting_is_refused_on_the_lamp_and_calls_nobody(hall: Hall, office: Office) -> None:
    before = calls(office)
    hall.do("counter-1", "press", button="next")
    hall.lamp_becomes("counter-1", "refused", "fast", within_s=1)
    hall.lamp_becomes("counter-1", "refused", "off", within_s=3)
    assert hall.lamps("counter-1")["calling"] == "off"
    assert calls(office) == before


def test_fault_32_ten_hurried_and_bouncing_presses_are_one_call(hall: Hall, office: Office) -> None:
    people_wait(hall, 1)
    before = len(calls(office))
    for _ in range(10):      # contacts closed for 31 ms, the least that counts as a press at all
        hall.do("counter-1", "press", button="next", ms=31, bounces=4)
    hall.lamp_becomes("counter-1", "calling", "on")
    time.sleep(2.5)          # longer than the hub's own guard: what was only held back would come now
    assert len(calls(office)) == before + 1
    finish(hall, 1)
    office.check()


@pytest.mark.slow
def test_fault_31_two_clerks_at_the_same_instant_call_two_people(hall: Hall, office: Office) -> None:
    while sum(one["state"] == "waiting" for one in office.visits().values()) < 2:
        people_wait(hall, 1)
    before = calls(office)
    together = threading.Barrier(2)

    def press(counter: int) -> None:
        together.wait()
        hall.do(f"counter-{counter}", "press", button="next")

    fingers = [threading.Thread(target=press, args=(counter,)) for counter in (2, 3)]
    for finger in fingers:
        finger.start()
    for finger in fingers:
        finger.join()
    for counter in (2, 3):
        hall.lamp_becomes(f"counter-{counter}", "calling", "on")
    new = calls(office)[len(before):]
    assert sorted(counter for counter, _ in new) == [2, 3]
    assert len({number for _, number in new}) == 2
    for counter in (2, 3):
        finish(hall, counter)


@pytest.mark.slow
def test_a_button_whose_plug_is_out_does_nothing_and_works_again_when_it_is_in(hall: Hall, office: Office) -> None:
    people_wait(hall, 1)
    before = len(calls(office))
    hall.do("counter-2", "unplug", button="next")
    assert hall.do("counter-2", "press", button="next") == {"unplugged": True}
    hall.do("counter-2", "press", button="recall")          # the others still work: nobody is there, so it is refused
    hall.lamp_becomes("counter-2", "refused", "fast", within_s=1)
    assert len(calls(office)) == before
    hall.do("counter-2", "plug")
    hall.do("counter-2", "press", button="next")
    hall.lamp_becomes("counter-2", "calling", "on")
    assert len(calls(office)) == before + 1
    finish(hall, 2)


@pytest.mark.slow
def test_fault_10_a_press_that_reaches_the_hub_late_is_refused_and_the_lamps_say_so(hall: Hall, office: Office) -> None:
    people_wait(hall, 1)
    before = calls(office)
    go_on = hall.stop_still("broker")
    try:
        hall.do("counter-1", "press", button="next")
        hall.lamp_becomes("counter-1", "calling", "slow", within_s=1)       # it waits for an answer
        hall.lamp_becomes("counter-1", "refused", "fast", within_s=4.5)     # none came
        hall.lamp_becomes("counter-1", "lost", "on", within_s=LOST_S)
        hall.do("counter-1", "press", button="next")
        hall.lamp_becomes("counter-1", "refused", "fast", within_s=1)
        time.sleep(LOST_S)                                                  # what lies in the broker grows old
    finally:
        go_on()
    hall.lamp_becomes("counter-1", "lost", "off")
    hall.lamp_becomes("counter-1", "waiting", "on")
    time.sleep(1)
    assert calls(office) == before
    assert soon(lambda: hall.full("kiosk-1"), 20)
    hall.do("counter-1", "press", button="next")
    hall.lamp_becomes("counter-1", "calling", "on")
    assert len(calls(office)) == len(before) + 1
    finish(hall, 1)
    office.check()
