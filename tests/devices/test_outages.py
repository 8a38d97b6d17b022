"""The hub or the broker dies or stands still while people press: numbers go on, and nobody's number is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tests.devices.checker import Office, Seen
from tests.devices.hall import LOST_S, Hall, open_hall
from tests.devices.people import People
from tests.e2e.office import soon

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]

NOTICED_S = LOST_S + 1.5
"""A beat each second, 5 s of patience, and the half second after which a screen looks again."""


@pytest.fixture(scope="module")
def opened() -> Iterator[Hall]:
    with open_hall(kiosks=3) as hall:
        yield hall


@pytest.fixture(scope="module")
def seen(opened: Hall, office: Office) -> set[Seen]:
    """Every number that was read in this hall; the first of them on a good slip."""
    first = opened.take("kiosk-1", "chung-thuc")
    opened.becomes("kiosk-1", paper="done")
    all_seen = {Seen("kiosk-1", first["number"], first["ticket"])}
    office.check(all_seen)
    return all_seen


def right_again(hall: Hall) -> bool:
    """Whether every device hears the hub."""
    return (all(hall.showing(kiosk).get("hub") for kiosk in hall.kiosks) and not hall.showing("tv-1")["stale"]
            and all(hall.lamps(f"counter-{n}")["lost"] == "off" for n in (1, 2, 3)))


def test_fault_4_a_dead_hub_makes_the_tv_stale_and_kiosks_give_reserved_numbers_which_it_takes_over_later(
        hall: Hall, office: Office, seen: set[Seen]) -> None:
    people = People(hall, 4).begin()
    enough = threading.Event()
    killing = threading.Thread(target=hall.keep_dead, args=("hub", 15, enough))
    since = time.monotonic()
    killing.start()
    assert soon(lambda: hall.showing("tv-1")["stale"], NOTICED_S), hall.showing("tv-1")
    stale_after = time.monotonic() - since
    hall.lamp_becomes("counter-1", "lost", "on", within_s=1.5)
    assert hall.showing("tv-1")["band"], "a screen that is not right has to say so"
    assert soon(lambda: people.reserved, 5)
    enough.set()
    killing.join()
    assert soon(lambda: hall.pid("hub") is not None, 10)
    assert soon(lambda: not hall.showing("tv-1")["stale"], 8), hall.said()[-2000:]
    seen |= people.end()
    assert soon(lambda: right_again(hall), 10)
    office.check(seen)
    by_itself = {one["number"] for one in office.given()}
    assert people.reserved and people.reserved <= by_itself
    waiting = hall.showing("tv-1")["waiting"]
    assert waiting == sum(visit["state"] == "waiting" for visit in office.visits().values())
    assert stale_after <= NOTICED_S


@pytest.mark.slow
def test_fault_6_and_7_a_broker_that_dies_and_forgets_everything_loses_no_number_and_every_screen_is_right_after(
        hall: Hall, office: Office, seen: set[Seen]) -> None:
    people = People(hall, 6).begin()
    time.sleep(1)
    hall.keep_dead("broker", 4)
    assert soon(lambda: right_again(hall), 20), hall.said()[-2000:]
    time.sleep(1)
    seen |= people.end()
    office.check(seen)
    assert people.reserved


@pytest.mark.slow
def test_fault_9_and_11_a_line_that_is_dead_without_a_word_brings_old_wishes_late_and_they_count_for_nobody(
        hall: Hall, office: Office, seen: set[Seen]) -> None:
    people = People(hall, 11).begin()
    time.sleep(1)
    go_on = hall.stop_still("broker")
    try:
        assert soon(lambda: all(hall.showing(kiosk)["lost"] for kiosk in hall.kiosks), NOTICED_S)
        assert soon(lambda: hall.showing("tv-1")["stale"], 1)
        time.sleep(2)
    finally:
        go_on()
    assert soon(lambda: right_again(hall), 15)
    time.sleep(1)
    seen |= people.end()
    office.check(seen)      # what the hub gave for a wish of before is not waited for: cancelled, or never given
    assert any(one["instead_of"] for one in office.given())


def test_fault_36_a_tv_that_was_off_the_line_is_right_one_message_after_and_believes_no_older_state(
        hall: Hall, office: Office, seen: set[Seen]) -> None:
    taken = hall.take("kiosk-1", "dat-dai")
    seen.add(Seen("kiosk-1", taken["number"], taken["ticket"]))
    with hall.device("watcher", topics=("state/board",)) as watcher:
        watcher.state("state/board")
        old = watcher.heard[-1]
        hall.do("tv-1", "cut_line", on=True)
        before = (hall.showing("tv-1")["called"] or {}).get("call", 0)
        hall.do("counter-1", "press", button="next")
        hall.lamp_becomes("counter-1", "calling", "on")
        right = watcher.state("state/board", lambda board: board["calls"] and board["calls"][-1]["call"] > before)
        assert (hall.showing("tv-1")["called"] or {}).get("call", 0) == before
        hall.do("tv-1", "cut_line", on=False)
        assert soon(lambda: (hall.showing("tv-1")["called"] or {}).get("call") == right["calls"][-1]["call"], 3)
        watcher.publish("state/board", old.payload).wait_for_publish(5)
        time.sleep(0.7)
        assert hall.showing("tv-1")["called"]["call"] == right["calls"][-1]["call"]


@pytest.mark.slow
def test_fault_37_a_tv_program_that_is_killed_is_started_again_and_shows_the_same(hall: Hall) -> None:
    before = hall.showing("tv-1")["counters"]
    hall.kill("tv-1")
    assert soon(lambda: hall.showing("tv-1").get("clock"), 10)
    after = hall.showing("tv-1")["counters"]
    assert [(one["counter"], one["number"], one["word"]) for one in after] == [
        (one["counter"], one["number"], one["word"]) for one in before]
    assert hall.do("tv-1", "sounds")["sounds"] == [] or hall.showing("tv-1")["called"]["marked"]
