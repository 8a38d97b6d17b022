"""The box and the screen as programs: a real broker, the real hub, pretend pins and a picture in memory."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from counter_display.screen import missing_library
from tests.counter_display.hall import SETTINGS, Hall, soon

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.slow]
needs_glass = pytest.mark.skipif(bool(missing_library()), reason=f"{missing_library()} is missing")


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    there = Hall(tmp_path)
    try:
        yield there.start()
    finally:
        there.stop()


def pause_between_calls() -> None:
    time.sleep(2.2)


# -- the box --------------------------------------------------------------------------------------

def test_a_clerk_calls_recalls_finishes_and_the_lamps_tell(hall):
    numbers = [hall.take(), hall.take()]
    hall.program("box", "counter-1")
    assert soon(lambda: hall.lamps() == {"waiting": "on"})
    hall.ask("counter-1", "press", button="next", bounces=8)
    assert soon(lambda: hall.lamps() == {"waiting": "on", "calling": "on"})
    hall.ask("counter-1", "press", button="recall")
    assert soon(lambda: len(hall.commands("counter-1")) == 2)
    hall.ask("counter-1", "press", button="finish")
    assert soon(lambda: hall.lamps() == {"waiting": "on"})
    assert [name for name, _ in hall.commands("counter-1")] == ["call-next", "recall", "finish"]
    assert numbers == ["A001", "A002"]


def test_ten_presses_in_300_ms_call_one_person(hall):
    for _ in range(4):
        hall.take()
    hall.program("box", "counter-1")
    assert soon(lambda: hall.lamps() == {"waiting": "on"})
    for _ in range(10):
        hall.ask("counter-1", "press", button="next", ms=31)
    assert soon(lambda: "calling" in hall.lamps())
    pause_between_calls()
    assert [name for name, _ in hall.commands("counter-1")] == ["call-next"]
    hall.ask("counter-1", "press", button="next")
    assert soon(lambda: len(hall.commands("counter-1")) == 2)
    assert [name for name, _ in hall.commands("counter-1")] == ["call-next", "call-next"]


def test_a_press_with_nobody_waiting_is_refused_on_the_lamp_for_a_moment(hall):
    hall.program("box", "counter-1")
    time.sleep(2.5)
    hall.ask("counter-1", "press", button="next")
    assert soon(lambda: hall.lamps() == {"refused": "fast"}, 1.0)
    assert soon(lambda: hall.lamps() == {}, 2.0)


def test_the_pause_button_pauses_and_opens_and_held_it_calls_the_head(hall):
    hall.program("box", "counter-1")
    time.sleep(2.5)
    hall.ask("counter-1", "press", button="pause")
    assert soon(lambda: hall.lamps() == {"waiting": "slow"})
    time.sleep(0.7)
    hall.ask("counter-1", "press", button="pause")
    assert soon(lambda: hall.lamps() == {})
    hall.ask("counter-1", "hold", button="pause", ms=2300)
    assert soon(lambda: len(hall.commands("counter-1")) == 3)
    assert [name for name, _ in hall.commands("counter-1")] == ["pause-counter", "open-counter", "request-help"]


def test_without_the_hub_the_box_says_so_and_a_press_is_never_carried_out_later(hall):
    hall.take()
    hall.program("box", "counter-1")
    assert soon(lambda: hall.lamps() == {"waiting": "on"})
    hall.hub.kill()
    assert soon(lambda: hall.lamps() == {"lost": "on"}, 7.0)
    before = len(hall.heard)
    hall.ask("counter-1", "press", button="next")
    assert soon(lambda: hall.lamps() == {"lost": "on", "refused": "fast"}, 1.0)
    hall.start_hub()
    assert soon(lambda: hall.lamps() == {"waiting": "on"})
    time.sleep(3.5)
    assert [body for name, body in hall.heard[before:] if name == "counter-1"] == []
    assert hall.lamps() == {"waiting": "on"}


def test_a_press_while_the_hub_hangs_is_given_up_after_three_seconds_and_told(hall):
    hall.take()
    hall.program("box", "counter-1")
    assert soon(lambda: hall.lamps() == {"waiting": "on"})
    os.kill(hall.hub.pid, signal.SIGSTOP)
    try:
        hall.ask("counter-1", "press", button="next")
        assert soon(lambda: "calling" in hall.lamps(), 1.5), "it shows that it waits for an answer"
        assert soon(lambda: hall.lamps().get("refused") == "fast", 3.5)
        sent = [body for name, body in hall.heard if name == "counter-1"]
        assert 3 <= len(sent) <= 4
        assert len({body["id"] for body in sent}) == 1
        assert {"at_counter", "beat"} <= sent[0].keys()
        time.sleep(3.5)
    finally:
        os.kill(hall.hub.pid, signal.SIGCONT)
    assert soon(lambda: hall.lamps() == {"waiting": "on"}, 8.0), "the hub takes the old beat for too late"


def test_an_unplugged_button_does_nothing(hall):
    hall.take()
    hall.program("box", "counter-1")
    assert soon(lambda: hall.lamps() == {"waiting": "on"})
    hall.ask("counter-1", "unplug", button="next")
    hall.ask("counter-1", "press", button="next")
    time.sleep(0.5)
    assert hall.commands("counter-1") == []


def test_a_box_without_a_counter_is_told_what_to_write(hall):
    box = hall.program("box", "tv-1", ready=False)
    assert box.wait(20) == 2
    told = box.log.read_text("utf-8").strip().splitlines()[-1]
    assert "counter" in told


def test_a_program_that_is_told_to_end_says_farewell_and_leaves_with_0(hall):
    programs = {"counter-1": hall.program("box", "counter-1"), "tv-1": hall.program("tv", "tv-1")}
    assert soon(lambda: hall.statuses.get("counter-1") and hall.statuses.get("tv-1"))
    for device, program in programs.items():
        assert program.end() == 0, program.log.read_text("utf-8")
        assert soon(lambda device=device: hall.statuses[device] is False)
        assert not (hall.folder / "p" / f"{device}.sock").exists()


# -- the screen -----------------------------------------------------------------------------------

@needs_glass
def test_a_press_at_the_counter_is_on_the_wall_with_one_chime(hall, tmp_path):
    hall.take()
    hall.take("ho-tich", "priority")
    hall.program("box", "counter-1")
    hall.program("tv", "tv-1")
    assert soon(lambda: hall.lamps() == {"waiting": "on"})
    assert soon(lambda: hall.showing()["waiting"] == 2)
    assert hall.showing()["called"] is None
    hall.ask("counter-1", "press", button="next")
    assert soon(lambda: hall.showing()["called"] is not None)
    called = hall.showing()["called"]
    assert (called["number"], called["where"], called["priority"]) == ("B001", "Mời đến quầy 1", True)
    assert hall.sounds() == ["B001"]
    time.sleep(0.7)
    hall.ask("counter-1", "press", button="recall")
    assert soon(lambda: hall.sounds() == ["B001", "B001"])
    assert hall.showing()["called"]["again"] == "Gọi lần 2"
    told = hall.ask("tv-1", "photograph", path=str(tmp_path / "wall.png"))["words"]
    assert (tmp_path / "wall.png").stat().st_size > 10_000
    assert next(line["cap_mm"] for line in told if line["key"] == "called-number") >= 50


def test_when_the_hub_dies_the_wall_says_so_within_5_seconds_and_is_right_one_message_after(hall):
    hall.take()
    hall.program("box", "counter-1")
    hall.program("tv", "tv-1")
    assert soon(lambda: hall.lamps() == {"waiting": "on"})
    hall.ask("counter-1", "press", button="next")
    assert soon(lambda: hall.sounds() == ["A001"])
    hall.hub.kill()
    assert not hall.showing()["stale"]
    assert soon(lambda: hall.showing()["stale"], 6.0)
    assert hall.showing()["called"]["number"] == "A001"
    hall.start_hub()
    assert soon(lambda: not hall.showing()["stale"], 6.0)
    assert hall.showing()["called"]["number"] == "A001"
    time.sleep(1)
    assert hall.sounds() == ["A001"], "nobody is called again by a hub that came back"


def test_a_screen_whose_cable_was_out_shows_what_it_missed_without_a_sound(hall):
    for _ in range(3):
        hall.take()
    hall.program("box", "counter-1")
    hall.program("tv", "tv-1")
    assert soon(lambda: hall.lamps() == {"waiting": "on"})
    hall.ask("tv-1", "cut_line", on=True)
    hall.ask("counter-1", "press", button="next")
    assert soon(lambda: hall.showing()["stale"], 7.0)
    assert hall.showing()["called"] is None
    time.sleep(6)
    hall.ask("tv-1", "cut_line", on=False)
    assert soon(lambda: not hall.showing()["stale"], 8.0)
    assert hall.showing()["called"]["number"] == "A001"
    time.sleep(1)
    assert hall.sounds() == []
    hall.ask("counter-1", "press", button="recall")
    assert soon(lambda: hall.sounds() == ["A001"])


def test_calls_of_three_counters_at_once_are_shown_and_heard_one_after_another(hall):
    for _ in range(3):
        hall.take()
    for n in (1, 2, 3):
        hall.program("box", f"counter-{n}")
    hall.program("tv", "tv-1")
    assert soon(lambda: all(hall.lamps(f"counter-{n}") == {"waiting": "on"} for n in (1, 2, 3)))
    for n in (1, 2, 3):
        hall.ask(f"counter-{n}", "press", button="next", ms=40)
    assert soon(lambda: len(hall.sounds()) == 3, 12)
    sounds = hall.ask("tv-1", "sounds")["sounds"]
    assert [sound["call"] for sound in sounds] == [1, 2, 3]
    assert all(later["at_s"] - earlier["at_s"] >= 3 for earlier, later in pairwise(sounds))


def test_a_screen_that_is_switched_off_in_the_settings_still_follows_the_hall(hall, tmp_path):
    settings = tmp_path / "settings"
    shutil.copytree(SETTINGS, settings)
    (settings / "programs" / "tv-1.toml").write_text("screen = false\n")
    hall.take()
    hall.program("tv", "tv-1", settings=settings)
    assert soon(lambda: hall.showing()["waiting"] == 1)
    with pytest.raises(AssertionError, match="without a picture"):
        hall.ask("tv-1", "photograph", path=str(tmp_path / "none.png"))


def test_a_machine_without_graphics_goes_on_without_a_picture_and_says_so_in_one_line(hall, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libEGL.so.1").touch()          # found first, and no library
    tv = hall.program("tv", "tv-1", LD_LIBRARY_PATH=str(tmp_path / "lib"))
    assert soon(lambda: hall.showing()["clock"] != "")
    told = tv.log.read_text("utf-8").splitlines()
    assert len([line for line in told if "libEGL.so.1 is missing; type: sudo apt-get install" in line]) == 1
    assert len(told) == 1
    assert tv.end() == 0
